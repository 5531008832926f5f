"""Tracking on real servers: whether a code exists shows neither in the time of an answer nor by a forged address."""

import time
from collections.abc import AsyncIterator
from statistics import median
from uuid import uuid4

import httpx
import pytest

from services.contracts.identifiers import tracking_code
from services.intake.api import routes
from services.intake.handlers import REQUEST
from services.intake.settings import Settings
from services.intake.store import INDEXES
from services.runtime.clock import SystemClock
from services.runtime.document import Document
from services.runtime.http import application
from services.runtime.store import Store
from services.runtime.telemetry import logger
from tests.conftest import Stack
from tests.support.calls import Caller
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import MORNING, case_of, state_of, submit

ROUNDS = 250
WITHIN = 0.005
"""Seconds between the medians of hit and miss (domain 8)."""


@pytest.fixture
async def tracking(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Intake's HTTP in this process, on a real store with a thousand cases; nobody asks too often."""
    store = Store.open(stack.mongo, f"tracking{uuid4().hex[:8]}", INDEXES)
    await store.prepare([REQUEST])
    states = [state_of(submit(externalRef=f"n-{number:04}")) for number in range(1000)]
    await store.write(REQUEST, [Document(state.id, state=state) for state in states], MORNING)
    app = application("intake", ready=_ready, metrics=lambda: b"", asyncapi=dict)
    app.include_router(
        routes(
            None,  # type: ignore[arg-type]  # nothing is commanded here
            store,
            snapshot=sample_snapshot,
            clock=SystemClock(),
            log=logger("intake", "ERROR"),
            settings=Settings(track_misses=10**6, track_calls=10**6),
        )
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as http:
        yield http
    await store.close()


async def _ready() -> tuple[bool, dict[str, object]]:
    return True, {}


async def test_the_medians_of_hit_and_miss_lie_within_five_milliseconds(tracking: httpx.AsyncClient) -> None:
    """Of the right last four, a wrong one and a code that nobody has: asked in turn, so that noise is shared."""
    codes = [case_of(submit(externalRef=f"n-{number:04}")).tracking_code for number in range(ROUNDS)]
    took: dict[str, list[float]] = {"hit": [], "wrong": [], "nobody's": []}
    for number, code in enumerate(codes):
        for kind, asked, last4, status in (
            ("hit", code, "2419", 200),
            ("wrong", code, "0000", 404),
            ("nobody's", tracking_code(number), "2419", 404),
        ):
            began = time.perf_counter()
            answer = await tracking.post("/v1/track", json={"code": asked, "last4": last4})
            took[kind].append(time.perf_counter() - began)
            assert answer.status_code == status
    medians = {kind: median(times) for kind, times in took.items()}
    assert all(len(times) >= 200 for times in took.values())
    assert max(medians.values()) - min(medians.values()) < WITHIN, medians


def test_a_caller_on_this_machine_who_forges_addresses_is_one_caller(caller: Caller) -> None:
    """The HTTP server itself would believe them."""
    answers = [
        caller.call("/v1/track", {"code": "0", "last4": "2419"}, x_forwarded_for=f"192.0.2.{number}")
        for number in range(31)
    ]
    assert [answer.status_code for answer in answers] == [404] * 30 + [429]
