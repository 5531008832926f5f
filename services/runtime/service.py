"""A service from its parts: starts them in order, watches them, stops them in reverse (design 5, SIGTERM)."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI

from services.contracts.decision import World
from services.contracts.export import asyncapi
from services.contracts.snapshot import Snapshot
from services.contracts.topics import REGISTRY_TOPICS
from services.runtime.background import kept_up
from services.runtime.clock import Clock, OffsetClock, SystemClock
from services.runtime.consumer import Consumer, PassesOver, passes_none_over
from services.runtime.door import Door, Perform
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity, Inbound
from services.runtime.faults import Faults
from services.runtime.following import Following
from services.runtime.http import add_calls, application
from services.runtime.indexes import Index
from services.runtime.projection import Projection
from services.runtime.publisher import Publisher
from services.runtime.settings import ServiceSettings
from services.runtime.store import Store
from services.runtime.telemetry import Metrics, logger
from services.runtime.watch import keep_gauges

WATCH_SECONDS = 5.0
SERVER_SECONDS = 2.0
"""For answers that are being written when the service stops; all else has ended by then."""
PARTS = 4
"""So many parts are taken from Kafka at once: the door reads one while it writes the one before (`Door.take`)."""
STANDS_STILL_AFTER = 180.0
"""Longer than any batch takes with store or Kafka away: then a consumer does not wait, it is stuck."""


@dataclass(eq=False)
class Parts:
    """What a service's own rooms may use."""

    settings: Any
    store: Store
    clock: Clock
    log: Any
    metrics: Metrics
    snapshot: Callable[[], Snapshot]
    door: Door = field(init=False)


@dataclass(frozen=True)
class Follows:
    """Topics that change while a service runs: what those of the family mean, and which of them are wanted now."""

    group: str
    inbound: Inbound
    topics: Callable[[], frozenset[str]]


@dataclass
class Service:
    """How one service is composed. `api`, `perform` and `background` are built from the parts once these exist."""

    name: str
    settings: ServiceSettings
    entities: Sequence[Entity[Any]]
    rules: Any
    api: Callable[[Parts], APIRouter]
    consumes: Sequence[Inbound] = ()
    follows: Follows | None = None
    """What it reads besides, in a group of its own."""
    indexes: Mapping[str, Sequence[Index]] = field(default_factory=dict)
    registry: bool = True
    """Whether it keeps a snapshot of the registry topics."""
    perform: Callable[[Parts], Perform] | None = None
    background: Sequence[Callable[[Parts], Awaitable[None]]] = ()
    rules_now: Callable[[], Any] | None = None
    """What holds instead of `rules` where something of them changes while the service runs: asked once a batch."""
    load: Callable[[Parts], Awaitable[None]] | None = None
    """Reads from the store what has to be known before anything is decided; may raise StoreAway, and is tried again."""

    def running(self) -> "Running":
        return Running(self)


