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
"""Entities of which we remember what was acknowledged last: those that several batches may hold at a time.

Of an outbox that was sent in part, nothing else tells which part: the rest of it is sent long before 20,000 others.
"""


class Sent(NamedTuple):
    """A version of a document whose whole outbox is acknowledged, and until when that document then waits."""

    version: int
    waits_until: datetime | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A whole outbox, since `at` on the monotonic clock."""

    at: float
    sent: Sent


class Acknowledgements:
    """In memory only: what is lost with the process is sent again."""

    def __init__(self) -> None:
        self._held: dict[Key, Acknowledged] = {}
        self._last: OrderedDict[Key, int] = OrderedDict()  # a dict finds its oldest key ever more slowly

    def already(self, key: Key, document: Document) -> None:
        """Takes out of a document, read now or some time ago, what this process has had acknowledged.

        Its next write takes it out of the store; if there is none, it is cleared.
        """
        last = self._last.get(key, 0)
        if document.outbox and document.outbox[0]["n"] <= last:
            self.hold(key, last, document)
            document.outbox = [entry for entry in document.outbox if entry["n"] > last]

    def hold(self, key: Key, number: int, document: Document) -> None:
        """All of its outbox up to `number` is acknowledged; `document` is as stored but for what `already` took out."""
        self._last.pop(key, None)
        self._last[key] = number
        if len(self._last) > LAST_KEPT:
            self._last.popitem(last=False)
        known, whole = self._held.get(key), document.outbox[-1]["n"] <= number
        sent = Sent(document.version, document.due())
        if known is not None and whole and known.sent == sent:
            return  # the scanner meets it again and again: it lingers no longer for that
        self._held.pop(key, None)
        if whole:
            self._held[key] = Acknowledged(time.monotonic(), sent)

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
            ripe.setdefault(name, {}).setdefault(held.sent, []).append(id)
        return ripe
