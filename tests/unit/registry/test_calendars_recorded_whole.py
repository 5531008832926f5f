"""A calendar that is recorded whole keeps the past, and what is certain, as they are (domain 6)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.working_calendar import CalendarScope, DayException, WorkingCalendar, spread
from services.registry.domain import calendars
from services.registry.domain.calendar_file import CalendarFile
from services.registry.domain.recording import Around, Wish
from services.registry.holidays import proposed
from tests.support.sample import sample_snapshot
from tests.unit.registry.calendar_files import (
    NOW,
    OFFICER,
    OFFICES,
    PROVINCE,
    TOMORROW,
    add,
    calendar_of,
    confirm,
    file_of,
    kinds,
    offices,
    own,
    recorded,
    the_province,
    world,
    written,
)


def put(file: CalendarFile, entry: WorkingCalendar, by: str | None = OFFICER) -> Any:
    around = Around(entries=sample_snapshot().with_entries([calendar_of(the_province())]))
    return calendars.record(file, Wish(entry=entry, by=by, sure=True, around=around), world())


def with_days(file: CalendarFile, *days: DayException) -> WorkingCalendar:
    """The file's calendar with these days in place of its own of the same dates."""
    dates = {day.date for day in days}
    kept = (day for day in calendar_of(file).exceptions if day.date not in dates)
    return calendar_of(file).model_copy(update={"exceptions": (*kept, *days)})


def a_day(day: date, **more: Any) -> DayException:
    return DayException.model_validate({"date": day, "kind": "CLOSED", "status": "CONFIRMED", "source": "برف"} | more)


def refusal_of(file: CalendarFile, entry: WorkingCalendar, by: str | None = OFFICER) -> tuple[str, int]:
    with pytest.raises(Refused) as refusal:
        put(file, entry, by)
    return refusal.value.code, refusal.value.status


YESTERDAY = TOMORROW - timedelta(days=2)
FIXED = a_day(TOMORROW, status="FIXED")
FIXED_LATER = a_day(TOMORROW + timedelta(days=9), status="FIXED")
CLOSED = {"date": str(TOMORROW), "kind": "CLOSED"}


def test_no_new_day_is_confirmed_by_nobody() -> None:
    """An import announces, and an officer confirms (domain 6); what the law fixes needs no word."""
    file = the_province()
    assert refusal_of(file, with_days(file, a_day(TOMORROW)), by=None) == ("BY_COMMAND", 422)
    for certain in (put(file, with_days(file, a_day(TOMORROW))), put(file, with_days(file, FIXED), by=None)):
        assert certain.events
    assert put(file, with_days(file, a_day(TOMORROW, status="PROVISIONAL")), by=None).events


def first(*days: DayException, base: WorkingCalendar | None = None) -> WorkingCalendar:
    """A calendar that nobody has recorded yet."""
    return written(OFFICES).model_copy(update={"exceptions": days, "base": base.id if base else None})


def test_nor_is_one_in_the_first_version_of_a_calendar() -> None:
    """What is over has happened; what lies ahead an officer confirms, or is announced."""
    entry = first(a_day(TOMORROW), a_day(TOMORROW + timedelta(days=3)), a_day(YESTERDAY), FIXED_LATER)
    with pytest.raises(Refused) as refusal:
        recorded(entry, by=None)
    told = refusal.value
    assert (told.code, told.status) == ("BY_COMMAND", 422)
    assert told.facts["names"] == [str(TOMORROW), str(TOMORROW + timedelta(days=3))], "all of them"
    assert recorded(entry, by=OFFICER).events, "an officer says it"
    announced = first(a_day(TOMORROW, status="PROVISIONAL"), a_day(YESTERDAY), FIXED_LATER)
    assert recorded(announced, by=None).events


