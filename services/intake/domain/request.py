"""A request: the case of a person, and what a kiosk office sent and was told about it. One document."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from services.contracts.commitment import Commitment, CommitmentState
from services.contracts.decision import Decision, Refused, World
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.kiosk import Rejection, Responsible
from services.contracts.routing_rule import APPLICANT_KINDS
from services.contracts.wire import Id, Instant, Made, Wire
from services.intake.domain.case import Case, endings, let_go, running, to_come
from services.intake.domain.case_parts import Attention, Happened, Role
from services.intake.domain.receipts import keeping_editions
from services.intake.domain.rules import Rules
from services.intake.domain.states import AWAITING, ENDED, MOVES, SUSPENDED, verb

OF_A_CASE: Final = tuple(reason for reason in Attention if reason is not Attention.REMIND_TO_COLLECT)
"""What nobody sees to when the case is over: all but an output that an earlier round has granted."""
PROMISE_STATES = {
    "commitment.kept": CommitmentState.KEPT,
    "commitment.broken": CommitmentState.BROKEN,
    "commitment.kept-late": CommitmentState.BROKEN,
    "commitment.released": CommitmentState.RELEASED,
}
"""In which state a verb leaves its promise; the others leave it open."""


class Heard(Made):
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


class CaseInBrief(Made):
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
    needed: tuple[str, ...] = ()
    """Documents that the citizen is asked for, until when (`until`)."""
    until: Instant | None = None
    duplicate_of: Id | None = None


class AsTold(Wire):
    """What may change in a case, as its office was told of it last."""

    state: RequestState
    promised_at: Instant | None = None
    needed: tuple[str, ...] = ()
    until: Instant | None = None
    duplicate_of: Id | None = None


class PartTold(Wire):
    """What one partner was told of a filing, while the office was its own."""

    partner: Id
    heard: tuple[Heard, ...]
    further: tuple[Heard, ...]
    progress: tuple[RequestState, ...]
    case: CaseInBrief | None


class KioskFiling(Made):
    """The submissions under one externalRef of one kiosk office (identity: kioskId + externalRef + revision)."""

    kiosk_id: Id
    external_ref: str
    partner: Id
    """Who is told."""
    before: tuple[PartTold, ...] = ()
    """What partners were told that the office was with before (`parts_told.py`)."""
    org_id: Id
    heard: tuple[Heard, ...] = ()
    further: tuple[Heard, ...] = ()
    """What the office said later of the case, each content once."""
    progress: tuple[RequestState, ...] = ()
    """Later moves that the office was told of."""
    asked_of: Id | None = None
    """The request that a redirect reference of theirs names, until it has answered."""
    honoured: CaseInBrief | None = None
    """The redirected request that this submission completed, as the office was told of it last."""
    as_told: AsTold | None = None
    """Of a case of its own, where it is not told as it was accepted."""
    told_at: Instant | None = None
    sandbox: bool = False
    """What was accepted was for trial: it opened no case."""


class Request(Made):
    """`case` is None while no submission was accepted; `filing` is None for a case that no kiosk office sent in."""

    id: Id
    filing: KioskFiling | None = None
    case: Case | None = None


Rule = Callable[[Any, Any, World[Rules]], Decision[Request]]
"""What happens to a request, or to none yet, by one kind of message."""


def the_case(request: Request | None) -> tuple[Request, Case]:
    """The case that a command is about. Raises Refused NOT_FOUND (404)."""
    if request is None or request.case is None:
        raise Refused("NOT_FOUND", "there is no such request", status=404)
    return request, request.case


def moved(
    request: Request, case: Case, at: Instant, by: Role, path: Sequence[RequestState | str]
) -> tuple[Request, Case, RequestMoved]:
    """The request after a path of states and moves of its promises, told as one event (design 3).

    The states are checked against the table. A new time is to be told only while it lies ahead: of a visit,
    of documents or of an answer. Raises Refused ILLEGAL_MOVE.
    """
    state, verbs = case.state, []
    for step in path:
        if isinstance(step, RequestState):
            MOVES.check(state, step)
            told_as = verb(state, step)
            state = step
            if told_as is not None:
                verbs.append(told_as)
        else:
            verbs.append(step)
    if state in ENDED and case.open_visits():
        case, ends = _nobody_is_awaited(case, at)
        verbs.extend(each for each in ends if each not in verbs)
    about_visits = tuple(each for each in verbs if _is_about_a_visit(each, request.case, case))
    lines = (Happened(at=at, type=each, by=by, visit=each in about_visits) for each in verbs)
    awaited = case.awaited if state in AWAITING else None
    to_be_there = to_come(case.commitments, awaited) is not None
    new_time_ahead = state not in ENDED and (to_be_there or _answer_has_moved(case))
    over: tuple[Attention, ...] = () if state in AWAITING else (Attention.REMIND_OF_DOCUMENTS,)
    over = over if new_time_ahead else (*over, Attention.TELL_NEW_TIME)
    over = OF_A_CASE if state in ENDED else over
    told = case.model_copy(
        update={
            "state": state,
            "version": case.version + 1,
            "awaited": awaited,
            "attention": case.without(*over),
            "untold": case.untold if new_time_ahead else (),
            "next_due": min((promise.promised_at for promise in running(case.promises_ahead(), state)), default=None),
            "suspension": case.suspension if state is SUSPENDED else None,
            "history": (*case.history, *lines),
        }
    )
    request, told = the_case(with_case(request, told, at))
    return request, told, _event(request.id, told, tuple(verbs), about_visits, at)


def _nobody_is_awaited(case: Case, at: datetime) -> tuple[Case, tuple[str, ...]]:
    """A case that is over lets go of the visits that were promised to it. And the verbs."""
    over = {one.id: let_go(one, at) for one in case.open_visits()}
    commitments = tuple(over.get(one.id, one) for one in case.commitments)
    return case.model_copy(update={"commitments": commitments}), endings(over.values())


def _answer_has_moved(case: Case) -> bool:
    """Whether an answer that is awaited has another date than it had."""
    return any(promise.visit is None and promise.moves for promise in case.open_promises())


def _is_about_a_visit(verb: str, before: Case | None, case: Case) -> bool:
    """Whether the promises that this verb tells of are visits alone."""
    if not verb.startswith("commitment.") or all(promise.visit is None for promise in case.commitments):
        return False
    known = {promise.id: promise for promise in before.commitments} if before else {}
    told = [promise for promise in case.commitments if _tells_of(verb, known.get(promise.id), promise)]
    return bool(told) and all(promise.visit is not None for promise in told)


def _tells_of(verb: str, was: Commitment | None, promise: Commitment) -> bool:
    """Whether a promise has become, in this move, what the verb says."""
    state = PROMISE_STATES.get(verb)
    if was is None or state is None:
        return was != promise and state in (None, promise.state)
    if verb == "commitment.kept-late":
        return promise.fulfilled_late_at != was.fulfilled_late_at
    return promise.state is state and was.state is not state


def with_case(request: Request, case: Case, at: Instant) -> Request:
    """The only way in which a case changes: what was printed of it before stays checkable (domain 8).

    One that has ended leaves its place among those of its person.
    """
    if case.place is not None and case.state in ENDED:
        case = case.model_copy(update={"place": None})
    needed_at = case.needs_desk_at()
    if needed_at != case.desk_needed_at:
        case = case.model_copy(update={"desk_needed_at": needed_at})
    return request.model_copy(update={"case": keeping_editions(request.case, case, at)})


def _event(
    request_id: str, case: Case, moves: tuple[str, ...], about_visits: tuple[str, ...], at: Instant
) -> RequestMoved:
    return RequestMoved(
        moves=moves,
        about_visits=about_visits,
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
        representative_ref=case.representative_ref,
        duplicate_of=case.duplicate_of,
        duplicate_code=case.merged.tracking_code if case.merged else None,
        notifiable=case.told_by_message(at),
        mailable=case.applicant is not None and case.applicant.email is not None,
        priority_class=case.priority_class,
        amount=case.amount,
        area=case.area,
        applicant_kind=APPLICANT_KINDS[case.applicant.scheme] if case.applicant else None,
        evidence=tuple(dict.fromkeys(piece.type for piece in case.evidence)),
        awaited=case.awaited.public() if case.awaited else None,
        suspension=case.suspension.public() if case.suspension else None,
        referral=case.with_units.told if case.with_units else None,
        reroutes=case.reroutes,
        held_demands=case.held_demands,
        commitments=case.commitments,
        responsible=case.responsible,
        kiosk=case.kiosk.ref if case.kiosk else None,
        redirect_ref=case.redirect.ref if case.redirect else None,
        redirect_lapses_at=case.redirect.lapses_at if case.redirect else None,
        redirect_ends_at=case.redirect.ends_at if case.redirect else None,
        redirect_failure=case.redirect_failure,
        result=case.result.public() if case.result else None,
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
