"""The receipt of a request, as data and as a printed page, over HTTP (domain 8)."""

import re
from typing import Any

import pytest
import segno

from services.contracts.commitment import CommitmentKind
from services.contracts.entry import Status
from services.contracts.identifiers import grouped
from services.contracts.persian import persian_digits
from services.contracts.registry import Officer
from services.contracts.service_sheet import Channel, Cost, Sheet
from services.contracts.working_calendar import DayKind
from services.intake.domain.evidence import OTHER
from services.intake.domain.proving import request_of
from services.intake.domain.standing import COST_UNSAID
from services.intake.receipt import receipt
from services.intake.receipt_page import PROMISES, receipt_page
from services.intake.settings import Settings
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    at,
    file_at_desk,
    person,
    province,
    state_of,
    world,
)
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.edge import Intake, a_submission
from tests.unit.intake.receipted import a_permit, a_redirected_filing
from tests.unit.intake.watched import Watched


async def test_the_receipt_has_every_field_of_the_order(intake: Intake) -> None:
    filed = (await intake.file()).json()
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert {
        "number", "edition", "trackingCode", "qr", "agency", "desk", "atLocal", "service", "applicant", "documents",
        "documentsNeeded", "stagesAhead", "cost", "promised", "promises", "legalLatest", "responsible", "objection",
        "noUnitVisit", "follow", "alternatives", "content", "hash",
    } <= set(receipt)  # fmt: skip
    assert receipt["kiosk"] is None
    assert receipt["documents"] == [{"type": "identity-card", "name": "کارت ملی", "original": True, "count": 1}]
    assert len(receipt["documentsNeeded"]) == 2
    assert receipt["responsible"]["name"]
    assert receipt["responsible"]["phone"]
    assert receipt["promised"]["local"] == filed["commitments"][0]["promisedLocal"]
    assert receipt["number"] == f"1405/{filed['trackingCode']}"
    assert receipt["cost"]["amount"]
    assert receipt["cost"]["payAt"]
    intake.memory.clock.advance(days=1)
    again = (await intake.http.get(filed["receipt"])).json()
    assert again == receipt | {"printedLocal": "1405/09/03 10:00"}


async def test_the_printed_receipt_is_persian_right_to_left_and_safe(intake: Intake) -> None:
    filed = (await intake.file(applicant=person(name="<script>alert(1)</script>"))).json()
    response = await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})
    page = response.text
    assert response.headers["content-type"].startswith("text/html")
    assert '<html lang="fa" dir="rtl">' in page
    assert persian_digits(grouped(filed["trackingCode"])) in page
    assert "لازم نیست به هیچ واحدی مراجعه کنید" in page
    assert "<script>" not in page
    assert "1405" not in page
    assert persian_digits("1405") in page
    assert not re.search(r"\b(?:src|href|url|import|style|on\w+)\s*[=(]", page), (
        "nothing from outside, nothing that runs"
    )
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"


async def test_a_redirected_citizens_receipt_names_the_kiosks_and_the_last_day(intake: Intake) -> None:
    filed = (
        await intake.file(serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    ).json()
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert receipt["promised"] is None
    assert receipt["redirect"]["lapsesLocal"].startswith("1405/09/")
    page = (await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})).text
    assert receipt["redirect"]["kiosks"][0]["name"] in page


async def test_a_receipt_of_a_kiosk_office_names_the_office_and_no_other_way(intake: Intake) -> None:
    await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    path = f"/v1/requests/{request_of('wa-urmia-017', '017-1')}/receipt"
    receipt = (await intake.http.get(path)).json()
    office = intake.memory.registry.kiosk("wa-urmia-017")
    assert office is not None
    assert receipt["kiosk"] == {
        "id": "wa-urmia-017",
        "name": office.name,
        "address": office.address,
        "phone": office.phone,
    }
    assert receipt["alternatives"] == []
    page = (await intake.http.get(path, headers={"Accept": "text/html"})).text
    assert office.name in page
    assert office.address in page
    assert "بی‌مراجعه به میز" not in page


async def test_a_visit_that_is_off_or_past_is_not_printed_as_ahead(house: Watched) -> None:
    """Whoever reads the paper does not set out for it."""
    id = await house.promised("APPOINTMENT")
    await house.promise(id, "NEXT_VISIT", at("1405/09/09 10:00").isoformat())
    before = await printed(house.intake, id)
    assert [one["kind"] for one in before["promises"]] == ["APPOINTMENT", "NEXT_VISIT", "FINAL_DELIVERY"]
    await house.recorded(house.day(DayKind.CLOSED))
    off = await printed(house.intake, id)
    assert [one["kind"] for one in off["promises"]] == ["NEXT_VISIT", "FINAL_DELIVERY"]
    assert off["edition"] == before["edition"] + 1
    house.intake.memory.clock.moment = at("1405/09/09 10:05")
    await DeskDay(house.intake).ticket(id)
    over = await printed(house.intake, id)
    assert [one["kind"] for one in over["promises"]] == ["FINAL_DELIVERY"]
    page = (await house.intake.http.get(f"/v1/requests/{id}/receipt", headers={"Accept": "text/html"})).text
    assert "نوبت شما" not in page
    assert "مراجعهٔ بعدی به میز خدمت:" not in page


async def printed(intake: Intake, id: str) -> Any:
    return (await intake.http.get(f"/v1/requests/{id}/receipt")).json()


