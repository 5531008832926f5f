"""Being of the agency is not enough: what gives somebody a say is decided by another (domain 1.2, I13)."""

from typing import Any

import pytest

from services.registry.handlers import SHEET_FILE
from tests.support.signing import signing_key
from tests.unit.registry.catalogue_imports import imported, row
from tests.unit.registry.over_http import Registry
from tests.unit.registry.say_of_others import ABOVE, ANOTHER, ANY, CLERK, DECIDES, DONE, HEAD, changed, read, told


@pytest.mark.parametrize(
    ("by", "answer"),
    [
        (CLERK, (200, None)),
        (ABOVE, (200, None)),
        (ANOTHER, (403, "NOT_AUTHORISED")),
        ("nobody-01", (422, "UNKNOWN_OFFICER")),
    ],
)
async def test_a_draft_is_written_by_its_agency_and_those_above(
    registry: Registry, by: str, answer: tuple[int, str | None]
) -> None:
    sheet = await read(registry, "services/tax-clearance")
    wrote = await registry.put(f"services/tax-clearance?officerId={by}", sheet | {"name": "دیگر"}, **ANY)
    assert told(wrote) == answer
    assert ((await registry.get("services/tax-clearance/draft")).status_code == 200) == (answer[0] == 200)


async def test_a_stranger_throws_no_draft_away_and_begins_none_in_anothers_name(registry: Registry) -> None:
    sheet = await read(registry, "services/tax-clearance")
    await registry.put(f"services/tax-clearance?officerId={CLERK}", sheet | {"name": "دیگر"}, **ANY)
    dropped = await registry.put(f"services/tax-clearance?officerId={ANOTHER}", sheet, **ANY)
    assert told(dropped) == (403, "NOT_AUTHORISED")
    new = {"id": "in-anothers-name", "orgId": "wa-tax"}
    assert told(await registry.put(f"services/in-anothers-name?officerId={ANOTHER}", new)) == (403, "NOT_AUTHORISED")
    assert (await registry.get("services/tax-clearance/draft")).json()["sheet"]["name"] == "دیگر"


@pytest.mark.parametrize(("by", "code"), [(ANOTHER, "NOT_AUTHORISED"), ("nobody-01", "UNKNOWN_OFFICER")])
async def test_a_file_of_a_stranger_becomes_no_draft(by: str, code: str) -> None:
    office, outcomes = await imported(row(description="از دستگاه دیگر"), by=by)
    assert office.state(SHEET_FILE, "tax-clearance").draft is None
    assert [outcome["fate"] for outcome in outcomes] == ["FAILED"]
    assert code in str(outcomes)


# --- a channel is of its service, too ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "answer"),
    [
        (ANOTHER, (403, "NOT_AUTHORISED")),
        (HEAD, (403, "NOT_AUTHORISED")),
        (ABOVE, (201, None)),
    ],
)
async def test_nobody_opens_a_channel_of_another_agencys_service(
    registry: Registry, by: str, answer: tuple[int, str | None]
) -> None:
    """Neither under their own agency's name nor under that of the service: ANOTHER is of the one, HEAD of the other."""
    channel = await read(registry, "offerings/tax-clearance-web")
    wish = channel | {"id": "tax-clearance-app", "channel": "MOBILE", "orgId": "wa-water"}
    assert told(await registry.put(f"offerings/tax-clearance-app?officerId={by}", wish)) == answer


async def test_a_channel_of_a_service_that_is_only_drafted_is_its_agencys(registry: Registry) -> None:
    await registry.put(f"services/tax-advice?officerId={CLERK}", {"id": "tax-advice", "orgId": "wa-tax"})
    channel = await read(registry, "offerings/tax-clearance-web")
    wish = channel | {"id": "tax-advice-web", "serviceId": "tax-advice"}
    stranger = await registry.put(f"offerings/tax-advice-web?officerId={ANOTHER}", wish | {"orgId": "wa-water"})
    assert told(stranger) == (403, "NOT_AUTHORISED")
    assert told(await registry.put(f"offerings/tax-advice-web?officerId={CLERK}", wish)) == (201, None)


