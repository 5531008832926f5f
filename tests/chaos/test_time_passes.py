"""R24: many deadlines fall due in one moment and the process dies over them: each is fired once (C4)."""

import time

import pytest

from services.contracts.wire import instant_text
from services.ops import clock
from tests.chaos.house import House
from tests.support.load_run import Pace

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

FIRE_WITHIN = 60.0
"""Seconds (reliability 1: deadlines fire within 60 s)."""


def test_every_open_deadline_falls_due_at_once_while_intake_dies_twice(house: House) -> None:
    """What is left open of the earlier faults falls due with it: a month passes in a moment."""
    since = house.offsets()
    with house.under_load("filed before a month passes", Pace(submissions=40, limit=100, officers=False)) as load:
        load.until_sent()
    house.kill("intake")
    clock.advance(house.home, "31d")
    open_ = {"state.case.nextDue": {"$gt": "", "$lt": instant_text(clock.now(house.home))}}
    assert house.mongo["intake"]["request"].count_documents(open_) >= 80
    for point in ("after-write:1", "after-publish:1"):
        house.launch("intake", KILL_AT=point)
        assert house.death_of("intake", seconds=60) == 9, f"intake did not die at {point}"
    house.restart("intake")
    deadline = time.monotonic() + FIRE_WITHIN
    while left := house.mongo["intake"]["request"].count_documents(open_):
        assert time.monotonic() < deadline, f"{left} deadlines have not fired within {FIRE_WITHIN:.0f} s"
        time.sleep(0.5)
    house.settle()  # also the messages that people get of it
    house.check(load.ledger, since, "a month passed in a moment")
