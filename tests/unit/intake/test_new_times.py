"""A time that has moved reaches everybody: whom no message tells, the desk does (I9, domain 8, 12.9).

As in `watched`: filed on Monday 1405/09/02 at 10:00, to come on Sunday 1405/09/08.
"""

from datetime import datetime
from typing import Any

import pytest

from services.contracts.routing import DueCause, DueMoved
from services.contracts.working_calendar import DayKind
from services.intake.attention_words import IN_WORDS
from services.intake.domain.case_parts import Attention
from services.intake.handlers import REQUEST
from services.worktime import parse_jalali
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, at, notice, person, work
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.watched import SUNDAY, Watched

NO_MOBILE: dict[str, Any] = {"applicant": person(mobile=None)}
TELL = ["TELL_NEW_TIME"]


async def closed(house: Watched, day: str = "1405/09/08") -> None:
    await house.recorded(house.day(DayKind.CLOSED, day=parse_jalali(day)))


async def opened_again(house: Watched) -> None:
    others = tuple(one for one in house.calendar().exceptions if one.date != SUNDAY)
    await house.recorded(house.calendar().model_copy(update={"exceptions": others}))


async def heard(house: Watched, id: str, move: str, name: str = "VISIT_MOVED", **changes: Any) -> None:
    """Notify's word of the message."""
    word = notice(await house.intake.state(id), move, house.intake.memory.clock.now(), name=name)
    await house.intake.memory.submit(REQUEST, id, word.model_copy(update=changes))


async def reminds(house: Watched, id: str) -> Any:
    return await house.intake.post(f"/v1/requests/{id}/remind", {"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER})


async def due_moves(house: Watched, id: str, to: datetime | str) -> None:
    """Routing's word: the days have changed."""
    request = await house.intake.state(id)
    was = request.case.commitments[-1]
    event = work(request, "clock.due-moved", "IN_PROGRESS")
    clock = event.clock.model_copy(update={"due": at(to) if isinstance(to, str) else to})
    word = DueMoved(from_at=was.promised_at, calendar=was.calendar, cause=DueCause.CALENDAR, rule="CLOSED_DAY")
    await house.intake.memory.submit(REQUEST, id, event.model_copy(update={"clock": clock, "due_moved": word}))


async def extends(house: Watched, id: str) -> None:
    to = at("1405/09/24 11:00").isoformat()
    by = {"officerId": f"{PERMITS_DESK}-02", "secondOfficerId": PERMITS_OFFICER}
    answer = await house.intake.post(f"/v1/commitments/{id}.1/extend", {"to": to, "reason": "SITE_SURVEY"} | by)
    assert answer.status_code == 200, answer.text


# --- who left no mobile -----------------------------------------------------------------------------------------------


async def test_who_left_no_mobile_is_told_of_a_moved_visit_by_the_desk(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await closed(house)
    assert await house.work() == {id: TELL}
    (item,) = (await house.intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert item["attentionShown"] == ["زمان تازه را به متقاضی بگویید؛ پیامک به او نرسیده است"]
    assert item["deadlineLocal"] == "1405/09/08 10:00", "when somebody who has not heard sets out"
    told = await reminds(house, id)
    assert (told.status_code, told.json()["attention"]) == (200, [])
    refused(await reminds(house, id), 409, "NOTHING_TO_COLLECT")


async def test_who_left_no_mobile_is_told_of_documents_that_have_more_time(house: Watched) -> None:
    id = (await house.intake.file(awaitDocuments=True, **NO_MOBILE)).json()["requestId"]
    await closed(house, "1405/09/14")
    assert await house.work() == {id: TELL}
    assert (await reminds(house, id)).json()["awaited"]["noticedAt"], "what is missing they heard with it"
    assert await house.work() == {}


async def test_who_was_called_not_to_come_is_called_again_when_the_visit_stands(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", filed=NO_MOBILE)
    await closed(house)
    assert await house.work() == {id: ["VISIT_WARNED"]}
    await opened_again(house)
    assert await house.work() == {id: TELL}


async def test_who_left_no_mobile_is_told_of_an_extension_by_the_desk(house: Watched) -> None:
    """Domain 3: the citizen is told."""
    id = (await house.intake.file(**NO_MOBILE)).json()["requestId"]
    await extends(house, id)
    assert await house.work() == {id: TELL}


async def test_who_left_no_mobile_is_told_of_an_answer_that_a_closure_moved(house: Watched) -> None:
    id = (await house.intake.file(**NO_MOBILE)).json()["requestId"]
    await due_moves(house, id, "1405/09/25 11:00")
    assert await house.work() == {id: TELL}


async def test_what_the_desk_books_anew_it_has_told(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", filed=NO_MOBILE)
    await closed(house)
    assert (await house.promise(id, "APPOINTMENT", at("1405/09/09 10:10").isoformat())).status_code == 201
    assert await house.work() == {}


async def test_who_has_found_another_time_with_the_desk_knows_of_the_new_one(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await closed(house)
    assert await house.work() == {id: TELL}
    instead = await house.promise(id, "NEXT_VISIT", at("1405/09/15 10:00").isoformat(), applicantAsked=True)
    assert instead.status_code == 201, instead.text
    assert await house.work() == {}


async def test_an_appointment_that_was_booked_anew_is_known_whatever_else_is_to_be_told(house: Watched) -> None:
    """That the answer comes later they have not heard; for when they had booked they knew."""
    id = await house.promised("APPOINTMENT", filed=NO_MOBILE)
    await closed(house)
    assert (await house.promise(id, "APPOINTMENT", at("1405/09/09 10:10").isoformat())).status_code == 201
    await extends(house, id)
    assert await house.work() == {id: TELL}
    house.intake.memory.clock.moment = at("1405/09/09 14:00")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "RELEASED"


# --- as they know it again --------------------------------------------------------------------------------------------


async def test_what_was_to_be_told_of_a_closure_that_is_taken_back_need_not_be_told(house: Watched) -> None:
    """The answer is promised for when they were told."""
    id = (await house.intake.file(**NO_MOBILE)).json()["requestId"]
    (first,) = (await house.intake.state(id)).case.commitments
    await due_moves(house, id, "1405/09/25 11:00")
    house.intake.memory.clock.advance(minutes=5)
    await due_moves(house, id, "1405/09/26 11:00")
    assert await house.work() == {id: TELL}
    house.intake.memory.clock.advance(minutes=5)
    await due_moves(house, id, first.promised_at)
    assert await house.work() == {}
    house.intake.memory.clock.advance(minutes=5)
    await due_moves(house, id, "1405/09/25 11:00")
    assert await house.work() == {id: TELL}


async def test_who_was_called_about_a_closure_is_called_again_when_it_is_taken_back(house: Watched) -> None:
    id = (await house.intake.file(**NO_MOBILE)).json()["requestId"]
    (first,) = (await house.intake.state(id)).case.commitments
    await due_moves(house, id, "1405/09/25 11:00")
    house.intake.memory.clock.advance(minutes=5)
    await reminds(house, id)
    house.intake.memory.clock.advance(minutes=5)
    await due_moves(house, id, first.promised_at)
    assert await house.work() == {id: TELL}


async def test_a_shorter_day_that_is_as_long_as_before_need_not_be_told(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    whole = house.calendar()
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "12:00"),)))
    assert await house.work() == {id: TELL}
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "13:00"),)))
    assert await house.work() == {id: TELL}, "an hour sooner than they know"
    await house.recorded(whole)
    assert await house.work() == {}


