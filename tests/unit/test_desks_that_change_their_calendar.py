"""A desk works by another calendar: what it had promised by the one before stays counted by that, moved or not (I6).

Intake, routing and notify behind their own doors.
"""

from typing import Any

import pytest

from services.contracts.working_calendar import DayException
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.handlers import REQUEST
from services.registry.domain.calendar_days import decided
from services.routing.domain.case import Case as Work
from services.routing.handlers import CASE
from tests.unit.routing.re_dated_days import day
from tests.unit.test_desks_away import BACK, Going
from tests.unit.test_moved_dates import CLOSED, FIRST

ANOTHER = "wa-another"


class Changing(Going):
    """With a desk that works by another calendar."""

    async def change(self, *days: DayException) -> None:
        """The other one has the same weeks, and these days besides."""
        self.before = self.calendar
        exceptions = (*self.before.exceptions, *days)
        self.hear(self.before.model_copy(update={"id": ANOTHER, "version": 1, "exceptions": exceptions}))
        at_desk = self.at_desk
        self.hear(at_desk.model_copy(update={"calendar_id": ANOTHER, "version": at_desk.version + 1}))
        await self.look_again()

    async def close_before(self, *days: DayException) -> None:
        """Of the calendar by which it worked before."""
        known = self.before
        wanted = known.model_copy(update={"exceptions": (*known.exceptions, *days), "version": known.version + 1})
        exceptions = decided(wanted, known)
        self.hear(wanted.model_copy(update={"exceptions": exceptions, "recorded_at": self.clock.now()}))
        await self.look_again()

    def hear(self, entry: Any) -> None:
        for door in (self.intake, self.routing, self.notify):
            door.registry = door.registry.with_entries([entry])

    def counted_by(self) -> tuple[str, str]:
        """The calendar of the promise, and that of its Clock."""
        work = self.routing.state(CASE, FIRST)
        assert isinstance(work, Work)
        return self.of(FIRST).commitments[0].calendar.id, work.calendar.id


async def changed(*days: DayException) -> Changing:
    province = Changing("ada")
    await province.file_as(FIRST)
    await province.change(*days)
    assert (province.promised(FIRST), province.moves(FIRST)) == ("1405/09/19 09:10", [])
    return province


async def test_the_promise_is_counted_on_by_the_calendar_of_its_clock() -> None:
    province = await changed()
    await province.close_before(day(CLOSED))
    assert (province.promised(FIRST), province.moves(FIRST)) == ("1405/09/21 10:00", ["RE_PROJECTED"])


@pytest.mark.parametrize("days", [(), (CLOSED, "1405/09/21")])
async def test_an_extension_is_the_date_that_was_approved(days: tuple[str, ...]) -> None:
    """By whatever hours the desk works: it does not move by itself (12.4)."""
    province = await changed(*(day(each) for each in days))
    await province.extend(FIRST, "1405/09/24 11:00")
    await province.look_again()
    assert (province.promised(FIRST), province.moves(FIRST)) == ("1405/09/24 11:00", ["EXTENDED"])
    assert province.told(FIRST) == []


async def test_an_extension_may_lead_to_a_day_on_which_the_calendar_before_is_shut() -> None:
    province = await changed()
    await province.close_before(day("1405/09/24"))
    await province.extend(FIRST, "1405/09/24 11:00")
    await province.look_again()
    assert (province.promised(FIRST), province.moves(FIRST)) == ("1405/09/24 11:00", ["EXTENDED"])


async def test_what_was_extended_is_among_the_promises_that_a_closure_of_the_former_calendar_moves() -> None:
    """Else its preview does not count it, and it could be retired while a Clock counts by it."""
    province = await changed()
    await province.extend(FIRST, "1405/09/24 11:00")
    await province.carry()
    assert province.counted_by() == (province.before.id, province.before.id)
    await province.close_before(day(CLOSED))
    assert province.promised(FIRST) == "1405/09/25 11:00"


async def test_so_is_what_was_put_off_while_the_desk_is_away() -> None:
    province = await changed()
    await province.goes()
    await province.carry()
    assert (province.promised(FIRST), province.counted_by()) == (BACK, (province.before.id, province.before.id))
    await province.intake.submit(REQUEST, FIRST, RegistryMoved())
    assert province.moves(FIRST) == ["RE_PROJECTED"]
    await province.close_before(day(CLOSED))
    assert province.promised(FIRST) > BACK
