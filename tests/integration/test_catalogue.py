"""The catalogue over HTTP on real servers: out in three forms, in again without loss, a bad row beside good ones."""

import asyncio
import csv
import io
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.registry.catalogue.formats import MAX_BYTES, MEDIA_TYPES, Format
from tests.support.catalogues import sample_catalogue
from tests.support.registry_service import Registry

JSONLD, XLSX, CSV = (MEDIA_TYPES[format] for format in (Format.JSONLD, Format.XLSX, Format.CSV))


async def sent(registry: Registry, content: bytes, media_type: str, **parameters: Any) -> httpx.Response:
    headers = {"Content-Type": media_type, "Idempotency-Key": uuid4().hex}
    return await registry.http.post("/v1/catalogue/imports", content=content, headers=headers, params=parameters)


async def imported(registry: Registry, content: bytes, media_type: str, **parameters: Any) -> dict[str, Any]:
    begun = await sent(registry, content, media_type, **parameters)
    assert begun.status_code == 202, begun.text
    return await ended(registry, begun.headers["location"])


async def ended(registry: Registry, path: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            known: dict[str, Any] = (await registry.http.get(path)).json()
            if known["state"] != "RUNNING":
                return known
            await asyncio.sleep(0.1)


async def table(registry: Registry) -> list[list[str]]:
    answer = await registry.http.get("/v1/catalogue", headers={"Accept": "text/csv"})
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


def written(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


async def test_what_goes_out_comes_in_without_a_change_in_each_form(registry: Registry) -> None:
    await registry.begin_with_sample()
    count = len(sample_catalogue().services)
    for media_type in (JSONLD, XLSX, CSV):
        out = await registry.http.get("/v1/catalogue", headers={"Accept": media_type})
        assert out.headers["content-type"].startswith(media_type)
        known = await imported(registry, out.content, media_type)
        assert (known["state"], known["total"], known["done"]) == ("DONE", count, count), known
        assert (known["unchanged"], known["drafted"], known["failed"], known["offerings"]) == (count, 0, 0, 0), known
        assert known["rows"] == []


async def test_a_document_of_the_registry_is_the_one_of_its_entries(registry: Registry) -> None:
    """But for the versions, which the registry gives, and the hours of the desks."""
    await registry.begin_with_sample()
    told = (await registry.http.get("/v1/catalogue")).json()
    services = [node for node in told["@graph"] if node["@type"] == "cpsv:PublicService"]
    assert [node["dct:identifier"] for node in services] == [one.sheet.id for one in sample_catalogue().services]
    assert all(node["mz:version"] == 1 for node in services)
    hours = [node for node in told["@graph"] if node["@type"] == "time:TemporalEntity"]
    assert "شنبه ۰۷:۳۰" in hours[0]["dct:description"]["@value"]
    of_one = (await registry.http.get("/v1/catalogue", params={"orgId": "wa-tax"})).json()
    assert [n["dct:identifier"] for n in of_one["@graph"] if n["@type"] == "cpsv:PublicService"] == [
        one.sheet.id for one in sample_catalogue().services if one.sheet.org_id == "wa-tax"
    ]


async def test_one_service_is_told_as_json_or_as_linked_data(registry: Registry) -> None:
    await registry.begin_with_sample()
    path = "/v1/services/building-permit"
    plain = await registry.http.get(path)
    assert plain.headers["content-type"] == "application/json"
    told = await registry.http.get(path, headers={"Accept": JSONLD})
    assert told.headers["content-type"] == JSONLD
    assert (told.headers["etag"], told.headers["vary"]) == (plain.headers["etag"], "Accept")
    known = await imported(registry, told.content, JSONLD)
    assert (known["total"], known["unchanged"]) == (1, 1)


async def test_a_bad_row_is_told_and_its_neighbours_become_drafts(registry: Registry) -> None:
    await registry.begin_with_sample()
    headings, *rows = await table(registry)
    place = {heading.partition("(")[2][:-1]: number for number, heading in enumerate(headings)}
    good, bad, foreign, unchanged = (list(row) for row in rows[:4])
    good[place["name"]] += " (نو)"
    good[place["offerings"]] += f"\n{good[0]}-post | POST | FULL | FULL | NONE | FULL | ۱۴۰۵/۰۹/۰۲"
    bad[place["declaredVisits"]], bad[place["name"]] = "بسیار", ""
    copied_from = foreign[place["id"]]
    foreign[place["id"]], foreign[place["orgId"]] = "elsewhere", "nobody"
    known = await imported(
        registry, written([headings, good, bad, foreign, unchanged]), CSV, officerId="wa-governorate-desk-01"
    )
    assert (known["drafted"], known["failed"], known["unchanged"], known["offerings"]) == (1, 2, 1, 1), known
    told = [(row["row"], row["fate"], [(r["field"], r["en"]) for r in row["reasons"]]) for row in known["rows"]]
    copied = [(f"offerings.{number}.id", f"is a channel of {copied_from}") for number in range(2)]
    assert told == [
        (3, "FAILED", [("name", "is not given"), ("declaredVisits", "is no whole number")]),
        (4, "FAILED", [("orgId", "no such agency is recorded"), *copied]),
    ]
    assert known["rows"][0]["reasons"][1]["fa"] == "عدد صحیح نیست"
    draft = (await registry.http.get(f"/v1/services/{good[0]}/draft")).json()
    assert draft["sheet"]["name"].endswith(" (نو)")
    assert draft["draftedBy"] == "wa-governorate-desk-01"
    assert draft["lacks"] == []
    assert (await registry.http.get(f"/v1/services/{good[0]}")).json()["version"] == 1, "nothing is published by it"
    assert (await registry.http.get(f"/v1/offerings/{good[0]}-post")).json()["validFrom"] == "2026-11-23"


async def test_nobodys_draft_is_overwritten_unless_that_is_said(registry: Registry) -> None:
    await registry.begin_with_sample()
    headings, row, *_ = await table(registry)
    path = f"/v1/services/{row[0]}"
    sheet = (await registry.http.get(path)).json()
    await registry.put(f"{path}?officerId=wa-governorate-desk-01", sheet | {"name": "از دیگری"})
    row[2] = "از پرونده"
    content = written([headings, row])
    refused = await imported(registry, content, CSV)
    assert refused["rows"][0]["reasons"][0]["en"].startswith("somebody else is drafting it")
    assert (await registry.http.get(f"{path}/draft")).json()["sheet"]["name"] == "از دیگری"
    assert (await imported(registry, content, CSV, replace=True))["drafted"] == 1
    row[2] = "بار دوم"
    assert (await imported(registry, written([headings, row]), CSV))["drafted"] == 1, "its own it writes anew"
    assert (await registry.http.get(f"{path}/draft")).json()["sheet"]["name"] == "بار دوم"


async def test_another_makers_service_becomes_a_draft_with_gaps(registry: Registry) -> None:
    await registry.begin_with_sample()
    told = {
        "@context": "https://semiceu.github.io/CPSV-AP/releases/3.2.0/context/cpsv-ap.jsonld",
        "@id": "http://agency.example/42",
        "@type": "PublicService",
        "PublicService.identifier": "residence-42",
        "PublicService.hasCompetentAuthority": {"@id": "http://agency.example/"},
    }
    content = json.dumps(told).encode()
    assert (await imported(registry, content, JSONLD))["failed"] == 1
    known = await imported(registry, content, JSONLD, orgId="wa-tax")
    assert (known["drafted"], known["incomplete"]) == (1, 1)
    reasons = known["rows"][0]["reasons"]
    assert {reason["kind"] for reason in reasons} == {"GAP"}
    assert {"orgId", "name", "stages", "unitId", "objection"} <= {reason["field"] for reason in reasons}
    draft = (await registry.http.get("/v1/services/residence-42/draft")).json()
    assert (draft["orgId"], draft["stage"]) == ("wa-tax", "DRAFT")
    assert "name is missing" in draft["lacks"]


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"id,name\n1,2", CSV, "BAD_HEADINGS"),
        (b"PK", XLSX, "NOT_XLSX"),
        (b"{", JSONLD, "NOT_JSON"),
        (b'{"@context": "http://127.0.0.1:9/c"}', JSONLD, "REMOTE_CONTEXT"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(
    registry: Registry, content: bytes, media_type: str, code: str
) -> None:
    known = await imported(registry, content, media_type)
    assert (known["state"], known["code"], known["done"]) == ("FAILED", code, 0)
    assert known["detail"]


async def test_a_call_that_is_repeated_finds_its_import(registry: Registry) -> None:
    headers = {"Content-Type": CSV, "Idempotency-Key": uuid4().hex}
    first = await registry.http.post("/v1/catalogue/imports", content=b"a,b", headers=headers)
    again = await registry.http.post("/v1/catalogue/imports", content=b"a,b", headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    await ended(registry, first.headers["location"])
    other = await registry.http.post("/v1/catalogue/imports", content=b"a,c", headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {"Content-Type": CSV, "Idempotency-Key": "k"}, 422),
        (b"x", {"Content-Type": CSV}, 422),
        (b"x", {"Content-Type": "text/plain", "Idempotency-Key": "k"}, 415),
        (b"{}", {"Content-Type": "application/json", "Idempotency-Key": "k"}, 415),
        (b"x" * (MAX_BYTES + 1), {"Content-Type": CSV, "Idempotency-Key": "k"}, 413),
    ],
)
async def test_what_is_no_file_for_us_is_refused(
    registry: Registry, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await registry.http.post("/v1/catalogue/imports", content=content, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


async def test_a_file_is_taken_by_nobody_else(registry: Registry) -> None:
    """The bound on bodies stays as it was everywhere else."""
    for media_type in (JSONLD, CSV, XLSX):
        answer = await registry.http.put("/v1/partners/x", content=b"{}", headers={"Content-Type": media_type})
        assert answer.status_code == 415


async def test_an_import_or_a_form_that_is_not_there(registry: Registry) -> None:
    assert (await registry.http.get("/v1/catalogue/imports/import-x")).status_code == 404
    assert (await registry.http.get("/v1/catalogue", headers={"Accept": "image/png"})).status_code == 406
    empty = await registry.http.get("/v1/catalogue")
    assert [node["@type"] for node in empty.json()["@graph"]] == ["dcat:Dataset", "foaf:Agent"]
