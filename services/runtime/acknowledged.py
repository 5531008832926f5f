"""What Kafka has acknowledged and still stands in an outbox: taken out with the next write, or soon on its own.

Waiting a moment saves the usual entity a write of its own. A crash meanwhile means that those events are sent once
more, which receivers know by their sequence.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass

from services.runtime.document import UNSENT_GRACE, Document

Key = tuple[str, str]
"""Entity name and id."""

LINGER_SECONDS = UNSENT_GRACE.total_seconds() / 4
"""Well before the scanner would take what is acknowledged for unsent."""

LAST_KEPT = 20_000
"""Entities of which we remember what was acknowledged last: those that several batches may hold at a time."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Entries up to `number` are acknowledged, since `at` on the monotonic clock."""

    number: int
    at: float


class Acknowledgements:
    """In memory only: what is lost with the process is sent again."""

    def __init__(self) -> None:
        self._held: dict[Key, Acknowledged] = {}
        self._last: OrderedDict[Key, int] = OrderedDict()  # a dict finds its oldest key ever more slowly

    def already(self, key: Key, document: Document) -> None:
        """Takes out of a document what another batch of this process has had acknowledged since it was read."""
        last = self._last.get(key, 0)
        if document.outbox and document.outbox[0]["n"] <= last:
            document.outbox = [entry for entry in document.outbox if entry["n"] > last]
            self.hold(key, last)  # the store may still have it

    def hold(self, key: Key, number: int) -> None:
        self._last.pop(key, None)
        self._last[key] = number
        if len(self._last) > LAST_KEPT:
            self._last.popitem(last=False)
        self._held.pop(key, None)
        self._held[key] = Acknowledged(number, time.monotonic())

    def apply(self, key: Key, document: Document) -> None:
        """Takes what is acknowledged out of a document just read; the next write of it takes it out of the store."""
        held = self._held.get(key)
        if held is not None and document.outbox and document.outbox[0]["n"] <= held.number:
            document.outbox = [entry for entry in document.outbox if entry["n"] > held.number]

    def written(self, key: Key) -> None:
        self._held.pop(key, None)

    def ripe(self, *, all: bool = False) -> dict[str, dict[int, list[str]]]:
        """Takes out what has lingered, as entity name -> number -> ids."""
        before = time.monotonic() - LINGER_SECONDS
        ripe: dict[str, dict[int, list[str]]] = {}
        for (name, id), held in list(self._held.items()):
            if not all and held.at > before:
                break  # held in the order of time
            del self._held[name, id]
            ripe.setdefault(name, {}).setdefault(held.number, []).append(id)
        return ripe
