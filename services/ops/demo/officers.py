"""The officers of the units: each starts the oldest task of its own that waits, and answers it."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from services.ops.demo.stage import Json, Stage

LOOK_EVERY = 0.2
RESULTS = ("GRANTED", "GRANTED", "REFUSED", "GRANTED", "PARTIAL", "GRANTED", "GRANTED", "GRANTED")
GROUNDS = {
    "REFUSED": "مدارک با مادهٔ ۱۰ آیین‌نامه نمی‌خواند",
    "PARTIAL": "تنها بخشی از درخواست در صلاحیت این اداره است",
}
PASSED_BY = "JUMP_NEEDS_REASON"
"""An older case arrived between looking and starting: look again."""


class Officers:
    """Works every unit of the province, one unit beside the other, each unit in the order of its list (I7)."""

    def __init__(self, stage: Stage, routing: httpx.AsyncClient) -> None:
        self._units, self._routing = stage.units, routing
        self._results = itertools.cycle(RESULTS)
        self._round = asyncio.Lock()
        self.answered: Counter[str] = Counter()
        self.surprises: list[str] = []

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            async with self._round:
                await asyncio.gather(*map(self._serve, self._units))
            await asyncio.sleep(LOOK_EVERY)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Nobody touches a task meanwhile; what was begun is answered first."""
        async with self._round:
            yield

    async def _serve(self, unit_id: str) -> None:
        listed = await self._routing.get(f"/v1/units/{unit_id}/tasks")
        listed.raise_for_status()
        for task in listed.json()["items"]:
            if task["state"] == "OFFERED" or task["suspension"] is not None:
                continue  # nobody has it yet, or it stands still
            if task["state"] == "ASSIGNED" and not await self._start(task):
                return
            await self._answer(task)

    async def _start(self, task: Json) -> bool:
        return await self._post(task, "start", {"officerId": task["assignee"]})

    async def _answer(self, task: Json) -> None:
        result = next(self._results)
        body = {"officerId": task["assignee"], "result": result, "ground": GROUNDS.get(result), "output": None}
        if await self._post(task, "answer", body):
            self.answered[result] += 1

    async def _post(self, task: Json, verb: str, body: Json) -> bool:
        id = task["taskId"]
        key = {"Idempotency-Key": f"{verb}-{id}"}
        answer = await self._routing.post(f"/v1/tasks/{id}/{verb}", json=body, headers=key)
        if not answer.is_success and answer.json().get("code") != PASSED_BY:
            self.surprises.append(f"{verb} {id}: {answer.status_code} {answer.text[:300]}")
        return answer.is_success
