"""Whoever is to come is told before they set out that nobody can serve them (domain 12.9, 12.16, 12.24).

Every test files at the permits desk, which has three officers, on Monday 1405/09/02 at 10:00. The person is to come on
Sunday 1405/09/08: for an appointment at 10:10, or from ten o'clock on.
"""

from datetime import date
from typing import Any, cast

import pytest

from services.contracts.intake import RequestMoved
from services.contracts.routing import ResultKind
from services.contracts.topics import INTAKE_REQUEST
from services.contracts.working_calendar import CalendarRef, ChangedDay, DayKind
from services.intake.handlers import REQUEST
from services.notify.domain.routes import citizen_notices
from services.worktime import parse_jalali
from tests.unit.intake.cases import PERMITS_OFFICER, answered, at, person, work
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.watched import FIRST, SECOND, SLOT, SUNDAY, TEN, Watched


async def test_12_16_an_officer_who_will_be_away_warns_everyone_booked_with_them_once(house: Watched) -> None:
    with_first = [
        await house.promised("APPOINTMENT", withOfficerId=FIRST),
        await house.promised("APPOINTMENT", withOfficerId=FIRST, when=at("1405/09/08 11:10").isoformat()),
    ]
    other = await house.promised("APPOINTMENT", withOfficerId=SECOND)
    later = await house.promised("NEXT_VISIT")
    assert await house.recorded(house.officer(status="SUSPENDED")) == 2
    for id in with_first:
        assert (await house.visit(id)).visit.warned_at is not None
        assert (await house.visit(id)).state == "OPEN"
        assert (await house.told(id))[-1] == ("commitment.warned",)
    assert (await house.visit(other)).visit.warned_at is None
    assert (await house.visit(later)).promised_at == TEN, "whoever else serves then serves them"
    assert await house.work() == {id: ["VISIT_WARNED"] for id in with_first}
    for again in (house.officer(status="SUSPENDED"), house.officer(SECOND, grade=3), house.desk(floor=2)):
        assert await house.recorded(again) == 0
    assert [moves for moves in await house.told(with_first[0]) if moves == ("commitment.warned",)] == [
        ("commitment.warned",)
    ]


@pytest.mark.parametrize("status", ["RETIRED", "SUSPENDED"])
async def test_an_absence_that_is_known_days_ahead_warns_whoever_it_touches(house: Watched, status: str) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    planned = [{"status": status, "since": "2026-11-30", "reason": "r"}]
    assert await house.recorded(house.officer(planned=planned)) == 0, "from the day after on"
    planned = [{"status": status, "since": "2026-11-29", "reason": "r"}]
    assert await house.recorded(house.officer(planned=planned)) == 1
    assert (await house.visit(id)).visit.warned_at is not None


async def test_a_shift_that_is_taken_away_warns_unless_somebody_stands_in(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    mine = {"officerId": FIRST, "validFrom": "2026-11-01"}
    theirs = {"officerId": SECOND, "validFrom": "2026-11-28", "substituteFor": FIRST}
    until = mine | {"validTo": "2026-11-27"}
    assert await house.recorded(house.desk(shifts=[mine])) == 0
    told = await house.told(id)
    assert await house.recorded(house.desk(shifts=[until, theirs])) == 1, "they have it now"
    assert ((await house.visit(id)).visit.warned_at, await house.told(id)) == (None, told)
    assert await house.recorded(house.desk(shifts=[until])) == 1
    assert (await house.visit(id)).visit.warned_at is not None


@pytest.mark.parametrize("kind", [DayKind.CLOSED, DayKind.REMOTE])
async def test_a_closure_warns_everyone_with_an_appointment_that_day(house: Watched, kind: DayKind) -> None:
    ids = [await house.promised("APPOINTMENT", withOfficerId=officer) for officer in (FIRST, SECOND)]
    assert await house.recorded(house.day(kind)) == 2
    assert await house.work() == {id: ["VISIT_WARNED"] for id in ids}
    track = await house.intake.http.post(
        "/v1/track",
        json={"code": (await house.intake.state(ids[0])).case.tracking_code, "last4": "2419"},
    )
    assert track.json()["nextVisit"]["off"] is True


async def test_a_closure_of_another_county_warns_nobody(house: Watched) -> None:
    id = await house.promised("APPOINTMENT")
    assert await house.recorded(house.day(DayKind.CLOSED, county="khoy")) == 0
    assert await house.recorded(house.day(DayKind.CLOSED, county="urmia")) == 1
    assert await house.work() == {id: ["VISIT_WARNED"]}


async def test_a_shortened_day_warns_only_whom_it_cuts_off(house: Watched) -> None:
    early = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    late: str = (await house.intake.file()).json()["requestId"]
    await house.promise(late, "APPOINTMENT", at("1405/09/08 12:10").isoformat())
    assert await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "12:00"),))) == 1
    assert [(await house.visit(id)).visit.warned_at is None for id in (early, late)] == [True, False]


