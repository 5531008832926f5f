"""The registry as one service knows it at one moment: a value, built from the compacted topics."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk, Kiosk, Officer, Organization, Partner, Unit
from services.contracts.routing_rule import RoutingRule
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.working_calendar import WorkingCalendar

E = TypeVar("E", bound=Entry)
T = TypeVar("T")

LEVELS = 30
"""Agencies above one another that are looked at; a province has three or four."""
ANSWERS_KEPT = 50_000
"""Days and counties multiply the questions; then it starts anew."""


class Snapshot:
    """Look-ups over registry entries: the newest version by id, and every version of what cases hold on to.

    Immutable: `with_entries` gives a new one. A version never goes backwards (domain 12.14).
    """

    def __init__(
        self,
        newest: Mapping[tuple[str, str], Entry] | None = None,
        kept: Mapping[tuple[str, str, int], Entry] | None = None,
    ):
        self._newest: Mapping[tuple[str, str], Entry] = MappingProxyType(dict(newest or {}))
        self._kept: Mapping[tuple[str, str, int], Entry] = MappingProxyType(dict(kept or {}))
        self._offerings: dict[str, list[Offering]] = {}
        self._officers: dict[str, list[Officer]] = {}
        self._at_desks: dict[str, list[Officer]] = {}
        self._rules: dict[str, RoutingRule] = {}
        self._answers: dict[Hashable, Any] = {}
        for entry in self._newest.values():
            if entry.status is not Status.ACTIVE:
                continue
            if isinstance(entry, Offering):
                self._offerings.setdefault(entry.service_id, []).append(entry)
            elif isinstance(entry, Officer) and entry.unit_id:
                self._officers.setdefault(entry.unit_id, []).append(entry)
            elif isinstance(entry, RoutingRule):
                self._rules[entry.service_id] = _later(self._rules.get(entry.service_id), entry)
            if isinstance(entry, Officer) and entry.desk_id:
                self._at_desks.setdefault(entry.desk_id, []).append(entry)

    def with_entries(self, entries: Iterable[Entry]) -> "Snapshot":
        newest, kept = dict(self._newest), dict(self._kept)
        for entry in entries:
            kept[entry.KIND, entry.id, entry.version] = entry
            known = newest.get((entry.KIND, entry.id))
            if known is None or known.version < entry.version:
                newest[entry.KIND, entry.id] = entry
        return Snapshot(newest, kept)

    def once(self, question: Hashable, answer: Callable[[], T]) -> T:
        """An answer that follows from these entries, looked up once: thousands of cases are of a few services.

        It goes when the snapshot goes. A question begins with a word of its own, and has one type of answer. Two
        threads that ask at once may both look it up.
        """
        try:
            known: T = self._answers[question]
        except KeyError:
            known = answer()
            if len(self._answers) >= ANSWERS_KEPT:
                self._answers.clear()
            self._answers[question] = known
        return known

    def _get(self, kind: type[E], id: str | None, version: int | None = None) -> E | None:
        if id is None:
            return None
        entry = self._newest.get((kind.KIND, id)) if version is None else self._kept.get((kind.KIND, id, version))
        return entry if isinstance(entry, kind) else None

    def every(self) -> tuple[Entry, ...]:
        """Every entry in its newest version."""
        return tuple(self._newest.values())

    def find(self, kind: type[Entry], id: str) -> Entry | None:
        """The newest version of an entry of any kind."""
        return self._get(kind, id)

    def organization(self, id: str | None) -> Organization | None:
        return self._get(Organization, id)

    def above(self, org_id: str | None) -> tuple[Organization, ...]:
        """The agencies above one, the nearest first, however high; never the agency itself, were they a ring."""
        found: dict[str, Organization] = {}
        agency = self.organization(org_id)
        while agency is not None and len(found) < LEVELS:
            agency = self.organization(agency.parent)
            if agency is None or agency.id == org_id or agency.id in found:
                break
            found[agency.id] = agency
        return tuple(found.values())

    def unit(self, id: str | None) -> Unit | None:
        return self._get(Unit, id)

    def desk(self, id: str | None) -> Desk | None:
        return self._get(Desk, id)

    def officer(self, id: str | None) -> Officer | None:
        return self._get(Officer, id)

    def partner(self, id: str | None) -> Partner | None:
        return self._get(Partner, id)

    def partners(self) -> tuple[Partner, ...]:
        """Whatever their status."""
        return tuple(e for e in self._newest.values() if isinstance(e, Partner))

    def kiosk(self, id: str | None) -> Kiosk | None:
        return self._get(Kiosk, id)

    def sheet(self, id: str | None, version: int | None = None) -> Sheet | None:
        """A service sheet; a case asks for the version it recorded (domain 10)."""
        return self._get(Sheet, id, version)

    def calendar(self, id: str | None, version: int | None = None) -> WorkingCalendar | None:
        return self._get(WorkingCalendar, id, version)

    def calendars(self) -> tuple[WorkingCalendar, ...]:
        """Every calendar in its newest version."""
        return tuple(e for e in self._newest.values() if isinstance(e, WorkingCalendar))

    def offerings(self, service_id: str) -> tuple[Offering, ...]:
        """The active offerings of a service."""
        return tuple(self._offerings.get(service_id, ()))

    def rule(self, id: str | None, version: int | None = None) -> RoutingRule | None:
        """A routing rule; a case asks for the version it recorded (domain 10)."""
        return self._get(RoutingRule, id, version)

    def rule_of(self, service_id: str) -> RoutingRule | None:
        """The rule in force of a service; None = the unit of its sheet does the work."""
        return self._rules.get(service_id)

    def officers_of(self, unit_id: str) -> tuple[Officer, ...]:
        """The active officers who work in a unit."""
        return tuple(self._officers.get(unit_id, ()))

    def officers_at(self, desk_id: str) -> tuple[Officer, ...]:
        """The active officers who serve at a desk."""
        return tuple(self._at_desks.get(desk_id, ()))

    def every_kiosk(self) -> tuple[Kiosk, ...]:
        """Whatever its status."""
        return tuple(e for e in self._newest.values() if isinstance(e, Kiosk))

    def kiosks(self) -> tuple[Kiosk, ...]:
        """Every active kiosk."""
        return tuple(e for e in self._newest.values() if isinstance(e, Kiosk) and e.status is Status.ACTIVE)

    def units(self) -> tuple[Unit, ...]:
        """Whatever their status."""
        return tuple(e for e in self._newest.values() if isinstance(e, Unit))

    def desks(self) -> tuple[Desk, ...]:
        """Every desk, also those that are shut for good: cases may still be promised by them."""
        return tuple(e for e in self._newest.values() if isinstance(e, Desk))

    def counts(self) -> dict[str, int]:
        """How many entities of each kind are known."""
        counts: dict[str, int] = {}
        for kind, _ in self._newest:
            counts[kind] = counts.get(kind, 0) + 1
        return counts


def _later(known: RoutingRule | None, rule: RoutingRule) -> RoutingRule:
    """On the night on which one rule gives way to another, the end of the first may be heard of after the second."""
    return rule if known is None or (known.version, known.id) < (rule.version, rule.id) else known
