"""How a request is shown: to its desk, to whoever holds its code, to inspectors, to the service that sends messages."""

from datetime import datetime
from typing import Any

from services.contracts.intake_commands import Contact
from services.contracts.legal_ground import read_out
from services.contracts.routing import CaseResult
from services.contracts.snapshot import Snapshot
from services.contracts.wire import instant_text
from services.intake.attention_words import IN_WORDS
from services.intake.domain.case import Case, running
from services.intake.domain.case_parts import Attention, Awaited, Collection, Round
from services.intake.domain.filing import shown, shown_awaited
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.new_times import sets_out
from services.intake.domain.objection_window import last_day, objection_until
from services.intake.domain.request import Request, the_case
from services.intake.domain.requirements import is_demanded
from services.intake.domain.standing import filed_sheet
from services.intake.tracking_view import history_line, shown_referrals, stages_ahead
from services.worktime import jalali_text


def request_view(request: Request, version: int, registry: Snapshot, now: datetime) -> dict[str, Any]:
    """GET /v1/requests/{id}, and the answer to every command: whose it is, and what was written freely, in none of it.

    Whoever needs that reads it apart, on record (`reading_api`).
    """
    _, case = the_case(request)
    view = {
        "requestId": request.id,
        "trackingCode": case.tracking_code,
        "state": case.state,
        "version": version,
        "serviceId": case.service_id,
        "serviceVersion": case.service_version,
        "serviceName": case.service_name,
        "orgId": case.org_id,
        "deskId": case.desk_id,
        "unitId": case.unit_id,
        "channel": case.channel,
        "channelReason": case.channel_reason,
        "assistanceReason": case.assistance_reason,
        "presence": case.presence,
        "applicantRef": None if case.erased else case.applicant_ref,
        "represented": case.representative is not None,
        "duplicateOf": case.duplicate_of,
        "duplicateCode": case.merged.tracking_code if case.merged else None,
        "erased": case.erased,
        "evidence": [evidence.to_wire() for evidence in case.evidence],
        "needed": case.needed,
        "awaited": _awaited(case),
        "suspension": case.suspension.to_wire() if case.suspension else None,
        "referrals": shown_referrals(case, registry),
        "reroutes": case.reroutes,
        "heldDemands": [demand.to_wire() for demand in case.held_demands],
        "priorityClass": case.priority_class,
        "amount": case.amount,
        "area": case.area,
        "redirect": case.redirect.to_wire() if case.redirect else None,
        "kiosk": case.kiosk.ref.to_wire() if case.kiosk else None,
        "commitments": [_commitment(case, number) for number in range(len(case.commitments))],
        "responsible": case.responsible.to_wire(),
        "cost": case.cost,
        "payAt": case.pay_at,
        "stagesAhead": stages_ahead(case),
        "result": _decided(case.result),
        "round": case.round,
        "earlier": [_over(over) for over in case.earlier],
        **_objection(case, registry, now),
        "announced": case.announced.to_wire() if case.announced else None,
        "collectable": case.to_collect(),
        "collection": _collection(case),
        "handover": case.handover.to_wire() if case.handover else None,
        "withdrawal": case.withdrawal.to_wire() if case.withdrawal else None,
        "onSpotAllowed": case.on_spot_allowed,
        "notOnSpotReason": case.not_on_spot_reason,
        "visits": case.visits,
        "attention": case.attention,
        "filedAt": instant_text(case.filed_at),
        "filedLocal": jalali_text(case.filed_at),
        "receipt": f"/v1/requests/{request.id}/receipt",
        "history": [{**history_line(happened), "by": happened.by} for happened in case.history],
    }
    return view


def people_view(request: Request) -> dict[str, Any]:
    """GET /v1/requests/{id}/applicant: in full."""
    _, case = the_case(request)
    return {
        "requestId": request.id,
        "applicant": case.applicant.to_wire() if case.applicant else None,
        "representative": case.representative.to_wire() if case.representative else None,
    }


def words_view(request: Request, registry: Snapshot) -> dict[str, Any]:
    """GET /v1/requests/{id}/words: what officers of intake wrote, the laws behind each result, and in objections the
    applicant; round by round.
    """
    _, case = the_case(request)
    sheet = registry.sheet(case.service_id, case.service_version)
    return {
        "requestId": request.id,
        "note": case.note,
        "legalBasis": case.legal_basis,
        "rounds": [
            {
                "round": number,
                "ground": over.result.ground if over.result else None,
                "laws": read_out(over.result.laws, sheet) if over.result else [],
                "outputNote": (over.result.output or {}).get("note") if over.result else None,
                "objection": over.objection.reason if over.objection else None,
            }
            for number, over in enumerate((*case.earlier, case.over()), 1)
        ],
    }


def evidence_view(case: Case, registry: Snapshot) -> dict[str, Any]:
    """GET /v1/requests/{id}/evidence: what the sheet of the case asks for, beside what was brought.

    What an agency holds and what is needed only under a condition is shown, and not demanded (I10).
    """
    sheet = filed_sheet(registry, case.service_id, case.service_version)
    brought = {piece.type for piece in case.evidence}
    return {
        "requirements": [
            {
                "type": requirement.evidence_type,
                "name": requirement.name,
                "originalNeeded": requirement.original_needed,
                "demanded": is_demanded(requirement),
                "heldBy": requirement.held_by,
                "condition": requirement.condition,
                "brought": requirement.evidence_type in brought,
            }
            for requirement in (sheet.requirements if sheet else ())
        ],
        "evidence": [piece.to_wire() for piece in case.evidence],
        "needed": case.needed,
        "awaited": shown_awaited(case),
        "heldDemands": [demand.to_wire() for demand in case.held_demands],
    }


