"""How a request is shown: to its desk, to whoever holds its code, to inspectors, to the service that sends messages."""

import hmac
from datetime import datetime
from typing import Any

from services.contracts.identifiers import grouped
from services.contracts.intake import Commitment, RequestState
from services.contracts.intake_commands import Contact
from services.contracts.persian import fold_digits, persian_digits
from services.contracts.snapshot import Snapshot
from services.contracts.wire import instant_text
from services.intake.domain.again import last_day, objection_until
from services.intake.domain.answering import AT_WORK
from services.intake.domain.case import Attention, Case, Happened
from services.intake.domain.filing import shown, shown_awaited
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.people import masked
from services.intake.domain.request import Request, the_case
from services.intake.domain.requirements import as_demanded, is_demanded
from services.intake.domain.standing import filed_sheet
from services.worktime import jalali_text

STAGES: dict[RequestState, tuple[str, str]] = {
    RequestState.RECEIVED: ("دریافت شد", "منتظر بمانید"),
    RequestState.GUIDED: ("راهنمایی شد", "کاری نمانده است"),
    RequestState.REDIRECTED: ("به دفتر پیشخوان راهنمایی شد", "به یکی از دفترهای نوشته‌شده در رسید بروید"),
    RequestState.INCOMPLETE: ("مدرک کم دارد و هنوز ثبت نشده است", "مدرک‌های خواسته‌شده را به میز خدمت بیاورید"),
    RequestState.EXPIRED: ("بی‌آنکه پیگیری شود پایان یافت", "اگر این خدمت را هنوز می‌خواهید، به میز خدمت بیایید"),
    RequestState.REGISTERED: ("ثبت شد", "منتظر بمانید؛ خبر می‌دهیم"),
    RequestState.PROMISED: ("ثبت شد و زمان پاسخ تعیین شد", "منتظر بمانید؛ خبر می‌دهیم"),
    RequestState.DONE_ON_SPOT: ("همان‌جا انجام شد", "کاری نمانده است"),
    RequestState.IN_PROGRESS: ("در دست بررسی است", "منتظر بمانید؛ خبر می‌دهیم"),
    RequestState.SUSPENDED: ("رسیدگی برای مدتی ایستاده است", "منتظر بمانید؛ زمان تازه را خبر می‌دهیم"),
    RequestState.RESULT_READY: ("نتیجه آماده است", "پیامک ما را ببینید یا با میز خدمت تماس بگیرید"),
    RequestState.ANNOUNCED: ("نتیجه اعلام شد", "کاری نمانده است"),
    RequestState.COLLECTION_DUE: ("نتیجه آمادهٔ تحویل است", "با مدرک شناسایی به میز خدمت بیایید"),
    RequestState.DELIVERED: ("تحویل شد", "کاری نمانده است"),
    RequestState.CLOSED: ("پایان یافت", "کاری نمانده است"),
    RequestState.OBJECTED: ("اعتراض شما ثبت شد", "منتظر بمانید؛ خبر می‌دهیم"),
    RequestState.REOPENED: ("دوباره بررسی می‌شود", "منتظر بمانید؛ خبر می‌دهیم"),
    RequestState.WITHDRAWN: ("به خواست شما پس گرفته شد", "کاری نمانده است"),
    RequestState.DUPLICATE: ("با درخواست دیگر شما یکی شد", "درخواست دیگر خود را پیگیری کنید"),
}
"""What a citizen reads: the stage, and what to do next."""

BRING_DOCUMENTS = "مدرک‌های خواسته‌شده را به میز خدمت بیاورید"
"""What somebody does for whom the work stands still."""

SAY_HOW_IT_WENT = "می‌توانید نظر خود را دربارهٔ رسیدگی بگویید"

