"""The jobs that prepare servers do so on real ones, and may run again (design 4)."""

import asyncio
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from typer.testing import CliRunner

from services.contracts.topics import all_topics
from services.ops import provision
from services.ops.credentials import PARTNERS
from services.runtime import broker_access, broker_admin
from services.runtime.broker_access import Quota
from tests.support.quotas import AS_A_RULE, quota_of
from tests.support.stack import Stack


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


@pytest.mark.parametrize("partner", PARTNERS)
async def test_what_the_samples_partners_may_take_is_bounded_from_the_start(stack: Stack, partner: str) -> None:
    """`stack` is what `./mizban up` has prepared, and nobody has onboarded or rotated them."""
    assert await quota_of(stack.bootstrap, partner, wanted=AS_A_RULE) == AS_A_RULE


async def test_the_topics_job_bounds_whom_nothing_bounds_and_leaves_what_was_agreed(stack: Stack) -> None:
    """The broker applies changes in their order: when the last is seen, so would be one before it."""
    agreed, unbounded = f"p-{secrets.token_hex(4)}", f"p-{secrets.token_hex(4)}"
    quota = {"producer_byte_rate": 100_000, "consumer_byte_rate": 100_000, "request_percentage": 50}
    password = "a-password-of-some-length"
    await asyncio.to_thread(broker_access.grant, stack.bootstrap, agreed, password, Quota(100_000, 50))
    assert await quota_of(stack.bootstrap, agreed, wanted=quota) == quota
    job = CliRunner().invoke
    done = await asyncio.to_thread(
        job, provision.app, ["topics", agreed, unbounded], env={"KAFKA_BOOTSTRAP": stack.bootstrap}
    )
    assert done.exit_code == 0, done.output
    assert await quota_of(stack.bootstrap, unbounded, wanted=AS_A_RULE) == AS_A_RULE
    assert await quota_of(stack.bootstrap, agreed, wanted=quota) == quota


async def rights_of(bootstrap: str, partner: str, *, wanted: Callable[[int], bool]) -> int:
    """How many it has, as soon as they are as wanted, or after ten seconds: the broker answers before it applies."""
    for _ in range(100):
        rights = len(await asyncio.to_thread(broker_admin.rights, bootstrap, partner))
        if wanted(rights):
            break
        await asyncio.sleep(0.1)
    return rights


async def test_the_topics_job_gives_a_suspended_partner_nothing_anew(stack: Stack) -> None:
    """What was taken from it comes back by the registry alone."""
    suspended, name = f"p-{secrets.token_hex(4)}", "KAFKA_BOOTSTRAP"

    async def job() -> None:
        done = await asyncio.to_thread(
            CliRunner().invoke, provision.app, ["topics", suspended], env={name: stack.bootstrap}
        )
        assert done.exit_code == 0, done.output

    await job()
    given = await rights_of(stack.bootstrap, suspended, wanted=lambda rights: rights > 0)
    assert given > 0, "it is new: its account is made with the broker"
    await job()
    assert await rights_of(stack.bootstrap, suspended, wanted=lambda rights: rights == given) == given
    await asyncio.to_thread(broker_access.withdraw, stack.bootstrap, suspended)
    assert await rights_of(stack.bootstrap, suspended, wanted=lambda rights: rights == 0) == 0
    await job()
    await asyncio.sleep(1)
    assert await rights_of(stack.bootstrap, suspended, wanted=lambda rights: rights == 0) == 0, "nothing anew"
    await asyncio.to_thread(broker_access.grant, stack.bootstrap, suspended, secrets.token_urlsafe(9), Quota(1e6, 50))
    assert await rights_of(stack.bootstrap, suspended, wanted=lambda rights: rights == given) == given
