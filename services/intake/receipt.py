"""The receipt (رسید): everything the order of domain 1 promises on paper, as data and as a printable page."""

import json
from collections import Counter
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.contracts.identifiers import grouped
from services.contracts.persian import persian_digits
from services.contracts.snapshot import Snapshot
from services.contracts.wire import instant_text
from services.intake.domain.people import masked
from services.intake.domain.request import Case, Request, the_case
from services.intake.domain.standing import open_offerings
from services.worktime import jalali_long, jalali_text
from services.worktime.jalali import civil_day

NO_UNIT_VISIT = "لازم نیست به هیچ واحدی مراجعه کنید؛ پاسخ را از میز خدمت می‌گیرید."
CHANNELS = {
    "WEB": "درگاه اینترنتی",
    "MOBILE": "برنامهٔ تلفن همراه",
    "PHONE": "تلفن",
    "KIOSK_URBAN": "دفتر پیشخوان شهری",
    "KIOSK_RURAL": "دفتر پیشخوان روستایی",
    "AGENCY_DESK": "میز خدمت",
    "POST": "پست",
}
ALTERNATIVES = ("WEB", "MOBILE", "KIOSK_URBAN", "KIOSK_RURAL")


def receipt(request: Request, registry: Snapshot, now: datetime) -> dict[str, Any]:
    """The fields of domain 8. `hash` names the content: what was printed can be compared with what we hold."""
    request, case = the_case(request)
    agency, desk = registry.organization(case.org_id), registry.desk(case.desk_id)
    evidence_names = _evidence_names(case, registry)
    promise = case.commitments[-1] if case.commitments else None
    fields: dict[str, Any] = {
        "number": f"{case.tracking_code}/{1 if promise is None else len(case.commitments)}",
        "requestId": request.id,
        "trackingCode": case.tracking_code,
        "agency": {"id": case.org_id, "name": agency.name if agency else case.org_id},
        "desk": {
            "id": case.desk_id,
            "name": desk.name if desk else case.desk_id,
            "address": desk.address if desk else "",
            "phone": desk.phone if desk else "",
        },
        "kiosk": _kiosk(case, registry),
        "at": instant_text(case.filed_at),
        "atLocal": jalali_text(case.filed_at),
        "service": {"id": case.service_id, "name": case.service_name, "version": case.service_version},
        "applicant": masked(case.applicant) if case.applicant else None,
        "documents": [
            {"type": type_, "name": evidence_names.get(type_, type_), "original": original, "count": count}
            for (type_, original), count in sorted(Counter((e.type, e.original_seen) for e in case.evidence).items())
        ],
        "documentsNeeded": list(case.needed),
        "stagesAhead": list(case.stages),
        "cost": {"amount": case.cost, "payAt": case.pay_at},
        "promised": {"kind": promise.kind, "at": instant_text(promise.promised_at), "local": promise.promised_local}
        if promise
        else None,
        "legalLatest": {"at": instant_text(promise.legal_latest_at), "local": jalali_text(promise.legal_latest_at)}
        if promise
        else None,
        "redirect": _redirect(case),
        "responsible": case.responsible.to_wire(),
        "objection": case.objection,
        "noUnitVisit": NO_UNIT_VISIT,
        "alternatives": _alternatives(case, registry, civil_day(case.filed_at)),
    }
    content = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return {**fields, "hash": sha256(content.encode()).hexdigest(), "printedLocal": jalali_text(now)}


def receipt_page(request: Request, registry: Snapshot, now: datetime) -> str:
    """The same as a page to print: right to left, no scripts, no outside resources."""
    fields = receipt(request, registry, now)
    _, case = the_case(request)
    promise = case.commitments[-1] if case.commitments else None
    page: str = _page().render(
        r=fields,
        code=grouped(case.tracking_code),
        qr=segno.make_qr(case.tracking_code, error="m").svg_inline(scale=3, border=4),
        filed=jalali_long(case.filed_at),
        promised=jalali_long(promise.promised_at) if promise else None,
        latest=jalali_long(promise.legal_latest_at) if promise else None,
        lapses=jalali_long(case.redirect.lapses_at) if case.redirect else None,
        cost=persian_digits(f"{case.cost:,}").replace(",", "٬"),
    )
    return page


def _kiosk(case: Case, registry: Snapshot) -> dict[str, str] | None:
    """The kiosk office where it was filed."""
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


def _redirect(case: Case) -> dict[str, Any] | None:
    """Where the citizen is to go, until a kiosk office has filed the case."""
    redirect = case.redirect
    if redirect is None or case.kiosk is not None:
        return None
    return {
        "ref": redirect.ref,
        "kiosks": [kiosk.to_wire() for kiosk in redirect.kiosks],
        "lapsesAt": instant_text(redirect.lapses_at),
        "lapsesLocal": jalali_text(redirect.lapses_at),
    }


def _alternatives(case: Case, registry: Snapshot, day: date) -> list[dict[str, str | None]]:
    """How the same service is had without coming to a desk; nothing to know for whoever filed at a kiosk office."""
    if case.kiosk is not None:
        return []
    county = case.applicant.county if case.applicant else None
    return [
        {"channel": offering.channel, "name": CHANNELS[offering.channel], "url": offering.url}
        for offering in open_offerings(registry, case.service_id, county, day)
        if offering.channel in ALTERNATIVES and offering.channel != case.channel
    ]


def _evidence_names(case: Case, registry: Snapshot) -> dict[str, str]:
    sheet = registry.sheet(case.service_id, case.service_version) or registry.sheet(case.service_id)
    return {requirement.evidence_type: requirement.name for requirement in sheet.requirements} if sheet else {}


@cache
def _page() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fa"] = lambda value: persian_digits(str(value))
    return environment.get_template("receipt.html")
