"""What a citizen reads of a case by its tracking code: the stage, the dates, and what to do next; nothing personal."""

import hmac
from datetime import datetime
from typing import Any

from services.contracts.commitment import Commitment
from services.contracts.coordination import Ground, Referral
from services.contracts.identifiers import compared, grouped
from services.contracts.intake import RequestState
from services.contracts.kiosk import Applicant
from services.contracts.persian import INVISIBLE, fold_digits, persian_digits
from services.contracts.snapshot import Snapshot
from services.contracts.wire import instant_text
from services.intake.domain.awaiting import bring_until
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Happened, Redirect
from services.intake.domain.coordinating import sent_to
from services.intake.domain.objection_window import last_day, objectable_until
from services.intake.domain.people import Representation
from services.intake.domain.redirecting import come_until, offices_left
from services.intake.domain.requirements import as_demanded
from services.intake.domain.standing import filed_sheet
from services.intake.domain.states import AT_WORK
from services.worktime import jalali_long, jalali_text

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
    RequestState.COORDINATING: ("میز خدمت با واحد هماهنگ می‌کند", "منتظر بمانید؛ پیش از خبر ما به واحد نروید"),
    RequestState.REFERRED: ("با هماهنگی میز خدمت به واحد فرستاده شده‌اید", "در زمان تعیین‌شده به واحد بروید"),
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


GO_TO_THE_UNIT = "{} به {} بروید و سراغ {} را بگیرید"
"""Where somebody goes who is sent to a unit; what else they are to do comes after it."""


GROUNDS: dict[Ground, str] = {
    Ground.BIOMETRIC: "ثبت اثر انگشت و چهره",
    Ground.ORIGINAL: "دیدن اصل مدرک",
    Ground.SITE_SURVEY: "بازدید از محل",
    Ground.HEARING: "شنیدن سخن شما",
}
"""For what somebody is sent there."""


IDENTITY = "کارت شناسایی"
ORIGINALS = "اصل مدرک‌ها"
"""Where the sheet names none whose original is needed."""


BRING_DOCUMENTS = "مدرک‌های خواسته‌شده را به میز خدمت بیاورید"
"""What somebody does for whom the work stands still."""


TO_THE_DESK_OR_A_KIOSK = "به میز خدمت یا پیشخوان بروید"
"""What somebody does whose redirect has lapsed: either takes the case until it ends."""


TO_THE_DESK = "به میز خدمت بروید"
"""What somebody does of whose offices none can take the case any more: the desk takes it back at any time."""


NO_OFFICE_LEFT = "دفترهای نوشته‌شده در رسید نمی‌توانند این درخواست را بپذیرند"
"""Why, where the receipt still names them."""


SAY_HOW_IT_WENT = "می‌توانید نظر خود را دربارهٔ رسیدگی بگویید"


HISTORY: dict[str, str] = {
    "request.guided": "پرسش شما پاسخ داده شد",
    "request.redirected": "به دفتر پیشخوان راهنمایی شدید",
    "request.redirect-failed": "دفتر پیشخوان کار شما را انجام نداد؛ میز خدمت خبر دارد",
    "request.incomplete": "از شما مدرک خواسته شد؛ با رسیدن آن درخواست ثبت می‌شود",
    "request.suspended": "رسیدگی برای مدتی ایستاد",
    "request.resumed": "رسیدگی از سر گرفته شد",
    "request.documents-reminded": "یادآوری شد که از شما مدرک خواسته شده است",
    "request.documents-postponed": "مهلت آوردن مدرک دیرتر شد، چون میز خدمت آن روز باز نیست",
    "request.evidence-added": "مدرک شما دریافت شد",
    "request.represented": "نمایندهٔ شما ثبت شد",
    "request.redirect-lapsed": "مهلت مراجعه به دفتر پیشخوان گذشت؛ میز خدمت خبر دارد",
    "request.expired": "پس از پایان مهلت، درخواست بسته شد",
    "request.registered": "درخواست شما ثبت شد",
    "request.done-on-spot": "همان‌جا در میز خدمت به درخواست شما رسیدگی شد",
    "request.started": "رسیدگی به درخواست شما آغاز شد",
    "request.coordinating": "میز خدمت از واحد پرسید که آیا باید شما را ببیند",
    "request.referred": "با هماهنگی میز خدمت به واحد فرستاده شدید",
    "request.returned": "هماهنگی با واحد پایان یافت و کار به میز خدمت بازگشت",
    "request.rerouted": "رسیدگی به واحد دیگری سپرده شد",
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
    "commitment.upheld": "زمان پاسخ همان است که بود",
    "commitment.legal-risk": "بیم آن است که پاسخ از مهلت قانونی بگذرد؛ مسئول میز خبر دارد",
    "commitment.kept": "پاسخ به‌موقع داده شد",
    "commitment.kept-late": "پاسخ دیرتر از زمان تعیین‌شده داده شد",
    "commitment.broken": "زمان تعیین‌شده گذشت و پاسخ داده نشد؛ پوزش می‌خواهیم",
    "survey.answered": "نظر شما ثبت شد",
    "commitment.released": "زمانی که تعیین شده بود دیگر برقرار نیست",
    "commitment.warned": "میز خدمت در زمان مراجعهٔ شما باز نیست؛ زمان تازه‌ای تعیین می‌شود",
    "commitment.reinstated": "میز خدمت در زمان مراجعهٔ شما باز است؛ زمانی که تعیین شده بود برقرار است",
    "commitment.shortened": "میز خدمت در روز مراجعهٔ شما زودتر بسته می‌شود",
    "commitment.lengthened": "میز خدمت در روز مراجعهٔ شما دیرتر از آنچه اعلام شده بود بسته می‌شود",
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


def track_view(case: Case, registry: Snapshot, now: datetime, survey_until: datetime | None) -> dict[str, Any]:
    """POST /v1/track: stage, dates, unit, next action; nothing personal (domain 8).

    `survey_until`: until when the person may say how it went, if they may.
    """
    unit = registry.unit(case.unit_id)
    promise = None if case.suspension else case.promise()
    visit = min(case.open_visits(), key=lambda visit: visit.promised_at, default=None)
    stage, next_action = STAGES[case.state]
    asked_for, object_until = _asked_for(case, registry, now), objectable_until(case, registry, now)
    if asked_for is not None:
        next_action = BRING_DOCUMENTS
    sent = sent_to(case)
    if sent:
        there = _where_in_the_unit(sent[0], registry)
        next_action = f"{there}؛ {next_action}" if asked_for else there
    if case.state is RequestState.REDIRECTED and case.redirect is not None:
        next_action = _where_to(case, case.redirect, registry, now)
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
        "referrals": shown_referrals(case, registry),
        "documentsAwaited": asked_for,
        "suspendedFor": case.suspension.cause if case.suspension else None,
        "responsible": case.responsible.to_wire(),
        "nextAction": f"{next_action}؛ {SAY_HOW_IT_WENT}" if survey_until else next_action,
        "surveyUntil": instant_text(survey_until) if survey_until else None,
        "objectUntil": instant_text(object_until) if object_until else None,
        "history": [{**history_line(happened), "text": _sentence(happened)} for happened in case.history],
    }


