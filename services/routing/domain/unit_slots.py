"""The slots of a unit, and who has taken which of one day (domain 2, 3, 12.15).

Which there are is stored nowhere: it follows from the registry as it is now, the unit's calendar in its county and the
officers who may serve then. Who has taken one is a rule across cases, so it has an entity of its own, `unit-day`: all
questions about a Tehran day of a unit are folded through it one after the other. A case asks (`TakeUnitSlot`), the day
answers, and only that answer settles a coordination; what the case does not need it gives back (`FreeUnitSlot`). Every
word may come twice: a place is known by the id of its booking.

A slot holds as many citizens as officers could serve it. Who takes one needs an officer beyond all who have taken
theirs at that hour, for whatever service: so each of them can have an officer of their own, however the authorities of
the unit are spread. Now and then that turns away somebody who could have been served by a swap.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from services.contracts.coordination import Slot
from services.contracts.decision import Decision, Send, World
from services.contracts.entry import Status
from services.contracts.registry import Unit
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Id, Wire
from services.contracts.working_calendar import CalendarRef, ChangedDay
from services.routing.domain.fairness import able
from services.routing.domain.rules import Rules
from services.worktime import Calendar, Presence, WorktimeError, is_open, said_of
from services.worktime.jalali import civil_day
from services.worktime.published import calendar_of
from services.worktime.shifts import has_shift
from services.worktime.slots import slot_beginnings

A_SECOND = timedelta(seconds=1)


class TakeUnitSlot(Wire):
    """A case to the day: this slot, for a citizen of this service."""

    booking_id: Id
    request_id: Id
    unit_id: Id
    day: date
    slot: Slot
    service_id: Id
    people: tuple[Id, ...] = ()
    """Who it is about, by reference: an officer who has declared one of them does not serve them (I8)."""


class FreeUnitSlot(Wire):
    """A case to the day: the slot is not needed any more."""

    booking_id: Id


class UnitSlotTaken(Wire):
    """The day to the case: it is yours."""

    booking_id: Id
    unit_id: Id
    day: date
    slot: Slot


class UnitSlotGone(Wire):
    """The day to the case: others were first, or there is no such slot any more."""

    booking_id: Id


class Place(Wire):
    """What somebody has of a slot; who they are, the request alone knows (I12)."""

    id: Id
    request_id: Id
    slot: Slot


class UnitDay(Wire):
    """What is taken of one day of a unit."""

    unit_id: Id
    day: date
    taken: tuple[Place, ...] = ()

    def beside(self, slot: Slot) -> int:
        """How many have a place at that hour, whatever the length of slots was when they took it."""
        return sum(place.slot.overlaps(slot) for place in self.taken)


def unit_day_id(unit_id: str, day: date) -> str:
    return f"{unit_id}@{day.isoformat()}"


def taken(state: UnitDay | None, message: TakeUnitSlot, world: World[Rules]) -> Decision[UnitDay]:
    """The first to ask have it, as many as it holds; who asks again hears the same."""
    state = state or UnitDay(unit_id=message.unit_id, day=message.day)
    known = next((place for place in state.taken if place.id == message.booking_id), None)
    if known is None:
        if not _is_free(state, message, world):
            gone = UnitSlotGone(booking_id=message.booking_id)
            return Decision(state, sends=(Send("case", message.request_id, gone),))
        known = Place(id=message.booking_id, request_id=message.request_id, slot=message.slot)
        state = state.model_copy(update={"taken": (*state.taken, known)})
    told = UnitSlotTaken(booking_id=known.id, unit_id=state.unit_id, day=state.day, slot=known.slot)
    return Decision(state, sends=(Send("case", message.request_id, told),))


def freed(state: UnitDay | None, message: FreeUnitSlot, world: World[Rules]) -> Decision[UnitDay]:
    """Somebody else may have it. Given back twice, or never taken: nothing changes."""
    if state is None or all(place.id != message.booking_id for place in state.taken):
        return Decision(state)
    left = tuple(place for place in state.taken if place.id != message.booking_id)
    return Decision(state.model_copy(update={"taken": left}))


def slots_of(registry: Snapshot, unit_id: str, day: date, length: timedelta) -> tuple[Slot, ...]:
    """Every slot of a unit on a day, by time, taken or not; none where it receives nobody, or is not in force."""

    def look_up() -> tuple[Slot, ...]:
        unit = registry.unit(unit_id)
        calendar = unit_calendar(registry, unit) if unit else None
        if unit is None or calendar is None or unit.status_on(day) is not Status.ACTIVE:
            return ()
        return tuple(Slot(since=at, until=at + length) for at in slot_beginnings(calendar, day, length))

    return registry.once(("unit-slots", unit_id, day, length), look_up)


def is_slot(registry: Snapshot, unit_id: str, slot: Slot, length: timedelta) -> bool:
    """Whether the unit has such a slot, as the registry stands now."""
    return slot in slots_of(registry, unit_id, civil_day(slot.since), length)


def is_shut(registry: Snapshot, unit_id: str, slot: Slot) -> bool:
    """Whether the unit receives nobody at one end of that time: by its calendar, or since it is out of service itself.

    What the registry does not say is held against nobody: then it is open. A PROVISIONAL day shuts nothing (domain 6).
    """
    unit = registry.unit(unit_id)
    if unit is None:
        return False
    return unit.status_on(civil_day(slot.since)) is not Status.ACTIVE or _shut_by(registry, unit, slot) is not None


def shut(registry: Snapshot, unit_id: str, slot: Slot) -> tuple[CalendarRef | None, ChangedDay | None]:
    """The calendar by which the unit is shut then, and the day by whose decision it is.

    Neither where it is open, or out of service itself; no day where its week is so, or that was not noted.
    """
    unit = registry.unit(unit_id)
    calendar = _shut_by(registry, unit, slot) if unit else None
    if calendar is None:
        return None, None
    return CalendarRef(id=calendar.id, version=calendar.version), said_of(calendar, civil_day(slot.since))


def free_slots(
    registry: Snapshot,
    unit_id: str,
    days: Iterable[date],
    known: Iterable[UnitDay],
    now: datetime,
    rules: Rules,
    service_id: str | None = None,
) -> Iterator[tuple[Slot, int]]:
    """The slots ahead that can still be taken, by time, each with how many places are left.

    `known`: what is taken of these days, of those of which anything is. `service_id` None: for whatever the unit does.
    """
    taken = {state.day: state for state in known}
    for day in days:
        state = taken.get(day) or UnitDay(unit_id=unit_id, day=day)
        for slot in slots_of(registry, unit_id, day, rules.unit_slot_length):
            left = capacity(registry, unit_id, service_id, slot) - state.beside(slot)
            if left > 0 and now < slot.since <= now + rules.unit_slots_within:
                yield slot, left


def capacity(registry: Snapshot, unit_id: str, service_id: str | None, slot: Slot, people: Sequence[str] = ()) -> int:
    """How many citizens a slot holds: an officer each, who is there for all of it, may process the service and has
    declared none of these people (I8).

    A unit in which the registry knows nobody for it counts as one: somebody has confirmed the slot.
    """
    unit, day = registry.unit(unit_id), civil_day(slot.since)
    if unit is None:
        return 0
    ends = (slot.since, slot.until - A_SECOND)
    there = {
        officer.id: officer
        for officer in registry.officers_of(unit_id)
        if officer.status_on(day) is Status.ACTIVE and not officer.absent_on(day)
    }
    serving = there.keys() if service_id is None else there.keys() & set(able(registry, unit, service_id, day, None))
    if not serving:
        return 1
    return sum(not there[id].in_conflict(*people) for id in serving if has_shift(unit.shifts, id, *ends))


def unit_calendar(registry: Snapshot, unit: Unit) -> Calendar | None:
    """The unit's calendar with the exceptions of its county; None while it is not known."""
    entry = registry.calendar(unit.calendar_id)
    return calendar_of(entry, unit.county) if entry else None


def _shut_by(registry: Snapshot, unit: Unit, slot: Slot) -> Calendar | None:
    calendar = unit_calendar(registry, unit)
    try:
        if calendar is None or all(
            is_open(calendar, end, Presence.DESK) for end in (slot.since, slot.until - A_SECOND)
        ):
            return None
    except WorktimeError:
        return None
    return calendar


def _is_free(state: UnitDay, message: TakeUnitSlot, world: World[Rules]) -> bool:
    registry, slot = world.registry, message.slot
    if slot.since <= world.now or not is_slot(registry, state.unit_id, slot, world.rules.unit_slot_length):
        return False
    return state.beside(slot) < capacity(registry, state.unit_id, message.service_id, slot, message.people)
