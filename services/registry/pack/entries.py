"""An agency's desks and services as the registry had them when a month ended (domain 10, 11)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk, Organization
from services.contracts.service_sheet import ELECTRONIC, Channel, Extent, Maturity, Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.registry.domain.findings import head_decides, serves
from services.registry.domain.inspections import GROUND_FLOOR
from services.registry.domain.life import came
from services.registry.domain.maturity import computed
from services.registry.domain.month import month_of, span, until
from services.registry.domain.recording import Edition
from services.registry.domain.terms import permanent_desk
from services.registry.pack.figures import Figure, Row, Why, figure
from services.registry.pack.sums import share
from services.worktime.jalali import civil_day

TREND_MONTHS = 12
STAGES = ("information", "request", "production", "delivery")


class Entries:
    """Every version of an agency's entries, and of what they name of others, to be asked how things stood."""

    def __init__(self, org_id: str, editions: Iterable[Edition]) -> None:
        self._org_id = org_id
        self._versions: dict[tuple[str, str], list[Edition]] = {}
        for edition in sorted(editions, key=lambda each: each.version):
            self._versions.setdefault((edition.entry.KIND, edition.entry_id), []).append(edition)

    def at(self, moment: datetime) -> Snapshot:
        """The newest versions of just before, with what was planned for that day, though it was carried out later."""
        day = civil_day(moment - timedelta(seconds=1))
        newest = (_newest(versions, moment) for versions in self._versions.values())
        return Snapshot().with_entries(came(entry, day) for entry in newest if entry is not None)

    def knew_agency(self, moment: datetime) -> bool:
        """Whether the agency had been recorded by then: before, nothing can be said of it."""
        versions = self._versions.get((Organization.KIND, self._org_id), [])
        return _newest(versions, moment) is not None

    def of(self, kind: type[Entry], registry: Snapshot) -> list[Entry]:
        """Those of a kind that there were, in the order of their ids."""
        ids = sorted(id for name, id in self._versions if name == kind.KIND)
        return [entry for id in ids if (entry := registry.find(kind, id)) is not None]

    def sheets(self, registry: Snapshot) -> list[Sheet]:
        """Those of the agency that there were."""
        return [each for each in self.of(Sheet, registry) if isinstance(each, Sheet) and each.org_id == self._org_id]

    def first_published(self) -> datetime | None:
        """When the agency's first sheet was."""
        first = [versions[0] for versions in self._versions.values()]
        own = [each for each in first if isinstance(each.entry, Sheet) and each.entry.org_id == self._org_id]
        return min((each.recorded_at for each in own), default=None)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many services there were, and how many of them wholly electronic."""

    services: int
    transactional: int
    full: int


class Standing:
    """How an agency stood at the end of a month."""

    def __init__(self, entries: Entries, org_id: str, month: str) -> None:
        self._entries, self._month = entries, month
        self._ends = span(month)[1]
        self.day = civil_day(self._ends - timedelta(seconds=1))
        self.registry = entries.at(self._ends)
        self.agency = self.registry.organization(org_id)
        self.sheets = _in_force(entries, self.registry)

    def offerings(self, sheet: Sheet) -> list[Offering]:
        return _open(sheet, self.registry, self.day)

    def attested(self, sheet: Sheet) -> bool:
        return sheet.attestation_expires >= self.day

    def name_of(self, officer_id: str) -> str | None:
        """None of one who is not of the agency."""
        officer = self.registry.officer(officer_id)
        return officer.name if officer and self.agency and officer.org_id == self.agency.id else None

    def figures(self) -> dict[str, Figure]:
        return {**self._of_desk(), **self._of_sheets(), **self._of_coverage()}

    def tables(self) -> dict[str, list[Row]]:
        return {
            "desks": [self._desk(desk) for desk in self._entries.of(Desk, self.registry) if isinstance(desk, Desk)],
            "maturity": self._maturity(),
            "coverage": self._trend(),
        }

    def _of_desk(self) -> dict[str, Figure]:
        desk = permanent_desk(self.registry, self.agency)
        if desk is None:
            unknown = figure(None, why=Why.NO_DESK)
            return {"desk.exists": figure(False), "desk.groundFloor": unknown, "desk.headWithAuthority": unknown}
        return {
            "desk.exists": figure(True),
            "desk.groundFloor": figure(desk.floor == GROUND_FLOOR),
            "desk.headWithAuthority": figure(head_decides(desk, self.registry, self.day)),
        }

    def _of_sheets(self) -> dict[str, Figure]:
        attested = sum(map(self.attested, self.sheets))
        return {
            "sheets.published": figure(len(self.sheets)),
            "sheets.attested": figure(attested, of=len(self.sheets)),
            "sheets.attestationExpired": figure(len(self.sheets) - attested, of=len(self.sheets)),
            "sheets.kioskUrbanNotOffered": figure(self._not_offered(Channel.KIOSK_URBAN)),
            "sheets.kioskRuralNotOffered": figure(self._not_offered(Channel.KIOSK_RURAL)),
        }

    def _not_offered(self, channel: Channel) -> int:
        """Services that kiosk offices of that class could do, and that are not to be had there."""

        def able(sheet: Sheet) -> bool:
            said = sheet.kioskable.urban if channel is Channel.KIOSK_URBAN else sheet.kioskable.rural
            return said == "YES"

        def offered(sheet: Sheet) -> bool:
            offerings = self.offerings(sheet)
            return any(each.channel is channel and serves(sheet, each) for each in offerings)

        return sum(able(sheet) and not offered(sheet) for sheet in self.sheets)

    def _of_coverage(self) -> dict[str, Figure]:
        now = coverage(self._entries, self._month)
        first = self._entries.first_published()
        baseline = month_of(first) if first is not None and first < self._ends else None
        then = coverage(self._entries, baseline) if baseline else Coverage(0, 0, 0)
        return {
            "coverage.transactional": share(now.transactional, now.services),
            "coverage.full": share(now.full, now.services),
            "coverage.baselineMonth": figure(baseline, why=None if baseline else Why.NOTHING_TO_COUNT),
            "coverage.baseline": share(then.full, then.services),
        }

    def _trend(self) -> list[Row]:
        months = [month for month in until(self._month, TREND_MONTHS) if self._entries.knew_agency(span(month)[1])]
        counts = {month: coverage(self._entries, month) for month in months}
        return [
            {"id": month, "services": each.services, "transactional": each.transactional, "full": each.full}
            for month, each in counts.items()
        ]

    def _maturity(self) -> list[Row]:
        computed_: Counter[Maturity] = Counter(
            computed(sheet, self.offerings(sheet), self.day) for sheet in self.sheets
        )
        declared = Counter(sheet.maturity_declared for sheet in self.sheets)
        verified = Counter(sheet.maturity_verified for sheet in self.sheets)
        return [
            {"id": level.value, "computed": computed_[level], "declared": declared[level], "verified": verified[level]}
            for level in Maturity
        ]

    def _desk(self, desk: Desk) -> Row:
        return {
            "id": desk.id,
            "name": desk.name,
            "kind": desk.kind,
            "inForce": desk.status is Status.ACTIVE,
            "floor": desk.floor,
            "headOfficerId": desk.head_officer_id,
            "headOfficerName": self.name_of(desk.head_officer_id),
            "headWithAuthority": head_decides(desk, self.registry, self.day),
        }


def coverage(entries: Entries, month: str) -> Coverage:
    """At the end of a month."""
    ends = span(month)[1]
    registry, day = entries.at(ends), civil_day(ends - timedelta(seconds=1))
    sheets = _in_force(entries, registry)
    return Coverage(
        services=len(sheets),
        transactional=sum(_whole(sheet, registry, day, ("request", "delivery")) for sheet in sheets),
        full=sum(_whole(sheet, registry, day, STAGES) for sheet in sheets),
    )


def _whole(sheet: Sheet, registry: Snapshot, day: date, stages: Iterable[str]) -> bool:
    electronic = [each for each in _open(sheet, registry, day) if each.channel in ELECTRONIC]
    return any(all(getattr(offering, stage) is Extent.FULL for stage in stages) for offering in electronic)


def _in_force(entries: Entries, registry: Snapshot) -> list[Sheet]:
    return [sheet for sheet in entries.sheets(registry) if sheet.status is Status.ACTIVE]


def _open(sheet: Sheet, registry: Snapshot, day: date) -> list[Offering]:
    return [offering for offering in registry.offerings(sheet.id) if offering.in_force(day)]


def _newest(versions: list[Edition], moment: datetime) -> Entry | None:
    return next((each.entry for each in reversed(versions) if each.recorded_at < moment), None)
