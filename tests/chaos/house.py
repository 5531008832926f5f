"""The running product under test: starts, kills, pauses and watches its processes, and gathers what exists."""

import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from confluent_kafka import Consumer, TopicPartition
from pymongo import MongoClient

from services.contracts.topics import GROUPS, INTAKE_REQUEST, all_topics
from services.ops import clock, processes, province, servers, service_processes
from services.ops.credentials import PARTNERS, Credentials
from services.ops.demo.morning import set_morning
from services.ops.home import HOST, ROOT, Home
from services.ops.processes import Process
from services.ops.progress import Steps
from services.ops.service_processes import PROGRAMS, SERVICES, Program
from services.registry.domain.recording import KEPT_BY_VERSION
from services.runtime import broker_admin
from services.runtime.message import Record
from tests.support.acknowledged import Json, Ledger
from tests.support.checks import Seen, violations
from tests.support.load import Load
from tests.support.load_run import URMIA_KIOSKS, Addresses, Pace

KEPT = {kind.KIND for kind in KEPT_BY_VERSION}
Offsets = dict[tuple[str, int], int]
FULL = os.environ.get("MIZBAN_CHAOS") == "full"
SEED = os.environ.get("MIZBAN_CHAOS_SEED", "1405-09-02")
TIMES = 20 if FULL else 2
"""How often each fault comes."""
SETTLES_WITHIN = 300.0 if FULL else 120.0
"""Seconds until nothing moves: after twenty of each fault thousands of messages wait, each for a time of its own."""
SECOND_PORT = 20
"""Where second instances listen, counted from the first one's port."""
USUAL = Pace()
MOVING = ("CREATED", "SENDING", "SENT", "UNKNOWN", "TEMP_FAILED")
"""States of a message that wait for somebody, or for time to pass."""
UNDER_WAY: Json = {"state.messages": {"$elemMatch": {"state": {"$in": MOVING}}}}
ALL: Json = {}
QUICKER = {
    "intake": {"PATIENCE_SECONDS": "1"},
    "notify": {"RETRY_SECONDS_APART": "5", "SMS_TIMEOUT_SECONDS": "5"},
}
"""Waits shortened, so that a fault's healing need not be waited for."""