class Running:
    """A service in operation."""

    def __init__(self, service: Service) -> None:
        self.service = service
        settings = service.settings
        self.log = logger(service.name, settings.log_level)
        clock: Clock = OffsetClock(settings.clock_file) if settings.clock_file else SystemClock()
        store = Store.open(
            settings.mongo_url.get_secret_value(),
            settings.mongo_database or service.name,
            service.indexes,
            settings.seal_bytes(),
            settings.key_seconds,
        )
        self.projection = Projection(store, self.log)
        self.parts = Parts(settings, store, clock, self.log, Metrics(service.name), self.projection.snapshot)
        store.unreadable = self._unreadable
        self.publisher = Publisher(settings.kafka_bootstrap, f"mizban.{service.name}.{settings.instance}")
        self.parts.door = Door(
            service.name,
            store=store,
            publisher=self.publisher,
            entities=service.entities,
            inbound=[*service.consumes, *([service.follows.inbound] if service.follows else [])],
            world=self._world,
            clock=clock,
            settings=settings,
            metrics=self.parts.metrics,
            log=self.log,
            perform=service.perform(self.parts) if service.perform else None,
        )
        self.app: FastAPI = application(
            service.name,
            ready=self.ready,
            metrics=self.parts.metrics.exposition,
            asyncapi=lambda: asyncapi(service.name),
            started=lambda: self._prepared,
        )
        add_calls(self.app, service.api(self.parts))
        self._consumers: list[Consumer] = []
        self._following: Following | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._prepared = self._stopping = False

    def _world(self, now: datetime) -> World[Any]:
        service = self.service
        rules = service.rules_now() if service.rules_now else service.rules
        return World(now=now, registry=self.projection.snapshot(), rules=rules)

    def _unreadable(self, entity: str, id: str) -> None:
        self.parts.metrics.failures.labels("unreadable").inc()
        self.log.error("a stored state does not fit this version", entity=entity, id=id)

    async def run(self) -> None:
        """Until SIGTERM or SIGINT: not ready -> stop fetching -> finish the batch -> commit -> stop (under 20 s)."""
        settings = self.service.settings
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        server = uvicorn.Server(
            uvicorn.Config(
                self.app,
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                proxy_headers=False,  # it would believe whoever calls from this machine who they call for
                timeout_graceful_shutdown=1,
            )
        )
        serving = asyncio.create_task(server._serve())  # not serve(): the signals are ours
        starting = asyncio.create_task(self.start())
        stopped = asyncio.create_task(stop.wait())
        self.log.info("starting", port=settings.port, instance=settings.instance)
        done, _ = await asyncio.wait({serving, stopped, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting in done and starting.exception() is None:
            await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        failure = starting.exception() if starting.done() and not starting.cancelled() else None
        starting.cancel()
        self.log.info("stopping")
        await self.stop()
        server.should_exit = True
        with contextlib.suppress(TimeoutError, asyncio.CancelledError, SystemExit):
            await asyncio.wait_for(serving, SERVER_SECONDS)
        self.log.info("stopped")
        if failure is not None:
            raise failure

    async def start(self) -> None:
        """Prepares the store (waiting for it if need be), then consumes."""
        service, settings = self.service, self.service.settings
        while True:
            try:
                await self.parts.store.prepare(service.entities)
                await self.projection.load()
                if service.load:
                    await service.load(self.parts)
                break
            except StoreAway as away:
                self.log.warning("waiting for the store", reason=str(away))
                await asyncio.sleep(1)
        parts, door = self.parts, self.parts.door
        gauges = partial(keep_gauges, parts.metrics, self._consumers, parts.store, service.entities, parts.clock)
        for work in (door.serve_commands, door.background.scan, door.outboxes.clear, gauges):
            self._spawn(work)
        for background in service.background:
            self._spawn(partial(background, parts))
        self._prepared = True
        faults = Faults(settings.kill_at)
        if service.registry:
            topics = [topic.name for topic in REGISTRY_TOPICS]
            self._consumers.append(self._consumer(None, topics, self.projection.take, Faults()))
        if service.consumes:
            topics = [inbound.topic.name for inbound in service.consumes]
            self._consumers.append(
                self._consumer(f"mizban.{service.name}", topics, self._take, faults, door.passes_over)
            )
        for consumer in self._consumers:
            await self._start_patiently(consumer)
        self._spawn(self._renew_the_stuck)
        if service.follows is not None:
            self._following = self._follow(service.follows)
            self._spawn(self._following.keep_up)
        self.log.info("ready")

    def _follow(self, follows: Follows) -> Following:
        def make(topics: Sequence[str]) -> Consumer:
            return self._consumer(follows.group, list(topics), self._take, Faults())

        return Following(follows.topics, make, self.log, stands_still_after=STANDS_STILL_AFTER)

    def _consumer(
        self,
        group: str | None,
        topics: list[str],
        handle: Any,
        faults: Faults,
        passes_over: PassesOver = passes_none_over,
    ) -> Consumer:
        settings, gather = self.service.settings, self.service.settings.events_gather_seconds
        return Consumer(
            settings.kafka_bootstrap,
            group=group,
            topics=topics,
            instance=settings.instance,
            handle=handle,
            max_records=settings.max_records,
            parts=PARTS if group else 1,
            gather_seconds=gather if group and gather is not None else settings.gather_seconds,
            session_timeout_ms=settings.session_timeout_ms,
            faults=faults,
            passes_over=passes_over,
        )

    async def _start_patiently(self, consumer: Consumer) -> None:
        while True:
            try:
                await consumer.start()
                return
            except Exception as error:  # aiokafka raises many kinds while Kafka is away; HTTP goes on meanwhile
                self.log.warning("waiting for Kafka", error=type(error).__name__)
                await asyncio.sleep(2)

    async def _renew_the_stuck(self) -> None:
        """Puts a new consumer in the place of one that stands still; what that one did not commit comes again."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for place, stuck in enumerate(self._consumers):
                if stuck.still_for > STANDS_STILL_AFTER:
                    self.log.critical("a consumer stood still and is replaced", seconds=round(stuck.still_for))
                    with contextlib.suppress(Exception):  # it is being given up, in whatever state it is
                        await stuck.stop()
                    self._consumers[place] = stuck.anew()
                    await self._start_patiently(self._consumers[place])

    async def _take(self, records: Any) -> None:
        try:
            await self.parts.door.take(records)
        except Exception as error:
            self.log.warning("batch comes again", error=type(error).__name__, records=len(records))
            await asyncio.sleep(1)
            raise

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        self._tasks.append(asyncio.create_task(kept_up(work, self.log)))

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Ready = store reachable, consumers in their group. With Kafka away a service is not ready, yet answers."""
        facts: dict[str, Any] = {"registry": self.projection.snapshot().counts()}
        if self._stopping or not self._prepared:
            return False, {"reason": "stopping" if self._stopping else "starting"}
        wanted = bool(self.service.consumes) + bool(self.service.registry)
        if len(self._consumers) < wanted or not all(c.running and c.assigned() for c in self._consumers):
            return False, {"reason": "waiting for Kafka", **facts}
        if any(consumer.still_for > STANDS_STILL_AFTER / 3 for consumer in self._consumers):
            return False, {"reason": "a consumer stands still", **facts}
        if self.parts.door.watch.breaker_open:
            return False, {"reason": "breaker open", **facts}
        try:
            await asyncio.wait_for(self.parts.store.ping(), 2)
        except (StoreAway, TimeoutError):
            return False, {"reason": "store away", **facts}
        return True, facts

    async def stop(self) -> None:
        """In reverse: consumers first, so that nothing new comes in; then commands, loops, producer, store."""
        self._stopping = True
        reading: list[Consumer | Following] = [*self._consumers, *([self._following] if self._following else [])]
        leaving = await asyncio.gather(*(consumer.stop() for consumer in reading), return_exceptions=True)
        for error in leaving:
            if isinstance(error, Exception):
                self.log.warning("a consumer did not leave well", error=type(error).__name__)
        await self.parts.door.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.publisher.stop()
        await self.parts.store.close()


def serve(service: Service) -> None:
    """Runs a service until it is told to stop: what `python -m services.<name>` does."""

    async def run() -> None:
        running = service.running()
        gc.collect()
        gc.freeze()  # what start-up made stays; a batch makes about as many objects: no collection within it
        gc.set_threshold(200_000, 20, 50)
        await running.run()

    with asyncio.Runner(loop_factory=_uvloop) as runner:
        runner.run(run())
    sys.stdout.flush()
    os._exit(0)  # all is stopped; a thread of MongoDB's driver may still wait for a server that does not answer


def _uvloop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()
