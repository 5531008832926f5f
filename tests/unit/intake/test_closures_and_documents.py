"""Whoever is to bring documents is told of a closure as whoever is to come (I2, domain 3, 6, 12.9).

A building permit is filed at the permits desk on Monday 1405/09/02 at 10:00 without its plan and contract: they are
awaited until Saturday 1405/09/14 at 10:00.
"""

from datetime import date
from typing import Any

import pytest

from services.contracts.working_calendar import DayKind
from services.worktime import parse_jalali
from tests.unit.intake.awaiting_documents import UNTIL
from tests.unit.intake.cases import at
from tests.unit.intake.desk_day import DeskDay, refused
from tests.unit.intake.test_incomplete_expires import CLOSES
from tests.unit.intake.watched import Watched

DEADLINE = date(2026, 12, 5)
ON_SUNDAY = "2026-11-29T06:30:00Z"
"""Sunday 1405/09/08 at ten o'clock."""


async def incomplete(house: Watched, **fields: Any) -> str:
    answer = await house.intake.file(awaitDocuments=True, **fields)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["requestId"]
    return id


async def case(house: Watched, id: str) -> Any:
    return (await house.intake.state(id)).case


async def test_I2_the_next_visit_is_a_promise_like_any_other(house: Watched) -> None:
    answer = (await house.intake.file(awaitDocuments=True, nextVisitAt=ON_SUNDAY)).json()
    (visit,) = answer["commitments"]
    assert (visit["kind"], visit["promisedAt"], visit["state"]) == ("NEXT_VISIT", ON_SUNDAY, "OPEN")
    assert (await house.visit(answer["requestId"])).visit.until == at("1405/09/08 14:15")
    track = await house.intake.http.post("/v1/track", json={"code": answer["trackingCode"], "last4": "2419"})
    assert track.json()["nextVisit"]["local"] == "1405/09/08 10:00"
    assert await house.told(answer["requestId"]) == [("request.incomplete", "commitment.added")]


async def test_a_closed_day_moves_the_next_visit_of_a_case_that_is_not_registered_yet(house: Watched) -> None:
    id = await incomplete(house, nextVisitAt=ON_SUNDAY)
    assert await house.recorded(house.day(DayKind.CLOSED)) == 1
    assert (await house.visit(id)).promised_local == "1405/09/09 07:30"
    assert (await case(house, id)).awaited.until == UNTIL
    assert (await house.told(id))[-1] == ("commitment.re-projected",)


async def test_a_closed_day_moves_the_deadline_that_falls_on_it_and_the_visit_with_it(house: Watched) -> None:
    id = await incomplete(house)
    assert await house.recorded(house.day(DayKind.CLOSED, day=DEADLINE)) == 1
    awaited = (await case(house, id)).awaited
    assert (awaited.until, awaited.postponed_by.version) == (at("1405/09/15 07:30"), 2)
    assert (await house.visit(id)).promised_at == awaited.until
    assert (await house.told(id))[-1] == ("commitment.re-projected", "request.documents-postponed")
    assert await house.recorded(house.day(DayKind.CLOSED, day=DEADLINE)) == 0
    assert await house.recorded(house.desk(floor=2)) == 0


async def test_a_deadline_is_postponed_also_where_nobody_is_expected_any_more(house: Watched) -> None:
    """They did not come on Sunday; the documents are awaited all the same."""
    id = await incomplete(house, nextVisitAt=ON_SUNDAY)
    house.intake.memory.clock.moment = at("1405/09/08 14:16")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "RELEASED"
    assert await house.recorded(house.day(DayKind.CLOSED, day=DEADLINE)) == 1
    assert (await house.told(id))[-1] == ("request.documents-postponed",)


@pytest.mark.parametrize("closed", ["2026-12-08", "2026-12-10"])
async def test_a_closed_day_in_the_grace_or_at_its_end_leaves_a_day_more(house: Watched, closed: str) -> None:
    """The grace is five days on which somebody can come; nobody was told its end, so there is nothing to tell."""
    id = await incomplete(house)
    told = await house.told(id)
    await house.delivered(id, "INCOMPLETE")
    assert (await case(house, id)).awaited.closes_at == CLOSES
    assert await house.recorded(house.day(DayKind.CLOSED, day=date.fromisoformat(closed))) == 1
    assert (await case(house, id)).awaited.closes_at > CLOSES
    assert await house.told(id) == told


async def test_what_is_not_confirmed_postpones_nothing(house: Watched) -> None:
    id = await incomplete(house)
    assert await house.recorded(house.day(DayKind.CLOSED, "PROVISIONAL", day=DEADLINE)) == 0
    assert (await case(house, id)).awaited.until == UNTIL


async def test_whoever_brings_all_before_the_day_need_not_come(house: Watched) -> None:
    id = await incomplete(house, nextVisitAt=ON_SUNDAY)
    for paper in ("architectural-plan", "engineer-contract"):
        assert (await house.intake.bring(id, type=paper)).status_code == 200
    visit, answer = (await case(house, id)).commitments
    assert [visit.state, answer.state] == ["RELEASED", "OPEN"]
    assert (await house.told(id))[-1] == (
        "request.evidence-added", "commitment.released", "request.registered", "commitment.added",
    )  # fmt: skip


