"""The jobs that prepare servers do so on real ones, and may run again (design 4)."""

import secrets
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from typer.testing import CliRunner

from services.contracts.topics import all_topics
from services.ops import provision
from services.ops.credentials import PARTNERS
from services.runtime import broker_admin
from tests.conftest import Stack


def test_an_account_may_use_its_own_database_and_no_other_and_takes_a_new_password(stack: Stack) -> None:
    name, old, new = f"desk_{secrets.token_hex(4)}", secrets.token_urlsafe(9), secrets.token_urlsafe(9)
    member = urlsplit(stack.mongo).netloc.rpartition("@")[2]
    for password in (old, new):
        done = CliRunner().invoke(
            provision.app,
            ["accounts", "--member", member],
            env={"MONGO_URL": stack.mongo, "MONGO_ACCOUNTS": f"{name} {password}\n"},
        )
        assert done.exit_code == 0, done.output
        assert password not in done.output
    address = f"mongodb://{name}:{{}}@{member}/{name}?replicaSet={provision.REPLICA_SET}"
    with MongoClient[dict[str, object]](address.format(new)) as service:
        service[name].cases.insert_one({"_id": "1"})
        service[name].cases.create_index("wake")
        with pytest.raises(OperationFailure, match="not authorized"):
            service["intake"].request.find_one()
        service[name].command("dropDatabase")
    with (
        MongoClient[dict[str, object]](address.format(old)) as former,
        pytest.raises(OperationFailure, match="Authentication failed"),
    ):
        former[name].cases.find_one()
    with MongoClient[dict[str, object]](stack.mongo) as admin:
        admin[name].command("dropUser", name)


def test_the_topics_job_leaves_the_same_topics_and_rights_however_often_it_runs(stack: Stack) -> None:
    wanted = {topic.name for topic in all_topics(list(PARTNERS))}
    for _ in range(2):
        done = CliRunner().invoke(provision.app, ["topics", *PARTNERS], env={"KAFKA_BOOTSTRAP": stack.bootstrap})
        assert done.exit_code == 0, done.output
    assert wanted <= set(broker_admin.topic_names(stack.bootstrap))
    assert "0 created, 0 changed" in done.output
