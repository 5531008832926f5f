"""The registry on real Kafka and MongoDB: a change is published once, read by index, guarded by its version."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

from services.contracts.registry import ENTRIES, Partner
from services.contracts.topics import REGISTRY_PARTNER
from services.contracts.wire import Wire
from services.ops.province import SAMPLE, ImportSummary, import_province
from services.registry.api import view
from services.registry.app import create
from services.registry.handlers import EDITIONS, RECORDED
from services.registry.settings import Settings
from services.registry.store import filters_of, listing
from services.runtime.document import Document
from services.runtime.entity import Entity
from services.runtime.service import Running
from tests.conftest import Stack
from tests.support.sample import sample_entries


@dataclass
class Registry:
    """A registry in this process with a database of its own, reached over HTTP as others reach it."""

    running: Running
    url: str
    http: httpx.AsyncClient

    async def put(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.http.put(path, json=body, headers=headers)

    async def bring_in_sample(self) -> ImportSummary:
        return await asyncio.to_thread(import_province, self.url, SAMPLE)


@pytest.fixture
async def registry(stack: Stack) -> AsyncIterator[Registry]:
    settings = Settings(
        port=0,
        kafka_bootstrap=stack.bootstrap,
        mongo_url=SecretStr(stack.mongo),
        mongo_database=f"registry{uuid4().hex[:8]}",
        log_level="ERROR",
    )
    running = Running(create(settings))
    await running.start()
    server = uvicorn.Server(uvicorn.Config(running.app, port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url) as http:
        yield Registry(running, url, http)
    server.should_exit = True
    await serving
    await running.stop()


def a_partner() -> dict[str, Any]:
    return {"id": f"p-{uuid4().hex[:8]}", "orgId": "wa-governorate", "name": "شرکت آزمون", "contact": "044-3345-0000"}


async def published(stack: Stack, id: str, count: int) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    """(key, headers, value) of the first `count` events about a partner, in order; a repeated event counts once."""
    consumer = AIOKafkaConsumer(
        REGISTRY_PARTNER.name, bootstrap_servers=stack.bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    found: list[tuple[str, dict[str, str], dict[str, Any]]] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < count:
                record = await consumer.getone()
                if f":{id}@".encode() in record.key:
                    headers = {name: value.decode() for name, value in record.headers}
                    if headers["ce_id"] in {event[1]["ce_id"] for event in found}:
                        continue
                    found.append((record.key.decode(), headers, json.loads(record.value)))
    finally:
        await consumer.stop()
    return found


async def test_the_sample_province_is_recorded_once_and_a_second_import_changes_nothing(registry: Registry) -> None:
    everything = len(sample_entries())
    assert await registry.bring_in_sample() == ImportSummary(recorded=everything, unchanged=0)
    assert await registry.bring_in_sample() == ImportSummary(recorded=0, unchanged=everything)
    for entity in RECORDED.values():
        assert {
            s.version for s in await registry.running.parts.store.find(entity, {"_id": {"$gt": ""}}, limit=500)
        } == {1}


async def test_each_change_is_published_whole_under_a_key_of_its_own_and_nothing_else_is(
    registry: Registry, stack: Stack
) -> None:
    partner = a_partner()
    path = f"/v1/partners/{partner['id']}"
    first = await registry.put(path, partner)
    assert (first.status_code, first.headers["etag"]) == (201, '"1"')
    again = await registry.put(path, partner)
    assert (again.status_code, again.json()) == (200, {"id": partner["id"], "version": 1, "recorded": False})
    retired = await registry.put(path, {**partner, "status": "RETIRED"})
    assert (retired.status_code, retired.headers["etag"]) == (200, '"2"')
    one, two = await published(stack, partner["id"], 2)
    assert [record[0] for record in (one, two)] == [f"wa-governorate:{partner['id']}@{n}" for n in (1, 2)]
    assert one[1]["ce_type"] == "ir.servicedesk.registry.partner.recorded.v1"
    assert [record[1]["ce_sequence"] for record in (one, two)] == ["1", "2"]
    assert (two[2]["status"], two[2]["version"], two[2]["name"]) == ("RETIRED", 2, partner["name"])


async def test_what_was_read_may_be_written_back_and_a_stale_version_is_refused(registry: Registry) -> None:
    partner = a_partner()
    path = f"/v1/partners/{partner['id']}"
    await registry.put(path, partner)
    read = await registry.http.get(path)
    changed = {**read.json(), "contact": "044-3345-0001"}
    assert (await registry.put(path, changed, **{"If-Match": read.headers["etag"]})).json()["version"] == 2
    late = await registry.put(path, {**changed, "contact": "044-3345-0002"}, **{"If-Match": read.headers["etag"]})
    assert (late.status_code, late.json()["code"]) == (412, "STALE_VERSION")
    assert (await registry.http.get(path)).json()["contact"] == "044-3345-0001"


async def test_a_case_still_finds_the_version_of_the_sheet_that_it_began_with(registry: Registry) -> None:
    sheet = next(entry for entry in sample_entries() if entry.id == "opening-hours")
    id = f"s-{uuid4().hex[:8]}"  # the topics are shared by all tests: nobody else's sheet may change
    path = f"/v1/services/{id}"
    await registry.put(path, {**view(sheet), "id": id})
    old = (await registry.http.get(path)).json()
    await registry.put(path, {**old, "information": "پاسخ همان دم در میز خدمت داده می‌شود."})
    assert (await registry.http.get(path)).json()["version"] == 2
    assert (await registry.http.get(path, params={"version": 1})).json() == old
    assert (await registry.http.get(path, params={"version": 3})).status_code == 404


async def test_lists_page_through_everything_and_filter_by_what_belongs_to_the_kind(registry: Registry) -> None:
    await registry.bring_in_sample()
    seen, cursor = [], None
    while True:
        query = {"limit": "10", "county": "urmia", **({"cursor": cursor} if cursor else {})}
        page = (await registry.http.get("/v1/kiosks", params=query)).json()
        seen += [kiosk["id"] for kiosk in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    wanted = sorted(e.id for e in sample_entries() if e.KIND == "kiosk" and e.to_wire()["county"] == "urmia")
    assert seen == wanted
    records = (await registry.http.get("/v1/officers", params={"unitId": "wa-social-security-records"})).json()["items"]
    assert len(records) == 4
    refused = await registry.http.get("/v1/kiosks", params={"serviceId": "tax-clearance"})
    assert (refused.status_code, refused.json()["code"]) == (422, "UNKNOWN_FILTER")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"nmae": "x"}, 422, "INVALID"),
        ({"name": None}, 422, "INVALID"),
        ({"name": " "}, 422, "INCOMPLETE"),
        ({"id": "another"}, 422, "ID_MISMATCH"),
    ],
)
async def test_what_is_no_good_entry_is_refused_with_a_code(
    registry: Registry, change: dict[str, Any], status: int, code: str
) -> None:
    partner = a_partner()
    answer = await registry.put(f"/v1/partners/{partner['id']}", {**partner, **change})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await registry.http.get(f"/v1/partners/{partner['id']}")).status_code == 404


async def test_sixty_four_writers_of_one_entry_leave_as_many_versions_as_there_were_changes(registry: Registry) -> None:
    partner = a_partner()
    path = f"/v1/partners/{partner['id']}"
    bodies = [{**partner, "contact": f"044-3345-{n:04d}"} for n in range(64)]
    answers = await asyncio.gather(*(registry.put(path, body) for body in bodies))
    assert sorted(answer.json()["version"] for answer in answers) == list(range(1, 65))


class Otherwise(Wire):
    """A partner as no version of ours stores one."""

    contract: str


async def test_an_entry_that_cannot_be_read_hides_itself_and_no_other(registry: Registry) -> None:
    partner = a_partner()
    await registry.put(f"/v1/partners/{partner['id']}", partner)
    odd = Document("a-partner", state=Otherwise(contract="paper"))
    kind = Entity(name=RECORDED[Partner].name, state=Otherwise, decide={})
    await registry.running.parts.store.write(kind, [odd], registry.running.parts.clock.now())
    listed = await registry.http.get("/v1/partners")
    assert [item["id"] for item in listed.json()["items"]] == [partner["id"]]
    asked = await registry.http.get("/v1/partners/a-partner")
    assert (asked.status_code, asked.json()["code"]) == (500, "UNREADABLE")
    assert 'mizban_failures_total{kind="unreadable"} 2.0' in (await registry.http.get("/metrics")).text


async def test_every_query_has_an_index(registry: Registry) -> None:
    store = registry.running.parts.store
    for kind in ENTRIES:
        for wanted in ({}, *({field: "x"} for field in filters_of(kind))):
            plan = json.dumps(await store.explain(RECORDED[kind], listing(wanted, ""), [("_id", 1)]), default=str)
            assert "COLLSCAN" not in plan, (kind.KIND, wanted)
            assert '"SORT"' not in plan, (kind.KIND, wanted)
    for edition in EDITIONS.values():
        plan = json.dumps(await store.explain(edition, {"_id": "x@1"}), default=str)
        assert "COLLSCAN" not in plan
