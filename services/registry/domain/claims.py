"""What one entry alone may have is claimed before it is recorded: a licence, a public key, to be the rule of a service
(domain 3, ADR 0038, 0041).

Whether another has it is looked up before an entry's rule decides, which knows its own entry alone: of two that ask at
once each would find it free. Of a claim there is one document. Who comes while it stands is refused; it ends when the
call that claimed has its answer, and who comes then finds in the store whose it has become.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import Entry
from services.contracts.envelope import derived_id
from services.contracts.registry import Kiosk
from services.contracts.routing_rule import RoutingRule
from services.contracts.wire import Id, Instant, Wire

IN_TIME = timedelta(seconds=20)
"""Within which the entry has to be decided: later, the claim may be somebody else's before it is written."""
HOLDS = timedelta(seconds=100)
"""Longer than that, one write (two calls of the store, each given up after 25 seconds), and what clocks differ by."""


class Sole(StrEnum):
    """What is claimed, by the code of whoever comes second."""

    LICENCE = "LICENCE_TAKEN"
    KEY = "KEY_KNOWN"
    RULE = "SERVICE_HAS_RULE"


class Claim(Wire):
    """Id = `claim_id`. `calls` of its entry are about to record it; with none it is free, or somebody has it."""

    holder_id: Id = Field(alias="kioskId")
    """Stored under its first name, of when offices alone had claims."""
    at: Instant
    calls: int


class ClaimWish(BaseModel):
    model_config = ConfigDict(frozen=True)

    what: Sole
    holder_id: Id


class Release(BaseModel):
    """A call has its answer: it is recorded, or is not."""

    model_config = ConfigDict(frozen=True)

    holder_id: Id


def claim_id(what: Sole, value: str) -> str:
    return derived_id("claim", what, value)


def claim(known: Claim | None, wish: ClaimWish, world: World[object]) -> Decision[Claim]:
    """Its entry's for a while. Refused: LICENCE_TAKEN, KEY_KNOWN, SERVICE_HAS_RULE (with `names`): another is about to
    have it."""
    stands = known is not None and known.calls > 0 and world.now < known.at + HOLDS
    if known is None or not stands:
        return Decision(Claim(holder_id=wish.holder_id, at=world.now, calls=1))
    if known.holder_id != wish.holder_id:
        raise Refused(wish.what, f"it is just being recorded for {known.holder_id}", names=[known.holder_id])
    return Decision(known.model_copy(update={"at": world.now, "calls": known.calls + 1}))


def release(known: Claim | None, message: Release, world: World[object]) -> Decision[Claim]:
    if known is None or known.holder_id != message.holder_id or known.calls == 0:
        return Decision(known)
    return Decision(known.model_copy(update={"calls": known.calls - 1}))


def newly(known: Entry | None, entry: Entry) -> Iterator[tuple[Sole, str]]:
    """What an entry has as it is wanted and does not have yet; what it had once, also when it comes back.

    A rule claims its service whenever it is recorded: on which days it is in force may be new.
    """
    if isinstance(entry, Kiosk):
        yield from _of_office(known if isinstance(known, Kiosk) else None, entry)
    elif isinstance(entry, RoutingRule) and entry.holds_service:
        yield Sole.RULE, entry.service_id


def _of_office(known: Kiosk | None, office: Kiosk) -> Iterator[tuple[Sole, str]]:
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
