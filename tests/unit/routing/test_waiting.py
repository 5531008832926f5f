"""What a task waits for while nobody has it: told once for each reason, and gone on with by itself (domain 7)."""

from datetime import date, timedelta
from typing import Any

from services.contracts.entry import Status
from services.contracts.registry import Absence, Shift, Unit
from services.contracts.routing import HeadWork, TaskState, WaitsFor
from services.contracts.snapshot import Snapshot
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import MIDNIGHT, ORG, UNIT, Office, officers, province, registered, task_of

TODAY = date(2026, 11, 23)


def changed(registry: Snapshot, **changes: Any) -> Snapshot:
    """The unit in another version."""
    unit = registry.unit(UNIT)
    assert unit is not None
    return registry.with_entries([unit.model_copy(update={"version": unit.version + 1} | changes)])


def shift(officer: str, hours: tuple[tuple[str, str], ...] = (), first: date = TODAY) -> Shift:
    return Shift(officer_id=officer, valid_from=first, intervals=hours)


def waits_for(office: Office, request_id: str = "r1") -> WaitsFor | None:
    return task_of(office.case(request_id)).waits_for


async def test_who_has_no_shift_gets_nothing_until_it_begins() -> None:
    """09:30: `ada` comes at half past ten; that is looked at every five minutes."""
    office = Office(changed(province("ada"), shifts=(shift("ada", (("10:30", "13:00"),)),)))
    await office.hear(registered("r1"))
    assert waits_for(office) is WaitsFor.SHIFT
    await office.tick(minutes=59)
    assert task_of(office.case("r1")).assignee is None
    await office.tick(minutes=6)
    assert (task_of(office.case("r1")).assignee, waits_for(office)) == ("ada", None)


async def test_where_no_shift_brings_anybody_within_a_week_it_is_work_for_the_head_and_not_silence() -> None:
    """Domain 7. The roster has run out, begins too late, or names only others."""
    ran_out = shift("ada").model_copy(update={"valid_from": date(2026, 10, 1), "valid_to": date(2026, 10, 31)})
    later = shift("ada", first=TODAY + timedelta(days=8))
    of_others = shift("cyrus")
    for roster in (ran_out, later, of_others):
        office = Office(changed(province("ada"), shifts=(roster,)))
        await office.hear(registered("r1"))
        assert waits_for(office) is WaitsFor.OFFICER
        assert [line.kind for line in office.case("r1").for_head] == [HeadWork.NOBODY_ELIGIBLE]
        office.registry = changed(office.registry, shifts=(shift("ada"),))
        await office.tick(minutes=6)
        assert task_of(office.case("r1")).assignee == "ada"
        assert office.case("r1").for_head == ()


async def test_a_shift_within_the_week_is_waited_for() -> None:
    office = Office(changed(province("ada"), shifts=(shift("ada", first=TODAY + timedelta(days=7)),)))
    await office.hear(registered("r1"))
    assert (waits_for(office), office.case("r1").for_head) == (WaitsFor.SHIFT, ())


async def test_who_is_stood_in_for_only_these_hours_is_waited_for() -> None:
    """`ada` is back this afternoon; whoever is stood in for every day is not."""
    instead = shift("cyrus", (("07:30", "10:30"),)).model_copy(update={"substitute_for": "ada"})
    for hours, waits in ((instead.intervals, WaitsFor.SHIFT), ((), WaitsFor.OFFICER)):
        roster = instead.model_copy(update={"intervals": hours})
        office = Office(changed(province("ada"), shifts=(roster,)))
        await office.hear(registered("r1"))
        assert waits_for(office) is waits


async def test_a_unit_whose_calendar_never_opens_is_work_for_the_head() -> None:
    """Nothing says when anybody is there: no time of day brings them."""
    registry = province("ada")
    unit = registry.unit(UNIT)
    assert unit is not None
    calendar = registry.calendar(unit.calendar_id)
    assert calendar is not None
    never = {"weeks": [{"validFrom": "2026-01-01", "days": {}}], "exceptions": [], "version": calendar.version + 1}
    shut = calendar.model_validate(calendar.to_wire() | never | {"id": "never-open"})
    office = Office(changed(registry, calendar_id="never-open").with_entries([shut]))
    await office.hear(registered("r1"))
    assert waits_for(office) is WaitsFor.UNIT
    assert [line.kind for line in office.case("r1").for_head] == [HeadWork.NOBODY_ELIGIBLE]


async def test_of_two_the_one_on_shift_is_given_it_whatever_their_load() -> None:
    office = Office(changed(province("ada", "bahar"), shifts=(shift("bahar"),)))
    await office.hear(*(registered(f"r{n}", WORKING_MORNING + timedelta(seconds=n)) for n in range(3)))
    assert office.queue().loads == {"bahar": 3}


async def test_who_is_away_gets_nothing_on_those_days() -> None:
    away = Absence(first=TODAY, last=TODAY)
    ada = officers("ada")[0].model_copy(update={"absences": (away,)})
    office = Office(province(extra=[ada]))
    await office.hear(registered("r1"))
    assert waits_for(office) is WaitsFor.OFFICER
    await office.tick(hours=24)
    assert task_of(office.case("r1")).assignee == "ada"


async def test_a_unit_out_of_service_is_given_no_work() -> None:
    office = Office(changed(province("ada"), status=Status.SUSPENDED))
    await office.hear(registered("r1"))
    assert waits_for(office) is WaitsFor.UNIT
    office.registry = changed(office.registry, status=Status.ACTIVE)
    await office.tick(minutes=6)
    assert task_of(office.case("r1")).assignee == "ada"


async def test_nor_is_one_whose_agency_is() -> None:
    registry = province("ada")
    agency = registry.organization(ORG)
    assert agency is not None
    suspended = agency.model_copy(update={"status": Status.SUSPENDED, "version": agency.version + 1})
    office = Office(registry.with_entries([suspended]))
    await office.hear(registered("r1"))
    assert waits_for(office) is WaitsFor.UNIT


async def test_what_it_waits_for_is_told_once_however_many_evenings_pass() -> None:
    office = Office(province())
    await office.hear(registered("r1"))
    for _ in range(30):
        await office.tick(hours=4)
    told = [(event.moves, event.task.waits_for) for event in office.published("r1")]
    assert told == [(("task.offered", "clock.started"), WaitsFor.OFFICER)]


async def test_another_reason_is_told_too() -> None:
    """The night is over, everybody has as much as the unit allows, then they all have left."""
    office = Office(province("ada", load_cap=1), MIDNIGHT)
    await office.hear(registered("r1", MIDNIGHT), registered("r2", MIDNIGHT + timedelta(seconds=1)))
    await office.tick(hours=10)
    assert task_of(office.case("r1")).state is TaskState.ASSIGNED
    ada = office.registry.officer("ada")
    assert ada is not None
    office.registry = office.registry.with_entries(
        [ada.model_copy(update={"unit_id": None, "version": ada.version + 1})]
    )
    await office.tick(minutes=6)
    told = [event.task.waits_for for event in office.published("r2")]
    assert told == [WaitsFor.OPENING, WaitsFor.ROOM, WaitsFor.OFFICER]


def test_a_unit_has_no_shifts_unless_it_says_so() -> None:
    unit = province("ada").unit(UNIT)
    assert isinstance(unit, Unit)
    assert unit.shifts == ()
