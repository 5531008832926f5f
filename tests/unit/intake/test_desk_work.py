"""From the result to the end over HTTP: told at the desk, handed over, and what stands in its work list."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.routing import DueCause, DueMoved
from services.contracts.wire import instant_text
from services.intake.handlers import REQUEST
from services.runtime.cursors import encode_cursor
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, an_agent, person, work
from tests.unit.intake.edge import Intake


async def test_announced_at_the_desk_and_handed_over(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    early = await intake.post(
        f"/v1/requests/{id}/announce", {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    )
    assert (early.status_code, early.json()["code"]) == (409, "ILLEGAL_MOVE")
    assert (early.json()["from"], early.json()["to"]) == ("PROMISED", "ANNOUNCED")
    await intake.unit_answers(id)
    told = await intake.post(
        f"/v1/requests/{id}/announce", {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    )
    assert (told.status_code, told.json()["state"]) == (200, "COLLECTION_DUE")
    assert told.json()["commitments"][0]["state"] == "KEPT"
    handed = {"collectedBy": "REPRESENTATIVE", "representative": an_agent(), "identitySeen": True}
    body = handed | {"officerId": PERMITS_OFFICER}
    stale = await intake.post(f"/v1/requests/{id}/handover", body, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    done = await intake.post(f"/v1/requests/{id}/handover", body, **{"If-Match": told.headers["ETag"]})
    assert done.json()["state"] == "CLOSED"


async def test_what_needs_the_desk_stands_in_its_work_list(intake: Intake) -> None:
    id = (await intake.file(applicant=person(mobile=None))).json()["requestId"]
    assert (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"] == []
    await intake.unit_answers(id)
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert (item["requestId"], item["attention"]) == (id, ["TELL_CITIZEN"])
    assert (item["deadline"], item["deadlineLocal"]) == ("2026-11-24T06:30:00Z", "1405/09/03 10:00")
    assert item["overdue"] is False
    assert (await intake.http.get("/v1/desks/nowhere/work")).status_code == 404


async def test_a_result_whose_message_nobody_confirms_comes_into_the_work_list_by_itself(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    await intake.unit_answers(id)
    assert (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"] == []
    await intake.memory.tick(hours=1)
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert (item["requestId"], item["state"], item["attention"]) == (id, "RESULT_READY", ["TELL_CITIZEN"])
    body = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/announce", body)).json()["attention"] == []
    assert (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"] == []


async def test_what_the_desk_has_not_told_by_its_deadline_is_overdue_and_its_head_sees_it(intake: Intake) -> None:
    id = (await intake.file(applicant=person(mobile=None))).json()["requestId"]
    await intake.unit_answers(id)
    await intake.memory.tick(days=1, seconds=1)
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert (item["overdue"], item["attention"]) == (True, ["TELL_CITIZEN", "TELL_OVERDUE"])


async def all_work(intake: Intake, limit: int, **query: Any) -> list[dict[str, Any]]:
    """The list from its first page to its last."""
    seen: list[dict[str, Any]] = []
    while True:
        page = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work", params={"limit": limit, **query})).json()
        assert len(page["items"]) <= limit
        seen += page["items"]
        if page["next"] is None:
            return seen
        query["cursor"] = page["next"]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_12_24_however_much_waits_what_is_to_be_told_comes_first_and_nothing_is_hidden(
    intake: Intake, limit: int
) -> None:
    """Domain 12.24: broken promises enough for a page of their own, and a result with an hour left behind them."""
    broken = [(await intake.file()).json()["requestId"] for _ in range(4)]
    intake.memory.clock.advance(minutes=1)
    broken.append((await intake.file()).json()["requestId"])
    await intake.memory.tick(days=22)
    late = (await intake.file(applicant=person(mobile=None))).json()["requestId"]
    intake.memory.clock.advance(minutes=1)
    await intake.unit_answers(late)
    later = (await intake.file(applicant=person(mobile=None))).json()["requestId"]
    intake.memory.clock.advance(minutes=1)
    await intake.unit_answers(later)
    soon = (await intake.file()).json()["requestId"]
    await intake.memory.tick(days=20)
    work = await all_work(intake, limit)
    assert [item["requestId"] for item in work[:2]] == [late, later]
    assert sorted(item["requestId"] for item in work[2:7]) == sorted(broken)
    assert work[6]["requestId"] == broken[-1], "the oldest case first"
    assert [item["requestId"] for item in work[7:]] == [soon]


async def test_where_the_list_goes_on_is_nobody_elses_to_say(intake: Intake) -> None:
    for cursor in ("x", encode_cursor({"part": "nowhere", "at": "", "id": ""}), encode_cursor({"after": "a"})):
        answer = await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_CURSOR")


async def test_a_promise_due_soon_stands_in_the_work_list(intake: Intake) -> None:
    filed = (await intake.file()).json()
    intake.memory.clock.advance(days=22)
    items = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert [item["trackingCode"] for item in items] == [filed["trackingCode"]]


async def test_a_promise_that_was_extended_twice_stands_in_the_work_list_until_it_is_answered(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    by = {"reason": "OTHER_AGENCY", "officerId": f"{PERMITS_DESK}-02", "secondOfficerId": PERMITS_OFFICER}
    for to in ("2026-12-14T06:30:00Z", "2026-12-15T06:30:00Z"):
        assert (await intake.post(f"/v1/commitments/{id}.1/extend", {"to": to, **by})).status_code == 200
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert (item["attention"], item["legalRisk"]) == (["EXTENDED_TWICE"], False)
    assert (item["reDatedFrom"], item["reDatedFromLocal"]) == ("2026-12-14T06:30:00Z", "1405/09/23 10:00")
    await intake.unit_answers(id)
    body = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/announce", body)).json()["attention"] == []


async def test_a_promise_that_was_re_dated_to_tomorrow_shows_the_date_it_had(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    request = intake.memory.state(REQUEST, id)
    was = request.case.commitments[0]
    word = DueMoved(from_at=was.promised_at, calendar=was.calendar, cause=DueCause.CALENDAR, rule="CLOSED_DAY")
    event = work(request, "clock.due-moved")
    clock = event.clock.model_copy(update={"due": was.promised_at + timedelta(days=2)})
    await intake.memory.submit(REQUEST, id, event.model_copy(update={"clock": clock, "due_moved": word}))
    intake.memory.clock.moment = was.promised_at + timedelta(days=1)
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert item["reDatedFrom"] == instant_text(was.promised_at) < item["promisedAt"]
