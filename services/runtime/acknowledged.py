"""What Kafka has acknowledged and still stands in an outbox: taken out with the next write, or soon on its own.

Waiting a moment saves the usual entity a write of its own. A crash meanwhile means that those events are sent once
more, which receivers know by their sequence.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.runtime.document import UNSENT_GRACE, Document

Key = tuple[str, str]
"""Entity name and id."""

LINGER_SECONDS = UNSENT_GRACE.total_seconds() / 4
"""Well before the scanner would take what is acknowledged for unsent."""

LAST_KEPT = 20_000
"""Entities of which we remember what was acknowledged last: those that several batches may hold at a time."""


class Sent(NamedTuple):
    """A version of a document whose whole outbox is acknowledged, and until when that document then waits."""

    version: int
    waits_until: datetime | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Entries up to `number` are acknowledged, since `at` on the monotonic clock; `sent` when they are all."""

    number: int
    at: float
    sent: Sent | None


class Acknowledgements:
    """In memory only: what is lost with the process is sent again."""

    def __init__(self) -> None:
        self._held: dict[Key, Acknowledged] = {}
        self._last: OrderedDict[Key, int] = OrderedDict()  # a dict finds its oldest key ever more slowly

    def already(self, key: Key, document: Document) -> None:
        """Takes out of a document what another batch of this process has had acknowledged since it was read."""
        last = self._last.get(key, 0)
        if document.outbox and document.outbox[0]["n"] <= last:
            self.hold(key, last, document)  # the store may still have it
            document.outbox = [entry for entry in document.outbox if entry["n"] > last]

    def hold(self, key: Key, number: int, document: Document) -> None:
        """`document` as stored, with the outbox of which the entries up to `number` are acknowledged."""
        whole = document.outbox[-1]["n"] <= number
        self._last.pop(key, None)
        self._last[key] = number
        if len(self._last) > LAST_KEPT:
            self._last.popitem(last=False)
        self._held.pop(key, None)
        sent = Sent(document.version, document.waits_until) if whole else None
        self._held[key] = Acknowledged(number, time.monotonic(), sent)

    def apply(self, key: Key, document: Document) -> None:
        """Takes what is acknowledged out of a document just read; the next write of it takes it out of the store."""
        held = self._held.get(key)
        if held is not None and document.outbox and document.outbox[0]["n"] <= held.number:
            document.outbox = [entry for entry in document.outbox if entry["n"] > held.number]

    def written(self, key: Key) -> None:
        self._held.pop(key, None)

    def ripe(self, *, all: bool = False) -> dict[str, dict[Sent, list[str]]]:
        """Takes out what has lingered, as entity name -> whole outboxes sent -> ids.

        An outbox of which only a part is acknowledged stays as it is: the scanner sends the rest, and then it is whole.
        """
        before = time.monotonic() - LINGER_SECONDS
        ripe: dict[str, dict[Sent, list[str]]] = {}
        for (name, id), held in list(self._held.items()):
            if not all and held.at > before:
                break  # held in the order of time
            del self._held[name, id]
            if held.sent is not None:
                ripe.setdefault(name, {}).setdefault(held.sent, []).append(id)
        return ripe