@pytest.mark.parametrize("by", [OFFICER, None])
def test_what_is_announced_is_not_fixed_by_law_whichever_calendar_or_county_says_so(by: str | None) -> None:
    """A lunar day is PROVISIONAL until an officer confirms it: another word for certain confirms nothing."""
    announced = calendar_of(file_of(add(the_province(), CLOSED, status="PROVISIONAL")))
    in_khoy = calendar_of(file_of(add(the_province(), CLOSED | {"counties": ["khoy"]}, status="PROVISIONAL")))
    for base, day, certain in (
        (announced, FIXED, False),
        (announced, FIXED.model_copy(update={"county": "khoy"}), False),
        (in_khoy, FIXED, False),
        (in_khoy, FIXED.model_copy(update={"county": "urmia"}), True),
        (announced, FIXED_LATER, True),
    ):
        if certain:
            assert recorded(first(day, base=base), base, by=by).events
            continue
        with pytest.raises(Refused, match="BY_COMMAND"):
            recorded(first(day, base=base), base, by=by)
        standing = file_of(recorded(first(base=base), base))
        with pytest.raises(Refused, match="BY_COMMAND"):
            recorded(first(day, base=base), base, file=standing, by=by)


def test_one_county_of_an_announced_day_is_not_fixed_by_law_either() -> None:
    file = file_of(add(the_province(), CLOSED, status="PROVISIONAL"))
    own_days = calendar_of(file).exceptions
    one = calendar_of(file).model_copy(update={"exceptions": (*own_days, FIXED.model_copy(update={"county": "khoy"}))})
    assert refusal_of(file, one) == ("BY_COMMAND", 422)


def test_a_provisional_day_that_is_said_again_for_certain_is_told_as_confirmed() -> None:
    closed = {"date": str(TOMORROW), "kind": "CLOSED"}
    announced = file_of(add(the_province(), closed, status="PROVISIONAL"))
    (event,) = add(announced, closed).events
    assert event.moves == ("calendar.recorded", "calendar.exception-confirmed")
    (event,) = add(the_province(), closed).events
    assert event.moves == ("calendar.recorded",), "nothing was open"


@pytest.mark.parametrize("by", [OFFICER, None])
def test_whoever_records_it_whole_changes_no_day_that_is_over(by: str | None) -> None:
    """I6: promises were judged by it."""
    file = CalendarFile(id=PROVINCE, published=with_days(the_province(), a_day(YESTERDAY)))
    past = [day for day in own(calendar_of(file)) if day.date <= YESTERDAY]
    without = calendar_of(file).model_copy(update={"exceptions": own(calendar_of(file))[:-1]})
    assert a_day(YESTERDAY) in past
    assert without.exceptions != calendar_of(file).exceptions
    assert refusal_of(file, without, by) == ("IN_THE_PAST", 422), "taken away"
    short = a_day(YESTERDAY, kind="SHORT", intervals=[["08:00", "09:00"]])
    assert refusal_of(file, with_days(file, short), by) == ("IN_THE_PAST", 422), "another"
    assert refusal_of(the_province(), with_days(the_province(), a_day(YESTERDAY)), by) == ("IN_THE_PAST", 422), "new"
    assert put(file, with_days(file, FIXED), by).events, "a day ahead"
    assert put(file, with_days(file, FIXED.model_copy(update={"date": NOW.date()})), by).events, "today"


def test_a_week_that_has_begun_stays_and_another_begins_today() -> None:
    file = the_province()
    *earlier, last = calendar_of(file).weeks
    longer = {**last.days, "saturday": (("07:00", "15:00"),)}
    other = calendar_of(file).model_copy(update={"weeks": (*earlier, last.model_copy(update={"days": longer}))})
    assert refusal_of(file, other) == ("IN_THE_PAST", 422)
    back = last.model_copy(update={"valid_from": YESTERDAY, "days": longer})
    assert refusal_of(file, calendar_of(file).model_copy(update={"weeks": (*earlier, last, back)})) == (
        "IN_THE_PAST",
        422,
    )
    today = back.model_copy(update={"valid_from": NOW.date()})
    assert put(file, calendar_of(file).model_copy(update={"weeks": (*earlier, last, today)})).events


