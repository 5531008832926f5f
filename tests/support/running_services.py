"""The four services as they run, as a test sees them from outside."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx

from services.ops import clock, servers, service_processes
from services.ops.demo.morning import set_morning
from services.ops.progress import Steps
from services.ops.province import import_sample
from services.ops.service_processes import SERVICES
from tests.support.stack import Stack

PATIENCE = {"intake": {"INTAKE_PATIENCE_SECONDS": "2"}}
"""Shortened, so that an unknown reference need not be waited for."""


@dataclass(frozen=True)
class Services:
    """Where the running services are; only topics and HTTP are looked at."""

    stack: Stack

    def url(self, name: str) -> str:
        return next(program.url(self.stack.home) for program in SERVICES if program.name == name)

    def metric(self, name: str, service: str = "intake") -> float:
        """The sum of a metric over its labels, as /metrics shows it."""
        lines = httpx.get(self.url(service) + "/metrics", timeout=10).text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def now(self) -> datetime:
        return clock.now(self.stack.home)


@contextmanager
def running_services(stack: Stack) -> Iterator[Services]:
    """They run on a working morning, and know the sample province."""
    running = servers.known(stack.home)
    assert running is not None, "the servers of the test run"
    set_morning(stack.home)
    try:
        with Steps() as steps:
            service_processes.start(stack.home, running, steps, SERVICES, PATIENCE)
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
