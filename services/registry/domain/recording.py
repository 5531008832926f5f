"""Recording a registry entry: the wish is a whole entry, and only a change makes a new version (domain 3, 10)."""

from datetime import datetime, time
from typing import TypeVar

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.province_check import flaws
from services.contracts.registry import Entry, Sheet, WorkingCalendar
from services.worktime import BadCalendar, NeverOpen, Presence, calendar_from_wire, next_opening

E = TypeVar("E", bound=Entry)

KEPT_BY_VERSION: tuple[type[Entry], ...] = (Sheet, WorkingCalendar)
"""A running case and a promise name the version they began with: these kinds keep every version (domain 6, 10)."""


def record(known: E | None, wish: E, world: World[None]) -> Decision[E]:
    """Publishes the entry in its next version, or nothing when it is as it was.

    Whatever `version` the wish carries is ignored. An entry is retired by recording it with status RETIRED, and comes
    back by recording it ACTIVE. Refused: INCOMPLETE (422, with every flaw in `flaws`), OWNER_FIXED (the organization
    may not change: it is part of every key that was published).
    """
    found = tuple(_flaws(wish))
    if found:
        raise Refused("INCOMPLETE", "the entry is not complete", status=422, flaws=found)
    if known is not None and known.org_id != wish.org_id:
        raise Refused("OWNER_FIXED", f"it belongs to {known.org_id}; retire it there and record a new one")
    if known is not None and _content(known) == _content(wish):
        return Decision(known, answer={"id": known.id, "version": known.version, "recorded": False})
    version = 1 if known is None else known.version + 1
    entry = wish.model_copy(update={"version": version, "moves": (f"{wish.KIND}.recorded",)})
    keep = (Send(edition_name(type(entry)), edition_id(entry.id, version), entry),) if _is_kept(entry) else ()
    return Decision(entry, events=(entry,), sends=keep, answer={"id": entry.id, "version": version, "recorded": True})


def keep(kept: E | None, entry: E, world: World[None]) -> Decision[E]:
    """An edition is one version of an entry as it was published; it never changes."""
    return Decision(kept or entry)


def edition_id(id: str, version: int) -> str:
    return f"{id}@{version}"


def edition_name(kind: type[Entry]) -> str:
    """The entity that keeps the versions of a kind."""
    return f"{kind.KIND}-edition"


def _is_kept(entry: Entry) -> bool:
    return isinstance(entry, KEPT_BY_VERSION)


def _content(entry: Entry) -> Entry:
    return entry.model_copy(update={"version": 0, "moves": ()})


def _flaws(entry: Entry) -> list[str]:
    found = list(flaws(entry))
    if isinstance(entry, WorkingCalendar):
        try:
            calendar = calendar_from_wire(entry.to_wire())
            begins = datetime.combine(calendar.weeks[0].valid_from, time(), calendar.tz)
            next_opening(calendar, begins, Presence.DESK)
        except BadCalendar as bad:
            found += bad.problems
        except NeverOpen:
            found.append("never opens")
    return found
