"""R24: the next rungs of a hundred thousand cases fall due in one minute, and routing dies over them: each fires once.

100,000 with `--chaos`, else 3,000. The cases are written as routing's own rules make them, behind its door: filed at
desks they would take far longer to come in than to fall due, and intake, which passes by what it need not know, never
hears of them. Routing is killed when a third has fired, and again right after it has published and not yet noted so.
"""

import asyncio
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.routing import WorkMoved
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.topics import ROUTING_WORK
from services.contracts.working_calendar import CalendarRef
from services.ops import clock
from services.ops.demo.morning import set_morning
from services.runtime.message import Record
from tests.chaos.house import FULL, House
from tests.support.load_run import IDEMPOTENCY
from tests.support.sample import sample_snapshot
from tests.unit.routing.office import UNIT, Office, registered

COUNT = 100_000 if FULL else 3_000
SECONDS = 60
"""Over which the rungs fall due."""
BUDGET = WorkingTime(value=1, unit=DurationUnit.WORKING_HOURS)
PERCENT, TO_RUNG = 50, timedelta(minutes=30)
"""The first rung, and how long after registration it is reached. The second comes a third of an hour later."""
AHEAD = timedelta(minutes=8)
"""So that all are written before the first falls due."""
LATE_BY = 60.0
"""Seconds (reliability 1: deadlines fire within 60 s), of routing's own time: of a machine that others use as well it
has a share, and how late the last were there is told, and no fault of its own."""
WITHIN = 600.0 if FULL else 60.0
MOST_MEMORY = 600 * 1024 * 1024
SWARM = "swarm-"
PACE: dict[str, str] = {} if FULL else {"MAX_RECORDS": "200"}
"""Of so few it takes small steps, so that a process can die in the middle."""

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1_200 if FULL else 180)]


@dataclass
class Swarm:
    """Cases whose rungs fall due together, and what becomes of them."""

    house: House
    first_due: datetime
    memory: int = 0
    """The most that routing has had resident."""
    work: dict[int, float] = field(default_factory=dict)
    """Seconds of a processor's time that its processes have had, as last seen."""
    waits: list[float] = field(default_factory=list)
    """How long commands took meanwhile, in seconds."""

    @property
    def cases(self) -> Any:
        return self.house.mongo["routing"]["case"]

    def ids(self) -> Iterator[str]:
        return (f"{SWARM}{number:06d}" for number in range(COUNT))

    async def write(self) -> None:
        """One case for each second of the minute by the rules themselves, and the others are like it."""
        office = Office(sample_snapshot(), now=self.first_due - TO_RUNG + timedelta(seconds=SECONDS))
        patterns = {f"{SWARM}pattern-{second:02d}": second for second in range(SECONDS)}
        for id, second in patterns.items():
            await office.hear(self._filed(id, self.first_due - TO_RUNG + timedelta(seconds=second)))
        rows = list(office.store.collections["case"].values())
        assert len(rows) == SECONDS
        assert {row["state"]["work"][0]["task"]["state"] for row in rows} == {"ASSIGNED"}
        batch: list[dict[str, Any]] = []
        for number, id in enumerate(self.ids()):
            row = rows[number % SECONDS]
            batch.append(_renamed(row, row["_id"], id))
            if len(batch) == 5_000:
                self.cases.insert_many(batch, ordered=False)
                batch = []
        if batch:
            self.cases.insert_many(batch, ordered=False)

    def _filed(self, id: str, at: datetime) -> Any:
        unit = sample_snapshot().unit(UNIT)
        assert unit is not None
        promise = Commitment(
            id=f"{id}.1",
            kind=CommitmentKind.FINAL_DELIVERY,
            promised_at=at + timedelta(hours=1),
            promised_local="1405/09/02 10:30",
            legal_latest_at=at + timedelta(days=30),
            calendar=CalendarRef(id=unit.calendar_id, version=1),
            budget=BUDGET,
            state=CommitmentState.OPEN,
        )
        return registered(id, at, commitments=(promise,))

    def fired(self) -> int:
        return int(
            self.cases.count_documents({"_id": {"$gte": SWARM, "$lt": SWARM + "~"}, "state.rungs.0": {"$exists": True}})
        )

    def until(self, count: int) -> None:
        deadline = time.monotonic() + WITHIN
        while (done := self.fired()) < count:
            assert time.monotonic() < deadline, f"{done} of {count} within {WITHIN:.0f} s; {self.house.home.logs}"
            self._look()
            time.sleep(0.1)
        self._look()

    def _look(self) -> None:
        self.memory = max(self.memory, self.house.memory("routing"))
        pid, seconds = self.house.worked("routing")
        self.work[pid] = max(seconds, self.work.get(pid, 0.0))

    @contextmanager
    def others_at_work(self) -> Iterator[None]:
        """An officer asks to start the last case, again and again: refused, since older ones wait (I7)."""
        last = f"{SWARM}{COUNT - 1:06d}"
        officer = self.cases.find_one({"_id": last})["state"]["work"][0]["task"]["assignee"]
        stop = threading.Event()

        def ask() -> None:
            url = f"{self.house.addresses().routing}/v1/tasks/{last}.1/start"
            with httpx.Client(timeout=30) as http:
                while not stop.wait(0.2):
                    began = time.monotonic()
                    try:
                        key = {IDEMPOTENCY: f"swarm-{began}"}
                        answer = http.post(url, json={"officerId": officer}, headers=key)
                    except httpx.TransportError:
                        continue  # it is dead
                    if answer.status_code == httpx.codes.CONFLICT:
                        self.waits.append(time.monotonic() - began)

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield
        finally:
            stop.set()
            asking.join()

    def told(self, records: list[Record]) -> dict[tuple[str, int], set[str]]:
        """The events of rungs, by request and percent; one that is told again bears the same id."""
        found: dict[tuple[str, int], set[str]] = defaultdict(set)
        for record in records:
            if record.topic == ROUTING_WORK.name and (record.key or b"").startswith(SWARM.encode()):
                event = WorkMoved.model_validate_json(record.value or b"")
                assert event.moves == ("clock.rung-fired",)
                assert event.rung is not None
                found[event.request_id, event.rung.percent].add(str(dict(record.headers)["ce_id"]))
        return found

    def late_by(self, since: datetime) -> list[float]:
        """Seconds after that moment, or after the due time where that is later, the least first."""
        found = self.cases.find({"_id": {"$gte": SWARM, "$lt": SWARM + "~"}}, {"state.rungs": 1})
        moments = [datetime.fromisoformat(row["state"]["rungs"][0]["at"]) for row in found]
        return sorted((moment - since).total_seconds() for moment in moments)

    def remove(self) -> None:
        self.cases.delete_many({"_id": {"$gte": SWARM, "$lt": SWARM + "~"}})


