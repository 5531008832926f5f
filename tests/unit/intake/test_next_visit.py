"""A next visit: promised for open hours, kept by coming, released by not coming, broken by a shut desk (I2, I3).

Every test files at the permits desk, open 07:30 to 14:15, on Monday 1405/09/02 at 10:00.
"""

from datetime import datetime
from typing import Any

import httpx
import pytest

from services.contracts.intake import RequestMoved
from services.contracts.topics import INTAKE_REQUEST
from services.intake.domain.due import timers
from tests.unit.intake.appointed import filed
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, TAX_OFFICER, at, province, without_days
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.edge import Intake

SUNDAY = at("1405/09/08 10:00")
HOURS: tuple[tuple[str, str], ...] = (("07:30", "14:15"),)
BUT_SUNDAY = dict.fromkeys(("saturday", "monday", "tuesday", "wednesday"), HOURS)


async def promise(intake: Intake, id: str, key: str | None = None, **changes: Any) -> httpx.Response:
    body = {"kind": "NEXT_VISIT", "at": SUNDAY.isoformat(), "officerId": PERMITS_OFFICER} | changes
    return await intake.post(f"/v1/requests/{id}/commitments", body, key)


async def promised(intake: Intake, **changes: Any) -> str:
    """A filed request whose person is to come on Sunday at ten."""
    id: str = (await intake.file()).json()["requestId"]
    answer = await promise(intake, id, **changes)
    assert answer.status_code == 201, answer.text
    return id


async def visits(intake: Intake, id: str) -> list[Any]:
    return [one for one in (await intake.state(id)).case.commitments if one.visit]


