"""A redirected person between desk and kiosk, over HTTP: who is faster, what the desk sees, what the paper says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from services.intake.domain.proving import request_of
from services.intake.handlers import REQUEST
from tests.support.papers import a_picture
from tests.unit.intake.cases import SOCIAL_DESK, SOCIAL_OFFICER
from tests.unit.intake.edge import Intake, a_submission

CLERK = "wa-social-security-desk-02"
BACK = {"cause": "SHUT", "officerId": SOCIAL_OFFICER}
KIOSKS_OWN = request_of("wa-urmia-017", "017-1")


async def redirected(intake: Intake) -> dict[str, Any]:
    filing = await intake.file(serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    filed: dict[str, Any] = filing.json()
    assert filed["state"] == "REDIRECTED"
    return filed


async def comes_back(intake: Intake, id: str, key: str | None = None, **changes: Any) -> httpx.Response:
    return await intake.post(f"/v1/requests/{id}/return-from-kiosk", BACK | changes, key)


async def comes_to_the_kiosk(intake: Intake, filed: dict[str, Any], **changes: Any) -> httpx.Response:
    body = a_submission(redirectRef=filed["redirect"]["ref"]) | changes
    return await intake.http.post("/v1/kiosk/submissions", json=body)


async def comes_back_with(intake: Intake, filed: dict[str, Any], **changes: Any) -> httpx.Response:
    return await comes_back(intake, filed["requestId"], **changes)


async def outcome(intake: Intake, ref: str = "017-1") -> dict[str, Any]:
    asked = await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": "wa-urmia-017", "externalRef": ref})
    (told,) = asked.json()["items"]
    found: dict[str, Any] = told
    return found


async def work(intake: Intake) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await intake.http.get(f"/v1/desks/{SOCIAL_DESK}/work")).json()["items"]
    return items


@pytest.mark.parametrize("goes_on", [comes_to_the_kiosk, comes_back_with])
async def test_a_copy_that_was_sent_twice_takes_nothing_from_the_original_that_was_seen(
    intake: Intake, goes_on: Callable[..., Awaitable[httpx.Response]]
) -> None:
    """The desk saw the card, and somebody sent its copy once more without a word of the original."""
    filing = {"serviceId": "social-insurance-record", "deskId": SOCIAL_DESK, "officerId": SOCIAL_OFFICER}
    filed = (await intake.file(**filing, evidence=[])).json()
    kept = set()
    for seen in ("true", "false"):
        card = {"type": "identity-card", "originalSeen": seen, "officerId": SOCIAL_OFFICER}
        kept.add((await intake.bring(filed["requestId"], a_picture(), **card)).json()["added"]["dataref"])
    await goes_on(intake, filed, evidence=[])
    case = (await intake.state(filed["requestId"])).case
    assert (case.state, case.needed) == ("PROMISED", ())
    assert {piece.dataref for piece in case.evidence} == kept, "each is named, and goes when its person is erased"


async def test_an_office_that_lacks_a_paper_hears_which_and_comes_again_with_it(intake: Intake) -> None:
    filing = {"serviceId": "social-insurance-record", "deskId": SOCIAL_DESK, "officerId": SOCIAL_OFFICER}
    filed = (await intake.file(**filing, evidence=[])).json()
    await comes_to_the_kiosk(intake, filed, evidence=[])
    first = await outcome(intake)
    assert (first["status"], first["code"], first["fixable"]) == ("REJECTED", "MISSING_EVIDENCE", True)
    assert first["needed"] == ["کارت ملی"]
    await comes_to_the_kiosk(intake, filed, revision=2)
    asked = await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": "wa-urmia-017", "externalRef": "017-1"})
    second = asked.json()["items"][-1]
    assert (second["status"], second["requestId"]) == ("ACCEPTED", filed["requestId"])


async def test_the_desk_takes_back_and_the_kiosk_comes_too_late(intake: Intake) -> None:
    filed = await redirected(intake)
    taken = await comes_back(intake, filed["requestId"])
    assert (taken.status_code, taken.json()["state"], taken.json()["channelReason"]) == (
        200,
        "PROMISED",
        "KIOSK_FAILED",
    )
    assert taken.json()["commitments"][0]["state"] == "OPEN"
    await comes_to_the_kiosk(intake, filed)
    late = await outcome(intake)
    assert (late["status"], late["code"], late["fixable"]) == ("REJECTED", "REDIRECT_UNKNOWN", False)
    assert (await intake.state(KIOSKS_OWN)).case is None, "no second case of the same redirect"


async def test_the_kiosk_honours_and_the_desk_comes_too_late(intake: Intake) -> None:
    filed = await redirected(intake)
    await comes_to_the_kiosk(intake, filed)
    assert (await outcome(intake))["status"] == "ACCEPTED"
    late = await comes_back(intake, filed["requestId"])
    assert (late.status_code, late.json()["code"]) == (409, "ILLEGAL_MOVE")
    assert (late.json()["from"], late.json()["to"]) == ("PROMISED", "REGISTERED")


@pytest.mark.parametrize("desk_first", [True, False])
async def test_at_the_same_moment_one_of_them_wins_and_the_other_is_told(intake: Intake, desk_first: bool) -> None:
    filed = await redirected(intake)
    both: list[Any] = [comes_back(intake, filed["requestId"]), comes_to_the_kiosk(intake, filed)]
    answers = await asyncio.gather(*(both if desk_first else reversed(both)))
    taken = answers[0 if desk_first else 1]
    told = await outcome(intake)
    assert (taken.status_code, told["status"], told["code"]) in [
        (200, "REJECTED", "REDIRECT_UNKNOWN"),
        (409, "ACCEPTED", None),
    ]
    case = (await intake.state(filed["requestId"])).case
    assert (case.state, len(case.commitments)) == ("PROMISED", 1)
    assert (await intake.state(KIOSKS_OWN)).case is None


async def test_taken_back_twice_under_one_key_it_is_taken_back_once(intake: Intake) -> None:
    filed = await redirected(intake)
    first, again = [await comes_back(intake, filed["requestId"], "back-1") for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["version"] == again.json()["version"]
    other = await comes_back(intake, filed["requestId"], "back-1", cause="FAILED")
    assert other.json()["code"] == "IDEMPOTENCY_MISMATCH"


async def test_a_lapsed_redirect_stands_in_the_work_list_until_it_is_taken_back(intake: Intake) -> None:
    filed = await redirected(intake)
    await intake.memory.tick(days=5)
    (item,) = await work(intake)
    assert (item["requestId"], item["attention"]) == (filed["requestId"], ["REDIRECT_LAPSED"])
    taken = await comes_back(intake, filed["requestId"], cause="LAPSED")
    assert (taken.status_code, taken.json()["attention"]) == (200, [])
    assert [i["attention"] for i in await work(intake)] in ([], [[]]), "only a promise that is due soon"


async def test_the_receipt_of_a_case_taken_back_promises_and_sends_nobody_to_a_kiosk(intake: Intake) -> None:
    filed = await redirected(intake)
    await comes_back(intake, filed["requestId"])
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert (receipt["redirect"], receipt["kiosk"]) == (None, None)
    assert receipt["promised"]["kind"] == "FINAL_DELIVERY"
    page = (await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})).text
    assert filed["redirect"]["ref"] not in page


async def test_a_desk_that_holds_the_reference_is_told_which_request_to_take_back(intake: Intake) -> None:
    filed = await redirected(intake)
    second = await intake.file(
        serviceId="social-insurance-record",
        deskId=SOCIAL_DESK,
        officerId=SOCIAL_OFFICER,
        redirectRef=filed["redirect"]["ref"],
    )
    assert (second.status_code, second.json()["code"]) == (409, "USE_RETURN_FROM_KIOSK")
    assert (await comes_back(intake, second.json()["requestId"])).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cause": "CLOSED"}, "cause"),
        ({"cause": None}, "cause"),
        ({"officerId": "x y"}, "officerId"),
        ({"kioskId": "elsewhere"}, "kioskId"),
        ({"amount": -1}, "amount"),
        ({"area": "big"}, "area"),
        ({"why": "shut"}, "why"),
    ],
)
async def test_what_is_wrong_with_the_body_is_named(intake: Intake, wrong: dict[str, Any], field: str) -> None:
    filed = await redirected(intake)
    answer = await comes_back(intake, filed["requestId"], **wrong)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert intake.memory.state(REQUEST, filed["requestId"]).case.state == "REDIRECTED"


async def test_a_second_redirect_shows_the_new_reference_and_its_kiosks(intake: Intake) -> None:
    filed = await redirected(intake)
    body = {"cause": "SHUT", "kioskId": filed["redirect"]["kiosks"][0]["id"], "officerId": CLERK}
    path = f"/v1/requests/{filed['requestId']}/redirect"
    alone = await intake.post(path, body)
    assert (alone.status_code, alone.json()["code"]) == (422, "SECOND_OFFICER_NEEDED")
    assert [error["field"] for error in alone.json()["errors"]] == ["secondOfficerId"]
    sent = await intake.post(path, body | {"secondOfficerId": SOCIAL_OFFICER})
    assert (sent.status_code, sent.json()["state"]) == (200, "REDIRECTED")
    redirect = sent.json()["redirect"]
    assert redirect["ref"] != filed["redirect"]["ref"]
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert receipt["redirect"]["ref"] == redirect["ref"]
    await comes_to_the_kiosk(intake, filed)
    assert (await outcome(intake))["code"] == "REDIRECT_UNKNOWN"
    await comes_to_the_kiosk(intake, {"redirect": redirect}, externalRef="017-2")
    assert (await outcome(intake, "017-2"))["requestId"] == filed["requestId"]


async def test_a_case_that_nobody_followed_up_ends_by_the_desk_and_its_citizen_reads_so(intake: Intake) -> None:
    filed = await redirected(intake)
    path, body = f"/v1/requests/{filed['requestId']}/expire", {"officerId": SOCIAL_OFFICER}
    assert (await intake.post(path, body)).json()["code"] == "NOT_LAPSED"
    await intake.memory.tick(days=5)
    silent = await intake.post(path, body)
    assert (silent.status_code, silent.json()["code"]) == (409, "NOT_TOLD")
    told = await intake.post(f"/v1/requests/{filed['requestId']}/remind", body | {"toldTo": "APPLICANT"})
    assert (told.status_code, told.json()["state"]) == (200, "REDIRECTED")
    early = await intake.post(path, body)
    assert (early.status_code, early.json()["code"]) == (409, "IN_GRACE")
    assert early.json()["endsAt"] > "2026-12"
    await intake.memory.tick(days=10)
    ended = await intake.post(path, body)
    assert (ended.status_code, ended.json()["state"], ended.json()["attention"]) == (200, "EXPIRED", [])
    assert await work(intake) == []
    tracked = (await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": "2419"})).json()
    assert (tracked["state"], tracked["stagesAhead"]) == ("EXPIRED", [])
    assert [line["type"] for line in tracked["history"]] == [
        "request.redirected",
        "request.redirect-lapsed",
        "request.expired",
    ]
    receipt = (await intake.http.get(filed["receipt"])).json()
    assert (receipt["redirect"], receipt["promised"]) == (None, None)
    page = await intake.http.get(filed["receipt"], headers={"Accept": "text/html"})
    assert page.status_code == 200


async def test_a_request_that_does_not_exist_does_not_come_back(intake: Intake) -> None:
    assert (await comes_back(intake, "none")).status_code == 404
