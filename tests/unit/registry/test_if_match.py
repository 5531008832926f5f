"""What a reader was given as ETag is the version that a change may name (door: If-Match); nobody's work is lost."""

from typing import Any

from tests.unit.registry.over_http import Registry

BY = {"officerId": "wa-governorate-desk-01"}


async def seen(registry: Registry, path: str) -> tuple[Any, dict[str, str]]:
    """What is read there, and the header of a change by whoever has read it."""
    answer = await registry.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json(), {"If-Match": answer.headers["etag"]}


async def test_a_calendar_that_another_one_stands_on_is_changed_by_whoever_has_seen_it(registry: Registry) -> None:
    above = (await registry.get("calendars/wa-social-security")).json()
    another = above | {"id": "another", "base": "wa-offices", "exceptions": []}
    assert (await registry.put("calendars/another", another)).status_code == 201
    calendar, unchanged = await seen(registry, "calendars/wa-offices")
    assert calendar["version"] == 1, "that somebody stands on it is none of its own change"
    closure = {"exceptions": [{"date": "2026-12-01", "kind": "CLOSED", "source": "برف"}]} | BY
    closed = await registry.post("calendars/wa-offices/exceptions", closure, **unchanged)
    assert (closed.status_code, closed.json()["version"]) == (200, 2), closed.text
    stale = await registry.post("calendars/wa-offices/exceptions", closure, **unchanged)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    _, unchanged = await seen(registry, "calendars/wa-offices")
    assert unchanged["If-Match"] == closed.headers["etag"], "a command tells it too"


