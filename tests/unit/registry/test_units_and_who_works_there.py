"""Who leads a unit, who works in it when, and who is away: recorded by those whose it is to say (domain 3, 7, I12)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.registry import Officer
from services.contracts.topics import REGISTRY_OFFICER
from tests.unit.registry.governorate import province
from tests.unit.registry.over_http import Registry
from tests.unit.registry.say_of_others import (
    ABOVE,
    ANOTHER,
    ANY,
    CLERK,
    COLLEAGUE,
    DONE,
    HEAD,
    REFUSED,
    changed,
    read,
    told,
)
from tests.unit.registry.test_retiring import ahead

UNIT = "units/wa-tax-clearances"
SECOND, THIRD = "wa-tax-clearances-02", "wa-tax-clearances-03"
ILL = "بستری شدن آقای نمونه"
BY = {"officerId": ABOVE, "reason": "پایان خدمت"}


def shift(officer: str = SECOND, **fields: Any) -> dict[str, Any]:
    return {"officerId": officer, "validFrom": ahead(-30)} | fields


@pytest.mark.parametrize(
    ("by", "answer"), [(CLERK, REFUSED), (ANOTHER, REFUSED), (HEAD, DONE), (ABOVE, DONE), (None, DONE)]
)
@pytest.mark.parametrize(
    "fields",
    [{"headOfficerId": SECOND}, {"shifts": [shift(SECOND, substituteFor=COLLEAGUE)]}],
    ids=["leads", "instead"],
)
async def test_who_leads_a_unit_and_who_stands_in_is_said_by_the_head_of_its_agency(
    registry: Registry, fields: dict[str, Any], by: str | None, answer: tuple[int, str | None]
) -> None:
    assert await changed(registry, UNIT, by, **fields) == answer


async def test_plain_shifts_and_who_is_away_are_said_by_any_officer_of_the_agency(registry: Registry) -> None:
    assert await changed(registry, UNIT, CLERK, shifts=[shift(SECOND), shift(THIRD)]) == DONE
    assert (
        await changed(registry, f"officers/{SECOND}", CLERK, absences=[{"first": ahead(0), "last": ahead(2)}]) == DONE
    )
    assert await changed(registry, UNIT, ANOTHER, shifts=[]) == REFUSED


@pytest.mark.parametrize(
    ("fields", "flaw"),
    [
        ({"headOfficerId": ANOTHER}, f"headOfficerId: {ANOTHER} is of another agency"),
        ({"shifts": [shift(ANOTHER)]}, f"shifts.officerId: {ANOTHER} is of another agency"),
        ({"headOfficerId": THIRD}, f"headOfficerId: {THIRD} is not in service"),
        ({"shifts": [shift(THIRD)]}, f"shifts.officerId: {THIRD} is not in service"),
        (
            {"shifts": [shift(SECOND, substituteFor=SECOND)]},
            f"shift of {SECOND} from {ahead(-30)}: nobody is their own substitute",
        ),
    ],
)
async def test_who_leads_a_unit_or_works_there_is_of_its_agency_and_in_service(
    registry: Registry, fields: dict[str, Any], flaw: str
) -> None:
    assert (await registry.post(f"officers/{THIRD}/retire", BY)).status_code == 200
    unit = await read(registry, UNIT)
    refused = await registry.put(UNIT, unit | fields, **ANY)
    assert (refused.status_code, refused.json()["code"]) == (422, "INCOMPLETE")
    assert flaw in refused.json()["flaws"]


async def test_an_officer_who_begins_later_may_have_a_shift_but_leads_no_unit_yet(registry: Registry) -> None:
    later = (await read(registry, f"officers/{THIRD}")) | {
        "id": "wa-tax-new",
        "status": "PLANNED",
        "planned": [{"status": "ACTIVE", "since": ahead(10)}],
    }
    assert (await registry.put("officers/wa-tax-new", later)).status_code == 201
    assert await changed(registry, UNIT, HEAD, shifts=[shift("wa-tax-new", validFrom=ahead(10))]) == DONE
    assert await changed(registry, UNIT, HEAD, headOfficerId="wa-tax-new") == (422, "INCOMPLETE")


async def test_an_officer_leaves_the_unit_they_led_and_it_may_be_changed_afterwards(registry: Registry) -> None:
    """Officers end before their unit: it does not stand on them."""
    assert await changed(registry, UNIT, HEAD, headOfficerId=THIRD, shifts=[shift(THIRD)]) == DONE
    assert (await registry.post(f"officers/{THIRD}/retire", BY)).status_code == 200
    assert await changed(registry, UNIT, CLERK, loadCap=50) == DONE


async def test_why_somebody_is_away_stays_in_the_registry_and_survives_who_records_what_they_read(
    registry: Registry,
) -> None:
    path, away = f"officers/{SECOND}", {"first": ahead(1), "last": ahead(3), "reason": ILL}
    assert await changed(registry, path, CLERK, absences=[away]) == DONE
    shown = await read(registry, path)
    assert shown["absences"] == [away | {"reason": None}]
    events = registry.office.publisher.events(REGISTRY_OFFICER.name)
    published = [Officer.model_validate_json(event["value"]) for event in events][-1]
    assert (published.id, published.absences[0].reason) == (SECOND, None)
    assert await changed(registry, path, CLERK, phone="044-3222-9999") == DONE
    history = (await registry.get(f"{path}/history")).json()["items"]
    assert [each["entry"]["absences"] for each in history[:2]] == [[away], [away]]


async def test_a_list_that_says_nothing_of_who_is_away_leaves_them_away(registry: Registry) -> None:
    path = f"officers/{SECOND}"
    assert await changed(registry, path, CLERK, absences=[{"first": ahead(1), "last": ahead(3)}]) == DONE
    listed = await read(registry, path)
    del listed["absences"]
    assert told(await registry.put(path, listed | {"post": "کارشناس ارشد"}, **ANY)) == (200, None)
    assert len((await read(registry, path))["absences"]) == 1


async def test_an_absence_ends_no_earlier_than_it_begins(registry: Registry) -> None:
    path = f"officers/{SECOND}"
    refused = await registry.put(
        path, await read(registry, path) | {"absences": [{"first": "2026-11-24", "last": "2026-11-23"}]}, **ANY
    )
    assert refused.json()["flaws"] == ["absence: ends on 2026-11-23, before it begins on 2026-11-24"]


def test_an_officer_is_away_from_the_first_to_the_last_day_of_an_absence() -> None:
    known = province().officer(SECOND)
    assert known is not None
    away = Officer.model_validate(known.to_wire() | {"absences": [{"first": "2026-11-24", "last": "2026-11-25"}]})
    assert [away.absent_on(date(2026, 11, day)) for day in (23, 24, 25, 26)] == [False, True, True, False]