async def test_a_day_that_is_not_confirmed_yet_warns_and_moves_nobody(house: Watched) -> None:
    """Domain 6: nothing is moved for a PROVISIONAL day."""
    ids = [await house.promised("APPOINTMENT"), await house.promised("NEXT_VISIT")]
    assert await house.recorded(house.day(DayKind.CLOSED, "PROVISIONAL")) == 0
    assert [(await house.visit(id)).moves for id in ids] == [(), ()]
    assert await house.recorded(house.day(DayKind.CLOSED)) == 2


async def test_12_9_what_a_closed_day_takes_names_the_day_by_its_decision(house: Watched) -> None:
    """So that whoever tells the person tells them of that day once."""
    decided = CalendarRef(id="west-azerbaijan", version=7)
    ids = [await house.promised("APPOINTMENT"), await house.promised("NEXT_VISIT")]
    await house.recorded(house.day(DayKind.CLOSED, decided=decided))
    off, later = [await house.visit(id) for id in ids]
    assert off.visit.shut_on == ChangedDay(date=SUNDAY, decided=decided)
    assert later.moves[-1].days == (off.visit.shut_on,)


async def test_a_visit_that_moves_since_its_desk_is_out_of_service_names_no_day(house: Watched) -> None:
    """That the day is shorter, too, has moved nothing."""
    decided, hours = CalendarRef(id="west-azerbaijan", version=7), (("07:30", "12:30"),)
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.day(DayKind.SHORT, decided=decided, intervals=hours))
    assert (await house.visit(id)).visit.shut_on == ChangedDay(date=SUNDAY, decided=decided), "it ends sooner"
    planned = [
        {"status": status, "since": since, "reason": "r"}
        for status, since in (("SUSPENDED", "2026-11-29"), ("ACTIVE", "2026-11-30"))
    ]
    await house.recorded(house.desk(planned=planned))
    (move,) = (await house.visit(id)).moves
    assert move.days == ()


async def test_a_desk_that_is_given_up_warns_also_whoever_was_only_asked_back(house: Watched) -> None:
    """There is no opening to move a next visit to, nor the answer."""
    ids = [await house.promised("APPOINTMENT"), await house.promised("NEXT_VISIT")]
    assert await house.recorded(house.desk(status="SUSPENDED")) == 2
    assert await house.work() == {id: ["LEGAL_RISK", "VISIT_WARNED"] for id in ids}


async def test_whoever_left_no_mobile_stands_in_the_work_list_all_the_same(house: Watched) -> None:
    id = await house.promised("APPOINTMENT", filed={"applicant": person(mobile=None)})
    await house.recorded(house.day(DayKind.CLOSED))
    assert await house.work() == {id: ["VISIT_WARNED"]}


async def test_who_was_warned_is_booked_anew_without_a_reason_and_the_date_says_why_it_moved(house: Watched) -> None:
    """Domain 12.4."""
    id = await house.promised("APPOINTMENT")
    await house.recorded(house.day(DayKind.CLOSED))
    assert (await house.promise(id, "APPOINTMENT", at("1405/09/09 10:10").isoformat())).status_code == 201
    visit = await house.visit(id)
    assert (visit.state, visit.promised_local, visit.visit.warned_at) == ("OPEN", "1405/09/09 10:10", None)
    (move,) = visit.moves
    assert (move.kind, move.cause, move.rule, move.from_at, move.to_at) == (
        "RE_PROJECTED", "CALENDAR", "BOOKED_ANEW", SLOT, at("1405/09/09 10:10"),
    )  # fmt: skip
    assert (await house.told(id))[-1] == ("commitment.re-projected",)
    assert await house.work() == {}
    states = [(slot.day, slot.state) for slot in (await house.intake.state(id)).case.slots]
    assert states == [(SUNDAY, "FREED"), (date(2026, 11, 30), "HELD")]


