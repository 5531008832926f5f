"""Tickets under many callers at once: consecutive numbers, none twice, also with two processes (domain 12.15)."""

import asyncio
from typing import Any

from services.contracts.decision import Refused
from services.intake.domain.visit_messages import CallOf, OpenTicket
from services.intake.handlers import DESK_QUEUE, REQUEST, VISIT
from services.intake.visit_store import queue_id
from services.worktime.jalali import civil_day
from tests.support.memory_door import MemoryDoor
from tests.support.readable_store import ReadableStore
from tests.unit.intake.cases import MORNING, PERMITS_DESK, PERMITS_OFFICER, RULES
from tests.unit.intake.edge import a_door

COLLEAGUE = "wa-municipality-urmia-desk-02"
CALLERS = 64
DAY = civil_day(MORNING)
QUEUE = queue_id(PERMITS_DESK, DAY)


def a_ticket(number: int) -> OpenTicket:
    asked: Any = {"deskId": PERMITS_DESK, "officerId": PERMITS_OFFICER}
    return OpenTicket(visit_id=f"v-{number}", asked=asked, day=DAY)


async def test_sixty_four_callers_at_once_get_sixty_four_numbers_without_a_gap() -> None:
    memory = a_door()
    async with memory.serving():
        done = await asyncio.gather(
            *(memory.door.submit(DESK_QUEUE, QUEUE, a_ticket(n), key=str(n)) for n in range(CALLERS))
        )
    assert sorted(d.answer["ticketNo"] for d in done if d.answer) == list(range(1, CALLERS + 1))
    await memory.settle()
    records = [memory.state(VISIT, f"v-{n}") for n in range(CALLERS)]
    assert sorted(record.visit.ticket_no for record in records) == list(range(1, CALLERS + 1))


async def test_two_processes_share_one_row_of_numbers() -> None:
    """Of two writers one wins; the other reads what is stored and decides again."""
    one = a_door()
    assert isinstance(one.store, ReadableStore)
    other = MemoryDoor(
        "intake",
        [REQUEST, DESK_QUEUE, VISIT],
        rules=RULES,
        registry=one.registry,
        store=one.store,
        clock=one.clock,
    )
    async with one.serving(), other.serving():
        done = await asyncio.gather(
            *((one if n % 2 else other).door.submit(DESK_QUEUE, QUEUE, a_ticket(n), key=str(n)) for n in range(CALLERS))
        )
    assert sorted(d.answer["ticketNo"] for d in done if d.answer) == list(range(1, CALLERS + 1))


async def test_of_two_officers_who_call_the_next_at_once_one_is_refused() -> None:
    """12.20: nobody is awaited at two counters; the second officer calls whoever comes after."""
    memory = a_door()
    await memory.submit(DESK_QUEUE, QUEUE, a_ticket(1))
    await memory.submit(DESK_QUEUE, QUEUE, a_ticket(2))
    calls: list[Any] = [{"officerId": officer} for officer in (PERMITS_OFFICER, COLLEAGUE)]
    async with memory.serving():
        done = await asyncio.gather(
            *(memory.door.submit(DESK_QUEUE, QUEUE, CallOf(visit_id="v-1", asked=call)) for call in calls),
            return_exceptions=True,
        )
    (refusal,) = [error for error in done if isinstance(error, Refused)]
    assert (refusal.code, refusal.status, refusal.facts) == ("ILLEGAL_MOVE", 409, {"from": "CALLED", "to": "CALLED"})
    queue = memory.state(DESK_QUEUE, QUEUE)
    assert [(visit.state, visit.calls) for visit in queue.open] == [("CALLED", 1), ("WAITING", 0)]
