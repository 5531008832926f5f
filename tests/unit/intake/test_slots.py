"""The slots of a desk follow from its hours, its shifts and who is in service (domain 3, 6, 12.15)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.decision import World
from services.contracts.entry import Entry
from services.contracts.registry import Desk, Officer
from services.contracts.snapshot import Snapshot
from services.intake.domain.desk_slots import BookSlot, DeskSlots, FreeSlot, SlotBooked, SlotTaken, booked, freed
from services.intake.domain.rules import Rules
from services.intake.domain.slots import slots_of, stands
from services.worktime import parse_jalali
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import PERMITS_DESK, at, province, without_days, world

MINUTES = timedelta(minutes=20)
MONDAY = parse_jalali("1405/09/09")
FIRST, SECOND, THIRD = (f"{PERMITS_DESK}-0{number}" for number in (1, 2, 3))


def the_desk(**changes: Any) -> Desk:
    desk = province().desk(PERMITS_DESK)
    assert desk is not None
    return Desk.model_validate(desk.to_wire() | changes)


def officer(id: str = FIRST, **changes: Any) -> Officer:
    known = province().officer(id)
    assert known is not None
    return Officer.model_validate(known.to_wire() | changes)


def times(registry: Snapshot, day: date = MONDAY, who: str | None = None) -> list[str]:
    slots = slots_of(registry, PERMITS_DESK, day, MINUTES)
    return sorted({f"{slot.at:%H:%M}" for slot in slots if who in (None, slot.officer_id)})


def test_a_day_has_as_many_whole_slots_as_each_span_of_its_hours_holds_for_each_officer() -> None:
    """07:30 to 14:15 in Tehran: twenty slots of twenty minutes; the last five minutes are none."""
    slots = list(slots_of(province(), PERMITS_DESK, MONDAY, MINUTES))
    assert (len(slots), len({slot.at for slot in slots})) == (60, 20)
    assert (slots[0].at, slots[-1].until) == (at("1405/09/09 07:30"), at("1405/09/09 14:10"))
    assert {slot.officer_id for slot in slots} == {FIRST, SECOND, THIRD}
    assert all(slot.until - slot.at == MINUTES for slot in slots)


def test_no_slot_runs_into_a_break() -> None:
    broken = without_days(PERMITS_DESK, {"monday": (("07:30", "08:15"), ("08:30", "09:00"))})
    assert times(province(broken)) == ["04:00", "04:20", "05:00"], "in UTC"


@pytest.mark.parametrize(
    ("day", "why"),
    [("1405/09/13", "a Friday"), ("1405/10/02", "closed, not confirmed yet: new promises avoid it")],
)
def test_a_day_on_which_the_desk_is_shut_or_may_be_has_none(day: str, why: str) -> None:
    assert times(sample_snapshot(), parse_jalali(day)) == [], why


def test_a_shortened_day_has_fewer() -> None:
    """The eve of Yalda ends at noon."""
    assert max(times(province(), parse_jalali("1405/09/30"))) == "08:00"


def test_a_desk_with_shifts_has_the_slots_of_whoever_has_the_shift_to_the_end() -> None:
    morning = {"officerId": FIRST, "validFrom": "2026-11-01", "intervals": [["07:30", "08:20"]]}
    mondays = {"officerId": SECOND, "validFrom": "2026-11-01", "days": ["monday"]}
    registry = province(the_desk(shifts=[morning, mondays]))
    assert times(registry, who=FIRST) == ["04:00", "04:20"], "the third would end after the shift"
    assert len(times(registry, who=SECOND)) == 20
    assert times(registry, MONDAY + timedelta(days=1), SECOND) == []


@pytest.mark.parametrize(
    "changed",
    [
        officer(status="SUSPENDED"),
        officer(deskId="wa-tax-desk"),
        officer(planned=[{"status": "RETIRED", "since": "2026-11-30", "reason": "r"}]),
    ],
)
def test_who_is_not_in_service_on_that_day_has_no_slots(changed: Entry) -> None:
    assert times(province(changed), who=FIRST) == []
    assert len(times(province(changed), who=SECOND)) == 20


def test_who_is_away_for_some_days_has_slots_again_afterwards() -> None:
    away = [{"status": "SUSPENDED", "since": "2026-11-28", "reason": "r"},
            {"status": "ACTIVE", "since": "2026-12-01", "reason": "r"}]  # fmt: skip
    registry = province(officer(planned=away))
    found = [bool(times(registry, MONDAY + timedelta(days=shift), FIRST)) for shift in (-5, -2, 0, 1)]
    assert found == [True, False, False, True]


def test_nor_has_who_is_absent_from_the_first_day_to_the_last() -> None:
    registry = province(officer(absences=[{"first": "2026-11-28", "last": "2026-11-30"}]))
    found = [bool(times(registry, MONDAY + timedelta(days=shift), FIRST)) for shift in (-5, -2, 0, 1)]
    assert found == [True, False, False, True]
    assert len(times(registry, who=SECOND)) == 20


def test_a_desk_that_is_not_in_service_has_none() -> None:
    assert times(province(the_desk(status="SUSPENDED"))) == []
    assert list(slots_of(province(), "nowhere", MONDAY, MINUTES)) == []


# --- whether one that was given still stands --------------------------------------------------------------------------

AT = at("1405/09/09 10:10")


def still_stands(*changed: Entry, who: str | None = FIRST) -> bool:
    return stands(province(*changed), PERMITS_DESK, AT, AT + MINUTES, who)


def test_a_slot_stands_while_the_desk_is_open_and_its_officer_there() -> None:
    assert still_stands()
    assert not still_stands(officer(status="RETIRED"))
    assert still_stands(officer(status="RETIRED"), who=SECOND)
    assert not still_stands(without_days(PERMITS_DESK, {}))
    assert not still_stands(without_days(PERMITS_DESK, {"monday": (("07:30", "10:20"),)})), "shut before its end"
    assert not still_stands(the_desk(status="RETIRED"))


def test_whoever_stands_in_for_an_officer_serves_their_slots() -> None:
    shifts = [{"officerId": FIRST, "validFrom": "2026-11-01", "validTo": "2026-11-27"},
              {"officerId": SECOND, "validFrom": "2026-11-28", "substituteFor": FIRST}]  # fmt: skip
    assert still_stands(the_desk(shifts=shifts))
    assert not still_stands(the_desk(shifts=shifts[:1]))
    assert not still_stands(the_desk(shifts=shifts), officer(SECOND, status="SUSPENDED"))


def test_at_a_desk_without_shifts_who_is_stood_in_for_has_no_slots_then_and_all_others_have_theirs() -> None:
    instead = {"officerId": SECOND, "substituteFor": FIRST, "validFrom": "2026-11-30", "validTo": "2026-11-30"}
    registry = province(the_desk(shifts=[instead]))
    days = (MONDAY, MONDAY + timedelta(days=1))
    found = [[len(times(registry, day, who)) for who in (FIRST, SECOND, THIRD)] for day in days]
    assert found == [[0, 20, 20], [20, 20, 20]]


def test_what_the_registry_does_not_say_is_held_against_nobody() -> None:
    """Entries come one after the other: a desk may name a calendar that is still on its way."""
    assert still_stands(the_desk(calendarId="not-here-yet"))
    assert still_stands(without_days(PERMITS_DESK, None))
    assert stands(province(), PERMITS_DESK, AT, AT + MINUTES, "unknown")


# --- who has booked what ----------------------------------------------------------------------------------------------


def book(
    state: DeskSlots | None, id: str, who: str | None = None, now: World[Rules] | None = None
) -> tuple[DeskSlots, SlotBooked | SlotTaken]:
    message = BookSlot(booking_id=id, request_id=f"r-{id}", desk_id=PERMITS_DESK, day=MONDAY, at=AT, officer_id=who)
    decision = booked(state, message, now or world())
    (send,) = decision.sends
    assert send.id == f"r-{id}"
    assert isinstance(send.body, SlotBooked | SlotTaken)
    assert decision.state is not None
    return decision.state, send.body


def test_a_slot_is_given_once_per_officer_and_evenly() -> None:
    """Domain 12.15."""
    state: DeskSlots | None = None
    given = []
    for id in "abcd":
        state, answer = book(state, id)
        given.append(answer.officer_id if isinstance(answer, SlotBooked) else None)
    assert given == [FIRST, SECOND, THIRD, None]
    earlier = BookSlot(
        booking_id="z", request_id="r", desk_id=PERMITS_DESK, day=MONDAY, at=at("1405/09/09 09:30"), officer_id=FIRST
    )
    _, answer = book(booked(None, earlier, world()).state, "e")
    assert isinstance(answer, SlotBooked)
    assert answer.officer_id == SECOND, "the first has one that day already"
    _, answer = book(None, "e", SECOND)
    assert isinstance(answer, SlotBooked)
    assert answer.officer_id == SECOND
    _, answer = book(state, "f", SECOND)
    assert isinstance(answer, SlotTaken)


def test_a_booking_that_is_told_twice_is_one_booking() -> None:
    state, first = book(None, "a")
    again, second = book(state, "a")
    assert (again, second) == (state, first)


def test_what_is_given_back_is_free_again_and_twice_is_no_harm() -> None:
    state, _ = book(None, "a", FIRST)
    free = freed(state, FreeSlot(booking_id="a"), world()).state
    assert freed(free, FreeSlot(booking_id="a"), world()).state is free
    assert freed(None, FreeSlot(booking_id="a"), world()).state is None
    _, answer = book(free, "b", FIRST)
    assert isinstance(answer, SlotBooked)


def test_a_booking_made_when_slots_were_longer_blocks_all_that_it_overlaps() -> None:
    longer = World(now=world().now, registry=province(), rules=Rules(secret=b"s" * 32, slot_length=2 * MINUTES))
    state, answer = book(None, "a", FIRST, longer)
    assert isinstance(answer, SlotBooked)
    assert answer.until == AT + 2 * MINUTES
    theirs = [slot for slot in slots_of(province(), PERMITS_DESK, MONDAY, MINUTES) if slot.officer_id == FIRST]
    taken = [f"{slot.at:%H:%M}" for slot in theirs if not state.is_free(slot, 1)]
    assert taken == ["06:40", "07:00"], "10:10 and 10:30 in Tehran"


def test_an_officer_may_have_room_for_more_than_one() -> None:
    two = World(now=world().now, registry=province(), rules=Rules(secret=b"s" * 32, slot_capacity=2))
    state: DeskSlots | None = None
    for id, expected in (("a", SlotBooked), ("b", SlotBooked), ("c", SlotTaken)):
        state, answer = book(state, id, FIRST, two)
        assert isinstance(answer, expected)
