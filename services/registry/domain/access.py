"""A partner's access to the broker: what it shall be is decided with the partner, and brought about until it is so.

The partner's entry decides, at once. This entity writes down that the broker does not agree yet (OUTSTANDING), and only
then is the broker called (design 1, outside calls). Each call brings the broker in step with whatever is wanted now, so
it may be made again, and late; a timer makes it again until it has worked. No password is kept anywhere: it follows
from the `nonce` and a key that only the registry's process has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.contracts.decision import Decision, Send, TimerFired, World
from services.contracts.registry import Partner
from services.contracts.wire import Instant, Wire

NAME = "partner-access"
AGAIN = "again"
"""The timer: the broker is called once more."""
PAUSES = (5, 15, 60, 300)
"""Seconds until the next call, by how many have failed; then as the last."""
LOST_AFTER = timedelta(seconds=60)
"""A call that has brought no word by then was lost with its process."""


class AccessState(StrEnum):
    OUTSTANDING = "OUTSTANDING"
    """Decided; the broker may not know yet."""
    GRANTED = "GRANTED"
    WITHDRAWN = "WITHDRAWN"


class PartnerAccess(Wire):
    """What a partner's account at the broker shall be, and whether it is."""

    granted: bool
    nonce: str | None = None
    """Names the password in use; None = the account was made with the broker, until it was withdrawn."""
    turn: int = 0
    """Counts decisions: a word about an earlier one says nothing."""
    state: AccessState = AccessState.OUTSTANDING
    since: Instant
    attempts: int = 0
    """Calls that failed since the decision."""
    problem: str | None = None
    """Why the last one failed: the kind of the error."""
    again_at: Instant | None = None


class AccessWanted(Wire):
    """The partner's entry to its access. `nonce` None = the password stays as it is."""

    granted: bool
    nonce: str | None = None


class AccessApplied(Wire):
    """The broker is as this turn wants it."""

    turn: int


class AccessFailed(Wire):
    """The broker refused, or did not answer."""

    turn: int
    problem: str


@dataclass(frozen=True, slots=True)
class BringInStep:
    """Have the broker agree with what is wanted of this partner now."""


def follows(partner: Partner, today: date) -> Send:
    """Whatever is recorded of a partner: access is withdrawn when it is not in force, and granted again when it is."""
    return wanted(partner.id, granted=partner.in_force(today))


def wanted(partner: str, *, granted: bool, nonce: str | None = None) -> Send:
    return Send(NAME, partner, AccessWanted(granted=granted, nonce=nonce))


def decided(access: PartnerAccess | None, message: AccessWanted, world: World[None]) -> Decision[PartnerAccess]:
    """OUTSTANDING, and the broker is called; nothing, when it is wanted already, or there is no password of ours.

    An account that was made with the broker is gone once it is withdrawn: there is access again with new credentials.
    """
    now = access.granted if access else True
    nonce = message.nonce or (access.nonce if access else None)
    if message.nonce is None and (message.granted == now or (message.granted and nonce is None)):
        return Decision(access)
    told = PartnerAccess(
        granted=message.granted,
        nonce=nonce,
        turn=access.turn + 1 if access else 1,
        since=world.now,
        again_at=world.now + LOST_AFTER,
    )
    return Decision(told, effects=(BringInStep(),))


def applied(access: PartnerAccess | None, message: AccessApplied, world: World[None]) -> Decision[PartnerAccess]:
    if access is None or access.turn != message.turn or access.state is not AccessState.OUTSTANDING:
        return Decision(access)
    state = AccessState.GRANTED if access.granted else AccessState.WITHDRAWN
    return Decision(access.model_copy(update={"state": state, "since": world.now, "problem": None, "again_at": None}))


def failed(access: PartnerAccess | None, message: AccessFailed, world: World[None]) -> Decision[PartnerAccess]:
    """It is tried again, for as long as it takes."""
    if access is None or access.turn != message.turn or access.state is not AccessState.OUTSTANDING:
        return Decision(access)
    pause = timedelta(seconds=PAUSES[min(access.attempts, len(PAUSES) - 1)])
    return Decision(
        access.model_copy(
            update={
                "attempts": access.attempts + 1,
                "problem": message.problem,
                "again_at": world.now + pause,
            }
        )
    )


def again(access: PartnerAccess | None, message: TimerFired, world: World[None]) -> Decision[PartnerAccess]:
    if access is None or access.again_at is None or access.again_at > world.now:
        return Decision(access)
    told = access.model_copy(update={"again_at": world.now + LOST_AFTER})
    return Decision(told, effects=(BringInStep(),))


def due_times(access: PartnerAccess) -> Mapping[str, datetime]:
    return {AGAIN: access.again_at} if access.again_at is not None else {}