async def test_there_is_no_channel_of_a_service_that_nobody_drafts(registry: Registry) -> None:
    """Else whoever came first would hold it when it is published."""
    channel = await read(registry, "offerings/tax-clearance-web")
    wish = channel | {"id": "nothing-web", "serviceId": "nothing"}
    assert told(await registry.put(f"offerings/nothing-web?officerId={CLERK}", wish)) == (422, "NAMES_UNKNOWN")
    assert told(await registry.put("offerings/nothing-web", wish)) == (201, None), "an import has it in any order"


async def test_a_file_opens_no_channel_of_another_agency_for_a_service_of_its_own() -> None:
    """By an officer of the one alone; whoever is above both may."""
    fresh = " | ".join(["theirs-web", "WEB", "FULL", "FULL", "FULL", "FULL", "2026-11-23", "", "", "", "wa-tax"])
    for by, opened in ((ANOTHER, False), (ABOVE, True)):
        office, outcomes = await imported(row(id="theirs", orgId="wa-water", offerings=fresh), by=by)
        assert ("theirs-web" in office.store.collections["offering"]) == opened, outcomes


# --- what an officer newly names is there (ADR 0009) ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "fields", "name"),
    [
        ("desks/wa-tax-desk", {"calendarId": "no-such"}, "calendar no-such"),
        ("desks/wa-tax-desk", {"shifts": [{"officerId": "nobody-01", "validFrom": "2026-11-23"}]}, "officer nobody-01"),
        ("organizations/wa-tax", {"deskId": "no-such-desk"}, "desk no-such-desk"),
        ("units/wa-tax-clearances", {"calendarId": "no-such"}, "calendar no-such"),
        ("officers/wa-tax-desk-02", {"unitId": "no-such-unit"}, "unit no-such-unit"),
        ("officers/wa-tax-desk-02", {"authorities": [DECIDES | {"serviceId": "no-such"}]}, "service no-such"),
        ("kiosks/wa-urmia-017", {"partner": "no-such"}, "partner no-such"),
        ("calendars/wa-offices", {"base": "no-such"}, "calendar no-such"),
    ],
)
async def test_a_change_by_an_officer_names_nothing_that_is_not_there(
    registry: Registry, path: str, fields: dict[str, Any], name: str
) -> None:
    found = await read(registry, path)
    refused = await registry.put(f"{path}?officerId={ABOVE}", found | fields, **ANY)
    assert told(refused) == (422, "NAMES_UNKNOWN")
    assert refused.json()["names"] == [name]


async def test_what_an_entry_named_before_stays_and_a_new_one_may_come_before_what_it_names(registry: Registry) -> None:
    desk = await read(registry, "desks/wa-tax-desk") | {"id": "wa-tax-fair", "calendarId": "not-yet"}
    assert told(await registry.put(f"desks/wa-tax-fair?officerId={HEAD}", desk)) == (201, None)
    assert await changed(registry, "desks/wa-tax-fair", HEAD, floor=3) == DONE
    assert await changed(registry, "desks/wa-tax-fair", None, calendarId="nor-this") == DONE, "an import: in any order"
    assert await changed(registry, "desks/wa-tax-fair", HEAD, calendarId="no-such") == (422, "NAMES_UNKNOWN")


async def test_no_id_that_is_somebodys_number_comes_into_a_topic_or_a_draft(registry: Registry) -> None:
    """Nor does the refusal repeat it (I12)."""
    officer = await read(registry, "officers/wa-tax-desk-02") | {"id": "0013542419", "authorities": []}
    key = {"kid": "0013542419", "publicKey": signing_key("k9").public_key, "officerId": ABOVE}
    answers = [
        await registry.put("officers/0013542419", officer),
        await registry.put("services/0013542419", {"id": "0013542419", "orgId": "wa-tax"}),
        await registry.post("kiosks/wa-urmia-017/keys", key),
    ]
    codes = [(422, "INCOMPLETE"), (422, "INCOMPLETE"), (422, "BAD_KID")]
    assert [told(answer) for answer in answers] == codes
    assert not any("0013542419" in answer.text for answer in answers)
