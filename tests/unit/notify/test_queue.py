"""What cannot be handed over at once waits in a queue: the urgent first, then the oldest, none lost (domain 8)."""

from datetime import datetime, timedelta

import pytest

from services.contracts.decision import Decision
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.wire import instant_text
from services.notify.domain.answers import NotCalled, not_called
from services.notify.domain.correspondence import Correspondence, timers
from services.notify.domain.effects import HandOver
from services.notify.domain.message import EXPIRED, SENDING, SENT, SUPPRESSED, TEMP_FAILED
from services.notify.domain.notices import Notice, Purpose
from services.notify.domain.queue import PRIORITY, Priority
from services.notify.domain.sending import TurnGiven, turn_given
from services.notify.domain.telling import request_moved
from services.notify.handlers import CORRESPONDENCE
from services.runtime.message import Held
from tests.support.fake_gateway import FakeGateway
from tests.unit.notify.cases import (
    MORNING,
    PROMISED,
    REGISTERED,
    REQUEST,
    RULES,
    a_move,
    a_visit,
    at,
    only,
    state_of,
    told,
    when_due,
    world,
)
from tests.unit.notify.in_memory import Notify

ID = f"{REQUEST}.1"
BUSY = NotCalled(message_id=ID, turn=1, reason="BUSY", queue=True)
VISIT = a_move("commitment.added", about_visits=("commitment.added",), commitments=(a_visit(),))


def queued(decision: Decision[Correspondence]) -> Decision[Correspondence]:
    return not_called(state_of(decision), BUSY, world(only(decision).history[-1].at))


def _place(event: RequestMoved, now: datetime) -> str:
    place = state_of(queued(told(event, now))).queue
    assert place is not None
    return place


def test_who_waits_for_a_gateway_stands_in_the_queue_and_loses_no_retry() -> None:
    waiting = queued(told())
    assert (only(waiting).state, only(waiting).reason(), only(waiting).attempts) == (TEMP_FAILED, "BUSY", 0)
    assert state_of(waiting).queue == only(waiting).place == f"1 {instant_text(MORNING)}"
    assert waiting.events == ()


def test_every_purpose_has_its_priority() -> None:
    assert set(PRIORITY) == set(Purpose)
    assert PRIORITY[Purpose.LEGAL] is Priority.FIRST < PRIORITY[Purpose.SERVICE] < PRIORITY[Purpose.SURVEY]


def test_legal_messages_and_those_that_name_this_day_come_before_older_ones() -> None:
    long_after = MORNING + timedelta(hours=3)
    legal = a_move("request.incomplete", state=RequestState.INCOMPLETE)
    today = a_visit(promised_at=at("1405/09/02 14:00"))
    of_today = VISIT.model_copy(update={"commitments": (today,)})
    for event in (legal, of_today):
        assert _place(event, long_after) < _place(REGISTERED, MORNING)
    assert _place(VISIT, long_after) > _place(REGISTERED, MORNING)


def test_a_turn_takes_in_hand_by_the_gateway_that_is_given() -> None:
    turn = turn_given(state_of(queued(told())), TurnGiven(message_id=ID, provider="b"), world())
    (call,) = turn.effects
    assert isinstance(call, HandOver)
    assert (call.provider, call.queued, call.turn) == ("b", True, 2)
    assert (only(turn).state, only(turn).provider, only(turn).place) == (SENDING, "b", None)
    assert state_of(turn).queue is None


def test_a_turn_given_twice_is_taken_once() -> None:
    """Two processes read the same queue."""
    turn = TurnGiven(message_id=ID)
    taken = turn_given(state_of(queued(told())), turn, world())
    again = turn_given(state_of(taken), turn, world())
    assert (again.state, again.effects) == (taken.state, ())
    assert turn_given(None, turn, world()).state is None


def test_of_two_that_wait_in_one_correspondence_the_foremost_gives_its_place() -> None:
    first = state_of(queued(told()))
    second = first.messages[0].model_copy(update={"id": f"{REQUEST}.2", "place": "0 2026"})
    both = first.model_copy(update={"messages": (*first.messages, second), "queue": "0 2026"})
    after = turn_given(both, TurnGiven(message_id=second.id), world())
    assert state_of(after).queue == first.queue


def test_a_message_that_loses_its_point_leaves_the_queue() -> None:
    withdrawn = a_move("request.withdrawn", state=RequestState.WITHDRAWN)
    after = request_moved(state_of(queued(told())), withdrawn, world())
    assert state_of(after).messages[0].state is SUPPRESSED
    assert state_of(after).queue is None


def test_a_message_of_the_queue_expires_by_itself_when_no_turn_comes() -> None:
    """With the gateway away for days nobody gives turns; what is too late must not look as if it were still to come."""
    waiting = queued(told())
    decision = waiting
    while only(decision).state is TEMP_FAILED or only(decision).state is SENDING:
        if only(decision).state is SENDING:
            again = BUSY.model_copy(update={"turn": only(decision).turn})
            decision = not_called(state_of(decision), again, world(only(decision).history[-1].at))
        assert timers(state_of(decision))
        decision = when_due(state_of(decision), only(decision))
    assert (only(decision).state, only(decision).reason()) == (EXPIRED, "TOO_LATE")
    assert only(decision).history[-1].at == MORNING + timedelta(hours=72)
    assert state_of(decision).queue is None


