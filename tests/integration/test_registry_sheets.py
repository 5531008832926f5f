"""Sheets on real Kafka and MongoDB: from draft to published, old versions kept, maturity verified from above."""

from typing import Any
from uuid import uuid4

import httpx

from services.registry.api import view
from tests.support.registry_service import Registry
from tests.support.sample import sample_entries


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
    await registry.begin_with_sample()
    path = "/v1/services/opening-hours"
    old = (await registry.http.get(path)).json()
    assert old["stage"] == "PUBLISHED"
    published = await bring_in(registry, {**old, "information": "پاسخ همان دم در میز خدمت داده می‌شود."})
    assert (published.status_code, published.json()["version"]) == (200, 2)
    assert (await registry.http.get(path)).json()["version"] == 2
    assert (await registry.http.get(path, params={"version": 1})).json() == {**old, "stage": "SUPERSEDED"}
    assert (await registry.http.get(path, params={"version": 3})).status_code == 404


async def test_a_sheet_goes_from_draft_to_published_and_says_why_not(registry: Registry) -> None:
    await registry.begin_with_sample()
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
    await registry.begin_with_sample()
    path = "/v1/services/tax-clearance"
    shown = await registry.http.get(path)
    before, unchanged = shown.json(), {"If-Match": shown.headers["etag"]}
    assert (before["maturityVerified"], before["maturityComputed"]) == ("NONE", "TRANSACTIONAL")
    refused = await registry.post(f"{path}/verify-maturity", {"officerId": "wa-tax-desk-01", "maturity": "INTEGRATED"})
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_AUTHORISED")
    by = {"officerId": "wa-governorate-desk-01", "maturity": "INTERACTIVE"}
    assert (await registry.post(f"{path}/verify-maturity", by, **unchanged)).status_code == 200
    after = (await registry.http.get(path)).json()
    assert (after["maturityVerified"], after["maturityVerifiedBy"]) == ("INTERACTIVE", "wa-governorate-desk-01")
    assert after["maturityDeclared"] == before["maturityDeclared"]
