"""The case of a person: what was asked, what was promised, how far it is, and what became of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState, holding
from services.contracts.intake import ChannelReason, HeldDemand, NotOnSpotReason, RedirectFailure, RequestState
from services.contracts.intake_commands import AssistanceReason
from services.contracts.kiosk import Applicant, Responsible
from services.contracts.routing import CaseResult, ResultKind
from services.contracts.service_sheet import Channel
from services.contracts.wire import Id, Instant, Made
from services.intake.domain.case_parts import (
    Announcement,
    AskedSlot,
    Attention,
    Awaited,
    Collection,
    HandedTo,
    Happened,
    KioskLink,
    Merged,
    Objection,
    Place,
    Redirect,
    Reopening,
    Round,
    Standing,
    Survey,
    TakenEvidence,
    Withdrawal,
    WithUnits,
)
from services.intake.domain.people import Representation
from services.intake.domain.receipts import Edition
from services.intake.domain.states import VERBS, WITH_UNITS
from services.worktime.jalali import civil_day


class Case(Made):
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
    represented_before: tuple[Id, ...] = ()
    """By reference, who spoke for the applicant before: the record of accesses names them (`access.py`)."""
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
    with_units: WithUnits | None = None
    """None: no unit was asked in this round."""
    reroutes: int = 0
    """How often its work went to another unit."""
    held_demands: tuple[HeldDemand, ...] = ()
    amount: int | None = None
    area: float | None = None
    assisted: bool = False
    """Whether its person was not able, or not willing, to file electronically when they stood at the desk."""
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
    visited_at: Instant | None = None
    """When its person was last known to have come to a desk, by a ticket that names it or by what was done for them."""
    unticketed_at: Instant | None = None
    """When that was known by what was done for them alone; None once a ticket of that day stands for it."""
    here: tuple[Id, ...] = ()
    """The tickets of the day of `visited_at` that name it and have not ended."""
    gone_at: Instant | None = None
    """When the last of them ended."""
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
    object_until: Instant | None = None
    """Until when it may be objected to, as found when a last day was over; before that by the days of the sheet."""
    objection_over: bool = False
    """Whether a last day was over on which the desk was there (`objection_window.py`)."""
    kiosk: KioskLink | None = None
    redirect: Redirect | None = None
    redirect_failure: RedirectFailure | None = None
    result: CaseResult | None = None
    confirm_by: Instant | None = None
    """Until when the message about the result may be confirmed; then it is work for the desk (I9)."""
    heard_by: Instant | None = None
    """Until when word may come that the message was delivered in time: no promise is broken before, also where the
    desk has told it meanwhile (I9)."""
    tell_by: Instant | None = None
    """Until when the desk is to tell the result itself."""
    announced: Announcement | None = None
    collection: Collection | None = None
    handover: HandedTo | None = None
    earlier: tuple[Round, ...] = ()
    """Rounds that an objection or a reopening has ended."""
    withdrawal: Withdrawal | None = None
    attention: tuple[Attention, ...] = ()
    untold: tuple[str, ...] = ()
    """Which messages of a new time came to nothing, while the desk has not told it (`new_times.py`)."""
    untold_since: Instant | None = None
    """Since when times have changed of which no message can tell; it says nothing when none is to be told."""
    times_told_at: Instant | None = None
    """When the desk last told its person which times hold, or saw them."""
    next_due: Instant | None = None
    """The earliest promise whose time runs: the desk's list of what is due is sorted by it."""
    desk_needed_at: Instant | None = None
    """The first moment at which its desk is to be there for its person (`needs_desk_at`): those cases are looked at
    when the registry changes."""
    desk_away: bool = False
    """Whether its desk was out of service, with no day of return, when it was last looked at (`grace.py`)."""
    desk_back_at: Instant | None = None
    """When it was found back: a grace is counted from then on."""
    survey: Survey | None = None
    filed_at: Instant
    history: tuple[Happened, ...] = ()
    receipts: tuple[Edition, ...] = ()
    """Editions of the receipt that were replaced, so that an older print can be checked."""
    erased: bool = False
    """Whether what was personal in it is gone: nobody knows any more whose case it was."""
    printed: str | None = None
    """Of an erased case: a keyed mark of the hash of the receipt that holds (`codes.print_mark`)."""
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

    @property
    def work_state(self) -> RequestState:
        """Where its work is, whatever is waited for meanwhile: what SUSPENDED, COORDINATING and REFERRED return to."""
        if self.suspension is not None:
            return self.suspension.left
        return self.with_units.left if self.with_units is not None and self.state in WITH_UNITS else self.state

    def over(self, objection: Objection | None = None, reopening: Reopening | None = None) -> Round:
        """The round of now as it is remembered when another follows."""
        return Round(
            result=self.result,
            announced=self.announced,
            collection=self.collection,
            handover=self.handover,
            objection=objection,
            reopening=reopening,
            survey=self.survey,
        )

    def barred(self) -> tuple[str, ...]:
        """Who may not decide it any more: the author of each result that was objected to (I8)."""
        authors = (over.result.decided_by for over in self.earlier if over.objection and over.result)
        return tuple(dict.fromkeys(authors))

    def told_by_message(self, at: datetime) -> bool:
        """Whether the applicant left a mobile number, or else whoever speaks for them then."""
        return any(person is not None and person.mobile for person in (self.applicant, self.spokesman(at)))

    def spokesman(self, at: datetime) -> Representation | None:
        """Who speaks for the applicant: nobody any more when the mandate has ended."""
        speaks = self.representative
        return speaks if speaks is not None and speaks.in_force(civil_day(at)) else None

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

    def people(self) -> tuple[str, ...]:
        """Whom it is about, by reference: the applicant, and who speaks for them."""
        return tuple(person for person in (self.applicant_ref, self.representative_ref) if person)

    def people_ever(self) -> tuple[str, ...]:
        """And those who spoke for the applicant before."""
        return (*self.people(), *self.represented_before)

    def sent_away_at(self) -> datetime | None:
        """When its person was last sent to a kiosk office: from then on its days are counted."""
        sent = (line.at for line in reversed(self.history) if line.type == VERBS[RequestState.REDIRECTED])
        return next(sent, None)

    def promise(self) -> Commitment | None:
        """When the answer is promised for, kept or not: what citizen, desk, office and receipt are told alike.

        None of a case that has ended without one, though a promise that was broken before stays broken (I6).
        """
        return None if self.state.ended_unanswered else holding(self.commitments)

    def open_promises(self) -> tuple[Commitment, ...]:
        return tuple(promise for promise in self.commitments if promise.state == "OPEN")

    def promises_ahead(self) -> tuple[Commitment, ...]:
        """What its person waits for. Of an answer that was told only whether that was in time may still be open."""
        return tuple(one for one in self.open_promises() if one.visit is not None or self.announced is None)

    def open_visits(self) -> tuple[Commitment, ...]:
        return tuple(promise for promise in self.open_promises() if promise.visit is not None)

    def standing_visits(self) -> tuple[Commitment, ...]:
        """Those that can be served, as far as is known."""
        return tuple(one for one in self.open_visits() if one.visit is not None and one.visit.warned_at is None)

    def held_slot(self, promise_id: str | None) -> AskedSlot | None:
        """The slot of an appointment: the newest, while an older one is given back."""
        held = (slot for slot in reversed(self.slots) if slot.state == "HELD" and slot.commitment_id == promise_id)
        return next(held, None)

    def with_slot(self, slot: AskedSlot) -> "Case":
        slots = tuple(slot if one.id == slot.id else one for one in self.slots)
        return self.model_copy(update={"slots": slots})

    def answers(self) -> tuple[Commitment, ...]:
        """The promises of a final answer: one for each round."""
        return tuple(promise for promise in self.commitments if promise.visit is None)

    def outputs(self) -> tuple[Collection, ...]:
        """What waits to be fetched: of the round of now, and of those before."""
        of_now = self.collection if self.state is RequestState.COLLECTION_DUE else None
        each = (of_now, *(over.collection for over in self.rounds_waiting()))
        return tuple(collection for collection in each if collection is not None)

    def rounds_waiting(self) -> tuple[Round, ...]:
        """Those before this one whose output is still at the desk; none where nobody knows any more whose it is."""
        return () if self.erased else tuple(over for over in self.earlier if over.waits())

    def needs_desk_at(self) -> datetime | None:
        """The first moment for which the person is to come, with documents too, or for which a result is promised that
        waits to be told; or until which a kiosk office or an output awaits them."""
        moments = [to_come(self.commitments, self.awaited), *(waits.due for waits in self.outputs())]
        if self.state is RequestState.REDIRECTED and self.redirect is not None:
            moments.append(self.redirect.lapses_at)
        if self.state is RequestState.RESULT_READY:
            moments.extend(promise.promised_at for promise in self.open_promises() if promise.visit is None)
        return min((moment for moment in moments if moment), default=None)


