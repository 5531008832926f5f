"""Scene: snow in Khoy. The next working day is announced as closed; promises that cross it move (domain 6, 12.9)."""

from datetime import date, datetime

from services.ops import clock
from services.ops.demo.desks import NOT_ABLE, Errand
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.ops.demo.stage import Json
from services.worktime.jalali import civil_day, jalali_date

NAME = "a closure is announced"
CALENDAR, COUNTY, DESK = "wa-social-security", "khoy", "wa-social-security-khoy-desk"
"""A county of its own: nobody else's promise is touched, and the demo's own mornings are not."""
ANNOUNCER = "wa-social-security-desk-01"
SOURCE = "تصمیم کارگروه اضطرار: بارش برف در خوی"
HOME_COUNTY = "chaldoran"
"""It has no kiosk office, so that its people are served in Khoy, and promised a date by that desk's calendar."""
RECORD = Errand("social-insurance-record", DESK, "PROMISED", "DESK_ONLY", "AGENCY_DESK")
COVERAGE = Errand(
    *("medical-coverage-certificate", DESK, "PROMISED", "ASSISTED", "AGENCY_DESK"),
    fields=NOT_ABLE | {"notOnSpotReason": "NEEDS_UNIT"},
)
MOVED = "commitment.re-projected"
LEGAL_LIMIT = "LEGAL_LIMIT"


async def play(company: Company) -> Scene:
    """Two citizens with three cases: three dates move, and each citizen hears of it once. Raises SceneFailed."""
    first, second = company.citizens("closure", 2, HOME_COUNTY)
    filed = [
        await company.file(errand, person, f"closure-{number}")
        for number, (errand, person) in enumerate(((RECORD, first), (COVERAGE, first), (RECORD, second)))
    ]
    ids = tuple(each.request_id for each in filed)
    for each in filed:
        await company.task_of(each)
    day = await _next_open_day(company)
    path, announced = f"/v1/calendars/{CALENDAR}", announcement(day)
    listed = await _crossing(company, path, announced, ids)
    await company.post(company.registry, f"{path}/exceptions", announced)
    await company.until("a new date of each case", lambda: all(company.has_moved(id, MOVED) for id in ids) or None)
    messages = await company.told(ids, "RE_DATED")
    told = [message for message in messages if message["state"] == "DELIVERED"]
    spared = [message for message in messages if message["reason"] == "TOLD_WITH_ANOTHER"]
    if (len(told), len(spared)) != (2, 1):
        raise SceneFailed(f"of two citizens with three cases {len(told)} were told, {len(spared)} spared a second SMS")
    dates = [_dates(company.cases.last()[id]) for id in ids]
    return Scene(
        NAME,
        story=(
            f"{await company.name('officers', ANNOUNCER)}: {SOURCE}, {jalali_date(day)} CLOSED; confirmed",
            f"promises that cross it: {listed} listed, {len(ids)} moved: {', '.join(dates)}",
            f"citizens told: {len(told)}, once each; the one with two cases by one SMS",
        ),
        figures={"day": day.isoformat(), "listed": listed, "moved": len(ids), "told": len(told)},
        cases=ids,
        messages=tuple(message["messageId"] for message in told if message["requestId"] in ids[:2]),
    )


def announcement(day: date) -> Json:
    """The day as closed, and certain.

    Whether a Clock saw it uncertain first would be a matter of milliseconds; and one that avoids a PROVISIONAL holiday
    has a day to spare then, so that its date stays (domain 6).
    """
    closed = {"date": day.isoformat(), "kind": "CLOSED", "source": SOURCE, "counties": [COUNTY]}
    return {"exceptions": [closed], "status": "CONFIRMED", "officerId": ANNOUNCER}


async def _crossing(company: Company, path: str, announced: Json, ids: tuple[str, ...]) -> int:
    """How many promises the registry lists before anything is saved; ours must be among them."""
    told = await company.post(company.registry, f"{path}/preview", announced)
    promises = next(each for each in told["calendars"] if each["id"] == CALENDAR)["promises"]
    if promises["total"] < len(ids):
        raise SceneFailed(f"{promises['total']} promises are listed where {len(ids)} cross the closed day")
    total: int = promises["total"]
    return total


async def _next_open_day(company: Company) -> date:
    """Tomorrow, or the first day after it on which the desk of the county is open."""
    today = civil_day(clock.now(company.stage.home))
    year = int(jalali_date(today)[:4])
    for each in (year, year + 1):
        shown = await company.get(company.registry, f"/v1/calendars/{CALENDAR}/preview", year=each, county=COUNTY)
        for day in shown["days"]:
            found = date.fromisoformat(day["date"])
            if found > today and day["desk"] and not day["provisional"]:
                return found
    raise SceneFailed(f"{CALENDAR} has no open day after {today}")


def _dates(event: Json) -> str:
    """What the promise was and is, as people read it."""
    promise = event["commitments"][-1]
    move = promise["moves"][-1]
    law = " (the limit of the law)" if move["rule"] == LEGAL_LIMIT else ""
    return f"{_day(move['fromAt'])} → {_day(promise['promisedAt'])}{law}"


def _day(instant: str) -> str:
    return jalali_date(datetime.fromisoformat(instant))
