"""The clock of a stack: all services share one offset, and a file caught half-written moves nobody (design 7)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.runtime.clock import OffsetClock, SystemClock


class Looking(OffsetClock):
    """Looks at its file every time."""

    LOOK_EVERY = -1.0


def is_moved_by(clock: OffsetClock, by: timedelta) -> bool:
    return abs(clock.now() - (datetime.now(UTC) + by)) < timedelta(seconds=5)


def test_time_is_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_without_a_file_it_is_now(tmp_path: Path) -> None:
    assert is_moved_by(Looking(tmp_path / "clock"), timedelta())


def test_the_file_moves_it_and_taking_the_file_away_moves_it_back(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = Looking(file)
    file.write_text(json.dumps({"offsetSeconds": -86400.5}))
    assert is_moved_by(clock, timedelta(days=-1))
    file.write_text(json.dumps({"offsetSeconds": 3600}))
    assert is_moved_by(clock, timedelta(hours=1))
    file.unlink()
    assert is_moved_by(clock, timedelta())


@pytest.mark.parametrize(
    "spoiled",
    [
        *(b"", b'{"offsetSe', b"{}", b"[]", b"null", b"\xff", b'{"offsetSeconds": null}', b'{"offsetSeconds": "soon"}'),
        *(b'{"offsetSeconds": NaN}', b'{"offsetSeconds": 1e300}', b'{"offsetSeconds": Infinity}'),
    ],
)
def test_a_spoiled_file_leaves_the_last_good_time(tmp_path: Path, spoiled: bytes) -> None:
    file = tmp_path / "clock"
    file.write_text('{"offsetSeconds": 7200}')
    clock = Looking(file)
    assert is_moved_by(clock, timedelta(hours=2))
    file.write_bytes(spoiled)
    assert is_moved_by(clock, timedelta(hours=2))


def test_the_file_is_not_read_for_every_question(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = OffsetClock(file)
    clock.now()
    file.write_text('{"offsetSeconds": 7200}')
    assert is_moved_by(clock, timedelta()), "within the fifth of a second"
