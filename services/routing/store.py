"""Every query of routing, and the indexes they need."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.contracts.routing import TaskState
from services.routing.domain.case import LIVE, Case, order_within
from services.routing.handlers import CASE
from services.runtime.store import Index, Store, Stored

UNIT_WORK: Final = Index([("state.unitId", 1), ("state.task.state", 1), ("state.order", 1)], "unit-work")
INDEXES: Mapping[str, Sequence[Index]] = {CASE.name: [UNIT_WORK]}


async def work_of_unit(
    store: Store, unit_id: str, state: TaskState | None, after: str | None, limit: int
) -> list[Stored[Case]]:
    """A unit's cases in the order in which they are to be handled, `after` a place in it. No state = all that is
    open."""
    states = [state.value] if state else [live.value for live in LIVE]
    filter = {"state.unitId": unit_id, "state.task.state": {"$in": states}, "state.order": {"$gt": after or ""}}
    return await store.find(CASE, filter, sort=[("state.order", 1)], limit=limit)


async def oldest_before(store: Store, case: Case) -> Case | None:
    """The oldest startable case of the same unit and priority class that arrived before this one (I7)."""
    first = order_within(case.priority_class)
    filter = {
        "state.unitId": case.unit_id,
        "state.task.state": TaskState.ASSIGNED.value,
        "state.order": {"$gt": first, "$lt": case.order.rpartition("|")[0]},
    }
    found = await store.find(CASE, filter, sort=[("state.order", 1)], limit=1)
    return found[0].state if found else None
