"""A desk asks a unit whether it must see a citizen, and the exception that may follow: a referral (domain 1.4, 3, I1).

What routing keeps and publishes of both, their moves as tables, and the commands it takes (contract: Routing).
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from services.contracts.decision import Moves
from services.contracts.wire import AsciiDigits, Command, Flag, Id, Instant, Moment, TypedId, Wire
from services.contracts.working_calendar import CalendarRef, ChangedDay

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]

Room = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}[A-Z]?$"), AsciiDigits]
"""The number of a room, `212` or `12B`: it travels in events, where nothing does that is written freely (I12)."""


class Slot(Wire):
    """Half-open, as all intervals are."""

    since: Instant = Field(alias="from")
    until: Instant = Field(alias="to")

    def overlaps(self, other: "Slot") -> bool:
        return self.since < other.until and other.since < self.until


class Ground(StrEnum):
    """For what a citizen may be sent to a unit: a closed list."""

    BIOMETRIC = "BIOMETRIC"
    ORIGINAL = "ORIGINAL"
    """Of a document, which the unit must have in its hands."""
    SITE_SURVEY = "SITE_SURVEY"
    HEARING = "HEARING"


class Purpose(StrEnum):
    """What a desk asks a unit about: one of the grounds, or whether there is any; a closed list."""

    BIOMETRIC = "BIOMETRIC"
    ORIGINAL = "ORIGINAL"
    SITE_SURVEY = "SITE_SURVEY"
    HEARING = "HEARING"
    WHETHER_NEEDED = "WHETHER_NEEDED"


class Question(Wire):
    """What the desk has asked. The words stay with the case, and stand in no event (I12)."""

    purpose: Purpose
    text: str | None = None


class CoordinationState(StrEnum):
    ASKED = "ASKED"
    CONFIRMED = "CONFIRMED"
    """The unit must see the citizen, in this slot. It ends here; a referral may stand on it."""
    DECLINED = "DECLINED"
    PROPOSED = "PROPOSED"
    """The unit offers a slot, and holds it; the desk asks the citizen."""
    LAPSED = "LAPSED"


COORDINATION_MOVES: Moves[CoordinationState] = Moves(
    {
        CoordinationState.ASKED: frozenset(
            {
                CoordinationState.CONFIRMED,
                CoordinationState.DECLINED,
                CoordinationState.LAPSED,
                CoordinationState.PROPOSED,
            }
        ),
        CoordinationState.PROPOSED: frozenset({CoordinationState.CONFIRMED, CoordinationState.DECLINED}),
        CoordinationState.CONFIRMED: frozenset(),
        CoordinationState.DECLINED: frozenset(),
        CoordinationState.LAPSED: frozenset(),
    }
)


class NotConfirmed(StrEnum):
    """Why a coordination came to nothing: a closed list."""

    NOT_NEEDED = "NOT_NEEDED"
    """The unit can do without the citizen."""
    NO_ROOM = "NO_ROOM"
    NOT_OURS = "NOT_OURS"
    """Another unit would have to see them."""
    NOT_ACCEPTED = "NOT_ACCEPTED"
    """The desk does not take what the unit has proposed."""
    NOT_ANSWERED = "NOT_ANSWERED"
    """Whose turn it was has let the time pass: of LAPSED the unit, of DECLINED the desk."""
    UNIT_SHUT = "UNIT_SHUT"
    """The unit will be shut in the slot that it has named. Of CONFIRMED, before anybody was sent: that is good for
    nothing any more."""
    WORK_ENDED = "WORK_ENDED"


UnitsReason = Literal[NotConfirmed.NOT_NEEDED, NotConfirmed.NO_ROOM, NotConfirmed.NOT_OURS]


class UnitContact(Wire):
    """Whom the citizen asks for in the unit."""

    name: str
    phone: str
    room: str | None = None


class Coordination(Wire):
    """A question to a unit, and what became of it. `id` is `<requestId>.c<n>`, n from 1 in the life of a case."""

    id: Id
    round: int
    """Of the case (`WorkMoved.round`): in another one misses are counted anew."""
    unit_id: Id
    question: Question
    state: CoordinationState
    asked_by: Id
    asked_at: Instant
    lapses_at: Instant | None = None
    """Until when the unit (ASKED) or the desk (PROPOSED) has to answer; None of what is settled."""
    slot: Slot | None = None
    """Of what is CONFIRMED without one, the slot was given back unused: the work ended, or the unit will be shut."""
    contact: UnitContact | None = None
    answered_by: Id | None = None
    """The officer of the unit."""
    answered_at: Instant | None = None
    heard_by: Id | None = None
    """The officer of the desk who accepted, or did not, what the unit proposed."""
    reason: NotConfirmed | None = None

    def public(self) -> "Coordination":
        """As others may know it: without what an officer wrote freely (I12)."""
        if self.question.text is None:
            return self
        return self.model_copy(update={"question": self.question.model_copy(update={"text": None})})


PublicCoordination = Annotated[Coordination, AfterValidator(Coordination.public)]
"""A coordination in an event, whatever the case keeps: none is read with more."""


class ReferralState(StrEnum):
    PROPOSED = "PROPOSED"
    ISSUED = "ISSUED"
    """The head of the desk has approved it: the citizen is told."""
    ATTENDED = "ATTENDED"
    MISSED = "MISSED"
    LAPSED = "LAPSED"
    CANCELLED = "CANCELLED"


REFERRAL_MOVES: Moves[ReferralState] = Moves(
    {
        ReferralState.PROPOSED: frozenset({ReferralState.ISSUED, ReferralState.LAPSED, ReferralState.CANCELLED}),
        ReferralState.ISSUED: frozenset({ReferralState.ATTENDED, ReferralState.MISSED, ReferralState.CANCELLED}),
        ReferralState.ATTENDED: frozenset(),
        ReferralState.MISSED: frozenset(),
        ReferralState.LAPSED: frozenset(),
        ReferralState.CANCELLED: frozenset(),
    }
)
STANDING = (ReferralState.PROPOSED, ReferralState.ISSUED)
"""While a referral has its slot."""


class ReferralOutcome(StrEnum):
    """How a referral ended, and what follows for the citizen: a closed list."""

    SEEN = "SEEN"
    MAY_REBOOK = "MAY_REBOOK"
    """Missed, and another slot is theirs at no cost, once."""
    NO_MORE = "NO_MORE"
    """Missed again: the commitment is released."""
    NOT_APPROVED = "NOT_APPROVED"
    """The slot began before the head of the desk had approved it."""
    BY_DESK = "BY_DESK"
    BY_UNIT = "BY_UNIT"
    UNIT_SHUT = "UNIT_SHUT"
    """In its slot the unit was shut, or will be: nobody missed anything."""
    WORK_ENDED = "WORK_ENDED"


class Referral(Wire):
    """A citizen is sent to a unit, in a slot that it has confirmed (I1). `id` is `<requestId>.r<n>`."""

    id: Id
    round: int
    coordination_id: Id
    unit_id: Id
    contact: UnitContact
    slot: Slot
    ground: Ground
    state: ReferralState
    rebooks: Id | None = None
    """The missed referral in whose place it stands."""
    proposed_by: Id
    proposed_at: Instant
    approved_by: Id | None = None
    approved_at: Instant | None = None
    expires_at: Instant
    """When it LAPSES unless it is approved, or counts as MISSED unless somebody says more; of what has ended, when it
    would have."""
    outcome: ReferralOutcome | None = None
    ended_by: Id | None = None
    """The officer who said so; None = its time had passed."""
    ended_at: Instant | None = None
    shut_by: CalendarRef | None = None
    """Of UNIT_SHUT before the slot: by which version of the calendar. None where the unit itself is out of service."""
    shut_on: ChangedDay | None = None
    """With `shut_by`: the day, by whose decision. None where that is not known, or its week is so."""


COORDINATION_VERBS = (
    "coordination.asked",
    "coordination.confirmed",
    "coordination.declined",
    "coordination.proposed",
    "coordination.lapsed",
    "coordination.slot-shut",
)
REFERRAL_VERBS = (
    "referral.proposed",
    "referral.issued",
    "referral.attended",
    "referral.missed",
    "referral.lapsed",
    "referral.cancelled",
)


def stage(
    coordinations: tuple[Coordination, ...], referrals: tuple[Referral, ...], now: datetime
) -> Literal["COORDINATING", "REFERRED"] | None:
    """Where the request is meanwhile (domain 3): the citizen is sent, or a unit is asked; None when it is neither.

    A confirmed slot in which nobody was sent is worth nothing once it has begun: so the answer may change with time
    alone (`Coordination.slot.since`).
    """
    if any(referral.state is ReferralState.ISSUED for referral in referrals):
        return "REFERRED"
    under_way = any(_under_way(each, referrals, now) for each in coordinations)
    return "COORDINATING" if under_way else None


def _under_way(coordination: Coordination, referrals: tuple[Referral, ...], now: datetime) -> bool:
    if coordination.state in (CoordinationState.ASKED, CoordinationState.PROPOSED):
        return True
    if coordination.state is not CoordinationState.CONFIRMED or coordination.slot is None:
        return False
    its_own = next((referral for referral in referrals if referral.coordination_id == coordination.id), None)
    return now < coordination.slot.since if its_own is None else its_own.state in STANDING


class AskedQuestion(Command):
    purpose: Purpose
    text: Text | None = None


class AskCoordination(Command):
    """POST /v1/coordinations: an officer of the case's desk asks a unit. Words alone ask whether it is needed."""

    request_id: TypedId
    unit: TypedId
    question: AskedQuestion | Text
    officer_id: TypedId

    def asked(self) -> Question:
        if isinstance(self.question, str):
            return Question(purpose=Purpose.WHETHER_NEEDED, text=self.question)
        return Question(purpose=self.question.purpose, text=self.question.text)