HISTORY: dict[str, str] = {
    "request.guided": "پرسش شما پاسخ داده شد",
    "request.redirected": "به دفتر پیشخوان راهنمایی شدید",
    "request.redirect-failed": "دفتر پیشخوان کار شما را انجام نداد؛ میز خدمت خبر دارد",
    "request.incomplete": "از شما مدرک خواسته شد؛ با رسیدن آن درخواست ثبت می‌شود",
    "request.suspended": "رسیدگی برای مدتی ایستاد",
    "request.resumed": "رسیدگی از سر گرفته شد",
    "request.documents-reminded": "یادآوری شد که از شما مدرک خواسته شده است",
    "request.evidence-added": "مدرک شما دریافت شد",
    "request.redirect-lapsed": "مهلت مراجعه به دفتر پیشخوان گذشت؛ میز خدمت خبر دارد",
    "request.expired": "پس از پایان مهلت، درخواست بسته شد",
    "request.registered": "درخواست شما ثبت شد",
    "request.done-on-spot": "همان‌جا در میز خدمت به درخواست شما رسیدگی شد",
    "request.started": "رسیدگی به درخواست شما آغاز شد",
    "request.result-ready": "نتیجه آماده شد",
    "request.announced": "نتیجه به شما اعلام شد",
    "request.collection-due": "نتیجه در میز خدمت آمادهٔ تحویل به شماست",
    "request.collection-reminded": "یادآوری شد که نتیجه در میز خدمت آماده است",
    "request.delivered": "نتیجه تحویل داده شد",
    "request.closed": "رسیدگی پایان یافت",
    "request.objected": "اعتراض شما ثبت شد و کارشناس دیگری رسیدگی می‌کند",
    "request.reopened": "رسیدگی به درخواست شما دوباره آغاز شد",
    "request.withdrawn": "درخواست به خواست شما پس گرفته شد",
    "request.duplicate": "این درخواست با درخواست دیگر شما برای همین خدمت یکی شد",
    "commitment.added": "زمان پاسخ تعیین شد",
    "commitment.extended": "زمان پاسخ با تأیید مسئول میز تمدید شد",
    "commitment.re-projected": "زمان پاسخ تغییر کرد",
    "commitment.legal-risk": "زمان پاسخ از مهلت قانونی می‌گذرد؛ مسئول میز خبر دارد",
    "commitment.kept": "پاسخ به‌موقع داده شد",
    "commitment.kept-late": "پاسخ دیرتر از زمان تعیین‌شده داده شد",
    "commitment.broken": "زمان تعیین‌شده گذشت و پاسخ داده نشد؛ پوزش می‌خواهیم",
    "survey.answered": "نظر شما ثبت شد",
    "commitment.released": "زمانی که تعیین شده بود دیگر برقرار نیست",
    "commitment.warned": "میز خدمت در زمان مراجعهٔ شما باز نیست؛ زمان تازه‌ای تعیین می‌شود",
}
"""What a citizen reads of each line of the history."""

HISTORY_OF_VISITS: dict[str, str] = {
    "commitment.added": "زمان مراجعهٔ شما به میز خدمت تعیین شد",
    "commitment.re-projected": "زمان مراجعهٔ شما تغییر کرد",
    "commitment.kept": "در زمان تعیین‌شده به میز خدمت آمدید",
    "commitment.kept-late": "دیرتر از زمانی که میز خدمت بسته بود به آن آمدید",
    "commitment.broken": "میز خدمت در زمان مراجعهٔ شما باز نبود؛ پوزش می‌خواهیم",
    "commitment.released": "زمان مراجعه‌ای که تعیین شده بود دیگر برقرار نیست",
}
"""The same of a promise that is about a visit."""
FOLLOW_THE_OTHER = "درخواست شما با کد رهگیری {} پیگیری می‌شود"
"""What is left to do of a request that has ended as a duplicate."""

OBJECT_UNTIL = "اگر اعتراض دارید، تا پایان {} در میز خدمت ثبت کنید"
"""What somebody who was refused may still do."""

BEFORE_WORK = frozenset(
    {
        RequestState.RECEIVED,
        RequestState.REDIRECTED,
        RequestState.INCOMPLETE,
        RequestState.REGISTERED,
        RequestState.PROMISED,
    }
)


def request_view(request: Request, version: int) -> dict[str, Any]:
    """GET /v1/requests/{id}: for officers; the applicant masked."""
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
        "applicant": masked(case.applicant) if case.applicant else None,
        "applicantRef": case.applicant_ref,
        "representative": _representative(case),
        "duplicateOf": case.duplicate_of,
        "duplicateCode": case.merged.tracking_code if case.merged else None,
        "erased": case.erased,
        "evidence": [evidence.to_wire() for evidence in case.evidence],
        "needed": case.needed,
        "awaited": _awaited(case),
        "suspension": case.suspension.to_wire() if case.suspension else None,
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
        "result": case.result.to_wire() if case.result else None,
        "round": case.round,
        "earlier": [over.to_wire() for over in case.earlier],
        **_objection(case),
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
        "history": [{**_line(happened), "by": happened.by} for happened in case.history],
    }
    return view


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


def track_view(
    case: Case, registry: Snapshot, survey_until: datetime | None, object_until: datetime | None = None
) -> dict[str, Any]:
    """POST /v1/track: stage, dates, unit, next action; nothing personal (domain 8).

    `survey_until`: until when the person may say how it went, if they may; `object_until`: until when they may object.
    """
    unit = registry.unit(case.unit_id)
    promise = None if case.suspension else case.promise()
    visit = min(case.open_visits(), key=lambda visit: visit.promised_at, default=None)
    stage, next_action = STAGES[case.state]
    asked_for = _asked_for(case, registry)
    if asked_for is not None:
        next_action = BRING_DOCUMENTS
    if object_until is not None and case.state is RequestState.CLOSED:
        next_action = OBJECT_UNTIL.format(persian_digits(last_day(object_until)))
    if case.merged is not None:
        next_action = FOLLOW_THE_OTHER.format(persian_digits(grouped(case.merged.tracking_code)))
    return {
        "trackingCode": case.tracking_code,
        "state": case.state,
        "stage": stage,
        "stagesAhead": stages_ahead(case),
        "promisedAt": instant_text(promise.promised_at) if promise else None,
        "promisedLocal": promise.promised_local if promise else None,
        "nextVisit": _expected(visit) if visit else None,
        "unit": unit.name if unit else case.unit_id,
        "documentsAwaited": asked_for,
        "suspendedFor": case.suspension.cause if case.suspension else None,
        "responsible": case.responsible.to_wire(),
        "nextAction": f"{next_action}؛ {SAY_HOW_IT_WENT}" if survey_until else next_action,
        "surveyUntil": instant_text(survey_until) if survey_until else None,
        "objectUntil": instant_text(object_until) if object_until else None,
        "history": [{**_line(happened), "text": _sentence(happened)} for happened in case.history],
    }


