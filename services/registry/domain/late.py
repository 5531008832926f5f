"""What belongs to a month that is over comes late: the month's pack, if it is frozen, hears of it (domain 11)."""

from datetime import datetime

from services.contracts.decision import Send
from services.contracts.envelope import derived_id
from services.contracts.wire import Wire
from services.registry.domain.month import over_since

PACK = "governorate-pack"
"""The entity."""


class CameLate(Wire):
    """To a pack: something of its month was written after the month, and perhaps after it was counted."""


def pack_id(org_id: str, month: str) -> str:
    return derived_id(PACK, org_id, month)


def late(org_id: str, happened: datetime, now: datetime) -> tuple[Send, ...]:
    """Nothing, mostly. To the packs of that month, and of those after it that are over."""
    return tuple(to_pack(org_id, month) for month in over_since(happened, now))


def to_pack(org_id: str, month: str) -> Send:
    return Send(PACK, pack_id(org_id, month), CameLate())
