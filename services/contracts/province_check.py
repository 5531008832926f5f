"""Whether a set of registry entries makes a province that can work: every reason against it, at once.

Pure. The registry refuses an entry with `flaws`; an import refuses a province with `problems_of`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.contracts.authority import over_delegated
from services.contracts.flaws import flaws
from services.contracts.registry import (
    Desk,
    Entry,
    Kiosk,
    Offering,
    Officer,
    Organization,
    Partner,
    Sheet,
    Status,
    Unit,
    WorkingCalendar,
)
from services.contracts.servable import hindrances
from services.contracts.snapshot import Snapshot

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason: the entry it is about (`service tax-clearance`) and what is wrong with it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def problems_of(entries: Iterable[Entry]) -> list[Problem]:
    """Every dangling reference, double id, incomplete sheet and unit without able officers, in the order given."""
    province = _Province(tuple(entries))
    return [
        *(Problem(f"{kind} {id}", f"stands {n} times") for (kind, id), n in province.ids.items() if n > 1),
        *(
            Problem(f"{entry.KIND} {entry.id}", what)
            for entry in province.entries
            for what in (*flaws(entry), *province.dangling(entry), *province.gaps(entry))
        ),
    ]


class _Province:
    """The entries of one province, found by kind and id."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.ids = Counter((entry.KIND, entry.id) for entry in entries)
        self._snapshot = Snapshot().with_entries(entries)

    def dangling(self, entry: Entry) -> Iterator[str]:
        """References to what is not there."""
        for field, kind, id in references(entry):
            if (kind.KIND, id) not in self.ids:
                yield f"{field} names {kind.KIND} {id}, which is not recorded"

    def gaps(self, entry: Entry) -> Iterator[str]:
        """What an entry needs from the others and does not get."""
        if isinstance(entry, Sheet) and entry.status is Status.ACTIVE:
            yield from hindrances(entry, self._snapshot)
        if isinstance(entry, Officer):
            yield from over_delegated(entry, self._snapshot)


def references(entry: Entry) -> Iterator[tuple[str, type[Entry], str]]:
    """(field, kind, id) of every entry that this one names."""

    def one(field: str, kind: type[Entry], id: str | None) -> Iterator[tuple[str, type[Entry], str]]:
        if id is not None:
            yield field, kind, id

    yield from one("orgId", Organization, entry.org_id)
    match entry:
        case Organization():
            yield from one("parent", Organization, entry.parent)
            yield from one("deskId", Desk, entry.desk_id)
            yield from one("headOfficerId", Officer, entry.head_officer_id)
        case Unit():
            yield from one("calendarId", WorkingCalendar, entry.calendar_id)
        case Desk():
            yield from one("calendarId", WorkingCalendar, entry.calendar_id)
            yield from one("headOfficerId", Officer, entry.head_officer_id)
            for shift in entry.shifts:
                yield from one("shifts", Officer, shift.officer_id)
                yield from one("substituteFor", Officer, shift.substitute_for)
        case Officer():
            yield from one("unitId", Unit, entry.unit_id)
            yield from one("deskId", Desk, entry.desk_id)
            for authority in entry.authorities:
                yield from one("authorities", Sheet, authority.service_id)
                yield from one("delegatedBy", Officer, authority.delegated_by)
        case Kiosk():
            yield from one("partner", Partner, entry.partner)
            yield from one("calendarId", WorkingCalendar, entry.calendar_id)
        case Offering():
            yield from one("serviceId", Sheet, entry.service_id)
        case Sheet():
            yield from one("unitId", Unit, entry.unit_id)
            yield from one("responsibleOfficerId", Officer, entry.responsible_officer_id)
            yield from one("attestedBy", Officer, entry.attested_by)
            for requirement in entry.requirements:
                yield from one("requirements", Organization, requirement.held_by)
        case WorkingCalendar():
            yield from one("scope", Organization, entry.scope.org_id)
            yield from one("scope", Unit, entry.scope.unit_id)
            yield from one("base", WorkingCalendar, entry.base)
