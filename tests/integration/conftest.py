"""The four services as processes of their own, with the sample province; their caller; the operators' desk."""

import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import pytest

from services.contracts.topics import dead_letter_topic
from services.ops import servers, service_processes
from services.ops.demo.morning import set_morning
from services.ops.progress import Steps
from services.ops.province import import_sample
from services.ops.service_processes import SERVICES
from services.runtime import broker_admin
from tests.conftest import Stack
from tests.support.calls import Caller
from tests.support.operators import Desk, a_topic
from tests.support.registry_service import Registry, running_registry
from tests.support.running_services import Services

PATIENCE = {"intake": {"INTAKE_PATIENCE_SECONDS": "2"}}
"""Shortened, so that an unknown reference need not be waited for."""


@pytest.fixture(scope="module")
def services(stack: Stack) -> Iterator[Services]:
    """They run on a working morning, and know the province."""
    running = servers.known(stack.home)
    assert running is not None, "the servers of the test run"
    set_morning(stack.home)
    try:
        with Steps() as steps:
            for program in SERVICES:
                service_processes.start_one(program, stack.home, running, steps, PATIENCE.get(program.name, {}))
        done = import_sample(stack.home)
        assert not done.problems
        here = Services(stack)
        _await_the_province(here, done.recorded + done.unchanged)
        yield here
    finally:
        service_processes.stop(stack.home)
        stack.home.clock.unlink(missing_ok=True)


def _await_the_province(services: Services, entries: int) -> None:
    """Until the services that follow the registry know all of it."""
    deadline = time.monotonic() + 30
    for name in ("intake", "routing"):
        while True:
            known = httpx.get(services.url(name) + "/health/ready", timeout=10).json()["registry"]
            if sum(known.values()) >= entries:
                break
            assert time.monotonic() < deadline, f"{name} does not learn the registry"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def caller(services: Services) -> Iterator[Caller]:
    """Of one module, for as long as its services run; nothing that was asked may have made a rule fail."""
    caller = Caller(services)
    yield caller
    caller.http.close()
    failed = {program.name: services.metric("mizban_failures_total", program.name) for program in SERVICES}
    assert failed == dict.fromkeys(failed, 0)


@pytest.fixture
def desk(stack: Stack) -> Desk:
    """A desk with no record and no letter yet; none of the four services is needed for it."""
    name = f"tools{uuid4().hex[:8]}"
    desk = Desk(stack, name, f"test.{name}")
    broker_admin.bring_in_step(stack.bootstrap, [a_topic(desk.topic, 3), dead_letter_topic(desk.group)])
    return desk


@pytest.fixture
async def registry(stack: Stack) -> AsyncIterator[Registry]:
    """In this process, with a database of its own."""
    async with running_registry(stack) as registry:
        yield registry
