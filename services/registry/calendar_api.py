"""Calendars over HTTP: days that differ, holidays to be confirmed, a year or a change looked at (domain 6)."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from services.contracts.decision import Refused
from services.contracts.entry import Entry
from services.contracts.registry import Officer, Organization
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, TypedId
from services.contracts.working_calendar import WorkingCalendar
from services.registry import store as look_up
from services.registry.domain import preview
from services.registry.domain.calendars import (
    AddExceptions,
    AddWish,
    ConfirmException,
    ConfirmWish,
    WithdrawException,
    WithdrawWish,
    added,
    standing_on,
)
from services.registry.domain.preview import Day
from services.registry.domain.recording import Around
from services.registry.handlers import CALENDAR_FILE
from services.registry.holidays import proposed
from services.registry.promises import Promises, PromisesAway
from services.runtime.clock import Clock
from services.runtime.command_calls import add_commands
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, Problem, etag, if_match
from services.runtime.store import Store
from services.worktime import BadCalendar, Calendar, Interval, calendar_from_wire
from services.worktime.jalali import civil_day, jalali_date

IfMatch = Annotated[int | None, Depends(if_match)]
REACHED_TRIES = 100
JalaliYear = Annotated[int, Query(ge=1300, le=1499)]


class ImportHolidays(Command):
    """POST /v1/calendars/{id}/holidays: the public holidays of a Jalali year, PROVISIONAL until confirmed."""

    year: JalaliYear
    officer_id: TypedId


COMMANDS: dict[str, tuple[type[Command], str]] = {
    "exceptions": (AddExceptions, "Days that differ from their week, everywhere or in some counties."),
    "exceptions/confirm": (ConfirmException, "A provisional day is certain: promises that cross it are moved."),
    "exceptions/withdraw": (WithdrawException, "A day ahead that does not differ after all."),
}
WISHES: dict[type[Command], Any] = {
    AddExceptions: AddWish,
    ConfirmException: ConfirmWish,
    WithdrawException: WithdrawWish,
}


def add_calendar_calls(router: APIRouter, door: Door, store: Store, promises: Promises, clock: Clock) -> None:
    @router.post("/calendars/{id}/holidays")
    async def import_holidays(
        id: TypedId, body: ImportHolidays, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """The public holidays of a Jalali year that are ahead and that the calendar does not know yet, PROVISIONAL."""
        calendar = await known(id)
        command = proposed(calendar, body.year, civil_day(clock.now()), body.officer_id)
        if command is None:
            return {"id": id, "version": calendar.version, "recorded": False, "proposed": []}
        wish = AddWish(command=command, around=await around(id, body.officer_id))
        answer = await submit(id, wish, body.officer_id, key, expected, response)
        return answer | {"proposed": [day.date for day in command.exceptions]}

    @router.get("/calendars/{id}/preview")
    async def preview_year(id: TypedId, year: JalaliYear, county: str | None = None) -> dict[str, Any]:
        """A Jalali year day by day, as it holds in a county."""
        calendar = calendar_from_wire((await known(id)).to_wire(), county)
        first, end = preview.year_of(year)
        shown = [_day(day) for day in preview.days(calendar, first, end)]
        return {
            "id": id,
            "version": calendar.version,
            "year": year,
            "county": county,
            "openDays": sum(bool(day["desk"]) for day in shown),
            "provisional": [day["date"] for day in shown if day["provisional"]],
            "days": shown,
        }

    @router.post("/calendars/{id}/preview")
    async def preview_change(id: TypedId, body: AddExceptions) -> dict[str, Any]:
        """What the days would change, here and in the calendars that stand on it. Nothing is saved."""
        calendar = await known(id)
        after = _checked(added(calendar, body))
        changes = {id: _Change(calendar, after)}
        for follower in await look_up.followers(store, id):  # the nearest first: each stands on one that is known here
            if follower.base in changes:
                changes[follower.id] = _Change(follower, standing_on(follower, changes[follower.base].after))
        touched = sorted({day.date for day in body.exceptions})
        return {
            "id": id,
            "version": calendar.version,
            "calendars": [await _told(change, touched, promises) for change in changes.values()],
        }

    async def known(id: str) -> WorkingCalendar:
        entry = await look_up.newest(store, WorkingCalendar, id)
        if not isinstance(entry, WorkingCalendar):
            raise Problem("NOT_FOUND", 404, "there is no such calendar")
        return entry

    async def around(id: str, officer_id: str) -> Around:
        calendar = await known(id)
        wanted: list[tuple[type[Entry], str]] = [(Officer, officer_id), (Organization, calendar.org_id)]
        return Around(entries=Snapshot().with_entries(await look_up.entries(store, wanted)))

    async def submit(
        id: str, wish: Any, officer_id: str, key: str, expected: int | None, response: Response
    ) -> dict[str, Any]:
        done = await door.submit(CALENDAR_FILE, id, wish, key=key, caller=officer_id, expected=expected)
        answer = dict(done.answer or {})
        response.headers.update(etag(done.version))
        if answer["recorded"]:
            await _reached(store, id)
        return answer

    async def command(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        wish = WISHES[type(body)](command=body, around=await around(id, body.officer_id))
        return await submit(id, wish, body.officer_id, key, expected, response)

    add_commands(router, "/calendars", COMMANDS, command)


async def _reached(store: Store, id: str) -> None:
    """Waits a moment until the calendars that stand on this one have the change: who announced it may look at them.

    They get it by the same batch, or after a crash from the scanner; whoever waits for that is not kept.
    """
    for _ in range(REACHED_TRIES):
        if not await look_up.behind(store, id):
            return
        await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True)
class _Change:
    """A calendar as it is and as it would be."""

    before: WorkingCalendar
    after: WorkingCalendar

    def counties(self) -> list[str | None]:
        """None stands for wherever no county's exception holds."""
        named = {day.county for entry in (self.before, self.after) for day in entry.exceptions if day.county}
        return [None, *sorted(named)]


