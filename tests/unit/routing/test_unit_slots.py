"""The slots of a unit follow from its hours and officers, and none holds more than it has (domain 3, 6, 12.15)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.coordination import Slot
from services.contracts.entry import Status
from services.contracts.registry import Absence, Authority, Officer, Shift, Unit
from services.contracts.snapshot import Snapshot
from services.routing.domain.unit_slots import (
    FreeUnitSlot,
    TakeUnitSlot,
    UnitDay,
    UnitSlotGone,
    UnitSlotTaken,
    capacity,
    free_slots,
    freed,
    slots_of,
    taken,
)
from services.worktime import parse_jalali
from services.worktime.jalali import civil_day
from tests.unit.intake.cases import at
from tests.unit.routing.asked_units import LENGTH, PERSON, partial_officer, slots, units
from tests.unit.routing.office import RULES, SERVICE, UNIT, officers, province, world

TUESDAY = parse_jalali("1405/09/03")
FIRST, SECOND = slots()[:2]


def the_unit(**changes: Any) -> Unit:
    unit = units().unit(UNIT)
    assert unit is not None
    return unit.model_copy(update={"version": unit.version + 1} | changes)


def take(number: int, slot: Slot = FIRST, **changes: Any) -> TakeUnitSlot:
    known: dict[str, Any] = {
        "booking_id": f"b{number}",
        "request_id": f"r{number}",
        "unit_id": UNIT,
        "day": civil_day(slot.since),
        "slot": slot,
        "service_id": SERVICE,
    }
    return TakeUnitSlot(**(known | changes))


def after(*asked: TakeUnitSlot, registry: Snapshot | None = None) -> UnitDay:
    state = UnitDay(unit_id=UNIT, day=TUESDAY)
    for message in asked:
        state = taken(state, message, world(registry=registry or units())).state or state
    return state


def names(state: UnitDay) -> list[str]:
    return [place.id for place in state.taken]


def test_a_day_has_as_many_whole_slots_as_the_open_hours_of_the_unit_hold() -> None:
    """07:30 to 14:15 in Tehran: thirteen half hours, and a quarter that is none."""
    assert len(slots()) == 13
    assert (slots()[0].since, slots()[-1].until) == (at("1405/09/03 07:30"), at("1405/09/03 14:00"))
    assert all(slot.until - slot.since == LENGTH for slot in slots())


@pytest.mark.parametrize(
    ("day", "changed"),
    [
        ("1405/09/06", {}),
        ("1405/10/02", {}),
        ("1405/09/03", {"status": Status.SUSPENDED}),
        ("1405/09/03", {"calendar_id": "no-such-calendar"}),
    ],
    ids=["a Friday", "may be closed: new promises avoid it", "out of service", "nobody knows its hours"],
)
def test_a_unit_that_receives_nobody_has_no_slots(day: str, changed: dict[str, Any]) -> None:
    assert slots(day, registry=units(the_unit(**changed))) == ()


def test_an_unknown_unit_has_no_slots_and_no_room() -> None:
    assert slots_of(units(), "nowhere", TUESDAY, LENGTH) == ()
    assert capacity(units(), "nowhere", SERVICE, FIRST) == 0


def test_a_slot_holds_one_citizen_for_each_officer_who_may_see_them() -> None:
    assert capacity(units(), UNIT, SERVICE, FIRST) == 2
    assert capacity(province("ada", "bahar", "dara"), UNIT, SERVICE, FIRST) == 3
    (away,) = officers("bahar")
    assert (
        capacity(units(away.model_copy(update={"status": Status.SUSPENDED, "version": 2})), UNIT, SERVICE, FIRST) == 1
    )


def test_who_has_declared_the_person_does_not_see_them() -> None:
    """I8."""
    assert capacity(units(partial_officer()), UNIT, SERVICE, FIRST, (PERSON,)) == 1
    assert capacity(units(partial_officer(), partial_officer("bahar")), UNIT, SERVICE, FIRST, (PERSON,)) == 0
    assert capacity(units(partial_officer()), UNIT, SERVICE, FIRST) == 2


def test_who_is_away_or_has_no_shift_for_all_of_it_does_not_see_anybody_then() -> None:
    away = Absence(first=TUESDAY, last=TUESDAY)
    (bahar,) = officers("bahar")
    assert capacity(units(bahar.model_copy(update={"absences": (away,), "version": 2})), UNIT, SERVICE, FIRST) == 1
    early = Shift(officer_id="ada", valid_from=TUESDAY, intervals=(("07:30", "08:00"),))
    late = Shift(officer_id="bahar", valid_from=TUESDAY, intervals=(("07:45", "12:00"),))
    registry = units(the_unit(shifts=(early, late)))
    assert [capacity(registry, UNIT, SERVICE, slot) for slot in (FIRST, SECOND)] == [1, 1]


def test_where_the_registry_knows_nobody_for_the_service_the_unit_counts_as_one() -> None:
    assert capacity(units(), UNIT, "another-service", FIRST) == 1


def test_the_first_to_ask_have_the_slot_and_who_asks_again_hears_the_same() -> None:
    state = after(take(1), take(2))
    assert names(state) == ["b1", "b2"]
    (told,) = taken(state, take(3), world(registry=units())).sends
    assert (told.id, told.body) == ("r3", UnitSlotGone(booking_id="b3"))
    again = taken(state, take(1), world(registry=units()))
    assert again.state is state
    assert again.sends[0].body == UnitSlotTaken(booking_id="b1", unit_id=UNIT, day=TUESDAY, slot=FIRST)
    assert names(after(take(1), take(2), take(3, SECOND))) == ["b1", "b2", "b3"]


def test_what_is_given_back_somebody_else_may_have_and_twice_changes_nothing() -> None:
    state = after(take(1), take(2))
    less = freed(state, FreeUnitSlot(booking_id="b1"), world()).state
    assert less is not None
    assert names(less) == ["b2"]
    assert freed(less, FreeUnitSlot(booking_id="b1"), world()).state is less
    assert freed(None, FreeUnitSlot(booking_id="b1"), world()).state is None
    assert isinstance(taken(less, take(3), world(registry=units())).sends[0].body, UnitSlotTaken)


@pytest.mark.parametrize(
    ("slot", "why"),
    [
        (slots("1405/09/02")[0], "it has begun"),
        (Slot(since=FIRST.since, until=SECOND.until), "of another length"),
        (Slot(since=FIRST.since + timedelta(minutes=5), until=FIRST.until + timedelta(minutes=5)), "between two"),
    ],
)
def test_what_is_no_slot_ahead_is_given_to_nobody(slot: Slot, why: str) -> None:
    state = taken(None, take(1, slot), world(registry=units()))
    assert isinstance(state.sends[0].body, UnitSlotGone), why


def test_slots_of_another_length_count_where_they_overlap() -> None:
    """The rule changed while some were taken by the old one."""
    early = Slot(since=FIRST.since - timedelta(minutes=10), until=FIRST.since + timedelta(minutes=10))
    state = UnitDay(unit_id=UNIT, day=TUESDAY)
    old = [take(number, early) for number in (1, 2)]
    places = tuple({"id": each.booking_id, "requestId": each.request_id, "slot": early.to_wire()} for each in old)
    state = UnitDay.model_validate(state.to_wire() | {"taken": places})
    assert isinstance(taken(state, take(3), world(registry=units())).sends[0].body, UnitSlotGone)
    assert isinstance(taken(state, take(3, SECOND), world(registry=units())).sends[0].body, UnitSlotTaken)


def test_free_slots_are_those_ahead_with_the_places_that_are_left() -> None:
    state = after(take(1), take(2), take(3, SECOND))
    now, today = at("1405/09/02 12:40"), parse_jalali("1405/09/02")
    shown = list(free_slots(units(), UNIT, [today, TUESDAY], [state], now, RULES, SERVICE))
    assert [slot.since for slot, _ in shown][:3] == [at("1405/09/02 13:00"), at("1405/09/02 13:30"), SECOND.since]
    assert [left for _, left in shown][:4] == [2, 2, 1, 2]
    assert list(free_slots(units(), UNIT, [TUESDAY], [], at("1405/07/01 08:00"), RULES)) == [], "too far ahead"


A, B = "service-a", "service-b"
ABLE = st.lists(st.sampled_from([(A,), (B,), (A, B)]), min_size=1, max_size=4)


def staff(able: Sequence[Sequence[str]]) -> list[Officer]:
    return [
        officer
        for number, services in enumerate(able)
        for officer in officers(
            f"o{number}",
            authorities=tuple(
                Authority(service_id=service, actions=("PROCESS",), valid_from=TUESDAY) for service in services
            ),
        )
    ]


def served(able: Sequence[Sequence[str]], wanted: Sequence[str]) -> bool:
    """Whether each can be seen by an officer of their own: tried in every way."""
    if not wanted:
        return True
    rest = wanted[1:]
    return any(
        wanted[0] in services and served([*able[:number], *able[number + 1 :]], rest)
        for number, services in enumerate(able)
    )


@given(ABLE, st.lists(st.sampled_from([A, B]), max_size=7))
def test_whoever_has_a_place_has_an_officer_of_their_own_however_authorities_are_spread(
    able: list[tuple[str, ...]], asked: list[str]
) -> None:
    registry = province(extra=staff(able))
    served_here = [service for service in asked if any(service in services for services in able)]
    state = after(*(take(n, service_id=service) for n, service in enumerate(served_here)), registry=registry)
    wanted = [served_here[int(place.id[1:])] for place in state.taken]
    assert served(able, wanted)
    if set(served_here) <= {A} and served_here:
        assert len(wanted) == min(len(served_here), sum(A in services for services in able)), "no room is wasted"
