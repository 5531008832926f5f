"""A date that two closed days have moved at once: of each it is asked who tells, and one reason to tell is enough."""

import pytest

from services.contracts.decision import Decision
from services.contracts.routing import DueCause
from services.contracts.working_calendar import CalendarRef, ChangedDay
from services.notify.domain.answers import Declined
from services.notify.domain.closure import Asked, Closure, GaveWay, GiveWay, NeedNot, Tell, Untold, closures_of, untold
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import CREATED, SENDING, SUPPRESSED, TEMP_FAILED, TOLD_WITH_ANOTHER, Message
from services.notify.domain.notices import Notice
from tests.unit.notify.cases import REQUEST, a_move, at, hear, only, re_dated, state_of, told, world

EVENING = at("1405/09/02 23:30")
ID = f"{REQUEST}.1"
PROVINCE = CalendarRef(id="province", version=5)
TUESDAY, WEDNESDAY = (at(f"1405/09/{number} 12:00").date() for number in (10, 11))
FIRST = ChangedDay(date=TUESDAY, decided=CalendarRef(id="wa", version=2))
SECOND = ChangedDay(date=WEDNESDAY, decided=CalendarRef(id="wa", version=3))


def moved_by(*days: ChangedDay, calendar: CalendarRef | None = None) -> tuple[str, ...]:
    promise = re_dated(DueCause.CALENDAR)
    changes = {"days": days} | ({"calendar": calendar} if calendar else {})
    move = promise.moves[-1].model_copy(update=changes)
    event = a_move("commitment.re-projected", commitments=(promise.model_copy(update={"moves": (move,)}),))
    return closures_of(Notice.RE_DATED, event)


def of_two_days() -> Correspondence:
    promise = re_dated(DueCause.CALENDAR)
    move = promise.moves[-1].model_copy(update={"days": (FIRST, SECOND)})
    moved = a_move("commitment.re-projected", commitments=(promise.model_copy(update={"moves": (move,)}),))
    decision = told(moved)
    assert [type(send.body) for send in decision.sends] == [Asked, Asked]
    return state_of(decision)


@pytest.fixture
def a() -> str:
    """The closure of the first day."""
    return moved_by(FIRST, SECOND)[0]


@pytest.fixture
def b() -> str:
    """That of the second."""
    return moved_by(FIRST, SECOND)[1]


def test_12_9_a_day_is_one_closure_by_whichever_version_of_whichever_calendar_it_is_heard_of(a: str) -> None:
    assert len({*moved_by(FIRST, SECOND)}) == 2
    by_one = moved_by(FIRST, calendar=CalendarRef(id="wa-offices", version=4))
    assert by_one == moved_by(FIRST, calendar=CalendarRef(id="wa-social-security", version=9)) == (a,)


def test_12_9_days_of_one_decision_are_one_closure_and_a_day_taken_back_is_another(a: str, b: str) -> None:
    assert moved_by(FIRST, FIRST.model_copy(update={"date": WEDNESDAY})) == (a,)
    (taken_back,) = moved_by(FIRST.model_copy(update={"taken_back": True}))
    assert taken_back not in (a, b)


def test_where_no_day_is_named_the_version_of_the_calendar_is_the_closure(a: str, b: str) -> None:
    assert moved_by(calendar=CalendarRef(id="wa", version=2)) == (a,)
    assert moved_by(calendar=CalendarRef(id="wa", version=7)) not in ((a,), (b,))


def test_it_goes_out_as_soon_as_one_of_the_days_wants_it_told(a: str, b: str) -> None:
    waits = hear(of_two_days(), NeedNot(message_id=ID, closure=a))
    assert only(waits).state is CREATED
    assert only(hear(state_of(waits), Tell(message_id=ID, closure=b))).state is SENDING


def test_it_need_not_go_out_when_both_days_are_told_with_others(a: str, b: str) -> None:
    waits = hear(of_two_days(), NeedNot(message_id=ID, closure=a))
    left_out = only(hear(state_of(waits), NeedNot(message_id=ID, closure=b)))
    assert (left_out.state, left_out.reason()) == (SUPPRESSED, TOLD_WITH_ANOTHER)