async def test_who_was_warned_and_not_booked_anew_has_a_broken_promise_when_the_time_has_come(house: Watched) -> None:
    id = await house.promised("APPOINTMENT")
    await house.recorded(house.day(DayKind.CLOSED))
    house.intake.memory.clock.moment = at("1405/09/08 10:31")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "BROKEN"
    assert (await house.told(id))[-1] == ("commitment.broken",)
    assert await house.work() == {id: ["PROMISE_BROKEN"]}


@pytest.mark.parametrize("kind", ["APPOINTMENT", "NEXT_VISIT"])
@pytest.mark.parametrize("wanted", [False, True], ids=["", "as the applicant wishes"])
async def test_who_was_warned_and_is_booked_anew_past_the_law_has_a_broken_promise(
    house: Watched, kind: str, wanted: bool
) -> None:
    """Domain 3: only what the applicant causes releases a promise; and no move goes past the law (I3)."""
    last = at("1405/09/29 10:10")
    id = await house.promised(kind, when=last.isoformat())
    house.intake.memory.clock.moment = at("1405/09/25 10:00")
    await house.intake.memory.tick()
    assert await house.work() == {id: ["PROMISE_BROKEN"]}, "the answer is late: no law says when the next visit may be"
    limit = (await house.visit(id)).legal_latest_at
    await house.recorded(house.desk(status="SUSPENDED"))
    assert (await house.visit(id)).visit.warned_at is not None
    house.says(house.desk(status="ACTIVE"), house.day(DayKind.CLOSED, day=last.date()))
    past = at("1405/10/20 10:10")
    assert last < limit < past
    answer = await house.promise(id, kind, past.isoformat(), applicantAsked=wanted)
    assert answer.status_code == 201, answer.text
    assert [(one.state, one.promised_at) for one in await house.visits(id)] == [("BROKEN", last), ("OPEN", past)]
    assert (await house.told(id))[-1] == ("commitment.broken", "commitment.added")
    assert await house.work() == {id: ["PROMISE_BROKEN"]}
    house.intake.memory.clock.moment = past
    await DeskDay(house.intake).ticket(id)
    broken, kept = await house.visits(id)
    assert (broken.state, broken.fulfilled_late_at, kept.state) == ("BROKEN", past, "KEPT"), "for ever"


async def test_the_same_hour_with_another_officer_is_the_same_promise_after_all(house: Watched) -> None:
    """The person was told not to come: that they may come after all is news. They have not caused it (domain 3)."""
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    await house.recorded(house.officer(status="SUSPENDED"))
    assert (await house.visit(id)).visit.warned_at is not None
    answer = await house.promise(id, "APPOINTMENT", SLOT.isoformat(), officerId=SECOND, withOfficerId=SECOND)
    assert answer.status_code == 201
    (visit,) = await house.visits(id)
    assert (visit.state, visit.promised_at, visit.moves) == ("OPEN", SLOT, ())
    assert (visit.visit.officer_id, visit.visit.warned_at) == (SECOND, None)
    assert visit.visit.reinstated_at is not None
    assert (await house.told(id))[-1] == ("commitment.reinstated",)
    assert await house.work() == {}


async def test_a_warned_visit_is_nothing_to_go_by(house: Watched) -> None:
    """I2: nobody is sent away with an answer that is late and an appointment that is off."""
    id: str = (await house.intake.file()).json()["requestId"]
    house.intake.memory.clock.moment = at("1405/09/25 10:00")
    await house.intake.memory.tick()
    await house.promise(id, "APPOINTMENT", at("1405/09/29 10:10").isoformat())
    desk = DeskDay(house.intake)
    visit = await desk.served(id)
    await house.recorded(house.day(DayKind.CLOSED, day=date(2026, 12, 20)))
    refused(await desk.step(visit, "end", reason="SERVED"), 409, "PROMISE_NEEDED")


