"""Two agencies at work: their units, officers and working days, which change while cases run."""

from collections import Counter
from datetime import date

from services.contracts.entry import Status
from services.contracts.registry import Absence, Authority, Conflict, Officer, Shift, Unit
from services.contracts.routing_rule import RoutingRule, RuleRow, RuleStep
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import DayException, DayKind
from tests.unit.routing.expected_hours import Hours
from tests.unit.routing.expected_work import Person, Step, Way
from tests.unit.routing.office import DESK, ORG, RULES, SERVICE, UNIT, officers, province

REVENUE = "wa-municipality-urmia-revenue"
ROADS, ROADS_UNIT = "wa-roads-housing", "roads-permits"
CALENDAR, SNOW = "wa-municipality", "برف"
UNITS = {UNIT: ORG, REVENUE: ORG, ROADS_UNIT: ROADS}
CAP = 2
OTHER_SERVICE = "demolition-notice"
LEADERS = {UNIT: "hamid", REVENUE: "parisa", ROADS_UNIT: "rahim"}
DESK_HEAD = f"{DESK}-01"
"""Heads the agency too."""

PERMIT = Way(
    service=SERVICE,
    steps=(
        Step("plan", UNIT, start_within=6 * 60),
        Step("toll", REVENUE),
        Step("advice", ROADS_UNIT, mandatory=False),
        Step("seal", UNIT, after=("plan", "toll")),
    ),
    ladder=(50, 80, 100, 120),
    hours=20,
    two_from=1000,
    nobodys_to=REVENUE,
)
NOTICE = Way(service=OTHER_SERVICE, steps=(Step(None, UNIT),), ladder=RULES.ladder, days=5)
WAYS = {way.service: way for way in (PERMIT, NOTICE)}
PAPERS = ("architectural-plan", "engineer-contract")
CASES = ("r1", "r2", "r3")
PERSONS = {id: f"A-{number:032x}" for number, id in enumerate(CASES)}
AGENTS = {id: f"A-{number:032x}" for number, id in enumerate(CASES, 10)}
"""Who comes to speak for them."""


def everybody() -> dict[str, Person]:
    both: dict[str, int | None] = {SERVICE: None, OTHER_SERVICE: None}
    people = [
        Person("ada", ORG, UNIT, dict(both)),
        Person("bahar", ORG, UNIT, {SERVICE: 1000, OTHER_SERVICE: None}),
        Person("cyrus", ORG, REVENUE, dict(both), until="11:00"),
        Person("dara", ORG, REVENUE, {SERVICE: None}),
        Person("elham", ROADS, ROADS_UNIT, dict(both)),
        Person("farid", ROADS, ROADS_UNIT, {SERVICE: None}),
        Person("hamid", ORG, UNIT),
        Person("parisa", ORG, REVENUE),
        Person("rahim", ROADS, ROADS_UNIT),
    ]
    return {person.id: person for person in people}


def the_province() -> Snapshot:
    base = province()
    away = [one.model_copy(update={"unit_id": None, "version": one.version + 1}) for one in base.officers_of(REVENUE)]
    steps = tuple(
        RuleStep(
            id=str(step.id),
            unit_id=step.unit,
            after=step.after,
            mandatory=step.mandatory,
            start_within=WorkingTime(value=step.start_within // 60, unit=DurationUnit.WORKING_HOURS)
            if step.start_within
            else None,
        )
        for step in PERMIT.steps
    )
    row = RuleRow(steps=steps, four_eyes_from=PERMIT.two_from, no_competence_to=PERMIT.nobodys_to)
    known = base.rule_of(SERVICE)
    law = RoutingRule(
        id="building-permit-rule",
        org_id=ORG,
        version=known.version + 1 if known else 1,
        service_id=SERVICE,
        rows=(row,),
        rungs=PERMIT.ladder,
    )
    return base.with_entries([*away, law])


BASE = the_province()


class Agencies:
    """As the registry has them now; each change is published."""

    def __init__(self) -> None:
        self.people = everybody()
        self.suspended: set[str] = set()
        self.hours = Hours()
        self.registry = BASE
        self._versions: Counter[str] = Counter()
        self.publish(*self.people, *UNITS)
        self._note_days()

    def publish(self, *ids: str) -> None:
        self._versions.update(ids)
        entries = [self._unit(id) if id in UNITS else self._officer(self.people[id]) for id in ids]
        self.registry = self.registry.with_entries(entries)

    def _officer(self, person: Person) -> Officer:
        (officer,) = officers(person.id)
        authorities = [
            Authority(service_id=service, actions=("PROCESS",), max_amount=limit, valid_from=date(2026, 3, 21))
            for service, limit in person.may.items()
        ]
        changes = {
            "org_id": person.org,
            "unit_id": person.unit,
            "authorities": tuple(authorities),
            "version": 10 + self._versions[person.id],
            "status": Status.RETIRED if person.left else Status.ACTIVE,
            "absences": tuple(Absence(first=day, last=day) for day in sorted(person.away)),
            "conflicts": tuple(
                Conflict(ref=ref, relation="OTHER", since=date(2026, 1, 1)) for ref in sorted(person.declared)
            ),
        }
        return officer.model_copy(update=changes)

    def _unit(self, id: str) -> Unit:
        shifts = [
            Shift(officer_id=person.id, valid_from=date(2026, 1, 1), intervals=(("00:00", person.until),))
            for person in self.people.values()
            if id == REVENUE and person.unit == id
        ]
        return Unit(
            id=id,
            org_id=UNITS[id],
            version=10 + self._versions[id],
            name="واحد",
            name_en="Unit",
            county="urmia",
            calendar_id=CALENDAR,
            load_cap=CAP,
            head_officer_id=LEADERS[id],
            shifts=tuple(shifts),
            status=Status.SUSPENDED if id in self.suspended else Status.ACTIVE,
        )

    def close(self, day: date) -> bool:
        """A day; False where something is said of it already."""
        entry = self.registry.calendar(CALENDAR)
        assert entry is not None
        if any(each.date == day for each in entry.exceptions):
            return False
        closed = DayException(date=day, kind=DayKind.CLOSED, status="CONFIRMED", source=SNOW)
        self._except((closed, *entry.exceptions))
        return True

    def open_again(self) -> bool:
        """The day that was closed last; False where none is."""
        entry = self.registry.calendar(CALENDAR)
        assert entry is not None
        if entry.exceptions[0].source != SNOW:
            return False
        self._except(entry.exceptions[1:])
        return True

    def _except(self, exceptions: tuple[DayException, ...]) -> None:
        entry = self.registry.calendar(CALENDAR)
        assert entry is not None
        changes = {"version": entry.version + 1, "exceptions": exceptions}
        self.registry = self.registry.with_entries([entry.model_copy(update=changes)])
        self._note_days()

    def _note_days(self) -> None:
        entry = self.registry.calendar(CALENDAR)
        assert entry is not None
        self.hours.note(entry.version, entry.to_wire())
