"""The counties that entries name, and those in which something stands: one in which nothing does is a slip of the hand.

There is no list of counties: a province is known by its desks, units and kiosk offices.
"""

from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk, Kiosk, Unit
from services.contracts.routing_rule import RoutingRule
from services.contracts.service_sheet import Offering
from services.contracts.working_calendar import WorkingCalendar, spread

STANDING = (Desk, Unit, Kiosk)
"""Kinds that stand in a county."""


def counties_of(entry: Entry | None) -> frozenset[str]:
    """Where an offering is open, a calendar says itself that a day differs, or work goes its own way."""
    match entry:
        case Offering():
            return frozenset(entry.counties)
        case WorkingCalendar():
            own = spread(day for day in entry.exceptions if not day.layer)
            return frozenset(day.county for day in own if day.county is not None)
        case RoutingRule():
            return frozenset(county for row in entry.rows for county in row.counties)
        case _:
            return frozenset()


def stands_in(entry: Entry) -> str | None:
    """The county in which a desk, a unit or a kiosk office stands, unless it is retired for good."""
    there = entry.status is not Status.RETIRED or bool(entry.planned)
    return entry.county if isinstance(entry, STANDING) and there else None


def nothing_in(county: str) -> str:
    """What is said of a county in which nothing stands."""
    return f"counties: no desk, unit or kiosk office stands in {county}"
