"""A batch on its way through the door: what it has touched so far, over all its rounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from services.runtime.acknowledged import Key
from services.runtime.document import Document
from services.runtime.message import DeadLetter, Message, Submitted

Place = tuple[str, str, int]
"""Where an outbox entry stands: entity name, id, number."""


class Handed(NamedTuple):
    """A local message on its way: to whom, and since which round."""

    receiver: Key
    round: int
    message: Message


@dataclass(slots=True)
class Batch:
    """What was decided at once, one part of a batch from Kafka or the commands that had gathered: records given up,
    documents as last decided.

    `deadline` (monotonic seconds) ends the attempts to reach the store; one for all rounds.
    """

    dead: list[DeadLetter]
    deadline: float
    answers: list[tuple[Message, Submitted | Exception]] = field(default_factory=list)
    """To commands whose decision is durable; given when all that follows from it in this service is."""
    touched: dict[Key, Document] = field(default_factory=dict)
    stamps: set[str] = field(default_factory=set)
    """Of its writes, those that were lost too."""
    round: int = 0
    carried: dict[Place, Handed] = field(default_factory=dict)
    """Local messages handed to their receivers."""
    asking: dict[Key, list[Message]] = field(default_factory=dict)
    """New entities that are written with the answer to their first question (`Entity.asks_first`): what opened them."""
    failures: int = 0

    def start_over(self, key: Key) -> list[Message]:
        """What had been decided about an entity and not written is void: gives the messages it came of."""
        messages = self.asking.pop(key, [])
        if messages:
            self.carried = {place: to for place, to in self.carried.items() if place[:2] != key}
        return messages

    def leave_out_settled(self, key: Key, document: Document) -> None:
        """Takes out of an outbox the local messages that their receivers have dealt with, durably, a round ago."""
        if self.carried and document.outbox:
            document.outbox = [entry for entry in document.outbox if not self._dealt_with((*key, entry["n"]))]

    def _dealt_with(self, place: Place) -> bool:
        """Whether the round that took the message is over, and what it led to is stored."""
        if place not in self.carried:
            return False
        handed = self.carried[place]
        return handed.round + 1 < self.round and handed.receiver not in self.asking

    def take_back(self, messages: Sequence[Message]) -> None:
        """Local messages that their receivers have turned away: they stay in the outboxes, for the scanner."""
        if messages:
            away = {id(message) for message in messages}
            self.carried = {place: to for place, to in self.carried.items() if id(to.message) not in away}
