"""What a case is made of: where it was sent, what was brought and told, who took it, why it is worked on again."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from services.contracts.coordination import Coordination, Referral
from services.contracts.intake import (
    AwaitedDocuments,
    KioskRef,
    ReopeningReason,
    RequestReferral,
    RequestState,
    RequestSuspension,
    SurveyAnswers,
)
from services.contracts.kiosk import WithdrawalReason
from services.contracts.registry import KioskClass
from services.contracts.routing import CaseResult
from services.contracts.service_sheet import Channel
from services.contracts.wire import Id, Instant, Made, Wire

Person = Literal["APPLICANT", "REPRESENTATIVE"]


class Role(StrEnum):
    """Who moved a case, as its history tells it: a role, never a name."""

    OFFICER = "OFFICER"
    KIOSK = "KIOSK"
    UNIT = "UNIT"
    NOTICE = "NOTICE"
    TIME = "TIME"
    APPLICANT = "APPLICANT"


class Place(StrEnum):
    """Where an open case stands among those of its person for its service. None: it has ended, or is nobody's."""

    FIRST = "FIRST"
    """Only one can be."""
    FURTHER = "FURTHER"
    """Linked to the first by `duplicate_of`."""


class Happened(Made):
    """One line of the history. `visit`: what it tells of a promise is about a visit, not about an answer."""

    at: Instant
    type: str
    by: Role
    visit: bool = False


class Attention(StrEnum):
    """Why a case stands in the work list of its desk: nothing happens by itself any more."""

    PROMISE_BROKEN = "PROMISE_BROKEN"
    NO_OFFICE_LEFT = "NO_OFFICE_LEFT"
    """Its person was sent to kiosk offices none of which can take it any more: the desk calls, and takes it back."""
    REDIRECT_LAPSED = "REDIRECT_LAPSED"
    TELL_CITIZEN = "TELL_CITIZEN"
    """The result is ready and no message can be relied on (I9)."""
    TELL_OVERDUE = "TELL_OVERDUE"
    """The desk has not told it in time: its head sees that."""
    REMIND_TO_COLLECT = "REMIND_TO_COLLECT"
    """An output waits to be collected and no message reminds of it: the desk calls."""
    VISIT_WARNED = "VISIT_WARNED"
    """A visit was promised for a time at which nobody can serve: its person is warned, and the desk books anew."""
    TELL_NEW_TIME = "TELL_NEW_TIME"
    """A visit, a deadline or the answer has another time, and no message can be relied on: the desk calls."""
    LEGAL_RISK = "LEGAL_RISK"
    """The desk does not open once more before the law's limit, or nobody works on it: its head sees that (I3)."""
    EXTENDED_TWICE = "EXTENDED_TWICE"
    """The promise cannot be extended once more."""
    REMIND_OF_DOCUMENTS = "REMIND_OF_DOCUMENTS"
    """Documents are awaited and no message reminds of them: the desk calls."""
    NO_COMPETENCE = "NO_COMPETENCE"
    """The unit says that the case is not its own."""
    UNIT_PROPOSES = "UNIT_PROPOSES"
    """A unit would see its person in a slot, and holds it: the desk asks them, and takes it or not."""
    SEND_TO_UNIT = "SEND_TO_UNIT"
    """A unit has confirmed a slot, in which nobody is sent yet."""
    APPROVE_REFERRAL = "APPROVE_REFERRAL"
    """A referral waits for the head of the desk."""
    UNIT_DECLINED = "UNIT_DECLINED"
    """The unit that was asked has no slot, or is not the one."""
    UNIT_SILENT = "UNIT_SILENT"
    """The unit has not answered in time."""
    SLOT_UNUSED = "SLOT_UNUSED"
    """The desk has let the slot of a unit pass."""
    REBOOK = "REBOOK"
    """Its person did not come to the unit, and may have another slot."""
    MISSED_AGAIN = "MISSED_AGAIN"
    """They did not come again: the promise of the answer is released."""
    REFERRAL_OFF = "REFERRAL_OFF"
    """The unit has called it off, or is shut then: its person needs another slot."""
    TELL_REFERRAL = "TELL_REFERRAL"
    """Its person is sent to a unit, or need not go any more, and no message can be relied on: the desk calls."""


class OfferedKiosk(Wire):
    """A kiosk office that a citizen is sent to, as the receipt shows it."""

    id: Id
    name: str
    address: str
    phone: str
    kiosk_class: KioskClass


class Redirect(Wire):
    """Where the citizen was sent instead, and until when the desk waits for the kiosk's event (I2)."""

    number: int = 1
    """The second one needs the head of the desk; there is no third (domain 5)."""
    channel: Channel
    ref: Id
    kiosks: tuple[OfferedKiosk, ...]
    lapses_at: Instant
    lapsed_at: Instant | None = None
    ends_at: Instant | None = None
    """Known with the lapse: from then on the desk may close the case, if the person was told."""
    told_at: Instant | None = None
    """When the message about the lapse was delivered, or the desk said that it told them itself (`told_to`)."""
    told_to: Person | None = None


class KioskLink(Made):
    """The kiosk submission that opened the case, and the filing that answers the office."""

    ref: KioskRef
    revision: int
    filing_id: Id


class Survey(Wire):
    """What the person said when the case was over. Of an illegal demand the request knows nothing."""

    answers: SurveyAnswers
    comment: str | None
    """Sealed (services/intake/confidence.py)."""
    at: Instant