def work_item(request: Request, now: datetime) -> dict[str, Any]:
    """One line of a desk's work list. `deadline`: until when the desk is to do what it must do itself.

    `reDatedFrom`: what the citizen was told before, where the promise has moved.
    """
    _, case = the_case(request)
    ahead = min(running(case.promises_ahead(), case.state), key=lambda promise: promise.promised_at, default=None)
    promise = ahead or case.promise()
    deadline = _deadline(case)
    return {
        "requestId": request.id,
        "trackingCode": case.tracking_code,
        "state": case.state,
        "serviceId": case.service_id,
        "serviceName": case.service_name,
        "duplicateOf": case.duplicate_of,
        "attention": case.attention,
        "attentionShown": [IN_WORDS[reason] for reason in case.attention],
        "promised": promise.kind if promise else None,
        "promisedAt": instant_text(promise.promised_at) if promise else None,
        "promisedLocal": promise.promised_local if promise else None,
        "reDatedFrom": instant_text(promise.moves[-1].from_at) if promise and promise.moves else None,
        "reDatedFromLocal": jalali_text(promise.moves[-1].from_at) if promise and promise.moves else None,
        "legalRisk": promise is not None and promise.legal_risk,
        "deadline": instant_text(deadline) if deadline else None,
        "deadlineLocal": jalali_text(deadline) if deadline else None,
        "overdue": deadline is not None and now > deadline,
    }


def in_line(request: Request) -> dict[str, Any]:
    """Another open request of the same person for the same service."""
    _, case = the_case(request)
    return {
        "requestId": request.id,
        "trackingCode": case.tracking_code,
        "state": case.state,
        "filedAt": instant_text(case.filed_at),
        "filedLocal": jalali_text(case.filed_at),
    }


def demand_view(demand: IllegalDemand, words: str | None, registry: Snapshot) -> dict[str, Any]:
    """GET /v1/illegal-demands: for inspectors alone. `words` None: what was written cannot be opened here."""
    agency = registry.organization(demand.org_id)
    return {
        "demandId": demand.id,
        "requestId": demand.request_id,
        "trackingCode": demand.tracking_code,
        "orgId": demand.org_id,
        "orgName": agency.name if agency else demand.org_id,
        "deskId": demand.desk_id,
        "unitId": demand.unit_id,
        "serviceId": demand.service_id,
        "serviceName": demand.service_name,
        "reportedAt": instant_text(demand.reported_at),
        "reportedLocal": jalali_text(demand.reported_at),
        "text": words,
    }


def _deadline(case: Case) -> datetime | None:
    if Attention.TELL_CITIZEN in case.attention:
        return case.tell_by
    if case.awaited is not None and Attention.REMIND_OF_DOCUMENTS in case.attention:
        return case.awaited.until
    if Attention.TELL_NEW_TIME in case.attention:
        return sets_out(case)
    waits = case.collection is not None and Attention.REMIND_TO_COLLECT in case.attention
    return case.collection.due if waits and case.collection else None


def contact(request: Request, now: datetime) -> Contact | None:
    """How to reach the applicant, or who speaks for them now where only they left a mobile; None: nobody to reach."""
    case = request.case
    if case is None or case.applicant is None:
        return None
    speaks = case.spokesman(now)
    person = speaks if speaks and speaks.mobile and not case.applicant.mobile else case.applicant
    return Contact(request_id=request.id, name=person.name, mobile=person.mobile, email=case.applicant.email)


def _decided(result: CaseResult | None) -> dict[str, Any] | None:
    """What came out, without the words."""
    if result is None:
        return None
    shown = result.public().to_wire()
    del shown["ground"]
    return shown


def _over(over: Round) -> dict[str, Any]:
    """A round that is over, without the words, and without what its person thought of it."""
    waits = _without_bookkeeping(over.collection) if over.collection else None
    shown = {**over.to_wire(), "result": _decided(over.result), "collection": waits}
    del shown["survey"]
    if over.objection is not None:
        del shown["objection"]["reason"]
    return shown


def _commitment(case: Case, number: int) -> dict[str, Any]:
    commitment = case.commitments[number]
    late = commitment.fulfilled_late_at
    return {
        "id": commitment.id,
        **shown(commitment),
        "endedAt": instant_text(commitment.ended_at) if commitment.ended_at else None,
        "fulfilledLateAt": instant_text(late) if late else None,
        "legalRisk": commitment.legal_risk,
        "moves": [move.to_wire() for move in commitment.moves],
        "visit": commitment.visit.to_wire() if commitment.visit else None,
    }


def _objection(case: Case, registry: Snapshot, now: datetime) -> dict[str, Any]:
    """Until the end of which day the result may be objected to; nothing where it may not."""
    until = objection_until(case, registry, now)
    return {
        "objectUntil": instant_text(until) if until else None,
        "objectUntilLocal": last_day(until) if until else None,
    }


def _awaited(case: Case) -> dict[str, Any] | None:
    """What the citizen is asked for, until when, and since when they know for certain what happens otherwise."""
    awaited = case.awaited
    return {**_without_bookkeeping(awaited), "untilLocal": jalali_text(awaited.until)} if awaited else None


def _collection(case: Case) -> dict[str, Any] | None:
    """Until when an output waits, and who took it."""
    collection = case.collection
    if collection is None:
        return None
    return {**_without_bookkeeping(collection), "dueLocal": jalali_text(collection.due), "collected": case.collected()}


def _without_bookkeeping(waits: Awaited | Collection) -> dict[str, Any]:
    """Of what its person is awaited for: not what the rules keep for themselves, since the work list says whom to call,
    and a grace ends for everybody when it closes."""
    return waits.model_dump(mode="json", by_alias=True, exclude={"heard_by", "desk_calls"})