def _renamed(value: Any, was: str, id: str) -> Any:
    """A stored case under another id."""
    if isinstance(value, dict):
        return {name: _renamed(each, was, id) for name, each in value.items() if name != "outbox"}
    if isinstance(value, list | tuple):
        return [_renamed(each, was, id) for each in value]
    return value.replace(was, id) if isinstance(value, str) else value


async def test_R24_every_rung_that_falls_due_in_one_minute_fires_once_though_routing_dies_twice(house: House) -> None:
    house.kill("routing")
    house.restart("routing", **PACE)
    now = set_morning(house.home)
    swarm = Swarm(house, (now + AHEAD).replace(microsecond=0))
    since = house.offsets()
    began = time.monotonic()
    await swarm.write()
    try:
        assert swarm.fired() == 0
        assert clock.now(house.home) < swarm.first_due, "written in time"
        print(f"\n{COUNT} cases written in {time.monotonic() - began:.0f} s")
        with swarm.others_at_work():
            await asyncio.sleep(3)
            calm, swarm.waits = swarm.waits, []
            wait = swarm.first_due + timedelta(seconds=SECONDS) - clock.now(house.home)
            due = clock.advance(house.home, f"{int(wait.total_seconds()) + 1}s")
            began = time.monotonic()
            swarm.until(COUNT // 3)
            house.kill("routing")
            house.launch("routing", KILL_AT="after-publish:2", **PACE)
            assert house.death_of("routing", seconds=60) == 9, "routing did not die after it had published"
            assert swarm.fired() < COUNT, "it died in the middle"
            house.restart("routing")
            swarm.until(COUNT)
            took = time.monotonic() - began
        late = swarm.late_by(due)
        house.settle()
        told = swarm.told(house.records(since))
        print(
            f"all fired after {took:.1f} s, p50 {late[COUNT // 2]:.1f} s, p99 {late[COUNT * 99 // 100]:.1f} s; "
            f"routing worked for {sum(swarm.work.values()):.1f} s of it, with at most {swarm.memory // 2**20} MB; "
            f"commands p50/p99: {_percentiles(calm)} before, {_percentiles(swarm.waits)} meanwhile"
        )
        assert told.keys() == {(id, PERCENT) for id in swarm.ids()}
        assert Counter(len(ids) for ids in told.values()) == {1: COUNT}
        assert sum(swarm.work.values()) < LATE_BY
        assert swarm.memory < MOST_MEMORY
        for row in swarm.cases.find({"_id": {"$gte": SWARM, "$lt": SWARM + "~"}}, {"state.rungs": 1, "timers": 1}):
            assert [rung["percent"] for rung in row["state"]["rungs"]] == [PERCENT]
            assert [name for name, _ in row["timers"]] == ["rung"], "the next waits"
    finally:
        swarm.remove()


def _percentiles(waits: list[float]) -> str:
    if not waits:
        return "none answered"
    ordered = sorted(waits)
    return f"{ordered[len(ordered) // 2] * 1000:.0f}/{ordered[len(ordered) * 99 // 100] * 1000:.0f} ms of {len(waits)}"
