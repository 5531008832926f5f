"""An answer is promised for when its desk is back, and the unit's Clock is due then: one truth of the date (I3, I6).

Intake, routing and notify behind their own doors. What crosses on the way ends at the same date.
"""

import pytest

from services.contracts.registry import Desk
from services.contracts.routing import WorkMoved
from services.contracts.topics import ROUTING_WORK
from services.contracts.working_calendar import DayKind
from services.intake.domain.in_service import in_service
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.handlers import REQUEST
from services.routing.domain.case import Case as Work
from services.routing.domain.commands import Line, Resume, Start, Suspend
from services.routing.handlers import CASE
from services.worktime import jalali_text
from services.worktime.jalali import civil_day
from tests.unit.intake import cases as desk
from tests.unit.routing.re_dated_days import day
from tests.unit.test_moved_dates import CLOSED, FIRST, Province

AWAY = ("1405/09/18", "1405/09/25")
"""Promised for the 19th, which is a Monday."""
BACK = "1405/09/25 09:10"
PAST_THE_LAW = "1405/10/20"
STOP = Suspend.model_validate({"taskId": f"{FIRST}.1", "officerId": "ada", "cause": "OTHER_AGENCY"})
MADE_UP = (("07:30", "14:15"),)


class Going(Province):
    """With a desk whose service is planned."""

    @property
    def at_desk(self) -> Desk:
        known = self.intake.registry.desk(desk.PERMITS_DESK)
        assert known is not None
        return known

    async def goes(self, first: str = AWAY[0], back: str = AWAY[1]) -> None:
        await self.plan(("SUSPENDED", first), ("ACTIVE", back))

    async def plan(self, *plans: tuple[str, str]) -> None:
        """All have heard what is planned of the desk, and intake's watch has come by; nobody else has heard of the
        case."""
        planned = [
            {"status": status, "since": civil_day(desk.at(f"{since} 12:00")).isoformat(), "reason": "r"}
            for status, since in plans
        ]
        changed = {"planned": planned, "version": self.at_desk.version + 1}
        away = Desk.model_validate(self.at_desk.to_wire() | changed)
        for door in (self.intake, self.routing, self.notify):
            door.registry = door.registry.with_entries([away])
        await self.look()

    async def look(self) -> None:
        await self.intake.submit(REQUEST, FIRST, RegistryMoved())

    async def stand(self) -> None:
        await self.routing.submit(CASE, FIRST, STOP)

    async def go_on(self) -> None:
        await self.routing.submit(CASE, FIRST, Resume(task_id=f"{FIRST}.1", officer_id="ada"))

    async def look_again(self) -> None:
        """Whatever would come by itself, by the registry of now."""
        await self.sweep()
        await self.carry()
        await self.look()
        await self.carry()

    def dates(self) -> tuple[str, str]:
        """Of the promise, and of the Clock."""
        work = self.routing.state(CASE, FIRST)
        assert isinstance(work, Work)
        return self.of(FIRST).commitments[0].promised_local, jalali_text(work.clock.due)


async def filed() -> Going:
    province = Going("ada")
    await province.file_as(FIRST)
    assert province.promised(FIRST) == "1405/09/19 09:10"
    return province


async def test_the_clock_is_due_when_the_desk_is_back_and_its_person_hears_of_it_once() -> None:
    province = await filed()
    await province.goes()
    await province.carry()
    assert (province.promised(FIRST), province.moves(FIRST)) == (BACK, ["RE_PROJECTED"])
    assert len(province.told(FIRST)) == 1


async def test_the_unit_has_less_time_where_the_law_wants_it_before_the_desk_goes() -> None:
    """Else it works on until a day on which nobody can tell the answer."""
    province = await filed()
    await province.goes(back=PAST_THE_LAW)
    await province.carry()
    assert (province.promised(FIRST), province.moves(FIRST)) == ("1405/09/17 14:14", ["RE_PROJECTED"])


