"""Who heads an agency or a desk is decided above it, and who licenses kiosk offices at the top (domain 1.2, 3)."""

from typing import Any

import pytest

from services.contracts.registry import RESERVED
from services.contracts.topics import GROUPS
from services.ops import provision
from services.ops.credentials import PARTNERS
from services.ops.errors import StackError
from tests.unit.registry.over_http import Registry
from tests.unit.registry.say_of_others import (
    ABOVE,
    ANOTHER,
    CLERK,
    COLLEAGUE,
    DECIDES,
    DONE,
    HEAD,
    REFUSED,
    changed,
    given,
    read,
    told,
)

TAX, TOP = "organizations/wa-tax", "organizations/wa-governorate"


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


@pytest.mark.parametrize("path", [TAX, f"officers/{HEAD}"])
@pytest.mark.parametrize(
    "fields",
    [{"status": "SUSPENDED"}, {"planned": [{"status": "SUSPENDED", "since": "2026-12-01", "reason": "مرخصی"}]}],
)
async def test_no_clerk_writes_the_head_or_the_agency_out_of_service(
    registry: Registry, path: str, fields: dict[str, Any]
) -> None:
    """By a whole entry as little as by the command."""
    assert await changed(registry, path, CLERK, **fields) == REFUSED
    assert await changed(registry, path, ABOVE, **fields) == DONE


async def test_of_the_agency_that_nobody_is_above_its_head_decides_who_is_in_service(registry: Registry) -> None:
    clerk, head = "wa-governorate-desk-02", f"officers/{ABOVE}"
    assert (await read(registry, TOP))["headOfficerId"] == ABOVE

    async def said(path: str, verb: str, by: str) -> tuple[int, str | None]:
        return told(await registry.post(f"{path}/{verb}", {"officerId": by, "reason": "مرخصی"}))

    assert await said(TOP, "suspend", clerk) == REFUSED
    assert await said(head, "suspend", clerk) == REFUSED
    assert await said(head, "suspend", ABOVE) == DONE
    assert await said(head, "resume", clerk) == DONE, "nobody else could say that the head is back"


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


async def test_a_clerk_takes_nobody_the_place_that_the_head_gave_them(registry: Registry) -> None:
    past = {"officerId": COLLEAGUE, "validFrom": "2026-10-01", "validTo": "2026-10-31", "substituteFor": HEAD}
    now = {"officerId": COLLEAGUE, "validFrom": "2026-11-01", "substituteFor": HEAD}
    assert await changed(registry, DESK, HEAD, shifts=[past, now]) == DONE
    assert await changed(registry, DESK, CLERK, shifts=[past]) == REFUSED
    assert await changed(registry, DESK, CLERK, shifts=[now]) == DONE, "what is over is nobody's any more"
    assert await changed(registry, DESK, HEAD, shifts=[]) == DONE


async def test_no_clerk_makes_another_desk_the_permanent_one(registry: Registry) -> None:
    """Who stands in for the head there would head the agency."""
    fair = await read(registry, DESK) | {"id": "wa-tax-fair", "kind": "OUTREACH_EVENT"}
    assert told(await registry.put(f"desks/wa-tax-fair?officerId={HEAD}", fair)) == (201, None)
    assert await changed(registry, TAX, CLERK, deskId="wa-tax-fair") == REFUSED
    assert await changed(registry, TAX, HEAD, deskId="wa-tax-fair") == DONE


@pytest.mark.parametrize(
    "fields",
    [
        {"headOfficerId": ANOTHER},
        {"shifts": [{"officerId": ANOTHER, "validFrom": "2026-11-23"}]},
        {"shifts": [{"officerId": CLERK, "validFrom": "2026-11-23", "substituteFor": ANOTHER}]},
    ],
)
async def test_who_heads_a_desk_or_has_a_shift_there_is_of_its_agency(
    registry: Registry, fields: dict[str, Any]
) -> None:
    """Nobody of another has a say there, nor is kept in service by it against the will of theirs."""
    for by in (HEAD, ABOVE, None):
        assert await changed(registry, DESK, by, **fields) == (422, "INCOMPLETE")


@pytest.mark.parametrize(
    ("path", "field"),
    [(DESK, "calendarId"), ("units/wa-tax-clearances", "calendarId"), ("calendars/wa-tax-own", "base")],
)
async def test_12_21_no_agency_keeps_the_hours_of_another_that_is_not_above_it(
    registry: Registry, path: str, field: str
) -> None:
    """Whose calendar it is would shut its desks, and could not retire it (domain 12.21)."""
    offices = await read(registry, "calendars/wa-offices") | {"base": "west-azerbaijan", "exceptions": []}
    for id, org in (("wa-tax-own", "wa-tax"), ("wa-water-own", "wa-water")):
        scope = {"province": "west-azerbaijan"}
        new = await registry.put(f"calendars/{id}", offices | {"id": id, "orgId": org, "scope": scope})
        assert told(new) == (201, None), new.text
    for by in (HEAD, ABOVE, None):
        assert await changed(registry, path, by, **{field: "wa-water-own"}) == (422, "INCOMPLETE")
    assert await changed(registry, path, HEAD, **{field: "wa-offices"}) == DONE, "of the agency above"


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
