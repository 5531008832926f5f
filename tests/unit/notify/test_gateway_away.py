"""R14 in virtual time: a gateway is away while messages pile up, and comes back (reliability 3).

None is lost or goes twice, the queue drains at the set rate, the urgent first and of equals the oldest; what has become
too late is marked and not sent. Rules, sender and dispatcher are the real ones; the door is only what they need of it.
"""

import asyncio
import bisect
import heapq
import os
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.contracts.decision import TimerFired
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.wire import Wire
from services.notify.dispatch.circuit_breaker import CircuitBreaker
from services.notify.dispatch.dispatcher import Dispatcher
from services.notify.dispatch.lanes import AHEAD_SECONDS, Lane, Lanes
from services.notify.dispatch.token_bucket import TokenBucket
from services.notify.domain.correspondence import Correspondence, timers
from services.notify.domain.message import EXPIRED, SENT, Message
from services.notify.handlers import CORRESPONDENCE
from services.notify.providers import Acceptance, Outgoing
from services.notify.sender import Sender
from services.ops.chance import Chance
from services.runtime.lookups import Stored
from services.runtime.message import Performed
from services.runtime.telemetry import logger
from tests.support.fake_gateway import FakeGateway
from tests.support.virtual_time import run
from tests.unit.notify.cases import MORNING, REGISTERED, RULES, a_move, a_visit, world
from tests.unit.notify.in_memory import FakeDirectory, NobodyAsked

COUNT = 100_000 if os.environ.get("MIZBAN_CHAOS") == "full" else 10_000
AWAY_SECONDS = 3 * 3600
PER_SECOND, BURST = 100.0, 10
WITHIN = 0.05
BACK_AT = MORNING + timedelta(seconds=AWAY_SECONDS)


@dataclass
class SlowGateway(FakeGateway):
    """Takes 50 ms for a call, and remembers when it accepted which."""

    at: list[tuple[float, str]] = field(default_factory=list)

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        await asyncio.sleep(0.05)
        acceptance = await super().send(to, letter, ref)
        self.at.append((asyncio.get_running_loop().time(), ref))
        return acceptance


class Desk:
    """Correspondences in memory, with a queue and timers as the store has them."""

    def __init__(self) -> None:
        self.states: dict[str, Correspondence] = {}
        self.gateway = SlowGateway("away")
        lanes = Lanes([Lane(self.gateway, TokenBucket(PER_SECOND, BURST), CircuitBreaker(20, 30))])
        log = logger("notify", "ERROR")
        self.sender = Sender(self.submit, lanes, FakeDirectory(), NobodyAsked(), RULES.catalogue, log)
        self.sender.clock = lambda: asyncio.get_running_loop().time()
        self.dispatcher = Dispatcher(
            lanes, self.sender.backlog, self.foremost, self.submit, log, clock=self.sender.clock
        )
        self._queue: list[tuple[str, str]] = []
        self._timers: list[tuple[datetime, str, str]] = []
        self._work: set[asyncio.Task[None]] = set()

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=int(asyncio.get_running_loop().time()))

    async def submit(self, id: str, body: Wire) -> None:
        await asyncio.sleep(0.005)  # the door gathers, and writes
        state = self.states.get(id)
        decision = CORRESPONDENCE.decide[type(body)](state, body, world(self.now()))
        after = decision.state
        assert after is not None
        if state is None or after.queue != state.queue:
            if state is not None and state.queue is not None:
                del self._queue[bisect.bisect_left(self._queue, (state.queue, id))]
            if after.queue is not None:
                bisect.insort(self._queue, (after.queue, id))
        for name, due in timers(after).items():
            heapq.heappush(self._timers, (due, id, name))
        self.states[id] = after
        if decision.effects:
            effects = [Performed(CORRESPONDENCE.name, id, effect) for effect in decision.effects]
            task = asyncio.create_task(self.sender.perform(effects))
            self._work.add(task)
            task.add_done_callback(self._work.discard)

    async def foremost(self, limit: int, without: Collection[str]) -> Sequence[Stored[Correspondence]]:
        await asyncio.sleep(0.005)
        return [Stored(id, 1, self.states[id], 0) for _, id in self._queue[:limit] if id not in without]

    async def fire(self) -> None:
        while True:
            await asyncio.sleep(1)
            due = []
            while self._timers and self._timers[0][0] <= self.now():
                moment, id, name = heapq.heappop(self._timers)
                if timers(self.states[id]).get(name) == moment:
                    due.append(self.submit(id, TimerFired(name=name, due=moment)))
            await asyncio.gather(*due)

    def message(self, id: str) -> Message:
        (message,) = self.states[id].messages
        return message


