"""Being of the agency is not enough: what gives somebody a say is decided by another (domain 1.2, I13)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.registry.handlers import SHEET_FILE
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
