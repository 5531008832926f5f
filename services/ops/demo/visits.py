"""The visits of the run in the registry's report: each that ended at a desk must be in it."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import httpx

from services.ops.demo.stage import Json


async def reported(registry: httpx.AsyncClient, visits: Sequence[Json]) -> tuple[Json, list[str]]:
    """The report's totals for the agencies and days of these visits, and what it lacks. Raises httpx.HTTPError.

    A stack that is used for longer may have more visits on such a day than those of this run.
    """
    by_day: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for visit in visits:
        by_day[visit["orgId"], visit["day"]].append(visit)
    ends: Counter[str] = Counter()
    complaints: list[str] = []
    guidance = 0
    for (org_id, day), ours in by_day.items():
        asked = {"orgId": org_id, "from": day, "to": day}
        total = (await registry.get("/v1/reports/visits", params=asked)).raise_for_status().json()["total"]
        ends.update(total["ended"])
        guidance += total["guidanceOnly"]
        for reason, count in Counter(visit["reason"] for visit in ours).items():
            if total["ended"][reason] < count:
                complaints.append(f"{count} visits to {org_id} ended {reason}; the report has {total['ended'][reason]}")
    return {"ended": dict(+ends), "guidanceOnly": guidance}, complaints
