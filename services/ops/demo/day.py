"""The main job: kiosks and desks open, units answer, citizens are told, and at the end everything is accounted for."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx

from services.contracts.topics import GROUPS
from services.ops.demo import board, programme, topics_read
from services.ops.demo.board import Progress
from services.ops.demo.desks import Desks
from services.ops.demo.kiosks import Partner, start_partners
from services.ops.demo.officers import Officers
from services.ops.demo.reconciliation import ENDED, Evidence, Reconciliation, reconcile
from services.ops.demo.scene import PATIENCE, Company, Scene
from services.ops.demo.stage import Json, Stage
from services.ops.demo.topics_read import Cases, is_settled
from services.ops.demo.visits import reported
from services.runtime import broker_admin
from services.runtime.client import client
from services.runtime.consumer import Consumer

AT_DESKS = 0.4
"""The share of citizens who come to a desk; the others go to a kiosk."""
QUIET_SECONDS = 20.0
"""Without any move for so long, the day ends as it is, and the reconciliation says what is missing."""
STILL_SECONDS = 0.6
"""All must be done and stay so: a late repeat would show."""
READ_SECONDS = 60.0
"""At most, for the lag to be 0 in the last look: the registry, whose report on visits is asked for, reads last."""
READ_AT_ONCE = 16
SMS_PAGE = 1000


@dataclass(frozen=True)
class Outcome:
    """What the day came to."""

    evidence: Evidence
    reconciliation: Reconciliation
    surprises: tuple[str, ...]
    told_at_desk: frozenset[str]
    seconds: float
    visits: Json
    scenes: tuple[Scene, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.reconciliation.balanced and not self.surprises


@dataclass
class Day:
    """Everybody at work during one run."""

    stage: Stage
    partners: Sequence[Partner]
    desks: Desks
    officers: Officers
    cases: Cases
    filing: "asyncio.Task[None]"
    lag: dict[str, int] = field(default_factory=dict)
    all_read: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while no group has a lag."""

    def progress(self) -> Progress:
        answers = [o for p in self.partners for o in p.ledger.outcomes if o["status"] != "PROGRESS"]
        return Progress(
            sent_by_kiosks=sum(len(partner.ledger.acknowledged) for partner in self.partners),
            filed_at_desks=len(self.desks.filed),
            answered=len(answers),
            rejected=sum(answer["status"] == "REJECTED" for answer in answers),
            cases=Counter(event["state"] for event in self.cases.last().values()),
            results=self.officers.answered,
            messages=Counter(status["state"] for status in self.cases.our_messages().values()),
            lag=self.lag,
        )

    def is_over(self) -> bool:
        """Everybody was served, every case has ended or is left as meant, every message has come to its end."""
        return (
            self.filing.done()
            and all(partner.is_served() for partner in self.partners)
            and self._due() <= self.cases.ours().keys()
            and all(e["state"] in ENDED or id in self.desks.left_open for id, e in self.cases.last().items())
            and all(map(is_settled, self.cases.our_messages().values()))
        )

    def _due(self) -> set[str]:
        accepted = {o["requestId"] for p in self.partners for o in p.ledger.outcomes if o["status"] == "ACCEPTED"}
        return accepted | self.cases.filed

    async def until_over(self) -> None:
        last, last_change = self.progress(), time.monotonic()
        over_since: float | None = None
        while over_since is None or time.monotonic() - over_since < STILL_SECONDS:
            await asyncio.sleep(0.1)
            now, seen = time.monotonic(), self.progress()
            if seen != last:
                last, last_change = seen, now
            over_since = (over_since or now) if self.is_over() else None
            if self.filing.done():
                self.filing.result()
            if over_since is None and now - last_change > QUIET_SECONDS:
                return

    async def until_read(self) -> None:
        """Waits a moment until the groups have also committed what they took: else the last look shows a lag."""
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_SECONDS):
                await self.all_read.wait()

    async def settled(self) -> None:
        """Everything is over, and everybody has read of it."""
        await self.until_over()
        self.all_read.clear()  # what was seen before the last event says nothing
        await self.until_read()

    async def watch_lag(self) -> None:
        """Until cancelled."""
        while True:
            for group in GROUPS:
                places = await asyncio.to_thread(broker_admin.lag, self.stage.bootstrap, group)
                self.lag[group] = sum(place.records for place in places)
            if any(self.lag.values()):
                self.all_read.clear()
            else:
                self.all_read.set()
            await asyncio.sleep(1)


