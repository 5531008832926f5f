"""Each day of a calendar says in which calendar, and which version of it, it was decided (domain 12.9)."""

from datetime import date, timedelta

from services.contracts.working_calendar import CalendarRef, WorkingCalendar
from services.registry.domain import calendar_file
from services.registry.domain.calendar_file import Below, CalendarFile, Follow
from tests.unit.registry.calendar_files import (
    OFFICES,
    PROVINCE,
    TOMORROW,
    add,
    calendar_of,
    confirm,
    file_of,
    offices,
    recorded,
    the_province,
    withdraw,
    world,
    written,
)

DAY, OTHER = "2026-11-24", "2026-11-25"


def decisions(file: CalendarFile, day: date = TOMORROW) -> list[CalendarRef | None]:
    return [one.decided for one in calendar_of(file).exceptions if one.date == day]


def by(version: int, id: str = OFFICES) -> list[CalendarRef]:
    return [CalendarRef(id=id, version=version)]


def close(file: CalendarFile, *days: str, **how: str) -> CalendarFile:
    return file_of(add(file, *({"date": day, "kind": "CLOSED"} for day in days), **how))


def followed() -> tuple[CalendarFile, CalendarFile]:
    province = file_of(calendar_file.follow(the_province(), Follow(base=PROVINCE, follower=OFFICES), world()))
    return province, offices(province)


def heard(above: CalendarFile, below: CalendarFile) -> CalendarFile:
    calendar = calendar_of(below)
    word = Below(base=calendar.id, version=calendar.version, exceptions=calendar.exceptions)
    return file_of(calendar_file.below_changed(above, word, world()))


def test_a_day_keeps_its_decision_in_every_version_that_follows() -> None:
    file = close(offices(), DAY)
    assert decisions(file) == by(2)
    later = close(file, OTHER)
    assert (decisions(later), decisions(later, date(2026, 11, 25))) == (by(2), by(3))


def test_who_says_the_same_of_a_day_in_other_words_has_decided_nothing() -> None:
    file = close(offices(), DAY)
    again = file_of(add(file, {"date": DAY, "kind": "CLOSED", "source": "بخشنامهٔ دوم"}))
    assert calendar_of(again).version == 3
    assert decisions(again) == by(2)
    in_a_county = file_of(add(file, {"date": DAY, "kind": "CLOSED", "counties": ["khoy"]}))
    assert decisions(in_a_county) == by(2) * 2


def test_other_hours_a_confirmation_and_a_day_that_was_open_again_are_decisions() -> None:
    announced = close(offices(), DAY, status="PROVISIONAL")
    confirmed = file_of(confirm(announced, DAY))
    short = {"date": DAY, "kind": "SHORT", "intervals": [["08:00", "10:00"]]}
    shorter = file_of(add(confirmed, short))
    closed_again = close(file_of(withdraw(shorter, DAY)), DAY)
    assert [decisions(file) for file in (announced, confirmed, shorter, closed_again)] == [by(2), by(3), by(4), by(6)]


def test_a_closure_of_the_province_is_one_decision_in_every_calendar_that_stands_on_it() -> None:
    province, above = followed()
    above = close(above, OTHER)
    above = heard(above, close(province, DAY))
    assert decisions(above) == by(2, PROVINCE)
    assert decisions(close(above, DAY)) == by(2, PROVINCE) * 2, "who closes what is closed has decided nothing"


def test_what_a_caller_writes_of_decisions_is_passed_over() -> None:
    file = close(offices(), DAY)
    calendar = calendar_of(file)
    forged = [day.model_copy(update={"decided": CalendarRef(id="mine", version=99)}) for day in calendar.exceptions]
    wanted: WorkingCalendar = calendar.model_copy(update={"exceptions": tuple(forged)})
    assert recorded(wanted, calendar_of(the_province()), file=file).events == ()
    first = file_of(recorded(written(OFFICES).model_copy(update={"exceptions": tuple(forged)})))
    assert {day.decided for day in calendar_of(first).exceptions if not day.layer} == {by(1)[0]}


def test_each_version_says_when_it_was_recorded_and_whoever_records_it_does_not() -> None:
    """By it routing knows which closures were known before an hour that was promised."""
    file = file_of(add(offices(), {"date": DAY, "kind": "CLOSED"}))
    calendar = calendar_of(file)
    assert calendar.recorded_at == world().now
    sent_back = calendar.model_copy(update={"recorded_at": world().now - timedelta(days=9), "version": 0})
    again = file_of(recorded(sent_back, written(PROVINCE), file))
    assert calendar_of(again) == calendar, "nothing else is said of it"
