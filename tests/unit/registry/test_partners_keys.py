"""The keys of an office: registered, revoked, and strong (domain 3)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.registry import Kiosk, SigningKey
from services.contracts.signature import encoded, weak
from services.registry.domain import onboarding
from services.registry.domain.onboarding import RevokeKey, RevokeKeyWish
from tests.support.signing import signing_key
from tests.unit.registry.partners_steps import AROUND, BY, a_kiosk, refused, register, world


def test_a_registered_key_is_published_from_today_unless_another_day_is_named() -> None:
    decided = register(a_kiosk())
    (key,) = decided.state.keys
    assert (key.kid, key.valid_from, key.valid_to, key.revoked_at) == ("wa-urmia-017.1", date(2026, 11, 23), None, None)
    assert decided.events == (decided.state,)
    later = register(a_kiosk(), validFrom="2026-12-01", validTo="2027-12-01").state.keys[0]
    assert (later.valid_from, later.valid_to) == (date(2026, 12, 1), date(2027, 12, 1))


def test_a_name_has_one_key_for_ever() -> None:
    kiosk = register(a_kiosk()).state
    refused(lambda: register(kiosk), "KEY_KNOWN")
    refused(lambda: register(revoke(kiosk).state), "KEY_KNOWN")
    refused(lambda: register(None), "NOT_FOUND")
    refused(lambda: register(a_kiosk(), validFrom="2026-12-02", validTo="2026-12-01"), "NO_SUCH_SPAN")
    many = [SigningKey(kid=f"k{n}", public_key="a" * 43, valid_from=date(2026, 1, 1)) for n in range(100)]
    refused(lambda: register(a_kiosk(keys=[key.model_dump() for key in many])), "TOO_MANY_KEYS")


def revoke(kiosk: Kiosk, kid: str = "wa-urmia-017.1") -> Any:
    command = RevokeKey(reason="گم شد", officer_id=BY)
    return onboarding.revoke_key(kiosk, RevokeKeyWish(kid=kid, command=command, around=AROUND), world())


def test_a_revoked_key_is_in_force_on_no_day() -> None:
    kiosk = register(a_kiosk()).state
    revoked = revoke(kiosk).state
    assert kiosk.keys[0].in_force(date(2026, 11, 23))
    assert not revoked.keys[0].in_force(date(2026, 11, 23))
    refused(lambda: revoke(revoked), "ALREADY_REVOKED")
    refused(lambda: revoke(kiosk, "another"), "NOT_FOUND")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x01" + bytes(31),
        bytes(32),
        bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        bytes([7]) + bytes(31),
        b"\xff" * 32,
    ],
)
def test_a_key_that_anybody_could_sign_with_is_not_registered(raw: bytes) -> None:
    """The points of small order, and what is no point at all."""
    text = encoded(raw).decode()
    assert weak(text)
    refused(lambda: register(a_kiosk(), publicKey=text), "WEAK_KEY")


def test_an_ordinary_key_is_not_weak() -> None:
    assert not weak(signing_key("wa-urmia-017").public_key)
