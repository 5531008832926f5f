"""The case of a person: what was asked, what was promised, how far it is, and what became of it."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Literal

from services.contracts.intake import (
    AwaitedDocuments,
    ChannelReason,
    Commitment,
    CommitmentKind,
    HeldDemand,
    KioskRef,
    NotOnSpotReason,
    RedirectFailure,
    ReopeningReason,
    RequestState,
    RequestSuspension,
    SurveyAnswers,
    holding,
)
from services.contracts.intake_commands import AssistanceReason
from services.contracts.kiosk import Applicant, Responsible, WithdrawalReason
from services.contracts.registry import Channel, KioskClass
from services.contracts.routing import CaseResult, ResultKind
from services.contracts.wire import Id, Instant, Wire
from services.intake.domain.people import Representation
from services.intake.domain.receipts import Edition

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


class Happened(Wire):
    """One line of the history. `visit`: what it tells of a promise is about a visit, not about an answer."""

    at: Instant
    type: str
    by: Role
    visit: bool = False


class Attention(StrEnum):
    """Why a case stands in the work list of its desk: nothing happens by itself any more."""

    PROMISE_BROKEN = "PROMISE_BROKEN"
    REDIRECT_LAPSED = "REDIRECT_LAPSED"
    TELL_CITIZEN = "TELL_CITIZEN"
    """The result is ready and no message can be relied on (I9)."""
    TELL_OVERDUE = "TELL_OVERDUE"
    """The desk has not told it in time: its head sees that."""
    REMIND_TO_COLLECT = "REMIND_TO_COLLECT"
    """An output waits to be collected and no message reminds of it: the desk calls."""
    VISIT_WARNED = "VISIT_WARNED"
    """A visit was promised for a time at which nobody can serve: its person is warned, and the desk books anew."""
    LEGAL_RISK = "LEGAL_RISK"
    """The desk does not open once more before the law's limit: its head sees that (I3)."""
    EXTENDED_TWICE = "EXTENDED_TWICE"
    """The promise cannot be extended once more."""
    REMIND_OF_DOCUMENTS = "REMIND_OF_DOCUMENTS"
    """Documents are awaited and no message reminds of them: the desk calls."""
    NO_COMPETENCE = "NO_COMPETENCE"
    """The unit says that the case is not its own."""


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
    told_to: Literal["APPLICANT", "REPRESENTATIVE"] | None = None


class KioskLink(Wire):
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


class TakenEvidence(Wire):
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


class Awaited(AwaitedDocuments):
    """Documents that the citizen is asked for, and how far they have been told what happens otherwise (domain 3)."""

    asked_at: Instant
    remind_at: Instant
    reminded_at: Instant | None = None
    """When a message was asked for, or the desk."""
    noticed_at: Instant | None = None
    """When the citizen was told for certain; without that the case does not expire."""
    closes_at: Instant | None = None

    def public(self) -> AwaitedDocuments:
        """As others may know it."""
        return AwaitedDocuments.model_construct(**{name: getattr(self, name) for name in AwaitedDocuments.model_fields})


class Standing(RequestSuspension):
    """A case whose work stands still, and the state to which it returns."""

    left: RequestState

    def public(self) -> RequestSuspension:
        """As others may know it."""
        return RequestSuspension(number=self.number, cause=self.cause, reason=self.reason, since=self.since)


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
    closes_at: Instant | None = None
    uncollected_at: Instant | None = None
    """When it was given up, after notice and grace."""


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
    pair: str
    """Both ids in their order: of two requests one at most ends in favour of the other."""
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
    """A round that is over: what was decided, how it was told and collected, and why another followed."""

    result: CaseResult | None
    announced: Announcement | None
    collection: Collection | None
    handover: HandedTo | None
    objection: Objection | None = None
    reopening: Reopening | None = None

    def waits(self) -> bool:
        """Whether its output is still at the desk."""
        return self.collection is not None and self.handover is None and self.collection.uncollected_at is None


