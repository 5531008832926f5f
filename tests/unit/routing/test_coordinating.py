"""A desk asks a unit, and the unit answers: who, when, and with which slot (domain 1.4, 3; I8, I12, 12.15)."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.contracts.coordination import (
    COORDINATION_MOVES,
    AnswerCoordination,
    AskCoordination,
    Coordination,
    CoordinationState,
    NotConfirmed,
    Purpose,
    Slot,
    stage,
)
from services.contracts.decision import Refused
from services.routing.domain import coordinating
from services.routing.domain.coordinating import Answer, AnswerHeard
from services.routing.domain.coordinations import MOST, REMEMBERED, BookingState, timers
from services.routing.domain.unit_slots import FreeUnitSlot, TakeUnitSlot, UnitSlotGone, UnitSlotTaken
from tests.unit.intake.cases import at
from tests.unit.routing.asked_units import (
    CLERK,
    OTHER_CLERK,
    REVENUE,
    STRANGER,
    Asking,
    partial_officer,
    slots,
    units,
)
from tests.unit.routing.office import UNIT

FIRST, SECOND = slots()[:2]
ASKED, CONFIRMED = CoordinationState.ASKED, CoordinationState.CONFIRMED
DECLINED, PROPOSED, LAPSED = CoordinationState.DECLINED, CoordinationState.PROPOSED, CoordinationState.LAPSED


def refused(call: Any, *arguments: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments, **options)
    return caught.value


def newest(case: Asking) -> Coordination:
    return case.known.asked[-1]


def full(slot: Slot, **options: Any) -> Asking:
    """A case whose days have no place left in that slot."""
    days: dict[str, Any] = {}
    for number in (2, 3):
        Asking(f"r{number}", days=days).confirmed(slot)
    return Asking(days=days, **options)


def test_an_officer_of_the_desk_asks_and_the_unit_has_four_hours_of_its_own_to_answer() -> None:
    case = Asking(now=at("1405/09/02 12:15"))
    asked = case.ask("SITE_SURVEY")
    assert (asked.id, asked.unit_id, asked.state, asked.asked_by) == ("r1.c1", UNIT, ASKED, CLERK)
    assert asked.question.purpose is Purpose.SITE_SURVEY
    assert asked.lapses_at == at("1405/09/03 09:30"), "two hours are left of that day"
    assert timers(case.known) == {"r1.c1": asked.lapses_at}
    assert case.told == ["coordination.asked"]


def test_words_alone_ask_whether_the_citizen_is_needed_and_travel_in_no_event() -> None:
    """I12."""
    body = {"requestId": "r1", "unit": UNIT, "question": "باید خودشان بیایند؟", "officerId": CLERK}
    case = Asking()
    moved = coordinating.asked(case.known, case.case, AskCoordination.model_validate(body), case.world)
    asked = moved.coordinations.asked[0]
    assert (asked.question.purpose, asked.question.text) == (Purpose.WHETHER_NEEDED, "باید خودشان بیایند؟")
    assert asked.public().question.model_dump() == {"purpose": Purpose.WHETHER_NEEDED, "text": None}


@pytest.mark.parametrize(
    ("officer", "code"), [("ada", "NOT_AUTHORISED"), (STRANGER, "NOT_AUTHORISED"), ("nobody", "UNKNOWN_OFFICER")]
)
def test_nobody_asks_but_an_officer_of_the_desk_of_the_case(officer: str, code: str) -> None:
    assert refused(Asking().ask, officer=officer).code == code


@pytest.mark.parametrize("unit", ["nowhere", "wa-tax-desk-unit", "wa-social-security-records"])
def test_only_a_unit_of_the_agency_is_asked(unit: str) -> None:
    refusal = refused(Asking().ask, unit=unit)
    assert (refusal.code, refusal.status, refusal.facts["errors"][0]["field"]) == ("UNKNOWN_UNIT", 422, "unit")


def test_nobody_is_asked_for_what_stands_still_or_is_over() -> None:
    refusal = refused(Asking(about={"at_work": False, "state": "SUSPENDED"}).ask)
    assert (refusal.code, refusal.facts) == ("ILLEGAL_MOVE", {"from": "SUSPENDED", "to": "COORDINATING"})


def test_a_unit_is_asked_one_thing_at_a_time_and_others_meanwhile() -> None:
    case = Asking()
    case.ask()
    assert refused(case.ask).code == "COORDINATION_UNDER_WAY"
    assert case.ask(unit=REVENUE).id == "r1.c2"
    case = Asking()
    case.confirmed(FIRST)
    assert refused(case.ask).code == "COORDINATION_UNDER_WAY", "the unit expects the citizen"
    case.wait_until(FIRST.since)
    assert case.ask().id == "r1.c2", "nobody was sent, and the slot has begun"


def test_a_case_does_not_ask_for_ever() -> None:
    case = Asking()
    for _ in range(MOST):
        case.ask()
        case.answer("DECLINED")
    assert refused(case.ask).code == "TOO_MANY"


def test_a_unit_whose_hours_nobody_knows_is_not_asked() -> None:
    unit = units().unit(UNIT)
    assert unit is not None
    away = unit.model_copy(update={"calendar_id": "no-such-calendar", "version": unit.version + 1})
    assert refused(Asking(registry=units(away)).ask).code == "UNIT_SHUT"


@pytest.mark.parametrize("said", ["CONFIRMED", "PROPOSED"])
def test_the_unit_answers_with_a_slot_that_its_day_has_given(said: str) -> None:
    case = Asking()
    case.ask()
    case.answer(said, FIRST, room="۲۱۲")
    answered = newest(case)
    assert (answered.state, answered.slot, answered.answered_by) == (said, FIRST, "ada")
    assert answered.contact is not None
    assert (answered.contact.name, answered.contact.phone, answered.contact.room) == ("ada", "04430000000", "212")
    assert case.held(FIRST) == 1
    assert case.told == ["coordination.asked", f"coordination.{said.lower()}"]


def test_a_unit_that_can_do_without_the_citizen_declines_and_holds_nothing() -> None:
    case = Asking()
    case.ask()
    case.answer("DECLINED")
    assert (newest(case).state, newest(case).reason) == (DECLINED, NotConfirmed.NOT_NEEDED)
    assert (case.days, timers(case.known)) == ({}, {})
    case.ask()
    case.answer("DECLINED", reason="NOT_OURS")
    assert newest(case).reason is NotConfirmed.NOT_OURS


def test_what_came_to_nothing_for_reasons_of_others_no_unit_says() -> None:
    with pytest.raises(ValidationError):
        AnswerCoordination.model_validate({"answer": "DECLINED", "reason": "NOT_ANSWERED", "officerId": "ada"})


@pytest.mark.parametrize(
    ("officer", "code"),
    [(CLERK, "NOT_AUTHORISED"), (STRANGER, "NOT_AUTHORISED"), ("nobody", "UNKNOWN_OFFICER")],
)
def test_nobody_answers_but_an_officer_of_the_unit_who_processes_the_service(officer: str, code: str) -> None:
    case = Asking()
    case.ask()
    assert refused(case.answer, "CONFIRMED", FIRST, officer=officer).code == code
    asked_elsewhere = Asking()
    asked_elsewhere.ask(unit=REVENUE)
    assert refused(asked_elsewhere.answer, "DECLINED").code == "NOT_AUTHORISED", "of another unit"


def test_I8_whoever_has_declared_the_person_has_no_hand_in_it() -> None:
    clerk = units().officer(CLERK)
    assert clerk is not None
    declared = partial_officer().to_wire()["conflicts"]
    clerk = clerk.model_validate(clerk.to_wire() | {"conflicts": declared, "version": clerk.version + 1})
    case = Asking(registry=units(clerk, partial_officer()))
    assert refused(case.ask).code == "CONFLICT_OF_INTEREST"
    case.ask(officer=OTHER_CLERK)
    assert refused(case.answer, "CONFIRMED", FIRST).code == "CONFLICT_OF_INTEREST"
    case.answer("CONFIRMED", FIRST, officer="bahar")


@pytest.mark.parametrize(
    ("answer", "slot", "more", "code"),
    [
        ("CONFIRMED", None, {}, "SLOT_NEEDED"),
        ("PROPOSED", None, {}, "SLOT_NEEDED"),
        ("DECLINED", FIRST, {}, "SLOT_NOT_MEANT"),
        ("CONFIRMED", FIRST, {"reason": "NO_ROOM"}, "REASON_NOT_MEANT"),
        ("CONFIRMED", Slot(since=FIRST.since, until=SECOND.until), {}, "NOT_A_SLOT"),
        ("CONFIRMED", slots("1405/09/02")[0], {}, "NOT_A_SLOT"),
        ("CONFIRMED", slots("1405/12/05")[0], {}, "SLOT_TOO_FAR"),
    ],
)
def test_an_answer_that_does_not_hang_together_is_refused_with_its_field(
    answer: str, slot: Slot | None, more: dict[str, Any], code: str
) -> None:
    case = Asking()
    case.ask()
    refusal = refused(case.answer, answer, slot, **more)
    assert (refusal.code, refusal.status) == (code, 422)
    assert newest(case).state is ASKED


def test_12_15_a_slot_that_is_gone_is_refused_and_the_question_stands_as_it_was() -> None:
    case = full(FIRST)
    before = case.ask()
    refusal = refused(case.answer, "CONFIRMED", FIRST)
    assert (refusal.code, refusal.status) == ("SLOT_TAKEN", 409)
    assert newest(case) == before
    assert case.told == ["coordination.asked"]
    case.answer("CONFIRMED", SECOND)
    assert newest(case).state is CONFIRMED


def test_what_the_unit_has_proposed_it_holds_until_the_desk_accepts_or_does_not() -> None:
    case = Asking()
    case.ask()
    case.answer("PROPOSED", FIRST)
    case.accept()
    assert (newest(case).state, newest(case).heard_by, newest(case).slot) == (CONFIRMED, CLERK, FIRST)
    assert case.held(FIRST) == 1
    other = Asking()
    other.ask()
    other.answer("PROPOSED", FIRST)
    other.accept(accept=False)
    assert (newest(other).state, newest(other).reason) == (DECLINED, NotConfirmed.NOT_ACCEPTED)
    assert other.held(FIRST) == 0, "given back"


def test_each_answers_only_when_it_is_their_turn() -> None:
    case = Asking()
    case.ask()
    assert refused(case.accept).code == "ILLEGAL_MOVE", "nothing is proposed"
    case.answer("PROPOSED", FIRST)
    assert refused(case.answer, "CONFIRMED", FIRST).code == "ILLEGAL_MOVE", "it is for the desk now"
    assert refused(case.accept, officer="ada").code == "NOT_AUTHORISED"
    case.accept()
    assert refused(case.accept, accept=False).code == "ILLEGAL_MOVE"
    assert refused(case.answer, "DECLINED").facts == {"from": "CONFIRMED", "to": "DECLINED"}


def test_a_question_that_nobody_answers_lapses_once() -> None:
    case = Asking()
    lapses_at = case.ask().lapses_at
    assert lapses_at is not None
    case.wait_until(lapses_at - timedelta(seconds=1))
    assert newest(case).state is ASKED
    case.wait(days=3)
    assert (newest(case).state, newest(case).reason) == (LAPSED, NotConfirmed.NOT_ANSWERED)
    assert case.told == ["coordination.asked", "coordination.lapsed"]
    assert refused(case.answer, "CONFIRMED", SECOND).code == "ILLEGAL_MOVE"


def test_a_proposal_that_the_desk_leaves_is_declined_and_its_slot_given_back() -> None:
    case = Asking()
    case.ask()
    later = slots("1405/09/05")[0]
    case.answer("PROPOSED", later)
    case.wait(days=1, hours=20)
    assert (newest(case).state, newest(case).reason) == (DECLINED, NotConfirmed.NOT_ANSWERED)
    assert case.held(later) == 0


def test_a_proposal_lapses_with_the_beginning_of_its_slot_at_the_latest() -> None:
    case = Asking(now=at("1405/09/02 13:00"))
    case.ask()
    case.answer("PROPOSED", FIRST)
    assert newest(case).lapses_at == FIRST.since
    case.now = FIRST.since
    assert refused(case.accept).code == "SLOT_HAS_BEGUN"


def asking_the_day() -> tuple[Asking, UnitSlotTaken]:
    """A case that has asked for a slot and not heard yet, and what it will hear."""
    case = Asking()
    coordination = case.ask()
    said = AnswerCoordination.model_validate({"answer": "CONFIRMED", "slot": FIRST.to_wire(), "officerId": "ada"})
    command = Answer(booking_id="b", coordination_id=coordination.id, said=said)
    moved = coordinating.answered(case.known, case.case, command, case.world)
    case.known = moved.coordinations
    (asks,) = moved.sends
    assert isinstance(asks.body, TakeUnitSlot)
    return case, UnitSlotTaken(booking_id="b", unit_id=UNIT, day=asks.body.day, slot=asks.body.slot)


def test_while_the_day_has_not_answered_the_caller_is_told_to_ask_again() -> None:
    case, told = asking_the_day()
    waiting = refused(coordinating.answer_heard, case.known, AnswerHeard(booking_id="b"))
    assert (waiting.code, waiting.status) == ("ANSWER_UNDER_WAY", 503)
    assert refused(case.answer, "DECLINED").code == "ANSWER_UNDER_WAY"
    case.take(coordinating.slot_taken(case.known, told, case.world))
    assert coordinating.answer_heard(case.known, AnswerHeard(booking_id="b")).state is CONFIRMED


def test_words_of_the_day_that_come_twice_or_late_change_nothing_and_hold_nothing() -> None:
    case, told = asking_the_day()
    case.take(coordinating.slot_taken(case.known, told, case.world))
    settled = case.known
    assert coordinating.slot_taken(settled, told, case.world).sends == ()
    assert coordinating.slot_gone(settled, UnitSlotGone(booking_id="b"), case.world).coordinations == settled
    unknown = told.model_copy(update={"booking_id": "never-asked"})
    (back,) = coordinating.slot_taken(settled, unknown, case.world).sends
    assert back.body == FreeUnitSlot(booking_id="never-asked")


@pytest.mark.parametrize("late", ["lapsed", "begun", "no slot any more"])
def test_a_slot_that_comes_too_late_goes_back_at_once(late: str) -> None:
    case, told = asking_the_day()
    if late == "lapsed":
        case.wait(hours=20)
        assert newest(case).state is LAPSED
    elif late == "begun":
        case.now = FIRST.since
    else:
        unit = case.registry.unit(UNIT)
        assert unit is not None
        case.registry = units(unit.model_copy(update={"status": "SUSPENDED", "version": unit.version + 1}))
    moved = coordinating.slot_taken(case.known, told, case.world)
    assert [type(send.body).__name__ for send in moved.sends] == ["FreeUnitSlot"]
    assert moved.moves == ()
    assert refused(coordinating.answer_heard, moved.coordinations, AnswerHeard(booking_id="b")).code == "SLOT_TAKEN"


def test_what_became_of_slots_long_ago_is_forgotten() -> None:
    case = full(FIRST)
    case.ask()
    for _ in range(REMEMBERED + 5):
        refused(case.answer, "CONFIRMED", FIRST)
    assert [each.state for each in case.known.bookings] == [BookingState.TAKEN] * REMEMBERED


def test_the_request_is_coordinating_while_a_unit_is_asked_or_expects_the_citizen() -> None:
    case = Asking()
    seen = [stage(case.known.asked, case.known.referrals, case.now)]
    for step in (case.ask, lambda: case.answer("PROPOSED", FIRST), case.accept):
        step()
        seen.append(stage(case.known.asked, case.known.referrals, case.now))
    case.wait_until(FIRST.since)
    seen.append(stage(case.known.asked, case.known.referrals, case.now))
    assert seen == [None, "COORDINATING", "COORDINATING", "COORDINATING", None]


def test_every_state_of_a_coordination_is_reached_and_only_what_awaits_an_answer_goes_on() -> None:
    assert {ASKED}.union(*COORDINATION_MOVES.table.values()) == {*CoordinationState} == {*COORDINATION_MOVES.table}
    assert {state for state, onward in COORDINATION_MOVES.table.items() if onward} == {ASKED, PROPOSED}
