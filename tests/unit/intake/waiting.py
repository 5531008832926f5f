"""Somebody is waited for while their desk is there, and while it is not: the days pass, and the registry changes."""

from datetime import datetime

from services.contracts.decision import Decision, TimerFired
from services.contracts.entry import Entry, Status
from services.contracts.intake_commands import Expire, Remind
from services.intake.domain.due import timers
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.domain.request import Request
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_OFFICER,
    at,
    happens,
    notice,
    state_of,
    world,
)
from tests.unit.intake.rounds import GRANTED, PARTIAL, a_permit, objects


def gone(desk_id: str = PERMITS_DESK, status: Status = Status.SUSPENDED) -> Entry:
    """The desk, out of service now; nobody knows when it is back."""
    desk = sample_snapshot().desk(desk_id)
    assert desk is not None
    return desk.model_copy(update={"status": status})


def moved(request: Request, now: str, *registry: Entry) -> Request:
    """The registry is another, and the case is looked at."""
    return state_of(happens(request, RegistryMoved(), world(now, *registry)))


def fires(request: Request, name: str, *registry: Entry, now: datetime | None = None) -> Request:
    """The timer falls due, and asks for a later moment or for none."""
    due = timers(request)[name]
    after = state_of(happens(request, TimerFired(name=name, due=due), world(now or due, *registry)))
    assert timers(after).get(name, at("1499/01/01 10:00")) > (now or due), "it would fire in circles"
    return after


def closes(request: Request, now: str, *registry: Entry) -> Decision[Request]:
    command = Expire.model_validate({"officerId": SOCIAL_OFFICER})
    return happens(request, command, world(now, *registry))


def hears(request: Request, name: str, now: datetime, *registry: Entry) -> Request:
    """The message is delivered."""
    return state_of(happens(request, notice(request, "message.delivered", now, name), world(now, *registry)))


def reminded() -> Request:
    return hears(a_permit(GRANTED), "COLLECTION_REMINDER", MORNING)


def granted_before() -> Request:
    command = Remind.model_validate({"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER})
    return state_of(happens(state_of(objects(a_permit(PARTIAL))), command, world()))
