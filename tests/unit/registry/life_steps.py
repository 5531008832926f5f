"""A desk of the sample and what becomes of it: its status changed by command, and by a day that comes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.contracts.decision import Decision, TimerFired, World
from services.contracts.entry import Status
from services.contracts.registry import Desk
from services.contracts.snapshot import Snapshot
from services.registry.domain.life import ChangeLife
from services.registry.domain.recording import Around, StatusWish, change_status, day_came
from tests.support.sample import sample_entries, sample_snapshot

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Monday 1405/09/02."""


def world(now: datetime = NOW) -> World[None]:
    return World(now=now, registry=Snapshot(), rules=None)


def a_desk(**changes: Any) -> Desk:
    desk = next(e for e in sample_entries() if isinstance(e, Desk) and e.id == "wa-tax-desk")
    return Desk.model_validate(desk.model_dump() | {"version": 1} | changes)


def change(desk: Desk | None, status: Status, users: tuple[str, ...] = (), **command: Any) -> Decision[Desk]:
    body = ChangeLife.model_validate({"reason": "تعمیر ساختمان", "officerId": "wa-governorate-desk-01"} | command)
    around = Around(users=users, entries=sample_snapshot())
    return change_status(desk, StatusWish(status=status, command=body, around=around), world())


def desk_of(decision: Decision[Desk]) -> Desk:
    assert decision.state is not None
    return decision.state


def fired(desk: Desk, on: date) -> Decision[Desk]:
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=3, minutes=30)
    return day_came(desk, TimerFired(name="status", due=midnight), world(midnight))
