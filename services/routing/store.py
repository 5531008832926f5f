"""Every query of routing, and the indexes they need."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from services.contracts.registry import Officer
from services.contracts.routing import TaskState
from services.routing.domain.case import LIVE, Case, order_within
from services.routing.handlers import CASE
from services.runtime.lookups import Stored
from services.runtime.store import Index, Store

UNIT_WORK: Final = Index([("state.unitId", 1), ("state.task.state", 1), ("state.order", 1)], "unit-work")
MANY: Final = 200
"""More than an officer has tasks at once."""

INDEXES: Mapping[str, Sequence[Index]] = {CASE.name: [UNIT_WORK]}


async def work_of_unit(
    store: Store, unit_id: str, state: TaskState | None, after: str | None, limit: int
) -> list[Stored[Case]]:
    """A unit's cases in handling order, `after` a place in it. No state = all that is open."""
    return await store.find(CASE, unit_work(unit_id, state, after), sort=[("state.order", 1)], limit=limit)


async def oldest_before(store: Store, case: Case, officers: Collection[Officer]) -> Case | None:
    """The oldest startable case of the same unit and priority class that arrived before this one (I7).

    `officers`: who works in the unit. What is assigned to somebody who has left, or has declared a conflict since,
    nobody can start.
    """
    at_work = {officer.id: officer for officer in officers}
    for limit in (1, MANY):
        found = await store.find(CASE, older(case, at_work), sort=[("state.order", 1)], limit=limit)
        for stored in found:
            if not at_work[str(stored.state.task.assignee)].in_conflict(*stored.state.people):
                return stored.state
        if len(found) < limit:
            break
    return None


def unit_work(unit_id: str, state: TaskState | None, after: str | None) -> dict[str, Any]:
    states = [state.value] if state else [live.value for live in LIVE]
    return {"state.unitId": unit_id, "state.task.state": {"$in": states}, "state.order": {"$gt": after or ""}}


def older(case: Case, officers: Collection[str]) -> dict[str, Any]:
    """Startable cases before the second in which this one arrived: of two in one second neither is older."""
    return {
        "state.unitId": case.unit_id,
        "state.task.state": TaskState.ASSIGNED.value,
        "state.task.assignee": {"$in": list(officers)},
        "state.order": {"$gt": order_within(case.priority_class), "$lt": case.order.rpartition("|")[0]},
    }
