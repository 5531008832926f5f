"""A request: the case of a person, and what a kiosk office sent and was told about it. One document."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Literal

from services.contracts.decision import Refused
from services.contracts.intake import (
    ChannelReason,
    Commitment,
    HeldDemand,
    KioskRef,
    NotOnSpotReason,
    RedirectFailure,
    ReopeningReason,
    RequestMoved,
    RequestState,
    SurveyAnswers,
    WithdrawalReason,
)
from services.contracts.kiosk import Applicant, Rejection, Responsible
from services.contracts.registry import Channel, KioskClass
from services.contracts.routing import CaseResult, ResultKind
from services.contracts.wire import Id, Instant, Wire
from services.intake.domain.receipts import Edition, keeping_editions
from services.intake.domain.states import MOVES, VERBS

Person = Literal["APPLICANT", "REPRESENTATIVE"]


class Role(StrEnum):
    """Who moved a case, as its history tells it: a role, never a name."""

    OFFICER = "OFFICER"
    KIOSK = "KIOSK"
    UNIT = "UNIT"
    NOTICE = "NOTICE"
    TIME = "TIME"
    APPLICANT = "APPLICANT"


class Happened(Wire):
    """One line of the history."""

    at: Instant
    type: str
    by: Role


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


class Announcement(Wire):
    """How the result reached the citizen (I9): by a message that was confirmed, or from an officer of the desk."""

    at: Instant
    by: Role
    told_to: Person | None = None
    identity_seen: bool | None = None
    officer_id: Id | None = None


class HandedTo(Wire):
    """Who took the output, and that the officer has seen who they are."""

    collected_by: Person
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


class Objection(Wire):
    """What the applicant says against a refusal. The words are theirs: they stand in no event (I12)."""

    at: Instant
    reason: str
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
    applicant: Applicant | None
    applicant_ref: Id | None
    evidence: tuple[TakenEvidence, ...] = ()
    needed: tuple[str, ...] = ()
    """Documents of the sheet that were not taken."""
    held_demands: tuple[HeldDemand, ...] = ()
    amount: int | None = None
    area: float | None = None
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
    survey: Survey | None = None
    filed_at: Instant
    history: tuple[Happened, ...] = ()
    receipts: tuple[Edition, ...] = ()
    """Editions of the receipt that were replaced, so that an older print can be checked."""

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
        """Whether the applicant left a mobile number."""
        return bool(self.applicant and self.applicant.mobile)

    def to_collect(self) -> bool:
        """Whether the result leaves something to be fetched at the desk: of a refusal nothing comes."""
        return self.collectable and not (self.result and self.result.kind is ResultKind.REFUSED)

    def collected(self) -> bool | None:
        """Whether the output was fetched; None while it waits, and where there was none."""
        if self.handover is not None:
            return True
        return False if self.collection and self.collection.uncollected_at else None

    def open_promises(self) -> tuple[Commitment, ...]:
        return tuple(promise for promise in self.commitments if promise.state == "OPEN")


class Heard(Wire):
    """One content that a kiosk sent, and what it was told. It gets no second answer, however often it is sent."""

    revision: int
    """0 when it could not be read."""
    digest: str
    status: Literal["WAITING", "ACCEPTED", "REJECTED"]
    """WAITING: the request that a redirect reference names has not answered yet."""
    code: Rejection | None = None
    needed: tuple[str, ...] = ()
    detail: str | None = None
    cause_id: str
    at: Instant


class CaseInBrief(Wire):
    """What a kiosk office may know of a case."""

    request_id: Id
    org_id: Id
    tracking_code: str
    state: RequestState
    accepted_for: Instant | None
    accepted_for_local: str | None
    """The promise with which it was accepted; below, the one that holds now."""
    promised_at: Instant | None
    promised_local: str | None
    responsible: Responsible
    cost: int
    stages_ahead: tuple[str, ...]


class KioskFiling(Wire):
    """The submissions under one externalRef of one kiosk office (identity: kioskId + externalRef + revision)."""

    kiosk_id: Id
    external_ref: str
    partner: Id
    org_id: Id
    heard: tuple[Heard, ...] = ()
    progress: tuple[RequestState, ...] = ()
    """Later moves that the office was told of."""
    honoured: CaseInBrief | None = None
    """The redirected request that this submission completed, as it stood last."""
    told_at: Instant | None = None
    sandbox: bool = False
    """What was accepted was for trial: it opened no case."""


class Request(Wire):
    """`case` is None while no submission was accepted; `filing` is None for a case that no kiosk office sent in."""

    id: Id
    filing: KioskFiling | None = None
    case: Case | None = None


def the_case(request: Request | None) -> tuple[Request, Case]:
    """The case that a command is about. Raises Refused NOT_FOUND (404)."""
    if request is None or request.case is None:
        raise Refused("NOT_FOUND", "there is no such request", status=404)
    return request, request.case


def moved(
    request: Request, case: Case, at: Instant, by: Role, path: Sequence[RequestState | str]
) -> tuple[Request, Case, RequestMoved]:
    """The request after a path of states and moves of its promises, told as one event (design 3).

    The states are checked against the table. Raises Refused ILLEGAL_MOVE.
    """
    state, verbs = case.state, []
    for step in path:
        if isinstance(step, RequestState):
            MOVES.check(state, step)
            state = step
            verb = VERBS[step]
            if verb is not None:
                verbs.append(verb)
        else:
            verbs.append(step)
    told = case.model_copy(
        update={
            "state": state,
            "version": case.version + 1,
            "next_due": min((promise.promised_at for promise in case.open_promises()), default=None),
            "history": (*case.history, *(Happened(at=at, type=verb, by=by) for verb in verbs)),
        }
    )
    request, told = the_case(with_case(request, told, at))
    return request, told, _event(request.id, told, tuple(verbs), at)


def with_case(request: Request, case: Case, at: Instant) -> Request:
    """The only way in which a case changes: what was printed of it before stays checkable (domain 8)."""
    return request.model_copy(update={"case": keeping_editions(request.case, case, at)})


def _event(request_id: str, case: Case, moves: tuple[str, ...], at: Instant) -> RequestMoved:
    return RequestMoved(
        moves=moves,
        request_id=request_id,
        tracking_code=case.tracking_code,
        version=case.version,
        state=case.state,
        org_id=case.org_id,
        desk_id=case.desk_id,
        unit_id=case.unit_id,
        service_id=case.service_id,
        service_version=case.service_version,
        service_name=case.service_name,
        channel=case.channel,
        channel_reason=case.channel_reason,
        applicant_ref=case.applicant_ref,
        notifiable=case.told_by_message(),
        priority_class=case.priority_class,
        evidence=tuple(dict.fromkeys(piece.type for piece in case.evidence)),
        held_demands=case.held_demands,
        commitments=case.commitments,
        responsible=case.responsible,
        kiosk=case.kiosk.ref if case.kiosk else None,
        redirect_ref=case.redirect.ref if case.redirect else None,
        redirect_lapses_at=case.redirect.lapses_at if case.redirect else None,
        redirect_ends_at=case.redirect.ends_at if case.redirect else None,
        redirect_failure=case.redirect_failure,
        result=case.result,
        collectable=case.to_collect(),
        collect_by=case.collection.due if case.collection else None,
        collected=case.collected(),
        round=case.round,
        barred=case.barred() if case.earlier else (),
        objection=case.objection if case.result is not None and case.result.kind in ("REFUSED", "PARTIAL") else None,
        survey=case.survey.answers if case.survey else None,
        visits=case.visits,
        on_spot_allowed=case.on_spot_allowed,
        not_on_spot_reason=case.not_on_spot_reason,
        filed_at=case.filed_at,
        occurred_at=at,
    )
