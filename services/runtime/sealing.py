"""Fields of states are sealed where they meet the store: rules and views see them open, the database never (I12).

What is sealed of one state is one blob under `sealed`, beside the fields that it was taken from. Those are named by
their place in the stored form: `note`, `result.output.note`, `earlier[].objection.reason` (of each in the list).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.runtime.keys import Erased, Held, Key, Keys, nobodys
from services.runtime.seal import BrokenSeal

SEALED = "sealed"
"""Where the blob stands. A model that has this field with nothing but None in it takes no blob for a state."""
ERASED = "erased"
"""True in the place of fields that nobody can open any more. What a rule marks so is stored without them."""

Stored = dict[str, Any]


@dataclass(frozen=True)
class SealedFields:
    """Which fields of a state are stored sealed, and under whose key.

    `within`: the object in the state that holds them; `owner`: its field that names whom they are about. Without an
    owner they are sealed by the service's own key. `terms`: by what the owner can be looked up, from that object.
    """

    within: str
    owner: str
    fields: tuple[str, ...]
    terms: Callable[[Mapping[str, Any]], Iterable[str]]

    @cached_property
    def _first_steps(self) -> tuple[tuple[str, str], ...]:
        """Each path, and the name of the field where it begins."""
        return tuple((path, path.partition(".")[0].removesuffix("[]")) for path in self.fields)

    def holder(self, state: Any) -> Stored | None:
        holder = state.get(self.within) if isinstance(state, dict) else None
        return holder if isinstance(holder, dict) else None

    def take(self, holder: Stored) -> dict[str, Any]:
        """Takes the fields out that say something: place -> value."""
        taken: dict[str, Any] = {}
        for path, first in self._first_steps:
            if first not in holder:  # nearly all
                continue
            if path == first:
                value = holder[path]
                if value is not None:
                    taken[path] = value
                    del holder[path]
            else:
                for place, inner, name in _inner("", holder, path):
                    if inner.get(name) is not None:
                        taken[place] = inner.pop(name)
        return taken


class Sealing:
    """Seals and opens the fields of one service's states. Both ask for keys only where none is remembered."""

    def __init__(self, keys: Keys, seal_key: bytes) -> None:
        self._keys, self._nobody = keys, nobodys(seal_key)

    async def seal(self, sealed: SealedFields, entity: str, rows: Iterable[tuple[str, Any]]) -> set[str]:
        """States of an entity, by id, as they may be stored, but for those given back: their owner's key is damaged.

        Raises StoreAway.
        """
        wanted: dict[str, set[str]] = {}
        found: list[tuple[str, Stored, str | None, bytes]] = []
        for id, state in rows:
            holder = sealed.holder(state)
            if holder is None or isinstance(holder.get(SEALED), bytes):  # could not be opened, and stays as it is
                continue
            owner, terms = holder.get(sealed.owner), sealed.terms(holder)
            taken = sealed.take(holder)
            if not taken or holder.get(ERASED):  # what was marked so is not stored any more
                continue
            if owner is not None:
                wanted.setdefault(owner, set()).update(terms)
            plain = json.dumps(taken, ensure_ascii=False, separators=(",", ":")).encode()
            found.append((id, holder, owner, plain))
        keys = await self._keys.current(wanted) if wanted else {}
        unsealed: set[str] = set()
        for id, holder, owner, plain in found:
            key = self._nobody if owner is None else keys.get(owner)
            if key is None:
                unsealed.add(id)
            else:
                holder[SEALED] = key.seal(plain, f"{entity}/{id}")
        return unsealed

    async def open(self, sealed: SealedFields, entity: str, rows: Iterable[tuple[str, Any]]) -> None:
        """The same states as rules read them. A blob that does not open stays where it is. Raises StoreAway."""
        found: list[tuple[str, Stored, str | None]] = []
        for id, state in rows:
            holder = sealed.holder(state)
            if holder is not None and isinstance(holder.get(SEALED), bytes):
                found.append((id, holder, holder.get(sealed.owner)))
        owners = {owner for *_, owner in found if owner is not None}
        held = await self._keys.held(owners) if owners else {}
        for id, holder, owner in found:
            try:
                taken = json.loads(self._key(held, owner, holder[SEALED]).open(holder[SEALED], f"{entity}/{id}"))
            except Erased:
                del holder[SEALED]
                holder[ERASED] = True
            except BrokenSeal:
                continue
            else:
                del holder[SEALED]
                _put_back(holder, taken)

    def _key(self, held: Mapping[str, Held], owner: str | None, blob: bytes) -> Key:
        """Raises Erased, BrokenSeal."""
        if owner is None:
            return self._nobody
        if owner not in held:
            raise BrokenSeal("its owner has no key")
        return held[owner].of(int.from_bytes(blob[:4]))


def _inner(before: str, holder: Any, path: str) -> Iterator[tuple[str, Stored, str]]:
    """Each place that a path leads to: its name, the object there, and the field in it."""
    step, _, rest = path.partition(".")
    if not isinstance(holder, dict):
        return
    if not rest:
        yield before + step, holder, step
    elif step.endswith("[]"):
        name = step[:-2]
        for number, each in enumerate(holder.get(name) or ()):
            yield from _inner(f"{before}{name}.{number}.", each, rest)
    else:
        yield from _inner(f"{before}{step}.", holder.get(step), rest)


def _put_back(holder: Stored, taken: Mapping[str, Any]) -> None:
    for place, value in taken.items():
        *way, name = place.split(".")
        inner: Any = holder
        for step in way:
            inner = inner[int(step)] if isinstance(inner, list) else inner[step]
        inner[name] = value
