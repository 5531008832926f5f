"""How the registry is read on real MongoDB: in pages, by index, past what cannot be read."""

import json
from typing import Any

from services.contracts.counties import STANDING
from services.contracts.registry import ENTRIES, Desk, Kiosk, Partner
from services.contracts.service_sheet import Offering
from services.contracts.wire import Wire
from services.registry.domain.life import CARRYING
from services.registry.handlers import CASE, EDITIONS, FILES, RECORDED, SHEET_DRAFT, SHEET_FILE
from services.registry.past import recorded_by
from services.registry.report_store import open_on
from services.registry.store import (
    BY_SERVICE,
    NAMED_BY,
    drafts_before,
    drafts_of,
    filters_of,
    having_keys,
    history_of,
    listing,
    offered_for,
    standing_in,
    to_be_retired,
    worked_by,
)
from services.runtime.document import Document
from services.runtime.entity import Entity
from tests.support.registry_service import Registry, a_partner
from tests.support.sample import sample_entries


async def test_lists_page_through_everything_and_filter_by_what_belongs_to_the_kind(registry: Registry) -> None:
    await registry.begin_with_sample()
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
        await looked_up(EDITIONS[kind], history_of("x", 9), ("state.version", 1))
        await looked_up(EDITIONS[kind], recorded_by("x", registry.running.parts.clock.now()), ("state.version", -1))
    for users in NAMED_BY.values():
        for user, field in users:
            await looked_up(FILES[user], listing(user, {field: "x"}, ""), ("_id", 1))
    await looked_up(SHEET_FILE, drafts_of("x", ""), ("_id", 1))
    await looked_up(SHEET_DRAFT, drafts_before("x", 9), ("state.number", -1))
    await looked_up(FILES[Kiosk], listing(Kiosk, {"licenceNo": "x"}, ""), ("_id", 1))
    await looked_up(FILES[Kiosk], having_keys(["x", "y"]))
    channel = next(entry for entry in sample_entries() if isinstance(entry, Offering))
    for behind in (None, channel.model_copy(update={"service_id": "x"})):
        await looked_up(FILES[Offering], offered_for(["x", "y"], behind), *BY_SERVICE)
    for kind in CARRYING:
        await looked_up(FILES[kind], to_be_retired(kind, ""), ("_id", 1))
    await looked_up(CASE, open_on("unit x"))
    await looked_up(EDITIONS[Desk], worked_by("x", "", ["y", "z"]), ("state.entryId", 1))
    await looked_up(EDITIONS[Desk], worked_by("x", "a", ["y"]), ("state.entryId", 1))
    for kind in STANDING:
        await looked_up(FILES[kind], standing_in(kind, "x"))