def proves(case: Case | None, last4: str) -> bool:
    """Whether these are the last four of the id or mobile of the applicant, or of who speaks for them.

    As slow for nobody as for somebody.
    """
    given = fold_digits(last4).strip().upper().encode()
    people = (case.applicant, case.representative) if case else (None, None)
    known = [text for person in people for text in ((person.value, person.mobile or "") if person else ("", ""))]
    same = [hmac.compare_digest(given, text[-4:].upper().encode()) for text in known]
    return len(given) == 4 and any(same)


def stages_ahead(case: Case) -> list[str]:
    """The stages of the sheet that are still to come."""
    state = case.suspension.left if case.suspension else case.state
    if state in BEFORE_WORK:
        return list(case.stages)
    return list(case.stages[1:]) if state in AT_WORK else []


def work_item(request: Request, now: datetime) -> dict[str, Any]:
    """One line of a desk's work list. `deadline`: until when the desk is to do what it must do itself.

    `reDatedFrom`: what the citizen was told before, where the promise has moved.
    """
    _, case = the_case(request)
    ahead = min(case.running_promises(), key=lambda promise: promise.promised_at, default=None)
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
    waits = case.collection is not None and Attention.REMIND_TO_COLLECT in case.attention
    return case.collection.due if waits and case.collection else None


def contact(request: Request) -> Contact | None:
    """How to reach the applicant, or who speaks for them where only they left a mobile; None: nobody to reach."""
    case = request.case
    if case is None or case.applicant is None:
        return None
    speaks = case.representative
    person = speaks if speaks and speaks.mobile and not case.applicant.mobile else case.applicant
    return Contact(request_id=request.id, name=person.name, mobile=person.mobile)


def _representative(case: Case) -> dict[str, Any] | None:
    """Masked as the applicant is, with the mandate but for its number."""
    speaks = case.representative
    if speaks is None:
        return None
    until = speaks.mandate_until.isoformat() if speaks.mandate_until else None
    return {**masked(speaks), "mandate": {"kind": speaks.mandate, "validUntil": until}}


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


def _objection(case: Case) -> dict[str, Any]:
    """Until the end of which day the result may be objected to; nothing where it may not."""
    until = objection_until(case)
    return {
        "objectUntil": instant_text(until) if until else None,
        "objectUntilLocal": last_day(until) if until else None,
    }


def _awaited(case: Case) -> dict[str, Any] | None:
    """What the citizen is asked for, until when, and since when they know for certain what happens otherwise."""
    awaited = case.awaited
    return {**awaited.to_wire(), "untilLocal": jalali_text(awaited.until)} if awaited else None


def _asked_for(case: Case, registry: Snapshot) -> dict[str, Any] | None:
    """What the citizen is still to bring, by name, and until when."""
    awaited = case.awaited
    if awaited is None or not awaited.missing:
        return None
    sheet = filed_sheet(registry, case.service_id, case.service_version)
    return {
        "names": [each.name for each in as_demanded(sheet, awaited.missing)] if sheet else list(awaited.missing),
        "until": instant_text(awaited.until),
        "untilLocal": jalali_text(awaited.until),
    }


def _collection(case: Case) -> dict[str, Any] | None:
    """Until when an output waits, and who took it."""
    collection = case.collection
    if collection is None:
        return None
    return {**collection.to_wire(), "dueLocal": jalali_text(collection.due), "collected": case.collected()}


def _expected(promise: Commitment) -> dict[str, Any]:
    """When the person is to come. `off`: nobody can serve them then; the desk finds another time with them."""
    return {
        "kind": promise.kind,
        "at": instant_text(promise.promised_at),
        "local": promise.promised_local,
        "until": instant_text(promise.visit.until) if promise.visit else None,
        "off": promise.visit is not None and promise.visit.warned_at is not None,
    }


def _sentence(happened: Happened) -> str:
    known = HISTORY_OF_VISITS if happened.visit else HISTORY
    return known.get(happened.type) or HISTORY[happened.type]


def _line(happened: Happened) -> dict[str, Any]:
    return {"at": instant_text(happened.at), "atLocal": jalali_text(happened.at), "type": happened.type}