async def test_a_redirect_that_a_kiosk_office_honoured_is_not_shown_again(intake: Intake) -> None:
    filed = (
        await intake.file(serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    ).json()
    assert (await intake.http.get(filed["receipt"])).json()["kiosk"] is None
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(redirectRef=filed["redirect"]["ref"]))
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert receipt["kiosk"]["id"] == "wa-urmia-017"
    assert (receipt["redirect"], receipt["alternatives"]) == (None, [])
    assert receipt["promised"] is not None
    page = (await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})).text
    assert filed["redirect"]["ref"] not in page


async def test_a_receipt_that_is_issued_anew_keeps_its_number_and_says_so(intake: Intake) -> None:
    filed = await a_redirected_filing(intake)
    before = (await intake.http.get(filed["receipt"])).json()
    assert "صدور مجدد" not in (await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})).text
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(redirectRef=filed["redirect"]["ref"]))
    after = (await intake.http.get(filed["receipt"])).json()
    assert (after["number"], before["edition"], after["edition"]) == (before["number"], 1, 2)
    assert "صدور مجدد ۱" in (await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})).text


@pytest.mark.parametrize(("url", "leads_to"), [("", ""), ("https://mizban.example", "https://mizban.example/t/")])
def test_the_qr_code_leads_to_the_page_or_holds_the_code(url: str, leads_to: str) -> None:
    request = a_permit()
    code = request.case.tracking_code
    assert receipt(request, province(), MORNING, url)["qr"] == f"{leads_to}{code}"
    assert receipt(request, province(), MORNING, url)["follow"]["url"] == (url or None)
    qr = segno.make_qr(f"{leads_to}{code}", error="m")  # not a micro one: most telephones do not read it
    assert qr.svg_inline(border=0, omitsize=True) in receipt_page(request, province(), MORNING, url)


@pytest.mark.parametrize("url", ["", "https://mizban.example", "http://10.0.0.1:8000", "https://a.example/desk"])
def test_the_public_address_is_one(url: str) -> None:
    assert Settings(public_url=url).public_url == url


@pytest.mark.parametrize("url", ["mizban.example", "https://", "https://a.example/", "https://a.example/?x", "ftp://a"])
def test_a_wrong_public_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        Settings(public_url=url)


def test_whoever_came_to_the_desk_is_told_the_electronic_way_and_the_kiosks() -> None:
    request = state_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER))
    alternatives = receipt(request, province(), MORNING)["alternatives"]
    assert [way["channel"] for way in alternatives] == ["WEB", "KIOSK_URBAN"]
    assert alternatives[0]["url"] in receipt_page(request, province(), MORNING)


def test_every_kind_of_promise_has_its_words_on_paper() -> None:
    assert set(PROMISES) == set(CommitmentKind)


def test_what_is_paid_at_two_places_is_paid_at_both() -> None:
    """The state's fee at a bank, the municipality's dues at its cashier: the sum, and how much is paid where."""
    page = paid(
        Cost(amount=500_000, pay_at="بانک ملی"),
        Cost(amount=2_000_000, pay_at="صندوق شهرداری"),
        Cost(amount=250_000, pay_at="بانک ملی"),
        Cost(amount=0, pay_at="باجهٔ میز"),
    )
    assert "۲٬۷۵۰٬۰۰۰ ریال، پرداخت: بانک ملی (۷۵۰٬۰۰۰ ریال)؛ صندوق شهرداری (۲٬۰۰۰٬۰۰۰ ریال)<" in page


def test_what_is_paid_at_one_place_names_it_without_a_sum_of_its_own() -> None:
    page = paid(Cost(amount=500_000, pay_at="بانک ملی"), Cost(amount=2_000_000, pay_at="بانک ملی"))
    assert "۲٬۵۰۰٬۰۰۰ ریال، پرداخت: بانک ملی<" in page


@pytest.mark.parametrize(
    ("costs", "read"),
    [
        ((), "رایگان"),
        ((Cost(amount=0, pay_at="پرداختی ندارد"),), "پرداختی ندارد"),
        ((Cost(amount=45_000, channel=Channel.KIOSK_URBAN, pay_at="دفتر"),), COST_UNSAID),
    ],
)
def test_free_is_called_only_what_the_sheet_has_no_costs_for_at_all(costs: tuple[Cost, ...], read: str) -> None:
    assert f"<dd>{read}</dd>" in paid(*costs)


def paid(*costs: Cost) -> str:
    """The printed receipt of a permit that costs this."""
    sheet = province().sheet("building-permit")
    assert sheet
    around = world(MORNING, sheet.model_copy(update={"costs": costs}))
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, around))
    return receipt_page(request, around.registry, MORNING)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.RETIRED])
def test_nobody_who_is_out_of_service_is_named_as_responsible(status: Status) -> None:
    """The contact of the sheet is: people would call somebody who has left."""
    sheet = province().sheet("building-permit")
    assert sheet
    around = world(MORNING, responsible_officer(sheet, status))
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, around))
    named = receipt(request, around.registry, MORNING)["responsible"]
    assert named == {"name": sheet.contact.name, "post": "", "phone": sheet.contact.phone}


def responsible_officer(sheet: Sheet, status: Status) -> Officer:
    officer = province().officer(sheet.responsible_officer_id)
    assert officer
    assert officer.name != sheet.contact.name
    return officer.model_copy(update={"status": status})


def test_a_paper_that_the_sheet_does_not_list_is_named_in_persian() -> None:
    paper = IDENTITY_CARD | {"type": "birth-certificate"}
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, evidence=[paper]))
    (document,) = receipt(request, province(), MORNING)["documents"]
    assert (document["type"], document["name"]) == (OTHER, "مدرک دیگر")
    assert "مدرک دیگر (اصل، ۱ برگ)" in receipt_page(request, province(), MORNING)
