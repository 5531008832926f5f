"""What entries name of each other, in one table (domain 3): whether all of it is there, and what stands on it."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from pydantic.alias_generators import to_camel

from services.contracts.entry import Entry
from services.contracts.registry import ENTRIES, Desk, Kiosk, Officer, Organization, Partner, Shift, Unit
from services.contracts.routing_rule import RoutingRule
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.working_calendar import WorkingCalendar


class Reference(NamedTuple):
    """A field by which entries of one kind name one of another. `path`: its attributes, `shifts.officer_id`."""

    user: type[Entry]
    path: str
    kind: type[Entry]
    holds: bool = True
    """Whether what is named stays in force as long as its user is."""

    @property
    def field(self) -> str:
        """As it is written in JSON."""
        return ".".join(map(to_camel, self.path.split(".")))


_OWNED_TO_THE_END = (Unit, Kiosk, Partner, Offering, Sheet, RoutingRule)
"""An agency ends after these of its own; desk, officers and calendars end after the agency, which stands on them."""

REFERENCES: tuple[Reference, ...] = (
    *(Reference(kind, "org_id", Organization, kind in _OWNED_TO_THE_END) for kind in ENTRIES),
    Reference(Organization, "parent", Organization),
    Reference(Organization, "desk_id", Desk),
    Reference(Organization, "head_officer_id", Officer),
    Reference(Unit, "calendar_id", WorkingCalendar),
    Reference(Desk, "calendar_id", WorkingCalendar),
    Reference(Desk, "head_officer_id", Officer),
    Reference(Desk, "shifts.officer_id", Officer),
    Reference(Desk, "shifts.substitute_for", Officer),
    Reference(Officer, "unit_id", Unit),
    # officers stand on their unit, not it on them: of who is gone it says nothing any more
    Reference(Unit, "head_officer_id", Officer, False),
    Reference(Unit, "shifts.officer_id", Officer, False),
    Reference(Unit, "shifts.substitute_for", Officer, False),
    # a desk stands on its officers, not they on it
    Reference(Officer, "desk_id", Desk, False),
    # for a service that is retired it allows nothing, and it ends with the officer who delegated it
    Reference(Officer, "authorities.service_id", Sheet, False),
    Reference(Officer, "authorities.delegated_by", Officer, False),
    Reference(Kiosk, "partner", Partner),
    Reference(Kiosk, "calendar_id", WorkingCalendar),
    Reference(Offering, "service_id", Sheet),
    Reference(Sheet, "unit_id", Unit),
    Reference(Sheet, "responsible_officer_id", Officer),
    # whoever attested it may leave: their word stands until its day
    Reference(Sheet, "attested_by", Officer, False),
    Reference(Sheet, "requirements.held_by", Organization),
    Reference(RoutingRule, "service_id", Sheet),
    Reference(RoutingRule, "rows.steps.unit_id", Unit),
    Reference(RoutingRule, "rows.no_competence_to", Unit),
    # whose calendar it is; they stand on it
    Reference(WorkingCalendar, "scope.org_id", Organization, False),
    Reference(WorkingCalendar, "scope.unit_id", Unit, False),
    Reference(WorkingCalendar, "base", WorkingCalendar),
)


def references(entry: Entry) -> Iterator[tuple[Reference, str]]:
    """Every entry that this one names, by its id."""
    return ((reference, id) for reference, id, _ in _named(entry))


def stands_on(entry: Entry, day: date) -> Iterator[tuple[type[Entry], str]]:
    """What may not be retired on that day while this entry is not. A shift or a channel that is over needs nothing."""
    for reference, id, by in _named(entry):
        if reference.holds and not _is_over(by, day):
            yield reference.kind, id


def _is_over(value: Any, day: date) -> bool:
    return isinstance(value, Shift | Offering) and value.valid_to is not None and value.valid_to < day


def _named(entry: Entry) -> Iterator[tuple[Reference, str, Any]]:
    """Each with the part of the entry that names it."""
    for reference in REFERENCES:
        if reference.user is type(entry):
            *parts, field = reference.path.split(".")
            for part in _parts(entry, parts):
                id = getattr(part, field)
                if id is not None:
                    yield reference, id, part


def _parts(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, tuple):
        for each in value:
            yield from _parts(each, path)
    elif path:
        yield from _parts(getattr(value, path[0]), path[1:])
    elif value is not None:
        yield value
