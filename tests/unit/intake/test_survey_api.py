"""The survey over HTTP, and who reads what: counts for all, words sealed, the demand for inspectors alone."""

from base64 import b64encode
from typing import Any

import httpx
import pytest

from services.contracts.intake import DEMAND_REPORTED
from services.intake.handlers import ILLEGAL_DEMAND, REQUEST
from services.runtime.cursors import encode_cursor
from tests.unit.intake.cases import PERMITS_OFFICER, a_result, person, work
from tests.unit.intake.edge import Intake

DEMAND = "برای امضا پول خواستند"
COMMENT = "کارمند میز خوش‌برخورد بود"
INSPECTOR = "wa-governorate-inspection-01"
WORDS = (DEMAND, COMMENT)
KEY = "the-one-key-of-this-opinion"


async def closed(intake: Intake) -> dict[str, Any]:
    """A permit that was handed over: its request id and code."""
    filed: dict[str, Any] = (await intake.file(applicant=person())).json()
    path = f"/v1/requests/{filed['requestId']}"
    await intake.unit_answers(filed["requestId"])
    officer = {"officerId": PERMITS_OFFICER, "identitySeen": True}
    assert (await intake.post(f"{path}/announce", officer | {"toldTo": "APPLICANT"})).status_code == 200
    done = await intake.post(f"{path}/handover", officer | {"collectedBy": "APPLICANT"})
    assert done.json()["state"] == "CLOSED"
    return filed


def answers(filed: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "code": filed["trackingCode"],
        "last4": "2419",
        "onTime": True,
        "treatment": 5,
        "sentToUnit": False,
        "illegalDemand": None,
        "comment": None,
    } | changes


async def ends_anew(intake: Intake, filed: dict[str, Any]) -> None:
    """Reopened, decided once more and handed over."""
    path, officer = f"/v1/requests/{filed['requestId']}", {"officerId": PERMITS_OFFICER, "identitySeen": True}
    reopening = {"reason": "OUR_ERROR", "officerId": "wa-municipality-urmia-desk-02"}
    again = await intake.post(f"{path}/reopen", reopening | {"secondOfficerId": PERMITS_OFFICER})
    assert again.status_code == 200, again.text
    request = await intake.state(filed["requestId"])
    decided = work(request, "result.decided", result=a_result()).model_copy(update={"round": 2})
    await intake.memory.submit(REQUEST, request.id, decided)
    assert (await intake.post(f"{path}/announce", officer | {"toldTo": "APPLICANT"})).status_code == 200
    done = await intake.post(f"{path}/handover", officer | {"collectedBy": "APPLICANT"})
    assert done.json()["state"] == "CLOSED"


async def demands(intake: Intake, officer: str = INSPECTOR, **query: Any) -> httpx.Response:
    await intake.memory.settle()
    return await intake.http.get("/v1/illegal-demands", params={"officerId": officer} | query)


def stored(intake: Intake) -> str:
    return repr(intake.memory.store.collections)


async def test_when_it_has_ended_anew_its_person_says_once_more_how_it_went(intake: Intake) -> None:
    """What was demanded while it was worked on again is a report of its own; the first opinion stays with its round."""
    filed = await closed(intake)
    first = answers(filed, treatment=5, comment=COMMENT, illegalDemand={"text": "بار نخست"})
    assert (await intake.post("/v1/track/survey", first)).status_code == 201
    await ends_anew(intake, filed)
    tracked = await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": "2419"})
    assert tracked.json()["surveyUntil"] is not None
    second = answers(filed, treatment=1, illegalDemand={"text": DEMAND})
    assert (await intake.post("/v1/track/survey", second)).status_code == 201
    assert (await intake.post("/v1/track/survey", second | {"treatment": 2})).json()["code"] == "SURVEY_GIVEN"
    assert {item["text"] for item in (await demands(intake)).json()["items"]} == {"بار نخست", DEMAND}
    case = (await intake.state(filed["requestId"])).case
    assert (case.survey.answers.treatment, case.earlier[0].survey.answers.treatment) == (1, 5)
    assert all(word not in stored(intake) for word in WORDS)


async def test_the_words_reach_inspectors_and_stand_open_nowhere_else(intake: Intake) -> None:
    filed = await closed(intake)
    body = answers(filed, illegalDemand={"text": DEMAND}, comment=COMMENT)
    response = await intake.post("/v1/track/survey", body)
    assert (response.status_code, set(response.json())) == (201, {"trackingCode", "answeredAt", "answeredLocal"})
    (item,) = (await demands(intake)).json()["items"]
    assert (item["text"], item["requestId"], item["orgName"]) == (DEMAND, filed["requestId"], "شهرداری ارومیه")
    path = f"/v1/requests/{filed['requestId']}"
    tracked = await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": "2419"})
    seen = [
        response.text,
        stored(intake),
        str(intake.memory.publisher.sent),
        tracked.text,
        (await intake.http.get(path)).text,
        (await intake.http.get(f"{path}/receipt")).text,
        (await intake.http.get("/v1/desks/wa-municipality-urmia-desk/work")).text,
    ]
    for word in WORDS:
        forms = (word, repr(word.encode())[2:-1], b64encode(word.encode()).decode())
        assert [text for text in seen if any(form in text for form in forms)] == []


