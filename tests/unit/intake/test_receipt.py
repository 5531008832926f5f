"""The receipt of a request, as data and as a printed page, over HTTP."""

from services.contracts.identifiers import grouped
from services.contracts.persian import persian_digits
from services.intake.kiosk_records import request_of
from tests.unit.intake.cases import SOCIAL_DESK, SOCIAL_OFFICER, person
from tests.unit.intake.edge import Intake, a_submission


async def test_the_receipt_has_every_field_of_the_order(intake: Intake) -> None:
    filed = (await intake.file()).json()
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert {
        "number", "trackingCode", "agency", "desk", "atLocal", "service", "applicant", "documents", "documentsNeeded",
        "stagesAhead", "cost", "promised", "legalLatest", "responsible", "objection", "noUnitVisit", "alternatives",
        "hash",
    } <= set(receipt)  # fmt: skip
    assert receipt["kiosk"] is None
    assert receipt["documents"] == [{"type": "identity-card", "name": "کارت ملی", "original": True, "count": 1}]
    assert len(receipt["documentsNeeded"]) == 2
    assert receipt["responsible"]["name"]
    assert receipt["responsible"]["phone"]
    assert receipt["promised"]["local"] == filed["commitments"][0]["promisedLocal"]
    again = (await intake.http.get(filed["receipt"])).json()
    assert again["hash"] == receipt["hash"]


QR_MODULES = 21
"""Of the smallest ordinary code; a Micro QR has fewer, and most telephones do not read it."""


async def test_the_printed_receipt_is_persian_right_to_left_and_safe(intake: Intake) -> None:
    filed = (await intake.file(applicant=person(name="<script>alert(1)</script>"))).json()
    response = await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})
    page = response.text
    assert response.headers["content-type"].startswith("text/html")
    assert '<html lang="fa" dir="rtl">' in page
    assert grouped(filed["trackingCode"]) in page
    assert f'width="{(QR_MODULES + 2 * 4) * 3}"' in page
    assert "لازم نیست به هیچ واحدی مراجعه کنید" in page
    assert "<script>" not in page
    assert persian_digits("1405") in page


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
