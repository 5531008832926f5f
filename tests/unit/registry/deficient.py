"""A deficiency after some of its steps."""

from datetime import datetime
from typing import Any

from services.registry.domain.deficiency import Deficiency
from services.registry.domain.remedying import decided
from tests.unit.registry.governorate import ACKNOWLEDGE, FIX, MONDAY, PLAN, START, reported, state_of, wish, world

STEPS_TO_FIXED = (ACKNOWLEDGE, PLAN, START, FIX)


def after(*commands: Any, now: datetime = MONDAY, known: Deficiency | None = None) -> Deficiency:
    known = known or state_of(reported())
    for command in commands:
        known = state_of(decided(known, wish(command), world(now)))
    return known
