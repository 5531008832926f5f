"""The days of a calendar in the registry, and who has had the last word about each: an import follows an officer."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.contracts.entries import read_entry
from services.contracts.working_calendar import DayException, WorkingCalendar, spread

Place = tuple[date, str | None]
"""A day, everywhere or in a county."""


def own_days(calendar: WorkingCalendar) -> dict[Place, DayException]:
    """What it says itself, without the calendars that it stands on."""
    return {(day.date, day.county): day for day in spread(calendar.exceptions) if not day.layer}


def decided_places(history: Sequence[dict[str, Any]]) -> set[Place]:
    """Where an officer, and not an import, has said last what holds, or that nothing does. The newest version first."""
    decided: set[Place] = set()
    before: dict[Place, DayException] = {}
    for edition in reversed(history):
        entry = read_entry(WorkingCalendar.KIND, edition["entry"])
        assert isinstance(entry, WorkingCalendar)
        now = own_days(entry)
        changed = {place for place in now.keys() | before.keys() if before.get(place) != now.get(place)}
        decided = decided - changed if edition["recordedBy"] is None else decided | changed
        before = now
    return decided
