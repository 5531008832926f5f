"""What anybody may write to a topic must not stop its partition, nor cost a neighbour (design 5)."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from services.runtime.letters import safe_key
from services.runtime.message import Record
from tests.integration.test_door_on_servers import Bank, everything, put
from tests.support.bank import SOURCE, an_account, paid
from tests.support.stack import Stack

WRITER = """
import asyncio, sys
from aiokafka import AIOKafkaProducer

class NotUtf8(str):
    def encode(self, *_):
        return bytes([255, 254])

async def main():
    producer = AIOKafkaProducer(bootstrap_servers=sys.argv[1])
    await producer.start()
    sends = []
    for partition in range(6):
        for _ in range(3):
            sends.append(await producer.send(sys.argv[2], b"{}", key=sys.argv[3].encode(), partition=partition,
                                             headers=[(NotUtf8("x"), b"1")]))
    await asyncio.gather(*sends)
    await producer.stop()

asyncio.run(main())
"""


async def letters(bank: Bank, account: str) -> list[str]:
    """The codes of the dead letters under one key."""
    found = await everything(bank.stack, f"mizban.{bank.name}.dlq", safe_key(account.encode()))
    return [dict(letter.headers)["dl_code"].decode() for letter in found]


async def test_a_header_name_that_is_not_utf8_is_a_dead_letter_and_all_neighbours_count(
    stack: Stack, tmp_path: Path
) -> None:
    script = tmp_path / "writer.py"
    script.write_text(WRITER)
    accounts = [an_account() for _ in range(40)]
    bank = Bank(stack)  # makes the topics; it is let in when everything lies there
    await put(stack, *[paid(account, 1, 1) for account in accounts])
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(script), stack.bootstrap, SOURCE.name, accounts[0]],
        env={**os.environ, "AIOKAFKA_NO_EXTENSIONS": "1"},
        check=True,
    )
    await put(stack, *[paid(account, 10, 2) for account in accounts])
    async with bank:
        for account in accounts:
            await bank.until(account, 11)
        async with asyncio.timeout(10):
            while (await letters(bank, accounts[0])).count("HEADER_NOT_UTF8") != 18:
                await asyncio.sleep(0.2)


async def test_a_large_record_of_persian_text_is_a_dead_letter(stack: Stack) -> None:
    account = an_account()
    good = paid(account, 10, 1)
    text = Record(SOURCE.name, 0, 0, account.encode(), "آ".encode() * 120_000, good.headers)
    noise = Record(SOURCE.name, 0, 0, account.encode(), os.urandom(250_000), good.headers)
    async with Bank(stack) as bank:
        await put(stack, text, noise, good)
        await bank.until(account, 10)
        async with asyncio.timeout(10):
            while (await letters(bank, account)).count("SCHEMA") < 2:
                await asyncio.sleep(0.2)


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_every_codec_of_the_protocol_is_read(stack: Stack, codec: str) -> None:
    """A partner's client compresses as it likes."""
    account = an_account()
    async with Bank(stack) as bank:
        producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, compression_type=codec)
        await producer.start()
        record = paid(account, 10, 1)
        await producer.send_and_wait(record.topic, record.value, key=record.key, headers=list(record.headers))
        await producer.stop()
        await bank.until(account, 10)