@dataclass
class House:
    home: Home
    bootstrap: str
    partners: str
    mongo: MongoClient[dict[str, Any]]
    ledgers: list[Ledger] = field(default_factory=list)
    began: Offsets = field(default_factory=dict)
    """Where the topics ended before the first fault."""
    logs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """What processes had logged when they were started anew; the files keep only the last two."""
    _deaths: dict[int, int] = field(default_factory=dict)
    _children: set[int] = field(default_factory=set)
    _spawning: threading.Lock = field(default_factory=threading.Lock)

    # -- processes --------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Everything up, the sample province in, and a working morning on the clock."""
        service_processes.stop(self.home)
        set_morning(self.home)
        for program in PROGRAMS:
            self.launch(program.name)
        for program in PROGRAMS:
            self.await_ready(program.name)
        imported = province.import_province(service_processes.REGISTRY.url(self.home))
        assert not imported.problems, imported.problems
        self._cap("wa-social-security-records", 100_000)
        self._cap("wa-tax-clearances", 1)  # so few that cases wait, and every answer tells one that somebody is free
        self.settle()
        self.began = self.offsets()

    def close(self) -> None:
        if not self._process("registry").is_alive():
            self.launch("registry")
        self.await_ready("registry")
        province.import_province(service_processes.REGISTRY.url(self.home))  # the load caps as they were
        service_processes.stop(self.home)

    def launch(self, name: str, beside: str = "", **settings: str) -> None:
        """Starts a program without waiting for it; `settings` without their prefix, such as KILL_AT.

        `beside` names a further instance: it has a log of its own, and `settings` give its port and instance.
        """
        program, prefix = program_of(name), f"{name.upper()}_"
        name = beside or name
        known = servers.known(self.home)
        assert known is not None, "the servers of the tests are up"
        wanted = QUICKER.get(program.name, {}) | settings if program.is_service else {}
        environ = {n: v for n, v in os.environ.items() if not n.startswith(prefix)}
        environ |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | program.settings(self.home, known)
        environ |= {prefix + n: v for n, v in wanted.items()}
        with self._spawning:
            self._reap()
            log = processes.log_file(self.home, name)
            if log.exists():
                self.logs[name].append(log.read_text(errors="replace"))
            command = [sys.executable, "-m", program.module]
            port = int(settings.get("PORT", self.home.port(program.port)))
            started = processes.start(self.home, name, port, command, environ, program.niceness)
            self._children.add(started.pid)

    def await_ready(self, name: str) -> None:
        program = program_of(name)
        processes.wait_until(
            lambda: service_processes.is_ready(program, self.home), self._process(name), self.home, seconds=60
        )

    @contextmanager
    def second_instance(self, name: str, **settings: str) -> Iterator[str]:
        """Another instance of a service beside the first, and its address."""
        beside, port = f"{name}-beside", self.home.port(program_of(name).port) + SECOND_PORT
        self.launch(name, beside, PORT=str(port), INSTANCE=f"{name}-1", **settings)
        url = f"http://{HOST}:{port}"
        try:
            processes.wait_until(lambda: _answers(f"{url}/health/live"), self._process(beside), self.home, seconds=60)
            yield url
        finally:
            self._process(beside).signal(signal.SIGTERM)
            assert self.death_of(beside, seconds=25) == 0, f"{beside} did not end by itself"

    def replace_all(self, names: Sequence[str], **settings: str) -> None:
        """Kills these services and starts each again with these settings, all at once."""
        for name in names:
            self.kill(name)
            self.launch(name, **settings)
        for name in names:
            self.await_ready(name)

    def restart(self, name: str, **settings: str) -> None:
        self.launch(name, **settings)
        self.await_ready(name)

    def kill(self, name: str) -> None:
        process = self._process(name)
        process.signal(signal.SIGKILL)
        if process.pid in self._children:
            assert self.death_of(name, seconds=10) == signal.SIGKILL
        deadline = time.monotonic() + 10
        while process.is_alive():  # the servers are not our children: their end is not told to us
            assert time.monotonic() < deadline, f"{name} does not die"
            time.sleep(0.05)

    def death_of(self, name: str, seconds: float) -> int | None:
        """The signal that ended the process, once it has ended; 0 when it ended by itself, None when it lives on."""
        pid = self._process(name).pid
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with self._spawning:
                self._reap()
            if pid in self._deaths:
                return self._deaths[pid]
            time.sleep(0.05)
        return None

    def pause(self, name: str) -> None:
        self._process(name).signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._process(name).signal(signal.SIGCONT)

    def _process(self, name: str) -> Process:
        return Process(**_record_of(self.home, name))

    def _reap(self) -> None:
        """Learns how children have ended before anything else asks the system and forgets it."""
        for pid in list(self._children):
            try:
                ended, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                ended, status = pid, 0
            if ended:
                self._children.discard(pid)
                self._deaths[pid] = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0

    def start_servers(self) -> None:
        """Kafka and MongoDB, whichever was killed."""
        with self._spawning, Steps() as steps:
            self._reap()
            servers.start(self.home, steps, environ={})

    # -- load and checks ----------------------------------------------------------------------------------------------

    @contextmanager
    def under_load(self, story: str, pace: Pace = USUAL) -> Iterator[Load]:
        """Work goes on while the fault happens; afterwards everything comes to rest and every check holds."""
        since = self.offsets()
        with self.load(story, pace) as load:
            yield load
        began = time.monotonic()
        self.settle()
        print(f"\n{story}: {self._told(load.ledger)}, at rest {time.monotonic() - began:.1f} s after the last call")
        self.check(load.ledger, since, story)

    def load(self, story: str, pace: Pace) -> Load:
        """The load of one story, which begins on a working morning: at night nobody is given a task."""
        set_morning(self.home)
        load = Load(self.addresses(), f"{SEED} {story}", pace)
        self.ledgers.append(load.ledger)
        return load

    def check(self, ledger: Ledger, since: Offsets, story: str, runs: tuple[str, ...] = ()) -> None:
        wrong = violations(ledger, self.seen(ledger, since, runs or (ledger.run,)))
        assert not wrong, "\n".join(
            [
                f"{len(wrong)} promises broken after: {story}",
                *wrong[:40],
                f"seed: MIZBAN_CHAOS_SEED={SEED}, run {ledger.run}; {self._told(ledger)}; logs: {self.home.logs}",
            ]
        )

    def addresses(self) -> Addresses:
        url = {program.name: program.url(self.home) for program in PROGRAMS}
        kiosks: dict[str, list[str]] = defaultdict(list)
        for kiosk in URMIA_KIOSKS:
            kiosks[httpx.get(f"{url['registry']}/v1/kiosks/{kiosk}").json()["partner"]].append(kiosk)
        passwords = Credentials(self.home).partners(PARTNERS)
        return Addresses(
            kafka_partners=self.partners,
            registry=url["registry"],
            intake=url["intake"],
            routing=url["routing"],
            partners={partner: (passwords[partner], tuple(found)) for partner, found in kiosks.items()},
            now=lambda: clock.now(self.home),
        )

    def settle(self, seconds: float = SETTLES_WITHIN) -> None:
        """Until nothing moves any more: no lag, nothing unsent, parked or due. Time moves on for what waits for it."""
        deadline, calm, waiting = time.monotonic() + seconds, 0, 0
        while calm < 2:
            restless = self.restless()
            messages = self.moving_messages() if not restless else 0
            calm = calm + 1 if not restless and not messages else 0
            waiting = waiting + 1 if messages else 0
            if waiting > 6:  # 1.5 s without an answer from the provider: only time helps
                self._to_last_wake_of_notify()
                waiting = 0
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"not at rest within {seconds:.0f} s: {restless or f'{messages} messages wait'}; seed {SEED}; "
                    f"logs: {self.home.logs}"
                )
            time.sleep(0.1)

    def restless(self) -> str:
        """What still moves, in words; empty when all is at rest."""
        for program in PROGRAMS:
            if not self._process(program.name).is_alive():
                return f"{program.name} is dead"
        if lag := self.lag():
            return f"lag {lag}"
        now = clock.now(self.home)
        for service in SERVICES:
            database = self.mongo[service.name]
            for name in database.list_collection_names():
                queries: dict[str, Json] = {
                    "unsent": {"outbox.0": {"$exists": True}},
                    "parked": {"parkedAt": {"$exists": True}},
                    "due": {"wake": {"$lte": now}},
                }
                for what, query in queries.items():
                    if count := database[name].count_documents(query):
                        return f"{count} {what} in {service.name}.{name}"
        open_entries: Json = {"$or": [{"state.placing": {"$nin": [{}, None]}}, {"state.ending": {"$nin": [{}, None]}}]}
        if count := self.mongo["routing"]["queue"].count_documents(open_entries):
            return f"{count} queues with open entries"
        return ""

    def published(self, request_id: str, within: float) -> None:
        """Waits until an event of this request stands on its topic."""
        deadline, since = time.monotonic() + within, {place: max(0, end - 500) for place, end in self.offsets().items()}
        while time.monotonic() < deadline:
            if any(r.topic == INTAKE_REQUEST.name and r.key == request_id.encode() for r in self.records(since)):
                return
            time.sleep(0.3)
        raise AssertionError(f"nothing of {request_id} was published within {within:.0f} s")

    def caught_up(self, within: float) -> None:
        """Waits until every service has taken all that stands on its topics now: that it runs is not enough."""
        ends, deadline = self.offsets(), time.monotonic() + within
        while behind := self.lag(ends):
            assert time.monotonic() < deadline, f"not taken within {within:.0f} s: {behind}; logs: {self.home.logs}"
            time.sleep(0.3)

    def lag(self, ends: Offsets | None = None) -> Offsets:
        """Records up to `ends`, or up to now, that a group has not committed, by partition."""
        ends = ends or self.offsets()
        held = broker_admin.committed(self.bootstrap, GROUPS)
        return {
            (topic, partition): end - held[group].get((topic, partition), 0)
            for group, topics in GROUPS.items()
            for (topic, partition), end in ends.items()
            if topic in {t.name for t in topics} and end > held[group].get((topic, partition), 0)
        }

    def moving_messages(self, which: Mapping[str, Any] = ALL) -> int:
        """How many correspondences have a message under way."""
        return self.mongo["notify"]["correspondence"].count_documents(UNDER_WAY | dict(which))

    def _to_last_wake_of_notify(self) -> None:
        last = self.mongo["notify"]["correspondence"].find_one(
            UNDER_WAY | {"wake": {"$exists": True}}, sort=[("wake", -1)]
        )
        if last is not None:
            wait = last["wake"] - clock.now(self.home) + timedelta(seconds=1)
            clock.advance(self.home, f"{max(1, int(wait.total_seconds()))}s")

    # -- what exists --------------------------------------------------------------------------------------------------

    def offsets(self) -> Offsets:
        """The end of every partition of ours now."""
        topics = [topic.name for topic in all_topics(list(PARTNERS))]
        return {(e.topic, e.partition): e.end for e in broker_admin.extents(self.bootstrap, topics)}

    def records(self, since: Mapping[tuple[str, int], int]) -> list[Record]:
        """Every record written since then."""
        ends = self.offsets()
        wanted = {place: end for place, end in ends.items() if end > since.get(place, 0)}
        settings: dict[str, Any] = {
            "bootstrap.servers": self.bootstrap,
            "group.id": "mizban.checks",
            "enable.auto.commit": False,
        }
        found = []
        with ExitStack() as leaving:
            consumer = Consumer(settings)
            leaving.callback(consumer.close)
            consumer.assign([TopicPartition(*place, since.get(place, 0)) for place in wanted])
            deadline = time.monotonic() + 60
            while wanted:
                assert time.monotonic() < deadline, f"topics cannot be read to their end: {wanted}"
                for message in consumer.consume(2000, 0.2):
                    assert message.error() is None, message.error()
                    topic, partition, offset = message.topic(), message.partition(), message.offset()
                    assert topic is not None
                    assert partition is not None
                    assert offset is not None
                    key: Any = message.key()
                    value: Any = message.value()
                    headers: Any = message.headers() or ()
                    if offset < ends[topic, partition]:
                        found.append(Record(topic, partition, offset, key, value, tuple(headers)))
                for place in consumer.position([TopicPartition(*place) for place in wanted]):
                    if place.offset >= wanted[place.topic, place.partition]:
                        del wanted[place.topic, place.partition]
        return found

    def seen(self, ledger: Ledger, since: Offsets, runs: tuple[str, ...]) -> Seen:
        pattern = {"$regex": "|".join(runs)}
        query = {"$or": [{"state.filing.externalRef": pattern}, {"state.case.note": pattern}]}
        documents = {raw["_id"]: raw for raw in self.mongo["intake"]["request"].find(query)}
        with httpx.Client(base_url=program_of("intake").url(self.home), timeout=10) as intake:
            served: dict[str, Json | None] = {}
            for id in documents.keys() | ledger.request_ids():
                answer = intake.get(f"/v1/requests/{id}")
                served[id] = answer.json() if answer.is_success else None
        return Seen(
            now=clock.now(self.home),
            records=self.records(since),
            documents=documents,
            served=served,
            acceptances=self.acceptances(),
            editions=self.editions(ledger),
            texts=self.texts(),
        )

    def acceptances(self) -> list[Json]:
        found: list[Json] = []
        url = program_of("sms-simulator").url(self.home)
        while True:
            page = httpx.get(
                f"{url}/messages", params={"after": found[-1]["seq"] if found else 0, "limit": 10_000}, timeout=30
            ).json()
            if not page["items"]:
                return found
            found += page["items"]

    def editions(self, ledger: Ledger) -> dict[tuple[str, str], set[int]]:
        """Which of the versions that a clerk recorded are still served, where the registry keeps them."""
        with httpx.Client(base_url=program_of("registry").url(self.home), timeout=10) as registry:
            return {
                (kind, id): {
                    version
                    for version in versions
                    if registry.get(f"/v1/{kind}s/{id}", params={"version": version}).is_success
                }
                for (kind, id), versions in ledger.recorded.items()
                if kind in KEPT
            }

    def texts(self) -> dict[str, str]:
        """Every log, also of processes that died, and every service's metrics."""
        texts = {f.name: f.read_text(errors="replace") for f in self.home.logs.iterdir() if "previous" not in f.name}
        for name, earlier in self.logs.items():
            texts |= {f"{name}.log of start {number}": text for number, text in enumerate(earlier)}
        for service in SERVICES:
            texts[f"{service.name}/metrics"] = httpx.get(f"{service.url(self.home)}/metrics").text
        return texts

    def _cap(self, unit_id: str, most: int) -> None:
        url = f"{service_processes.REGISTRY.url(self.home)}/v1/units/{unit_id}"
        unit = httpx.get(url).json()
        del unit["version"]
        httpx.put(url, json=unit | {"loadCap": most}).raise_for_status()

    @staticmethod
    def _told(ledger: Ledger) -> str:
        answered = ", ".join(f"{what}: {count}" for what, count in sorted(ledger.answered.items()))
        counts = f"{len(ledger.submitted)} submissions, {len(ledger.filed)} requests, {len(ledger.worked)} moves"
        return f"{counts} ({answered})"


def program_of(name: str) -> Program:
    return next(program for program in PROGRAMS if program.name == name)


def _record_of(home: Home, name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((home.run / f"{name}.json").read_text())
    return record


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False