@pytest.mark.parametrize("first", ["the desk", "the closure"])
async def test_an_absence_and_a_closure_that_cross_end_at_the_same_date(first: str) -> None:
    province = await filed()
    if first == "the desk":
        await province.goes()
        province.announce(day(CLOSED))
        await province.sweep()
    else:
        province.announce(day(CLOSED))
        await province.sweep()
        await province.goes()
    await province.carry()
    assert province.promised(FIRST) == "1405/09/25 10:00", "the hour to which the closure has moved it"


async def test_closures_that_lead_past_the_absence_are_counted_whoever_was_heard_first() -> None:
    province = await filed()
    await province.goes()
    province.announce(*(day(f"1405/09/{number:02}") for number in (*range(8, 14), *range(14, 18), 25, 26)))
    await province.sweep()
    await province.carry()
    assert province.promised(FIRST) > "1405/09/28"


@pytest.mark.parametrize(("back", "promised"), [(AWAY[1], BACK), (PAST_THE_LAW, "1405/09/17 14:14")])
async def test_a_unit_that_stands_still_is_due_when_that_was_promised_once_it_goes_on(back: str, promised: str) -> None:
    """Intake moves the promise before it hears that the work stands still; what is left of the budget leads there."""
    province = await filed()
    await province.stand()
    await province.goes(back=back)
    await province.carry()
    await province.go_on()
    await province.carry()
    assert province.promised(FIRST) == promised
    said = [event for event in province.routing.publisher.events(ROUTING_WORK.name) if event["key"] == FIRST]
    assert WorkMoved.model_validate_json(said[-1]["value"]).moves == ("clock.resumed",), "it counts to there by itself"


async def test_a_closure_that_moves_the_clock_into_the_absence_moves_it_on_to_its_end() -> None:
    province = await filed()
    await province.goes("1405/09/21")
    await province.carry()
    assert province.moves(FIRST) == []
    await province.close(day("1405/09/19"))
    assert province.promised(FIRST) == "1405/09/25 10:00", "the hour to which the closure has moved it"


@pytest.mark.parametrize("closed", [CLOSED, "1405/09/25"])
async def test_what_was_put_off_is_moved_by_a_closure_like_what_was_extended(closed: str) -> None:
    province = await filed()
    await province.goes()
    await province.carry()
    await province.close(day(closed))
    assert province.promised(FIRST) == "1405/09/26 08:36"


async def test_a_day_that_is_not_certain_moves_nothing_that_was_put_off() -> None:
    province = await filed()
    await province.goes()
    await province.carry()
    await province.close(*(day(f"1405/09/{number}", status="PROVISIONAL") for number in range(7, 20)))
    assert (province.promised(FIRST), province.moves(FIRST)) == (BACK, ["RE_PROJECTED"])


async def test_what_was_put_off_and_is_extended_is_due_at_the_new_date() -> None:
    province = await filed()
    await province.goes()
    await province.carry()
    await province.extend(FIRST, "1405/09/28 10:00")
    await province.carry()
    assert (province.promised(FIRST), province.moves(FIRST)) == ("1405/09/28 10:00", ["RE_PROJECTED", "EXTENDED"])


async def test_work_that_is_done_is_not_counted_anew() -> None:
    """The result is there before intake's word of the desk: its Clock stands."""
    province = await filed()
    await province.goes()
    await province.routing.submit(CASE, FIRST, Start(task_id=f"{FIRST}.1", officer_id="ada", line=Line(older=None)))
    await province.carry()
    assert province.promised(FIRST) == BACK


async def test_a_pause_over_the_day_to_which_it_was_put_off_breaks_no_promise() -> None:
    """Domain 3: while the work stands still no promise breaks. Its budget was used up on the 19th, it is due on the
    25th: it stands from the 21st to the 27th."""
    province = await filed()
    await province.goes()
    await province.carry()
    await province.wait(days=19)
    await province.stand()
    await province.carry()
    assert province.of(FIRST).state == "SUSPENDED"
    await province.wait(days=6)
    await province.go_on()
    await province.carry()
    await province.wait(hours=1)
    (promise,) = province.of(FIRST).commitments
    assert promise.state == "OPEN"


