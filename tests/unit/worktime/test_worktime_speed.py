"""A promise is cheap to compute (P7: under 20 us); the bound here is five times that, for a loaded machine."""

from datetime import timedelta
from itertools import cycle, islice
from time import process_time

import pytest

from services.worktime import Clock, DayKind, Duration, Unit, advance, promise
from tests.unit.worktime.calendars import MORNING, a_calendar, at, exception, week

CALLS = 10_000
BUSY = a_calendar(
    week(thursday=MORNING),
    exceptions=(exception("1405/09/10", DayKind.CLOSED), exception("1405/09/12", DayKind.REMOTE)),
)
FILED = [at("1405/09/02 07:30") + timedelta(minutes=37 * number) for number in range(500)]


@pytest.mark.parametrize(
    "duration",
    [Duration(15, Unit.WORKING_DAYS), Duration(40, Unit.WORKING_HOURS), Duration(30, Unit.CALENDAR_DAYS)],
    ids=lambda duration: f"{duration.value}-{duration.unit.lower()}",
)
def test_a_promise_takes_microseconds(duration: Duration) -> None:
    starts = list(islice(cycle(FILED), CALLS))
    promise(BUSY, starts[0], duration)  # the year is computed at its first use
    began = process_time()
    for start in starts:
        advance(BUSY, start, duration)
    advanced = process_time()
    for start in starts:
        promise(BUSY, start, duration)
    promised = process_time()
    per_advance, per_promise = (advanced - began) / CALLS * 1e6, (promised - advanced) / CALLS * 1e6
    print(f"{duration.value} {duration.unit}: advance {per_advance:.1f} us, promise {per_promise:.1f} us")
    assert per_promise < 100


def test_a_count_of_years_costs_hardly_more_than_a_count_of_days() -> None:
    """No walk day by day: 1,000 working days may cost a few times one, not a thousand times."""

    def cost(days: int) -> float:
        clock = Clock(Duration(days, Unit.WORKING_DAYS)).start(FILED[0])
        clock.due(BUSY)
        began = process_time()
        for _ in range(2_000):
            clock.due(BUSY)
        return process_time() - began

    assert cost(1_000) < 10 * cost(1)
