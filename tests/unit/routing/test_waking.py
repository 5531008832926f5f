"""A place that is free again goes at once to whoever waits longest and may have it (domain 7)."""

import asyncio
from datetime import date, timedelta

from services.contracts.registry import Authority
from services.contracts.routing import TaskState, WaitsFor
from services.routing.domain.commands import Answer, Line, Start
from services.routing.domain.messages import PlaceFreed
from services.routing.handlers import CASE
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import SERVICE, Office, officers, province, registered, task_of
from tests.unit.routing.test_routing_api import waking

UP_TO_1000 = Authority(service_id=SERVICE, actions=("PROCESS",), max_amount=1000, valid_from=date(2026, 3, 21))


async def arrived(office: Office, *amounts: int | None) -> None:
    """`r1`, `r2` and so on, a minute apart."""
    for number, amount in enumerate(amounts, 1):
        await office.hear(registered(f"r{number}", WORKING_MORNING + timedelta(minutes=number), amount=amount))


async def answered(office: Office, request_id: str) -> None:
    """By whoever has it; what follows is done."""
    task = task_of(office.case(request_id))
    start = Start(task_id=task.id, officer_id=str(task.assignee), line=Line(older=None))
    await office.door.submit(CASE, request_id, start)
    body = {"taskId": task.id, "officerId": task.assignee, "result": "GRANTED"}
    await office.door.submit(CASE, request_id, Answer.model_validate(body))
    await office.settle()


def states(office: Office, *numbers: int) -> list[TaskState]:
    return [task_of(office.case(f"r{number}")).state for number in numbers]


async def test_who_waits_for_somebody_else_holds_up_nobody_who_waits_for_room() -> None:
    """`r2` is beyond the authority of whoever has room; `r3` waits for just that."""
    (ada,) = officers("ada", authorities=(UP_TO_1000,))
    office = Office(province("ada", load_cap=1, extra=[ada.model_copy(update={"version": 2})]))
    office.perform_with(waking(office).perform)
    await arrived(office, 10, 5000, 10, 10)
    assert [task_of(office.case(f"r{number}")).waits_for for number in (2, 3)] == [WaitsFor.OFFICER, WaitsFor.ROOM]
    async with office.serving():
        await answered(office, "r1")
    assert states(office, 2, 3, 4) == [TaskState.OFFERED, TaskState.ASSIGNED, TaskState.OFFERED]


async def test_however_many_wait_for_somebody_else_before_them() -> None:
    (ada,) = officers("ada", authorities=(UP_TO_1000,))
    office = Office(province("ada", load_cap=1, extra=[ada.model_copy(update={"version": 2})]))
    office.perform_with(waking(office).perform)
    await arrived(office, 10, *(5000 for _ in range(25)), 10)
    async with office.serving():
        await answered(office, "r1")
    assert states(office, 2, 26, 27) == [TaskState.OFFERED, TaskState.OFFERED, TaskState.ASSIGNED]


async def test_two_places_that_come_free_one_after_the_other_go_to_two_who_wait() -> None:
    office = Office(province("ada", "bahar", load_cap=1))
    await arrived(office, *(None for _ in range(5)))
    wakes = waking(office)
    async with office.serving():
        await answered(office, "r1")
        await answered(office, "r2")
        one, other = [each for each in office.effects if isinstance(each.effect, PlaceFreed)]
        await asyncio.gather(wakes.perform([one]), wakes.perform([other]))
    assert states(office, 3, 4, 5) == [TaskState.ASSIGNED, TaskState.ASSIGNED, TaskState.OFFERED]


async def test_by_arrival_within_a_priority_class_the_places_go() -> None:
    office = Office(province("ada", load_cap=1))
    office.perform_with(waking(office).perform)
    await office.hear(registered("now"))
    for name, minute, priority in (("b", 2, None), ("a", 3, None), ("z", 4, "VETERAN"), ("y", 5, "VETERAN")):
        at = WORKING_MORNING + timedelta(minutes=minute)
        await office.hear(registered(name, at, priority_class=priority))
    order = ["now"]
    async with office.serving():
        while len(order) < 5:
            await answered(office, order[-1])
            order += [name for name in "abyz" if name not in order and office.case(name).work[-1].given]
    assert order == ["now", "z", "y", "b", "a"]
