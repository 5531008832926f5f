"""Look-ups are counted in bounded memory (domain 8); a key that everybody knows is refused in production."""

from datetime import timedelta

import pytest

from services.intake import attempts
from services.intake.app import create
from services.intake.attempts import Attempts
from services.intake.settings import Settings
from services.runtime.settings import BadSettings
from tests.unit.intake.cases import MORNING


def test_after_the_allowed_attempts_one_waits_until_the_window_ends() -> None:
    counted = Attempts(allowed=2, seconds=60)
    for _ in range(2):
        assert counted.wait("code", MORNING) == 0
        counted.count("code", MORNING)
    assert counted.wait("code", MORNING + timedelta(seconds=20)) == 40
    assert counted.wait("code", MORNING + timedelta(seconds=20.5)) == 40, "never sooner than it is allowed"
    assert counted.wait("another", MORNING) == 0
    later = MORNING + timedelta(seconds=60)
    assert counted.wait("code", later) == 0
    counted.count("code", later)
    assert counted.wait("code", later) == 0, "a new window begins"


def test_a_flood_of_names_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "BOUND", 10)
    counted = Attempts(allowed=1, seconds=60)
    for number in range(1000):
        counted.count(str(number), MORNING)
    assert len(counted._made) == 10


def test_the_code_key_of_the_development_profile_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_PROFILE", "production")
    monkeypatch.setenv("INTAKE_SEAL_KEY", "b3duIHNlYWwga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXM=")
    with pytest.raises(BadSettings, match="code_key"):
        Settings.load()


def test_the_code_key_is_long_enough() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Settings(code_key="c2hvcnQ=")


def test_the_service_is_composed_from_its_settings_without_touching_the_network() -> None:
    service = create(Settings())
    assert [entity.name for entity in service.entities] == ["request"]
    assert set(service.indexes) == {"request"}
