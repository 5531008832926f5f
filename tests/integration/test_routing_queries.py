"""Routing's views on real MongoDB: every query walks an index, and the list comes in handling order (design 4)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.contracts.registry import Conflict
from services.contracts.routing import TaskState
from services.contracts.working_calendar import CalendarRef
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.handlers import CASE, QUEUE
from services.routing.store import (
    BEHIND_ORDER,
    INDEXES,
    ORG,
    agencies_behind,
    behind,
    cases_behind,
    count_behind,
    older,
    oldest_before,
    unit_work,
    work_of_unit,
)
from services.runtime.document import Document
from services.runtime.lookups import Stored
from services.runtime.store import Store
from tests.support.plans import stages
from tests.support.stack import Stack
from tests.unit.routing.office import UNIT, officers, registered, world

OFFICERS = ("ada",)
STAFF = officers(*OFFICERS)
FILED = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
async def store(stack: Stack) -> AsyncIterator[Store]:
    store = Store.open(stack.mongo, f"routing{uuid4().hex[:8]}", INDEXES)
    await store.prepare([CASE, QUEUE])
    cases = [a_case(n) for n in range(60)]
    documents = [Document(case.request_id, state=case) for case in cases]
    await store.write(CASE, documents, FILED)
    yield store
    await store.close()


def a_case(number: int) -> Case:
    """Every third waits, every third is assigned, every third is started; every fifth is a veteran's."""
    filed = FILED + timedelta(minutes=number)
    priority = "VETERAN" if number % 5 == 0 else None
    case = placing.request_moved(None, registered(f"r{number}", filed, priority_class=priority), world()).state
    assert case is not None
    state = (TaskState.OFFERED, TaskState.ASSIGNED, TaskState.STARTED)[number % 3]
    assignee = None if state is TaskState.OFFERED else "ada"
    (work,) = case.work
    task = work.task.model_copy(update={"state": state, "assignee": assignee})
    return case.with_work(work.model_copy(update={"task": task}))


@pytest.mark.parametrize("state", [None, *TaskState])
async def test_a_units_list_is_read_by_index_and_never_sorted_in_memory(store: Store, state: TaskState | None) -> None:
    plan = stages(await store.explain(CASE, unit_work(UNIT, state, "1|2026"), [("state.order", 1)]))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


async def test_the_line_before_a_task_is_read_by_index(store: Store) -> None:
    plan = stages(await store.explain(CASE, older(a_case(30), UNIT, OFFICERS), [("state.order", 1)]))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


@pytest.mark.parametrize("after", [None, "r7"])
async def test_clocks_behind_their_calendar_are_read_by_index(store: Store, after: str | None) -> None:
    case = a_case(7)
    page = behind(case.calendar.id, 2, Stored(after, 1, case, 0) if after else None) | {ORG: case.org_id}
    for query, sort in ((page, BEHIND_ORDER), (behind(case.calendar.id, 2) | {ORG: {"$gt": ""}}, [(ORG, 1)])):
        plan = stages(await store.explain(CASE, query, sort))
        assert "IXSCAN" in plan
        assert plan.isdisjoint({"COLLSCAN", "SORT"})


async def test_all_clocks_behind_their_calendar_are_found_and_no_others(store: Store) -> None:
    case = a_case(7)
    id, org = case.calendar.id, case.org_id
    over = case.model_copy(
        update={"request_id": "over", "clock": case.clock.model_copy(update={"running_since": None})}
    )
    ahead = case.model_copy(update={"request_id": "ahead", "calendar": CalendarRef(id=id, version=2)})
    another = case.model_copy(update={"request_id": "another", "org_id": "wa-another"})
    await store.write(CASE, [Document(c.request_id, state=c) for c in (over, ahead, another)], FILED)
    assert await agencies_behind(store, id, 2) == ["wa-another", org]
    assert await agencies_behind(store, id, 1) == []
    assert await count_behind(store, id, 2, org) == 60
    seen: list[str] = []
    last: Stored[Case] | None = None
    while page := await cases_behind(store, id, 2, org, last, 7):
        last = page[-1]
        seen += [stored.id for stored in page]
    assert seen == sorted(f"r{n}" for n in range(60))


async def test_the_list_pages_through_all_open_work_in_order(store: Store) -> None:
    seen: list[Case] = []
    while page := await work_of_unit(store, UNIT, None, seen[-1].order if seen else None, 7):
        seen += [stored.state for stored in page]
    assert len(seen) == 60
    assert [case.priority_class for case in seen[:12]] == ["VETERAN"] * 12
    assert [case.arrived_at for case in seen[12:]] == sorted(case.arrived_at for case in seen[12:])


async def test_the_oldest_startable_task_of_the_same_class_is_found(store: Store) -> None:
    found = await oldest_before(store, a_case(31), UNIT, STAFF)
    assert found is not None
    assert found.task.id == "r1.1"
    veterans = await oldest_before(store, a_case(55), UNIT, STAFF)
    assert veterans is not None
    assert veterans.task.id == "r10.1"
    assert await oldest_before(store, a_case(1), UNIT, STAFF) is None
    assert await oldest_before(store, a_case(31), UNIT, officers("bahar")) is None


async def test_what_its_officer_may_not_start_any_more_stands_in_nobodys_way(store: Store) -> None:
    """I8: declared after the task was handed out."""
    ref = f"A-{'0' * 32}"
    oldest = a_case(1)
    await store.write(CASE, [Document("r1", version=1, state=oldest.model_copy(update={"people": (ref,)}))], FILED)
    declared = Conflict(ref=ref, relation="SPOUSE", since=FILED.date())
    staff = [officer.model_copy(update={"conflicts": (declared,)}) for officer in STAFF]
    found = await oldest_before(store, a_case(31), UNIT, staff)
    assert found is not None
    assert found.task.id == "r4.1"
