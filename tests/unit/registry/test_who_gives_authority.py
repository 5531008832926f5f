"""Nobody gives themselves authority: it is given by the head or from above (I13)."""

import pytest

from tests.unit.registry.over_http import Registry
from tests.unit.registry.say_of_others import (
    ABOVE,
    ANOTHER,
    ANY,
    CLERK,
    COLLEAGUE,
    DECIDES,
    DONE,
    HEAD,
    REFUSED,
    given,
    read,
    told,
)


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


async def test_nobody_whom_the_head_has_named_as_substitute_gives_the_head_authority(registry: Registry) -> None:
    desk = await read(registry, "desks/wa-tax-desk")
    shift = {"officerId": CLERK, "validFrom": "2026-11-23", "validTo": "2026-11-23", "substituteFor": HEAD}
    named = await registry.put(f"desks/wa-tax-desk?officerId={HEAD}", desk | {"shifts": [shift]}, **ANY)
    assert told(named) == DONE, "the head alone names who stands in"
    assert await given(registry, CLERK, DECIDES, to=HEAD) == REFUSED
    assert await given(registry, CLERK, DECIDES, to=COLLEAGUE) == DONE, "as the head gives it to everybody else"
    assert await given(registry, ABOVE, DECIDES, to=HEAD) == DONE


async def test_nobody_lends_to_the_head_who_may_have_given_it_to_them(registry: Registry) -> None:
    head = await read(registry, f"officers/{HEAD}")
    bare = await registry.put(f"officers/{HEAD}?officerId={ABOVE}", head | {"authorities": []}, **ANY)
    assert told(bare) == DONE
    assert await given(registry, HEAD, DECIDES, to=CLERK) == DONE
    lent = DECIDES | {"delegatedBy": CLERK}
    assert await given(registry, CLERK, lent, to=HEAD) == REFUSED
    assert await given(registry, ABOVE, lent, to=HEAD) == DONE
    head = await read(registry, f"officers/{HEAD}")
    back = await registry.put(f"officers/{HEAD}?officerId={CLERK}", head | {"authorities": []}, **ANY)
    assert told(back) == DONE, "what is theirs they take back"


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


@pytest.mark.parametrize("period", [{"validFrom": "2025-03-21", "validTo": "2026-03-20"}, {}])
async def test_what_was_delegated_does_not_lock_the_officer_when_its_giver_has_left(
    registry: Registry, period: dict[str, str]
) -> None:
    """It allows nothing any more, or nothing for now. Another phone number concerns neither; more of it is judged."""
    own = (await read(registry, f"officers/{COLLEAGUE}"))["authorities"][0]
    lent = own | {"delegatedBy": COLLEAGUE} | period
    assert await given(registry, COLLEAGUE, lent) == DONE
    away = {"officerId": HEAD, "reason": "مأموریت"}
    assert (await registry.post(f"officers/{COLLEAGUE}/suspend", away)).status_code == 200
    officer = await read(registry, f"officers/{CLERK}")
    changed = await registry.put(f"officers/{CLERK}?officerId={CLERK}", officer | {"phone": "044-3222-1111"}, **ANY)
    assert told(changed) == DONE, changed.text
    assert await given(registry, HEAD, lent | {"maxAmount": 1}) == (422, "INCOMPLETE")


async def test_authority_for_another_agencys_service_is_given_from_above_both(registry: Registry) -> None:
    permit = DECIDES | {"serviceId": "building-permit"}
    assert await given(registry, HEAD, permit) == REFUSED
    assert await given(registry, ABOVE, permit) == DONE


async def test_a_service_that_is_only_drafted_is_its_agencys_and_so_is_authority_for_it(registry: Registry) -> None:
    """A new officer may come before much that they name, but not with a say in what another agency is drafting."""
    await registry.put("services/water-theirs?officerId=" + ANOTHER, {"id": "water-theirs", "orgId": "wa-water"})
    new = await read(registry, f"officers/{COLLEAGUE}") | {"id": "wa-tax-clearances-09"}

    async def recorded(service_id: str, by: str) -> tuple[int, str | None]:
        wish = new | {"authorities": [DECIDES | {"serviceId": service_id}]}
        return told(await registry.put(f"officers/{new['id']}?officerId={by}", wish))

    assert await recorded("water-theirs", HEAD) == REFUSED
    assert await recorded("nobodys-yet", HEAD) == (422, "NAMES_UNKNOWN")
    assert await recorded("water-theirs", ABOVE) == (201, None)


async def test_a_new_service_is_set_up_by_its_agency_alone(registry: Registry) -> None:
    """Drafted, offered, its officers given authority, attested, published: each needs the one before."""
    sheet = await read(registry, "services/tax-clearance") | {"id": "tax-new"}
    assert told(await registry.put(f"services/tax-new?officerId={CLERK}", sheet)) == (201, None)
    for each in (await registry.get("offerings", serviceId="tax-clearance")).json()["items"]:
        id = each["id"].replace("tax-clearance", "tax-new")
        wish = each | {"id": id, "serviceId": "tax-new"}
        assert told(await registry.put(f"offerings/{id}?officerId={CLERK}", wish)) == (201, None)
    process = DECIDES | {"serviceId": "tax-new", "actions": ["PROCESS"], "maxAmount": None}
    for officer in (COLLEAGUE, "wa-tax-clearances-02"):
        assert await given(registry, HEAD, process, to=officer) == DONE
    attest = {"officerId": CLERK, "expires": "2027-11-23"}
    assert told(await registry.post("services/tax-new/attest", attest, **ANY)) == DONE
    published = await registry.post("services/tax-new/publish", {"officerId": CLERK})
    assert told(published) == DONE, published.text


@pytest.mark.parametrize(("field", "place"), [("unitId", "wa-water-subscribers"), ("deskId", "wa-water-desk")])
async def test_an_officer_works_in_no_unit_and_at_no_desk_of_another_agency(
    registry: Registry, field: str, place: str
) -> None:
    officer = await read(registry, f"officers/{CLERK}")
    assert (await registry.get(f"{field[:-2]}s/{place}")).status_code == 200
    moved = await registry.put(f"officers/{CLERK}?officerId={ABOVE}", officer | {field: place}, **ANY)
    assert told(moved) == (422, "INCOMPLETE")
    assert f"{field}: {place} is of another agency" in moved.text