def test_a_survey_of_the_queue_expires_when_it_may_be_closed() -> None:
    """Twenty hours after its case, where what was promised waits for three days."""
    state = state_of(told(a_move("request.closed", state=RequestState.CLOSED)))
    asked = when_due(state, next(message for message in state.messages if message.notice is Notice.SURVEY))
    (survey,) = (message for message in state_of(asked).messages if message.notice is Notice.SURVEY)
    busy = BUSY.model_copy(update={"message_id": survey.id})
    waiting = state_of(not_called(state_of(asked), busy, world(survey.history[-1].at))).message(survey.id)
    assert waiting.due == waiting.created_at + RULES.survey_within


def test_a_visit_that_is_over_is_not_told_of_any_more() -> None:
    visit = at("1405/09/02 11:00")
    waiting = queued(told(VISIT.model_copy(update={"commitments": (a_visit(promised_at=visit),)})))
    late = turn_given(state_of(waiting), TurnGiven(message_id=ID), world(visit))
    assert (only(late).state, only(late).reason(), late.effects) == (EXPIRED, "TOO_LATE", ())


def test_a_message_that_names_a_later_day_is_looked_at_when_that_day_comes() -> None:
    """Then it goes before those that name none: it takes a new place."""
    event = VISIT.model_copy(update={"commitments": (a_visit(promised_at=at("1405/09/04 14:00")),)})
    waiting = queued(told(event, at("1405/09/02 09:30")))
    assert only(waiting).due == at("1405/09/04 07:00")
    again = when_due(state_of(waiting), only(waiting))
    answer = BUSY.model_copy(update={"turn": 2})
    placed = not_called(state_of(again), answer, world(at("1405/09/04 07:00")))
    assert only(placed).place == f"0 {instant_text(only(waiting).created_at)}"


def test_at_night_a_turn_puts_an_ordinary_message_off_until_the_morning() -> None:
    """Quiet hours are looked at again at the moment of sending; they cost no retry (domain 12.10)."""
    night = at("1405/09/02 22:00")
    after = turn_given(state_of(queued(told())), TurnGiven(message_id=ID), world(night))
    assert (after.effects, only(after).place, state_of(after).queue) == ((), None, None)
    due = only(after).due
    assert due is not None
    assert at("1405/09/03 07:00") <= due < at("1405/09/03 07:05")


async def test_more_than_may_wait_in_memory_waits_in_the_queue_and_goes_out_in_its_order() -> None:
    notify = Notify(per_second=2, burst=1)
    async with notify.memory.serving():
        for number in range(12):
            await notify.hear(f"r-{number:02}")
            notify.memory.clock.advance(seconds=1)
        sent = [accepted.ref for accepted in notify.gateway.accepted]
        await notify.drain()
    refs = [accepted.ref for accepted in notify.gateway.accepted]
    assert sorted(refs) == [f"r-{number:02}.1" for number in range(12)]
    assert refs[len(sent) :] == sorted(refs[len(sent) :])


async def test_nobody_overtakes_those_who_wait() -> None:
    notify = Notify(rest=30)
    notify.gateway.behaviour = "away"
    async with notify.memory.serving():
        await notify.hear("r-0", "r-1", "r-2")
        notify.memory.clock.advance(seconds=1)
        await notify.hear("r-3")
        notify.gateway.behaviour = "accept"
        notify.memory.clock.advance(seconds=40)
        await notify.hear("fresh")
        assert notify.gateway.accepted == []
        await notify.drain()
    assert [accepted.ref for accepted in notify.gateway.accepted] == [
        f"{id}.1" for id in ("r-0", "r-1", "r-2", "r-3", "fresh")
    ]


async def test_when_the_queue_is_empty_messages_go_straight_away_again(notify: Notify) -> None:
    notify.sender.backlog.joins()
    notify.sender.backlog.joined()
    await notify.hear()
    assert notify.message().place is not None
    await notify.drain()
    await notify.dispatcher.look()
    assert notify.message().state is SENT
    await notify.hear("next")
    assert (notify.message("next").state, notify.message("next").turn) == (SENT, 1)


async def test_one_that_waits_for_an_operator_does_not_stand_before_all_others(notify: Notify) -> None:
    notify.sender.backlog.joins()
    notify.sender.backlog.joined()
    await notify.hear("r-0", "r-1")
    give = notify.dispatcher.give

    async def held(id: str, turn: TurnGiven) -> object:
        if id == "r-0":
            raise Held("parked")
        return await give(id, turn)

    notify.dispatcher.give = held
    await notify.dispatcher.look()
    await notify.dispatcher.look()
    await notify.rest()
    assert (notify.message("r-0").state, notify.message("r-1").state) == (TEMP_FAILED, SENT)
    notify.dispatcher.give = give
    notify.memory.clock.advance(minutes=2)
    await notify.drain()
    assert notify.message("r-0").state is SENT


@pytest.mark.parametrize("behaviour", ["away", "accept"])
async def test_a_turn_for_which_the_breaker_has_shut_meanwhile_goes_back_to_its_place(behaviour: str) -> None:
    notify = Notify(FakeGateway(behaviour), rest=30)
    async with notify.memory.serving():
        notify.sender.backlog.joins()
        notify.sender.backlog.joined()
        await notify.hear()
        place = notify.message().place
        for _ in range(3):
            notify.lanes.open(0)[0].breaker.failed(notify.seconds())
        await notify.memory.door.submit(CORRESPONDENCE, REQUEST, TurnGiven(message_id=ID, provider="sim"))
        await notify.rest()
    assert (notify.message().place, notify.message().reason(), notify.gateway.calls) == (place, "CIRCUIT_OPEN", 0)


def test_the_promise_of_a_case_is_a_day_that_is_looked_at() -> None:
    """What the queue is woken for is reckoned from the words themselves."""
    waiting = queued(told(REGISTERED, PROMISED - timedelta(hours=25)))
    assert only(waiting).due == at("1405/09/23 07:00")
