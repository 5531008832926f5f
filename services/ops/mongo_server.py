"""The local MongoDB: a replica set of one node, with sign-in; each service has a user for its own database only."""

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from services.ops import processes
from services.ops.credentials import Credentials
from services.ops.errors import StackError
from services.ops.home import HOST, Home, Port, write_private
from services.ops.processes import Process

NAME = "mongo"
REPLICA_SET = "mizban"
ADMIN = "admin"
CACHE_GB = 1
WRITES_STAY = ",".join(
    f"eviction_{what}_target=30,eviction_{what}_trigger=60" for what in ("dirty", "updates")
)  # per cent of the cache
"""What was just written is often written again a moment later: with these it waits for the checkpoint in memory, where
MongoDB's own 5 and 20 would write it to disk once more each time. The journal is what makes it durable."""
PAST_SECONDS = 0
"""MongoDB would keep, for five minutes, every version of a document for readers of the past; nothing here is one."""
START_SECONDS = 60
NOT_INITIATED = 94
ALREADY_INITIATED = 23
UNAUTHORIZED = 13


def start(
    home: Home, credentials: Credentials, program: Path, libraries: dict[str, str], services: Iterable[str]
) -> Process:
    """Starts the server, initiates its replica set the first time, makes missing users; returns when it takes writes.

    Raises PortTaken, ProcessDied, NotReady.
    """
    running = processes.find(home, NAME)
    if running is None:
        running = processes.start(
            home, NAME, home.port(Port.MONGO), _command(home, credentials, program), os.environ | libraries
        )
    processes.wait_until(lambda: _is_prepared(home, credentials, list(services)), running, home, START_SECONDS)
    return running


def answers(url: str, seconds: float = 10) -> bool:
    """Whether a primary answers at this address."""
    try:
        with MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=int(seconds * 1000)) as client:
            return bool(client.admin.command("hello")["isWritablePrimary"])
    except PyMongoError:
        return False


def admin_url(home: Home, credentials: Credentials) -> str:
    """The address for administration and for tests: sees every database."""
    return _url(home, ADMIN, credentials.password("mongo.admin"), "", ADMIN)


def service_url(home: Home, credentials: Credentials, service: str) -> str:
    """The address with a service's own user and database."""
    return _url(home, service, credentials.password(f"mongo.{service}"), service, service)


def with_database(url: str, database: str) -> str:
    """The same server's address with this database as the default; an account keeps the authSource it had."""
    parts = urlsplit(url)
    old, query = parts.path.strip("/"), parts.query
    if parts.username and "authsource=" not in query.lower():
        query = "&".join(filter(None, [query, f"authSource={old or ADMIN}"]))
    return urlunsplit(parts._replace(path=f"/{database}", query=query))


def _url(home: Home, user: str, password: str, database: str, auth_source: str) -> str:
    server = f"{user}:{password}@{home.address(Port.MONGO)}"
    return f"mongodb://{server}/{database}?replicaSet={REPLICA_SET}&authSource={auth_source}"


def _command(home: Home, credentials: Credentials, program: Path) -> list[str | Path]:
    data, key_file = home.data / NAME, home.config / "mongo.key"
    data.mkdir(exist_ok=True, mode=0o700)
    write_private(key_file, credentials.key("mongo.replicaSet"))  # a replica set with sign-in must have one
    return [
        program,
        *("--dbpath", data, "--bind_ip", HOST, "--port", str(home.port(Port.MONGO)), "--nounixsocket"),
        *("--replSet", REPLICA_SET, "--keyFile", key_file, "--oplogSize", "512"),
        *("--wiredTigerCacheSizeGB", str(CACHE_GB), "--setParameter", "diagnosticDataCollectionEnabled=false"),
        *("--wiredTigerEngineConfigString", WRITES_STAY),
        *("--setParameter", f"minSnapshotHistoryWindowInSeconds={PAST_SECONDS}"),
        # it logs slow commands whole, with the people in them (I12); slower than a day is never
        *("--slowms", "86400000"),
    ]


def _is_prepared(home: Home, credentials: Credentials, services: list[str]) -> bool:
    try:
        with _client(home, credentials) as admin:
            if not admin.admin.command("hello")["isWritablePrimary"]:
                return False
            for service in services:
                _ensure_user(admin, service, credentials.password(f"mongo.{service}"))
            return True
    except OperationFailure as failure:
        if failure.code == NOT_INITIATED or "Authentication failed" in str(failure):
            _initiate(home, credentials)
        return False
    except PyMongoError:
        return False  # still starting


def _client(home: Home, credentials: Credentials | None) -> "MongoClient[dict[str, object]]":
    account = f"{ADMIN}:{credentials.password('mongo.admin')}@" if credentials else ""
    url = f"mongodb://{account}{home.address(Port.MONGO)}/?directConnection=true"
    return MongoClient(url, serverSelectionTimeoutMS=2000)


def _initiate(home: Home, credentials: Credentials) -> None:
    """First start: before any user exists, MongoDB lets a loopback caller initiate the set and make the first one."""
    with _client(home, None) as anyone:
        try:
            member = {"_id": 0, "host": home.address(Port.MONGO)}
            anyone.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        except OperationFailure as failure:
            if failure.code not in (ALREADY_INITIATED, UNAUTHORIZED):
                raise
        if not anyone.admin.command("hello")["isWritablePrimary"]:
            return
        try:
            anyone.admin.command("createUser", ADMIN, pwd=credentials.password("mongo.admin"), roles=["root"])
        except OperationFailure as failure:
            if failure.code != UNAUTHORIZED:
                raise
            raise StackError(
                "MongoDB's data was made with other credentials than this home's; ./mizban reset"
            ) from failure


def _ensure_user(admin: "MongoClient[dict[str, object]]", service: str, password: str) -> None:
    database = admin[service]
    if not database.command("usersInfo", service)["users"]:
        database.command("createUser", service, pwd=password, roles=["readWrite", "dbAdmin"])
