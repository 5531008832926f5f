"""The registry on real Kafka and MongoDB: a change is published once, read by index, guarded by its version."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from services.contracts.registry import ENTRIES
from services.contracts.topics import REGISTRY_PARTNER
from services.ops.province import ImportSummary
from services.registry.api import view
from services.registry.domain.life import is_over
from services.registry.store import (
    page,
)
from services.worktime.jalali import civil_day
from tests.support.registry_service import Registry, a_partner
from tests.support.sample import sample_entries
from tests.support.stack import Stack


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
    for kind in ENTRIES:
        found = await page(registry.running.parts.store, kind, {}, "", 500)
        in_time = [entry for entry in found if not is_over(entry, civil_day(registry.running.parts.clock.now()))]
        assert {entry.version for entry in in_time} == {1}, kind.KIND


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


def a_desk(id: str) -> dict[str, Any]:
    return {**view(next(e for e in sample_entries() if e.id == "wa-governorate-desk")), "id": id}


LIFE = {"reason": "تعمیر ساختمان", "officerId": "wa-governorate-desk-01"}


async def test_an_entry_is_suspended_and_retired_by_command_and_its_history_tells_who_and_why(
    registry: Registry,
) -> None:
    await registry.begin_with_sample()
    id = f"d-{uuid4().hex[:8]}"
    await registry.put(f"/v1/desks/{id}?officerId=wa-governorate-desk-01", a_desk(id))
    suspended = await registry.post(f"/v1/desks/{id}/suspend", LIFE)
    assert (suspended.status_code, suspended.json()["version"]) == (200, 2)
    again = await registry.post(f"/v1/desks/{id}/suspend", LIFE)
    assert (again.status_code, again.json()["code"], again.json()["from"]) == (409, "ILLEGAL_MOVE", "SUSPENDED")
    stale = await registry.post(f"/v1/desks/{id}/resume", LIFE, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    await registry.post(f"/v1/desks/{id}/resume", LIFE)
    ahead = await registry.post(f"/v1/desks/{id}/retire", LIFE | {"since": "2099-01-01"})
    assert ahead.status_code == 200
    now = (await registry.http.get(f"/v1/desks/{id}")).json()
    assert (now["status"], now["planned"][0]["since"]) == ("ACTIVE", "2099-01-01")
    told = (await registry.http.get(f"/v1/desks/{id}/history", params={"limit": 3})).json()
    assert [item["version"] for item in told["items"]] == [4, 3, 2]
    assert [item["entry"]["status"] for item in told["items"]] == ["ACTIVE", "ACTIVE", "SUSPENDED"]
    assert {item["recordedBy"] for item in told["items"]} == {"wa-governorate-desk-01"}
    assert told["items"][2]["reason"] == "تعمیر ساختمان"
    rest = (await registry.http.get(f"/v1/desks/{id}/history", params={"cursor": told["next"]})).json()
    assert [item["version"] for item in rest["items"]] == [1]
    old = (await registry.http.get(f"/v1/desks/{id}", params={"version": 2})).json()
    assert old["status"] == "SUSPENDED"


async def test_what_is_in_use_is_not_retired(registry: Registry) -> None:
    await registry.begin_with_sample()
    for path, user in (
        ("calendars/wa-offices", "desk wa-governorate-desk"),
        ("units/wa-tax-clearances", "service tax-clearance"),
        ("officers/wa-tax-desk-01", "desk wa-tax-desk"),
        ("partners/pishkhan-a", "kiosk wa-urmia-017"),
        ("services/tax-clearance", "offering tax-clearance-web"),
        ("organizations/wa-tax", "service tax-clearance"),
    ):
        refused = await registry.post(f"/v1/{path}/retire", LIFE)
        assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE"), path
        assert user in refused.json()["users"], path
    free = await registry.post("/v1/kiosks/wa-urmia-017/retire", LIFE)
    assert free.status_code == 200


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
