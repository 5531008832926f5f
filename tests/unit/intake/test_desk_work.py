"""From the result to the end over HTTP: told at the desk, handed over, and what stands in its work list."""

from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, an_agent, person
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


async def test_a_promise_due_soon_stands_in_the_work_list(intake: Intake) -> None:
    filed = (await intake.file()).json()
    intake.memory.clock.advance(days=22)
    items = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert [item["trackingCode"] for item in items] == [filed["trackingCode"]]