def proves(case: Case | None, last4: str, now: datetime) -> bool:
    """Whether these are the last four of the id or mobile of the applicant, or of who speaks for them now.

    Of an id with hyphens both with them, as the receipt shows it, and without.
    As slow for nobody as for somebody.
    """
    given = fold_digits(last4).translate(INVISIBLE).strip().upper().encode()
    people = (case.applicant, case.spokesman(now)) if case else (None, None)
    known = [text for person in people for text in _provable(person)]
    same = [hmac.compare_digest(given, text[-4:].upper().encode()) for text in known]
    return len(given) == 4 and any(same)


def _provable(person: Applicant | Representation | None) -> tuple[str, str, str]:
    return (person.value, compared(person.value), person.mobile or "") if person else ("", "", "")


def stages_ahead(case: Case) -> list[str]:
    """The stages of the sheet that are still to come."""
    state = case.work_state
    if state in BEFORE_WORK:
        return list(case.stages)
    return list(case.stages[1:]) if state in AT_WORK else []


def shown_referrals(case: Case, registry: Snapshot) -> list[dict[str, Any]]:
    """Where its person is to go, when, whom to ask for and what to bring, the soonest first; of no other unit."""
    return [
        {
            "unit": _unit_name(referral, registry),
            "room": referral.contact.room,
            "askFor": referral.contact.name,
            "phone": referral.contact.phone,
            "from": instant_text(referral.slot.since),
            "fromLocal": jalali_text(referral.slot.since),
            "to": instant_text(referral.slot.until),
            "toLocal": jalali_text(referral.slot.until),
            "ground": referral.ground,
            "groundShown": GROUNDS[referral.ground],
            "bring": _to_bring(case, referral, registry),
        }
        for referral in sent_to(case)
    ]


def _to_bring(case: Case, referral: Referral, registry: Snapshot) -> list[str]:
    if referral.ground is not Ground.ORIGINAL:
        return [IDENTITY]
    sheet = filed_sheet(registry, case.service_id, case.service_version)
    listed = sheet.requirements if sheet else ()
    originals = [each.name for each in listed if each.original_needed and each.held_by is None]
    return [*(originals or [ORIGINALS]), IDENTITY]


def _where_in_the_unit(referral: Referral, registry: Snapshot) -> str:
    room = f"، اتاق {persian_digits(referral.contact.room)}" if referral.contact.room else ""
    unit = _unit_name(referral, registry) + room
    return GO_TO_THE_UNIT.format(jalali_long(referral.slot.since), unit, referral.contact.name)


def _unit_name(referral: Referral, registry: Snapshot) -> str:
    unit = registry.unit(referral.unit_id)
    return unit.name if unit else referral.unit_id


def _where_to(case: Case, redirect: Redirect, registry: Snapshot, now: datetime) -> str:
    """Where somebody goes who was redirected, and until when (domain 5)."""
    lapsed, left = redirect.lapsed_at is not None, offices_left(case, registry, now)
    if not lapsed and left:
        return STAGES[case.state][1]
    until = _until(come_until(case, now)) if lapsed else ""
    return until + (TO_THE_DESK_OR_A_KIOSK if left else f"{TO_THE_DESK}؛ {NO_OFFICE_LEFT}")


def _until(end: datetime | None) -> str:
    return f"تا {jalali_long(end)} " if end else ""


def _asked_for(case: Case, registry: Snapshot, now: datetime) -> dict[str, Any] | None:
    """What the citizen is still to bring, by name, and until when: where no end is known, until when it was due."""
    awaited = case.awaited
    if awaited is None or not awaited.missing:
        return None
    until = bring_until(case, now) or awaited.until
    sheet = filed_sheet(registry, case.service_id, case.service_version)
    return {
        "names": [each.name for each in as_demanded(sheet, awaited.missing)] if sheet else list(awaited.missing),
        "until": instant_text(until),
        "untilLocal": jalali_text(until),
    }


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


def history_line(happened: Happened) -> dict[str, Any]:
    return {"at": instant_text(happened.at), "atLocal": jalali_text(happened.at), "type": happened.type}
