"""The product's own processes in the local stack: one table of what runs, and with which settings."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Never

import httpx

from services.ops import processes
from services.ops.credentials import Credentials
from services.ops.home import ROOT, Home, Port
from services.ops.processes import Process
from services.ops.progress import Steps
from services.ops.servers import Servers

READY_SECONDS = 60
NOTHING: Mapping[str, Never] = {}
OwnSettings = Callable[[Home, Credentials], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Program:
    """One process of the product; `own` makes its settings beyond those that every service has.

    `niceness`: on a busy machine those go first whose callers stand at a counter, then the units, then messages, then
    reports (docs/adr/0016, 0032).
    """

    name: str
    module: str
    port: Port
    is_service: bool = True
    ready_path: str = "/health/ready"
    own: OwnSettings = field(default=lambda _home, _credentials: {})
    niceness: int = 0

    def url(self, home: Home) -> str:
        return f"http://{home.address(self.port)}"

    def settings(self, home: Home, servers: Servers) -> dict[str, str]:
        """The environment variables that this program is started with."""
        credentials = Credentials(home)
        prefix = self.name.upper().replace("-", "_")
        common = {
            "KAFKA_BOOTSTRAP": servers.kafka,
            "MONGO_URL": servers.mongo_url(home, self.name),
            "PORT": str(home.port(self.port)),
            "PROFILE": "development",
            "CLOCK_FILE": str(home.clock),
            "SEAL_KEY": credentials.key(f"seal.{self.name}"),
            "INSTANCE": f"{self.name}-0",
        }
        own = self.own(home, credentials)
        if not self.is_service:
            return own
        return {f"{prefix}_{name}": value for name, value in (common | own).items()}


def _url(home: Home, port: Port) -> str:
    return f"http://{home.address(port)}"


REGISTRY = Program(
    "registry",
    "services.registry",
    Port.REGISTRY,
    niceness=12,
    own=lambda home, credentials: {
        "INTAKE_URL": _url(home, Port.INTAKE),
        "ROUTING_URL": _url(home, Port.ROUTING),
        "ACCESS_KEY": credentials.key("access.registry"),
    },
)
SMS_SIMULATOR = Program(
    "sms-simulator",
    "services.ops.sms_simulator",
    Port.SMS_SIMULATOR,
    is_service=False,
    niceness=10,
    own=lambda home, _: {
        "SMS_SIMULATOR_PORT": str(home.port(Port.SMS_SIMULATOR)),
        "SMS_SIMULATOR_RECEIPT_URL": f"{_url(home, Port.NOTIFY)}/v1/receipts/sim",
    },
)
PROGRAMS: tuple[Program, ...] = (
    REGISTRY,
    Program(
        "intake",
        "services.intake",
        Port.INTAKE,
        own=lambda _, credentials: {"CODE_KEY": credentials.key("code.intake")},
    ),
    Program(
        "routing",
        "services.routing",
        Port.ROUTING,
        own=lambda _, credentials: {"SEED_KEY": credentials.key("seed.routing")},
        niceness=3,
    ),
    Program(
        "notify",
        "services.notify",
        Port.NOTIFY,
        niceness=10,
        own=lambda home, credentials: {
            "WEBHOOK_KEY": credentials.key("webhook.notify"),
            "INTAKE_URL": _url(home, Port.INTAKE),
            "SMS_URL": _url(home, Port.SMS_SIMULATOR),
        },
    ),
    SMS_SIMULATOR,
)
SERVICES: tuple[Program, ...] = tuple(program for program in PROGRAMS if program.is_service)


def start(
    home: Home,
    servers: Servers,
    steps: Steps,
    programs: Sequence[Program] = PROGRAMS,
    overrides: Mapping[str, Mapping[str, str]] = NOTHING,
) -> None:
    """Starts the programs at once and waits until each is ready; `overrides`: further environment variables by name.

    Raises PortTaken, ProcessDied, NotReady.
    """
    with ThreadPoolExecutor(len(programs)) as all_at_once:
        started = [
            all_at_once.submit(start_one, program, home, servers, steps, overrides.get(program.name, NOTHING))
            for program in programs
        ]
    for start_of in started:
        start_of.result()


def start_one(
    program: Program, home: Home, servers: Servers, steps: Steps, overrides: Mapping[str, str] = NOTHING
) -> Process:
    """Starts one program unless it runs, and waits until it is ready; `overrides` are further environment variables."""
    with steps.step(f"{program.name} on {program.url(home)}"):
        running = processes.find(home, program.name)
        if running is None:
            running = processes.start(
                home,
                program.name,
                home.port(program.port),
                [sys.executable, "-m", program.module],
                _environment(program.settings(home, servers), overrides),
            )
        processes.wait_until(lambda: is_ready(program, home), running, home, READY_SECONDS)
        processes.be_nice(running, program.niceness)  # not before: on a busy machine the last would never get ready
        return running


def stop(home: Home) -> list[str]:
    """Stops every program that runs, and further instances of one (`routing-beside`); the names stopped."""
    names = [program.name for program in PROGRAMS]
    further = [name for name in processes.recorded(home) if name.rpartition("-")[0] in names]
    return processes.stop(home, [*names, *further])


def is_ready(program: Program, home: Home) -> bool:
    """Whether the program says that it can work."""
    try:
        return httpx.get(program.url(home) + program.ready_path, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _environment(settings: Mapping[str, str], overrides: Mapping[str, str]) -> dict[str, str]:
    inherited = dict(os.environ)
    inherited.pop("NOTIFY_SOCKET", None)  # systemd's; the notify service would refuse it as an unknown setting
    return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings, **overrides}