def test_once_it_has_gone_out_what_the_other_day_says_is_noted_and_both_hear_that_it_failed(a: str, b: str) -> None:
    goes_out = state_of(hear(of_two_days(), Tell(message_id=ID, closure=a)))
    both = state_of(hear(goes_out, Tell(message_id=ID, closure=b)))
    assert (both.messages[0].state, both.messages[0].turn) == (SENDING, 1)
    failed = hear(both, Declined(message_id=ID, turn=1, again=False, reason="BLOCKED"))
    assert [(send.id, type(send.body)) for send in failed.sends] == [(a, Untold), (b, Untold)]


def test_who_is_asked_to_tell_of_a_day_after_the_message_has_failed_says_so_and_the_next_one_is_asked(
    a: str, b: str
) -> None:
    goes_out = state_of(hear(of_two_days(), Tell(message_id=ID, closure=a)))
    failed = state_of(hear(goes_out, Declined(message_id=ID, turn=1, again=False, reason="BLOCKED")))
    asked = hear(failed, Tell(message_id=ID, closure=b))
    assert (b, Untold) in [(send.id, type(send.body)) for send in asked.sends]


def test_12_9_who_was_asked_to_tell_again_of_a_day_tells_of_it_also_when_the_other_day_is_told_with_others(
    a: str, b: str
) -> None:
    waits = state_of(hear(of_two_days(), NeedNot(message_id=ID, closure=a)))
    asked_again = state_of(hear(waits, Tell(message_id=ID, closure=a)))
    busy = state_of(hear(asked_again, Declined(message_id=ID, turn=1, again=True, reason="BUSY")))
    assert only(hear(busy, NeedNot(message_id=ID, closure=b))).state is TEMP_FAILED


def test_12_9_a_day_that_another_case_has_told_is_not_told_again_when_the_message_of_the_other_day_fails(
    a: str, b: str
) -> None:
    waits = state_of(hear(of_two_days(), NeedNot(message_id=ID, closure=a)))
    goes_out = state_of(hear(waits, Tell(message_id=ID, closure=b)))
    failed = hear(goes_out, Declined(message_id=ID, turn=1, again=False, reason="BLOCKED"))
    word = next(send.body for send in failed.sends if send.id == a)
    assert isinstance(word, Untold)
    told_by, next_one = (Asked(request_id=f"w0a-case-{n}", message_id=f"w0a-case-{n}.1", closure=a) for n in (2, 3))
    closure = Closure(teller=told_by, waiting=(next_one,))
    assert untold(closure, word, world()) == Decision(closure)


def test_for_a_sooner_trip_it_gives_way_with_one_day_and_still_tells_of_the_other(a: str, b: str) -> None:
    state = of_two_days()
    for closure in (a, b):
        state = state_of(hear(state, Tell(message_id=ID, closure=closure)))
    busy = state_of(hear(state, Declined(message_id=ID, turn=1, again=True, reason="BUSY")))
    gives_way = hear(busy, GiveWay(message_id=ID, closure=a))
    assert [(send.id, type(send.body)) for send in gives_way.sends] == [(a, GaveWay)]
    retried = only(gives_way)
    assert (retried.state, retried.due) == (TEMP_FAILED, busy.messages[0].due)
    gives_way = hear(state_of(gives_way), GiveWay(message_id=ID, closure=b))
    assert [(send.id, type(send.body)) for send in gives_way.sends] == [(b, GaveWay)]
    assert only(gives_way).reason() == TOLD_WITH_ANOTHER


def test_a_message_that_an_earlier_version_stored_still_waits_for_its_closure() -> None:
    (message,) = of_two_days().messages
    stored = message.to_wire()
    turns = stored.pop("closures")
    read = Message.model_validate(stored | {"closure": turns[0]})
    assert read.closures == (message.closures[0],)
    assert Message.model_validate(stored | {"closure": None}).tells()
    assert Message.model_validate(message.to_wire()) == message
    waits = of_two_days().model_copy(update={"messages": (read,)})
    assert only(hear(waits, Tell(message_id=ID))).state is SENDING, "and so does the word of an earlier version"