async def test_events_say_how_it_went_and_that_there_was_a_demand(intake: Intake) -> None:
    filed = await closed(intake)
    await intake.post("/v1/track/survey", answers(filed, illegalDemand={"text": DEMAND}))
    await intake.memory.settle()
    *_, given, demand = intake.memory.publisher.events("sd.intake.request.v1")
    assert given["ce_type"] == "ir.servicedesk.intake.survey.answered.v1"
    assert '"survey":{"onTime":true,"treatment":5,"sentToUnit":false}' in given["value"]
    assert (demand["ce_type"], demand["key"], demand["ce_sequence"]) == (DEMAND_REPORTED, filed["requestId"], "1")
    assert demand["ce_subject"] != given["ce_subject"]
    assert demand["ce_id"] != given["ce_id"]


async def test_an_agency_cannot_tell_whether_something_was_reported(intake: Intake) -> None:
    """Two cases, one with a demand: what the desk reads differs in nothing that follows from it."""
    shown = []
    for demand in (None, {"text": DEMAND}):
        filed = await closed(intake)
        await intake.post("/v1/track/survey", answers(filed, illegalDemand=demand))
        await intake.memory.settle()
        response = await intake.http.get(f"/v1/requests/{filed['requestId']}")
        told = response.text.replace(filed["requestId"], "").replace(filed["trackingCode"], "")
        shown.append((told, response.headers["ETag"]))
        probing = await intake.post("/v1/track/survey", answers(filed))
        assert (probing.status_code, probing.json()["code"]) == (409, "SURVEY_GIVEN")
    assert shown[0] == shown[1]


async def test_of_a_round_that_is_over_the_agency_reads_no_more_of_an_opinion_than_of_the_round_of_now(
    intake: Intake,
) -> None:
    """That there was one stands in the history. What one citizen thinks is counted, and shown to nobody."""
    filed = await closed(intake)
    path = f"/v1/requests/{filed['requestId']}"
    await intake.post("/v1/track/survey", answers(filed, treatment=1, sentToUnit=True, comment=COMMENT))
    await ends_anew(intake, filed)
    shown = (await intake.http.get(path)).json()
    (over,) = shown["earlier"]
    assert set(over) == {"result", "announced", "collection", "handover", "objection", "reopening"}
    assert [line["type"] for line in shown["history"]].count("survey.answered") == 1
    assert "treatment" not in str(shown)
    assert "comment" not in str(shown)


async def test_a_repeat_under_its_key_is_answered_as_before(intake: Intake) -> None:
    filed = await closed(intake)
    body = answers(filed, illegalDemand={"text": DEMAND}, comment=COMMENT)
    first = await intake.post("/v1/track/survey", body, KEY)
    again = await intake.post("/v1/track/survey", body | {"last4": "4567"}, KEY)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await intake.post("/v1/track/survey", body | {"comment": "دیگر"}, KEY)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")
    assert len((await demands(intake)).json()["items"]) == 1
    without = await intake.http.post("/v1/track/survey", json=body)
    assert (without.status_code, without.json()["code"]) == (422, "IDEMPOTENCY_KEY_REQUIRED")


async def test_what_is_said_of_another_end_under_the_same_key_is_no_repeat(intake: Intake) -> None:
    """It is refused, so that whoever said it takes another key; answered as before, it would be lost."""
    filed = await closed(intake)
    body = answers(filed, illegalDemand={"text": DEMAND})
    assert (await intake.post("/v1/track/survey", body, KEY)).status_code == 201
    await ends_anew(intake, filed)
    again = await intake.post("/v1/track/survey", body, KEY)
    assert (again.status_code, again.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")
    anew = await intake.post("/v1/track/survey", body)
    assert anew.status_code == 201
    assert len((await demands(intake)).json()["items"]) == 2


@pytest.mark.parametrize("key", ["1", "k" * 15])
@pytest.mark.parametrize("last4", ["2419", "0000"])
async def test_a_key_that_can_be_guessed_is_refused_before_anything_is_looked_up(
    intake: Intake, key: str, last4: str
) -> None:
    """A desk that has code and last four would read by it of which case something was reported."""
    read = []
    for demand in (None, {"text": DEMAND}):
        filed = await closed(intake)
        await intake.post("/v1/track/survey", answers(filed, illegalDemand=demand), key)
        tried = await intake.post("/v1/track/survey", answers(filed, last4=last4), key)
        read.append((tried.status_code, [error["field"] for error in tried.json()["errors"]]))
    assert read == [(422, ["header.Idempotency-Key"])] * 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"onTime": "yes"}, "onTime"),
        ({"treatment": 0}, "treatment"),
        ({"treatment": 6}, "treatment"),
        ({"treatment": "3"}, "treatment"),
        ({"treatment": True}, "treatment"),
        ({"sentToUnit": None}, "sentToUnit"),
        ({"comment": "ا" * 2001}, "comment"),
        ({"illegalDemand": {"text": "ا" * 2001}}, "illegalDemand.text"),
        ({"illegalDemand": {}}, "illegalDemand.text"),
        ({"illegalDemand": DEMAND}, "illegalDemand"),
        ({"name": "x"}, "name"),
    ],
)
async def test_a_wrong_answer_is_named(intake: Intake, changes: dict[str, Any], field: str) -> None:
    response = await intake.post("/v1/track/survey", answers({"trackingCode": "1"}, **changes))
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert DEMAND not in response.text


