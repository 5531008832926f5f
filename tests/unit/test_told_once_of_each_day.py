"""A citizen hears of each closed day once, also where another version of the calendar joins the walk (12.9).

While the open promises are counted by one version the registry publishes the next: some cases have both versions
ahead of them at once, others one after the other. Intake, routing and notify behind their own doors.
"""

from services.contracts.working_calendar import DayException, DayKind
from services.notify.domain.answers import Declined
from services.notify.domain.message import TOLD_WITH_ANOTHER, Message
from services.notify.handlers import CORRESPONDENCE
from services.routing.domain.messages import CalendarChanged
from services.routing.handlers import CASE
from tests.unit.closed_days import ALL, Expecting
from tests.unit.routing.re_dated_days import day
from tests.unit.test_moved_dates import FIRST, SECOND, THIRD

CLOSED, ALSO_CLOSED = "1405/09/10", "1405/09/11"
"""A Tuesday and a Wednesday within fifteen working days of the filing."""
FAR_AWAY = "1406/02/01"


class Walking(Expecting):
    """A province in which the walk over the open promises is caught on its way."""

    async def walk(self, *ids: str) -> None:
        """Routing gets as far as these cases; each is counted by the newest version."""
        for id in ids:
            await self.routing.submit(CASE, id, CalendarChanged(version=self.calendar.version))
        await self.carry()

    async def closed_while_walking(self, first: DayException, then: DayException) -> None:
        """The first case is counted by the version with one day, all others by the one that has the next day too."""
        self.announce(first)
        await self.walk(FIRST)
        self.announce(then)
        await self.sweep()
        await self.carry()
        await self.look(*ALL)

    def going_out(self) -> list[tuple[str, str]]:
        """Of which case, and what: the messages of a closure that have gone out, or will."""
        live = [message for message in self.heard() if message.state in ("CREATED", "SENDING")]
        return [(message.id.rpartition(".")[0], message.notice) for message in live]

    def suppressed(self) -> set[str | None]:
        return {message.reason() for message in self.heard() if message.state == "SUPPRESSED"}

    async def refuse(self, message: Message) -> None:
        no = Declined(message_id=message.id, turn=message.turn, again=False, reason="BLOCKED")
        await self.notify.submit(CORRESPONDENCE, message.id.rpartition(".")[0], no)


async def with_cases(*ids: str) -> Walking:
    province = Walking("ada")
    for id in ids:
        await province.file_as(id)
    return province


async def test_12_9_a_version_that_joins_the_walk_tells_nobody_again_of_the_day_before_it() -> None:
    province = await with_cases(*ALL)
    await province.closed_while_walking(day(CLOSED), then=day(FAR_AWAY))
    assert [province.moves(id) for id in ALL] == [["RE_PROJECTED"]] * 3
    assert province.going_out() == [(FIRST, "RE_DATED")]
    assert province.suppressed() == {TOLD_WITH_ANOTHER}


async def test_12_9_of_two_days_each_is_told_once_also_where_some_cases_hear_of_both_at_once() -> None:
    province = await with_cases(*ALL)
    await province.closed_while_walking(day(CLOSED), then=day(ALSO_CLOSED))
    assert sorted(map(len, map(province.moves, ALL))) == [1, 1, 2]
    told = province.going_out()
    assert (told[0], len(told)) == ((FIRST, "RE_DATED"), 2)
    assert province.suppressed() == {TOLD_WITH_ANOTHER}


async def test_12_9_visits_and_answers_that_hear_of_the_days_by_different_versions_are_told_of_each_once() -> None:
    """Intake looks at the visits when both days are known, routing counts one answer when only the first is."""
    province = await with_cases(*ALL)
    await province.ask_back(SECOND, "NEXT_VISIT", f"{CLOSED} 10:00")
    await province.ask_back(THIRD, "NEXT_VISIT", f"{ALSO_CLOSED} 10:00")
    await province.closed_while_walking(day(CLOSED), then=day(ALSO_CLOSED))
    assert len(province.heard()) == 3 + 1 + 2, "each date that has moved had something to tell"
    assert len(province.going_out()) == 2
    assert province.suppressed() == {TOLD_WITH_ANOTHER}


