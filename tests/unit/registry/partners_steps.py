"""A partner and a kiosk office, and the steps from their credentials to their end."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.decision import Refused, World
from services.contracts.registry import Kiosk, Partner
from services.contracts.snapshot import Snapshot
from services.registry.domain import access, onboarding
from services.registry.domain.access import AccessWanted, PartnerAccess
from services.registry.domain.onboarding import RegisterKey, RegisterKeyWish
from services.registry.domain.recording import Around
from tests.support.sample import sample_entries, sample_snapshot
from tests.support.signing import signing_key

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Monday 1405/09/02."""
BY = "wa-governorate-desk-01"
AROUND = Around(entries=sample_snapshot())


def world(now: datetime = NOW) -> World[None]:
    return World(now=now, registry=Snapshot(), rules=None)


def a_partner(**changes: Any) -> Partner:
    partner = next(e for e in sample_entries() if isinstance(e, Partner))
    return Partner.model_validate(partner.model_dump() | {"version": 1} | changes)


def a_kiosk(**changes: Any) -> Kiosk:
    kiosk = next(e for e in sample_entries() if isinstance(e, Kiosk) and e.id == "wa-urmia-017")
    return Kiosk.model_validate(kiosk.model_dump() | {"version": 1} | changes)


def refused(call: Any, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        call()
    assert refusal.value.code == code


def decided(message: AccessWanted, known: PartnerAccess | None = None) -> Any:
    return access.decided(known, message, world())


def register(kiosk: Kiosk | None, **changes: Any) -> Any:
    command = {"kid": "wa-urmia-017.1", "publicKey": signing_key("wa-urmia-017").public_key, "officerId": BY}
    wish = RegisterKeyWish(command=RegisterKey.model_validate(command | changes), around=AROUND)
    return onboarding.register_key(kiosk, wish, world())
