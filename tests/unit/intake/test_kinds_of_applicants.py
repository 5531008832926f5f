"""A person, a firm, a foreigner, a holder of a passport: each is served at the desk and the kiosk alike (domain 9)."""

from typing import Any, NamedTuple

import pytest

from services.intake.domain import redirecting
from services.intake.domain.proving import request_of
from services.intake.domain.receipts import content
from tests.unit.intake.cases import (
    PERMITS_OFFICER,
    a_redirected_request,
    arrives,
    asked,
    case_of,
    move_of,
    outcome_of,
    submit,
    world,
)
from tests.unit.intake.edge import Intake, a_submission


class Kind(NamedTuple):
    scheme: str
    typed: str
    """As somebody writes it, in digits of their own."""
    kept: str
    last4: str


KINDS = [
    Kind("NID", "۰۰۱۳۵۴۲۴۱۹", "0013542419", "2419"),
    Kind("NID", "84575948", "0084575948", "5948"),
    Kind("LEGAL_ID", "1038 0284 790", "10380284790", "4790"),
    Kind("LEGAL_ID", "۱۴۰۰۵۸۹۳۸۷۵", "14005893875", "3875"),
    Kind("FOREIGN_ID", "af–12-xk", "AF-12-XK", "2-XK"),
    Kind("PASSPORT", " p۱۲۳۴۵۶۷ ", "P1234567", "4567"),
]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.scheme}-{kind.last4}")
WRONG = [
    ("NID", "0013542418"),
    ("NID", "1111111111"),
    ("LEGAL_ID", "10380284791"),
    ("FOREIGN_ID", "؟"),
    ("PASSPORT", "p1"),
]


def applicant(kind: Kind, **changes: Any) -> dict[str, Any]:
    return {
        "scheme": kind.scheme,
        "value": kind.typed,
        "name": "نام متقاضی",
        "mobile": None,
        "county": "urmia",
    } | changes


@each_kind
async def test_filed_at_the_desk_receipt_and_tracking_know_them_by_their_last_four(intake: Intake, kind: Kind) -> None:
    filed = (await intake.file(applicant=applicant(kind))).json()
    id, case = filed["requestId"], (await intake.state(filed["requestId"])).case
    assert (case.applicant.scheme, case.applicant.value) == (kind.scheme, kind.kept)
    shown = await intake.http.get(f"/v1/requests/{id}")
    receipt = await intake.http.get(f"/v1/requests/{id}/receipt")
    page = await intake.http.get(f"/v1/requests/{id}/receipt", headers={"Accept": "text/html"})
    masked = {"name": "نام متقاضی", "last4": kind.last4}
    assert receipt.json()["applicant"] == masked
    assert not [each for each in masked.values() if each in shown.text], "it does not say whose it is"
    assert content(case)["applicant"] == masked
    for told in (shown, receipt, page):
        assert kind.kept not in told.text
    tracked = await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": kind.last4.lower()})
    assert (tracked.status_code, tracked.json()["state"]) == (200, "PROMISED")
    missed = await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": "0000"})
    assert missed.status_code == 404


@each_kind
async def test_filed_at_a_kiosk_and_at_the_desk_they_are_one_person(intake: Intake, kind: Kind) -> None:
    """However it was typed: the reference is that of the kept form, by it a second open request is known."""
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(applicant=applicant(kind)))
    case = (await intake.state(request_of("wa-urmia-017", "017-1"))).case
    assert (case.state, case.applicant.value) == ("PROMISED", kind.kept)
    again = a_submission(applicant=applicant(kind, value=kind.kept), externalRef="again")
    await intake.http.post("/v1/kiosk/submissions", json=again)
    second = (await intake.state(request_of("wa-urmia-017", "again"))).case
    assert (second.applicant_ref, second.duplicate_of) == (case.applicant_ref, request_of("wa-urmia-017", "017-1"))


@each_kind
def test_no_event_tells_who_they_are(kind: Kind) -> None:
    decision = submit(applicant=applicant(kind, mobile="09121234567"))
    told = move_of(decision).to_json().decode()
    assert kind.kept not in told
    assert "9121234567" not in told
    assert "نام متقاضی" not in told
    assert move_of(decision).notifiable


@each_kind
def test_a_desks_redirect_is_honoured_for_the_same_person_alone(kind: Kind) -> None:
    request = a_redirected_request(applicant=applicant(kind))
    honoured = redirecting.honours(
        request, asked(arrives(request, applicant=applicant(kind, value=kind.kept))), world()
    )
    assert case_of(honoured).state == "PROMISED"
    stranger = applicant(Kind("NID", "0499370899", "0499370899", "0899"))
    refused = redirecting.honours(request, asked(arrives(request, applicant=stranger)), world())
    assert refused.events == ()


def test_the_same_characters_under_another_scheme_are_another_person() -> None:
    numbers = [
        case_of(submit(applicant=applicant(Kind(scheme, "0013542419", "", "")))).applicant_ref
        for scheme in ("NID", "FOREIGN_ID", "PASSPORT")
    ]
    assert len(set(numbers)) == 3


@pytest.mark.parametrize(("scheme", "value"), WRONG)
async def test_what_names_nobody_is_told_with_its_field_and_never_repeated(
    intake: Intake, scheme: str, value: str
) -> None:
    wrong = applicant(Kind(scheme, value, "", ""))
    refused = await intake.file(applicant=wrong)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "applicant")
    assert value not in refused.text
    outcome = outcome_of(submit(applicant=wrong))
    assert (outcome.code, outcome.fixable) == ("INVALID_APPLICANT", True)


@pytest.mark.parametrize(
    ("scheme", "one", "other"), [("FOREIGN_ID", "AF-12-XK", "AF12XK"), ("PASSPORT", "P 1234567", "P-1234567")]
)
def test_hyphens_within_a_document_number_do_no_harm(scheme: str, one: str, other: str) -> None:
    """As the partners' page says: one officer copies them from the paper, another does not, and it is one person."""
    written, plain = Kind(scheme, one, "", ""), Kind(scheme, other, "", "")
    request = a_redirected_request(applicant=applicant(written))
    honoured = redirecting.honours(request, asked(arrives(request, applicant=applicant(plain))), world())
    assert case_of(honoured).state == "PROMISED"
    assert case_of(submit(applicant=applicant(plain))).applicant_ref == case_of(honoured).applicant_ref


async def test_hyphens_are_shown_as_on_the_paper_and_count_for_nothing_that_is_typed(intake: Intake) -> None:
    filed = (await intake.file(applicant=applicant(Kind("FOREIGN_ID", "AF-12-XK", "", "")))).json()
    receipt = await intake.http.get(f"/v1/requests/{filed['requestId']}/receipt")
    assert receipt.json()["applicant"]["last4"] == "2-XK"
    for last4 in ("2-XK", "12xk"):
        tracked = await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": last4})
        assert tracked.status_code == 200
    found = {"officerId": PERMITS_OFFICER, "scheme": "FOREIGN_ID", "nationalId": "af12xk"}
    items = (await intake.http.post("/v1/requests/search", json=found)).json()["items"]
    assert [item["requestId"] for item in items] == [filed["requestId"]]