async def test_what_else_is_to_be_told_stays_when_one_time_is_as_they_know_it_again(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    whole = house.calendar()
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "12:00"),)))
    await extends(house, id)
    await house.recorded(whole)
    assert await house.work() == {id: TELL}, "the answer comes later"


async def test_a_visit_that_was_moved_stays_moved_and_is_told(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await closed(house)
    await opened_again(house)
    assert await house.work() == {id: TELL}


# --- whose message came to nothing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("move", ["failed", "filtered", "expired", "unknown"])
async def test_whose_message_came_to_nothing_is_told_by_the_desk(house: Watched, move: str) -> None:
    id = await house.promised("NEXT_VISIT")
    await closed(house)
    assert await house.work() == {}
    await heard(house, id, f"message.{move}")
    assert await house.work() == {id: TELL}


@pytest.mark.parametrize("name", ["VISIT_REINSTATED", "DOCUMENTS_POSTPONED", "RE_DATED", "EXTENDED", "VISIT_MOVED"])
async def test_every_notice_of_a_new_time_is_the_desks_to_tell_when_it_fails(house: Watched, name: str) -> None:
    if name in ("RE_DATED", "EXTENDED"):
        id = (await house.intake.file()).json()["requestId"]
        await extends(house, id)
    elif name == "DOCUMENTS_POSTPONED":
        id = (await house.intake.file(awaitDocuments=True)).json()["requestId"]
    else:
        id = await house.promised("NEXT_VISIT")
        await closed(house)
    await heard(house, id, "message.failed", name)
    assert await house.work() == {id: TELL}


async def test_a_message_that_arrives_after_all_is_no_work_for_the_desk(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    await closed(house)
    await heard(house, id, "message.unknown")
    await heard(house, id, "message.failed", message_id="another")
    await heard(house, id, "message.delivered")
    assert await house.work() == {id: TELL}, "of the other nothing came"
    await heard(house, id, "message.delivered", message_id="another")
    assert await house.work() == {}


async def test_what_need_not_be_told_is_no_work_for_the_desk(house: Watched) -> None:
    """Told with another case, or said otherwise by a later message."""
    id = await house.promised("NEXT_VISIT")
    await closed(house)
    await heard(house, id, "message.suppressed")
    for name in ("REGISTERED", "DOCUMENTS_POSTPONED", "RE_DATED"):
        await heard(house, id, "message.failed", name)
    assert await house.work() == {}


async def test_a_message_about_what_is_over_is_no_work_for_the_desk(house: Watched) -> None:
    id = (await house.intake.file()).json()["requestId"]
    for name in ("VISIT_MOVED", "DOCUMENTS_POSTPONED", "RE_DATED", "EXTENDED", "VISIT_REINSTATED"):
        await heard(house, id, "message.failed", name)
    assert await house.work() == {}


# --- told, or over ----------------------------------------------------------------------------------------------------


async def test_the_next_visit_tells_it_and_an_older_message_changes_nothing_then(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await closed(house)
    made = house.intake.memory.clock.now()
    house.intake.memory.clock.moment = at("1405/09/04 10:00")
    await DeskDay(house.intake).ticket(id)
    assert await house.work() == {}
    await heard(house, id, "message.expired", created_at=made)
    assert await house.work() == {}
    await heard(house, id, "message.expired", created_at=at("1405/09/04 10:01"))
    assert await house.work() == {id: TELL}


async def test_a_case_that_is_over_has_nothing_to_tell(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await closed(house)
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/withdraw", body)).status_code == 200
    assert await house.work() == {}
    assert (await house.intake.state(id)).case.untold == ()


async def test_an_answer_that_was_told_leaves_no_date_of_it_to_tell(house: Watched) -> None:
    id = (await house.intake.file(**NO_MOBILE)).json()["requestId"]
    await extends(house, id)
    await house.intake.unit_answers(id)
    body = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/announce", body)).json()["attention"] == []


@pytest.mark.parametrize(("told", "state"), [(False, "BROKEN"), (True, "RELEASED")])
async def test_not_coming_at_a_time_that_nobody_told_is_not_the_applicants_cause(
    house: Watched, told: bool, state: str
) -> None:
    """Domain 3."""
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await closed(house)
    if told:
        await reminds(house, id)
    house.intake.memory.clock.moment = at("1405/09/09 14:17")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == state


async def test_a_visit_that_nobody_told_of_and_that_is_over_is_not_to_be_told_any_more(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await closed(house)
    house.intake.memory.clock.moment = at("1405/09/09 14:17")
    await house.intake.memory.tick()
    assert await house.work() == {id: ["PROMISE_BROKEN"]}
    assert (await house.intake.state(id)).case.untold == ()


async def test_a_longer_promise_that_is_broken_has_no_date_to_tell_any_more(house: Watched) -> None:
    id = (await house.intake.file(**NO_MOBILE)).json()["requestId"]
    await extends(house, id)
    house.intake.memory.clock.moment = at("1405/09/24 11:16")
    await house.intake.memory.tick()
    assert await house.work() == {id: ["PROMISE_BROKEN"]}


async def test_a_visit_that_is_not_needed_any_more_leaves_no_time_to_tell(house: Watched) -> None:
    """The documents have come: nobody is to come at the new time, and the desk does not call about it."""
    id = (await house.intake.file(awaitDocuments=True, **NO_MOBILE)).json()["requestId"]
    await closed(house, "1405/09/14")
    assert await house.work() == {id: TELL}
    for paper in ("architectural-plan", "engineer-contract"):
        brought = await house.intake.bring(id, type=paper)
        assert brought.status_code == 200, brought.text
    assert (await house.intake.state(id)).case.state == "PROMISED"
    assert await house.work() == {}


async def test_another_time_that_is_still_ahead_is_told_when_one_of_two_is_over(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await extends(house, id)
    house.intake.memory.clock.moment = at("1405/09/08 14:17")
    await house.intake.memory.tick()
    assert await house.work() == {id: TELL}, "the answer has another date, and nobody has said so"


def test_every_reason_for_attention_has_its_words() -> None:
    assert set(IN_WORDS) == set(Attention)


async def test_who_shows_an_original_at_the_desk_hears_of_the_new_time_there(house: Watched) -> None:
    """As who comes with a ticket that names the case."""
    id = await house.promised("NEXT_VISIT", filed=NO_MOBILE)
    await closed(house)
    assert TELL[0] in (await house.work())[id]
    house.intake.memory.clock.moment = at("1405/09/03 09:00")
    assert (await house.intake.bring(id)).status_code == 200
    assert TELL[0] not in (await house.work()).get(id, [])