async def test_who_comes_on_the_day_has_kept_it_and_is_served(house: Watched) -> None:
    id = await incomplete(house, nextVisitAt=ON_SUNDAY)
    house.intake.memory.clock.moment = at("1405/09/08 11:00")
    await DeskDay(house.intake).served(id)
    assert (await house.visit(id)).state == "KEPT"


async def test_an_appointment_asked_for_besides_stands_when_all_has_been_brought(house: Watched) -> None:
    """It was promised by itself."""
    id = await incomplete(house, nextVisitAt=ON_SUNDAY)
    assert (await house.promise(id, "APPOINTMENT", at("1405/09/09 10:10").isoformat())).status_code == 201
    for paper in ("architectural-plan", "engineer-contract"):
        await house.intake.bring(id, type=paper)
    promises = (await case(house, id)).commitments
    assert [one.state for one in promises] == ["RELEASED", "OPEN", "OPEN"]
    assert len({one.id for one in promises}) == 3, "each has a name of its own"


@pytest.mark.parametrize(("now", "told"), [
    ("1405/09/14 09:00", False),
    ("1405/09/15 09:00", False),
    ("1405/09/15 09:00", True),
])  # fmt: skip
async def test_I2_no_deadline_and_no_day_on_which_the_case_ends_stands_for_a_next_visit(
    house: Watched, now: str, told: bool
) -> None:
    """Whether it lies ahead or has passed, and whether or not the person was told for certain."""
    id = await incomplete(house, nextVisitAt=ON_SUNDAY)
    if told:
        await house.delivered(id, "INCOMPLETE")
    house.intake.memory.clock.moment = at(now)
    await house.intake.memory.tick()
    desk = DeskDay(house.intake)
    visit = await desk.served(id)
    ended = await desk.step(visit, "end", reason="SERVED")
    refused(ended, 409, "PROMISE_NEEDED")
    assert (await house.promise(id, "NEXT_VISIT", at("1405/09/16 10:00").isoformat())).status_code == 201
    await desk.do(visit, "SERVED")


def back_on(house: Watched, day: str) -> Any:
    """The desk, out of service now, and known to be back on that day."""
    plan = {"status": "ACTIVE", "since": str(parse_jalali(day)), "reason": "پایان بازسازی"}
    return house.desk(status="SUSPENDED", planned=[plan])


@pytest.mark.parametrize("asked", [{}, {"nextVisitAt": ON_SUNDAY}], ids=["by the rule", "by the officer"])
async def test_whoever_was_told_not_to_come_is_asked_back_when_it_is_known_when_the_desk_is_back(
    house: Watched, asked: dict[str, str]
) -> None:
    """12.9: an open promise is moved by what the registry says, also when it says so after the warning."""
    id = await incomplete(house, **asked)
    await house.recorded(house.desk(status="SUSPENDED"))
    assert await house.work() == {id: ["VISIT_WARNED"]}
    assert await house.recorded(back_on(house, "1405/09/21")) == 1
    visit = await house.visit(id)
    assert (visit.promised_local, visit.visit.warned_at, len(visit.moves)) == ("1405/09/21 07:30", None, 1)
    assert (await case(house, id)).awaited.until == visit.promised_at, "with the deadline"
    assert (await house.told(id))[-1] == ("commitment.re-projected", "request.documents-postponed")
    assert await house.work() == {}
    await house.recorded(house.desk(status="ACTIVE", planned=[]))
    house.intake.memory.clock.moment = at("1405/09/21 16:00")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "RELEASED", "the desk was there"


async def test_a_visit_whose_day_passes_while_nobody_knows_when_the_desk_is_back_is_the_agencys_to_answer_for(
    house: Watched,
) -> None:
    """Domain 3: only who does not come while the desk is open has stayed away."""
    id = await incomplete(house)
    await house.recorded(house.desk(status="SUSPENDED"))
    house.intake.memory.clock.moment = at("1405/09/14 16:00")
    await house.intake.memory.tick()
    assert (await house.visit(id)).state == "BROKEN"
    assert (await case(house, id)).state == "INCOMPLETE"
    await house.recorded(back_on(house, "1405/09/21"))
    assert (await house.visit(id)).state == "BROKEN", "and stays so (I6)"


@pytest.mark.parametrize(("now", "state"), [("1405/09/08 09:00", "RELEASED"), ("1405/09/08 11:00", "BROKEN")])
async def test_documents_that_come_after_the_hour_of_a_visit_that_was_off_do_not_make_it_their_persons_cause(
    house: Watched, now: str, state: str
) -> None:
    """Domain 3: nobody could have served them when it came; before it they need not come any more."""
    id = await incomplete(house, nextVisitAt=ON_SUNDAY)
    await house.recorded(house.desk(status="SUSPENDED"))
    house.intake.memory.clock.moment = at(now)
    for paper in ("architectural-plan", "engineer-contract"):
        assert (await house.intake.bring(id, type=paper)).status_code == 200
    visit, answer = (await case(house, id)).commitments
    assert [visit.state, answer.state] == [state, "OPEN"]
    assert (await house.told(id))[-1][:2] == ("request.evidence-added", f"commitment.{state.lower()}")
