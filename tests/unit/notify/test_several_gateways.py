"""Several gateways for one kind of message: shares, a breaker each, and never two of them for one message (C2)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.notify.dispatch.fates import TOLD_EVERY, Fates, keep_weighing
from services.notify.dispatch.lanes import Lane, Lanes
from services.notify.dispatch.token_bucket import TokenBucket
from services.notify.domain.answers import Reported
from services.notify.domain.effects import Fate
from services.notify.domain.message import DELIVERED, SENT, TEMP_FAILED, UNKNOWN
from services.notify.domain.weights import Count, Tallied, Weights, picked, tallied
from services.runtime.message import Submitted
from services.runtime.telemetry import logger
from tests.support.fake_gateway import FakeGateway
from tests.support.virtual_time import run
from tests.unit.notify.cases import MORNING, world
from tests.unit.notify.in_memory import Notify

MANY = tuple(f"r-{n:03}" for n in range(100))


@pytest.fixture
async def two() -> AsyncIterator[Notify]:
    notify = Notify(FakeGateway(name="a"), FakeGateway(name="b"), rest=30, weights={"a": 50, "b": 50})
    async with notify.memory.serving():
        yield notify


def taken(notify: Notify) -> dict[str, list[str]]:
    return {gateway.name: sorted(accepted.ref for accepted in gateway.accepted) for gateway in notify.gateways}


async def test_each_gateway_gets_its_share_and_no_message_goes_twice(two: Notify) -> None:
    await two.hear(*MANY)
    refs = taken(two)
    assert sorted(refs["a"] + refs["b"]) == [f"{id}.1" for id in MANY]
    assert 35 <= len(refs["a"]) <= 65
    for id in MANY:
        provider = two.message(id).provider
        assert provider is not None
        assert f"{id}.1" in refs[provider]


async def test_with_one_breaker_open_its_messages_go_by_the_other(two: Notify) -> None:
    two.gateways[0].behaviour = "away"
    await two.hear(*MANY)
    await two.drain()
    assert taken(two) == {"a": [], "b": [f"{id}.1" for id in MANY]}
    assert {two.message(id).attempts for id in MANY} == {1}, "who was never reached has cost no retry"
    assert {two.message(id).provider for id in MANY} == {"b"}


async def test_a_message_that_one_may_have_is_tried_by_no_other(two: Notify) -> None:
    """However long it is unclear, and however well the other one is (domain 12.11)."""
    two.gateways[0].behaviour = "accept-then-drop"
    await two.hear(*MANY)
    lost = [id for id in MANY if two.message(id).state is UNKNOWN]
    assert lost
    two.gateways[0].behaviour = "away"
    for _ in range(6):
        await two.wait(seconds=60)
    await two.drain()
    assert {two.message(id).state for id in lost} == {UNKNOWN}
    two.gateways[0].behaviour = "accept"
    for _ in range(12):
        await two.wait(seconds=300)
    await two.drain()
    refs = taken(two)
    assert Counter(refs["a"] + refs["b"]) == Counter({f"{id}.1": 1 for id in MANY})
    assert {two.message(id).state for id in lost} == {SENT}


async def test_a_message_that_one_denies_may_go_by_the_other() -> None:
    notify = Notify(FakeGateway(name="a"), FakeGateway(name="b"), rest=3000, weights={"a": 100, "b": 0})
    async with notify.memory.serving():
        notify.gateways[0].behaviour = "hang"
        await notify.hear("r-1", "r-2", "r-3")
        assert {notify.message(id).state for id in ("r-1", "r-2", "r-3")} == {UNKNOWN}
        await notify.wait(seconds=31)
        assert notify.message("r-1").state is TEMP_FAILED
        await notify.wait(seconds=331)
        await notify.drain()
    assert taken(notify) == {"a": [], "b": ["r-1.1", "r-2.1", "r-3.1"]}


async def test_where_points_have_moved_their_messages_go_by_the_other_gateway(two: Notify) -> None:
    two.lanes.weights = {"a": 0, "b": 100}
    await two.hear(*MANY)
    await two.drain()
    assert taken(two) == {"a": [], "b": [f"{id}.1" for id in MANY]}


async def test_a_gateway_without_room_leaves_its_turns_to_another() -> None:
    slow, quick = FakeGateway(name="a"), FakeGateway(name="b")
    lanes = Lanes([Lane(slow, TokenBucket(0.1, 1)), Lane(quick, TokenBucket(1000, 100))], {"a": 99, "b": 1})
    ids = [f"r-{n}.1" for n in range(20)]
    among = [lane for lane in lanes if lane.room_for_queued(0.0)]
    assert {lane.name for lane in among} == {"a", "b"}
    a = lanes.of("a")
    assert a is not None
    a.in_hand.add(("r-9.1", 1))
    among = [lane for lane in lanes if lane.room_for_queued(0.0)]
    chosen = [lanes.for_message(id, 1, among) for id in ids]
    assert {lane.name for lane in chosen if lane} == {"b"}


async def test_a_half_open_breaker_lets_one_message_of_the_queue_try(two: Notify) -> None:
    for gateway in two.gateways:
        gateway.behaviour = "away"
    await two.hear(*MANY)
    calls = [gateway.calls for gateway in two.gateways]
    two.memory.clock.advance(seconds=31)
    await two.dispatcher.look()
    await two.rest()
    assert [gateway.calls - before for gateway, before in zip(two.gateways, calls, strict=True)] == [1, 1]


def test_a_message_that_names_no_gateway_was_made_while_there_was_one_and_a_gone_one_is_none() -> None:
    lanes = Lanes([Lane(FakeGateway(name=name), TokenBucket(1)) for name in ("a", "b")])
    assert lanes.of("gone") is None
    assert lanes.of(None) is lanes.of("a")


def test_two_gateways_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="told apart"):
        Lanes([Lane(FakeGateway(), TokenBucket(1)), Lane(FakeGateway(), TokenBucket(1))])


def test_what_is_counted_is_told_once() -> None:
    fates = Fates()
    for fate in (Fate("a", slow=True), Fate("a", slow=False), Fate("b", slow=False)):
        fates.note(fate)
    assert fates.taken() == {"a": Count(sends=2, slow=1), "b": Count(sends=1)}
    assert fates.taken() == {}


def test_what_two_processes_learn_moves_ten_points_once_and_both_follow() -> None:
    """GOV.UK Notify's rule holds of all sends together, however many processes make them."""
    weights = {"a": 50, "b": 50}
    stored: list[Weights] = []
    processes = [
        (Fates(), Lanes([Lane(FakeGateway(name=name), TokenBucket(1)) for name in weights], weights)) for _ in range(2)
    ]

    async def report(told: Tallied) -> Submitted:
        now = MORNING + timedelta(seconds=int(asyncio.get_running_loop().time()))
        state = tallied(stored[-1] if stored else None, told, world(now, weights=weights)).state
        assert state is not None
        stored.append(state)
        return Submitted("sms", state, len(stored), None, replayed=False, decided=len(stored))

    async def live() -> None:
        log = logger("notify", "ERROR")
        work = [asyncio.create_task(keep_weighing(fates, lanes, report, log)) for fates, lanes in processes]
        for fates, _ in processes:
            for number in range(20):
                fates.note(Fate("a", slow=number < 3))
        await asyncio.sleep(3 * TOLD_EVERY + 1)
        for task in work:
            task.cancel()
        await asyncio.wait(work)

    run(live())
    assert [lanes.weights for _, lanes in processes] == [{"a": 40, "b": 60}] * 2
    assert stored[-1].minutes[0].counts["a"] == Count(sends=40, slow=6)


async def test_receipts_are_counted_for_the_gateway_that_had_the_message(two: Notify) -> None:
    await two.hear(*MANY[:10])
    for id in MANY[:10]:
        message = two.message(id)
        await two.sender.report(
            id, Reported(message_id=message.id, provider_id="p", status=DELIVERED, provider=message.provider)
        )
    await two.rest()
    counts = two.sender.fates.taken()
    expected = Counter(picked(f"{id}.1", 1, {"a": 50, "b": 50}) for id in MANY[:10])
    assert {name: count.sends for name, count in counts.items()} == dict(expected)
