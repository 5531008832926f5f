"""Kafka and MongoDB of a stack: started here, or the ones that KAFKA_BOOTSTRAP and MONGO_URL name."""

import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from services.contracts import topics
from services.ops import downloads, kafka_server, mongo_server, processes
from services.ops.credentials import PARTNERS, Credentials
from services.ops.errors import StackError
from services.ops.home import Home, Port, write_private
from services.ops.progress import Steps, console
from services.runtime import broker_access, broker_admin

NAMES = (kafka_server.NAME, mongo_server.NAME)
DATABASES = ("registry", "intake", "routing", "notify")


@dataclass(frozen=True, slots=True)
class Servers:
    """Where Kafka and MongoDB are for this stack, and whether `up` runs them itself."""

    kafka: str
    kafka_partners: str
    mongo: str
    runs_kafka: bool
    runs_mongo: bool

    def mongo_url(self, home: Home, service: str) -> str:
        """The service's address of its database: with its own user on our server, with the given account elsewhere."""
        if self.runs_mongo:
            return mongo_server.service_url(home, Credentials(home), service)
        return mongo_server.with_database(self.mongo, service)

    @property
    def own_names(self) -> tuple[str, ...]:
        """The processes that `up` is responsible for."""
        runs = (self.runs_kafka, self.runs_mongo)
        return tuple(name for name, is_ours in zip(NAMES, runs, strict=True) if is_ours)


def chosen(home: Home, environ: Mapping[str, str] = os.environ, *, only_look: bool = False) -> Servers:
    """Ours, unless KAFKA_BOOTSTRAP or MONGO_URL name others (our own, as `./mizban env` prints, mean ours)."""
    credentials = Credentials(home, only_look=only_look)
    own_kafka, own_mongo = home.address(Port.KAFKA), mongo_server.admin_url(home, credentials)
    kafka, mongo = environ.get("KAFKA_BOOTSTRAP", own_kafka), environ.get("MONGO_URL", own_mongo)
    runs_kafka = kafka == own_kafka
    return Servers(
        kafka=kafka,
        kafka_partners=home.address(Port.KAFKA_PARTNERS) if runs_kafka else environ.get("KAFKA_PARTNERS", kafka),
        mongo=mongo,
        runs_kafka=runs_kafka,
        runs_mongo=mongo == own_mongo,
    )


def start(home: Home, steps: Steps, environ: Mapping[str, str] = os.environ) -> Servers:
    """Has both servers running, topics, rights and quotas in step. Raises StackError wherever a person can mend it."""
    servers = chosen(home, environ)
    home.make()
    home.remember_ports()
    downloads.refuse_full_disk(home.path)
    with ThreadPoolExecutor(2) as both:
        started = [
            both.submit(_start_kafka, home, servers, steps),
            both.submit(_start_mongo, home, servers, steps),
        ]
    for start_of in started:
        start_of.result()
    with steps.step("Topics, partners' rights and quotas"):
        _bring_kafka_in_step(servers)
    write_private(_record(home), json.dumps(asdict(servers)))
    return servers


def known(home: Home) -> Servers | None:
    """The servers of the last `up`, or None if there was none."""
    try:
        return Servers(**json.loads(_record(home).read_text()))
    except FileNotFoundError:
        return None


def stop(home: Home) -> list[str]:
    """Stops the servers that `up` started; the names stopped."""
    stopped = processes.stop(home, NAMES, patience=30)
    _record(home).unlink(missing_ok=True)
    return stopped


def _record(home: Home) -> Path:
    return home.run / "servers.json"


def _start_kafka(home: Home, servers: Servers, steps: Steps) -> None:
    if not servers.runs_kafka:
        with steps.step(f"Kafka at {servers.kafka}"):
            if not broker_admin.answers(servers.kafka, seconds=10):
                raise StackError(f"no Kafka answers at KAFKA_BOOTSTRAP={servers.kafka}")
        return
    with steps.step("Kafka's files"):
        class_path = downloads.kafka_class_path()
    with steps.step(f"Kafka 4.4 on {servers.kafka}"):
        kafka_server.start(home, Credentials(home), class_path)


def _start_mongo(home: Home, servers: Servers, steps: Steps) -> None:
    if not servers.runs_mongo:
        with steps.step("MongoDB at MONGO_URL"):
            if not mongo_server.answers(servers.mongo):
                raise StackError("no MongoDB primary answers at MONGO_URL")
        return
    with steps.step("MongoDB's files"):
        program, libraries = downloads.mongod()
    with steps.step(f"MongoDB on {home.address(Port.MONGO)}"):
        mongo_server.start(home, Credentials(home), program, libraries, DATABASES)


def _bring_kafka_in_step(servers: Servers) -> None:
    try:
        changes = broker_admin.bring_in_step(servers.kafka, topics.all_topics(list(PARTNERS)))
        if servers.runs_kafka:
            broker_access.prepare(servers.kafka, PARTNERS)
    except broker_admin.AdministrationFailed as error:
        raise StackError(str(error)) from error
    for name in changes.misfits:
        console.print(
            f"  [yellow]![/] {name} has another number of partitions than contracts/topics.py says; left as it is"
        )