@dataclass(frozen=True)
class Day:
    """What happened: the events by request, what was accepted when, and what became of each message."""

    events: dict[str, RequestMoved]
    accepted: list[tuple[float, str]]
    messages: dict[str, Message]


def events(count: int) -> dict[str, RequestMoved]:
    """Of ten one is legal, one is about a visit of this afternoon, one about a visit that is over before the end."""
    chance = Chance("1405-09-02 away")
    found: dict[str, RequestMoved] = {}
    for number in range(count):
        draw = chance.random()
        if draw < 0.1:
            event = a_move("request.incomplete", state=RequestState.INCOMPLETE)
        elif draw < 0.3:
            at = BACK_AT + timedelta(hours=4) if draw < 0.2 else BACK_AT - timedelta(minutes=1)
            visit = a_visit(promised_at=at)
            event = a_move("commitment.added", about_visits=("commitment.added",), commitments=(visit,))
        else:
            event = REGISTERED
        found[f"r-{number:06}"] = event.model_copy(update={"request_id": f"r-{number:06}"})
    return found


async def a_day(told: dict[str, RequestMoved]) -> Day:
    desk = Desk()
    running = [asyncio.create_task(work()) for work in (desk.dispatcher.run, desk.fire)]
    for id, event in told.items():
        await desk.submit(id, event)
        await asyncio.sleep((AWAY_SECONDS - 60) / len(told) - 0.005)
    await asyncio.sleep(AWAY_SECONDS - asyncio.get_running_loop().time())
    desk.gateway.behaviour = "accept"
    await asyncio.sleep(len(told) / PER_SECOND + 60)
    for task in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return Day(told, desk.gateway.at, {id: desk.message(id) for id in told})


def test_a_gateway_that_comes_back_gets_every_message_once_in_order_and_at_the_set_rate() -> None:
    told = events(COUNT)
    day = run(a_day(told))
    refs = Counter(ref for _, ref in day.accepted)
    assert set(refs.values()) == {1}

    late = {id for id, event in told.items() if _is_over(event)}
    states = {id: message.state for id, message in day.messages.items()}
    assert COUNT * 0.08 < len(late) < COUNT * 0.12
    assert {id for id, state in states.items() if state is EXPIRED} == late
    assert {id for id, state in states.items() if state is SENT} == told.keys() - late
    assert refs.keys() == {day.messages[id].id for id in told.keys() - late}
    assert {message.attempts for id, message in day.messages.items() if id not in late} == {1}

    tenth = len(day.accepted) // 10
    (began, _), (ended, _) = day.accepted[tenth], day.accepted[-tenth]
    rate = (len(day.accepted) - 2 * tenth) / (ended - began)
    assert abs(rate - PER_SECOND) <= WITHIN * PER_SECOND, f"{rate:.1f} a second"

    ahead = int(PER_SECOND * AHEAD_SECONDS) + BURST
    ideal = sorted(told.keys() - late, key=lambda id: (_is_ordinary(told[id]), day.messages[id].created_at))
    places = {f"{id}.1": place for place, id in enumerate(ideal)}
    astray = [ref for place, (_, ref) in enumerate(day.accepted) if abs(places[ref] - place) > ahead]
    assert astray == [], "by more places than are in hand at a time"


def _is_ordinary(event: RequestMoved) -> bool:
    """Neither legal nor about this very day."""
    return event.moves == REGISTERED.moves


def _is_over(event: RequestMoved) -> bool:
    return any(promise.visit is not None and promise.promised_at < BACK_AT for promise in event.commitments)
