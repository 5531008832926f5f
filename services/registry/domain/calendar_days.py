"""What stays of a calendar's days: those that are over, those that are certain, and by whose word (domain 6)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.contracts.decision import Refused, World
from services.contracts.working_calendar import CalendarRef, DayException, WorkingCalendar, spread
from services.worktime.jalali import civil_day


def own_day(calendar: WorkingCalendar, day: date, county: str | None) -> DayException:
    for known in calendar.exceptions:
        if (known.layer, known.date, known.county) == (0, day, county):
            return known
    where = f" for county {county}" if county else ""
    raise Refused("NO_SUCH_DAY", f"the calendar itself says nothing of {day}{where}", status=404)


def ahead(days: Iterable[date], world: World[None]) -> None:
    """What was open or shut on past days stays so: promises were judged by it (I6)."""
    past = [day for day in days if day < civil_day(world.now)]
    if past:
        raise Refused("IN_THE_PAST", f"{past[0]} is over; give today or a day ahead", status=422)


def past_stays(known: WorkingCalendar, wanted: WorkingCalendar, world: World[None]) -> None:
    """The same of a calendar that is recorded whole: its zone, its weeks, and its own days that differ from them."""
    if known.zone != wanted.zone:
        raise Refused("ZONE_FIXED", f"its days are of {known.zone}, also those that are over; record another calendar")
    today = civil_day(world.now)
    was, will = (set(_own(each)) for each in (known, wanted))
    ahead((day.date for day in sorted(was ^ will, key=lambda day: day.date)), world)
    weeks = [[week for week in each.weeks if week.valid_from < today] for each in (known, wanted)]
    if weeks[0] != weeks[1]:
        raise Refused("IN_THE_PAST", "weeks that have begun stay; add one from today or a day ahead", status=422)


def provisional_days(calendar: WorkingCalendar) -> set[tuple[date, str | None]]:
    return {(day.date, day.county) for day in _own(calendar) if day.status == "PROVISIONAL"}


def _own(calendar: WorkingCalendar) -> tuple[DayException, ...]:
    return spread(day for day in calendar.exceptions if not day.layer)


def certain_stays(known: WorkingCalendar, wanted: WorkingCalendar) -> None:
    """A day that is certain is withdrawn, or said otherwise; made provisional it would be open again, unnoticed."""
    certain = {(day.date, day.county): day for day in _own(known) if day.status != "PROVISIONAL"}
    for day in _own(wanted):
        before = certain.get((day.date, day.county)) if day.status == "PROVISIONAL" else None
        if before is not None:
            raise illegal(before, "PROVISIONAL")


def illegal(day: DayException, status: str) -> Refused:
    facts: dict[str, Any] = {"from": day.status, "to": status}
    return Refused("ILLEGAL_MOVE", f"{day.date}: {day.status} does not move to {status}", **facts)


def unconfirmed(known: WorkingCalendar | None, wanted: WorkingCalendar, by: str | None, today: date) -> None:
    """Nothing becomes certain by being written so: an officer says it, and others hear that it was (domain 12.8).

    What is over has happened, and needs nobody's word. What the law fixes needs none either, but then nobody has
    announced it as uncertain, here or in a calendar below, for any county or for that one.
    """
    before, open_ = (set(_own(known)), provisional_days(known)) if known is not None else (set(), set())
    new = [day for day in _own(wanted) if day.status != "PROVISIONAL" and day not in before]
    announced = {(day.date, day.county) for day in spread(wanted.exceptions) if day.status == "PROVISIONAL"} | open_
    for day in new:
        place = (day.date, day.county)
        if place in open_ or (day.status == "FIXED" and _overlap(place, announced)):
            said = f"{day.date} is announced: an officer confirms it (/exceptions/confirm), and the law does not fix it"
            raise Refused("BY_COMMAND", said, status=422)
    unsaid = sorted({str(day.date) for day in new if day.status == "CONFIRMED" and day.date >= today})
    if unsaid and by is None:
        said = f"nobody confirms {', '.join(unsaid[:5])}: name the officer (officerId), or write it PROVISIONAL"
        raise Refused("BY_COMMAND", said, status=422, names=unsaid)


def decided(wanted: WorkingCalendar, known: WorkingCalendar | None) -> tuple[DayException, ...]:
    """Its days, each with its decision: nobody is told of one twice, whatever else comes meanwhile (domain 12.9).

    Whoever says of a day what holds already has decided nothing new. What is inherited was decided below.
    """
    now = CalendarRef(id=wanted.id, version=known.version + 1 if known else 1)
    before: dict[date, list[DayException]] = {}
    for day in spread(known.exceptions) if known else ():
        before.setdefault(day.date, []).append(day)
    return tuple(
        day if day.layer else day.model_copy(update={"decided": _decided_before(day, before.get(day.date, ()), now)})
        for day in spread(wanted.exceptions)
    )


def _decided_before(day: DayException, known: Iterable[DayException], now: CalendarRef) -> CalendarRef | None:
    """Of the nearest that was as certain, if that said the same; else now."""
    alike = (one for one in known if _is_open(one) == _is_open(day) and one.county in (None, day.county))
    nearest = min(alike, key=lambda one: (one.layer, one.county is None), default=None)
    same = nearest is not None and (nearest.kind, nearest.intervals) == (day.kind, day.intervals)
    return nearest.decided if nearest is not None and same else now


def _is_open(day: DayException) -> bool:
    return day.status == "PROVISIONAL"


def _overlap(place: tuple[date, str | None], others: Iterable[tuple[date, str | None]]) -> bool:
    day, county = place
    return any(day == other and (None in (county, elsewhere) or county == elsewhere) for other, elsewhere in others)