async def run(stage: Stage, cases: int) -> Outcome:
    """One day with this many citizens. Raises httpx.HTTPError, AdministrationFailed when the stack is not there."""
    began = time.monotonic()
    at_desks = round(cases * AT_DESKS)
    async with AsyncExitStack() as open_things:
        intake = await open_things.enter_async_context(client(stage.url("intake"), timeout=15))
        routing = await open_things.enter_async_context(client(stage.url("routing"), timeout=15))
        # a month is counted and printed in one call: on a machine with other work that takes as long as a scene may
        registry = await open_things.enter_async_context(client(stage.url("registry"), timeout=PATIENCE))
        seen = Cases(stage.run)
        await open_things.enter_async_context(_running(topics_read.following(stage.bootstrap, seen)))
        partners = await open_things.enter_async_context(_open_kiosks(stage, cases - at_desks))
        desks, officers = Desks(stage, intake, partners, seen), Officers(stage, routing)
        async with asyncio.TaskGroup() as everybody:
            day = Day(stage, partners, desks, officers, seen, everybody.create_task(desks.file(at_desks)))
            at_work = [
                everybody.create_task(work) for work in (officers.work(), desks.tell_and_hand_over(), day.watch_lag())
            ]
            async with board.shown(day.progress):
                await day.settled()
                company = Company(stage, intake, routing, registry, desks, seen)
                scenes = [scene async for scene in programme.play(company, officers, day.settled)]
            await asyncio.gather(*(partner.close() for partner in partners))
            for task in (*at_work, day.filing):
                task.cancel()
        evidence = await _gather(stage, day, intake)
        visits, complaints = await reported(registry, desks.visits)
    return Outcome(
        evidence=evidence,
        reconciliation=reconcile(evidence),
        surprises=(*desks.surprises, *officers.surprises, *complaints, *_unfinished(scenes)),
        told_at_desk=frozenset(desks.told),
        seconds=time.monotonic() - began,
        visits=visits,
        scenes=tuple(scenes),
    )


def _unfinished(scenes: Sequence[Scene]) -> list[str]:
    return [f"{scene.name}: {scene.fault}" for scene in scenes if scene.fault]


async def _gather(stage: Stage, day: Day, intake: httpx.AsyncClient) -> Evidence:
    """Asks everyone once more, from the beginning: nothing of what was seen on the way counts."""
    again = await asyncio.to_thread(topics_read.read_again, stage.bootstrap, stage.run, day.cases.filed)
    due = sorted(again.ours().keys() | day._due())
    shown: dict[str, Json] = {}
    room = asyncio.Semaphore(READ_AT_ONCE)

    async def read(id: str) -> None:
        async with room:
            answer = await intake.get(f"/v1/requests/{id}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            shown[id] = answer.raise_for_status().json()

    await asyncio.gather(*map(read, due))
    return Evidence(
        ledgers=[partner.ledger for partner in day.partners],
        filed=day.desks.filed,
        left_open=frozenset(day.desks.left_open),
        taken_back=frozenset(day.desks.taken_back),
        topics=again,
        shown=shown,
        sms=await _accepted_sms(stage, set(due)),
    )


async def _accepted_sms(stage: Stage, requests: set[str]) -> list[Json]:
    """What the gateway accepted for these requests; a message's reference begins with its request's id."""
    found: list[Json] = []
    async with client(stage.sms_url) as gateway:
        after = 0
        while True:
            page = (
                (await gateway.get("/messages", params={"after": after, "limit": SMS_PAGE})).raise_for_status().json()
            )
            found += [row for row in page["items"] if row["ref"].rpartition(".")[0] in requests]
            if len(page["items"]) < SMS_PAGE:
                return found
            after = page["next"]


@asynccontextmanager
async def _running(consumer: Consumer) -> AsyncIterator[None]:
    await consumer.start()
    try:
        yield
    finally:
        await consumer.stop()


@asynccontextmanager
async def _open_kiosks(stage: Stage, submissions: int) -> AsyncIterator[list[Partner]]:
    partners = await start_partners(stage, submissions)
    try:
        yield partners
    finally:
        for partner in partners:
            partner.kill()
