"""The development clock is one file; what it cannot mean it refuses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.ops import clock
from services.ops.errors import StackError
from services.ops.home import Home

CLOSE = timedelta(seconds=30)


def test_unset_it_is_the_machines_clock(tmp_path: Path) -> None:
    assert abs(clock.now(Home(tmp_path)) - datetime.now(UTC)) < CLOSE


def test_a_time_without_zone_is_tehrans(tmp_path: Path) -> None:
    home = Home(tmp_path)
    clock.set_to(home, "2026-11-23T08:30")
    assert abs(clock.now(home) - datetime(2026, 11, 23, 5, 0, tzinfo=UTC)) < CLOSE


def test_a_time_with_a_zone_is_taken_at_its_word(tmp_path: Path) -> None:
    home = Home(tmp_path)
    clock.set_to(home, "2026-11-23T08:30:00Z")
    assert abs(clock.now(home) - datetime(2026, 11, 23, 8, 30, tzinfo=UTC)) < CLOSE


def test_advancing_adds_up(tmp_path: Path) -> None:
    home = Home(tmp_path)
    clock.set_to(home, "2026-11-23T08:30Z")
    clock.advance(home, "2h")
    clock.advance(home, "1d12h")
    assert abs(clock.now(home) - datetime(2026, 11, 24, 22, 30, tzinfo=UTC)) < CLOSE


@pytest.mark.parametrize("amount", ["", "2", "h", "-1d", "2h ", "1.5h", "3w", "99999d"])
def test_an_amount_that_means_nothing_is_refused(tmp_path: Path, amount: str) -> None:
    with pytest.raises(StackError):
        clock.advance(Home(tmp_path), amount)


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="tomorrow"):
        clock.set_to(Home(tmp_path), "tomorrow")


def test_people_read_tehran_time_with_the_jalali_date() -> None:
    assert clock.shown(datetime(2026, 11, 23, 5, 0, tzinfo=UTC)) == "2026-11-23 08:30:00 Tehran (1405/09/02 08:30)"
