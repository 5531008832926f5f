"""Where the four services run, as a test sees them from outside."""

from dataclasses import dataclass
from datetime import datetime

import httpx

from services.ops import clock
from services.ops.service_processes import SERVICES
from tests.conftest import Stack


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
