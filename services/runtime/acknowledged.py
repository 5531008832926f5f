"""What Kafka has acknowledged, and what of it the store is still to be told.

Most of what was sent stays where it stood until the next write of its document; the line of its write goes
(`unsent.py`). What is sealed with the service's own key, though it may be about somebody, leaves the store at once:
their erasure does not end that key (I12).
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from services.runtime.document import Document

Key = tuple[str, str]
"""Entity name and id."""

LAST_KEPT = 20_000
"""Entities of which we remember what was acknowledged last: those that several batches may hold at a time.

Of an outbox that was sent in part, nothing else tells which part: the rest of it is sent long before 20,000 others.
"""
SENT_KEPT = 20_000
"""Writes of which we remember that all was sent: of others the store is asked."""


class Owed(NamedTuple):
    """What the store is to be told: outboxes to be emptied, entity name -> version sent -> ids; lines to be closed."""

    outboxes: dict[str, dict[int, list[str]]]
    stamps: Sequence[str]


class Acknowledgements:
    """In memory only: what is lost with the process is sent again."""

    def __init__(self) -> None:
        self._last: OrderedDict[Key, int] = OrderedDict()  # a dict finds its oldest key ever more slowly
        self._held: dict[Key, int] = {}
        self._secret: dict[Key, int] = {}  # the newest version that is known to hold something sealed by us
        self._sent: OrderedDict[str, None] = OrderedDict()
        self._closing: dict[str, None] = {}

    # -- documents ----------------------------------------------------------------------------------------------------

    def already(self, key: Key, document: Document) -> None:
        """Takes out of a document, read now or some time ago, what this process has had acknowledged."""
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
        if any(_sealed_by_us(entry) for entry in document.outbox):
            # also when what stands behind it is sent later, and by then it is out of `document`
            self._secret[key] = document.version
        if document.outbox[-1]["n"] <= number and key in self._secret:
            self._held[key] = document.version

    def written(self, key: Key) -> None:
        self._held.pop(key, None)
        self._secret.pop(key, None)

    # -- writes -------------------------------------------------------------------------------------------------------

    def is_sent(self, stamp: str) -> bool:
        """Whether it is remembered that this write has nothing unsent."""
        return stamp in self._sent

    def remember(self, stamps: Iterable[str]) -> None:
        """These have nothing unsent."""
        for stamp in stamps:
            self._sent[stamp] = None
        while len(self._sent) > SENT_KEPT:
            self._sent.popitem(last=False)

    def close(self, stamps: Iterable[str]) -> None:
        """Nor have these, and the store is to be told."""
        stamps = list(stamps)
        self.remember(stamps)
        self._closing.update(dict.fromkeys(stamps))

    # -- what the store is to be told ---------------------------------------------------------------------------------

    def owed(self) -> Owed:
        outboxes: dict[str, dict[int, list[str]]] = {}
        for (name, id), version in self._held.items():
            outboxes.setdefault(name, {}).setdefault(version, []).append(id)
        return Owed(outboxes, list(self._closing))

    def paid(self, owed: Owed) -> None:
        """The store has been told."""
        for name, sent in owed.outboxes.items():
            for version, ids in sent.items():
                for id in ids:
                    if self._held.get((name, id)) == version:
                        self._emptied((name, id), version)
        for stamp in owed.stamps:
            self._closing.pop(stamp, None)

    def _emptied(self, key: Key, version: int) -> None:
        """Unless a later version is known to hold what is sealed: another batch has written it meanwhile."""
        del self._held[key]
        if self._secret.get(key, 0) <= version:
            self._secret.pop(key, None)


def _sealed_by_us(entry: dict[str, Any]) -> bool:
    """A local message of an entity with sealed fields, or a dead letter."""
    return bool(entry.get("s")) or "h" in entry
