"""What a scene of the demo is, and what each of them works with: people, calls, and the patience to see the outcome."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from services.ops.chance import Chance
from services.ops.demo.citizens import a_person
from services.ops.demo.desks import Desks, Errand, Filed
from services.ops.demo.stage import Json, Stage
from services.ops.demo.topics_read import Cases

PATIENCE = 40.0
"""Seconds for what a scene waits for: it takes one or two, more on a machine that has other work."""
LOOK_EVERY = 0.1

T = TypeVar("T")


class SceneFailed(Exception):
    """The scene did not come to its end; the message says where it stopped."""


@dataclass(frozen=True)
class Scene:
    """What happened, in the order in which it did, and what a test may hold it to."""

    name: str
    story: tuple[str, ...] = ()
    figures: Json = field(default_factory=dict)
    cases: tuple[str, ...] = ()
    """Requests that are answered at the end of it."""
    messages: tuple[str, ...] = ()
    """Ids of the messages whose words belong to the story."""
    fault: str = ""
    """Where it stopped, when it did not come to its end."""


@dataclass
class Company:
    """Everybody that a scene needs, over HTTP and topics alone."""

    stage: Stage
    intake: httpx.AsyncClient
    routing: httpx.AsyncClient
    registry: httpx.AsyncClient
    desks: Desks
    cases: Cases

    def citizens(self, scene: str, count: int, county: str = "urmia") -> list[Json]:
        """The same with the same seed; all of them left a mobile."""
        chance = Chance(f"{self.stage.seed}:{scene}")
        return [a_person(chance, county=county) for _ in range(count)]

    async def file(self, errand: Errand, person: Json, key: str) -> Filed:
        """At a desk, counted as all that are filed there. Raises SceneFailed."""
        filed = await self.desks.take(errand, person, f"{key}-{self.stage.run}")
        if filed is None:
            raise SceneFailed(f"{errand.service_id} could not be filed at {errand.desk_id}")
        return filed

    async def task_of(self, filed: Filed) -> Json:
        """The task of a case, once an officer of the unit has it. Raises SceneFailed."""
        last = await self.until("its event", lambda: self.cases.last().get(filed.request_id))
        return await self.assigned(f"{filed.request_id}.1", last["unitId"])

    async def assigned(self, task_id: str, unit_id: str) -> Json:
        """That task, once an officer of the unit has it. Raises SceneFailed."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            listed = await self.get(self.routing, f"/v1/units/{unit_id}/tasks")
            for task in listed["items"]:
                if task["taskId"] == task_id and task["assignee"]:
                    found: Json = task
                    return found
            await asyncio.sleep(LOOK_EVERY)
        raise SceneFailed(f"no officer of {unit_id} got the task {task_id}")

    async def told(self, requests: Sequence[str], notice: str, patience: float = PATIENCE) -> list[Json]:
        """The messages with this notice about these requests, one of each, when all are settled. Raises SceneFailed."""

        def settled() -> list[Json] | None:
            ours = [m for m in self.cases.our_messages().values() if m["notice"] == notice]
            found = [m for m in ours if m["requestId"] in requests and m["state"] in ("DELIVERED", "SUPPRESSED")]
            return found if {m["requestId"] for m in found} >= set(requests) else None

        return await self.until(f"{notice} for each case", settled, patience)

    async def until(self, what: str, seen: Callable[[], T | None], patience: float = PATIENCE) -> T:
        """What is seen, once it is there. Raises SceneFailed, which names what was waited for."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if (found := seen()) is not None:
                return found
            await asyncio.sleep(LOOK_EVERY)
        raise SceneFailed(f"{what} did not come within {patience:.0f} s")

    def has_moved(self, request_id: str, verb: str) -> bool | None:
        """Whether an event tells that the case has made this move; None: not yet."""
        return any(verb in event["moves"] for event in self.cases.ours().get(request_id, ())) or None

    async def post(self, service: httpx.AsyncClient, path: str, body: Json, key: str = "") -> Json:
        """A command that must be taken. Raises SceneFailed."""
        answer = await self.asked(service, path, body, key)
        if not answer.is_success:
            raise SceneFailed(f"POST {path}: {answer.status_code} {answer.text[:300]}")
        done: Json = answer.json()
        return done

    async def asked(self, service: httpx.AsyncClient, path: str, body: Json, key: str = "") -> httpx.Response:
        """A command and its answer, whatever that is."""
        headers = {"Idempotency-Key": f"{key or path.rpartition('/')[2]}-{self.stage.run}"}
        return await service.post(path, json=body, headers=headers)

    async def get(self, service: httpx.AsyncClient, path: str, **query: Any) -> Json:
        """Raises httpx.HTTPError."""
        found: Json = (await service.get(path, params=query)).raise_for_status().json()
        return found

    async def name(self, kind: str, id: str) -> str:
        """As the registry writes it: `name("officers", "wa-tax-desk-01")`."""
        name: str = (await self.get(self.registry, f"/v1/{kind}/{id}"))["name"]
        return name
