"""When a citizen sets out who has not heard: a message names that hour, and the soonest trip goes first (12.9)."""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.commitment import BOOKED_ANEW, Commitment
from services.contracts.intake import RequestMoved
from services.contracts.wire import instant_text
from services.notify.domain.message import REPLACED, WAITING, Message
from services.notify.domain.notices import Notice
from services.notify.domain.wording import touched


def trip_of(notice: Notice, event: RequestMoved, messages: Sequence[Message]) -> datetime | None:
    """When its person would come in vain who has not heard this; of a deadline, the last day on which they would.

    `messages`: what they have been told so far, and what waits to be told.
    """
    visits = touched(event, notice)
    if notice in (Notice.VISIT_MOVED, Notice.VISIT_OFF):
        return min((as_known(promise, event, messages) for promise in visits), default=None)
    if notice is Notice.VISIT_SHORTENED:
        return min((promise.visit.until for promise in visits if promise.visit), default=None)
    if notice is Notice.DOCUMENTS_POSTPONED and event.awaited:
        return event.awaited.until
    if notice is Notice.REFERRAL_CANCELLED and event.referral:
        return event.referral.slot.since
    return None


def as_known(promise: Commitment, event: RequestMoved, messages: Sequence[Message]) -> datetime:
    """For when its person expects the visit: for when it was, while no message of a move has gone out."""
    at = promise.promised_at
    for move in reversed(promise.moves):
        told_at_desk = move.rule == BOOKED_ANEW
        if told_at_desk or not (move.at == event.occurred_at or _is_unsaid(promise, move.to_at, messages)):
            break
        at = move.from_at
    return at


def _is_unsaid(promise: Commitment, to: datetime, messages: Sequence[Message]) -> bool:
    named = {"visit": instant_text(to)}.items()
    about = (m for m in messages if m.notice is Notice.VISIT_MOVED and m.visit is promise.kind)
    return any(
        named <= message.tokens.items() and (message.state in WAITING or message.reason() == REPLACED)
        for message in about
    )