async def _told(change: _Change, touched: list[date], promises: Promises) -> dict[str, Any]:
    """The days that change, county by county, and the open promises that they touch."""
    first, last = touched[0], touched[-1]
    changed: dict[str | None, list[tuple[Day, Day]]] = {}
    for county in change.counties():
        days = preview.changed(_ready(change.before, county), _ready(change.after, county), first, last + preview.DAY)
        days = [(was, will) for was, will in days if will.date in touched]
        if days:
            changed[county] = days
    return {
        "id": change.before.id,
        "changes": [
            {"county": county, "was": _day(was), "will": _day(will)}
            for county, days in changed.items()
            for was, will in days
        ],
        "promises": await _crossing(change, changed, promises) if changed else {"total": 0, "first": []},
    }


async def _crossing(
    change: _Change, changed: dict[str | None, list[tuple[Day, Day]]], promises: Promises
) -> dict[str, Any]:
    """Open promises due on the first changed day or later; those of the counties concerned, unless it is everywhere."""
    earliest = min(will.date for days in changed.values() for _, will in days)
    counties: Iterable[str] = () if None in changed else [county for county in changed if county]
    try:
        found = await promises.crossing(change.before.id, earliest, counties)
    except PromisesAway:
        return {"total": None, "first": [], "detail": "intake does not answer; the days above are right all the same"}
    return {"total": found.total, "first": list(found.first)}


def _checked(calendar: WorkingCalendar) -> WorkingCalendar:
    try:
        calendar_from_wire(calendar.to_wire())
    except BadCalendar as bad:
        raise Refused("INCOMPLETE", "the calendar is not complete", status=422, flaws=bad.problems) from None
    return calendar


def _ready(calendar: WorkingCalendar, county: str | None) -> Calendar:
    return calendar_from_wire(calendar.to_wire(), county)


def _day(day: Day) -> dict[str, Any]:
    return {
        "date": day.date,
        "dateLocal": jalali_date(day.date),
        "weekday": day.weekday.name.lower(),
        "kind": day.kind,
        "desk": _hours(day.desk),
        "staff": _hours(day.staff),
        "provisional": day.provisional,
        "source": day.source,
    }


def _hours(intervals: tuple[Interval, ...]) -> list[list[str]]:
    return [str(interval).split("-") for interval in intervals]
