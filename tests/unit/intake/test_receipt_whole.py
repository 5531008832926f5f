"""A receipt with all that it tells: what is new in it, missing, or never told of anybody, is seen here (domain 8)."""

from typing import Any

from services.intake.domain.proving import request_of
from tests.unit.intake.cases import TAX_DESK, TAX_OFFICER, an_agent, person
from tests.unit.intake.edge import Intake, a_submission
from tests.unit.intake.receipted import a_redirected_filing

FILED = {"at": "2026-11-23T06:30:00Z", "local": "1405/09/02 10:00"}
PROMISED = {"kind": "FINAL_DELIVERY", "at": "2026-12-10T05:40:00Z", "local": "1405/09/19 09:10"}
BY_LAW = {"at": "2026-12-28T06:30:00Z", "local": "1405/10/07 10:00"}
CODE = "27538807644109"
PLANS = "نقشهٔ معماری و سازهٔ تأییدشدهٔ نظام مهندسی"
PLACES = (
    "حسابداری شهرداری یا درگاه پرداخت شهرداری (۲٬۵۰۰٬۰۰۰ ریال)؛ "
    "درگاه پرداخت شهرداری؛ میانگین عوارض صدور (۱۸۰٬۰۰۰٬۰۰۰ ریال)"
)
IN_BOTH = {
    "edition": 1,
    "issuedAt": FILED["at"],
    "number": f"1405/{CODE}",
    "trackingCode": CODE,
    "kiosk": None,
    "applicant": {"name": "زهرا رضایی", "last4": "2419"},
    "documentsNeeded": [PLANS, "برگ تعهد مهندس ناظر"],
    "stagesAhead": ["ثبت درخواست", "بازدید زمین", "کنترل نقشه", "محاسبهٔ عوارض", "صدور پروانه", "تحویل در میز خدمت"],
    "cost": {"amount": 182500000, "payAt": PLACES},
    "redirect": None,
    "responsible": {"name": "سعید موسوی", "post": "رئیس ادارهٔ صدور پروانه", "phone": "044-3234-1205"},
    "objection": "اعتراض کتبی در همین میز خدمت تا ۲۰ روز پس از اعلام نتیجه؛ شمارهٔ رسید لازم است",
}
"""What is told as it is in what the hash is made of."""
CONTENT = IN_BOTH | {
    "form": 1,
    "filedAt": FILED["at"],
    "agency": "wa-municipality-urmia",
    "desk": "wa-municipality-urmia-desk",
    "channel": "AGENCY_DESK",
    "service": {"id": "building-permit", "version": 1, "name": "پروانهٔ ساختمانی"},
    "documents": [{"type": "identity-card", "original": True, "count": 1}],
    "promises": [{"kind": "FINAL_DELIVERY", "at": PROMISED["at"], "legalLatestAt": BY_LAW["at"]}],
}
RECEIPT = IN_BOTH | {
    "issuedLocal": FILED["local"],
    "requestId": "b895bdcd-fffa-533c-90ae-2cd7b175c81d",
    "qr": CODE,
    "agency": {"id": "wa-municipality-urmia", "name": "شهرداری ارومیه"},
    "desk": {
        "id": "wa-municipality-urmia-desk",
        "name": "میز خدمت شهرداری ارومیه",
        "address": "ارومیه، خیابان امام، میدان انقلاب، ساختمان مرکزی شهرداری، همکف",
        "phone": "044-3234-1201",
    },
    "at": FILED["at"],
    "atLocal": FILED["local"],
    "service": {"id": "building-permit", "name": "پروانهٔ ساختمانی", "version": 1},
    "representative": None,
    "documents": [{"type": "identity-card", "name": "کارت ملی", "original": True, "count": 1}],
    "documentsUntil": None,
    "promised": PROMISED,
    "legalLatest": BY_LAW,
    "promises": [PROMISED | {"legalLatest": BY_LAW}],
    "follow": {"how": "با کد رهگیری و چهار نویسهٔ پایانی شناسه یا شمارهٔ همراه، از میز خدمت", "url": None},
    "noUnitVisit": "لازم نیست به هیچ واحدی مراجعه کنید؛ پاسخ را از میز خدمت می‌گیرید.",
    "alternatives": [],
    "standsStill": False,
    "content": CONTENT,
    "hash": "5d849cea56d0b0fe4d271dae7407c95abd352d63e82efe523c13d631bd9d61c0",
    "printedLocal": FILED["local"],
}


async def test_the_receipt_of_a_permit_tells_this_and_nothing_else(intake: Intake) -> None:
    assert await told(intake, (await intake.file(key="key-1")).json()["receipt"]) == RECEIPT


async def test_each_field_is_told_of_some_case(intake: Intake) -> None:
    by_agent = (await intake.file(representative=an_agent(), awaitDocuments=True)).json()
    redirected = await a_redirected_filing(intake)
    await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    at_kiosk = f"/v1/requests/{request_of('wa-urmia-017', '017-1')}/receipt"
    at_tax = (await intake.file(serviceId="tax-clearance", deskId=TAX_DESK, officerId=TAX_OFFICER)).json()
    still = (await intake.file(applicant=person(value="0790419904"))).json()
    await intake.stands_still(still["requestId"])
    paths = (by_agent["receipt"], redirected["receipt"], at_kiosk, at_tax["receipt"], still["receipt"])
    receipts = [await told(intake, path) for path in paths]
    assert {field for field in RECEIPT if not any(receipt[field] for receipt in receipts)} == set()
    assert {field for field in CONTENT if not any(receipt["content"][field] for receipt in receipts)} == set()


async def told(intake: Intake, path: str) -> dict[str, Any]:
    receipt: dict[str, Any] = (await intake.http.get(path)).json()
    return receipt
