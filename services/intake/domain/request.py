"""A request: the case of a person, and what a kiosk office sent and was told about it. One document."""

from collections.abc import Sequence
from typing import Literal

from services.contracts.decision import Refused
from services.contracts.intake import (
    RequestMoved,
    RequestState,
)
from services.contracts.kiosk import Rejection, Responsible
from services.contracts.wire import Id, Instant, Wire
from services.intake.domain.case import Case, Happened, Role
from services.intake.domain.receipts import keeping_editions
from services.intake.domain.states import ENDED, MOVES, VERBS


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
    duplicate_of: Id | None = None


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
    """The only way in which a case changes: what was printed of it before stays checkable (domain 8).

    One that has ended leaves its place among those of its person.
    """
    if case.place is not None and case.state in ENDED:
        case = case.model_copy(update={"place": None})
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
        representative_ref=case.representative_ref,
        duplicate_of=case.duplicate_of,
        duplicate_code=case.merged.tracking_code if case.merged else None,
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