def let_go(promise: Commitment, now: datetime) -> Commitment:
    """One that binds nobody any more: RELEASED.

    A visit that nobody could have served when its hour came is BROKEN: that is no cause of its person's.
    """
    off = promise.visit is not None and promise.visit.warned_at is not None
    state = CommitmentState.BROKEN if off and promise.promised_at <= now else CommitmentState.RELEASED
    return promise.model_copy(update={"state": state, "ended_at": now})


def endings(over: Iterable[Commitment]) -> tuple[str, ...]:
    """How promises that were let go have ended, as verbs."""
    states = {promise.state for promise in over}
    return tuple(verb for state, verb in _ENDINGS.items() if state in states)


_ENDINGS: Final = {
    CommitmentState.BROKEN: "commitment.broken",
    CommitmentState.RELEASED: "commitment.released",
}


def running(promises: Iterable[Commitment], state: RequestState) -> tuple[Commitment, ...]:
    """Open promises whose time runs in that state."""
    stands = state is RequestState.SUSPENDED
    return tuple(
        promise
        for promise in promises
        if promise.state == "OPEN" and not (stands and promise.kind is CommitmentKind.FINAL_DELIVERY)
    )


def to_come(promises: Iterable[Commitment], awaited: Awaited | None) -> datetime | None:
    """The first moment for which the person is to come: for a visit, whether or not it still stands, or documents."""
    moments = [promise.promised_at for promise in promises if promise.visit and promise.state == "OPEN"]
    if awaited is not None and awaited.missing:
        moments.append(awaited.until)
    return min(moments, default=None)
