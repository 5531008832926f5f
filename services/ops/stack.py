"""The life of a local stack: `up`, `down`, `status` and `reset`."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from services.ops import kafka_server, mongo_server, ports, processes, servers, service_processes
from services.ops.errors import StackError
from services.ops.home import Home, Port
from services.ops.progress import Steps
from services.ops.servers import Servers
from services.runtime import broker_admin


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One server or service of the stack as it is now."""

    name: str
    port: int | None
    pid: int | None
    is_ready: bool
    memory: int
    is_ours: bool = True
    last_lines: str = ""
    """Of its log, when it was started and has ended by itself."""


def up(home: Home, *, only_servers: bool = False, environ: Mapping[str, str] = os.environ) -> Servers:
    """Brings up what is not up yet and returns when all of it is ready. Safe to repeat. Raises StackError.

    All ports are looked at before anything is started.
    """
    with home.only_one_command(), Steps() as steps:
        ports.refuse_taken(home, servers.chosen(home, environ, only_look=True), only_servers=only_servers)
        running = servers.start(home, steps, environ)
        if only_servers:
            return running
        service_processes.start(home, running, steps)
        with steps.step("Sample province"):
            from services.ops import province  # late: `down` must work whatever the province's reader needs

            done = province.import_sample(home)
            if done.problems:
                raise StackError("the sample province was not imported:\n" + "\n".join(map(str, done.problems)))
        return running


def down(home: Home) -> list[str]:
    """Stops what `up` started, the services before the servers that they use; the names stopped."""
    with home.only_one_command():
        return _stop(home)


def status(home: Home) -> list[PartStatus]:
    """Every part of the stack: servers first, then the services. Writes nothing."""
    chosen = servers.known(home) or servers.chosen(home, only_look=True)
    kafka = broker_admin.answers(chosen.kafka)
    mongo = mongo_server.answers(chosen.mongo, seconds=2)
    parts = [
        _part(home, kafka_server.NAME, home.port(Port.KAFKA), kafka, chosen.runs_kafka),
        _part(home, mongo_server.NAME, home.port(Port.MONGO), mongo, chosen.runs_mongo),
    ]
    for program in service_processes.PROGRAMS:
        ready = service_processes.is_ready(program, home)
        parts.append(_part(home, program.name, home.port(program.port), ready, is_ours=True))
    return parts


def reset(home: Home) -> None:
    """Stops the stack and forgets its data, logs and secrets; the downloaded files stay."""
    with home.only_one_command():
        _stop(home)
        for folder in (home.data, home.logs, home.run, home.config):
            shutil.rmtree(folder)
        home.credentials.unlink(missing_ok=True)
        home.clock.unlink(missing_ok=True)


def _stop(home: Home) -> list[str]:
    stopped: list[str] = []
    with Steps() as steps:
        for title, stop in (("Services", service_processes.stop), ("Kafka and MongoDB", servers.stop)):
            with steps.step(f"{title}: stopping"):
                stopped += stop(home)
    return stopped


def _part(home: Home, name: str, port: int, answers: bool, is_ours: bool) -> PartStatus:
    if not is_ours:
        return PartStatus(name, None, None, answers, 0, is_ours=False)
    process = processes.find(home, name)
    if process is None:
        last_lines = processes.log_tail(home, name) if processes.died(home, name) else ""
        return PartStatus(name, port, None, False, 0, last_lines=last_lines)
    return PartStatus(name, port, process.pid, answers, process.memory())
