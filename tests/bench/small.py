"""P6 and P7: what a service takes when nothing happens, how soon it is ready, what a promise and a draw cost."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil

from services.contracts.decision import World
from services.contracts.working_calendar import WorkingCalendar
from services.ops import processes, service_processes
from services.routing.domain import queue
from services.routing.domain.messages import OfferTask
from services.routing.domain.queue import Queue
from services.routing.domain.rules import Rules
from services.worktime import Duration, Unit, promise
from services.worktime.published import calendar_of
from tests.bench.pipeline import Product
from tests.support.sample import sample_snapshot

DRAWN_IN = "wa-municipality-urmia-permits"


@dataclass(frozen=True)
class Idle:
    """Per service: resident memory in MiB a moment after it was ready, and the seconds it needed to be ready, alone."""

    memory_mib: dict[str, float]
    ready_seconds: dict[str, float]
    all_ready_seconds: float


def idle(product: Product) -> Idle:
    """Starts every service alone, one after the other, then all of them together."""
    ready: dict[str, float] = {}
    for program in service_processes.SERVICES:
        product.stop()
        began = time.perf_counter()
        product.start_one(program)
        ready[program.name] = time.perf_counter() - began
    product.stop()
    began = time.perf_counter()
    product.start_all()
    together = time.perf_counter() - began
    time.sleep(5)
    memory = {}
    for program in service_processes.SERVICES:
        running = processes.find(product.home, program.name)
        if running is None:
            raise RuntimeError(f"{program.name} does not run")
        memory[program.name] = psutil.Process(running.pid).memory_info().rss / 2**20
    return Idle(memory, ready, together)


def microseconds_per_promise(count: int = 20_000) -> float:
    """A promise of 15 working days on the offices' calendar, each from another minute."""
    entry = sample_snapshot().calendar("wa-offices")
    assert isinstance(entry, WorkingCalendar)
    calendar, budget = calendar_of(entry), Duration(15, Unit.WORKING_DAYS)
    start = datetime(2026, 11, 23, 6, tzinfo=UTC)
    moments = [start + timedelta(minutes=7 * n % 40_000) for n in range(count)]
    promise(calendar, moments[0], budget)
    began = time.process_time()
    for moment in moments:
        promise(calendar, moment, budget)
    return 1e6 * (time.process_time() - began) / count


def microseconds_per_draw(count: int = 20_000) -> float:
    """A task that a unit's queue gives to one of its officers, all of whom have as many: so each has a lot."""
    registry = sample_snapshot()
    rules = Rules(seed_key=b"a key that only the bench knows.")
    world = World(now=datetime(2026, 11, 23, 6, tzinfo=UTC), registry=registry, rules=rules, patience_over=True)
    offers = [
        OfferTask(unit_id=DRAWN_IN, task_id=f"r{n}.1", request_id=f"r{n}", service_id="building-permit")
        for n in range(count)
    ]
    empty = Queue(unit_id=DRAWN_IN)
    queue.offered(empty, offers[0], world)
    began = time.process_time()
    for offer in offers:
        queue.offered(empty, offer, world)
    return 1e6 * (time.process_time() - began) / count
