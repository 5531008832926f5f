"""Whoever suspends a partner can see that intake goes by it (docs/partners.md: renewal and end)."""

from tests.unit.registry.over_http import Registry

SUSPENDED = {"officerId": "wa-governorate-desk-01", "reason": "تخلف"}


async def test_access_tells_whether_intake_knows_what_was_recorded_last(registry: Registry) -> None:
    done = await registry.post("partners/pishkhan-a/suspend", SUSPENDED)
    assert done.status_code == 200, done.text
    version = done.json()["version"]
    told = []
    for registry.intake.version in (None, version - 1, version, version + 1):
        told.append((await registry.get("partners/pishkhan-a/access")).json()["intakeKnows"])
    assert told == [None, False, True, True]
