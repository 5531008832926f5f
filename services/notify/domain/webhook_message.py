"""One outcome on its way to one partner's webhook: called, called again along the ladder, delivered or given up.

A receiver knows a message by its id and takes it once: so a call of which nothing was heard is made again. Whatever is
not delivered stays on the partner's topic and for the asking: the call only saves the partner the listening.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.contracts.decision import Decision, Moves, Send, TimerFired, World
from services.contracts.wire import Flag, Id, Instant, Made, Wire
from services.notify.domain.effects import CallWebhook
from services.notify.domain.hours import spread
from services.notify.domain.rules import Rules
from services.notify.domain.webhook import EndpointGone

LADDER: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""Pauses between the tries of one message, as Standard Webhooks proposes them."""
SPREAD_AT_MOST: Final = timedelta(minutes=5)
ANSWER_WITHIN: Final = timedelta(minutes=2)
"""Longer than a call and the wait for it take: after it the caller is lost, and another calls."""
PUT_OFF: Final = timedelta(seconds=15)
"""First longest pause of one for which there was no room among its partner's calls; doubled up to ten minutes."""
PUT_OFF_AT_MOST: Final = timedelta(minutes=10)


def next_try(failures: int) -> timedelta | None:
    """The pause after so many failed tries of a message, from 1 on; None = it is given up."""
    return LADDER[failures - 1] if failures <= len(LADDER) else None


class WebhookState(StrEnum):
    WAITING = "WAITING"
    """To be called, or called and not answered yet."""
    DELIVERED = "DELIVERED"
    GIVEN_UP = "GIVEN_UP"
    """No try is left, or the endpoint cannot take it."""
    DROPPED = "DROPPED"
    """The webhook is off."""


WAITING, DELIVERED = WebhookState.WAITING, WebhookState.DELIVERED
GIVEN_UP, DROPPED = WebhookState.GIVEN_UP, WebhookState.DROPPED
MOVES: Final = Moves[WebhookState](
    {
        WAITING: frozenset({DELIVERED, GIVEN_UP, DROPPED}),
        DELIVERED: frozenset(),
        GIVEN_UP: frozenset(),
        DROPPED: frozenset(),
    }
)


class WebhookMessage(Made):
    """Its id is the event's. `data`: the event as its topic has it, in JSON; gone once the message has ended.

    `turn` counts the calls that were asked for, `tries` those that failed. `due` None = it has ended.
    """

    partner: Id
    type: str
    told_at: Instant
    """When it happened, as the event says."""
    made_at: Instant
    data: str
    state: WebhookState
    turn: int
    tries: int = 0
    put_off: int = 0
    due: Instant | None = None
    ended_at: Instant | None = None
    reason: str | None = None
    """Why the last call failed."""


class OutcomeTold(Wire):
    """An outcome of a partner that has a webhook."""

    partner: Id
    type: str
    at: Instant
    data: str


class Taken(Wire):
    """The endpoint has it."""

    turn: int


class NotTaken(Wire):
    """A call failed. `again` False: no other would fare better. `pause_seconds`: what the endpoint asked for."""

    turn: int
    reason: str
    again: Flag = True
    pause_seconds: int = 0
    gone: EndpointGone | None = None
    """With 410."""


class PutOff(Wire):
    """No call was made: too many of this partner's are open."""

    turn: int


class SwitchedOff(Wire):
    """No call was made: the webhook is off."""

    turn: int


Rule = Decision[WebhookMessage]


def outcome_told(message: WebhookMessage | None, told: OutcomeTold, world: World[Rules]) -> Rule:
    """Called at once. The same event once more is no other message."""
    if message is not None:
        return Decision(message)
    new = WebhookMessage(
        partner=told.partner,
        type=told.type,
        told_at=told.at,
        made_at=world.now,
        data=told.data,
        state=WAITING,
        turn=0,
    )
    return _called(new, world.now)


def fell_due(message: WebhookMessage, fired: TimerFired, world: World[Rules]) -> Rule:
    if message.due is None or message.due > world.now:
        return Decision(message)
    return _called(message, world.now)


def taken(message: WebhookMessage | None, answer: Taken, world: World[Rules]) -> Rule:
    """Also of an earlier turn: the endpoint has it."""
    if message is None or message.state is not WAITING:
        return Decision(message)
    return Decision(_ended(message, DELIVERED, world.now, None))


def not_taken(message: WebhookMessage | None, answer: NotTaken, world: World[Rules]) -> Rule:
    """The next rung of the ladder, or the end of it. A 410 also turns the webhook off."""
    if message is None or message.state is not WAITING or answer.turn != message.turn:
        return Decision(message)
    failed = message.model_copy(update={"tries": message.tries + 1, "put_off": 0, "reason": answer.reason})
    pause = next_try(failed.tries) if answer.again else None
    if pause is not None:
        after = max(pause, timedelta(seconds=answer.pause_seconds))
        after += spread(f"{message.turn}{message.data}", min(after / 10, SPREAD_AT_MOST))
        return Decision(failed.model_copy(update={"due": world.now + after}))
    sends = (Send("webhook", message.partner, answer.gone),) if answer.gone is not None else ()
    return Decision(_ended(failed, GIVEN_UP, world.now, answer.reason), sends=sends)


def put_off(message: WebhookMessage | None, answer: PutOff, world: World[Rules]) -> Rule:
    """Costs no try. Those of one burst come again one by one: all at once, most would find no room once more."""
    if message is None or message.state is not WAITING or answer.turn != message.turn:
        return Decision(message)
    longest = min(PUT_OFF * (1 << min(message.put_off, 10)), PUT_OFF_AT_MOST)
    pause = longest / 5 + spread(f"{message.turn}{message.data}", longest * 4 / 5)
    return Decision(message.model_copy(update={"put_off": message.put_off + 1, "due": world.now + pause}))


def switched_off(message: WebhookMessage | None, answer: SwitchedOff, world: World[Rules]) -> Rule:
    if message is None or message.state is not WAITING or answer.turn != message.turn:
        return Decision(message)
    return Decision(_ended(message, DROPPED, world.now, "SWITCHED_OFF"))


def timers(message: WebhookMessage) -> Mapping[str, datetime]:
    return {"call": message.due} if message.due is not None else {}


def _called(message: WebhookMessage, now: datetime) -> Rule:
    turn = message.turn + 1
    call = CallWebhook(message.partner, turn, message.type, message.told_at, message.data)
    return Decision(message.model_copy(update={"turn": turn, "due": now + ANSWER_WITHIN}), effects=(call,))


def _ended(message: WebhookMessage, state: WebhookState, now: datetime, reason: str | None) -> WebhookMessage:
    MOVES.check(message.state, state)
    changes = {"state": state, "data": "", "due": None, "ended_at": now, "reason": reason}
    return message.model_copy(update=changes)
