"""What a provider says, and what it changes (domain 8, 12.11). No word, late or repeated, moves a message back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from services.contracts.decision import Decision, World
from services.contracts.notify import MessageState
from services.contracts.wire import Id, Wire
from services.notify.domain.correspondence import Correspondence, unknown_message, waits_at_desk
from services.notify.domain.hours import spread
from services.notify.domain.message import (
    DELIVERED,
    FINAL,
    PERM_FAILED,
    SENDING,
    SENT,
    SUPPRESSED,
    TEMP_FAILED,
    UNKNOWN,
    Message,
    Step,
)
from services.notify.domain.preference import OPTED_OUT
from services.notify.domain.printouts import taken_back
from services.notify.domain.queue import looked_at_again, place_of
from services.notify.domain.rules import Rules
from services.notify.domain.sending import (
    BY_NAME,
    doubled,
    lose_sight,
    never_sent,
    retry_at,
    take_in_hand,
    until,
    with_fate,
)
from services.notify.domain.templates import Channel
from services.notify.domain.tokens import Lang
from services.notify.domain.wording import text_or_own

RANK: Final[Mapping[MessageState, int]] = {
    MessageState.CREATED: 0,
    MessageState.SENDING: 1,
    MessageState.TEMP_FAILED: 1,
    MessageState.UNKNOWN: 1,
    MessageState.SENT: 2,
    **dict.fromkeys(FINAL, 3),
}


class Accepted(Wire):
    """The provider took the message, under its own id. `parts` = what it costs."""

    message_id: Id
    turn: int
    provider_id: str
    parts: int


class Declined(Wire):
    """The provider answered that it does not take it; `again` says whether another try makes sense."""

    message_id: Id
    turn: int
    reason: str
    again: bool


class NotCalled(Wire):
    """No call was made, or it was turned away unread: it costs no retry.

    `queue`: it waits for the gateway (breaker open, others before it), and is handed over in its turn. Otherwise for
    something else (contacts away), and tries again by itself.
    """

    message_id: Id
    turn: int
    reason: str
    queue: bool = False
    pause_seconds: int = 0
    """Of the others: at least this long."""


class NoAnswer(Wire):
    """The call was written and its answer is lost: the provider may have the message."""

    message_id: Id
    turn: int
    reason: str


class Denied(Wire):
    """Asked under our reference, the provider knows nothing of the message."""

    message_id: Id
    turn: int


class Reported(Wire):
    """The provider's word about a message it has: a receipt, or the answer to a question."""

    message_id: Id
    provider_id: str
    status: MessageState
    provider: str | None = None
    """Who says so; None where there is only one."""


class Preferred(Wire):
    """Not called yet, or not called at all: its person wants to be written to in this language, which was not known."""

    message_id: Id
    turn: int
    lang: Lang


class OptedOut(Wire):
    """Not called: its person has asked for no messages of its purpose."""

    message_id: Id
    turn: int


def accepted(state: Correspondence | None, answer: Accepted, world: World[Rules]) -> Decision[Correspondence]:
    """Acceptance counts whenever it arrives: the provider has the message."""
    correspondence, message = _find(state, answer.message_id)
    if RANK[message.state] >= RANK[SENT]:
        if answer.turn != message.turn or answer.parts == message.parts:
            return Decision(correspondence)
        return correspondence.after([Step(message).but(parts=answer.parts)], world.now)  # a receipt was faster
    attempts = message.attempts + (message.state is SENDING)
    step = Step(message).to(
        SENT,
        world.now,
        attempts=attempts,
        pauses=0,
        provider_id=answer.provider_id,
        parts=answer.parts,
        due=_receipt_by(message, world),
    )
    return correspondence.after([_if_it_still_tells(step, correspondence, world)], world.now)


def declined(state: Correspondence | None, answer: Declined, world: World[Rules]) -> Decision[Correspondence]:
    """Another try in five minutes, 48 times; or the end of it, which is desk work (I9)."""
    correspondence, message = _find(state, answer.message_id)
    if message.state is not SENDING or message.turn != answer.turn:
        return Decision(correspondence)
    called = Step(message).but(attempts=message.attempts + 1)
    if answer.again:
        return correspondence.after([_try_later(called, world, answer.reason)], world.now)
    return correspondence.after([called.to(PERM_FAILED, world.now, answer.reason)], world.now)


def not_called(state: Correspondence | None, answer: NotCalled, world: World[Rules]) -> Decision[Correspondence]:
    """Waits in the queue, or longer each time, without using up a retry (domain 8)."""
    correspondence, message = _find(state, answer.message_id)
    if message.state is not SENDING or message.turn != answer.turn:
        return Decision(correspondence)
    rules = world.rules
    if answer.queue:
        place, due = place_of(message, world), looked_at_again(message, world)
        step = Step(message).to(TEMP_FAILED, world.now, answer.reason, place=place, due=due)
        return correspondence.after([step], world.now)
    pause = max(doubled(rules.deferral, message.pauses, rules.retry_every), timedelta(seconds=answer.pause_seconds))
    due = world.now + pause + spread(f"{message.id}#{message.turn}", min(pause, rules.jitter))
    step = Step(message).to(TEMP_FAILED, world.now, answer.reason, pauses=message.pauses + 1, due=due)
    return correspondence.after([step], world.now)


