"""R21: a process stands still past its session and goes on: what it writes late is rejected by version."""

import time

import pytest

from tests.chaos.house import TIMES, House

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180 + 40 * TIMES)]

SESSION = 6.0
"""The shortest that Kafka allows; in seconds."""


@pytest.mark.parametrize("service", ["intake", "routing", "notify"])
def test_a_paused_process_and_the_one_that_took_over_agree(house: House, service: str) -> None:
    """The second instance takes the partitions over while the first one sleeps in the middle of its work."""
    house.kill(service)
    house.restart(service, SESSION_TIMEOUT_MS=str(int(SESSION * 1000)))
    short = {"SESSION_TIMEOUT_MS": str(int(SESSION * 1000))}
    with house.under_load(f"{service} paused past its session, {TIMES} times"), house.second_instance(service, **short):
        for _ in range(TIMES):
            house.pause(service)
            time.sleep(SESSION + 2)
            house.resume(service)
            time.sleep(1.5)
    house.kill(service)
    house.restart(service)
    house.settle()