class TakenEvidence(Made):
    """A piece of evidence of the case. Whoever filed it may have a copy under a `dataref` of their own."""

    type: Id
    original_seen: bool
    sha256: str | None = None
    """Of the copy; None where only the original was seen."""
    dataref: str | None = None
    content_type: str | None = None
    """As judged by content. Only then is the copy kept here, under `dataref`."""
    size: int | None = None
    """In bytes."""
    accepted_by: Id | None = None
    """The officer, or the kiosk office."""
    taken_at: Instant | None = None


class AskedSlot(Wire):
    """A slot that this case has asked of a day of its desk, and what became of it (`appointing.py`)."""

    id: Id
    desk_id: Id
    day: date
    at: Instant
    state: Literal["ASKED", "HELD", "TAKEN", "FREED"] = "ASKED"
    commitment_id: Id | None = None
    """The promise that it is held for."""
    booked_with: Id | None = None
    """With whom it was booked, where somebody else serves it now."""
    moving: bool = False
    """Its officer is gone, and the day was asked who serves it (`standing_in.py`)."""
    asked_of: tuple[Id, ...] = ()
    """Who could have served it when the day was asked last; emptied when one of them does."""


class Awaited(AwaitedDocuments):
    """Documents that the citizen is asked for, and how far they have been told what happens otherwise (domain 3)."""

    asked_at: Instant
    remind_at: Instant
    reminded_at: Instant | None = None
    """When a message was asked for, or the desk."""
    noticed_at: Instant | None = None
    """When the citizen was told for certain; without that the case does not expire."""
    closes_at: Instant | None = None
    heard_by: Instant | None = None
    """Once that has come: until when word of the kiosk office is waited for (`grace.heard_by`)."""

    def ends_at(self) -> datetime | None:
        """When nobody waits any longer, as far as is known; None before any notice."""
        return _later(self.closes_at, self.heard_by)

    def public(self) -> AwaitedDocuments:
        """As others may know it."""
        return AwaitedDocuments.model_construct(**{name: getattr(self, name) for name in AwaitedDocuments.model_fields})


class Standing(RequestSuspension):
    """A case whose work stands still, and the state to which it returns."""

    left: RequestState

    def public(self) -> RequestSuspension:
        """As others may know it."""
        return RequestSuspension(number=self.number, cause=self.cause, reason=self.reason, since=self.since)


class WithUnits(Made):
    """What its desk has asked of units in this round, and to which its person was sent: as routing has said last."""

    left: RequestState
    """Where the work is: the state to which COORDINATING and REFERRED return."""
    coordinations: tuple[Coordination, ...] = ()
    referrals: tuple[Referral, ...] = ()
    told: RequestReferral | None = None
    """The referral of which was heard last, once it was issued."""
    looked_at: Instant
    """When it was last looked at: a confirmed slot that begins later may still be used."""


class Announcement(Wire):
    """How the result reached the citizen (I9): by a message that was confirmed, or from an officer of the desk."""

    at: Instant
    by: Role
    told_to: Person | None = None
    told_ref: Id | None = None
    """Which representative it was (`representative_ref`)."""
    identity_seen: bool | None = None
    officer_id: Id | None = None


class HandedTo(Wire):
    """Who took the output, and that the officer has seen who they are."""

    collected_by: Person
    collected_ref: Id | None = None
    """Which representative it was (`representative_ref`)."""
    identity_seen: bool
    officer_id: Id
    at: Instant


class Collection(Wire):
    """An output at the desk: until when it waits, and what became of it."""

    due: Instant
    remind_at: Instant
    reminded_at: Instant | None = None
    """When a message was asked for."""
    noticed_at: Instant | None = None
    """When the citizen was reminded for certain; without that the case is not closed over their head."""
    desk_calls: bool = False
    """No message can be relied on: the desk has been asked to call."""
    closes_at: Instant | None = None
    heard_by: Instant | None = None
    """Once that has come: until when word of the kiosk office is waited for (`grace.heard_by`)."""
    uncollected_at: Instant | None = None
    """When it was given up, after notice and grace."""

    def ends_at(self) -> datetime | None:
        """As of documents that are awaited."""
        return _later(self.closes_at, self.heard_by)


def _later(closes_at: datetime | None, heard_by: datetime | None) -> datetime | None:
    return max(closes_at, heard_by or closes_at) if closes_at is not None else None


class Withdrawal(Wire):
    """The applicant took the request back at the desk."""

    at: Instant
    reason: WithdrawalReason
    officer_id: Id


class Merged(Wire):
    """Ended as a duplicate, in favour of another request."""

    of: Id
    tracking_code: str
    """Of the other."""
    number: int | None = None
    """Its turn among the requests of its person for its service that ended so, from 1: no two have the same. None: it
    ended before turns were noted."""
    officer_id: Id
    at: Instant


class Objection(Wire):
    """What the applicant says against a refusal. The words are theirs: they stand in no event (I12)."""

    at: Instant
    reason: str = ""
    officer_id: Id


class Reopening(Wire):
    """Why a closed case is worked on again, and which head of a desk approved it."""

    at: Instant
    reason: ReopeningReason
    officer_id: Id
    approved_by: Id


class Round(Wire):
    """A round that is over: what was decided, how it was told, collected and found, and why another followed."""

    result: CaseResult | None
    announced: Announcement | None
    collection: Collection | None
    handover: HandedTo | None
    objection: Objection | None = None
    reopening: Reopening | None = None
    survey: Survey | None = None

    def waits(self) -> bool:
        """Whether its output is still at the desk."""
        return self.collection is not None and self.handover is None and self.collection.uncollected_at is None