async def test_an_extension_of_what_was_put_off_is_not_lost_when_the_work_stood_still() -> None:
    """The head has approved the 28th; nobody is told a sooner date again."""
    province = await filed()
    await province.goes()
    await province.carry()
    await province.stand()
    await province.extend(FIRST, "1405/09/28 10:00")
    await province.carry()
    await province.go_on()
    await province.carry()
    assert province.promised(FIRST) >= "1405/09/28 10:00"


async def test_I3_what_stood_still_when_its_desk_went_is_pulled_forward_or_a_risk_when_it_goes_on() -> None:
    province = await filed()
    await province.stand()
    await province.carry()
    await province.plan(("SUSPENDED", "1405/09/18"), ("ACTIVE", PAST_THE_LAW))
    await province.carry()
    await province.go_on()
    await province.carry()
    (promise,) = province.of(FIRST).commitments
    assert in_service(province.at_desk, promise.promised_at) or promise.legal_risk


async def test_I3_its_head_is_warned_when_it_goes_on_where_no_return_is_planned() -> None:
    province = await filed()
    await province.stand()
    await province.carry()
    await province.plan(("SUSPENDED", "1405/09/18"))
    await province.carry()
    await province.go_on()
    await province.carry()
    (promise,) = province.of(FIRST).commitments
    assert promise.legal_risk


async def test_a_closure_during_a_pause_moves_what_was_put_off() -> None:
    province = await filed()
    await province.plan(("SUSPENDED", "1405/09/18"), ("ACTIVE", "1405/09/25"))
    await province.carry()
    await province.plan()  # called off: it stays for the 25th
    await province.carry()
    await province.stand()
    await province.carry()
    await province.close(day("1405/09/25"))
    await province.go_on()
    await province.carry()
    await province.look_again()
    assert province.promised(FIRST) > "1405/09/26", "the desk is shut on the 25th"


async def test_a_make_up_day_brings_a_promise_forward_that_no_desk_has_put_off() -> None:
    """Domain 6. The PROVISIONAL day that it avoided was withdrawn, which moves nothing."""
    province = Going("ada")
    province.publish((day(CLOSED, status="PROVISIONAL"),))
    await province.file_as(FIRST)
    first = province.promised(FIRST)
    province.publish(())
    await province.look_again()
    province.publish((day("1405/09/06", DayKind.EXTRA, intervals=MADE_UP),))
    await province.look_again()
    assert province.promised(FIRST) < first


async def test_a_word_of_the_days_that_crosses_an_absence_leaves_one_truth() -> None:
    """Both know the same registry. By the absence the word ends where the promise is already."""
    province = await filed()
    await province.close(day("1405/09/09"), day("1405/09/10"))
    assert province.promised(FIRST) == "1405/09/22 10:00"
    province.announce(day("1405/09/13", DayKind.EXTRA, intervals=MADE_UP))
    await province.sweep()  # said, and not heard yet: due on the 21st
    await province.plan(("SUSPENDED", "1405/09/21"), ("ACTIVE", "1405/09/22"))
    await province.carry()
    await province.look_again()
    promised, due = province.dates()
    assert promised == due


async def test_the_clock_follows_though_routing_hears_of_the_absence_after_the_promise() -> None:
    province = await filed()
    before = province.routing.registry
    await province.goes("1405/09/20", PAST_THE_LAW)
    away = province.at_desk
    province.routing.registry = before
    await province.close(day(CLOSED))
    province.routing.registry = province.routing.registry.with_entries([away])
    await province.look_again()
    promised, due = province.dates()
    assert promised == due
