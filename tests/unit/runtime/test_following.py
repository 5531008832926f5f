"""Topics that change while a service runs: read by a consumer that is replaced by one of the others (ADR 0046)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from services.runtime.consumer import Consumer
from services.runtime.following import Following
from services.runtime.telemetry import logger


@dataclass
class Member:
    """A consumer, as far as it is followed."""

    topics: Sequence[str]
    away: bool = False
    still_for: float = 0.0
    joining: asyncio.Event | None = None
    told: list[str] = field(default_factory=list)

    async def start(self) -> None:
        self.told.append("start")
        if self.joining is not None:
            await self.joining.wait()
        if self.away:
            raise ConnectionError

    async def stop(self) -> None:
        self.told.append("stop")


class Group:
    def __init__(self) -> None:
        self.wanted, self.away = frozenset[str](), False
        self.joining: asyncio.Event | None = None
        self.members: list[Member] = []
        log = logger("test", "ERROR")
        self.following = Following(lambda: self.wanted, self._make, log, stands_still_after=180)

    def _make(self, topics: Sequence[str]) -> Consumer:
        self.members.append(Member(topics, self.away, joining=self.joining))
        return cast(Consumer, self.members[-1])

    async def looks(self, *wanted: str) -> list[tuple[Sequence[str], list[str]]]:
        self.wanted = frozenset(wanted)
        await self.following.look()
        return [(member.topics, member.told) for member in self.members]


async def test_while_nothing_is_wanted_there_is_no_consumer() -> None:
    assert await Group().looks() == []


async def test_other_topics_have_another_consumer_and_the_same_keep_theirs() -> None:
    group = Group()
    assert await group.looks("b", "a") == [(["a", "b"], ["start"])]
    assert await group.looks("a", "b") == [(["a", "b"], ["start"])]
    assert await group.looks("b") == [(["a", "b"], ["start", "stop"]), (["b"], ["start"])]
    assert (await group.looks())[1:] == [(["b"], ["start", "stop"])]


async def test_with_kafka_away_it_is_tried_again() -> None:
    group = Group()
    group.away = True
    assert await group.looks("a") == [(["a"], ["start", "stop"])]
    group.away = False
    assert (await group.looks("a"))[1:] == [(["a"], ["start"])]


async def test_one_that_stands_still_is_replaced() -> None:
    group = Group()
    await group.looks("a")
    group.members[0].still_for = 181
    assert await group.looks("a") == [(["a"], ["start", "stop"]), (["a"], ["start"])]


async def test_it_ends_with_the_service() -> None:
    group = Group()
    await group.looks("a")
    await group.following.stop()
    await group.following.stop()
    assert group.members[0].told == ["start", "stop"]
    assert len(await group.looks("a")) == 1, "while the service ends nothing new comes in"


async def test_one_that_was_just_being_started_ends_with_the_service_too() -> None:
    group = Group()
    group.joining = asyncio.Event()
    looking = asyncio.create_task(group.looks("a"))
    await asyncio.sleep(0)
    await group.following.stop()
    group.joining.set()
    await looking
    assert group.members[0].told == ["start", "stop"]
