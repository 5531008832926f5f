"""When a message is due: send it, stop waiting for an answer, or ask the provider (domain 3, 8, 12.10, 12.11).

Hours and the state of the request are looked at here, at the moment of sending, not when the message was made.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from services.contracts.decision import Decision, TimerFired, World
from services.contracts.notify import MessageState
from services.contracts.wire import Id, Wire
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.effects import AskLanguage, AskProvider, Fate, HandOver
from services.notify.domain.hours import allowed_from, spread
from services.notify.domain.message import (
    CREATED,
    EXPIRED,
    REPLACED,
    SENDING,
    SENT,
    SUPPRESSED,
    TEMP_FAILED,
    UNKNOWN,
    WAITING,
    Message,
    Step,
)
from services.notify.domain.notices import OUTLASTS_ITS_ROUND, REPLACED_BY, TELLS_WHAT_IS_AHEAD, USEFUL_IN, Notice
from services.notify.domain.rules import Rules
from services.notify.domain.templates import IN_HOUSE, Channel
from services.notify.domain.weights import picked
from services.notify.domain.wording import OF_A_VISIT, UNTIL

NO_RECEIPT: Final = "NO_RECEIPT"
"""Why a message expired that a gateway took and never told of again: somebody may have it."""
MAIL: Final = "smtp"
"""By name, the one by which e-mail goes."""
BY_NAME: Final[Mapping[Channel, str]] = {Channel.EMAIL: MAIL, Channel.PRINT: "printout", Channel.WEB: "page"}
"""The one of each channel that has only one. Nobody calls the page; an earlier version wrote down its name."""
IN_DOUBT: Final = frozenset({SENDING, UNKNOWN})
"""A message for the page that is in one of these was handed over by an earlier version."""


def fell_due(state: Correspondence, fired: TimerFired, world: World[Rules]) -> Decision[Correspondence]:
    """A message's moment has come. A timer that the message no longer has changes nothing."""
    message = next((m for m in state.messages if m.id == fired.name), None)
    if message is None or message.due is None or message.due > world.now:
        return Decision(state)
    rule = _put_up if message.channel is Channel.WEB and message.state in IN_DOUBT else _WHEN_DUE[message.state]
    return state.after([rule(Step(message), state, world)], world.now)


class SendingResumed(Wire):
    """Sending was paused by a setting and is allowed again: what was held back goes on."""


def resumed(state: Correspondence | None, _: SendingResumed, world: World[Rules]) -> Decision[Correspondence]:
    """Takes in hand the messages that were held back. While sending is still paused nothing changes."""
    if state is None or not world.rules.sending:
        return Decision(state)
    held = [m for m in state.messages if m.state in WAITING and m.due is None]
    if not held:
        return Decision(state)
    return state.after([take_in_hand(Step(message), state, world) for message in held], world.now)


class TurnGiven(Wire):
    """A message of the queue is next, by this gateway; None = by the only one."""

    message_id: Id
    provider: str | None = None


def turn_given(state: Correspondence | None, turn: TurnGiven, world: World[Rules]) -> Decision[Correspondence]:
    """Taken in hand, if it still waits in the queue: another process may have been faster."""
    message = next((m for m in state.messages if m.id == turn.message_id), None) if state else None
    if state is None or message is None or message.place is None:
        return Decision(state)
    return state.after([take_in_hand(Step(message), state, world, turn)], world.now)


def take_in_hand(
    step: Step, correspondence: Correspondence, world: World[Rules], given: TurnGiven | None = None
) -> Step:
    """A message that waits to be sent: SENDING and a call to the provider, or why not. Only this rule starts a call.

    `given`: its turn of the queue. Without one the gateway is picked by the weights as they are configured.
    """
    message, now = step.message, world.now
    reason = pointless(message, correspondence)
    if reason is not None:
        return step.to(SUPPRESSED, now, reason)
    if now >= message.created_at + world.rules.useful_for(message.notice):
        return step.to(EXPIRED, now, "TOO_LATE")
    if not world.rules.sending or not message.tells():
        return step.but(due=None, place=None)
    earliest = message.created_at + world.rules.survey_after if message.notice is Notice.SURVEY else now
    opens = now if message.channel in IN_HOUSE else allowed_from(message.notice, max(earliest, now))
    if opens > now:
        return step.but(due=opens + spread(message.id, world.rules.morning_spread), place=None)
    turn = message.turn + 1
    tokens = correspondence.holding.named_by(message) if correspondence.holding else message.tokens
    if _comes_too_late(message, tokens, now):
        return step.to(EXPIRED, now, "TOO_LATE")
    if message.channel is Channel.WEB:
        return _put_up(step.but(tokens=tokens), correspondence, world)
    if message.channel is not Channel.SMS:
        provider: str | None = BY_NAME[message.channel]
    else:
        provider = given.provider if given else picked(message.id, turn, world.rules.weights)
    call = HandOver(
        message.id,
        turn,
        message.template_id,
        message.template_version,
        tokens,
        provider,
        applicant_ref=correspondence.applicant_ref,
        lang=correspondence.lang,
        channel=message.channel,
        queued=given is not None,
    )
    before = {*message.went_by, message.provider} - {None, provider}
    return step.to(
        SENDING,
        now,
        turn=turn,
        tokens=tokens,
        due=now + world.rules.answer_within,
        provider=provider,
        went_by=tuple(sorted(before)),
        slow=False,
    ).doing(call)


