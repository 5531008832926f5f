"""A date beyond our time is a slip of the hand: 422 with its field, and nothing of it is kept to break a list later."""

from typing import Any

import pytest

from tests.unit.registry.governorate import ABOVE, AGENCY, CLERK, HEAD, INSPECTOR
from tests.unit.registry.over_http import Registry

FAR = ["0001-01-01", "1500-06-01", "2400-01-01", "9999-12-31"]


def refused(answer: Any, field: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "INVALID"), answer.text
    assert field in [error["field"] for error in problem["errors"]]


@pytest.mark.parametrize("day", FAR)
async def test_no_directive_is_due_beyond_our_time(registry: Registry, day: str) -> None:
    directive: dict[str, Any] = {
        "number": "7",
        "date": "2026-11-20",
        "text": "متن",
        "dueAt": "2026-12-11T08:30:00Z",
        "orgs": [AGENCY],
        "officerId": INSPECTOR,
    }
    refused(await registry.post("directives", directive | {"dueAt": f"{day}T08:30:00Z"}), "dueAt")
    refused(await registry.post("directives", directive | {"date": day}), "date")
    assert (await registry.get("directives", issuer=ABOVE)).json()["items"] == []


@pytest.mark.parametrize("day", FAR)
async def test_no_licence_and_no_week_either(registry: Registry, day: str) -> None:
    kiosk = (await registry.get("kiosks/wa-urmia-017")).json()
    refused(await registry.put("kiosks/wa-urmia-017", kiosk | {"validTo": day}), "validTo")
    partner = (await registry.get("partners/pishkhan-a")).json()
    refused(await registry.put("partners/pishkhan-a", partner | {"validTo": day}), "validTo")
    calendar = (await registry.get("calendars/wa-offices")).json()
    weeks = [calendar["weeks"][0] | {"validFrom": day}, *calendar["weeks"][1:]]
    refused(await registry.put("calendars/wa-offices", calendar | {"weeks": weeks}), "weeks.0.validFrom")


@pytest.mark.parametrize("day", FAR)
async def test_no_suspension_no_inspection_and_no_exception(registry: Registry, day: str) -> None:
    suspension = {"until": day, "reason": "بازسازی", "officerId": CLERK}
    refused(await registry.post("kiosks/wa-urmia-017/suspend", suspension, **{"If-Match": "*"}), "until")
    closure = {"exceptions": [{"date": day, "kind": "CLOSED", "source": "برف"}], "officerId": HEAD}
    answer = await registry.post("calendars/wa-offices/exceptions", closure)
    refused(answer, "exceptions.0.date")
    previewed = await registry.post("calendars/wa-offices/preview", closure)
    refused(previewed, "exceptions.0.date")


@pytest.mark.parametrize("month", ["1300-01", "1389-12", "1500-01"])
async def test_no_agency_has_reported_on_such_a_month(registry: Registry, month: str) -> None:
    refused(await registry.post("reports/packs", {"orgId": AGENCY, "month": month, "officerId": HEAD}), "month")
