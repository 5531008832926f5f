"""Whoever suspends a partner can see that intake goes by it (docs/partners.md: renewal and end)."""

from tests.support.signing import signing_key
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


async def test_access_of_an_office_tells_whether_intake_knows_that_its_key_is_revoked(registry: Registry) -> None:
    office = "kiosks/wa-urmia-017"
    key = {"kid": "wa-urmia-017.1", "publicKey": signing_key("k1").public_key, "officerId": SUSPENDED["officerId"]}
    assert (await registry.post(f"{office}/keys", key)).status_code == 201
    done = await registry.post(f"{office}/keys/wa-urmia-017.1/revoke", SUSPENDED)
    assert done.status_code == 200, done.text
    version = done.json()["version"]
    told = []
    for registry.intake.version in (None, version - 1, version):
        told.append((await registry.get(f"{office}/access")).json())
    assert told == [
        {"kiosk": "wa-urmia-017", "version": version, "intakeKnows": knows} for knows in (None, False, True)
    ]
    assert (await registry.get("kiosks/nobody/access")).status_code == 404
