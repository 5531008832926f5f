"""A governorate pack on real servers: frozen over HTTP, the same bytes after a restart, every query by an index."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from services.ops.cli import app
from services.ops.province import SAMPLE, import_province
from services.registry.app import create
from services.registry.duty_store import WAITING, broken_since
from services.registry.handlers import CASE, DEMAND, PACK, VISIT, WORK
from services.registry.report_store import (
    LAST,
    NEWEST_MONTH,
    cases_since,
    demands_in,
    late_since,
    packs_of,
    visits_on,
)
from services.registry.settings import Settings
from services.runtime.service import Running
from tests.integration.test_deficiencies import Registry, the_settings
from tests.support.served import served
from tests.support.stack import Stack
from tests.unit.registry.governorate import AGENCY, CLERK, HEAD, at
from tests.unit.registry.months import BEGINS, ENDS, MONTH
from tests.unit.registry.test_packs_revised import all_but_one
from tests.unit.registry.test_troubled_cases import record
from tests.unit.registry.works import work_record, works

PACKS = "/v1/reports/packs"
PATH = f"{PACKS}/{AGENCY}/{MONTH}"
WORK_PATH = f"/v1/reports/work/{AGENCY}/{MONTH}"
FORMS = ("json", "csv", "xlsx", "html")
WISH = {"orgId": AGENCY, "month": MONTH, "officerId": HEAD}


@asynccontextmanager
async def running(settings: Settings, clock: Path) -> AsyncIterator[Registry]:
    service = Running(create(settings))
    await service.start()
    try:
        async with served(service.app) as url, httpx.AsyncClient(base_url=url) as http:
            yield Registry(settings, clock, service, http)
    finally:
        await service.stop()


async def every_form(registry: Registry, revision: int | None = None) -> dict[str, bytes]:
    found = {}
    for form in FORMS:
        for public in ("false", "true"):
            asked = {"format": form, "public": public} | ({"revision": str(revision)} if revision else {})
            for path, name in ((PATH, f"{form} {public}"), (WORK_PATH, f"work {form} {public}")):
                answer = await registry.http.get(path, params=asked)
                assert answer.status_code == 200, answer.text
                assert answer.headers["etag"] == f'"{sha256(answer.content).hexdigest()}"'
                found[name] = answer.content
    return found


async def test_a_month_is_frozen_once_and_stays_through_a_restart(stack: Stack, tmp_path: Path) -> None:
    clock = tmp_path / "clock.json"
    settings = the_settings(stack, clock).model_copy(update={"late_seconds": 0})
    before, one = all_but_one()
    told, late = [record(event, event.version) for event in before], record(one, one.version)
    worked = [work_record(event) for event in works() if event.occurred_at < ENDS]
    async with running(settings, clock) as registry:
        await registry.set(at("1405/05/10 09:00"))
        done = await asyncio.to_thread(import_province, str(registry.http.base_url), SAMPLE)
        assert not done.problems
        await registry.set(at("1405/08/30 12:00"))
        await registry.running.parts.door.take(told)
        await registry.running.parts.door.take(worked)
        assert (await registry.refused(PACKS, WISH))["code"] == "MONTH_NOT_OVER"
        await registry.set(at("1405/09/02 10:00"))
        assert (await registry.refused(PACKS, WISH | {"officerId": CLERK}))["code"] == "NOT_AUTHORISED"
        assert (await registry.http.get(PATH)).status_code == 404
        assert (await registry.http.get(WORK_PATH)).status_code == 404
        first = await registry.post(PACKS, WISH, key="freeze")
        assert (first["revision"], first["created"]) == (1, True)
        assert await registry.post(PACKS, WISH, key="freeze") == first, "a repeat is answered as before"
        again = await registry.http.post(PACKS, json=WISH, headers={"Idempotency-Key": "again"})
        assert (again.status_code, again.json()) == (200, first | {"created": False})
        frozen = await every_form(registry)
        work = json.loads(frozen["work json false"])
        assert work["content"]["figures"]["work.answers"]["value"] > 0
        assert sum(row["answers"] for row in work["content"]["tables"]["channelAnswers"] if row["id"] != "NOT_KNOWN")
        assert work["packSha256"] == first["sha256"]
        told_by = json.loads(frozen["json false"])
        assert told_by["sha256"] == first["sha256"]
        for form in FORMS[1:]:
            assert told_by["formats"][form] == sha256(frozen[f"{form} false"]).hexdigest()
        for accept, begins in {
            "text/html": b"<!doctype html>",
            "text/csv": b"\xef\xbb\xbf",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": b"PK",
            "*/*": b"{",
        }.items():
            assert (await registry.http.get(PATH, headers={"Accept": accept})).content.startswith(begins)
        assert (await registry.http.get(PATH, headers={"Accept": "image/png"})).status_code == 406
        for wrong in ({"revision": "2"}, {"revision": "0"}, {"format": "pdf"}):
            assert (await registry.http.get(PATH, params=wrong)).status_code in (404, 422)
        assert (await registry.http.get(f"{PACKS}/{AGENCY}/1405-13")).status_code == 422

    async with running(settings, clock) as registry:
        assert await registry.post(PACKS, WISH) == first | {"created": False}
        assert await every_form(registry) == frozen, "after a restart"
        assert await registry.post(PACKS, WISH | {"revise": True}) == first | {"created": False}
        file = tmp_path / "pack.xlsx"
        said = ["pack", AGENCY, "۱۴۰۵-۰۸", "--format", "xlsx", "--out", str(file)]
        ran = await asyncio.to_thread(CliRunner().invoke, app, [*said, "--registry-url", str(registry.http.base_url)])
        assert ran.exit_code == 0, ran.output
        assert file.read_bytes() == frozen["xlsx false"]

        await registry.running.parts.door.take([late])

        async def two() -> bool:
            (pack,) = (await registry.get(PACKS, orgId=AGENCY))["items"]
            return [each["why"] for each in pack["revisions"]] == ["ASKED", "LATE"] and not pack["cameLate"]

        await registry.until(two)
        assert await every_form(registry, 1) == frozen, "what was superseded stays"
        second = json.loads((await every_form(registry))["json false"])
        assert (second["revision"], second["supersedes"], second["frozenBy"]) == (2, 1, None)
        await every_query_has_an_index(registry)


async def every_query_has_an_index(registry: Registry) -> None:
    store = registry.running.parts.store

    async def looked_up(entity: Any, query: dict[str, Any], order: Any, index: str) -> None:
        plan = json.dumps(await store.explain(entity, query, order), default=str)
        assert "COLLSCAN" not in plan, (entity.name, query)
        assert '"SORT"' not in plan, (entity.name, query)
        assert index in plan, (entity.name, query)

    for place in (None, ("2026-11-01T05:00:00Z", "x")):
        for told in (CASE, WORK):
            await looked_up(told, cases_since("x", BEGINS, place), LAST, "by-org-last")
    await looked_up(CASE, WAITING, [], "to-raise")
    await looked_up(CASE, broken_since("x", BEGINS), [], "broken")
    await looked_up(DEMAND, demands_in("x", BEGINS, ENDS), [], "by-org-at")
    await looked_up(VISIT, visits_on("x", BEGINS.date()), [], "by-org-day")
    await looked_up(PACK, packs_of("x", "1405-08"), NEWEST_MONTH, "by-org-month")
    for passed_over in ((), ("x", "y")):
        await looked_up(PACK, late_since(ENDS, passed_over), [("state.lateAt", 1)], "late")
