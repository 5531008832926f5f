"""`python -m services.ops.provision topics|accounts`: prepares servers that somebody else runs (docker-compose.yml).

Both commands wait for their server, and are safe to repeat.
"""

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from services.contracts.registry import RESERVED
from services.contracts.topics import all_topics
from services.ops.errors import StackError
from services.ops.words import counted
from services.runtime import broker_access, broker_admin

REPLICA_SET = "mizban"
WAIT_SECONDS = 120
NOT_INITIATED = 94

app = typer.Typer(help="Prepare Kafka and MongoDB for the services.", add_completion=False, no_args_is_help=True)


@app.command()
def topics(
    partners: Annotated[list[str], typer.Argument(help="Kafka accounts of the aggregators of kiosk offices.")],
    kafka: Annotated[str, typer.Option(envvar="KAFKA_BOOTSTRAP", help="Kafka's inside listener.")],
) -> None:
    """Create what services/contracts/topics.py lists, set what differs, and give partners exactly their rights.

    Who has no quota yet gets the usual one. Who was suspended gets no rights.
    """
    if taken := RESERVED.intersection(partners):
        raise StackError(f"no partner is called {', '.join(sorted(taken))}: the services' own names are not given away")
    _wait(lambda: broker_admin.answers(kafka), f"Kafka at {kafka}")
    changes = broker_admin.bring_in_step(kafka, all_topics(partners))
    broker_access.prepare(kafka, partners)
    made = f"{len(changes.created)} created, {len(changes.reconfigured)} changed"
    print(f"topics: {made}; {counted(len(partners), 'partner')}")
    for name in changes.misfits:
        print(f"{name} has another number of partitions than the list says; left as it is")


@app.command()
def accounts(
    mongo: Annotated[str, typer.Option(envvar="MONGO_URL", help="The administrator's address of one member.")],
    services: Annotated[str, typer.Option(envvar="MONGO_ACCOUNTS", help="A line `service password` for each.")],
    member: Annotated[str, typer.Option(help="host:port of that member, as the services reach it.")],
) -> None:
    """Initiate the replica set and give each service a user of its own, with rights in its own database only."""
    passwords = dict(line.split() for line in services.splitlines() if line.strip())
    with MongoClient[dict[str, Any]](mongo, serverSelectionTimeoutMS=2000, directConnection=True) as client:
        _wait(lambda: _is_primary(client, member), f"MongoDB at {member}")
        for service, password in passwords.items():
            database = client[service]
            command = "updateUser" if database.command("usersInfo", service)["users"] else "createUser"
            database.command(command, service, pwd=password, roles=["readWrite", "dbAdmin"])
    print(f"accounts: {', '.join(passwords)}")


def _is_primary(client: "MongoClient[dict[str, Any]]", member: str) -> bool:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as failure:
        if failure.code != NOT_INITIATED:
            raise
        members = [{"_id": 0, "host": member}]
        client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
    except PyMongoError:
        return False  # still starting
    return bool(client.admin.command("hello")["isWritablePrimary"])


def _wait(is_there: Callable[[], bool], what: str) -> None:
    """Raises StackError when it does not come."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_there():
        if time.monotonic() > deadline:
            raise StackError(f"{what} did not answer within {WAIT_SECONDS} s")
        time.sleep(1)


if __name__ == "__main__":
    try:
        app()
    except (StackError, broker_admin.AdministrationFailed, PyMongoError) as error:
        raise SystemExit(f"provision: {error}") from None
