"""The sample province's calendars as they are recorded, and what officers decide of their days."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from services.contracts.decision import Decision, World
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import DayException, WorkingCalendar
from services.registry.domain import calendars
from services.registry.domain.calendar_file import CalendarFile
from services.registry.domain.calendars import (
    AddExceptions,
    AddWish,
    ConfirmException,
    ConfirmWish,
    WithdrawException,
    WithdrawWish,
)
from services.registry.domain.recording import Around, Wish
from services.worktime import calendar_from_wire, day_kind
from tests.support.sample import sample_entries, sample_snapshot

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Monday 1405/09/02."""


TOMORROW = date(2026, 11, 24)


OFFICER = "wa-governorate-desk-01"


PROVINCE, OFFICES, TAX = "west-azerbaijan", "wa-offices", "wa-social-security"


State = Decision[CalendarFile]


def world(now: datetime = NOW) -> World[None]:
    return World(now=now, registry=Snapshot(), rules=None)


def written(id: str) -> WorkingCalendar:
    return next(e for e in sample_entries() if isinstance(e, WorkingCalendar) and e.id == id)


def recorded(
    entry: WorkingCalendar,
    base: WorkingCalendar | None = None,
    file: CalendarFile | None = None,
    others: Iterable[WorkingCalendar] = (),
    by: str | None = OFFICER,
) -> State:
    known = (entry for entry in sample_entries() if not isinstance(entry, WorkingCalendar))
    around = Around(entries=Snapshot().with_entries([*known, *([base] if base else []), *others]))
    return calendars.record(file, Wish(entry=entry, by=by, sure=True, around=around), world())


def file_of(decision: State) -> CalendarFile:
    assert decision.state is not None
    return decision.state


def calendar_of(file: CalendarFile) -> WorkingCalendar:
    assert file.published is not None
    return file.published


def the_province() -> CalendarFile:
    return file_of(recorded(written(PROVINCE)))


def offices(province: CalendarFile | None = None) -> CalendarFile:
    return file_of(recorded(written(OFFICES), calendar_of(province or the_province())))


AROUND = Around(entries=sample_snapshot())


def add(file: CalendarFile | None, *days: dict[str, Any], officer: str = OFFICER, **more: Any) -> State:
    body = {"exceptions": [{"source": "بخشنامهٔ استانداری"} | day for day in days], "officerId": officer} | more
    return calendars.add_exceptions(file, AddWish(command=AddExceptions.model_validate(body), around=AROUND), world())


def confirm(file: CalendarFile, day: str, county: str | None = None, now: datetime = NOW) -> State:
    command = ConfirmException.model_validate({"date": day, "county": county, "officerId": OFFICER})
    return calendars.confirm_exception(file, ConfirmWish(command=command, around=AROUND), world(now))


def withdraw(file: CalendarFile, day: str, county: str | None = None, now: datetime = NOW) -> State:
    body = {"date": day, "county": county, "officerId": OFFICER, "reason": "برف نبارید"}
    wish = WithdrawWish(command=WithdrawException.model_validate(body), around=AROUND)
    return calendars.withdraw_exception(file, wish, world(now))


def kinds(calendar: WorkingCalendar, day: date, *counties: str | None) -> list[str]:
    return [day_kind(calendar_from_wire(calendar.to_wire(), county), day).value for county in counties]


def own(calendar: WorkingCalendar) -> list[DayException]:
    return [day for day in calendar.exceptions if day.layer == 0]