class Case(Wire):
    """What was asked, what was promised, how far it is. Sheets may change: a case keeps what its person was told."""

    tracking_code: str
    version: int = 0
    """Counts published moves."""
    state: RequestState = RequestState.RECEIVED
    service_id: Id
    service_version: int
    service_name: str
    org_id: Id
    desk_id: Id
    unit_id: Id
    channel: Channel
    channel_reason: ChannelReason | None
    presence: str | None = None
    """On which ground the law wants the person there."""
    applicant: Applicant | None = None
    applicant_ref: Id | None
    representative: Representation | None = None
    """Who speaks for the applicant: the newest on record."""
    representative_ref: Id | None = None
    place: Place | None = None
    duplicate_of: Id | None = None
    """The request of the same person for the same service that was open when this one was filed, or worked on again;
    or the one in whose favour it has ended."""
    merged: Merged | None = None
    evidence: tuple[TakenEvidence, ...] = ()
    needed: tuple[str, ...] = ()
    """Documents of the sheet that were not taken."""
    awaited: Awaited | None = None
    """What is asked for now; None when nothing is."""
    suspension: Standing | None = None
    """While it is SUSPENDED."""
    held_demands: tuple[HeldDemand, ...] = ()
    amount: int | None = None
    area: float | None = None
    assistance_reason: AssistanceReason | None = None
    """Why its person does not file electronically. For the desk's eyes: it stands in no event (I12)."""
    priority_class: str | None = None
    legal_basis: str | None = None
    note: str | None = None
    on_spot_allowed: bool = False
    not_on_spot_reason: NotOnSpotReason | None = None
    officer_id: Id | None = None
    visits: int = 1
    """How often the person has come for it, to a kiosk or a desk (domain 5)."""
    visit_ids: tuple[Id, ...] = ()
    """The visits to desks that are counted in it and had a ticket."""
    visited_on: date | None = None
    """The day in Tehran of the last visit with a ticket that was about it."""
    commitments: tuple[Commitment, ...] = ()
    slots: tuple[AskedSlot, ...] = ()
    responsible: Responsible
    cost: int
    pay_at: str | None
    stages: tuple[str, ...]
    collectable: bool
    """Whether the sheet's output is fetched at the desk."""
    objection: str
    objection_days: int = 0
    kiosk: KioskLink | None = None
    redirect: Redirect | None = None
    redirect_failure: RedirectFailure | None = None
    result: CaseResult | None = None
    confirm_by: Instant | None = None
    """Until when the message about the result may be confirmed; then it is work for the desk (I9)."""
    heard_by: Instant | None = None
    """Until when word may come that the message was delivered in time: no promise is broken before (I9)."""
    tell_by: Instant | None = None
    """Until when the desk is to tell the result itself."""
    announced: Announcement | None = None
    collection: Collection | None = None
    handover: HandedTo | None = None
    earlier: tuple[Round, ...] = ()
    """Rounds that an objection or a reopening has ended."""
    withdrawal: Withdrawal | None = None
    attention: tuple[Attention, ...] = ()
    next_due: Instant | None = None
    """The earliest open promise: the desk's list of what is due is sorted by it."""
    next_visit: Instant | None = None
    """The earliest open visit that still stands, as far as is known: those are looked at when the registry changes."""
    survey: Survey | None = None
    filed_at: Instant
    history: tuple[Happened, ...] = ()
    receipts: tuple[Edition, ...] = ()
    """Editions of the receipt that were replaced, so that an older print can be checked."""
    erased: bool = False
    """Whether what was personal in it is gone: nobody knows any more whose case it was."""
    printed: str | None = None
    """The hash of the receipt that holds, kept when what is printed on it can no longer be put together."""
    sealed: None = None
    """What could not be opened stays here, and is no state (services/runtime/sealing.py)."""

    def needing(self, reason: Attention) -> tuple[Attention, ...]:
        return self.attention if reason in self.attention else (*self.attention, reason)

    def without(self, *reasons: Attention) -> tuple[Attention, ...]:
        return tuple(reason for reason in self.attention if reason not in reasons)

    @property
    def round(self) -> int:
        """Which time it is worked on, from 1."""
        return len(self.earlier) + 1

    def over(self, objection: Objection | None = None, reopening: Reopening | None = None) -> Round:
        """The round of now as it is remembered when another follows."""
        return Round(
            result=self.result,
            announced=self.announced,
            collection=self.collection,
            handover=self.handover,
            objection=objection,
            reopening=reopening,
        )

    def barred(self) -> tuple[str, ...]:
        """Who may not decide it any more: the author of each result that was objected to (I8)."""
        authors = (over.result.decided_by for over in self.earlier if over.objection and over.result)
        return tuple(dict.fromkeys(authors))

    def told_by_message(self) -> bool:
        """Whether the applicant left a mobile number, or else whoever speaks for them."""
        return any(person is not None and person.mobile for person in (self.applicant, self.representative))

    def to_collect(self) -> bool:
        """Whether the result leaves something to be fetched at the desk: of a refusal nothing comes."""
        return self.collectable and not (self.result and self.result.kind is ResultKind.REFUSED)

    def collected(self) -> bool | None:
        """Whether the output was fetched; None while it waits, and where there was none."""
        if self.handover is not None:
            return True
        return False if self.collection and self.collection.uncollected_at else None

    def running_promises(self) -> tuple[Commitment, ...]:
        """Those whose time runs: while the work stands still that of the final answer does not (domain 3)."""
        return running(self.commitments, self.state)

    def promise(self) -> Commitment | None:
        """When the answer is promised for, kept or not: what citizen, desk, office and receipt are told alike."""
        return holding(self.commitments)

    def open_promises(self) -> tuple[Commitment, ...]:
        return tuple(promise for promise in self.commitments if promise.state == "OPEN")

    def open_visits(self) -> tuple[Commitment, ...]:
        return tuple(promise for promise in self.open_promises() if promise.visit is not None)

    def standing_visits(self) -> tuple[Commitment, ...]:
        """Those that can be served, as far as is known."""
        return tuple(one for one in self.open_visits() if one.visit is not None and one.visit.warned_at is None)

    def answers(self) -> tuple[Commitment, ...]:
        """The promises of a final answer: one for each round."""
        return tuple(promise for promise in self.commitments if promise.visit is None)


def running(promises: Iterable[Commitment], state: RequestState) -> tuple[Commitment, ...]:
    """Open promises whose time runs in that state."""
    stands = state is RequestState.SUSPENDED
    return tuple(
        promise
        for promise in promises
        if promise.state == "OPEN" and not (stands and promise.kind is CommitmentKind.FINAL_DELIVERY)
    )
