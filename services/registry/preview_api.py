"""A calendar looked at before it is saved: a year, or a change with the open promises that it touches (domain 6).

What a change would save is decided by the rule that would save it, and kept nowhere: whatever it refuses is refused
here too.
"""

from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from services.contracts.decision import World
from services.contracts.registry import Desk
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.contracts.working_calendar import WorkingCalendar, spread
from services.registry import store as look_up
from services.registry.calendar_api import WISHES
from services.registry.domain import preview
from services.registry.domain.calendar_base import standing_on
from services.registry.domain.calendar_file import CalendarFile
from services.registry.domain.calendars import AddExceptions, ConfirmException, WithdrawException
from services.registry.domain.preview import Day
from services.registry.domain.recording import Asked, Wish
from services.registry.handlers import CALENDAR_FILE
from services.registry.promises import SHOWN, Promises, PromisesAway
from services.registry.reading import refuse_lost_fields
from services.registry.surroundings import CalendarCommand, of_days, of_wish
from services.runtime.clock import Clock
from services.runtime.http import Problem
from services.runtime.store import Store
from services.worktime import Calendar, Interval, calendar_from_wire
from services.worktime.jalali import civil_day, jalali_date

JalaliYear = Annotated[int, Query(ge=1300, le=1499)]
By = Annotated[TypedId | None, Query(alias="officerId")]


def add_preview_calls(router: APIRouter, store: Store, promises: Promises, clock: Clock) -> None:
    @router.get("/calendars/{id}/preview")
    async def preview_year(id: TypedId, year: JalaliYear, county: str | None = None) -> dict[str, Any]:
        """A Jalali year day by day, as it holds in a county."""
        _, entry = await known(id)
        calendar = calendar_from_wire(entry.to_wire(), county)
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

    @router.put("/calendars/{id}/preview")
    async def preview_whole(id: TypedId, wish: WorkingCalendar, request: Request, by: By = None) -> dict[str, Any]:
        """What recording the whole calendar would change: its weeks, its days, what it stands on. Nothing is saved."""
        refuse_lost_fields(await request.json(), wish.to_wire())
        if wish.id != id:
            raise Problem("ID_MISMATCH", 422, "the id of the body is not the id of the path")
        around = await of_wish(store, promises, WorkingCalendar, wish, by, civil_day(clock.now()))
        return await shown(id, Wish(entry=wish, by=by, sure=True, around=around))

    @router.post("/calendars/{id}/preview")
    async def preview_days(id: TypedId, body: AddExceptions) -> dict[str, Any]:
        """What days that differ would change. Nothing is saved."""
        return await commanded(id, body)

    @router.post("/calendars/{id}/preview/confirm")
    async def preview_confirmation(id: TypedId, body: ConfirmException) -> dict[str, Any]:
        """What would change when a provisional day is confirmed. Nothing is saved."""
        return await commanded(id, body)

    @router.post("/calendars/{id}/preview/withdraw")
    async def preview_withdrawal(id: TypedId, body: WithdrawException) -> dict[str, Any]:
        """What would change when a day does not differ after all. Nothing is saved."""
        return await commanded(id, body)

    async def commanded(id: str, command: CalendarCommand) -> dict[str, Any]:
        _, calendar = await known(id)
        return await shown(id, WISHES[type(command)](command=command, around=await of_days(store, calendar, command)))

    async def shown(id: str, wish: Asked) -> dict[str, Any]:
        """What changes here, and in the calendars that stand on this one."""
        file, calendar = await known(id)
        now = clock.now()
        decided = CALENDAR_FILE.decide[type(wish)](file, wish, World(now=now, registry=Snapshot(), rules=None))
        after = decided.state.published if decided.state else None
        assert after is not None, "what is decided about a calendar leaves one"
        changes = {id: _Change(calendar, after)}
        for follower in await look_up.followers(store, id):  # the nearest first: each stands on one that is known here
            if follower.base in changes:
                changes[follower.id] = _Change(follower, standing_on(follower, changes[follower.base].after))
        today = civil_day(now)
        return {
            "id": id,
            "version": calendar.version,
            "calendars": [await told(change, today) for change in changes.values()],
        }

    async def told(change: _Change, today: date) -> dict[str, Any]:
        """The days ahead that change, county by county, and the open promises that other hours on them touch.

        Those of a PROVISIONAL day too: nothing moves for it yet, and these would move with its confirmation.
        """
        touched = change.touched(today)
        changed = change.days(touched)
        return {
            "id": change.before.id,
            "changes": [
                {"county": county, "was": _day(was), "will": _day(will)}
                for county, days in changed.items()
                for was, will in days
            ],
            "promises": await crossing(change.before.id, preview.first_moved(changed, touched)),
        }

    async def crossing(id: str, first: dict[str | None, date | None]) -> dict[str, Any]:
        """Open promises due in each county on its first day with other hours, or later.

        Also of desks that work by another calendar by now: what they had promised by this one moves with it.
        """
        if not any(first.values()):
            return {"total": 0, "first": []}
        former = await look_up.formerly_by(store, id)
        counties = {desk.county for desk in former}
        counties |= {desk.county async for desk in look_up.every(store, Desk, {"calendarId": id})}
        try:
            found = [
                await promises.crossing(id, day, those, [desk.id for desk in former])
                for day, those in _by_day(first, counties).items()
            ]
        except PromisesAway:
            detail = "intake does not answer; the days above are right all the same"
            return {"total": None, "first": [], "detail": detail}
        items = sorted((item for each in found for item in each.first), key=itemgetter("deskId"))
        return {"total": sum(each.total for each in found), "first": items[:SHOWN]}

    async def known(id: str) -> tuple[CalendarFile, WorkingCalendar]:
        stored = await store.get(CALENDAR_FILE, id)
        if stored is None or stored.state.published is None:
            raise Problem("NOT_FOUND", 404, "there is no such calendar")
        return stored.state, stored.state.published


@dataclass(frozen=True, slots=True)
class _Change:
    """A calendar as it is and as it would be."""

    before: WorkingCalendar
    after: WorkingCalendar

    def touched(self, today: date) -> dict[str | None, list[date]]:
        """The days ahead that may change, by county. None stands for wherever no county's exception holds that day."""
        days = preview.touched(self.before, self.after, today)
        own: dict[str, set[date]] = {}
        for exception in spread((*self.before.exceptions, *self.after.exceptions)):
            if exception.county is not None:
                own.setdefault(exception.county, set()).add(exception.date)
        return {None: days, **{county: [day for day in days if day in own[county]] for county in sorted(own)}}

    def days(self, touched: dict[str | None, list[date]]) -> dict[str | None, list[tuple[Day, Day]]]:
        """Those of them that do change, as they are and as they would be."""
        changed: dict[str | None, list[tuple[Day, Day]]] = {}
        for county, own in touched.items():
            if own and (days := preview.changed(_ready(self.before, county), _ready(self.after, county), own)):
                changed[county] = days
        return changed


def _by_day(first: dict[str | None, date | None], counties: set[str]) -> dict[date, tuple[str, ...]]:
    """From which day on promises move, and in which of these counties and those with days of their own; () = all."""
    if len(set(first.values())) == 1:
        return {day: () for day in first.values() if day}
    groups: dict[date, tuple[str, ...]] = {}
    for county in sorted({county for county in first if county} | counties):
        if day := first.get(county, first[None]):
            groups[day] = (*groups.get(day, ()), county)
    return groups


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
