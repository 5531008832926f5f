"""The report on visits: of one agency, from a day to a day, desk by desk (domain 11)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.contracts.visit import VisitEnd
from services.contracts.wire import TypedId
from services.registry.handlers import VISIT
from services.runtime.http import Problem
from services.runtime.indexes import Index
from services.runtime.store import Store
from services.worktime import jalali_date
from services.worktime.jalali import parse_day

LONGEST = timedelta(days=366)
BY_ORG_DAY = Index([("state.orgId", 1), ("state.day", 1)], name="by-org-day")

Json = dict[str, Any]


def visit_report_routes(store: Store) -> APIRouter:
    router = APIRouter(prefix="/reports")

    @router.get("/visits")
    async def visits(
        org_id: Annotated[TypedId, Query(alias="orgId")],
        first: Annotated[str, Query(alias="from", max_length=20)],
        last: Annotated[str, Query(alias="to", max_length=20)],
    ) -> Json:
        """Visits by desk: how they ended, how many were guidance alone, how long people waited, who was called early.

        Both days count, written `1405/09/02` or `2026-11-23`; a year at the most. `open`: those that have not ended.
        """
        begins, ends = _day("from", first), _day("to", last)
        if not timedelta(0) <= ends - begins < LONGEST:
            raise _wrong("to", "from one day to the same or a later one, a year at the most")
        return report(org_id, begins, ends, await store.aggregate(VISIT, counting(org_id, begins, ends)))

    return router


def of_days(org_id: str, begins: date, ends: date) -> Json:
    return {"state.orgId": org_id, "state.day": {"$gte": begins.isoformat(), "$lte": ends.isoformat()}}


def counting(org_id: str, begins: date, ends: date) -> list[Json]:
    """The visits of these days, counted where they are stored: one row for all that are alike."""
    alike = {
        "deskId": "$state.deskId",
        "reason": "$state.reason",
        "guidanceOnly": "$state.guidanceOnly",
        "jump": "$state.jump.reason",
    }
    waited = "$state.waitedMinutes"
    sums = {
        "visits": {"$sum": 1},
        "waited": {"$sum": {"$cond": [{"$isNumber": waited}, 1, 0]}},
        "minutes": {"$sum": waited},
        "longest": {"$max": waited},
    }
    return [{"$match": of_days(org_id, begins, ends)}, {"$group": {"_id": alike, **sums}}]


def report(org_id: str, begins: date, ends: date, rows: Iterable[Mapping[str, Any]]) -> Json:
    """The rows of `counting` as the report."""
    desks: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        desks.setdefault(row["_id"]["deskId"], []).append(row)
    every = [row for of_desk in desks.values() for row in of_desk]
    return {
        "orgId": org_id,
        "from": begins.isoformat(),
        "to": ends.isoformat(),
        "fromLocal": jalali_date(begins),
        "toLocal": jalali_date(ends),
        "desks": [{"deskId": desk_id, **_sums(of_desk)} for desk_id, of_desk in sorted(desks.items())],
        "total": _sums(every),
    }


def _sums(rows: Iterable[Mapping[str, Any]]) -> Json:
    ends: Counter[str] = Counter()
    jumps: Counter[str] = Counter()
    visits = still_open = guidance = waited = minutes = 0
    longest = 0
    for row in rows:
        alike, count = row["_id"], row["visits"]
        visits += count
        guidance += count if alike.get("guidanceOnly") else 0
        still_open += 0 if alike.get("reason") else count
        if alike.get("reason"):
            ends[alike["reason"]] += count
        if alike.get("jump"):
            jumps[alike["jump"]] += count
        waited += row["waited"]
        minutes += row["minutes"]
        longest = max(longest, row["longest"] or 0)
    return {
        "visits": visits,
        "open": still_open,
        "ended": {reason.value: ends[reason.value] for reason in VisitEnd},
        "guidanceOnly": guidance,
        "jumps": dict(sorted(jumps.items())),
        "waiting": {"visits": waited, "minutes": minutes, "longest": longest},
    }


def _day(field: str, text: str) -> date:
    try:
        return parse_day(text)
    except ValueError:
        raise _wrong(field, "a day is written 1405/09/02 or 2026-11-23") from None


def _wrong(field: str, detail: str) -> Problem:
    return Problem("BAD_DAY", 422, detail, errors=[{"field": f"query.{field}", "code": "BAD_DAY", "detail": detail}])
