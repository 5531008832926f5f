"""All that is told about one request: one entity, with the request as far as telling needs it, and its messages."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.contracts.decision import Decision, Refused, Send
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.notify import NoticeMoved
from services.contracts.wire import Id, Made
from services.notify.domain.closure import Asked, ClosureTurn, Untold, urgency
from services.notify.domain.holding import Holding
from services.notify.domain.kinds import has_another_way
from services.notify.domain.message import (
    CREATED,
    EXPIRED,
    FILTERED,
    PERM_FAILED,
    SENDING,
    SENT,
    SUPPRESSED,
    TOLD_WITH_ANOTHER,
    UNKNOWN,
    VERBS,
    WAITING,
    Message,
    Step,
)
from services.notify.domain.templates import Channel, name_of
from services.notify.domain.tokens import Lang

UNTOLD = frozenset({SUPPRESSED, PERM_FAILED, FILTERED, EXPIRED})
"""In these states a message cannot be relied on to have told anybody."""


class Correspondence(Made):
    """Id = the request's. `notifiable` False: no mobile was left, the person is told at the desk (domain 8)."""

    request_id: Id
    org_id: Id
    tracking_code: str
    request_state: RequestState
    round: int = 1
    """Which time the request is worked on; what tells of an earlier one has lost its point, unless it outlasts that."""
    notifiable: bool
    mailable: bool = False
    """Whether an e-mail address was left."""
    applicant_ref: Id | None = None
    """Whose preferences hold; only as long as something may be handed over: a closed case need not say whose it was."""
    lang: Lang = Lang.FA
    """In which they want to be written to, as it was found when a message was last handed over."""
    holding: Holding | None = None
    """None where an earlier version stored it."""
    messages: tuple[Message, ...] = ()
    printout: bool = False
    """Whether a message on paper waits to be handed over: by this what waits at a desk is read."""
    queue: str | None = None
    """The place of its foremost message in the queue: by this the queue is read. None = none waits there."""

    @classmethod
    def about(cls, event: RequestMoved) -> "Correspondence":
        return cls(
            request_id=event.request_id,
            org_id=event.org_id,
            tracking_code=event.tracking_code,
            request_state=event.state,
            round=event.round,
            notifiable=event.notifiable,
            mailable=event.mailable,
            applicant_ref=event.applicant_ref,
            holding=Holding.after(event),
        )

    def message(self, message_id: str) -> Message:
        """Raises Refused(UNKNOWN_MESSAGE)."""
        for message in self.messages:
            if message.id == message_id:
                return message
        raise unknown_message()

    def after(self, steps: Iterable[Step], now: datetime) -> Decision["Correspondence"]:
        """The decision that these steps amount to: one event per message that entered a state others hear of."""
        taken = {step.message.id: step for step in steps}
        known = tuple(taken[m.id].message if m.id in taken else m for m in self.messages)
        new = tuple(step.message for id, step in taken.items() if all(id != m.id for m in self.messages))
        messages = known + new
        applicant_ref = self.applicant_ref if any(map(_may_be_handed_over, messages)) else None
        update = {
            "messages": messages,
            "printout": any(map(waits_at_desk, messages)),
            "queue": _foremost(messages),
            "applicant_ref": applicant_ref,
        }
        return Decision(
            self.model_copy(update=update),
            events=tuple(event for step in taken.values() for event in self._events(step, now)),
            sends=tuple(self._sends(tuple(taken.values()))),
            effects=tuple(effect for step in taken.values() for effect in step.effects),
        )

    def _sends(self, steps: Sequence[Step]) -> Iterable[Send]:
        """To closures: what waits for its turn, the soonest trip first, and then what has come to nothing."""
        new = [step.message for step in steps if step.entered]
        asking = [(turn, m) for m in new if m.state is CREATED and not m.tells() for turn in m.closures]
        for turn, message in sorted(asking, key=lambda asks: urgency(asks[0])):
            yield self.word(Asked, message, turn)
        for message in (step.message for step in steps):
            if message.closures and _has_told_nobody(message):
                for turn in message.closures:
                    yield self.word(Untold, message, turn)

    def word(self, kind: type[Asked], message: Message, turn: ClosureTurn) -> Send:
        """To this closure, of which the message tells."""
        id, asked_as, notice = self.request_id, turn.asked_as or message.id, message.notice
        word = kind(request_id=id, message_id=asked_as, closure=turn.id, notice=notice, trip=turn.trip)
        return Send("closure", turn.id, word)

    def _events(self, step: Step, now: datetime) -> Iterable[NoticeMoved]:
        moves = tuple(VERBS[state] for state in step.entered if state in VERBS)
        if not moves:
            return
        message = step.message
        yield NoticeMoved(
            moves=moves,
            message_id=message.id,
            request_id=self.request_id,
            org_id=self.org_id,
            round=message.round,
            notice=message.notice,
            template_id=message.template_id,
            template_version=message.template_version,
            channel=message.channel,
            state=message.state,
            attempt=message.attempts,
            parts=message.parts,
            reason=message.reason(),
            created_at=message.created_at,
            occurred_at=now,
        )


def _foremost(messages: Iterable[Message]) -> str | None:
    return min((message.place for message in messages if message.place is not None), default=None)


def waits_at_desk(message: Message) -> bool:
    """Whether it is on paper, or can be put there, and nobody has it yet."""
    return message.channel is Channel.PRINT and message.state is SENT


def _may_be_handed_over(message: Message) -> bool:
    """For the first time, or once more, by this channel or another: an UNKNOWN is, should the provider deny it, and
    what has another way, should its receipt say that it came to nothing; as long as it is asked about."""
    if message.state is SENT:
        asked_about = message.channel is Channel.SMS and message.due is not None
        return asked_about and has_another_way(message.notice, name_of(message.template_id))
    return message.state in WAITING or message.state is SENDING or (message.state is UNKNOWN and bool(message.due))


def _has_told_nobody(message: Message) -> bool:
    """As far as is known: an UNKNOWN that nobody asks about any more may yet turn out to have."""
    if message.state is UNKNOWN:
        return message.due is None
    return message.state in UNTOLD and message.reason() != TOLD_WITH_ANOTHER


def request_of(message_id: str) -> str:
    """The request that a message id belongs to: all before the last dot. Raises Refused(UNKNOWN_MESSAGE)."""
    request_id, dot, number = message_id.rpartition(".")
    if not (request_id and dot and number.isascii() and number.isdigit()):
        raise unknown_message()
    return request_id


def timers(correspondence: Correspondence) -> Mapping[str, datetime]:
    """One timer per message that something is to be done about, under its id."""
    return {message.id: message.due for message in correspondence.messages if message.due is not None}


def unknown_message() -> Refused:
    return Refused("UNKNOWN_MESSAGE", "no message with this reference was ever handed to a provider", status=404)
