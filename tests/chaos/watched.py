"""The running product watched from outside: what stands on topics, in databases and in logs, and what still moves."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
from confluent_kafka import Consumer, TopicPartition
from pymongo import MongoClient

from services.contracts.topics import GROUPS, INTAKE_REQUEST, all_topics
from services.ops import clock
from services.ops.credentials import PARTNERS
from services.ops.service_processes import PROGRAMS, SERVICES
from services.runtime import broker_admin, unsent
from services.runtime.message import Record
from tests.chaos.programs import Programs, program_of
from tests.support.reading import Seen
from tests.support.run_ledger import Json, Ledger

Offsets = dict[tuple[str, int], int]
MOVING = ("CREATED", "SENDING", "SENT", "UNKNOWN", "TEMP_FAILED")
"""States of a message that wait for somebody, or for time to pass."""
ASKED_LATER: Json = {"state": "CREATED", "notice": "SURVEY"}
"""A survey waits for two hours, whatever happens meanwhile."""
RESTS: Json = {"state": "SENT", "channel": {"$in": ["PRINT", "WEB"]}}
"""What is on paper waits for a desk, and nobody confirms what is on the page."""
UNDER_WAY: Json = {"state.messages": {"$elemMatch": {"state": {"$in": MOVING}, "$nor": [ASKED_LATER, RESTS]}}}
QUEUED: Json = {"state.queue": {"$exists": True}}
"""Correspondences of which a message waits for the gateway: time does not help those."""
ALL: Json = {}

MAY_BE_UNSENT = {"pending": {"$exists": False}}
"""Lines of writes that came or may be coming. One that was cut off keeps its line for an hour, with nothing to tell."""


@dataclass
class Watched(Programs):
    """The programs, and all that can be learned of their work from outside."""

    bootstrap: str
    mongo: MongoClient[dict[str, Any]]
    accepted_before: list[Json] = field(default_factory=list, init=False)
    """What the gateway had accepted in lives that are over; it forgets."""

    # -- what still moves ---------------------------------------------------------------------------------------------

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
            if count := database[unsent.NAME].count_documents(MAY_BE_UNSENT):
                return f"{count} writes of {service.name} are unsent"
            for name in database.list_collection_names():
                queries: dict[str, Json] = {
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
        """Records up to `ends`, or up to now, that a group has not committed, by partition; what is deleted is none."""
        ends, held = ends or self.offsets(), broker_admin.committed(self.bootstrap, GROUPS)
        begins = {(e.topic, e.partition): e.begin for e in self._extents()}
        behind = {
            place: end - max(held[group].get(place, 0), begins[place])
            for group, topics in GROUPS.items()
            for place, end in ends.items()
            if place[0] in {topic.name for topic in topics}
        }
        return {place: records for place, records in behind.items() if records > 0}

    def moving_messages(self, which: Mapping[str, Any] = ALL) -> int:
        """How many correspondences have a message under way."""
        return self.mongo["notify"]["correspondence"].count_documents(UNDER_WAY | dict(which))

    def gateway_goes(self) -> None:
        """Nobody listens at its address any more."""
        self.accepted_before = self.acceptances()
        self.kill("sms-simulator")

    def gateway_returns(self) -> None:
        self.restart("sms-simulator")

    # -- what exists --------------------------------------------------------------------------------------------------

    def offsets(self) -> Offsets:
        """The end of every partition of ours now."""
        return {(e.topic, e.partition): e.end for e in self._extents()}

    def _extents(self) -> list[broker_admin.Extent]:
        return broker_admin.extents(self.bootstrap, [topic.name for topic in all_topics(list(PARTNERS))])

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
        query = {"$or": [{"state.filing.externalRef": pattern}, {"applied.k": pattern}]}
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
                return self.accepted_before + found
            found += page["items"]

    def editions(self, ledger: Ledger) -> dict[tuple[str, str], set[int]]:
        """Which of the versions that a clerk recorded are still served."""
        with httpx.Client(base_url=program_of("registry").url(self.home), timeout=10) as registry:
            return {
                (kind, id): {
                    version
                    for version in versions
                    if registry.get(f"/v1/{kind}s/{id}", params={"version": version}).is_success
                }
                for (kind, id), versions in ledger.recorded.items()
            }

    def texts(self) -> dict[str, str]:
        """Every log, also of processes that died, and every service's metrics."""
        texts = {f.name: f.read_text(errors="replace") for f in self.home.logs.iterdir() if "previous" not in f.name}
        for name, earlier in self.logs.items():
            texts |= {f"{name}.log of start {number}": text for number, text in enumerate(earlier)}
        for service in SERVICES:
            texts[f"{service.name}/metrics"] = httpx.get(f"{service.url(self.home)}/metrics").text
        return texts
