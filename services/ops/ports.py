"""Which ports a stack listens on, and whether they are free: looked at together, before anything is started."""

from collections.abc import Iterator

from services.ops import kafka_server, mongo_server, processes, service_processes
from services.ops.errors import PortTaken
from services.ops.home import Home, Port
from services.ops.servers import Servers


def refuse_taken(home: Home, servers: Servers, *, only_servers: bool) -> None:
    """Raises PortTaken with every port which another program holds; what runs as ours is no obstacle."""
    taken: list[str] = []
    for name, port in _wanted(servers, only_servers=only_servers):
        if processes.find(home, name) is None:
            try:
                processes.refuse_taken_port(home, home.port(port), name)
            except PortTaken as error:
                taken += error.taken
    if taken:
        raise PortTaken(taken, home.elsewhere)


def _wanted(servers: Servers, *, only_servers: bool) -> Iterator[tuple[str, Port]]:
    """(process, port) of every part that `up` starts."""
    if servers.runs_kafka:
        for port in (Port.KAFKA, Port.KAFKA_CONTROLLER, Port.KAFKA_PARTNERS):
            yield kafka_server.NAME, port
    if servers.runs_mongo:
        yield mongo_server.NAME, Port.MONGO
    if not only_servers:
        for program in service_processes.PROGRAMS:
            yield program.name, program.port
