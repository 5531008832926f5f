"""The keys of a service in memory, as the real ones behave; and an answer that needs no waiting."""

from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from services.runtime.keyring import Retired
from services.runtime.keys import Held, Key

T = TypeVar("T")


def at_once(answer: Coroutine[Any, Any, T]) -> T:
    """Of a coroutine that waits for nothing."""
    try:
        answer.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise AssertionError("it waits")


def a_key(owner: str, generation: int) -> Key:
    return Key(owner, generation, sha256(f"{owner} {generation}".encode()).digest())


@dataclass
class MemoryKeys:
    owners: dict[str, Held] = field(default_factory=dict)
    found_by: dict[str, set[str]] = field(default_factory=dict)
    erasures: dict[str, Retired] = field(default_factory=dict)
    settled_after: timedelta = timedelta(seconds=120)
    damaged: set[str] = field(default_factory=set)
    """Owners whose key is there and cannot be unwrapped."""

    async def current(self, wanted: Mapping[str, Collection[str]]) -> dict[str, Key]:
        for owner, terms in wanted.items():
            self.owners.setdefault(owner, Held(a_key(owner, 1)))
            self.found_by.setdefault(owner, set()).update(terms)
        return {owner: self.owners[owner].current for owner in wanted if owner not in self.damaged}

    async def held(self, owners: Iterable[str]) -> dict[str, Held]:
        return {o: self.owners[o] for o in owners if o in self.owners and o not in self.damaged}

    async def in_use(self, owner: str) -> Key:
        return (await self.current({owner: ()}))[owner]

    async def bearing(self, terms: Sequence[str], limit: int) -> list[str]:
        return sorted(owner for owner, said in self.found_by.items() if said.issuperset(terms))[:limit]

    async def retire(self, owner: str, at: datetime, facts: Mapping[str, Any]) -> Retired:
        if owner not in self.erasures:
            before = await self.in_use(owner)
            self.owners[owner] = Held(a_key(owner, before.generation + 1), before)
            self.found_by[owner] = set()
            self.erasures[owner] = Retired(owner, before.generation, at, dict(facts))
        return self.erasures[owner]

    async def retired(self, before: datetime) -> list[Retired]:
        return [erasure for erasure in self.erasures.values() if erasure.at <= before]

    async def destroy(self, retired: Retired, stay: Collection[str]) -> None:
        self.owners[retired.owner] = replace(self.owners[retired.owner], retired=None)
        self.found_by[retired.owner] = set(stay)
        del self.erasures[retired.owner]