def _put_up(step: Step, correspondence: Correspondence, world: World[Rules]) -> Step:
    """On the page it stands as soon as that is written: nobody is called, and nobody confirms it."""
    put_up = step.to(SENT, world.now, due=None)
    person = correspondence.applicant_ref
    return put_up.doing(AskLanguage(step.message.id, person, correspondence.lang)) if person else put_up


def _comes_too_late(message: Message, tokens: Mapping[str, str], now: datetime) -> bool:
    """Whether the day until which somebody may come has passed, or the visit that is told of: whoever has not been
    told the desk tells."""
    ahead = (*UNTIL, *OF_A_VISIT) if message.notice in TELLS_WHAT_IS_AHEAD else UNTIL
    return any(datetime.fromisoformat(tokens[name]) <= now for name in ahead if name in tokens)


def pointless(message: Message, correspondence: Correspondence) -> str | None:
    """Why it need not go out: the request has moved past what it says, a later one says otherwise, nothing is left of
    what it tells, or no mobile or address."""
    if (
        not _is_reachable(message.channel, correspondence)
        or correspondence.request_state not in USEFUL_IN[message.notice]
    ):
        return f"REQUEST_{correspondence.request_state}"
    of_a_round_before = message.round < correspondence.round and message.notice not in OUTLASTS_ITS_ROUND
    if of_a_round_before or (message.notice in REPLACED_BY and _is_replaced(message, correspondence)):
        return REPLACED
    if correspondence.holding is not None and correspondence.holding.leaves_nothing_of(message):
        return "OVER"
    return None


def _is_reachable(channel: Channel, correspondence: Correspondence) -> bool:
    if channel in IN_HOUSE:
        return True
    return correspondence.mailable if channel is Channel.EMAIL else correspondence.notifiable


def _is_replaced(message: Message, correspondence: Correspondence) -> bool:
    """A next visit and an appointment may both be ahead: a word about one says nothing of the other."""
    later = (other for other in correspondence.messages if _number(other) > _number(message))
    return any(
        other.notice in REPLACED_BY[message.notice]
        and (None in (message.visit, other.visit) or message.visit is other.visit)
        for other in later
    )


def _number(message: Message) -> int:
    """When its words were first made: what is said once more stays as old as it was."""
    return int(message.first_said_as().rpartition(".")[2])


def lose_sight(step: Step, world: World[Rules], reason: str) -> Step:
    """Whether the provider has it is not known: it is asked before anything is sent again."""
    attempts = step.message.attempts + 1
    return step.to(UNKNOWN, world.now, reason, attempts=attempts, pauses=0, due=world.now + world.rules.ask_after)


def _no_answer(step: Step, _: Correspondence, world: World[Rules]) -> Step:
    return lose_sight(step, world, "NO_ANSWER")


def _ask(step: Step, _: Correspondence, world: World[Rules]) -> Step:
    """Asks, and sets the next question at once: an answer that never comes asks again by itself."""
    message = step.message
    if message.channel is Channel.PRINT and message.state is SENT:
        return step.to(EXPIRED, world.now, "TOO_LATE")
    called = message.handed_over_at() or message.created_at
    if world.now >= called + world.rules.give_up_after:
        if message.state is SENT:
            return step.to(EXPIRED, world.now, NO_RECEIPT)
        # the table knows no end for it: it stays UNKNOWN, is never sent again, and has long been desk work
        return step.but(due=None)
    first = world.rules.ask_after if message.state is UNKNOWN else world.rules.receipt_within
    wait = doubled(first, message.pauses + 1, world.rules.ask_at_most_every)
    asked = with_fate(step, world, ended=False)
    began = message.handed_over_at()
    question = AskProvider(message.id, message.turn, message.provider, world.now - began if began else None)
    return asked.but(pauses=message.pauses + 1, due=world.now + wait).doing(question)


def with_fate(step: Step, world: World[Rules], *, ended: bool) -> Step:
    """Tells how this turn fared by its gateway, once: slow at five minutes without an end, in time if it ends sooner.

    With one gateway there is nothing to compare.
    """
    message = step.message
    began, provider = message.handed_over_at(), message.provider
    if provider is None or provider not in world.rules.weights or began is None or message.slow:
        return step
    slow = world.now - began >= world.rules.slow_after
    return step.but(slow=slow).doing(Fate(provider, slow)) if slow or ended else step


def never_sent(step: Step, world: World[Rules]) -> Step:
    """Its gateway never got this turn: it is delivered by a later one, five minutes on at the soonest."""
    message = step.message
    if message.provider is None or message.provider not in world.rules.weights or message.slow:
        return step
    return step.but(slow=True).doing(Fate(message.provider, True))


def until(tokens: Mapping[str, str]) -> datetime | None:
    """The first moment after which what it says is of no use; None where it names none."""
    return min((datetime.fromisoformat(tokens[name]) for name in UNTIL if name in tokens), default=None)


def doubled(first: timedelta, times: int, at_most: timedelta) -> timedelta:
    """`first`, doubled so many times, within a bound."""
    return min(first * (1 << min(times, 20)), at_most)


_Rule = Callable[[Step, Correspondence, World[Rules]], Step]
_WHEN_DUE: Final[Mapping[MessageState, _Rule]] = {
    CREATED: take_in_hand,
    TEMP_FAILED: take_in_hand,
    SENDING: _no_answer,
    UNKNOWN: _ask,
    SENT: _ask,
}


def retry_at(message: Message, now: datetime, rules: Rules) -> datetime:
    """300 s on, with a jitter that follows from the message and its count."""
    return now + rules.retry_every + spread(f"{message.id}#{message.attempts}", rules.jitter)
