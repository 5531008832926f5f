"""R02: the process dies at each point that the code names, under load; docs/door.md says what heals each."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from signal import SIGKILL

import pytest

from services.ops.chance import Chance
from services.runtime.faults import KillPoint
from tests.chaos.house import FULL, SEED, TIMES, House
from tests.support.load_run import Pace

EACH = TIMES if FULL else 1
"""How often a process dies at each point: of points and services together there are forty and more."""

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240 + 180 * EACH)]

DIES_WITHIN = 60.0
ABSENT = {
    ("intake", KillPoint.BEFORE_EFFECT): "it counts, and does nothing outside",
    ("notify", KillPoint.BETWEEN_ROUNDS): "nothing is sent between its entities; a timer stays due",
    ("registry", KillPoint.BEFORE_EFFECT): "it does nothing outside",
}
"""Moments that a service does not have."""
SERVICES = ("registry", "intake", "routing", "notify")
PASSINGS = {KillPoint.BETWEEN_ROUNDS: 1, KillPoint.BEFORE_EFFECT: 1}
"""At the most; other points are passed with every batch."""


def test_every_named_point_is_survived_by_every_service(house: House) -> None:
    """A point that no process died at fails the test: it would be a promise that nobody looks at."""
    died: Counter[tuple[str, KillPoint]] = Counter()

    def dies_at_each(service: str) -> None:
        chance = Chance(f"{SEED} points {service}")
        points = [point for point in KillPoint if (service, point) not in ABSENT]
        try:
            house.kill(service)
            for point in (point for _ in range(EACH) for point in chance.sample(points, len(points))):
                house.launch(service, KILL_AT=f"{point}:{chance.randint(1, PASSINGS.get(point, 4))}")
                assert house.death_of(service, DIES_WITHIN) == SIGKILL, f"{service} did not die at {point}"
                died[service, point] += 1
        finally:
            house.kill(service)
            house.restart(service)

    with (
        house.under_load(f"kill at every point, {EACH} times", Pace(redirected=0.5)),
        ThreadPoolExecutor(len(SERVICES)) as all_,
    ):
        for done in [all_.submit(dies_at_each, service) for service in SERVICES]:
            done.result()
        time.sleep(1)
    expected = {(service, point) for service in SERVICES for point in KillPoint} - ABSENT.keys()
    assert {point for _, point in expected} == set(KillPoint)
    assert {place: died[place] for place in expected} == dict.fromkeys(expected, EACH)