@pytest.mark.parametrize("by", [OFFICER, None])
@pytest.mark.parametrize("status", ["CONFIRMED", "FIXED"])
def test_a_provisional_day_is_not_confirmed_by_being_written_so(status: str, by: str | None) -> None:
    """Domain 12.8: an imported holiday is not trusted blindly; who confirms it has a name."""
    file = file_of(add(the_province(), {"date": "2026-11-24", "kind": "CLOSED"}, status="PROVISIONAL"))
    assert refusal_of(file, with_days(file, a_day(TOMORROW, status=status)), by) == ("BY_COMMAND", 422)
    assert put(file, with_days(file, a_day(TOMORROW, status="PROVISIONAL", source="طوفان")), by).events
    other = a_day(TOMORROW + timedelta(days=1), status="FIXED")
    assert put(file, with_days(file, other), by).events, "a day of which nothing was said"


def test_a_first_version_and_a_repeat_say_what_they_say_of_the_past() -> None:
    file = the_province()
    assert any(day.date <= YESTERDAY for day in own(calendar_of(file)))
    assert put(file, calendar_of(file)).events == ()


def test_the_same_days_in_another_order_are_no_change() -> None:
    """A file tells its own days first, and those that officers have decided since behind them, each by its county."""
    counties = CLOSED | {"counties": ["khoy", "salmas"]}
    announced = file_of(add(the_province(), CLOSED, status="PROVISIONAL"))
    for file in (the_province(), file_of(confirm(announced, str(TOMORROW)))):
        decided = file_of(add(file, counties))
        known = calendar_of(decided)
        for days in (reversed(known.exceptions), sorted(spread(known.exceptions), key=lambda day: day.source)):
            again = put(decided, known.model_copy(update={"exceptions": tuple(days)}), by=None)
            assert again.events == ()
            assert again.answer["recorded"] is False


def test_a_day_that_the_file_says_already_is_no_change_when_it_is_decided_again() -> None:
    file = file_of(put(the_province(), with_days(the_province(), a_day(TOMORROW), a_day(NOW.date()))))
    assert add(file, CLOSED | {"source": "برف"}).events == ()


def test_a_stranger_learns_nothing_of_the_past() -> None:
    file = the_province()
    assert refusal_of(file, with_days(file, a_day(YESTERDAY)), "wa-tax-desk-01") == ("NOT_AUTHORISED", 403)


def test_a_day_that_is_certain_does_not_become_provisional() -> None:
    """It would be open again, and nobody told: who errs withdraws it."""
    closed = {"date": str(TOMORROW), "kind": "CLOSED"}
    file = file_of(add(offices(), closed))
    with pytest.raises(Refused) as refusal:
        add(file, closed, status="PROVISIONAL")
    assert (refusal.value.code, refusal.value.facts) == ("ILLEGAL_MOVE", {"from": "CONFIRMED", "to": "PROVISIONAL"})
    whole = with_days(file, a_day(TOMORROW, status="PROVISIONAL"))
    with pytest.raises(Refused, match="ILLEGAL_MOVE"):
        put(file, whole)
    elsewhere = calendar_of(file_of(add(file, closed | {"counties": ["khoy"]}, status="PROVISIONAL")))
    assert kinds(elsewhere, TOMORROW, None, "khoy") == ["CLOSED", "CLOSED"], "in one county it takes nothing away"


def test_no_holiday_is_proposed_that_the_calendar_below_names_already() -> None:
    bare = written(OFFICES).model_copy(update={"exceptions": ()})
    upper = calendar_of(file_of(recorded(bare, calendar_of(the_province()))))
    assert {day.layer for day in upper.exceptions} == {1}
    assert proposed(upper, 1406, TOMORROW, OFFICER) is None
    assert proposed(bare, 1406, TOMORROW, OFFICER) is not None


@pytest.mark.parametrize("province", ["", " "])
def test_a_calendar_is_of_a_province(province: str) -> None:
    nowhere = calendar_of(the_province()).model_copy(update={"scope": CalendarScope(province=province)})
    assert refusal_of(the_province(), nowhere) == ("INCOMPLETE", 422)
