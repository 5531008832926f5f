"""From an event to the provider and back, through the real door: one acceptance per message, whatever goes wrong."""

import asyncio
from datetime import timedelta

import pytest

from services.contracts.intake import RequestState
from services.contracts.notify import MessageState
from services.notify.dispatch.circuit_breaker import CircuitBreaker
from services.notify.domain.message import PERM_FAILED, SENDING, SENT, TEMP_FAILED, UNKNOWN
from services.notify.domain.rules import Rules
from services.notify.handlers import CORRESPONDENCE
from services.notify.providers import Outgoing, Unknown
from services.notify.sender import HOLD_AT_MOST
from tests.unit.notify.cases import REGISTERED, REQUEST, a_move
from tests.unit.notify.in_memory import MOBILE, NAME, Notify


async def test_an_event_becomes_a_message_at_the_provider(notify: Notify) -> None:
    await notify.hear()
    (accepted,) = notify.gateway.accepted
    assert (accepted.ref, accepted.to) == (f"{REQUEST}.1", MOBILE)
    assert accepted.text.startswith("کد رهگیری ۱۲۳۴")
    message = notify.message()
    assert (message.state, message.attempts, message.parts, message.provider_id) == (SENT, 1, 2, accepted.id)
    assert notify.verbs() == ["created", "sent"]


