"""The watch reads every day of every unit that has changed, goes on where it stopped, and is held up by no case."""

from typing import Any, cast

import pytest

from services.contracts.coordination import Coordination, CoordinationState, Purpose, Question, Slot, UnitContact
from services.contracts.entry import Entry
from services.routing import unit_watch
from services.routing.domain.case import Case
from services.routing.domain.coordinations import Booking, BookingState, Coordinations
from services.routing.domain.unit_slots import Place, UnitDay, unit_day_id
from services.routing.handlers import CASE, UNIT_DAY
from services.routing.unit_watch import WRITTEN_BY_THEN, UnitWatch
from services.runtime.driver import StoreAway
from services.runtime.message import Held
from services.runtime.store import Store
from services.worktime.jalali import civil_day
from tests.unit.intake.edge import KeptLog
from tests.unit.routing.asked_units import REVENUE, slots
from tests.unit.routing.office import UNIT, Office, province, registered
from tests.unit.routing.re_dated_days import calendar, day

DAYS = ("1405/09/03", "1405/09/04", "1405/09/05", "1405/09/08", "1405/09/09")


class Watched:
    """Cases each of which has a confirmed slot, of one unit or another."""

    def __init__(self) -> None:
        self.office = Office(province("ada").with_entries([calendar()]))
        self.log = KeptLog()
        self.version = 1
        self.watch = self.another()

    def another(self) -> UnitWatch:
        store = cast(Store, self.office.store)
        return UnitWatch(store, self.office.door, lambda: self.office.registry, self.office.clock, self.log)

    async def confirmed(self, id: str, on: str, unit: str = UNIT, number: int = 0) -> Slot:
        """Written as it stands once the day of the unit has said yes."""
        slot = slots(on, unit)[number]
        await self.office.hear(registered(id))
        asked = Coordination(
            id=f"{id}.c1",
            round=1,
            unit_id=unit,
            question=Question(purpose=Purpose.ORIGINAL),
            state=CoordinationState.CONFIRMED,
            asked_by="someone",
            asked_at=self.office.clock.now(),
            slot=slot,
            contact=UnitContact(name="ada", phone="04430000000"),
        )
        booking = Booking(
            id=f"{id}-b1",
            coordination_id=asked.id,
            unit_id=unit,
            day=civil_day(slot.since),
            slot=slot,
            answer="CONFIRMED",
            by="ada",
            contact=UnitContact(name="ada", phone="04430000000"),
            state=BookingState.HELD,
        )
        known = Coordinations(asked=(asked,), bookings=(booking,))
        self.office.store.collections[CASE.name][id]["state"]["coordinations"] = known.to_wire()
        place = Place(id=booking.id, request_id=id, slot=slot)
        day_id = unit_day_id(unit, booking.day)
        rows = self.office.store.collections.setdefault(UNIT_DAY.name, {})
        taken: tuple[Place, ...] = (place,)
        if day_id in rows:
            taken = (*UnitDay.model_validate(rows[day_id]["state"]).taken, place)
        state = UnitDay(unit_id=unit, day=booking.day, taken=taken)
        rows[day_id] = {**self.office.store.collections[CASE.name][id], "_id": day_id, "state": state.to_wire()}
        return slot

    def says(self, *entries: Entry) -> None:
        self.office.registry = self.office.registry.with_entries(entries)

    def closes(self, *days: str) -> None:
        self.version += 1
        self.says(calendar(*(day(each) for each in days), version=self.version))

    async def look(self, watch: UnitWatch | None = None) -> int:
        async with self.office.serving():
            found = await (watch or self.watch).look()
        await self.office.settle()
        return found

    def off(self) -> list[str]:
        """The cases that were told, in order, as often as they were."""
        return [event.request_id for event in self.office.published() if "coordination.slot-shut" in event.moves]

    def case(self, id: str) -> Case:
        return self.office.case(id)


async def test_12_24_every_day_is_read_the_soonest_first_and_the_first_page_is_not_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unit_watch, "PAGE", 2)
    watched = Watched()
    for number, on in enumerate(reversed(DAYS)):
        await watched.confirmed(f"r{number}", on)
    assert await watched.look() == 0
    watched.closes(*DAYS)
    assert await watched.look() == len(DAYS)
    assert watched.off() == ["r4", "r3", "r2", "r1", "r0"]
    assert await watched.look() == 0
    assert await watched.look(watched.another()) == 0, "as after a restart, or in another process"
    assert len(watched.off()) == len(DAYS), "each once"


async def test_only_slots_in_which_the_unit_is_shut_are_off() -> None:
    watched = Watched()
    await watched.confirmed("shut", DAYS[1])
    await watched.confirmed("open", DAYS[2])
    unit = watched.office.registry.unit(REVENUE)
    assert unit is not None
    watched.says(unit.model_copy(update={"calendar_id": "of-its-own", "version": unit.version + 1}))
    await watched.confirmed("elsewhere", DAYS[1], REVENUE)
    watched.closes(DAYS[1])
    assert await watched.look() == 1
    assert watched.off() == ["shut"]


async def test_what_was_announced_while_nobody_watched_is_found_at_the_start() -> None:
    watched = Watched()
    await watched.confirmed("r1", DAYS[1])
    watched.closes(DAYS[1])
    assert await watched.look() == 1


async def test_a_slot_that_was_taken_by_the_registry_of_before_and_written_after_is_found_once_more() -> None:
    watched = Watched()
    await watched.look()
    watched.closes(DAYS[1])
    assert await watched.look() == 0
    await watched.confirmed("r1", DAYS[1])
    assert await watched.look() == 0, "nothing has changed"
    watched.office.clock.moment += WRITTEN_BY_THEN
    assert await watched.look() == 1
    watched.office.clock.moment += WRITTEN_BY_THEN
    assert await watched.look() == 0


async def test_it_goes_on_where_the_store_went_away() -> None:
    watched = Watched()
    await watched.confirmed("r1", DAYS[1])
    await watched.look()
    watched.closes(DAYS[1])
    watched.office.store.away = True
    with pytest.raises(StoreAway):
        await watched.look()
    watched.office.store.away = False
    assert await watched.look() == 1


async def test_12_22_one_case_that_cannot_be_told_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    for id in ("bad", "good"):
        await watched.confirmed(id, DAYS[1], number=("bad", "good").index(id))
    await watched.look()
    submit = watched.office.door.submit

    async def holding(entity: Any, id: str, body: Any, **options: Any) -> Any:
        if id == "bad":
            raise Held(id)
        return await submit(entity, id, body, **options)

    monkeypatch.setattr(watched.office.door, "submit", holding)
    watched.closes(DAYS[1])
    assert await watched.look() == 1
    assert watched.off() == ["good"]
    assert any("was not told" in str(line) for line in watched.log.lines)