def preferred(state: Correspondence | None, answer: Preferred, world: World[Rules]) -> Decision[Correspondence]:
    """From now on this case is told in that language, this message first; one that cannot be said in it stays as it is.

    It is handed over at once: no call was made, and no retry is used up. One on the page is shown in it as it stands.
    """
    correspondence, message = _find(state, answer.message_id)
    if message.channel is Channel.WEB and message.state is SENT:
        known = answer.lang is correspondence.lang
        return Decision(correspondence if known else correspondence.model_copy(update={"lang": answer.lang}))
    if message.state is not SENDING or message.turn != answer.turn:
        return Decision(correspondence)
    catalogue = world.rules.catalogue
    own = catalogue.version(message.template_id, message.template_version)
    text = text_or_own(answer.lang, own, message.tokens, catalogue, message.channel)
    reworded = Step(message).to(
        TEMP_FAILED,
        world.now,
        "LANGUAGE",
        template_id=text.id,
        template_version=text.version,
        parts=text.longest_parts() if message.channel is Channel.SMS else 0,
    )
    told = correspondence.model_copy(update={"lang": answer.lang})
    return told.after([take_in_hand(reworded, told, world)], world.now)


def opted_out(state: Correspondence | None, answer: OptedOut, world: World[Rules]) -> Decision[Correspondence]:
    """It is not sent, and nothing becomes of it: of such messages nobody needs anything (domain 8)."""
    correspondence, message = _find(state, answer.message_id)
    if message.state is not SENDING or message.turn != answer.turn:
        return Decision(correspondence)
    return correspondence.after([Step(message).to(SUPPRESSED, world.now, OPTED_OUT)], world.now)


def no_answer(state: Correspondence | None, answer: NoAnswer, world: World[Rules]) -> Decision[Correspondence]:
    """Never a second send on an unknown outcome: the provider is asked first (domain 12.11)."""
    correspondence, message = _find(state, answer.message_id)
    if message.state is not SENDING or message.turn != answer.turn:
        return Decision(correspondence)
    return correspondence.after([lose_sight(Step(message), world, answer.reason)], world.now)


def denied(state: Correspondence | None, answer: Denied, world: World[Rules]) -> Decision[Correspondence]:
    """The provider never got it: now it may be sent again. Of a message that was accepted, a denial changes nothing."""
    correspondence, message = _find(state, answer.message_id)
    if message.state is not UNKNOWN or message.turn != answer.turn:
        return Decision(correspondence)
    return correspondence.after([_try_later(never_sent(Step(message), world), world, "DENIED_BY_PROVIDER")], world.now)


def reported(state: Correspondence | None, answer: Reported, world: World[Rules]) -> Decision[Correspondence]:
    """A receipt. Late, repeated or out of order it changes nothing; overtaking the answer to the call it proves both.

    A failure counts only for the acceptance we know of: that of an earlier call says nothing of the one under way, nor
    does one while a later turn is under way and no acceptance is known.
    """
    correspondence, message = _find(state, answer.message_id)
    if message.turn == 0 or not _may_have_it(message, answer.provider):
        raise unknown_message()
    if RANK[answer.status] <= RANK[message.state]:
        return Decision(correspondence)
    if answer.status is not DELIVERED and message.provider_id not in (None, answer.provider_id):
        return Decision(correspondence)
    failed = answer.status in FINAL and answer.status is not DELIVERED
    if failed and message.state is SENDING and message.turn > 1 and message.provider_id is None:
        return Decision(correspondence)
    of_another = None not in (answer.provider, message.provider) and answer.provider != message.provider
    if answer.status is not DELIVERED and of_another:
        return Decision(correspondence)
    step = with_fate(Step(message), world, ended=answer.status in FINAL).to(
        answer.status,
        world.now,
        "PROVIDER_RECEIPT",
        attempts=message.attempts + (message.state is SENDING),
        pauses=0,
        provider_id=answer.provider_id,
        due=_receipt_by(message, world),
    )
    return correspondence.after([_if_it_still_tells(step, correspondence, world)], world.now)


def _may_have_it(message: Message, provider: str | None) -> bool:
    """Whether a turn of it went by this one: what another says of it is made up, or not about it (I9).

    None on either side: there was only one gateway, or it is not told which.
    """
    if message.channel is not Channel.SMS:
        return provider in (None, BY_NAME[message.channel])
    if provider in BY_NAME.values():
        return False
    return None in (provider, message.provider) or provider in (message.provider, *message.went_by)


def _if_it_still_tells(step: Step, correspondence: Correspondence, world: World[Rules]) -> Step:
    """A paper comes to the desk at this moment: one that has lost its point on the way is taken back at once."""
    return taken_back(step, correspondence, world) if waits_at_desk(step.message) else step


def _receipt_by(message: Message, world: World[Rules]) -> datetime | None:
    """When it is asked about; a paper, whose receipt is the word of a desk, waits there as long as it is of use."""
    if message.channel is Channel.PRINT:
        return until(message.tokens)
    return world.now + world.rules.receipt_within if message.channel is Channel.SMS else None


def _try_later(step: Step, world: World[Rules], reason: str) -> Step:
    """TEMP_FAILED with the next try set; after the last one it has failed for good, which is desk work (I9)."""
    later = step.to(TEMP_FAILED, world.now, reason, pauses=0, due=retry_at(step.message, world.now, world.rules))
    if step.message.attempts > world.rules.retries:
        return later.to(PERM_FAILED, world.now, "RETRIES_EXHAUSTED")
    return later


def _find(state: Correspondence | None, message_id: str) -> tuple[Correspondence, Message]:
    if state is None:
        raise unknown_message()
    return state, state.message(message_id)
