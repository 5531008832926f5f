"""The receipt (رسید): everything the order of domain 1 promises on paper, as data. `receipt_page` prints it."""

from datetime import date, datetime
from typing import Any

from services.contracts.commitment import Commitment
from services.contracts.persian import fold_digits
from services.contracts.service_sheet import ELECTRONIC
from services.contracts.snapshot import Snapshot
from services.contracts.wire import instant_text
from services.intake.domain import receipts
from services.intake.domain.awaiting import bring_until
from services.intake.domain.case import Case
from services.intake.domain.codes import print_mark
from services.intake.domain.coordinating import sent_to
from services.intake.domain.people import masked
from services.intake.domain.redirecting import come_until, offices_left
from services.intake.domain.request import Request, the_case
from services.intake.domain.standing import KIOSK_CHANNEL, filed_sheet, licensed_kiosks, open_offerings
from services.worktime import jalali_text
from services.worktime.jalali import civil_day

NO_UNIT_VISIT = "لازم نیست به هیچ واحدی مراجعه کنید؛ پاسخ را از میز خدمت می‌گیرید."
ONLY_WHERE_SENT = "جز در زمانی که میز خدمت با واحد هماهنگ کرده است، لازم نیست به هیچ واحدی مراجعه کنید."
FOLLOW = "با کد رهگیری و چهار نویسهٔ پایانی شناسه یا شمارهٔ همراه، از میز خدمت"
ANOTHER_PAPER = "مدرک دیگر"
"""A paper that the sheet does not list (`evidence.OTHER`)."""
CHANNELS = {
    "WEB": "درگاه اینترنتی",
    "MOBILE": "برنامهٔ تلفن همراه",
    "PHONE": "تلفن",
    "KIOSK_URBAN": "دفتر پیشخوان شهری",
    "KIOSK_RURAL": "دفتر پیشخوان روستایی",
    "AGENCY_DESK": "میز خدمت",
    "POST": "پست",
}


def receipt(request: Request, registry: Snapshot, now: datetime, public_url: str = "") -> dict[str, Any]:
    """The fields of domain 8. `hash` is that of `content` alone; names from the registry and the hour of printing are
    beside it, so that a print can be checked however the registry has changed since (`receipts.recognised`).

    `public_url`: where citizens reach the pages, for the QR code; without it the QR code holds the tracking code.
    """
    request, case = the_case(request)
    promises = receipts.promises(case)
    answer = case.promise()
    promise = answer or next(reversed(promises), None)
    documents_until = bring_until(case, now)
    return {
        **_edition(case),
        "requestId": request.id,
        "trackingCode": case.tracking_code,
        "qr": f"{public_url}/t/{case.tracking_code}" if public_url else case.tracking_code,
        **_places(case, registry),
        "at": instant_text(case.filed_at),
        "atLocal": jalali_text(case.filed_at),
        "service": {"id": case.service_id, "name": case.service_name, "version": case.service_version},
        "applicant": masked(case.applicant) if case.applicant else None,
        "representative": masked(case.representative) if case.representative else None,
        "documents": _documents(case, registry),
        "documentsNeeded": receipts.documents_needed(case),
        "documentsUntil": _moment(documents_until) if documents_until else None,
        "stagesAhead": receipts.stages_ahead(case),
        "cost": {"amount": case.cost, "payAt": case.pay_at},
        "promised": _promised(promise) if promise else None,
        "legalLatest": _moment(answer.legal_latest_at) if answer else None,
        "promises": [{**_promised(promise), "legalLatest": _law(promise)} for promise in promises],
        "standsStill": case.suspension is not None,
        "redirect": _redirect(case, registry, now),
        "responsible": case.responsible.to_wire(),
        "objection": case.objection,
        "follow": {"how": FOLLOW, "url": public_url or None},
        "noUnitVisit": ONLY_WHERE_SENT if sent_to(case) else NO_UNIT_VISIT,
        "alternatives": _alternatives(case, registry, civil_day(now)),
        "content": receipts.content(case),
        "hash": receipts.fingerprint(case),
        "printedLocal": jalali_text(now),
    }


def checked(case: Case | None, number: str, hash: str, secret: bytes) -> dict[str, Any]:
    """POST /v1/receipts/check: nothing personal, and of what was never printed nothing at all (domain 8)."""
    typed = "".join(fold_digits(hash).lower().split())
    if case is not None and case.erased:
        typed = print_mark(secret, case.tracking_code, typed)
    edition = receipts.recognised(case, typed) if case is not None and number == receipts.number(case) else None
    current = case is not None and edition == receipts.edition(case)
    return {"genuine": edition is not None, "current": current, "edition": edition}