async def test_a_call_that_comes_again_names_no_version_that_its_caller_has_not_seen(registry: Registry) -> None:
    """Else what somebody else did in between would be written over."""
    path, key = "desks/wa-tax-desk", {"Idempotency-Key": "lost-answer"}
    desk = (await registry.get(path)).json()
    shut = {"reason": "تعمیر"} | BY
    first = await registry.post(f"{path}/suspend", shut, **key)
    assert (await registry.put(path, desk | {"floor": 3}, **{"If-Match": "*"})).status_code == 200
    again = await registry.post(f"{path}/suspend", shut, **key)
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])
    stale = await registry.put(path, desk | {"floor": 1}, **{"If-Match": again.headers["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")


async def test_a_published_sheet_is_drafted_anew_by_whoever_has_seen_it(registry: Registry) -> None:
    path = "services/tax-clearance"
    expires = {"expires": "2027-11-23", "officerId": "wa-tax-desk-01"}
    unsure = await registry.post(f"{path}/attest", expires)
    assert (unsure.status_code, unsure.json()["code"]) == (428, "IF_MATCH_REQUIRED")
    _, unchanged = await seen(registry, path)
    assert (await registry.post(f"{path}/attest", expires, **unchanged)).status_code == 200
    published = await registry.post(f"{path}/publish", {"officerId": "wa-tax-desk-01"})
    assert published.status_code == 200, published.text
    sheet, unchanged = await seen(registry, path)
    assert unchanged["If-Match"] == published.headers["etag"]
    redrafted = await registry.put(path, sheet | {"name": "مفاصاحساب"}, **unchanged)
    assert (redrafted.status_code, redrafted.json()["stage"]) == (200, "DRAFT"), redrafted.text


async def test_a_published_sheet_does_not_stand_for_its_draft_that_was_not_looked_at(registry: Registry) -> None:
    path = "services/tax-clearance"
    sheet, unchanged = await seen(registry, path)
    await registry.put(path, sheet | {"name": "از دیگری"}, **unchanged)
    shown = await registry.get(path)
    assert "etag" not in shown.headers
    unsure = await registry.put(path, sheet)
    assert (unsure.status_code, unsure.json()["code"]) == (428, "IF_MATCH_REQUIRED")
    _, unchanged = await seen(registry, f"{path}/draft")
    assert (await registry.put(path, sheet, **unchanged)).json()["stage"] == "PUBLISHED"


async def test_nobody_attests_a_draft_that_was_changed_since_they_read_it(registry: Registry) -> None:
    path, by = "services/tax-clearance", "wa-tax-desk-01"
    sheet, unchanged = await seen(registry, path)
    first = await registry.put(f"{path}?officerId={by}", sheet | {"name": "از یکی"}, **unchanged)
    read = {"If-Match": first.headers["etag"]}
    second = await registry.put(f"{path}?officerId=wa-tax-desk-02", sheet | {"name": "از دیگری"}, **read)
    expires = {"expires": "2027-11-23", "officerId": by}
    stale = await registry.post(f"{path}/attest", expires, **read)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    attested = await registry.post(f"{path}/attest", expires, **{"If-Match": second.headers["etag"]})
    assert attested.status_code == 200
    dropped = await registry.put(path, sheet, **{"If-Match": attested.headers["etag"]})
    assert dropped.json()["stage"] == "PUBLISHED"
    kept = (await registry.get(f"{path}/draft/history", limit=3)).json()
    assert [(each["number"], each["step"], each["by"]) for each in kept["items"]] == [
        (4, "DROPPED", None),
        (3, "ATTESTED", by),
        (2, "WRITTEN", "wa-tax-desk-02"),
    ]
    assert [each["sheet"]["name"] for each in kept["items"]] == [sheet["name"], "از دیگری", "از دیگری"]
    rest = (await registry.get(f"{path}/draft/history", limit=3, cursor=kept["next"])).json()
    assert [(each["number"], each["sheet"]["name"]) for each in rest["items"]] == [(1, "از یکی")]
    assert (await registry.get("services/water-name-change/draft/history")).status_code == 404


async def test_nobody_verifies_a_sheet_that_was_published_anew_since_they_looked_at_it(registry: Registry) -> None:
    path, verifying = "services/tax-clearance", {"maturity": "INTEGRATED"} | BY
    unsure = await registry.post(f"{path}/verify-maturity", verifying)
    assert (unsure.status_code, unsure.json()["code"]) == (428, "IF_MATCH_REQUIRED")
    sheet, looked_at = await seen(registry, path)
    by = {"officerId": "wa-tax-desk-01"}
    await registry.put(path, sheet | {"description": "از این پس تنها در میز خدمت"}, **looked_at)
    attested = await registry.post(f"{path}/attest", by | {"expires": "2027-11-23"}, **{"If-Match": "*"})
    assert attested.status_code == 200, attested.text
    assert (await registry.post(f"{path}/publish", by)).status_code == 200
    stale = await registry.post(f"{path}/verify-maturity", verifying, **looked_at)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    sheet, looked_at = await seen(registry, path)
    assert sheet["maturityVerified"] == "NONE"
    assert (await registry.post(f"{path}/verify-maturity", verifying, **looked_at)).status_code == 200
    assert (await registry.get(path)).json()["maturityVerified"] == "INTEGRATED"


async def test_a_report_is_received_as_it_was_read(registry: Registry) -> None:
    report = {
        "orgId": "wa-tax",
        "period": "1405-07",
        "noneFound": True,
        "text": "موردی نبود",
        "officerId": "wa-tax-desk-01",
    }
    first = await registry.post("remediation-reports", report)
    assert first.status_code == 201, first.text
    path = f"remediation-reports/{first.json()['reportId']}"
    _, unchanged = await seen(registry, path)
    assert (await registry.post("remediation-reports", report | {"text": "اصلاح شد"})).status_code == 201
    stale = await registry.post(f"{path}/receive", BY, **unchanged)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    _, unchanged = await seen(registry, path)
    assert (await registry.post(f"{path}/receive", BY, **unchanged)).status_code == 200


async def test_an_older_version_of_an_entry_is_not_written_back_as_if_it_were_the_newest(registry: Registry) -> None:
    partner, unchanged = await seen(registry, "partners/pishkhan-a")
    changed = await registry.put("partners/pishkhan-a", partner | {"contact": "044-3345-0001"}, **unchanged)
    assert changed.status_code == 200
    stale = await registry.put("partners/pishkhan-a", partner, **unchanged)
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    _, unchanged = await seen(registry, "partners/pishkhan-a")
    assert unchanged["If-Match"] == changed.headers["etag"]
    again = await registry.put("partners/pishkhan-a", partner | {"contact": "044-3345-0003"}, **unchanged)
    assert (again.status_code, again.json()["version"]) == (200, 3)
    older = await registry.get("partners/pishkhan-a", version=2)
    assert (older.json()["contact"], "etag" in older.headers) == ("044-3345-0001", False)


async def test_a_report_is_corrected_as_it_was_read(registry: Registry) -> None:
    report = {"orgId": "wa-tax", "period": "1405-07", "noneFound": True, "officerId": "wa-tax-desk-01"}
    first = await registry.post("remediation-reports", report | {"text": "موردی نبود"})
    seen_first = {"If-Match": first.headers["etag"]}
    second = await registry.post("remediation-reports", report | {"text": "اصلاح شد"}, **seen_first)
    assert second.status_code == 201, second.text
    for stale in (seen_first, {"If-Match": '"999"'}):
        lost = await registry.post("remediation-reports", report | {"text": "از دیگری"}, **stale)
        assert (lost.status_code, lost.json()["code"]) == (412, "STALE_VERSION")
    kept = (await registry.get(f"remediation-reports/{first.json()['reportId']}")).json()
    assert (kept["revision"], kept["text"]) == (2, "اصلاح شد")
    unseen = await registry.post("remediation-reports", report | {"text": "بار سوم"})
    assert unseen.status_code == 201, "the header may be left out"


async def test_a_first_report_is_of_no_version_that_anybody_has_seen(registry: Registry) -> None:
    report = {"orgId": "wa-tax", "period": "1405-07", "noneFound": True, "text": "نبود", "officerId": "wa-tax-desk-01"}
    none = await registry.post("remediation-reports", report, **{"If-Match": '"1"'})
    assert (none.status_code, none.json()["code"]) == (412, "STALE_VERSION")


async def test_a_directive_is_acknowledged_as_it_was_read(registry: Registry) -> None:
    directive = {"number": "۱", "date": "2026-11-23", "text": "ساعت کار میزها", "dueAt": "2026-12-01T08:00:00Z"} | BY
    issued = await registry.post("directives", directive)
    assert issued.status_code == 201, issued.text
    path = f"directives/{issued.json()['directiveId']}"
    _, unchanged = await seen(registry, path)
    heard = {"orgId": "wa-tax", "officerId": "wa-tax-desk-01"}
    stale = await registry.post(f"{path}/acknowledge", heard, **{"If-Match": '"999"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_VERSION")
    assert (await registry.get(path)).headers["etag"] == unchanged["If-Match"]
    assert (await registry.post(f"{path}/acknowledge", heard, **unchanged)).status_code == 200
