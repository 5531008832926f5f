"""What one office alone may have, a licence or a public key, is claimed before it is recorded (domain 3, ADR 0038).

Whether another has it is looked up before an office's rule decides, which knows its own entry alone: of two that ask at
once each would find it free. Of a claim there is one document. Who comes while it stands is refused; it ends when the
call that claimed has its answer, and who comes then finds in the store whose it has become.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.contracts.decision import Decision, Refused, World
from services.contracts.envelope import derived_id
from services.contracts.registry import Kiosk
from services.contracts.wire import Id, Instant, Wire

IN_TIME = timedelta(seconds=20)
"""Within which the office has to be decided: later, the claim may be somebody else's before it is written."""
HOLDS = timedelta(seconds=100)
"""Longer than that, one write (two calls of the store, each given up after 25 seconds), and what clocks differ by."""


class Sole(StrEnum):
    """What is claimed, by the code of whoever comes second."""

    LICENCE = "LICENCE_TAKEN"
    KEY = "KEY_KNOWN"


class Claim(Wire):
    """Id = `claim_id`. `calls` of its office are about to record it; with none it is free, or somebody has it."""

    kiosk_id: Id
    at: Instant
    calls: int


class ClaimWish(BaseModel):
    model_config = ConfigDict(frozen=True)

    what: Sole
    kiosk_id: Id


class Release(BaseModel):
    """A call has its answer: it is recorded, or is not."""

    model_config = ConfigDict(frozen=True)

    kiosk_id: Id


def claim_id(what: Sole, value: str) -> str:
    return derived_id("claim", what, value)


def claim(known: Claim | None, wish: ClaimWish, world: World[object]) -> Decision[Claim]:
    """Its office's for a while. Refused: LICENCE_TAKEN, KEY_KNOWN (with `names`): another is about to have it."""
    stands = known is not None and known.calls > 0 and world.now < known.at + HOLDS
    if known is None or not stands:
        return Decision(Claim(kiosk_id=wish.kiosk_id, at=world.now, calls=1))
    if known.kiosk_id != wish.kiosk_id:
        raise Refused(wish.what, f"it is just being recorded for {known.kiosk_id}", names=[known.kiosk_id])
    return Decision(known.model_copy(update={"at": world.now, "calls": known.calls + 1}))


def release(known: Claim | None, message: Release, world: World[object]) -> Decision[Claim]:
    if known is None or known.kiosk_id != message.kiosk_id or known.calls == 0:
        return Decision(known)
    return Decision(known.model_copy(update={"calls": known.calls - 1}))


def newly(known: Kiosk | None, office: Kiosk) -> Iterator[tuple[Sole, str]]:
    """What an office has as it is wanted and does not have yet; a licence also when it comes back."""
    had = known is not None and known.holds_licence and known.licence_no == office.licence_no
    if office.holds_licence and not had:
        yield Sole.LICENCE, office.licence_no
    before = {key.public_key for key in known.keys} if known is not None else set()
    for public_key in dict.fromkeys(key.public_key for key in office.keys):
        if public_key not in before:
            yield Sole.KEY, public_key


def in_time(claimed_at: datetime | None, now: datetime) -> None:
    """Raises Refused CLAIM_ENDED: it is to be sent again."""
    if claimed_at is not None and now > claimed_at + IN_TIME:
        raise Refused("CLAIM_ENDED", "it took too long to be decided; send it again")
