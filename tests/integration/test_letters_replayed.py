"""`mizban dlq replay` on a real Kafka: the very same record, to the same place, in order, once, and only if told to."""

import asyncio

import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from services.runtime import broker_admin, broker_records
from services.runtime.broker_records import ToSend
from services.runtime.entity import events
from services.runtime.seal import Sealer
from services.runtime.service import Running, Service
from services.runtime.settings import ServiceSettings
from tests.support import bank
from tests.support.bank import ACCOUNT, LEDGER, Paid, an_account, paid
from tests.support.operators import Desk, a_topic, everything, mizban, written


def test_a_dry_run_sends_nothing(desk: Desk) -> None:
    desk.give_up(desk.write(b"{}"))
    before = everything(desk.stack, desk.topic)
    code, output = mizban("dlq", "replay", "--group", desk.group)
    assert (code, "1 would be sent, nothing was" in output) == (0, True)
    assert everything(desk.stack, desk.topic) == before
    assert desk.listed()[0]["replayedAt"] is None


def test_a_replay_sends_the_same_bytes_to_the_same_partition_and_only_once(desk: Desk) -> None:
    id = "8c8a3ef0-1111-4222-8333-444455556666"
    record = desk.write(b'{"a":  1}', b"k:1", ("ce_id", id.encode()), ("ce_id", b"\xff"), ("x", None), ("y", b""))
    desk.give_up(record, times=2)
    code, output = mizban("dlq", "replay", "--group", desk.group, "--yes")
    assert (code, "1 of 1 sent again." in output) == (0, True)
    first, again = everything(desk.stack, desk.topic)
    assert first == record
    assert (again.partition, again.key, again.value, again.headers) == (1, record.key, record.value, record.headers)
    assert desk.listed()[0]["replayedAt"] is not None
    assert "0 dead letters" in mizban("dlq", "ls", "--group", desk.group, "--open")[1]

    assert "0 of 0 sent again." in mizban("dlq", "replay", "--group", desk.group, "--yes")[1]
    assert len(everything(desk.stack, desk.topic)) == 2
    assert "1 of 1 sent again." in mizban("dlq", "replay", "--group", desk.group, "--again", "--yes")[1]
    assert len(everything(desk.stack, desk.topic)) == 3


@pytest.mark.parametrize("value", [None, b"", b"\xff\x00"])
@pytest.mark.parametrize("key", [None, b"", b"\xfe"])
def test_absent_and_empty_stay_what_they_were(desk: Desk, key: bytes | None, value: bytes | None) -> None:
    record = desk.write(value, key)
    assert (record.key, record.value) == (key, value)
    desk.give_up(record)
    assert mizban("dlq", "replay", "--group", desk.group, "--yes")[0] == 0
    _, again = everything(desk.stack, desk.topic)
    assert (again.key, again.value, again.headers) == (key, value, record.headers)


def test_letters_are_sent_in_the_order_in_which_their_records_stood(desk: Desk) -> None:
    records = [desk.write(str(number).encode()) for number in range(3)]
    for record in reversed(records):
        desk.give_up(record)
    mizban("dlq", "replay", "--group", desk.group, "--yes")
    assert [record.value for record in everything(desk.stack, desk.topic)[3:]] == [b"0", b"1", b"2"]


def test_a_code_and_ids_choose_what_is_sent(desk: Desk) -> None:
    wanted, other = desk.write(b"wanted"), desk.write(b"other")
    id = desk.give_up(wanted, code="ONE")
    desk.give_up(other, code="TWO")
    assert mizban("dlq", "replay", "--group", desk.group, "--code", "TWO", "--yes")[0] == 0
    assert mizban("dlq", "replay", "--id", id, "--id", id[:20], "--yes")[0] == 0
    assert [record.value for record in everything(desk.stack, desk.topic)[2:]] == [b"other", b"wanted"]


def test_a_letter_sealed_with_another_key_is_told_and_hurts_no_other(desk: Desk) -> None:
    broken = desk.give_up(desk.write(b"unreadable"), seal=Sealer(b"x" * 32))
    desk.give_up(desk.write(b"readable"))
    code, output = mizban("dlq", "show", broken, "--reveal")
    assert (code, "seal does not open" in output, "unreadable" in output) == (1, True, False)
    code, output = mizban("dlq", "replay", "--group", desk.group, "--yes")
    assert (code, "seal does not open" in output, "1 of 1 sent again." in output) == (1, True, True)
    assert [record.value for record in everything(desk.stack, desk.topic)[2:]] == [b"readable"]


def test_what_kafka_does_not_take_is_told(desk: Desk) -> None:
    fits, too_large = (ToSend(desk.topic, 0, b"k", b"x" * size, ()) for size in (10, 2_000_000))
    assert broker_records.send(desk.stack.bootstrap, [fits, too_large, fits]) == [True, False, True]


async def test_once_the_rule_is_mended_a_replay_lets_the_account_go_on(desk: Desk) -> None:
    """The whole way: a fault of ours parks a key, gives its record up, and the operator's replay heals it in order."""
    source, amount, account = a_topic(desk.topic, 3), 4_242_001, an_account()
    service = Service(
        name=desk.name,
        settings=ServiceSettings(
            port=0,
            kafka_bootstrap=desk.stack.bootstrap,
            mongo_url=SecretStr(desk.stack.mongo),
            seal_key=SecretStr(desk.seal_key),
            retry_seconds=(0.1,),
            log_level="ERROR",
        ),
        entities=[ACCOUNT, LEDGER],
        consumes=[events(source, Paid, ACCOUNT, lambda event: event.account, ("account.paid",))],
        rules=None,
        api=lambda parts: APIRouter(),
        registry=False,
    )
    broker_admin.bring_in_step(desk.stack.bootstrap, [bank.TARGET])
    running = Running(service)
    await running.start()
    bank.BROKEN.add(amount)
    try:
        for record in (paid(account, amount, 1), paid(account, 5, 2)):
            written(desk.stack, desk.topic, record.value, record.key, list(record.headers), partition=1)
        async with asyncio.timeout(30):
            while not (letters := await asyncio.to_thread(desk.listed)):
                await asyncio.sleep(0.2)
        assert [(letter["code"], letter["key"]) for letter in letters] == [("ZeroDivisionError", account)]
        bank.BROKEN.discard(amount)
        assert (await asyncio.to_thread(mizban, "dlq", "replay", "--group", desk.group, "--yes"))[0] == 0
        async with asyncio.timeout(30):
            while (found := await running.parts.store.get(ACCOUNT, account)) is None or len(found.state.credits) < 2:
                await asyncio.sleep(0.1)
        assert found.state.credits == (amount, 5)
    finally:
        bank.BROKEN.discard(amount)
        await running.stop()
