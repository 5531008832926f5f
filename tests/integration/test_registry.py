"""The registry on real Kafka and MongoDB: a change is published once, read by index, guarded by its version."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from services.contracts.registry import ENTRIES, Kiosk, Partner
from services.contracts.service_sheet import Offering
from services.contracts.topics import REGISTRY_PARTNER
from services.contracts.wire import Wire
from services.ops.province import ImportSummary
from services.registry.api import view
from services.registry.domain.life import is_over
from services.registry.handlers import EDITIONS, FILES, RECORDED, SHEET_DRAFT, SHEET_FILE
from services.registry.store import (
    NAMED_BY,
    drafts_before,
    drafts_of,
    filters_of,
    history_of,
    listing,
    naming,
    offered_for,
    page,
)
from services.runtime.document import Document
from services.runtime.entity import Entity
from services.worktime.jalali import civil_day
from tests.conftest import Stack
from tests.support.registry_service import Registry
from tests.support.sample import sample_entries


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
    await registry.bring_in_sample()
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
    await registry.bring_in_sample()
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


async def bring_in(registry: Registry, content: dict[str, Any]) -> httpx.Response:
    """A sheet drafted, attested and published by the officer that the sample names."""
    path, by = f"/v1/services/{content['id']}", {"officerId": content["attestedBy"]}
    await registry.put(path, content)
    attested = await registry.post(f"{path}/attest", by | {"expires": "2027-11-01"}, **{"If-Match": "*"})
    assert attested.is_success, attested.text
    return await registry.post(f"{path}/publish", by)


def the_hours() -> dict[str, Any]:
    return view(next(entry for entry in sample_entries() if entry.id == "opening-hours"))


async def test_a_case_still_finds_the_version_of_the_sheet_that_it_began_with(registry: Registry) -> None:
    await registry.bring_in_sample()
    path = "/v1/services/opening-hours"
    old = (await registry.http.get(path)).json()
    assert old["stage"] == "PUBLISHED"
    published = await bring_in(registry, {**old, "information": "پاسخ همان دم در میز خدمت داده می‌شود."})
    assert (published.status_code, published.json()["version"]) == (200, 2)
    assert (await registry.http.get(path)).json()["version"] == 2
    assert (await registry.http.get(path, params={"version": 1})).json() == {**old, "stage": "SUPERSEDED"}
    assert (await registry.http.get(path, params={"version": 3})).status_code == 404


async def test_a_sheet_goes_from_draft_to_published_and_says_why_not(registry: Registry) -> None:
    await registry.bring_in_sample()
    id = f"s-{uuid4().hex[:8]}"
    path = f"/v1/services/{id}"
    by = {"officerId": "wa-governorate-desk-01"}
    draft = {"id": id, "orgId": "wa-governorate", "name": "خدمت تازه", "unitId": "nowhere"}
    written = await registry.http.put(path, json=draft)
    assert (written.status_code, written.json()["stage"]) == (201, "DRAFT")
    assert (await registry.http.get(path)).status_code == 404, "nobody is served by a draft"
    seen = await registry.http.get(f"{path}/draft")
    assert "processingTime is missing" in seen.json()["lacks"]
    refused = await registry.post(f"{path}/publish", by)
    assert (refused.status_code, refused.json()["code"]) == (422, "CANNOT_BE_SERVED")
    reasons = refused.json()["reasons"]
    assert {"processingTime is missing", "unitId names unit nowhere, which is not in force"} <= set(reasons)
    assert {"is offered through no channel", "no officer has attested it"} <= set(reasons)
    unseen = await registry.http.put(path, json=draft | {"name": "نام دیگر"})
    assert (unseen.status_code, unseen.json()["code"]) == (428, "IF_MATCH_REQUIRED")
    full = the_hours() | {"id": id}
    matched = await registry.http.put(path, json=full, headers={"If-Match": seen.headers["etag"]})
    assert matched.status_code == 200, matched.text
    listed = (await registry.http.get("/v1/service-drafts", params={"orgId": "wa-governorate"})).json()
    assert [(item["id"], item["lacks"]) for item in listed["items"]] == [(id, [])]
    unoffered = await bring_in(registry, full)
    assert unoffered.json()["reasons"][0] == "is offered through no channel"


async def test_the_agency_above_verifies_how_electronic_a_service_is(registry: Registry) -> None:
    await registry.bring_in_sample()
    path = "/v1/services/tax-clearance"
    before = (await registry.http.get(path)).json()
    assert (before["maturityVerified"], before["maturityComputed"]) == ("NONE", "TRANSACTIONAL")
    refused = await registry.post(f"{path}/verify-maturity", {"officerId": "wa-tax-desk-01", "maturity": "INTEGRATED"})
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_AUTHORISED")
    by = {"officerId": "wa-governorate-desk-01", "maturity": "INTERACTIVE"}
    assert (await registry.post(f"{path}/verify-maturity", by)).status_code == 200
    after = (await registry.http.get(path)).json()
    assert (after["maturityVerified"], after["maturityVerifiedBy"]) == ("INTERACTIVE", "wa-governorate-desk-01")
    assert after["maturityDeclared"] == before["maturityDeclared"]


SNOW = {
    "exceptions": [
        {"date": "2099-01-12", "kind": "CLOSED", "source": "برف", "counties": ["urmia", "khoy", "salmas"]},
    ],
    "officerId": "wa-governorate-desk-01",
}
"""A Monday."""


async def test_a_closure_in_three_counties_reaches_every_calendar_of_the_province_and_is_seen_before(
    registry: Registry,
) -> None:
    await registry.bring_in_sample()
    path = "/v1/calendars/west-azerbaijan"
    seen = await registry.http.post(f"{path}/preview", json=SNOW)
    assert seen.status_code == 200, seen.text
    looked = {calendar["id"]: calendar for calendar in seen.json()["calendars"]}
    assert set(looked) == {"west-azerbaijan", *CALENDARS_OF_THE_PROVINCE}
    changes = looked["wa-offices"]["changes"]
    assert [(day["county"], day["was"]["kind"], day["will"]["kind"]) for day in changes] == [
        (county, "OPEN", "CLOSED") for county in ("khoy", "salmas", "urmia")
    ]
    assert looked["wa-offices"]["promises"]["total"] is None, "intake does not run here, and that is told"
    assert (await registry.http.get("/v1/calendars/wa-offices")).json()["version"] == 1, "nothing was saved"
    done = await registry.post(f"{path}/exceptions", SNOW)
    assert (done.status_code, done.json()["version"]) == (200, 2)
    for id in CALENDARS_OF_THE_PROVINCE:
        calendar = (await registry.http.get(f"/v1/calendars/{id}")).json()
        assert calendar["version"] == 2, id
        (snow,) = [day for day in calendar["exceptions"] if day["date"] == "2099-01-12"]
        assert snow["counties"] == ["khoy", "salmas", "urmia"], id
    year = await registry.http.get("/v1/calendars/wa-offices/preview", params={"year": 1477, "county": "khoy"})
    (day,) = [day for day in year.json()["days"] if day["date"] == "2099-01-12"]
    assert (day["kind"], day["desk"], day["source"]) == ("CLOSED", [], "برف")
    assert await registry.bring_in_sample() == ImportSummary(unchanged=len(sample_entries())), "an import keeps it"


CALENDARS_OF_THE_PROVINCE = (
    "wa-offices",
    "wa-municipality",
    "wa-social-security",
    "wa-utilities",
    "wa-kiosk-urban",
    "wa-kiosk-rural",
)


async def test_holidays_are_imported_provisionally_and_confirmed_by_an_officer(registry: Registry) -> None:
    await registry.bring_in_sample()
    path, by = "/v1/calendars/west-azerbaijan", {"officerId": "wa-governorate-desk-01"}
    asked = await registry.post(f"{path}/holidays", by | {"year": 1410})
    assert asked.status_code == 200, asked.text
    first = asked.json()["proposed"][0]
    again = await registry.post(f"{path}/holidays", by | {"year": 1410})
    assert (again.json()["recorded"], again.json()["proposed"]) == (False, [])
    year = (await registry.http.get(f"{path}/preview", params={"year": 1410})).json()
    assert year["provisional"] == asked.json()["proposed"]
    confirmed = await registry.post(f"{path}/exceptions/confirm", by | {"date": first})
    assert confirmed.status_code == 200, confirmed.text
    other = await registry.post(f"{path}/exceptions/confirm", {"date": first, "officerId": "wa-tax-desk-01"})
    assert (other.status_code, other.json()["code"]) == (403, "NOT_AUTHORISED")
    gone = await registry.post(f"{path}/exceptions/withdraw", by | {"date": first, "reason": "اشتباه"})
    assert gone.status_code == 200, gone.text


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

    async def looked_up(entity: Entity[Any], query: dict[str, Any], *sort: tuple[str, int]) -> None:
        plan = json.dumps(await store.explain(entity, query, sort), default=str)
        assert "COLLSCAN" not in plan, (entity.name, query)
        assert '"SORT"' not in plan, (entity.name, query)

    for kind in ENTRIES:
        for wanted in ({}, *({field: "x"} for field in filters_of(kind))):
            await looked_up(FILES[kind], listing(kind, wanted, ""), ("_id", 1))
        await looked_up(EDITIONS[kind], {"_id": "x@1"})
        await looked_up(EDITIONS[kind], history_of("x", 9), ("state.version", -1))
    for users in NAMED_BY.values():
        for user, field in users:
            await looked_up(FILES[user], naming(user, field, "x"))
    await looked_up(SHEET_FILE, drafts_of("x", ""), ("_id", 1))
    await looked_up(SHEET_DRAFT, drafts_before("x", 9), ("state.number", -1))
    await looked_up(FILES[Kiosk], listing(Kiosk, {"licenceNo": "x"}, ""), ("_id", 1))
    await looked_up(FILES[Offering], offered_for(["x", "y"]))