class AskedSlot(Command):
    """As the unit's free slots show it."""

    since: Moment = Field(alias="from")
    until: Moment = Field(alias="to")


class AnswerCoordination(Command):
    """POST /v1/coordinations/{id}/answer. CONFIRMED and PROPOSED name a free slot of the unit (409 SLOT_TAKEN)."""

    answer: Literal["CONFIRMED", "DECLINED", "PROPOSED"]
    slot: AskedSlot | None = None
    room: Room | None = None
    reason: UnitsReason | None = None
    """Of DECLINED alone; left out, the unit can do without the citizen."""
    officer_id: TypedId


class AcceptProposal(Command):
    """POST /v1/coordinations/{id}/accept: the desk takes the slot that the unit has proposed, or does not."""

    accept: Flag = True
    officer_id: TypedId


class ProposeReferral(Command):
    """POST /v1/referrals: on a CONFIRMED coordination alone (I1)."""

    coordination_id: TypedId
    ground: Ground
    officer_id: TypedId


class ApproveReferral(Command):
    """POST /v1/referrals/{id}/approve: the head of the desk, or who has a shift in their place."""

    officer_id: TypedId


class AttendReferral(Command):
    """POST /v1/referrals/{id}/attend: the unit has seen the citizen."""

    officer_id: TypedId


class MissReferral(Command):
    """POST /v1/referrals/{id}/miss: nobody came; said after the slot. Unsaid it is so half an hour later."""

    officer_id: TypedId


class CancelReferral(Command):
    """POST /v1/referrals/{id}/cancel: by the desk before the slot begins, by the unit until it is over."""

    officer_id: TypedId
