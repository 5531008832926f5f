"""P1 and P1s: the product itself over the same job as the yardsticks, as its own processes on the same servers.

From the moment intake is let go, with every service holding its partitions, to the last stored notice (P1s: the last
one handed to the gateway). Then it is checked that each submission has its case with a promise, its assigned task and
its notice.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
from aiokafka import AIOKafkaProducer
from pymongo import MongoClient

from services.contracts.topics import KIOSK_SUBMISSION
from services.ops import clock, processes, province, service_processes
from services.ops.credentials import Credentials
from services.ops.home import Home
from services.ops.kiosk_keys import office_key
from services.ops.progress import Steps
from services.ops.servers import Servers
from tests.bench.load import AT_THE_DESK, OFFERED, submissions

WORKING_MORNING = "2026-11-23T09:30"
LOAD_CAP = 1_000_000
"""Of the units under measurement: the job is to assign, and nobody answers what is assigned."""
GIVE_UP_SECONDS = 600
PATIENT = {"SESSION_TIMEOUT_MS": "60000"}
"""Intake is held still while the job is laid out; it must not lose its partitions meanwhile."""


class Product:
    """The product's processes on a home of their own; what they stored is read as the database's administrator."""

    def __init__(self, home: Home, servers: Servers, steps: Steps) -> None:
        self.home, self.servers, self._steps = home, servers, steps
        self._mongo: MongoClient[dict[str, Any]] = MongoClient(servers.mongo)

    def start(self, *, sending: bool) -> None:
        """The production composition roots, with the sample province; `sending` False keeps notices stored.

        Notices that an earlier start has kept are forgotten: a measurement sends its own and no backlog.
        """
        self.stop()
        self._mongo["notify"]["correspondence"].drop()
        own: dict[str, Mapping[str, str]] = {
            "intake": {f"INTAKE_{name}": value for name, value in PATIENT.items()},
            "notify": {"NOTIFY_SENDING": str(sending).lower()},
        }
        for program in service_processes.PROGRAMS:
            service_processes.start_one(program, self.home, self.servers, self._steps, own.get(program.name, {}))
        clock.set_to(self.home, WORKING_MORNING)
        registry = service_processes.REGISTRY.url(self.home)
        province.import_sample(self.home)
        with httpx.Client(base_url=registry, timeout=10) as http:
            for service in {AT_THE_DESK, *(service for _, service in OFFERED)}:
                unit = http.get(f"/v1/units/{http.get(f'/v1/services/{service}').json()['unitId']}").json()
                http.put(
                    f"/v1/units/{unit['id']}",
                    json={**_without_version(unit), "loadCap": LOAD_CAP},
                    headers={"If-Match": "*"},
                ).raise_for_status()
        time.sleep(1)  # the new cap reaches routing by its topic

    def start_one(self, program: service_processes.Program) -> None:
        service_processes.start_one(program, self.home, self.servers, self._steps)

    def start_again(self, name: str, settings: Mapping[str, str]) -> None:
        """One program, stopped and started with further environment variables."""
        program = next(program for program in service_processes.PROGRAMS if program.name == name)
        processes.stop(self.home, [name])
        service_processes.start_one(program, self.home, self.servers, self._steps, settings)

    def set_faults(self, faults: Mapping[str, float]) -> None:
        """How badly the gateway behaves until it is started anew."""
        httpx.post(f"{self.url('sms-simulator')}/faults", json=dict(faults)).raise_for_status()

    def start_all(self) -> None:
        service_processes.start(self.home, self.servers, self._steps)

    def stop(self) -> None:
        service_processes.stop(self.home)

    @property
    def sign(self) -> Callable[[str, bytes], str]:
        """How a kiosk office of this home signs a value."""
        keys = {kiosk: office_key(Credentials(self.home), kiosk) for kiosk, _ in OFFERED}
        return lambda kiosk, value: keys[kiosk].sign(value)

    def pid(self, name: str) -> int:
        running = processes.find(self.home, name)
        if running is None:
            raise RuntimeError(f"{name} does not run; its log is in {self.home.logs}")
        return running.pid

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time each of the processes has used so far."""
        names = ("intake", "routing", "notify", "registry", "sms-simulator", "kafka", "mongo")
        running = {name: processes.find(self.home, name) for name in names}
        return {
            name: sum(psutil.Process(process.pid).cpu_times()[:2])
            for name, process in running.items()
            if process is not None
        }

    def url(self, name: str) -> str:
        return next(p.url(self.home) for p in service_processes.PROGRAMS if p.name == name)

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """A process held still (SIGSTOP) for the length of the block."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def count(self, service: str, entity: str, filter: Mapping[str, Any] | None = None) -> int:
        collection = self._mongo[service][entity]
        return collection.estimated_document_count() if filter is None else collection.count_documents(dict(filter))

    def requests_of(self, keys: Collection[str]) -> dict[str, str]:
        """Request id -> the key of the submission that opened it, for those of `keys`."""
        references = [key.rpartition(":")[2] for key in keys]
        found = self._mongo["intake"]["request"].find(
            {"state.filing.externalRef": {"$in": references}}, {"state.filing": 1}
        )
        return {
            row["_id"]: f"{row['state']['filing']['kioskId']}:{row['state']['filing']['externalRef']}" for row in found
        }

    def accepted(self) -> int:
        """Messages that the gateway has accepted so far."""
        with httpx.Client(base_url=self.url("sms-simulator"), timeout=10) as http:
            accepted: int = http.get("/messages", params={"limit": 1}).json()["accepted"]
        return accepted

    def wait_until_quiet(self) -> None:
        """Until the gateway has had no message for two seconds. Raises TimeoutError."""
        before = -1
        for _ in range(GIVE_UP_SECONDS // 2):
            now = self.accepted()
            if now == before:
                return
            before = now
            time.sleep(2)
        raise TimeoutError(f"the gateway was not quiet within {GIVE_UP_SECONDS} s")

    def stored(self) -> tuple[int, int, int]:
        """Requests, cases and correspondences there are."""
        return self.count("intake", "request"), self.count("routing", "case"), self.count("notify", "correspondence")


@dataclass(frozen=True)
class Measured:
    """Cases per second, and milliseconds of processor time a case took in each process."""

    cases_per_second: float
    cpu_ms: dict[str, float]


def measure(product: Product, cases: int, *, sent: bool = False) -> Measured:
    """Takes so many submissions through. Raises TimeoutError when not every case is whole at the end."""
    before = product.stored()
    whole = _whole(product)
    handed = product.accepted() if sent else 0
    with product.held("intake"):
        asyncio.run(_publish(product, cases))
        busy = product.cpu_seconds()
    started = time.perf_counter()
    wait_for(
        lambda: all(now - was >= cases for now, was in zip(product.stored(), before, strict=True)), "stored notices"
    )
    if sent:
        wait_for(lambda: product.accepted() - handed >= cases, "sent notices")
    seconds = time.perf_counter() - started
    cpu = {name: 1000 * (used - busy[name]) / cases for name, used in product.cpu_seconds().items()}
    wait_for(
        lambda: tuple(n - w for n, w in zip(_whole(product), whole, strict=True)) == (cases,) * 3, "whole cases", 0.5
    )
    return Measured(cases / seconds, cpu)


def _whole(product: Product) -> tuple[int, int, int]:
    """Requests with a promise, tasks assigned, notices stored."""
    return (
        product.count("intake", "request", {"state.case.commitments.0.state": "OPEN"}),
        product.count("routing", "case", {"state.work.task.state": "ASSIGNED"}),
        product.count("notify", "correspondence", {"state.messages.0.notice": "REGISTERED"}),
    )


async def _publish(product: Product, cases: int) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=product.servers.kafka, enable_idempotence=True, linger_ms=5, max_batch_size=1 << 17
    )
    await producer.start()
    pending = []
    for key, value, headers in submissions(cases, clock.now(product.home), product.sign):
        pending.append(await producer.send(KIOSK_SUBMISSION.name, value, key=key, headers=headers))
    await asyncio.gather(*pending)
    await producer.stop()


def wait_for(done: Callable[[], bool], what: str, every: float = 0.05) -> None:
    """Raises TimeoutError that says what was awaited."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {GIVE_UP_SECONDS} s")
        time.sleep(every)


def _without_version(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "version"}