async def told(intake: Intake, id: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The moves of each event of a request, and which of them are about a visit."""
    await intake.memory.settle()
    events = [e for e in intake.memory.publisher.events(INTAKE_REQUEST.name) if e["key"] == id]
    moved = [RequestMoved.model_validate_json(event["value"]) for event in events]
    return [(event.moves, event.about_visits) for event in moved]


ADDED = (("commitment.added",), ("commitment.added",))


async def test_a_next_visit_is_promised_beside_the_answer_and_stands_on_the_receipt(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    before = (await intake.http.get(f"/v1/requests/{id}/receipt")).json()
    answer = await promise(intake, id)
    assert answer.status_code == 201
    visit = answer.json()["commitments"][1]
    assert (visit["kind"], visit["state"], visit["promisedLocal"]) == ("NEXT_VISIT", "OPEN", "1405/09/08 10:00")
    assert (visit["visit"]["until"], visit["visit"]["officerId"]) == ("2026-11-29T10:45:00Z", None), "till it shuts"
    assert visit["calendar"] == {"id": "wa-municipality", "version": 1}
    assert visit["legalLatestAt"] == answer.json()["commitments"][0]["legalLatestAt"]
    receipt = (await intake.http.get(f"/v1/requests/{id}/receipt")).json()
    assert (before["edition"], receipt["edition"], receipt["promised"]) == (1, 2, before["promised"])
    assert [one["kind"] for one in receipt["promises"]] == ["NEXT_VISIT", "FINAL_DELIVERY"]
    page = await intake.http.get(f"/v1/requests/{id}/receipt", headers={"Accept": "text/html"})
    assert "مراجعهٔ بعدی به میز خدمت: یکشنبه ۸ آذر ۱۴۰۵، ساعت ۱۰:۰۰" in page.text
    assert (await told(intake, id))[-1] == ADDED


async def test_whoever_tracks_a_case_sees_the_answer_and_when_to_come(intake: Intake) -> None:
    filed = (await intake.file()).json()
    await promise(intake, filed["requestId"])
    track = (await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": "2419"})).json()
    assert track["promisedLocal"] == filed["commitments"][0]["promisedLocal"]
    assert track["nextVisit"] == {
        "kind": "NEXT_VISIT", "at": "2026-11-29T06:30:00Z", "local": "1405/09/08 10:00",
        "until": "2026-11-29T10:45:00Z", "off": False,
    }  # fmt: skip
    assert track["history"][-1]["text"] == "زمان مراجعهٔ شما به میز خدمت تعیین شد"


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("1405/09/08 06:00", "DESK_SHUT"),
        ("1405/09/08 14:15", "DESK_SHUT"),
        ("1405/09/06 10:00", "DESK_SHUT"),
        ("1405/09/02 10:00", "IN_THE_PAST"),
        ("1405/09/01 10:00", "IN_THE_PAST"),
        ("1405/11/04 10:00", "TOO_FAR"),
    ],
)
async def test_it_lies_ahead_in_open_hours_of_the_desk(intake: Intake, when: str, code: str) -> None:
    """I3. 1405/09/06 is a Friday."""
    id = (await intake.file()).json()["requestId"]
    answer = refused(await promise(intake, id, at=at(when).isoformat()), 422, code)
    assert answer["errors"][0]["field"] == "at"
    assert await visits(intake, id) == []


async def test_it_is_not_past_what_the_law_leaves_for_the_answer(intake: Intake) -> None:
    """I3: the law wants the answer of a building permit within thirty working days."""
    filed = (await intake.file()).json()
    latest = filed["commitments"][0]["legalLatestAt"]
    assert latest < "2027-01-10"
    refused(await promise(intake, filed["requestId"], at="2027-01-11T06:30:00Z"), 422, "PAST_LEGAL_LIMIT")


async def test_only_an_officer_of_the_desk_promises_it_and_it_is_with_nobody_in_particular(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    refused(await promise(intake, id, officerId=TAX_OFFICER), 403, "NOT_AUTHORISED")
    refused(await promise(intake, id, withOfficerId=PERMITS_OFFICER), 422, "NOT_AN_APPOINTMENT")
    refused(await promise(intake, id, kind="FINAL_DELIVERY"), 422, "INVALID")
    refused(await promise(intake, "no-such-request"), 404, "NOT_FOUND")


async def test_the_same_call_promises_once_and_another_body_under_its_key_is_refused(intake: Intake) -> None:
    """I11."""
    id = (await intake.file()).json()["requestId"]
    answers = [await promise(intake, id, key="k") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await visits(intake, id)) == 1
    refused(await promise(intake, id, key="k", at=at("1405/09/09 10:00").isoformat()), 409, "IDEMPOTENCY_MISMATCH")


async def test_another_time_needs_the_wish_of_the_applicant_and_releases_what_was_promised(intake: Intake) -> None:
    """Domain 12.4: a promised date does not move by itself, nor by an officer's hand alone."""
    id = await promised(intake)
    monday = at("1405/09/09 11:00").isoformat()
    answer = refused(await promise(intake, id, at=monday), 409, "VISIT_PROMISED")
    assert answer["promisedAt"] == "2026-11-29T06:30:00Z"
    assert (await promise(intake, id, at=monday, applicantAsked=True)).status_code == 201
    assert [(one.state, one.promised_local) for one in await visits(intake, id)] == [
        ("RELEASED", "1405/09/08 10:00"), ("OPEN", "1405/09/09 11:00"),
    ]  # fmt: skip
    both = ("commitment.released", "commitment.added")
    assert (await told(intake, id))[-1] == (both, both)


# --- coming, or not ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hour", ["08:00", "10:00", "13:55"])
async def test_it_is_kept_when_a_visit_of_the_case_opens_on_its_day(intake: Intake, desk: DeskDay, hour: str) -> None:
    id = await promised(intake)
    intake.memory.clock.moment = at(f"1405/09/08 {hour}")
    await desk.ticket(id)
    (visit,) = await visits(intake, id)
    assert (visit.state, visit.ended_at) == ("KEPT", at(f"1405/09/08 {hour}"))
    assert (await told(intake, id))[-1] == (("commitment.kept",), ("commitment.kept",))
    assert (await intake.state(id)).case.visits == 2
    await intake.memory.tick(hours=12)
    assert (await visits(intake, id))[0].state == "KEPT"


async def test_coming_on_another_day_or_for_another_case_does_not_keep_it(intake: Intake, desk: DeskDay) -> None:
    id, other = await promised(intake), (await intake.file()).json()["requestId"]
    intake.memory.clock.moment = at("1405/09/07 10:00")
    await desk.ticket(id)
    intake.memory.clock.moment = at("1405/09/08 10:00")
    await desk.ticket(other)
    (visit,) = await visits(intake, id)
    assert visit.state == "OPEN"


async def test_who_does_not_come_while_the_desk_is_open_releases_it_once_the_desk_has_shut(intake: Intake) -> None:
    id = await promised(intake)
    intake.memory.clock.moment = at("1405/09/08 14:15")
    await intake.memory.tick()
    assert (await visits(intake, id))[0].state == "OPEN", "the word of a last visit may be on its way"
    await intake.memory.tick(minutes=1)
    (visit,) = await visits(intake, id)
    assert (visit.state, visit.ended_at) == ("RELEASED", at("1405/09/08 14:16"))
    assert (await told(intake, id))[-1] == (("commitment.released",), ("commitment.released",))
    assert (await intake.state(id)).case.attention == ()


async def test_it_is_broken_when_the_desk_was_shut_and_made_good_late_when_the_person_comes_again(
    intake: Intake, desk: DeskDay
) -> None:
    """The closure became known on the day itself, when the person stood at the door."""
    id = await promised(intake)
    intake.memory.clock.moment = at("1405/09/08 10:30")
    intake.memory.registry = province(without_days(PERMITS_DESK, BUT_SUNDAY))
    await intake.memory.tick(hours=6)
    (visit,) = await visits(intake, id)
    assert visit.state == "BROKEN"
    assert (await told(intake, id))[-1] == (("commitment.broken",), ("commitment.broken",))
    work = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert [(item["requestId"], item["attention"]) for item in work] == [(id, ["PROMISE_BROKEN"])]
    intake.memory.clock.moment = at("1405/09/09 10:00")
    await desk.ticket(id)
    (visit,) = await visits(intake, id)
    assert (visit.state, visit.fulfilled_late_at) == ("BROKEN", at("1405/09/09 10:00"))
    assert (await told(intake, id))[-1] == (("commitment.kept-late",), ("commitment.kept-late",))
    assert (await intake.state(id)).case.attention == ()


async def test_the_answer_neither_keeps_nor_breaks_a_visit_and_the_end_of_the_case_releases_it(intake: Intake) -> None:
    id = await promised(intake)
    await intake.unit_answers(id)
    told_ = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    await intake.post(f"/v1/requests/{id}/announce", told_)
    assert [one.state for one in (await intake.state(id)).case.commitments] == ["KEPT", "OPEN"], "an output waits"
    collected = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    await intake.post(f"/v1/requests/{id}/handover", collected)
    request = await intake.state(id)
    assert (request.case.state, request.case.commitments[1].state, timers(request)) == ("CLOSED", "RELEASED", {})
    assert (await told(intake, id))[-1][1] == ("commitment.released",)
    refused(await promise(intake, id), 409, "NOT_AWAITED")


async def test_a_withdrawn_case_awaits_nobody(intake: Intake) -> None:
    id = await promised(intake)
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/withdraw", body)).status_code == 200
    assert [one.state for one in (await intake.state(id)).case.commitments] == ["RELEASED", "RELEASED"]
    assert timers(await intake.state(id)) == {}


async def test_nobody_is_sent_away_without_a_promise_and_a_next_visit_is_one(intake: Intake, desk: DeskDay) -> None:
    """I2: the answer is late; whoever asks for it leaves with a day on which to come again."""
    id = (await intake.file()).json()["requestId"]
    intake.memory.clock.advance(days=23)
    await intake.memory.tick()
    visit = await desk.served(id)
    assert refused(await desk.step(visit, "end", reason="SERVED"), 409, "PROMISE_NEEDED")["requestIds"] == [id]
    assert (await promise(intake, id, at="2026-12-20T06:30:00Z")).status_code == 201
    over = await desk.do(visit, "SERVED")
    assert over["requests"][0]["promise"]["kind"] == "NEXT_VISIT"


async def test_the_work_list_names_the_visit_that_comes_next(intake: Intake) -> None:
    id = await promised(intake)
    intake.memory.clock.moment = at("1405/09/07 10:00")
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert (item["requestId"], item["promised"], item["promisedLocal"]) == (id, "NEXT_VISIT", "1405/09/08 10:00")


async def test_a_promised_visit_starts_no_task_and_moves_no_clock(intake: Intake) -> None:
    """I6: the due time of the answer follows from the Clock alone."""
    id = (await intake.file()).json()["requestId"]
    before = (await intake.state(id)).case.commitments[0]
    await promise(intake, id)
    await intake.memory.tick(days=7)
    assert (await intake.state(id)).case.commitments[0] == before


async def test_who_brings_the_documents_on_the_day_has_come_though_their_ticket_names_no_case(
    intake: Intake, desk: DeskDay
) -> None:
    filed = (await intake.file(awaitDocuments=True)).json()
    id, (visit,) = filed["requestId"], filed["commitments"]
    intake.memory.clock.moment = datetime.fromisoformat(visit["promisedAt"])
    await desk.served()
    for paper in filed["awaited"]["missing"]:
        assert (await intake.bring(id, type=paper)).status_code == 200
    (state,) = [one.state for one in (await intake.state(id)).case.commitments if one.visit is not None]
    assert state == "KEPT", "it is no fault of theirs, and they came"


@pytest.mark.parametrize(("hour", "state"), [(None, "RELEASED"), ("12:10", "KEPT")])
async def test_who_is_asked_back_for_the_day_on_which_they_filed_has_come_when_they_come_again(
    intake: Intake, hour: str | None, state: str
) -> None:
    id = await filed(intake)
    assert (await promise(intake, id, at=at("1405/09/02 12:00").isoformat())).status_code == 201
    if hour is not None:
        intake.memory.clock.moment = at(f"1405/09/02 {hour}")
        assert (await intake.bring(id)).status_code == 200
    intake.memory.clock.moment = at("1405/09/02 23:00")
    await intake.memory.tick()
    assert [one.state for one in (await intake.state(id)).case.commitments if one.visit is not None] == [state]


async def test_a_visit_that_is_promised_after_its_person_has_gone_is_not_kept_by_their_having_been_there(
    intake: Intake,
) -> None:
    id, day = await filed(intake), DeskDay(intake)
    intake.memory.clock.moment = at("1405/09/03 08:00")
    await day.do(await day.ticket(id), "call", "serve", "SERVED")
    assert (await promise(intake, id, at=at("1405/09/03 12:00").isoformat())).status_code == 201
    intake.memory.clock.moment = at("1405/09/03 23:00")
    await intake.memory.tick()
    assert [one.state for one in (await intake.state(id)).case.commitments if one.visit is not None] == ["RELEASED"]
