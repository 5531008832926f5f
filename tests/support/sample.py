"""The sample province as values: what the registry publishes once it is imported (contract: The sample province)."""

from functools import cache
from pathlib import Path

from services.contracts.entry import Entry
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import WorkingCalendar, gathered
from services.ops.province_files import load_province
from services.registry.domain.calendar_base import standing_on
from services.registry.domain.calendar_days import decided

DIRECTORY = Path(__file__).resolve().parents[2] / "deploy" / "sample" / "west-azerbaijan"


@cache
def sample_entries() -> list[Entry]:
    """Every entry as written in the files: version 0, nothing recorded yet."""
    return load_province(DIRECTORY)


@cache
def sample_snapshot() -> Snapshot:
    """The province right after its first import: every entry in version 1, as the registry publishes it."""
    return Snapshot().with_entries(published(entry).model_copy(update={"version": 1}) for entry in sample_entries())


def published(entry: Entry) -> Entry:
    """A calendar is published with the days of the one that it stands on, and each day with its decision."""
    if not isinstance(entry, WorkingCalendar):
        return entry
    calendar = _first(entry)
    if entry.base is None:
        return calendar
    base = next(e for e in sample_entries() if isinstance(e, WorkingCalendar) and e.id == entry.base)
    return standing_on(calendar, _first(base))


def _first(calendar: WorkingCalendar) -> WorkingCalendar:
    return calendar.model_copy(update={"exceptions": gathered(decided(calendar, None))})
