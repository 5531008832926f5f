"""Gives the messages of the queue their turns: as many as the gateways can take, in the queue's order (domain 8)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.contracts.decision import Refused
from services.notify.dispatch.backlog import Backlog
from services.notify.dispatch.lanes import Lane, Lanes
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.sending import TurnGiven
from services.runtime.driver import StoreAway
from services.runtime.lookups import Stored
from services.runtime.message import Broken, Held, Unavailable

PAGE: Final = 500
LOOK_SECONDS: Final = 5.0
"""Between looks while this process knows of none that wait: another may have left some."""
ROOM_SECONDS: Final = 0.02
"""Between looks for room, while all of it is taken."""
SHUT_SECONDS: Final = 0.5
"""Between them while no gateway may be called."""
AGAIN_SECONDS: Final = 2.0
"""After the store was away, or too much waited to be decided."""
PASSED_OVER_SECONDS: Final = 60.0
"""For so long one is left alone that waits for an operator; it must not stand before all others."""

Foremost = Callable[[int, Collection[str]], Awaitable[Sequence[Stored[Correspondence]]]]
Give = Callable[[str, TurnGiven], Awaitable[object]]


@dataclass
class Dispatcher:
    """`foremost` reads the queue (so many, without these), `give` submits a turn to the door of a request."""

    lanes: Lanes
    backlog: Backlog
    foremost: Foremost
    give: Give
    log: Any
    clock: Callable[[], float] = time.monotonic
    _passed_over: dict[str, float] = field(default_factory=dict)

    async def run(self) -> None:
        """For the life of the service."""
        while True:
            try:
                await self.look()
            except (StoreAway, Unavailable) as error:
                self.log.warning("the queue waits", error=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)

    async def look(self) -> None:
        """Gives as many turns as there is room; without any it waits a moment. Raises StoreAway, Unavailable."""
        now = self.clock()
        rooms = {lane.name: room for lane in self.lanes if (room := lane.room_for_queued(now))}
        if not rooms:
            await asyncio.sleep(ROOM_SECONDS if self.lanes.open(now) else SHUT_SECONDS)
            return
        self._passed_over = {id: until for id, until in self._passed_over.items() if until > now}
        before = self.backlog.before_a_look()
        page = await self.foremost(min(PAGE, sum(rooms.values())), self._passed_over)
        if not page:
            self.backlog.found_empty(before)
            await self.backlog.news(LOOK_SECONDS)
            return
        self.backlog.others_wait = True
        turns = []
        for stored in page:
            message = next(m for m in stored.state.messages if m.place == stored.state.queue)
            lane = self._lane_for(message.id, message.turn + 1, rooms)
            turns.append(self._give(stored.id, TurnGiven(message_id=message.id, provider=lane.name)))
        for error in await asyncio.gather(*turns, return_exceptions=True):
            if error is not None:
                raise error

    def _lane_for(self, message_id: str, turn: int, rooms: dict[str, int]) -> Lane:
        lane = self.lanes.for_message(message_id, turn, [lane for lane in self.lanes if rooms.get(lane.name)])
        assert lane is not None, "no more were read than there is room for"
        rooms[lane.name] -= 1
        return lane

    async def _give(self, request_id: str, turn: TurnGiven) -> None:
        try:
            await self.give(request_id, turn)
        except (Held, Broken, Refused) as error:
            self._passed_over[request_id] = self.clock() + PASSED_OVER_SECONDS
            self.log.warning("passed over in the queue", error=type(error).__name__)