async def test_a_case_that_is_over_leaves_no_broken_visit_to_see_to(house: Watched) -> None:
    """The desk shut on the day on which its person was to fetch the output; the day after they had it."""
    id = await house.promised("NEXT_VISIT")
    await house.intake.unit_answers(id)
    told = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/announce", told)).json()["state"] == "COLLECTION_DUE"
    house.intake.memory.clock.moment = at("1405/09/08 10:30")
    await house.recorded(house.day(DayKind.CLOSED))
    house.intake.memory.clock.moment = at("1405/09/08 14:16")
    await house.intake.memory.tick()
    assert await house.work() == {id: ["PROMISE_BROKEN"]}
    taken = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    over = (await house.intake.post(f"/v1/requests/{id}/handover", taken)).json()
    assert (over["state"], over["attention"]) == ("CLOSED", [])
    assert await house.work() == {}


@pytest.mark.parametrize(("at_hour", "state"), [("09:30", "RELEASED"), ("12:00", "BROKEN")])
async def test_what_the_desk_could_not_keep_when_its_hour_had_come_is_broken_though_the_case_is_over(
    house: Watched, at_hour: str, state: str
) -> None:
    """Domain 3: that the applicant takes it back after the hour has not caused it."""
    id = await house.promised("APPOINTMENT")
    await house.recorded(house.day(DayKind.CLOSED))
    house.intake.memory.clock.moment = at(f"1405/09/08 {at_hour}")
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/withdraw", body)).status_code == 200
    assert (await house.visit(id)).state == state
    verbs = {"RELEASED": ("commitment.released",), "BROKEN": ("commitment.broken", "commitment.released")}
    assert (await house.told(id))[-1] == ("request.withdrawn", *verbs[state]), "the answer is released"
    assert await house.work() == {}


async def test_so_it_is_where_the_desk_shut_without_notice_and_its_output_is_fetched_that_day(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    await house.intake.unit_answers(id)
    told = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/announce", told)).json()["state"] == "COLLECTION_DUE"
    house.intake.memory.clock.moment = at("1405/09/08 10:30")
    await house.recorded(house.day(DayKind.CLOSED))
    taken = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/handover", taken)).json()["state"] == "CLOSED"
    assert (await house.visit(id)).state == "BROKEN"


async def test_who_is_told_late_and_whose_visit_was_off_gets_no_second_apology_for_the_answer(house: Watched) -> None:
    """The answer was broken days ago, and its person was told so. Now only the visit is."""
    clock = house.intake.memory.clock
    id = (await house.intake.file()).json()["requestId"]
    clock.moment = at("1405/09/25 09:00")
    await house.intake.memory.tick()
    assert (await house.intake.state(id)).case.commitments[0].state == "BROKEN"
    day = parse_jalali("1405/09/29")
    answer = await house.promise(id, "NEXT_VISIT", at("1405/09/29 10:00").isoformat())
    assert answer.status_code == 201, answer.text
    clock.moment = at("1405/09/29 10:30")
    await house.recorded(house.day(DayKind.CLOSED, day=day))
    assert (await house.visit(id)).visit.warned_at is not None
    request = await house.intake.state(id)
    decided = cast(Any, answered(request, clock.now(), ResultKind.REFUSED, "بند ۳").events[0]).result
    await house.intake.memory.submit(REQUEST, id, work(request, "result.decided", result=decided, now=clock.now()))
    clock.advance(minutes=10)
    await house.delivered(id, "RESULT_READY")
    case = (await house.intake.state(id)).case
    assert (case.state, (await house.visit(id)).state) == ("CLOSED", "BROKEN")
    events = [e for e in house.intake.memory.publisher.events(INTAKE_REQUEST.name) if e["key"] == id]
    last = RequestMoved.model_validate_json(events[-1]["value"])
    assert ("commitment.broken" in last.moves, last.about_visits) == (True, ("commitment.broken",))
    assert "DELAY_APOLOGY" not in citizen_notices(last)


async def test_who_fetches_the_output_on_the_day_of_their_visit_has_kept_it_and_that_is_published(
    house: Watched,
) -> None:
    id = await house.promised("NEXT_VISIT")
    await house.intake.unit_answers(id)
    told = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/announce", told)).json()["state"] == "COLLECTION_DUE"
    house.intake.memory.clock.moment = at("1405/09/08 10:30")
    taken = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await house.intake.post(f"/v1/requests/{id}/handover", taken)).json()["state"] == "CLOSED"
    assert (await house.visit(id)).state == "KEPT"
    assert (await house.told(id))[-2:] == [("commitment.kept",), ("request.delivered", "request.closed")]
