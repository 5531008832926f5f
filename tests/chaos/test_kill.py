"""R01: kill -9 of a service under load, and a start in its place: nothing acknowledged is lost or done twice."""

import time

import pytest

from services.ops.chance import Chance
from services.ops.service_processes import SERVICES
from tests.chaos.house import SEED, TIMES, House

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120 + 30 * TIMES)]


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
def test_a_service_killed_under_load_loses_nothing_and_does_nothing_twice(house: House, service: str) -> None:
    chance = Chance(f"{SEED} {service}")
    with house.under_load(f"kill -9 of {service}, {TIMES} times"):
        for _ in range(TIMES):
            time.sleep(chance.uniform(0.5, 1.5))
            house.kill(service)
            house.restart(service)
        time.sleep(1)
