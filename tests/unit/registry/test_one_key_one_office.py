"""A public key is registered once: under one name, of one office, for ever (domain 3)."""

from typing import Any

import pytest

from tests.support.signing import signing_key
from tests.unit.registry.over_http import Registry
from tests.unit.registry.partners_steps import BY, a_kiosk, refused, register
from tests.unit.registry.say_of_others import ABOVE, changed, read, told

HERE, THERE = "kiosks/wa-urmia-017", "kiosks/wa-khoy-003"
PUBLIC, ANOTHER = (signing_key(name).public_key for name in ("k1", "k2"))
KNOWN = (409, "KEY_KNOWN")


async def registered(registry: Registry, office: str, kid: str, public: str = PUBLIC) -> tuple[int, str | None]:
    return told(await registry.post(f"{office}/keys", {"kid": kid, "publicKey": public, "officerId": BY}))


async def revoked(registry: Registry, office: str, kid: str) -> tuple[int, str | None]:
    return told(await registry.post(f"{office}/keys/{kid}/revoke", {"officerId": BY, "reason": "دزدیده شد"}))


def written(kid: str, public: str = PUBLIC) -> dict[str, Any]:
    return {"kid": kid, "publicKey": public, "validFrom": "2026-11-23"}


def test_a_key_has_one_name() -> None:
    kiosk = register(a_kiosk()).state
    refused(lambda: register(kiosk, kid="wa-urmia-017.2"), "KEY_KNOWN")
    assert len(register(kiosk, kid="wa-urmia-017.2", publicKey=ANOTHER).state.keys) == 2


async def test_whoever_stole_a_key_that_was_revoked_gets_no_other_name_for_it(registry: Registry) -> None:
    assert await registered(registry, HERE, "wa-urmia-017.1") == (201, None)
    assert await revoked(registry, HERE, "wa-urmia-017.1") == (200, None)
    assert await registered(registry, HERE, "wa-urmia-017.2") == KNOWN
    assert await registered(registry, HERE, "wa-urmia-017.2", ANOTHER) == (201, None)


@pytest.mark.parametrize("ended", [False, True])
async def test_no_key_speaks_for_two_offices(registry: Registry, ended: bool) -> None:
    assert await registered(registry, HERE, "wa-urmia-017.1") == (201, None)
    if ended:
        assert await revoked(registry, HERE, "wa-urmia-017.1") == (200, None)
        assert told(await registry.post(f"{HERE}/retire", {"officerId": BY, "reason": "تعطیل شد"})) == (200, None)
    told_there = {"kid": "wa-khoy-003.9", "publicKey": PUBLIC, "officerId": BY}
    answer = await registry.post(f"{THERE}/keys", told_there)
    assert told(answer) == KNOWN
    assert answer.json()["names"] == ["wa-urmia-017"]
    assert await registered(registry, THERE, "wa-khoy-003.9", ANOTHER) == (201, None)


@pytest.mark.parametrize("by", [ABOVE, None])
async def test_nor_is_an_office_recorded_with_a_key_that_has_a_name_already(registry: Registry, by: str | None) -> None:
    assert await registered(registry, HERE, "wa-urmia-017.1") == (201, None)
    assert await revoked(registry, HERE, "wa-urmia-017.1") == (200, None)
    own = (await read(registry, HERE))["keys"]
    assert await changed(registry, HERE, by, keys=[*own, written("wa-urmia-017.2")]) == KNOWN
    assert await changed(registry, THERE, by, keys=[written("wa-khoy-003.1")]) == KNOWN
    twice = [written("wa-khoy-003.1", ANOTHER), written("wa-khoy-003.2", ANOTHER)]
    assert await changed(registry, THERE, by, keys=twice) == KNOWN
    new = await read(registry, THERE) | {"id": "wa-khoy-099", "licenceNo": "own", "keys": [written("k")]}
    query = f"?officerId={by}" if by else ""
    assert told(await registry.put(f"kiosks/wa-khoy-099{query}", new)) == KNOWN
    assert await changed(registry, HERE, by, keys=[*own, written("wa-urmia-017.2", ANOTHER)]) == (200, None)


async def test_an_office_that_shares_a_key_from_before_may_still_be_changed(registry: Registry) -> None:
    """And the key be revoked: nobody could put it right otherwise."""
    shared = signing_key("k1").model_copy(update={"kid": "k"})
    for id in ("wa-urmia-017", "wa-khoy-003"):
        office = a_kiosk(id=id, licence_no=f"own {id}", keys=[shared.model_dump()])
        await registry.office.put(office.model_copy(update={"version": 2}))
    assert await changed(registry, HERE, ABOVE, phone="044-3222-0000") == (200, None)
    assert await revoked(registry, HERE, "k") == (200, None)