async def test_the_call_is_made_after_sending_is_written(notify: Notify, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[MessageState] = []
    send = notify.gateway.send

    async def watched(to: str, letter: Outgoing, ref: str) -> object:
        seen.append(notify.message().state)
        return await send(to, letter, ref)

    monkeypatch.setattr(notify.gateway, "send", watched)
    await notify.hear()
    assert seen == [SENDING]


async def test_the_contacts_of_a_batch_are_asked_for_at_once(notify: Notify) -> None:
    requests = tuple(f"r-{n}" for n in range(40))
    await notify.hear(*requests)
    assert [sorted(look_up) for look_up in notify.directory.look_ups] == [sorted(requests)]
    assert len(notify.gateway.accepted) == 40


async def test_neither_name_nor_number_is_stored_or_published(notify: Notify) -> None:
    """I12."""
    await notify.hear()
    everything = repr(notify.memory.store.collections) + repr(notify.memory.publisher.sent)
    assert MOBILE[3:] not in everything
    assert NAME not in everything


async def test_with_contacts_away_nothing_is_called_and_no_retry_is_lost(notify: Notify) -> None:
    notify.directory.away = True
    await notify.hear()
    assert (notify.message().state, notify.message().reason()) == (TEMP_FAILED, "CONTACTS_AWAY")
    assert (notify.message().attempts, notify.gateway.calls) == (0, 0)
    notify.directory.away = False
    await notify.wait(seconds=60)
    assert notify.message().state is SENT


async def test_a_request_that_intake_does_not_know_yet_waits(notify: Notify) -> None:
    notify.directory.unknown = True
    await notify.hear()
    assert (notify.message().state, notify.message().reason()) == (TEMP_FAILED, "CONTACT_UNKNOWN")
    assert notify.gateway.calls == 0


async def test_a_person_whose_number_is_gone_becomes_desk_work(notify: Notify) -> None:
    notify.directory.mobile = None
    await notify.hear()
    assert (notify.message().state, notify.message().reason(), notify.gateway.calls) == (PERM_FAILED, "NO_MOBILE", 0)
    assert notify.verbs() == ["created", "failed"]


async def test_a_message_accepted_behind_a_broken_connection_is_found_and_not_sent_again(notify: Notify) -> None:
    """Reliability C2."""
    notify.gateway.behaviour = "accept-then-drop"
    await notify.hear()
    assert notify.message().state is UNKNOWN
    notify.gateway.behaviour = "accept"
    await notify.wait(seconds=31)
    assert notify.message().state is SENT
    for _ in range(20):
        await notify.wait(minutes=20)
    assert len(notify.gateway.accepted) == 1
    assert notify.verbs() == ["created", "unknown", "sent"]


async def test_a_call_that_hung_is_asked_about_denied_and_then_sent_once(notify: Notify) -> None:
    notify.gateway.behaviour = "hang"
    await notify.hear()
    await notify.wait(seconds=10)
    assert (notify.message().state, notify.gateway.questions) == (UNKNOWN, 0)  # it may still be working on it
    notify.gateway.behaviour = "accept"
    await notify.wait(seconds=21)
    assert (notify.message().state, notify.message().reason()) == (TEMP_FAILED, "DENIED_BY_PROVIDER")
    await notify.wait(seconds=331)
    assert (notify.message().state, len(notify.gateway.accepted)) == (SENT, 1)


async def test_a_process_killed_before_its_call_loses_no_message(notify: Notify) -> None:
    """The effect dies with the process; the SENDING in the store does not."""
    perform, notify.memory._perform = notify.memory._perform, None
    await notify.hear()
    assert (notify.message().state, notify.gateway.calls) == (SENDING, 0)
    notify.memory._perform = perform
    await notify.wait(seconds=61)
    assert notify.message().state is UNKNOWN
    await notify.wait(seconds=31)
    await notify.wait(seconds=331)
    assert (notify.message().state, len(notify.gateway.accepted)) == (SENT, 1)


async def test_a_process_killed_after_its_call_does_not_send_twice(notify: Notify) -> None:
    """The provider has it, our answer is lost."""
    report = notify.sender.report

    async def lost(id: str, answer: object) -> None:
        """The process is gone."""

    notify.sender.report = lost
    await notify.hear()
    assert (notify.message().state, len(notify.gateway.accepted)) == (SENDING, 1)
    notify.sender.report = report
    await notify.wait(seconds=61)
    await notify.wait(seconds=31)
    assert (notify.message().state, len(notify.gateway.accepted)) == (SENT, 1)


async def test_a_message_whose_call_is_still_open_is_not_asked_about(
    notify: Notify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway would deny what it is about to accept, and the message would go out twice."""
    called, gate = asyncio.Event(), asyncio.Event()
    send = notify.gateway.send

    async def slow(to: str, letter: Outgoing, ref: str) -> object:
        called.set()
        await gate.wait()
        return await send(to, letter, ref)

    monkeypatch.setattr(notify.gateway, "send", slow)
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, REGISTERED)
    await called.wait()
    for seconds in (61, 31, 61):
        await notify.memory.tick(seconds=seconds)
    assert (notify.message().state, notify.gateway.questions) == (UNKNOWN, 0)
    gate.set()
    await notify.rest()
    assert (notify.message().state, len(notify.gateway.accepted)) == (SENT, 1)


async def test_a_gateway_that_asks_for_a_pause_has_answered_and_is_not_taken_for_dead(notify: Notify) -> None:
    notify.gateway.behaviour = "throttle"
    requests = [f"r-{n}" for n in range(6)]
    await notify.hear(*requests)
    (lane,) = notify.lanes
    assert (notify.gateway.calls, lane.breaker.is_open) == (1, False), "the others are not even tried"
    assert [notify.message(request).attempts for request in requests] == [0] * 6
    assert all(notify.message(request).place for request in requests), "each keeps its place in the queue"
    notify.gateway.behaviour = "accept"
    await notify.memory.tick(seconds=0)
    assert notify.gateway.calls == 1, "not before the pause is over"
    await notify.wait(seconds=2)
    await notify.drain()
    assert {notify.message(request).state for request in requests} == {SENT}


async def test_a_gateway_that_cannot_be_asked_is_not_and_gets_no_message_twice(notify: Notify) -> None:
    """Domain 12.11: an outcome that stays unknown is the desk's to tell, for which the event is the word."""
    notify.gateway.can_ask, notify.gateway.behaviour = False, "accept-then-drop"
    await notify.hear()
    notify.gateway.behaviour = "accept"
    for _ in range(30):
        await notify.wait(hours=3)
    message = notify.message()
    assert (message.state, message.due, message.attempts) == (UNKNOWN, None, 1)
    assert (len(notify.gateway.accepted), notify.gateway.calls, notify.gateway.questions) == (1, 1, 0)
    assert notify.verbs() == ["created", "unknown"]


@pytest.mark.parametrize(("remembers", "calls"), [(1, 1), (100, 2)])
async def test_the_no_of_a_gateway_that_may_have_forgotten_is_no_denial(
    notify: Notify, monkeypatch: pytest.MonkeyPatch, remembers: int, calls: int
) -> None:
    """Domain 12.11: it may have been accepted, and a second call would be a second text."""
    away = True

    async def ask(_: str) -> None:
        if away:
            raise Unknown("TIMEOUT")

    monkeypatch.setattr(notify.gateway, "remembers", timedelta(hours=remembers), raising=False)
    monkeypatch.setattr(notify.gateway, "ask", ask)
    notify.gateway.behaviour = "accept-then-drop"
    await notify.hear()
    notify.gateway.behaviour = "accept"
    for _ in range(8):
        await notify.wait(hours=3)
    assert (notify.message().state, notify.gateway.calls) == (UNKNOWN, 1)
    away = False
    for _ in range(8):
        await notify.wait(hours=3)
    assert notify.gateway.calls == calls
    assert (notify.message().state is UNKNOWN) is (calls == 1)


async def test_a_gateway_that_is_down_is_left_alone_and_costs_no_retries(notify: Notify) -> None:
    notify.gateway.behaviour = "away"
    await notify.hear(*(f"r-{n}" for n in range(3)))
    calls = notify.gateway.calls
    await notify.hear("late")
    assert (calls, notify.gateway.calls) == (3, 3)
    assert (notify.message("late").reason(), notify.message("late").attempts) == ("CIRCUIT_OPEN", 0)
    assert notify.message("r-0").attempts == 0
    assert {notify.message(request).state for request in ("r-0", "r-1", "r-2", "late")} == {TEMP_FAILED}
    await notify.drain()
    assert notify.gateway.calls == 3, "nobody is given a turn while the breaker is open"


def test_a_breaker_lets_one_call_try_after_its_rest_and_its_fate_decides() -> None:
    breaker = CircuitBreaker(failures=2, rest=30)
    breaker.failed(0)
    assert breaker.lets_through(1)
    breaker.failed(1)
    assert not breaker.lets_through(30)
    assert breaker.lets_through(31)
    assert not breaker.lets_through(32)  # the one is under way
    breaker.succeeded()
    assert breaker.lets_through(33)


async def test_a_notice_of_the_night_is_sent_in_the_morning(notify: Notify) -> None:
    notify.memory.clock.advance(hours=14)  # 23:30
    await notify.hear()
    assert notify.gateway.calls == 0
    await notify.wait(hours=8)
    assert len(notify.gateway.accepted) == 1


async def test_a_case_closed_during_the_night_is_not_reminded_of_in_the_morning(notify: Notify) -> None:
    notify.memory.clock.advance(hours=14)
    await notify.hear()
    closed = a_move("request.closed", state=RequestState.CLOSED)
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, closed)
    await notify.rest()
    await notify.wait(hours=8)
    assert [accepted.ref for accepted in notify.gateway.accepted] == [f"{REQUEST}.2"], "the survey, and nothing else"
    assert notify.verbs()[:3] == ["created", "suppressed", "created"]


async def test_a_held_message_gives_its_place_up_before_its_timer_takes_it_for_lost() -> None:
    """Else it could be asked about, denied, and called twice."""
    assert timedelta(seconds=HOLD_AT_MOST) < Rules().answer_within
