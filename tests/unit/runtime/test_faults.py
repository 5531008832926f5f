"""Fault tests name a point and a count; a misspelled point must not pass for a crash that never came."""

import os
import signal

import pytest

from services.runtime.faults import Faults, KillPoint


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The signals that would have ended this process."""
    signals: list[int] = []

    def kill(pid: int, number: int) -> None:
        assert pid == os.getpid()
        signals.append(number)

    monkeypatch.setattr(os, "kill", kill)
    return signals


def test_without_a_setting_every_point_is_passed(killed: list[int]) -> None:
    for point in KillPoint:
        Faults().passing(point)
    assert killed == []


@pytest.mark.parametrize("point", KillPoint)
def test_the_named_point_kills_at_its_first_passing_and_no_other_does(point: KillPoint, killed: list[int]) -> None:
    faults = Faults(point.value)
    for other in KillPoint:
        if other is not point:
            faults.passing(other)
    assert killed == []
    faults.passing(point)
    assert killed == [signal.SIGKILL]


def test_a_count_names_the_passing(killed: list[int]) -> None:
    faults = Faults("after-write:3")
    faults.passing(KillPoint.AFTER_WRITE)
    faults.passing(KillPoint.AFTER_WRITE)
    assert killed == []
    faults.passing(KillPoint.AFTER_WRITE)
    assert killed == [signal.SIGKILL]


@pytest.mark.parametrize("setting", ["after-wirte", "after-write:x", ":3", "AFTER_WRITE"])
def test_what_names_no_point_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match=r"KillPoint|int"):
        Faults(setting)
