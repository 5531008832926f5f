"""A registry in the test's own process, reached over HTTP as others reach it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from pydantic import SecretStr

from services.ops.province import SAMPLE, ImportSummary, import_province
from services.registry.app import create
from services.registry.settings import Settings
from services.runtime.service import Running
from tests.support.sample_database import with_sample
from tests.support.served import served
from tests.support.stack import Stack


@dataclass
class Registry:
    """A registry in this process with a database of its own, reached over HTTP as others reach it."""

    running: Running
    url: str
    http: httpx.AsyncClient
    mongo: str
    database: str

    async def put(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Whatever version is there, unless a header says otherwise."""
        return await self.http.put(path, json=body, headers={"If-Match": "*"} | headers)

    async def post(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.http.post(path, json=body, headers={"Idempotency-Key": uuid4().hex} | headers)

    async def bring_in_sample(self) -> ImportSummary:
        """By an import over HTTP."""
        return await asyncio.to_thread(import_province, self.url, SAMPLE)

    async def begin_with_sample(self) -> None:
        """As after an import, which only the first test waits for."""
        await asyncio.to_thread(with_sample, self.mongo, self.database, self.url)


def a_partner() -> dict[str, Any]:
    """A partner's entry under a name of its own."""
    return {"id": f"p-{uuid4().hex[:8]}", "orgId": "wa-governorate", "name": "شرکت آزمون", "contact": "044-3345-0000"}


@asynccontextmanager
async def running_registry(stack: Stack) -> AsyncIterator[Registry]:
    """With a database of its own."""
    settings = Settings(
        port=0,
        kafka_bootstrap=stack.bootstrap,
        mongo_url=SecretStr(stack.mongo),
        mongo_database=f"registry{uuid4().hex[:8]}",
        log_level="ERROR",
    )
    running = Running(create(settings))
    await running.start()
    async with served(running.app) as url, httpx.AsyncClient(base_url=url) as http:
        yield Registry(running, url, http, stack.mongo, settings.mongo_database)
    await running.stop()
