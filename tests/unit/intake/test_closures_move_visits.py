"""A next visit on a day that is closed is moved to the next opening and told (domain 12.9).

As in `watched`: filed on Monday 1405/09/02, and the person is asked back on Sunday 1405/09/08.
"""

from datetime import date

from services.contracts.working_calendar import DayKind
from services.worktime.jalali import civil_day
from tests.unit.intake.cases import PERMITS_DESK, at, out_of_service
from tests.unit.intake.desk_day import DeskDay
from tests.unit.intake.watched import TEN, Watched


async def test_a_next_visit_on_a_day_that_is_closed_is_moved_to_the_next_opening_and_told(house: Watched) -> None:
    """Domain 12.9, as far as visits go."""
    id, other = await house.promised("NEXT_VISIT"), (await house.intake.file()).json()["requestId"]
    await house.promise(other, "NEXT_VISIT", at("1405/09/09 10:00").isoformat())
    assert await house.recorded(house.day(DayKind.CLOSED)) == 1
    visit = await house.visit(id)
    assert (visit.promised_local, visit.state, visit.calendar.version) == ("1405/09/09 07:30", "OPEN", 2)
    assert visit.visit.until == at("1405/09/09 14:15")
    (move,) = visit.moves
    assert (move.kind, move.cause, move.rule, move.from_at) == ("RE_PROJECTED", "CALENDAR", "CLOSED_DAY", TEN)
    assert (await house.told(id))[-1] == ("commitment.re-projected",)
    assert (await house.visit(other)).moves == (), "nothing moves that the change does not touch"
    assert await house.work() == {}
    assert await house.recorded(house.day(DayKind.CLOSED)) == 0
    assert await house.recorded(house.day(DayKind.CLOSED, day=date(2026, 11, 30))) == 2
    assert [(await house.visit(each)).promised_local for each in (id, other)] == ["1405/09/10 07:30"] * 2


async def test_a_next_visit_and_a_deadline_move_to_when_a_desk_is_back_in_service(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    waits = (await house.intake.file(awaitDocuments=True)).json()["requestId"]
    away = out_of_service(PERMITS_DESK, "1405/09/08", "1405/09/16")
    assert await house.recorded(away) == 2
    visit = await house.visit(id)
    assert (visit.promised_local, visit.visit.warned_at) == ("1405/09/16 07:30", None)
    case = (await house.intake.state(waits)).case
    assert (case.awaited.until, case.open_visits()[0].promised_at) == (at("1405/09/16 07:30"),) * 2
    assert await house.recorded(house.desk(floor=2)) == 0, "once"


async def test_a_shortened_day_moves_only_what_lies_after_its_end(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "12:00"),)))
    assert (await house.visit(id)).moves == ()
    assert await house.recorded(house.day(DayKind.SHORT, intervals=(("07:30", "09:30"),))) == 1
    assert (await house.visit(id)).moves[0].rule == "SHORT_DAY"


async def test_a_moved_visit_is_kept_on_its_new_day(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    await house.recorded(house.day(DayKind.CLOSED))
    house.intake.memory.clock.moment = at("1405/09/09 12:00")
    await DeskDay(house.intake).ticket(id)
    assert (await house.visit(id)).state == "KEPT"


async def test_a_next_visit_that_the_law_does_not_let_be_later_is_warned_and_never_made_sooner(house: Watched) -> None:
    """Its person may hear of an earlier hour too late; the desk books anew with them."""
    early = at("1405/10/07 08:00")
    id = await house.promised("NEXT_VISIT", when=early.isoformat())
    assert civil_day((await house.visit(id)).legal_latest_at) == civil_day(early), "the last day that the law leaves"
    house.intake.memory.clock.moment = at("1405/10/06 14:00")
    await house.intake.memory.tick()
    assert await house.recorded(house.day(DayKind.CLOSED, day=civil_day(early))) == 1
    visit = await house.visit(id)
    assert (visit.promised_at, visit.moves, visit.legal_risk) == (early, (), False)
    assert (await house.told(id))[-1] == ("commitment.warned",)
    assert "VISIT_WARNED" in (await house.work())[id]


async def test_a_visit_that_is_over_is_moved_by_nothing(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    house.intake.memory.clock.moment = at("1405/09/08 11:00")
    await DeskDay(house.intake).ticket(id)
    assert await house.recorded(house.day(DayKind.CLOSED)) == 0
    assert (await house.visit(id)).moves == ()
