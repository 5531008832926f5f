"""Being of the agency is not enough: what gives somebody a say is decided by another (domain 1.2, I13)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.contracts.registry import RESERVED
from services.contracts.topics import GROUPS
from services.ops import provision
from services.ops.credentials import PARTNERS
from services.ops.errors import StackError
from services.registry.handlers import SHEET_FILE
from tests.support.signing import signing_key
from tests.unit.registry.over_http import Registry, registry_of_the_province
from tests.unit.registry.test_catalogue_import import imported, row

ABOVE = "wa-governorate-desk-01"
HEAD, CLERK = "wa-tax-desk-01", "wa-tax-desk-02"
ANOTHER = "wa-water-desk-01"
ANY = {"If-Match": "*"}


@pytest.fixture
async def registry() -> AsyncIterator[Registry]:
    async with registry_of_the_province() as registry:
        yield registry


def told(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


async def read(registry: Registry, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await registry.get(path)).json()
    return found


# --- sheets are drafted by their agency, and those above --------------------------------------------------------------


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


# --- nobody gives themselves authority (I13) --------------------------------------------------------------------------

COLLEAGUE = "wa-tax-clearances-01"
DECIDES = {"serviceId": "tax-clearance", "actions": ["DECIDE"], "maxAmount": 1, "validFrom": "2026-11-23"}
REFUSED, DONE = (403, "NOT_AUTHORISED"), (200, None)


async def given(
    registry: Registry, by: str | None, *authorities: dict[str, Any], to: str = CLERK
) -> tuple[int, str | None]:
    officer = await read(registry, f"officers/{to}")
    wish = officer | {"authorities": [*officer["authorities"], *authorities]}
    return told(await registry.put(f"officers/{to}" + (f"?officerId={by}" if by else ""), wish, **ANY))


@pytest.mark.parametrize(
    ("by", "answer"), [(CLERK, REFUSED), (COLLEAGUE, REFUSED), (HEAD, DONE), (ABOVE, DONE), (None, DONE)]
)
async def test_authority_is_given_by_the_head_or_from_above(
    registry: Registry, by: str | None, answer: tuple[int, str | None]
) -> None:
    assert await given(registry, by, DECIDES) == answer


async def test_the_head_has_theirs_from_above(registry: Registry) -> None:
    assert await given(registry, HEAD, DECIDES, to=HEAD) == REFUSED
    assert await given(registry, ABOVE, DECIDES, to=HEAD) == DONE


async def test_where_nobody_is_above_another_officer_gives_the_head_theirs_and_the_head_everybody_elses(
    registry: Registry,
) -> None:
    other = (await read(registry, f"officers/{ABOVE}")) | {"id": "wa-governorate-desk-09", "authorities": []}
    assert told(await registry.put("officers/wa-governorate-desk-09", other)) == (201, None)
    assert await given(registry, ABOVE, DECIDES, to=ABOVE) == REFUSED
    assert await given(registry, other["id"], DECIDES, to=ABOVE) == DONE
    assert await given(registry, other["id"], DECIDES, to="wa-governorate-inspection-01") == REFUSED
    assert await given(registry, ABOVE, DECIDES, to="wa-governorate-inspection-01") == DONE


async def test_authority_is_taken_by_nobody_else_than_gives_it_and_what_else_an_officer_is_by_any_of_the_agency(
    registry: Registry,
) -> None:
    officer = await read(registry, f"officers/{COLLEAGUE}")
    assert officer["authorities"]
    bare = officer | {"authorities": []}
    assert told(await registry.put(f"officers/{COLLEAGUE}?officerId={CLERK}", bare, **ANY)) == REFUSED
    phone = officer | {"phone": "044-3222-1111"}
    assert told(await registry.put(f"officers/{COLLEAGUE}?officerId={CLERK}", phone, **ANY)) == DONE
    new = officer | {"id": "wa-tax-clearances-09"}
    assert told(await registry.put(f"officers/{new['id']}?officerId={CLERK}", new)) == REFUSED
    assert told(await registry.put(f"officers/{new['id']}?officerId={CLERK}", new | {"authorities": []}))[0] == 201


async def test_what_is_delegated_is_lent_by_whose_it_is_within_the_agency(registry: Registry) -> None:
    own = (await read(registry, f"officers/{COLLEAGUE}"))["authorities"][0]
    lent = own | {"delegatedBy": COLLEAGUE}
    assert await given(registry, CLERK, lent) == REFUSED, "at the word of who gets it"
    assert await given(registry, COLLEAGUE, lent) == DONE
    clerk = await read(registry, f"officers/{CLERK}")
    without = clerk | {"authorities": [each for each in clerk["authorities"] if each != lent]}
    assert told(await registry.put(f"officers/{CLERK}?officerId={CLERK}", without, **ANY)) == REFUSED
    assert told(await registry.put(f"officers/{CLERK}?officerId={COLLEAGUE}", without, **ANY)) == DONE
    assert await given(registry, ABOVE, lent, to=ANOTHER) == (422, "INCOMPLETE"), "they are of another agency"


async def test_authority_for_another_agencys_service_is_given_from_above_both(registry: Registry) -> None:
    permit = DECIDES | {"serviceId": "building-permit"}
    assert await given(registry, HEAD, permit) == REFUSED
    assert await given(registry, ABOVE, permit) == DONE


@pytest.mark.parametrize(("field", "place"), [("unitId", "wa-water-subscribers"), ("deskId", "wa-water-desk")])
async def test_an_officer_works_in_no_unit_and_at_no_desk_of_another_agency(
    registry: Registry, field: str, place: str
) -> None:
    officer = await read(registry, f"officers/{CLERK}")
    assert (await registry.get(f"{field[:-2]}s/{place}")).status_code == 200
    moved = await registry.put(f"officers/{CLERK}?officerId={ABOVE}", officer | {field: place}, **ANY)
    assert told(moved) == (422, "INCOMPLETE")
    assert f"{field}: {place} is of another agency" in moved.text


# --- who heads what ---------------------------------------------------------------------------------------------------

TAX, TOP = "organizations/wa-tax", "organizations/wa-governorate"


async def changed(registry: Registry, path: str, by: str | None, **fields: Any) -> tuple[int, str | None]:
    found = await read(registry, path)
    return told(await registry.put(path + (f"?officerId={by}" if by else ""), found | fields, **ANY))


@pytest.mark.parametrize(("by", "answer"), [(CLERK, REFUSED), (HEAD, REFUSED), (ABOVE, DONE), (None, DONE)])
@pytest.mark.parametrize("fields", [{"headOfficerId": CLERK}, {"headOfficerId": None}, {"parent": "wa-water"}])
async def test_who_heads_an_agency_and_what_is_above_it_is_decided_above_it(
    registry: Registry, fields: dict[str, Any], by: str | None, answer: tuple[int, str | None]
) -> None:
    assert await changed(registry, TAX, by, **fields) == answer
    assert await changed(registry, TAX, CLERK, nameEn="Taxes") == DONE


async def test_the_head_of_the_agency_that_nobody_is_above_hands_over(registry: Registry) -> None:
    clerk, other = "wa-governorate-desk-02", "wa-governorate-inspection-01"
    assert await changed(registry, TOP, clerk, headOfficerId=clerk) == REFUSED
    assert await changed(registry, TOP, other, headOfficerId=clerk) == REFUSED
    assert await changed(registry, TOP, ABOVE, headOfficerId=None) == DONE
    assert await changed(registry, TOP, clerk, headOfficerId=clerk) == REFUSED, "nobody names themselves"
    assert await changed(registry, TOP, other, headOfficerId=clerk) == DONE


async def test_head_and_desk_of_an_agency_are_its_own(registry: Registry) -> None:
    for fields in ({"headOfficerId": ANOTHER}, {"deskId": "wa-water-desk"}):
        assert await changed(registry, TAX, ABOVE, **fields) == (422, "INCOMPLETE")


DESK = "desks/wa-tax-desk"


@pytest.mark.parametrize(("by", "answer"), [(CLERK, REFUSED), (HEAD, DONE), (ABOVE, DONE)])
async def test_who_heads_a_desk_is_decided_by_the_head_of_the_agency_or_above(
    registry: Registry, by: str, answer: tuple[int, str | None]
) -> None:
    assert await changed(registry, DESK, by, headOfficerId=CLERK) == answer
    new = await read(registry, DESK) | {"id": "wa-tax-fair", "headOfficerId": CLERK}
    assert told(await registry.put(f"desks/wa-tax-fair?officerId={by}", new))[0] == (answer[0] if answer[1] else 201)


async def test_nobody_makes_themselves_a_substitute_and_who_has_a_substitute_names_one(registry: Registry) -> None:
    shift = {"officerId": CLERK, "validFrom": "2026-11-23"}
    for_the_head, for_a_colleague = shift | {"substituteFor": HEAD}, shift | {"substituteFor": "wa-tax-business-01"}
    assert await changed(registry, DESK, CLERK, shifts=[shift]) == DONE
    assert await changed(registry, DESK, CLERK, shifts=[for_the_head]) == REFUSED
    assert await changed(registry, DESK, "wa-tax-business-01", shifts=[for_a_colleague]) == DONE
    assert await changed(registry, DESK, "wa-tax-business-01", shifts=[for_a_colleague, for_the_head]) == REFUSED
    assert await changed(registry, DESK, HEAD, shifts=[for_a_colleague, for_the_head]) == DONE
    assert await changed(registry, DESK, CLERK, floor=2) == DONE, "what stands there already is no news"
    assert await given(registry, CLERK, DECIDES, to=COLLEAGUE) == DONE, "who stands in for the head has the head's say"


# --- who licenses kiosk offices ---------------------------------------------------------------------------------------


async def test_partners_and_offices_are_licensed_by_the_highest_agency_of_the_province_or_from_above(
    registry: Registry,
) -> None:
    partner = {"id": "pishkhan-z", "orgId": "wa-tax", "name": "میز", "contact": "044-3345-2100"}
    assert told(await registry.put(f"partners/pishkhan-z?officerId={HEAD}", partner)) == REFUSED
    office = await read(registry, "kiosks/wa-urmia-017")
    own = office | {"id": "wa-urmia-099", "orgId": "wa-tax", "licenceNo": "own", "keys": []}
    assert told(await registry.put(f"kiosks/wa-urmia-099?officerId={HEAD}", own)) == REFUSED
    assert told(await registry.put(f"partners/pishkhan-z?officerId={ABOVE}", partner)) == (201, None)
    assert told(await registry.put(f"kiosks/wa-urmia-099?officerId={ABOVE}", own)) == (201, None)
    assert await changed(registry, "partners/pishkhan-z", HEAD, contact="044-3345-2200") == REFUSED
    assert await changed(registry, "kiosks/wa-urmia-017", ABOVE, validTo="2029-03-20") == DONE


async def test_an_agency_gets_no_province_of_its_own_to_license_in(registry: Registry) -> None:
    """Nor an office a partner of another: in a province of its own the tax office would be the highest agency."""
    assert await changed(registry, TAX, HEAD, province="tax-land") == REFUSED
    branch = await read(registry, TAX) | {"id": "wa-tax-khoy", "orgId": "wa-tax-khoy", "parent": "wa-tax"}
    branch |= {"deskId": "wa-tax-khoy-desk", "headOfficerId": None}
    apart = branch | {"province": "tax-land"}
    assert told(await registry.put(f"organizations/wa-tax-khoy?officerId={HEAD}", apart)) == REFUSED
    assert told(await registry.put(f"organizations/wa-tax-khoy?officerId={HEAD}", branch)) == (201, None)
    assert await changed(registry, TAX, ABOVE, province="tax-land") == DONE
    own = await read(registry, "kiosks/wa-urmia-017") | {"id": "wa-urmia-099", "orgId": "wa-tax", "licenceNo": "own"}
    own |= {"keys": []}
    assert told(await registry.put(f"kiosks/wa-urmia-099?officerId={HEAD}", own)) == REFUSED, "pishkhan-a is another's"
    partner = {"id": "pishkhan-z", "orgId": "wa-tax", "name": "میز", "contact": "044-3345-2100"}
    assert told(await registry.put(f"partners/pishkhan-z?officerId={HEAD}", partner)) == (201, None)
    under = own | {"partner": "pishkhan-z"}
    assert told(await registry.put(f"kiosks/wa-urmia-099?officerId={HEAD}", under)) == (201, None)


@pytest.mark.parametrize("id", ["mizban", "intake", "registry", "routing", "notify", "portal", "kafka", "admin"])
async def test_no_partner_has_a_name_of_ours(registry: Registry, id: str) -> None:
    """Its account might read whatever groups begin with it: `mizban.intake`, for one."""
    partner = {"id": id, "orgId": "wa-governorate", "name": "میز", "contact": "044-3345-2100"}
    for path in (f"partners/{id}", f"partners/{id}?officerId={ABOVE}"):
        refused = await registry.put(path, partner)
        assert told(refused) == (422, "INCOMPLETE")
        assert "a name of the service's own" in refused.text


def test_every_group_and_service_is_among_the_names_of_ours() -> None:
    assert {group.split(".")[0] for group in GROUPS} <= RESERVED
    assert {group.split(".")[1] for group in GROUPS} <= RESERVED
    assert not RESERVED & set(PARTNERS), "and no partner of the sample"


def test_the_containers_make_no_account_of_such_a_name() -> None:
    with pytest.raises(StackError, match="mizban"):
        provision.topics(["pishkhan-a", "mizban"], kafka="nowhere:1")


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
