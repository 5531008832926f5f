"""R21: a process stands still past its session and goes on: what it writes late is rejected by version."""

import time
from contextlib import ExitStack

import pytest

from tests.chaos.house import TIMES, House

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180 + 40 * TIMES)]

SESSION = 6.0
"""The shortest that Kafka allows; in seconds."""
SHORT = {"SESSION_TIMEOUT_MS": str(int(SESSION * 1000))}
SERVICES = ("intake", "routing", "notify")


def test_paused_processes_and_those_that_took_over_agree(house: House) -> None:
    """Second instances take the partitions over while the first ones sleep in the middle of their work."""
    house.replace_all(SERVICES, **SHORT)
    with house.under_load(f"paused past their session, {TIMES} times") as load, ExitStack() as beside:
        for service in SERVICES:
            beside.enter_context(house.second_instance(service, **SHORT))
        for _ in range(TIMES):
            for service in SERVICES:
                house.pause(service)
            time.sleep(SESSION + 2)
            for service in SERVICES:
                house.resume(service)
            time.sleep(1.5)
    assert load.ledger.submitted
    house.replace_all(SERVICES)
    house.settle()
