"""Routing's views on real MongoDB: every query walks an index, and the list comes in handling order (design 4)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.contracts.coordination import Coordination, CoordinationState, Purpose, Question
from services.contracts.registry import Conflict
from services.contracts.routing import TaskState
from services.contracts.wire import instant_text
from services.contracts.working_calendar import CalendarRef
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.domain.coordinations import Coordinations
from services.routing.domain.unit_slots import UnitDay, unit_day_id
from services.routing.handlers import CASE, QUEUE, UNIT_DAY
from services.routing.store import (
    BEHIND_ORDER,
    INDEXES,
    NEWEST_FIRST,
    ORG,
    SOONEST_FIRST,
    Place,
    agencies_behind,
    arrived_since,
    asked_by_desk,
    asked_of_unit,
    behind,
    cases_behind,
    count_behind,
    days_from,
    desk_asked,
    of_service,
    older,
    oldest_before,
    unit_asked,
    unit_days,
    unit_work,
    work_of_unit,
)
from services.runtime.document import Document
from services.runtime.lookups import Stored
from services.runtime.store import Store
from tests.support.plans import stages
from tests.support.stack import Stack
from tests.unit.routing.office import DESK, SERVICE, UNIT, officers, registered, world

ASKED, DECLINED = CoordinationState.ASKED, CoordinationState.DECLINED
OFFICERS = ("ada",)
STAFF = officers(*OFFICERS)
FILED = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
async def store(stack: Stack) -> AsyncIterator[Store]:
    store = Store.open(stack.mongo, f"routing{uuid4().hex[:8]}", INDEXES)
    await store.prepare([CASE, QUEUE, UNIT_DAY])
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


def a_day(number: int, unit: str = UNIT) -> UnitDay:
    return UnitDay(unit_id=unit, day=FILED.date() + timedelta(days=number))


def a_question(request_id: str, number: int, state: CoordinationState) -> Coordination:
    return Coordination(
        id=f"{request_id}.c{number}",
        round=1,
        unit_id=UNIT,
        question=Question(purpose=Purpose.ORIGINAL),
        state=state,
        asked_by="clerk",
        asked_at=FILED,
    )


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


@pytest.mark.parametrize("state", CoordinationState)
async def test_what_a_unit_was_asked_is_read_by_index(store: Store, state: CoordinationState) -> None:
    plan = stages(await store.explain(CASE, unit_asked(UNIT, state, "1|2026"), [("state.order", 1)]))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


@pytest.mark.parametrize("before", [None, ("2026-11-23T06:07:00Z", "r7")])
@pytest.mark.parametrize("state", [None, *CoordinationState])
async def test_what_a_desk_has_asked_is_read_by_index(
    store: Store, state: CoordinationState | None, before: Place | None
) -> None:
    plan = stages(await store.explain(CASE, desk_asked(DESK, state, before), NEWEST_FIRST))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


@pytest.mark.parametrize("before", [None, ("2026-11-23T06:07:00Z", "r7")])
async def test_the_cases_of_a_service_are_read_by_index(store: Store, before: Place | None) -> None:
    plan = stages(await store.explain(CASE, of_service(SERVICE, FILED, before), NEWEST_FIRST))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


@pytest.mark.parametrize("after", [None, a_day(2)])
async def test_the_days_ahead_of_all_units_are_read_by_index(store: Store, after: UnitDay | None) -> None:
    last = Stored(unit_day_id(after.unit_id, after.day), 1, after, 0) if after else None
    plan = stages(await store.explain(UNIT_DAY, unit_days(FILED.date(), last), SOONEST_FIRST))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


async def test_the_days_ahead_come_page_by_page_the_soonest_first(store: Store) -> None:
    days = [a_day(number, unit) for number in (3, -1, 1, 2) for unit in (f"{UNIT}-b", UNIT)]
    documents = [Document(unit_day_id(each.unit_id, each.day), state=each) for each in days]
    await store.write(UNIT_DAY, documents, FILED)
    seen: list[UnitDay] = []
    last = None
    while page := await days_from(store, FILED.date(), last, 4):
        seen += [stored.state for stored in page]
        last = page[-1]
    assert seen == [a_day(number, unit) for number in (1, 2, 3) for unit in (f"{UNIT}-b", UNIT)]


async def test_who_comes_on_a_day_is_read_by_ids(store: Store) -> None:
    plan = stages(await store.explain(CASE, {"_id": {"$in": ["r1", "r2"]}}))
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


async def test_a_unit_pages_through_what_it_was_asked_and_a_desk_through_what_it_has_asked(store: Store) -> None:
    """Each case once, also where it was asked about several times."""
    for number in range(0, 60, 2):
        asked = tuple(a_question(f"r{number}", n, state) for n, state in enumerate((ASKED, DECLINED, ASKED), start=1))
        case = a_case(number).model_copy(update={"coordinations": Coordinations(asked=asked)})
        await store.write(CASE, [Document(case.request_id, version=1, state=case)], FILED)
    seen: list[Case] = []
    while page := await asked_of_unit(store, UNIT, ASKED, seen[-1].order if seen else "", 7):
        seen += [stored.state for stored in page]
    assert [case.order for case in seen] == sorted(a_case(number).order for number in range(0, 60, 2))
    found: list[str] = []
    place: Place | None = None
    while page := await asked_by_desk(store, DESK, None, place, 7):
        found += [stored.id for stored in page]
        place = (instant_text(page[-1].state.arrived_at), page[-1].id)
    assert found == [f"r{number}" for number in reversed(range(0, 60, 2))]
    assert await asked_of_unit(store, UNIT, CoordinationState.PROPOSED, "", 7) == []


async def test_the_cases_of_a_service_come_newest_first_since_a_moment(store: Store) -> None:
    since, found = FILED + timedelta(minutes=10), list[str]()
    place: Place | None = None
    while page := await arrived_since(store, SERVICE, since, place, 7):
        found += [stored.id for stored in page]
        place = (instant_text(page[-1].state.arrived_at), page[-1].id)
    assert found == [f"r{number}" for number in reversed(range(10, 60))]


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