async def test_12_9_what_two_days_have_moved_at_once_is_enough_to_tell_of_both() -> None:
    province = await with_cases(*ALL)
    province.announce(day(CLOSED))
    province.announce(day(ALSO_CLOSED))
    await province.walk(FIRST)
    assert len(province.going_out()) == 1
    await province.sweep()
    await province.carry()
    assert province.going_out() == [(FIRST, "RE_DATED")]


async def test_12_9_a_closure_that_is_said_again_in_other_words_is_told_once() -> None:
    province = await with_cases(*ALL)
    province.announce(day(CLOSED))
    await province.walk(FIRST)
    province.publish([day(CLOSED, source="بخشنامه ۷۸")])
    await province.sweep()
    await province.carry()
    assert province.going_out() == [(FIRST, "RE_DATED")]


async def test_12_9_a_day_that_is_taken_back_is_told_once_and_closed_again_it_is_told_again() -> None:
    province = await with_cases(*ALL)
    await province.close(day(CLOSED))
    assert len(province.going_out()) == 1
    province.publish([])
    await province.walk(FIRST)
    province.publish([day(FAR_AWAY)])
    await province.sweep()
    await province.carry()
    assert [len(province.moves(id)) for id in ALL] == [2, 2, 2]
    assert len(province.going_out()) == 2
    await province.close(day(CLOSED))
    assert len(province.going_out()) == 3


async def test_12_9_a_day_that_is_shorter_and_then_closed_is_told_twice() -> None:
    """Whoever heard that the desk shuts at noon would come in the morning."""
    province = await with_cases(FIRST, SECOND)
    for id in (FIRST, SECOND):
        await province.ask_back(id, "NEXT_VISIT", f"{CLOSED} 10:00")
    await province.close_for_all(day(CLOSED, DayKind.SHORT, intervals=(("07:30", "12:00"),)))
    assert [notice for _, notice in province.going_out()] == ["VISIT_SHORTENED"]
    province.publish([day(CLOSED)])
    await province.look(FIRST, SECOND)
    assert [notice for _, notice in province.going_out()] == ["VISIT_SHORTENED", "VISIT_MOVED"]


async def test_12_9_where_the_one_message_of_two_days_comes_to_nothing_each_day_is_told_by_another() -> None:
    province = await with_cases(FIRST, SECOND, THIRD)
    province.announce(day(CLOSED))
    province.announce(day(ALSO_CLOSED))
    await province.walk(FIRST)
    (first,) = [message for message in province.heard() if message.state == "SENDING"]
    await province.sweep()
    await province.carry()
    await province.refuse(first)
    (second,) = [message for message in province.heard() if message.state == "SENDING"]
    assert second.id.rpartition(".")[0] == SECOND
    await province.refuse(second)
    (third,) = [message for message in province.heard() if message.state == "SENDING"]
    assert third.id.rpartition(".")[0] == THIRD
    await province.refuse(third)
    assert [message for message in province.heard() if message.state == "SENDING"] == [], "the desk sees it"


async def test_12_9_a_closed_day_that_an_extension_crosses_is_told_once_with_all_that_it_moves() -> None:
    """Intake extends by the days that it knew, while routing has moved the Clocks; another version has come since."""
    province = await with_cases(*ALL)
    before = province.intake.registry
    for closed in (CLOSED, FAR_AWAY):
        province.announce(day(closed))
    after, province.intake.registry = province.intake.registry, before
    await province.sweep()
    await province.extend(FIRST, "1405/09/24 11:00")
    await province.carry()
    province.intake.registry = after
    await province.wait(seconds=2)
    assert province.moves(FIRST) == ["EXTENDED", "RE_PROJECTED"]
    assert [province.moves(id) for id in (SECOND, THIRD)] == [["RE_PROJECTED"]] * 2
    assert len(province.going_out()) == 1
    assert province.suppressed() == {TOLD_WITH_ANOTHER}
