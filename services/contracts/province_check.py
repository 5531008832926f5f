"""Whether a set of registry entries makes a province that can work: every reason against it, at once.

Pure. The registry refuses an entry with `flaws`; an import refuses a province with `problems_of`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.contracts.authority import over_delegated
from services.contracts.counties import counties_of, nothing_in, stands_in
from services.contracts.entry import Entry, Status
from services.contracts.flaws import RING, borrowed, elsewhere, flaws, is_ring
from services.contracts.references import references
from services.contracts.registry import Desk, Kiosk, Officer, Organization, Unit
from services.contracts.routable import strangers, unattended
from services.contracts.routing_rule import RoutingRule
from services.contracts.servable import hindrances
from services.contracts.service_sheet import Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import WorkingCalendar

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
        offices = (entry for entry in entries if isinstance(entry, Kiosk) and entry.holds_licence)
        self._licences = Counter(licence for _, licence in {(office.id, office.licence_no) for office in offices})
        self._holders: dict[str, dict[tuple[str, str], None]] = {}
        for office in (entry for entry in entries if isinstance(entry, Kiosk)):  # a key has one name for ever
            for key in office.keys:
                self._holders.setdefault(key.public_key, {})[office.id, key.kid] = None
        rules = (entry for entry in entries if isinstance(entry, RoutingRule) and entry.status is Status.ACTIVE)
        self._ruled = Counter(service_id for _, service_id in {(rule.id, rule.service_id) for rule in rules})
        self._snapshot = Snapshot().with_entries(entries)
        self._counties = {stands_in(entry) for entry in entries}

    def dangling(self, entry: Entry) -> Iterator[str]:
        """References to what is not there."""
        for reference, id in references(entry):
            if (reference.kind.KIND, id) not in self.ids:
                yield f"{reference.field} names {reference.kind.KIND} {id}, which is not recorded"

    def gaps(self, entry: Entry) -> Iterator[str]:
        """What an entry needs from the others and does not get."""
        if isinstance(entry, Sheet) and entry.status is Status.ACTIVE:
            yield from hindrances(entry, self._snapshot, None)  # files are of no day; the registry judges by its own
        if isinstance(entry, Desk | Officer | Organization | Unit):
            yield from elsewhere(entry, self._snapshot)
        if isinstance(entry, Desk | Kiosk | Unit | WorkingCalendar):
            yield from borrowed(entry, self._snapshot)
        if isinstance(entry, Officer):
            yield from over_delegated(entry, self._snapshot)
        yield from (nothing_in(county) for county in sorted(counties_of(entry) - self._counties))
        if isinstance(entry, Organization) and is_ring(entry, self._snapshot):
            yield RING
        if isinstance(entry, RoutingRule):
            yield from self._of_rule(entry)
        if isinstance(entry, Kiosk) and self._licences[entry.licence_no] > 1:
            yield f"licenceNo: {entry.licence_no} is another office's too"
        if isinstance(entry, Kiosk):
            yield from self._shared_keys(entry)

    def _of_rule(self, rule: RoutingRule) -> Iterator[str]:
        yield from strangers(rule, self._snapshot)
        if rule.status is Status.ACTIVE:
            yield from unattended(rule, self._snapshot, None)
            if self._ruled[rule.service_id] > 1:
                yield f"serviceId: {rule.service_id} has another rule too"

    def _shared_keys(self, office: Kiosk) -> Iterator[str]:
        """Keys that have another name too, of whatever office: the registry would refuse them (KEY_KNOWN)."""
        for key in office.keys:
            others = [(id, kid) for id, kid in self._holders[key.public_key] if (id, kid) != (office.id, key.kid)]
            for id, kid in others[:1]:
                yield f"keys: {key.kid} has the public key of {kid} of {id}"
