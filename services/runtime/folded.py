"""What folding is given, and what comes of it: the values that the rules of `fold`, `parking` and `timers` work on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from services.contracts.decision import World
from services.contracts.wire import Wire
from services.runtime.document import Document
from services.runtime.entity import Addressed, Entity
from services.runtime.message import DeadLetter, Message, Outgoing, Performed, Record, Source, Submitted


class Unstorable(Exception):
    """A decision led to a document that the store cannot hold."""


Check = Callable[[Mapping[str, Any]], None]
"""Raises for a document that could not be stored."""


@dataclass(slots=True)
class Context:
    """What folding needs besides the document."""

    service: str
    now: datetime
    world: World[Any]
    seal: Callable[[bytes, str], bytes]
    open: Callable[[bytes, str], bytes]
    reread: Callable[[Record], Addressed | None]
    letter: Callable[[DeadLetter], Outgoing]
    """A dead letter as a record, its value sealed."""
    retry_seconds: Sequence[float]
    patience: timedelta
    gap: timedelta
    report: Callable[[str, str, Exception | None], None]
    check: Check | None
    """Given when what these messages led to could not be stored."""
    patient_world: World[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.patient_world = replace(self.world, patience_over=True)


@dataclass(slots=True)
class Folded:
    """A document after its messages. `changed` = to be written; `answers` pair a message with its result or error."""

    entity: Entity[Any]
    document: Document
    context: Context
    changed: bool = False
    answers: list[tuple[Message, Submitted | Exception]] = field(default_factory=list)
    effects: list[Performed] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    turned_away: list[Message] = field(default_factory=list)
    """Local messages that cannot be taken now: they stay with their senders, and are delivered again."""
    timers_due: list[str] = field(default_factory=list)
    failures: int = 0
    stored: bool = False
    """It was found out that the write of it has come true."""
    reckoned: tuple[Wire, dict[str, str]] | None = None
    """A state, and the timers that it asks for."""
    sent: dict[int, BaseModel] = field(default_factory=dict)
    """Bodies of the local messages just put into the outbox, by number: they need not be read back from it."""

    @property
    def key(self) -> tuple[str, str]:
        return self.entity.name, self.document.id

    def failed(self, where: str, error: Exception | None) -> None:
        """A fault of ours: counted, for the breaker, and told."""
        self.failures += 1
        self.context.report("failure", where, error)

    @property
    def asks_first(self) -> bool:
        """Whether nothing has come of this but a new entity with questions, whose kind is written with the answers."""
        document = self.document
        return (
            self.entity.asks_first
            and self.changed
            and not document.version
            and document.state is not None
            and bool(document.outbox)
            and all("to" in entry for entry in document.outbox)
            and not (document.parked or self.answers or self.effects or self.dead or self.timers_due)
        )

    # -- what came already, by the numbers of each sender --------------------------------------------------------------

    def knows(self, message: Message) -> bool:
        return (
            bool(message.sequence)
            and not self.entity.many_source
            and message.sequence <= self.document.seen.get(message.stream, 0)
        )

    def passes_one_turned_away(self, message: Message) -> bool:
        """Whether an earlier one of its sender was turned away: it would look like a repeat afterwards."""
        return message.source is Source.LOCAL and any(m.stream == message.stream for m in self.turned_away)

    def misses_one_before(self, message: Message) -> bool:
        """An event whose predecessor has not come. Local streams share numbers among receivers: no gaps to see."""
        return message.source is Source.EVENT and message.after > self.document.seen.get(message.stream, 0)

    def remember(self, message: Message) -> None:
        if message.sequence and not self.entity.many_source:
            self.document.seen[message.stream] = max(message.sequence, self.document.seen.get(message.stream, 0))
            self.changed = True
