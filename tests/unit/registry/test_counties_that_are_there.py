"""A county in which nothing stands is a slip of the hand: a closure there would be nobody's (domain 6)."""

from typing import Any

import pytest

from services.contracts.entry import Status
from services.contracts.province_check import problems_of
from services.contracts.registry import Desk, Kiosk, Unit
from services.contracts.service_sheet import Offering
from services.contracts.working_calendar import DayException, WorkingCalendar
from tests.support.sample import sample_entries
from tests.unit.registry.over_http import Registry

BY = {"officerId": "wa-governorate-desk-01"}
ANY = {"If-Match": "*"}
SLIP = "counties: no desk, unit or kiosk office stands in urmai"


def snow(*counties: str) -> dict[str, Any]:
    day = {"date": "2026-12-02", "kind": "CLOSED", "source": "برف", "counties": counties}
    return {"exceptions": [day]} | BY


@pytest.mark.parametrize("path", ["exceptions", "preview"])
async def test_a_closure_names_counties_in_which_something_stands(registry: Registry, path: str) -> None:
    refused = await registry.post(f"calendars/wa-offices/{path}", snow("urmia", "urmai", "khoy"))
    assert (refused.status_code, refused.json()["code"], refused.json()["names"]) == (422, "UNKNOWN_COUNTY", ["urmai"])
    assert refused.json()["detail"] == SLIP
    assert (await registry.post(f"calendars/wa-offices/{path}", snow("urmia", "khoy"))).status_code == 200


@pytest.mark.parametrize("kind", [Unit, Desk, Kiosk])
async def test_whatever_stands_there_makes_a_county_known(
    registry: Registry, kind: type[Unit] | type[Desk] | type[Kiosk]
) -> None:
    some = next(entry for entry in sample_entries() if isinstance(entry, kind))
    moved = some.model_copy(update={"county": "urmai", "version": 1})
    await registry.office.put(moved)
    assert (await registry.post("calendars/wa-offices/exceptions", snow("urmai"))).status_code == 200
    await registry.office.put(moved.model_copy(update={"status": Status.RETIRED, "version": 2}))
    gone = await registry.post("calendars/wa-offices/exceptions", snow("urmai", "urmia"))
    assert gone.json()["names"] == ["urmai"], "where all is retired nothing stands"


async def test_a_calendar_or_a_channel_that_an_officer_records_names_no_other_either(registry: Registry) -> None:
    calendar = (await registry.get("calendars/wa-offices")).json()
    day = snow("urmai")["exceptions"][0] | {"status": "PROVISIONAL", "county": "urmai", "layer": 0}
    slipped = calendar | {"exceptions": [*calendar["exceptions"], day]}
    by = f"?officerId={BY['officerId']}"
    refused = await registry.put(f"calendars/wa-offices{by}", slipped, **ANY)
    assert (refused.status_code, refused.json()["code"]) == (422, "UNKNOWN_COUNTY")
    web = (await registry.get("offerings/tax-clearance-web")).json()
    for id in ("tax-clearance-web", "tax-clearance-new"):
        refused = await registry.put(f"offerings/{id}{by}", web | {"id": id, "counties": ["urmai", "urmia"]}, **ANY)
        assert (refused.status_code, refused.json()["names"]) == (422, ["urmai"]), id


async def test_what_was_said_before_hinders_no_other_change(registry: Registry) -> None:
    """The last office of a county may be gone since."""
    web = (await registry.get("offerings/tax-clearance-web")).json() | {"counties": ["urmai"]}
    assert (await registry.put("offerings/tax-clearance-web", web, **ANY)).status_code == 200, "an import says it"
    by = f"?officerId={BY['officerId']}"
    changed = await registry.put(f"offerings/tax-clearance-web{by}", web | {"url": "https://tax.example/"}, **ANY)
    assert changed.status_code == 200, changed.text


async def test_a_sheet_may_come_before_its_kiosks_and_is_not_published_before_them(registry: Registry) -> None:
    web = (await registry.get("offerings/tax-clearance-web")).json() | {"counties": ["urmai"]}
    assert (await registry.put("offerings/tax-clearance-web", web, **ANY)).status_code == 200
    attesting = {"officerId": "wa-tax-desk-01", "expires": "2027-11-01"}
    assert (await registry.post("services/tax-clearance/attest", attesting, **ANY)).status_code == 200
    refused = await registry.post("services/tax-clearance/publish", {"officerId": "wa-tax-desk-01"})
    assert (refused.status_code, refused.json()["code"]) == (422, "CANNOT_BE_SERVED")
    assert SLIP in refused.json()["reasons"]
    kiosk = next(entry for entry in sample_entries() if isinstance(entry, Kiosk))
    await registry.office.put(kiosk.model_copy(update={"county": "urmai"}))
    published = await registry.post("services/tax-clearance/publish", {"officerId": "wa-tax-desk-01"})
    assert published.status_code == 200, published.text


def test_a_province_that_names_no_such_county_is_told_of_it_before_it_is_brought_in() -> None:
    day = DayException.model_validate(
        {
            "date": "2026-12-02",
            "kind": "CLOSED",
            "status": "PROVISIONAL",
            "source": "برف",
            "counties": ["khoy", "urmai"],
        }
    )
    changed = []
    for entry in sample_entries():
        if isinstance(entry, WorkingCalendar) and entry.id == "wa-offices":
            entry = entry.model_copy(update={"exceptions": (*entry.exceptions, day)})
        if isinstance(entry, Offering) and entry.id == "tax-clearance-web":
            entry = entry.model_copy(update={"counties": ("urmai",)})
        changed.append(entry)
    assert {str(problem) for problem in problems_of(changed)} == {
        f"calendar wa-offices: {SLIP}",
        f"offering tax-clearance-web: {SLIP}",
    }
