"""What is wrong with an entry by itself is named, whatever else is recorded (domain 3)."""

from typing import Any

import pytest

from services.contracts.flaws import flaws
from services.contracts.registry import BY_KIND
from services.contracts.signature import encoded
from tests.support.sample import sample_entries
from tests.support.signing import signing_key

SHIFT = {"officerId": "a", "validFrom": "2026-11-23"}
KEY = {"kid": "k1", "publicKey": signing_key("wa-urmia-017").public_key, "validFrom": "2026-11-23"}
NEUTRAL_POINT = encoded(b"\x01" + bytes(31)).decode()
"""By it a signature of zeros fits every text."""


def flaws_with(kind: str, **changes: Any) -> list[str]:
    entry = next(e for e in sample_entries() if kind == e.KIND)
    return list(flaws(BY_KIND[kind].model_validate(entry.to_wire() | changes)))


def days(number: int) -> dict[str, Any]:
    return {"value": number, "unit": "WORKING_DAYS"}


def within(legal: int, **own: tuple[int, int]) -> dict[str, Any]:
    """A day, at most a day, by the law some days; and the average and maximum of channels."""
    times = [{"channel": name, "average": days(first), "maximum": days(last)} for name, (first, last) in own.items()]
    return {"average": days(1), "maximum": days(1), "legal": days(legal), "byChannel": times}


@pytest.mark.parametrize(
    ("kind", "changes", "flaw"),
    [
        ("desk", {"shifts": [SHIFT | {"validTo": "2026-11-22"}]}, "ends on 2026-11-22, before it begins on 2026-11-23"),
        ("desk", {"shifts": [SHIFT | {"intervals": [["12:00", "08:00"]]}]}, "12:00-08:00 is no span of a day"),
        ("desk", {"shifts": [SHIFT | {"intervals": [["8:00", "9:00"]]}]}, "8:00-9:00 is no span of a day"),
        (
            "desk",
            {"shifts": [SHIFT | {"intervals": [["08:00", "12:00"], ["11:00", "14:00"]]}]},
            "11:00-14:00 stands before the end of 08:00-12:00",
        ),
        ("desk", {"shifts": [SHIFT | {"substituteFor": "a"}]}, "nobody is their own substitute"),
        ("desk", {"phone": "0912 123 4567"}, "the phone is somebody's mobile; give the office's"),
        ("desk", {"phone": "۰۹۱۲ ۱۲۳ ۴۵۶۷"}, "the phone is somebody's mobile; give the office's"),
        ("desk", {"phone": "044-3345-2100، (0912)123.45.67"}, "the phone is somebody's mobile; give the office's"),
        ("desk", {"phone": "9121234567"}, "the phone is somebody's mobile; give the office's"),
        ("partner", {"contact": "آقای رضایی، ۰۹۱۲۱۲۳۴۵۶۷"}, "contact: names somebody's mobile; give the office's"),
        ("officer", {"id": "0013542419"}, "id: bears somebody's national id or mobile"),
        ("officer", {"id": "wa-09121234567"}, "id: bears somebody's national id or mobile"),
        ("organization", {"id": "989121234567.x"}, "id: bears somebody's national id or mobile"),
        ("service", {"id": "s-0013542419"}, "id: bears somebody's national id or mobile"),
        ("kiosk", {"keys": [KEY | {"kid": "0013542419"}]}, "keys: a kid bears somebody's national id or mobile"),
        ("kiosk", {"operators": [{"id": "0013542419", "name": "x"}]}, "operators: an id bears somebody's national id"),
        ("kiosk", {"keys": [KEY, KEY]}, "names the key k1 2 times"),
        ("kiosk", {"keys": [KEY | {"validTo": "2026-01-01"}]}, "before it begins on 2026-11-23"),
        ("kiosk", {"keys": [KEY | {"publicKey": NEUTRAL_POINT}]}, "key k1: not an Ed25519 public key that one holder"),
        ("kiosk", {"operators": [{"id": "o", "name": "x"}] * 2}, "names the operator o 2 times"),
        ("kiosk", {"closures": [{"first": "2026-11-23", "last": "2026-11-22", "reason": "x"}]}, "ends on 2026-11-22"),
        ("offering", {"validFrom": "2026-11-23", "validTo": "2026-11-22"}, "ends on 2026-11-22"),
        ("offering", {"channel": "WEB", "presenceReason": "OATH"}, "only a desk makes people come"),
        (
            "service",
            {"processingTime": within(10, WEB=(3, 2))},
            "processingTime.byChannel.0.average: through WEB it is longer than the maximum",
        ),
        (
            "service",
            {"processingTime": within(10, WEB=(2, 2), POST=(2, 11))},
            "processingTime.byChannel.1.maximum: through POST it is longer than the legal one",
        ),
        (
            "service",
            {"processingTime": (twice := within(10, WEB=(2, 2))) | {"byChannel": twice["byChannel"] * 2}},
            "says 2 times how long it takes through WEB",
        ),
        (
            "officer",
            {"authorities": [{"serviceId": "s", "actions": [], "validFrom": "2026-11-23"}]},
            "authority for s: allows nothing",
        ),
    ],
)
def test_a_flaw_is_named(kind: str, changes: dict[str, Any], flaw: str) -> None:
    assert flaws_with(kind) == []
    (found,) = flaws_with(kind, **changes)
    assert flaw in found


def test_a_channel_may_take_longer_or_shorter_than_the_service_at_large_and_need_not_be_offered() -> None:
    """What binds nobody is no flaw, as a cost of such a channel is none."""
    assert flaws_with("service", processingTime=within(10, WEB=(1, 1), PHONE=(9, 10), POST=(2, 3))) == []


def test_an_office_whose_weak_key_was_revoked_can_be_recorded_again() -> None:
    """Revoking is all that can be done about one: a name has one key, for ever."""
    assert flaws_with("kiosk", keys=[KEY | {"publicKey": NEUTRAL_POINT, "revokedAt": "2026-11-23T08:30:00Z"}]) == []


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("desk", {"phone": "۰۴۴-۳۳۴۵-۲۱۰۰ و 044-3345-9121"}),
        ("desk", {"phone": "044-3345-2100، 98765432، 98765433"}),
        ("partner", {"contact": "044-3345-2100، واحد پشتیبانی"}),
        ("organization", {"id": "wa-1405-09-02-1"}),
        ("officer", {"id": "wa-0013542418"}),
        ("officer", {"id": "wa-00135424190"}),
    ],
)
def test_the_numbers_of_an_office_are_nobodys(kind: str, changes: dict[str, Any]) -> None:
    assert flaws_with(kind, **changes) == []
