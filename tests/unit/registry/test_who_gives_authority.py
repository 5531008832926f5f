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
