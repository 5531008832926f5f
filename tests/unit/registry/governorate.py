"""The agencies of the tests on deficiencies: the tax office, its head and desk, and the governorate above it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

from services.contracts.decision import Decision, World
from services.contracts.deficiency import DeficiencyMoved, FinderRole, FoundBy, Kind, Mode, Subject, SubjectType
from services.contracts.entry import Entry
from services.contracts.service_sheet import Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import WorkingCalendar
from services.registry.domain.calendar_file import CalendarFile
from services.registry.domain.concern import Looked, concern_id
from services.registry.domain.deficiency import Deficiency
from services.registry.domain.recording import Around
from services.registry.domain.remedying import (
    TARGETS,
    Acknowledge,
    Fix,
    Plan,
    Reject,
    RemedyWish,
    Start,
    Verify,
)
from services.registry.domain.reporting import ReportDeficiency, ReportWish, report
from services.registry.domain.rules import Rules
from services.registry.domain.sheets import SheetFile
from services.registry.domain.sighting import Sighting
from services.registry.domain.terms import terms
from services.registry.handlers import CONSUMES, DEFICIENCY, DUTIES, FILES, REPORTS
from services.runtime.document import Document
from services.runtime.store import Store
from services.runtime.telemetry import logger
from services.worktime import parse_jalali
from services.worktime.jalali import TEHRAN
from tests.support.memory_door import MemoryDoor, SetClock
from tests.support.readable_store import ReadableStore
from tests.support.sample import sample_snapshot

AGENCY, HEAD, CLERK, UNIT_HEAD = "wa-tax", "wa-tax-desk-01", "wa-tax-desk-02", "wa-tax-clearances-01"
DESK = "wa-tax-desk"
ABOVE, INSPECTOR = "wa-governorate", "wa-governorate-desk-01"
ELSEWHERE = "wa-water-desk-01"
KIOSK = "wa-urmia-017"
RULES = Rules()
QUIET = logger("registry", "CRITICAL")
ID = "5b0c7a52-0000-5000-8000-000000000009"


def at(written: str) -> datetime:
    """A Tehran moment written as people do: `1405/09/02 12:00`."""
    day, _, clock = written.partition(" ")
    hour, minute = map(int, clock.split(":"))
    local = datetime.combine(parse_jalali(day), datetime.min.time(), TEHRAN).replace(hour=hour, minute=minute)
    return local.astimezone(UTC)


MONDAY = at("1405/09/02 10:00")


def province(*changed: Entry, head: bool = True) -> Snapshot:
    """The sample province, in which the tax office names its head."""
    snapshot = sample_snapshot()
    agency = snapshot.organization(AGENCY)
    assert agency
    named = agency.model_copy(update={"head_officer_id": HEAD if head else None, "version": 2})
    return snapshot.with_entries([named, *changed])


def around(registry: Snapshot | None = None) -> Around:
    return Around(entries=registry or province())


def world(now: datetime = MONDAY, rules: Rules = RULES) -> World[Rules]:
    return World(now=now, registry=Snapshot(), rules=rules)


REPORT_OF_AN_INSPECTOR: dict[str, Any] = {
    "orgId": AGENCY,
    "subject": {"type": "DESK", "id": DESK},
    "mode": "IN_PERSON",
    "kind": "HOURS_NOT_KEPT",
    "text": "میز تا ساعت ده بسته بود",
    "reporter": {"role": "INSPECTOR", "officerId": INSPECTOR},
}
TO_TWO_AGENCIES: dict[str, Any] = {
    "number": "7",
    "date": "2026-11-20",
    "text": "متن",
    "dueAt": "2026-12-11T08:30:00Z",
    "orgs": [AGENCY, "wa-water"],
    "officerId": INSPECTOR,
}
"""A directive."""


def a_report(**changes: Any) -> ReportDeficiency:
    return ReportDeficiency.model_validate(REPORT_OF_AN_INSPECTOR | changes)


def reported(now: datetime = MONDAY, registry: Snapshot | None = None, **changes: Any) -> Decision[Deficiency]:
    wish = ReportWish(deficiency_id=ID, command=a_report(**changes), around=around(registry))
    return report(None, wish, world(now))


def state_of(decision: Decision[Deficiency]) -> Deficiency:
    assert decision.state is not None
    return decision.state


def event_of(decision: Decision[Deficiency]) -> DeficiencyMoved:
    (event,) = decision.events
    assert isinstance(event, DeficiencyMoved)
    return event


Step = Acknowledge | Plan | Start | Fix | Verify | Reject


def wish(command: Step, registry: Snapshot | None = None) -> RemedyWish:
    return RemedyWish(target=TARGETS[type(command)], command=command, around=around(registry))


ACKNOWLEDGE, START, VERIFY = Acknowledge(officer_id=CLERK), Start(officer_id=CLERK), Verify(officer_id=INSPECTOR)
PLAN = Plan(what="نوبت کاری دوم", responsible_id=UNIT_HEAD, due_at=at("1405/10/01 12:00"), officer_id=CLERK)
FIX = Fix.model_validate({"evidence": {"text": "برنامهٔ شیفت"}, "officerId": CLERK})
REJECT = Reject(reason="هنوز بسته است", officer_id=INSPECTOR)


def a_sighting(now: datetime = MONDAY, **changes: Any) -> Sighting:
    seen = {
        "org_id": AGENCY,
        "kind": Kind.SHEET_EXPIRED,
        "subject": Subject(type=SubjectType.SERVICE, id="tax-clearance"),
        "mode": Mode.ELECTRONIC,
        "found_by": FoundBy(role=FinderRole.SYSTEM, id="registry"),
        "owner": HEAD,
        "terms": terms(province(), AGENCY, now, RULES),
        "at": now,
    }
    return Sighting.model_validate(seen | changes)


def looked(occasion: str, now: datetime = MONDAY, *, there: bool = True, **changes: Any) -> Looked:
    return Looked(occasion=occasion, sighting=a_sighting(now, **changes) if there else None, at=now)


EXPIRED = concern_id(AGENCY, Kind.SHEET_EXPIRED, Subject(type=SubjectType.SERVICE, id="tax-clearance"))


class Office(MemoryDoor):
    """The registry's door in memory, with what it keeps of duties and whatever entries are put into its store."""

    def __init__(self, entities: Iterable[Any] = (*DUTIES, *REPORTS)) -> None:
        memory = ReadableStore()
        self.readable = cast("Store", memory)
        """To look things up in: the queries that are asked here."""
        super().__init__(
            "registry",
            [*entities],
            rules=RULES,
            store=memory,
            clock=SetClock(moment=MONDAY),
            inbound=CONSUMES,
        )

    @classmethod
    async def of_the_province(cls, *changed: Entry) -> "Office":
        """With every entry of the sample province in its store."""
        office = cls([*FILES.values(), *DUTIES, *REPORTS])
        await office.put(*province(*changed)._newest.values())
        return office

    async def put(self, *entries: Entry) -> None:
        """Entries as if they had been recorded."""
        for entry in entries:
            state: Any = entry
            if isinstance(entry, Sheet):
                state = SheetFile(id=entry.id, org_id=entry.org_id, published=entry)
            elif isinstance(entry, WorkingCalendar):
                state = CalendarFile(id=entry.id, published=entry)
            entity = FILES[type(entry)]
            known = await self.store.load(entity, [entry.id])
            version = known[entry.id].version if entry.id in known else 0
            await self.store.write(entity, [Document(entry.id, version=version, state=state)], self.clock.now())

    async def verify(self, deficiency_id: str) -> None:
        """Through all steps of a remedy, to its verification."""
        for command in (ACKNOWLEDGE, PLAN, START, FIX, VERIFY):
            await self.submit(DEFICIENCY, deficiency_id, wish(command))

    def told(self) -> list[str]:
        """The verbs that were published, in order."""
        return [event["ce_type"].split(".")[-2] for event in self.publisher.events("sd.registry.deficiency")]
