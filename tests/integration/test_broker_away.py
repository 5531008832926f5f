"""With Kafka away a publisher fails fast, leaves nothing running behind it, and works again afterwards (design 4)."""

import asyncio
import os
import signal
import time

import pytest
import uvloop
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from services.ops import kafka_server, mongo_server, processes
from services.ops.service_processes import SERVICES
from services.runtime import broker_admin
from services.runtime.publisher import BrokerAway, Publisher
from tests.support import bank
from tests.support.running_services import Services
from tests.support.stack import Stack

RECORD = (bank.SOURCE.name, "key", b"{}", [("ce_id", b"1")])


async def test_an_abandoned_producer_leaves_no_tasks_behind(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Publisher, "ACK_SECONDS", 1.0)
    monkeypatch.setattr(Publisher, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr("services.runtime.publisher.FAREWELL_SECONDS", 0.5)
    kafka = processes.find(stack.home, kafka_server.NAME)
    assert kafka is not None
    await asyncio.to_thread(broker_admin.bring_in_step, stack.bootstrap, [bank.SOURCE])
    publisher = Publisher(stack.bootstrap, "test")
    assert await publisher.publish([[RECORD]]) == [1]
    await asyncio.sleep(0.1)
    quiet = len(asyncio.all_tasks())
    os.kill(kafka.pid, signal.SIGSTOP)
    try:
        assert await publisher.publish([[RECORD, RECORD]]) == [0]
        for _ in range(3):
            with pytest.raises(BrokerAway):
                await publisher.publish([[RECORD]])
        async with asyncio.timeout(15):
            while len(asyncio.all_tasks()) >= quiet:
                await asyncio.sleep(0.1)
    finally:
        os.kill(kafka.pid, signal.SIGCONT)
    async with asyncio.timeout(30):
        while True:
            try:
                if await publisher.publish([[RECORD]]) == [1]:
                    break
            except BrokerAway:
                await asyncio.sleep(0.2)
    await publisher.stop()
    await _whole_again(stack.bootstrap)


async def _whole_again(bootstrap: str) -> None:
    """Kafka's controller has shut a broker that slept so long out of the cluster: until it is back there is none."""
    async with asyncio.timeout(30):
        while True:
            client = AIOKafkaClient(bootstrap_servers=bootstrap)
            try:
                await client.bootstrap()
                if client.cluster.brokers():
                    return
            finally:
                await client.close()
            await asyncio.sleep(0.2)


def test_a_connection_that_died_a_moment_ago_is_broken_and_no_fault_of_ours(stack: Stack) -> None:
    """On the services' own loop: its error would end aiokafka's task that finds Kafka again."""

    async def write_to_the_dead() -> None:
        client = AIOKafkaClient(bootstrap_servers=stack.bootstrap)
        await client.bootstrap()
        try:
            async with asyncio.timeout(30):  # a broker that has slept goes missing for a moment, now and then
                while not (await client.force_metadata_update() and client._conns):
                    await asyncio.sleep(0.2)
            connections = list(client._conns.values())
            for connection in connections:
                connection._writer.transport.abort()
            await asyncio.sleep(0)  # as when Kafka is killed: closed, and the reader has not been told yet
            for connection in connections:
                with pytest.raises(KafkaConnectionError):
                    connection.send(MetadataRequest([]))
                assert not connection.connected()
            async with asyncio.timeout(5):
                while not await client.force_metadata_update():
                    await asyncio.sleep(0.1)
        finally:
            await client.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(write_to_the_dead())


def test_services_end_in_time_with_kafka_and_mongodb_asleep(services: Services) -> None:
    """Every wait on the way out is bounded: under 20 s, before a container's engine kills (design 5, SIGTERM)."""
    home = services.stack.home
    asleep = [processes.find(home, name) for name in (kafka_server.NAME, mongo_server.NAME)]
    ends = [processes.find(home, program.name) for program in SERVICES]
    for server in asleep:
        assert server is not None
        server.signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        for service in ends:
            assert service is not None
            service.signal(signal.SIGTERM)
        while left := [service.name for service in ends if service is not None and service.is_alive()]:
            assert time.monotonic() < began + 20, left
            time.sleep(0.1)
    finally:
        for server in asleep:
            if server is not None:
                server.signal(signal.SIGCONT)
    asyncio.run(_whole_again(services.stack.bootstrap))
