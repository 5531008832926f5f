"""Whoever licenses a kiosk office or a partner decides about it; its own agency may only take away (domain 3)."""

from typing import Any

import pytest

from tests.support.signing import signing_key
from tests.unit.registry.over_http import Registry
from tests.unit.registry.say_of_others import ABOVE, CLERK, DONE, HEAD, REFUSED, changed, read, told

OFFICE, PARTNER = "kiosks/wa-urmia-099", "partners/pishkhan-z"
WHY = {"reason": "بازرسی"}
KEY = {"kid": "wa-urmia-099.1", "publicKey": signing_key("wa-urmia-099").public_key}


async def licensed(registry: Registry, *, partners_agency: str = "wa-tax", under: str = "pishkhan-z") -> None:
    """The governorate licenses an office of the tax office, and a partner."""
    partner = {"id": "pishkhan-z", "orgId": partners_agency, "name": "میز", "contact": "044-3345-2100"}
    assert told(await registry.put(f"{PARTNER}?officerId={ABOVE}", partner)) == (201, None)
    office = await read(registry, "kiosks/wa-urmia-017")
    office |= {"id": "wa-urmia-099", "orgId": "wa-tax", "licenceNo": "own", "keys": [], "partner": under}
    assert told(await registry.put(f"{OFFICE}?officerId={ABOVE}", office)) == (201, None)


async def said(registry: Registry, path: str, by: str, **fields: Any) -> tuple[int, str | None]:
    return told(await registry.post(path, {"officerId": by} | fields))


@pytest.mark.parametrize("by", [CLERK, HEAD])
@pytest.mark.parametrize("path", [OFFICE, PARTNER])
async def test_what_the_licensing_agency_suspended_its_own_agency_does_not_bring_back(
    registry: Registry, path: str, by: str
) -> None:
    await licensed(registry)
    assert await said(registry, f"{path}/suspend", ABOVE, **WHY) == DONE
    assert await said(registry, f"{path}/resume", by, **WHY) == REFUSED
    assert await said(registry, f"{path}/retire", by, **WHY) == REFUSED
    assert await said(registry, f"{path}/resume", ABOVE, **WHY) == DONE


@pytest.mark.parametrize("by", [CLERK, HEAD])
async def test_keys_and_credentials_are_given_by_whoever_licenses(registry: Registry, by: str) -> None:
    await licensed(registry)
    assert await said(registry, f"{OFFICE}/keys", by, **KEY) == REFUSED
    assert await said(registry, f"{PARTNER}/onboard", by) == REFUSED
    assert await said(registry, f"{OFFICE}/keys", ABOVE, **KEY) == (201, None)
    assert await said(registry, f"{PARTNER}/onboard", ABOVE) == (201, None)
    assert await said(registry, f"{PARTNER}/rotate", by, **WHY) == REFUSED
    assert await said(registry, f"{PARTNER}/rotate", ABOVE, **WHY) == DONE


@pytest.mark.parametrize("by", [CLERK, ABOVE])
async def test_to_suspend_and_to_revoke_protects_and_waits_for_nobody(registry: Registry, by: str) -> None:
    await licensed(registry)
    await said(registry, f"{OFFICE}/keys", ABOVE, **KEY)
    await said(registry, f"{PARTNER}/onboard", ABOVE)
    assert await said(registry, f"{OFFICE}/keys/{KEY['kid']}/revoke", by, **WHY) == DONE
    assert await said(registry, f"{PARTNER}/api-keys/revoke", by, which="ALL", **WHY) == DONE
    assert await said(registry, f"{OFFICE}/suspend", by, **WHY) == DONE
    assert await said(registry, f"{PARTNER}/suspend", by, since="2026-12-01", until="2026-12-05", **WHY) == DONE


@pytest.mark.parametrize("verb", ["suspend", "retire"])
async def test_no_suspension_takes_the_place_of_what_the_licensing_agency_has_planned(
    registry: Registry, verb: str
) -> None:
    """It would end on a day of its own, and the office be in force again."""
    await licensed(registry)
    day = {"since": "2026-12-10"}
    assert await said(registry, f"{OFFICE}/{verb}", ABOVE, **day, **WHY) == DONE
    shorter = {"until": "2026-12-11"}
    assert await said(registry, f"{OFFICE}/suspend", CLERK, **day, **shorter, **WHY) == REFUSED
    assert await said(registry, f"{OFFICE}/suspend", CLERK, since="2026-12-02", until="2026-12-05", **WHY) == DONE
    planned = (await read(registry, OFFICE))["planned"]
    assert planned[-1]["status"] == {"suspend": "SUSPENDED", "retire": "RETIRED"}[verb]


@pytest.mark.parametrize("by", [CLERK, ABOVE])
async def test_an_office_that_its_own_agency_suspended_until_a_day_is_suspended_for_longer(
    registry: Registry, by: str
) -> None:
    await licensed(registry)
    assert await said(registry, f"{OFFICE}/suspend", CLERK, until="2026-12-05", **WHY) == DONE
    assert await said(registry, f"{OFFICE}/suspend", by, until="2026-12-20", reason="شکایت") == DONE
    office = await read(registry, OFFICE)
    assert (office["status"], [(plan["status"], plan["since"]) for plan in office["planned"]]) == (
        "SUSPENDED",
        [("ACTIVE", "2026-12-21")],
    )
    latest = (await read(registry, f"{OFFICE}/history"))["items"][0]
    assert (latest["recordedBy"], latest["reason"], latest["version"]) == (by, "شکایت", office["version"])


async def test_nor_does_its_own_agency_make_shorter_what_the_licensing_one_said(registry: Registry) -> None:
    await licensed(registry)
    assert await said(registry, f"{OFFICE}/suspend", ABOVE, until="2026-12-20", **WHY) == DONE
    assert await said(registry, f"{OFFICE}/suspend", CLERK, until="2026-12-05", **WHY) == (409, "ILLEGAL_MOVE")
    assert (await read(registry, OFFICE))["planned"][0]["since"] == "2026-12-21"


async def test_an_office_under_a_partner_of_another_agency_is_whose_both_are(registry: Registry) -> None:
    await licensed(registry, partners_agency="wa-water")
    assert await changed(registry, "organizations/wa-tax", ABOVE, province="tax-land") == DONE
    assert await said(registry, f"{OFFICE}/suspend", HEAD, **WHY) == DONE
    assert await said(registry, f"{OFFICE}/resume", HEAD, **WHY) == REFUSED
    assert await said(registry, f"{OFFICE}/keys", HEAD, **KEY) == REFUSED
    assert await said(registry, f"{OFFICE}/resume", ABOVE, **WHY) == DONE
    assert await said(registry, f"{OFFICE}/keys", ABOVE, **KEY) == (201, None)


async def test_the_highest_agency_of_a_province_decides_about_its_own(registry: Registry) -> None:
    await licensed(registry)
    assert await changed(registry, "organizations/wa-tax", ABOVE, province="tax-land") == DONE
    assert await said(registry, f"{OFFICE}/suspend", CLERK, **WHY) == DONE
    assert await said(registry, f"{OFFICE}/resume", CLERK, **WHY) == DONE
    assert await said(registry, f"{OFFICE}/keys", CLERK, **KEY) == (201, None)
    assert await said(registry, f"{PARTNER}/onboard", CLERK) == (201, None)
