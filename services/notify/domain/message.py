"""One message to one citizen: its states as a table, and the only way it moves (domain 3, Message)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final

from pydantic import AliasChoices, BeforeValidator, Field

from services.contracts.commitment import CommitmentKind
from services.contracts.decision import Moves
from services.contracts.notify import MessageState
from services.contracts.wire import Id, Instant, Made
from services.notify.domain.closure import ClosureTurn
from services.notify.domain.notices import Notice
from services.notify.domain.templates import Channel

CREATED, SENDING, SENT, DELIVERED = (
    MessageState.CREATED,
    MessageState.SENDING,
    MessageState.SENT,
    MessageState.DELIVERED,
)
TEMP_FAILED, PERM_FAILED, FILTERED = MessageState.TEMP_FAILED, MessageState.PERM_FAILED, MessageState.FILTERED
EXPIRED, UNKNOWN, SUPPRESSED = MessageState.EXPIRED, MessageState.UNKNOWN, MessageState.SUPPRESSED

MOVES: Final = Moves[MessageState](
    {
        CREATED: frozenset({SENDING, SUPPRESSED, EXPIRED}),
        SENDING: frozenset({SENT, TEMP_FAILED, PERM_FAILED, UNKNOWN}),
        TEMP_FAILED: frozenset({SENDING, PERM_FAILED, SUPPRESSED, EXPIRED}),
        UNKNOWN: frozenset({SENT, DELIVERED, TEMP_FAILED}),
        SENT: frozenset({DELIVERED, PERM_FAILED, FILTERED, EXPIRED}),
        DELIVERED: frozenset(),
        PERM_FAILED: frozenset(),
        FILTERED: frozenset(),
        EXPIRED: frozenset(),
        SUPPRESSED: frozenset(),
    }
)
WAITING: Final = frozenset({CREATED, TEMP_FAILED})
"""Nothing has reached anybody, and something may go out yet."""
FINAL: Final = frozenset(state for state, onward in MOVES.table.items() if not onward)

VERBS: Final[Mapping[MessageState, str]] = {
    CREATED: "message.created",
    SENT: "message.sent",
    DELIVERED: "message.delivered",
    PERM_FAILED: "message.failed",
    FILTERED: "message.filtered",
    UNKNOWN: "message.unknown",
    EXPIRED: "message.expired",
    SUPPRESSED: "message.suppressed",
}
"""What others hear of. SENDING and TEMP_FAILED are our own affair."""

TOLD_WITH_ANOTHER: Final = "TOLD_WITH_ANOTHER"
"""Why a message was suppressed whose citizen hears of the closure with another case."""

REPLACED: Final = "REPLACED"
"""Why a message was suppressed that a later one takes the place of."""

HISTORY_KEPT: Final = 24
"""Newest moves kept in the document; 49 calls may make some 150."""


class Moved(Made):
    state: MessageState
    at: Instant
    reason: str | None = None


def _several(value: Any) -> Any:
    """An earlier version stored one closure, or none."""
    return () if value is None else (value,) if isinstance(value, dict) else value


class Message(Made):
    """One message to one citizen, with all that decides what is done about it next.

    `turn` counts how often it was taken in hand: an answer to an earlier turn is late. `attempts` counts the calls that
    were made; only these use up retries. `pauses` counts the waits since the last progress: it stretches the next one.
    `due` is when something is to be done about it, None = nothing (final, or held back).
    """

    id: Id
    notice: Notice
    round: int = 1
    """The round of the request that it tells of."""
    visit: CommitmentKind | None = None
    """Which of the two visits that may be ahead it tells of; None where it tells of none."""
    channel: Channel = Channel.SMS
    instead_of: Id | None = None
    """The message that has come to nothing, in whose stead this one goes by another channel."""
    template_id: Id
    template_version: int
    tokens: dict[str, str]
    parts: int
    state: MessageState
    turn: int = 0
    attempts: int = 0
    pauses: int = 0
    created_at: Instant
    due: Instant | None = None
    closures: Annotated[tuple[ClosureTurn, ...], BeforeValidator(_several)] = Field(
        default=(), validation_alias=AliasChoices("closures", "closure")
    )
    """Of which it tells: it waits until one of them says that it is to."""
    provider_id: str | None = None
    provider: str | None = None
    """By which gateway its last turn went; None where there was only one."""
    handed_over_by: Id | None = None
    """The officer of the desk who gave it to its person, on paper."""
    went_by: tuple[Id, ...] = ()
    """The other gateways by which earlier turns went."""
    slow: bool = False
    """Whether this turn has been counted as slow."""
    place: str | None = None
    """Where it stands in the queue of what waits to be handed over; None = it is not in it."""
    history: tuple[Moved, ...] = ()

    def first_said_as(self) -> str:
        """The id under which its words were first made: what is said once more stays as old as it was."""
        return self.instead_of or self.asked_as()

    def handed_over_at(self) -> datetime | None:
        """When its last turn began; None where more has happened since than is kept."""
        return next((moved.at for moved in reversed(self.history) if moved.state is SENDING), None)

    def reason(self) -> str | None:
        """Why it is where it is."""
        return self.history[-1].reason if self.history else None

    def tells(self) -> bool:
        """Whether it is to go out: of no closure, or as the one of its citizen of at least one."""
        return not self.closures or any(turn.tells for turn in self.closures)

    def need_not(self) -> bool:
        """Whether its citizen hears of every closure with another case."""
        return bool(self.closures) and all(turn.need_not for turn in self.closures)

    def asked_as(self) -> str:
        """By which id the closures know it: where it says its words once more, by that of the first."""
        return next((turn.asked_as for turn in self.closures if turn.asked_as), self.id)

    def turn_of(self, closure_id: str | None) -> ClosureTurn | None:
        return next((turn for turn in self.closures if closure_id in (None, turn.id)), None)

    def with_turn(self, turn: ClosureTurn) -> tuple[ClosureTurn, ...]:
        return tuple(turn if turn.id == known.id else known for known in self.closures)


@dataclass(frozen=True, slots=True)
class Step:
    """A message in the hands of a rule: as it is now, the states it entered on the way, what is to be done outside."""

    message: Message
    entered: tuple[MessageState, ...] = ()
    effects: tuple[Any, ...] = ()

    def to(self, target: MessageState, at: datetime, reason: str | None = None, **changes: Any) -> "Step":
        """Moves to `target` on the shortest legal way: a receipt that overtook the provider's answer proves both.

        A final state leaves nothing due, and every move the queue. Raises Refused(ILLEGAL_MOVE).
        """
        message = self.message
        way = shortest_way(message.state, target)
        history = (*message.history, *(Moved(state=state, at=at, reason=reason) for state in way))
        if target in FINAL:
            changes["due"] = None
        changes = {"place": None} | changes | {"state": target, "history": history[-HISTORY_KEPT:]}
        return replace(self, message=message.model_copy(update=changes), entered=(*self.entered, *way))

    def but(self, **changes: Any) -> "Step":
        """Changed without a move."""
        return replace(self, message=self.message.model_copy(update=changes))

    def doing(self, effect: Any) -> "Step":
        return replace(self, effects=(*self.effects, effect))


@cache
def shortest_way(origin: MessageState, target: MessageState) -> tuple[MessageState, ...]:
    """The states entered between `origin` and `target`. Raises Refused(ILLEGAL_MOVE) when the table has no way."""
    ways: list[tuple[MessageState, ...]] = [(onward,) for onward in sorted(MOVES.table[origin])]
    seen = {origin}
    for way in ways:
        if way[-1] == target:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways.extend((*way, onward) for onward in sorted(MOVES.table[way[-1]]))
    MOVES.check(origin, target)
    raise AssertionError("a move of the table is a way")