async def test_who_cannot_track_a_case_cannot_speak_of_it(intake: Intake) -> None:
    """The same answer and the same limits as tracking: it is no second way to guess."""
    filed = await closed(intake)
    wrong = await intake.post("/v1/track/survey", answers(filed, last4="0000"))
    assert (
        wrong.json()
        == (await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": "0000"})).json()
    )
    for _ in range(3):
        assert (await intake.post("/v1/track/survey", answers(filed, last4="0000"))).status_code == 404
    assert (await intake.post("/v1/track/survey", answers(filed))).status_code == 429


async def test_an_open_case_is_not_asked_about(intake: Intake) -> None:
    filed = (await intake.file()).json()
    response = await intake.post("/v1/track/survey", answers(filed))
    assert (response.status_code, response.json()["code"]) == (409, "NOT_OVER")


@pytest.mark.parametrize(
    "officer", ["nobody", "0013542419", PERMITS_OFFICER, "wa-governorate-desk-01", "wa-governorate-social-01"]
)
async def test_nobody_but_an_inspector_reads_them(intake: Intake, officer: str) -> None:
    response = await demands(intake, officer)
    assert (response.status_code, response.json()["code"]) == (403, "NOT_AUTHORISED")
    assert (await intake.http.get("/v1/illegal-demands")).status_code == 422


async def test_every_reading_is_logged_and_names_nobody_but_the_reader(intake: Intake) -> None:
    filed = await closed(intake)
    await intake.post("/v1/track/survey", answers(filed, illegalDemand={"text": DEMAND}))
    intake.log.lines.clear()
    await demands(intake)
    await demands(intake, "0013542419")
    await demands(intake, PERMITS_OFFICER)
    assert intake.log.lines == [
        ("illegal demands read", {"officer": INSPECTOR, "shown": 1}),
        ("illegal demands refused", {"officer": None}),
        ("illegal demands refused", {"officer": PERMITS_OFFICER}),
    ]


async def test_every_reading_is_on_record_before_it_is_given_and_in_no_agencys_part_of_it(intake: Intake) -> None:
    filed = await closed(intake)
    await intake.post("/v1/track/survey", answers(filed, illegalDemand={"text": DEMAND}))
    intake.journal.rows.clear()
    await demands(intake)
    ((row),) = intake.journal.rows
    assert (row["what"], row["outcome"], row["officerId"]) == ("ILLEGAL_DEMAND", "GIVEN", INSPECTOR)
    assert (row["requestIds"], row["orgIds"]) == ([filed["requestId"]], [])
    intake.journal.away = True
    answer = await demands(intake)
    assert (answer.status_code, DEMAND in answer.text) == (503, False)


async def test_the_newest_come_first_and_pages_pass_none_by(intake: Intake) -> None:
    made = []
    for number in range(5):
        filed = await closed(intake)
        intake.memory.clock.advance(seconds=number // 2)  # two of one second too
        await intake.post("/v1/track/survey", answers(filed, illegalDemand={"text": str(number)}))
        made.append(filed["requestId"])
    for limit in (1, 2, 5, 100):
        seen: list[str] = []
        times: list[str] = []
        query: dict[str, Any] = {"limit": limit}
        while True:
            page = (await demands(intake, **query)).json()
            seen += [item["requestId"] for item in page["items"]]
            times += [item["reportedAt"] for item in page["items"]]
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        assert sorted(seen) == sorted(made)
        assert times == sorted(times, reverse=True)
    forged = await demands(intake, cursor=encode_cursor({"at": "x", "id": "y"}))
    assert (forged.status_code, forged.json()["code"]) == (400, "BAD_CURSOR")


async def test_one_that_cannot_be_opened_hides_no_other(intake: Intake) -> None:
    for _ in range(2):
        await intake.post("/v1/track/survey", answers(await closed(intake), illegalDemand={"text": DEMAND}))
    await intake.memory.settle()
    rows = intake.memory.store.collections[ILLEGAL_DEMAND.name]
    one, two = rows.values()
    one["state"]["text"] = two["state"]["text"]  # sealed for another place
    assert sorted(str(item["text"]) for item in (await demands(intake)).json()["items"]) == sorted([DEMAND, "None"])