def _edition(case: Case) -> dict[str, Any]:
    issued = receipts.issued_at(case)
    return {
        "number": receipts.number(case),
        "edition": receipts.edition(case),
        "issuedAt": instant_text(issued),
        "issuedLocal": jalali_text(issued),
    }


def _places(case: Case, registry: Snapshot) -> dict[str, Any]:
    """The agency, its desk, and the kiosk office where it was filed, by the names they have now."""
    agency, desk = registry.organization(case.org_id), registry.desk(case.desk_id)
    return {
        "agency": {"id": case.org_id, "name": agency.name if agency else case.org_id},
        "desk": {
            "id": case.desk_id,
            "name": desk.name if desk else case.desk_id,
            "address": desk.address if desk else "",
            "phone": desk.phone if desk else "",
        },
        "kiosk": _kiosk(case, registry),
    }


def _kiosk(case: Case, registry: Snapshot) -> dict[str, str] | None:
    if case.kiosk is None:
        return None
    id = case.kiosk.ref.kiosk_id
    office = registry.kiosk(id)
    return {
        "id": id,
        "name": office.name if office else id,
        "address": office.address if office else "",
        "phone": office.phone if office else "",
    }


def _documents(case: Case, registry: Snapshot) -> list[dict[str, Any]]:
    sheet = filed_sheet(registry, case.service_id, case.service_version)
    names = {requirement.evidence_type: requirement.name for requirement in sheet.requirements} if sheet else {}
    return [
        {"type": type_, "name": names.get(type_, ANOTHER_PAPER), "original": original, "count": count}
        for type_, original, count in receipts.documents(case)
    ]


def _promised(promise: Commitment) -> dict[str, str]:
    return {"kind": promise.kind, "at": instant_text(promise.promised_at), "local": promise.promised_local}


def _law(promise: Commitment) -> dict[str, str] | None:
    """The law limits the answer. Of a visit its limit is that, or none of a law."""
    return None if promise.visit else _moment(promise.legal_latest_at)


def _moment(moment: datetime) -> dict[str, str]:
    return {"at": instant_text(moment), "local": jalali_text(moment)}


def _redirect(case: Case, registry: Snapshot, now: datetime) -> dict[str, Any] | None:
    """Where the citizen is to go, until a kiosk office has filed the case or the desk has it back.

    `kiosks`: those that can still take it; none where only the desk does, at any time. `until`: the day for it, as it
    stands at this printing; after the lapse that of the desk and the offices.
    """
    redirect = receipts.redirect(case)
    if redirect is None:
        return None
    until, left = redirect_until(case, registry, now), offices_left(case, registry, now)
    return {
        "ref": redirect.ref,
        "kiosks": [kiosk.to_wire() for kiosk in left],
        "lapsesAt": instant_text(redirect.lapses_at),
        "lapsesLocal": jalali_text(redirect.lapses_at),
        "lapsed": redirect.lapsed_at is not None or redirect.lapses_at <= now,
        "until": _moment(until) if until else None,
    }


def redirect_until(case: Case, registry: Snapshot, now: datetime) -> datetime | None:
    """Until when they may go there; None, too, before the lapse for whom no office is left: the desk waits longer."""
    lapsed = case.redirect is not None and case.redirect.lapsed_at is not None
    return come_until(case, now) if lapsed or offices_left(case, registry, now) else None


def _alternatives(case: Case, registry: Snapshot, day: date) -> list[dict[str, str | None]]:
    """How the same service is had without coming to a desk, on the day of printing; nothing to know for whoever filed
    at a kiosk office, and no kiosk offices in general for whoever is told which to go to, or where none can take it.
    """
    if case.kiosk is not None:
        return []
    county = case.applicant.county if case.applicant else None
    offices = () if receipts.redirect(case) else licensed_kiosks(registry, case.service_id, county, day)
    ways = {*ELECTRONIC, *(KIOSK_CHANNEL[office.kiosk_class] for office in offices)}
    return [
        {"channel": offering.channel, "name": CHANNELS[offering.channel], "url": offering.url}
        for offering in open_offerings(registry, case.service_id, county, day)
        if offering.channel in ways and offering.takes_requests
    ]
