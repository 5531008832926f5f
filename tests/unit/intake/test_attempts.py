"""Look-ups are counted in bounded memory (domain 8); a key that everybody knows is refused in production."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from services.intake import attempts
from services.intake.app import create
from services.intake.attempts import Attempts
from services.intake.settings import Settings
from services.runtime.settings import BadSettings
from tests.unit.intake.cases import MORNING


def test_the_window_slides_so_that_no_span_of_its_length_holds_more_than_is_allowed() -> None:
    """2 in 60 seconds: the third waits for the first to be a minute old, the fourth for the second."""
    counted = Attempts(allowed=2, seconds=60)
    for second in (0, 50):
        assert counted.wait("code", MORNING + timedelta(seconds=second)) == 0
        counted.count("code", MORNING + timedelta(seconds=second))
    assert counted.wait("code", MORNING + timedelta(seconds=50)) == 10
    assert counted.wait("code", MORNING + timedelta(seconds=50.5)) == 10, "never sooner than it is allowed"
    assert counted.wait("another", MORNING) == 0
    counted.count("code", MORNING + timedelta(seconds=60))
    assert counted.wait("code", MORNING + timedelta(seconds=61)) == 49
    assert counted.wait("code", MORNING + timedelta(seconds=110)) == 0


def test_an_attempt_that_was_none_is_taken_back() -> None:
    counted = Attempts(allowed=1, seconds=60)
    counted.count("code", MORNING)
    counted.take_back("code", MORNING)
    assert counted.wait("code", MORNING) == 0
    counted.take_back("code", MORNING)
    assert not counted._made


def test_a_clock_that_is_set_back_holds_nobody_up() -> None:
    counted = Attempts(allowed=1, seconds=60)
    counted.count("code", MORNING + timedelta(days=1))
    assert counted.wait("code", MORNING) == 0


def test_a_flood_of_names_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "BOUND", 10)
    counted = Attempts(allowed=1, seconds=60)
    for number in range(1000):
        counted.count(str(number), MORNING)
    assert len(counted._made) == 10
    for _ in range(1000):
        counted.count("one", MORNING)
    assert counted._made["one"] == (MORNING,)


def test_what_the_window_has_left_is_forgotten() -> None:
    counted = Attempts(allowed=5, seconds=60)
    for number in range(100):
        counted.count(str(number), MORNING + timedelta(seconds=number))
    assert sorted(map(int, counted._made)) == list(range(40, 100))


def test_the_code_key_of_the_development_profile_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_PROFILE", "production")
    monkeypatch.setenv("INTAKE_SEAL_KEY", "b3duIHNlYWwga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXM=")
    with pytest.raises(BadSettings, match="code_key"):
        Settings.load()


def test_who_trusts_everybodys_word_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_PROFILE", "production")
    monkeypatch.setenv("INTAKE_TRUSTED_PROXIES", '["10.0.0.7", "::/0"]')
    with pytest.raises(BadSettings, match="trusted_proxies"):
        Settings.load()


@pytest.mark.parametrize("wrong", ["10.0.0.7", '["portal"]', '["10.0.0.7/8"]'])
def test_a_proxy_that_is_neither_address_nor_network_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("INTAKE_TRUSTED_PROXIES", wrong)
    with pytest.raises(BadSettings, match="INTAKE_"):
        Settings.load()


def test_the_limits_are_those_of_the_domain() -> None:
    """Domain 8: 5 misses per code in 15 minutes, 30 look-ups per minute and address; no proxy is trusted by itself."""
    settings = Settings()
    assert (settings.track_misses, settings.track_misses_seconds) == (5, 15 * 60)
    assert (settings.track_calls, settings.track_calls_seconds) == (30, 60)
    assert settings.trusted_proxies == ()


def test_the_code_key_is_long_enough() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Settings(code_key=SecretStr("c2hvcnQ="))


def test_the_service_is_composed_from_its_settings_without_touching_the_network() -> None:
    service = create(Settings())
    assert [entity.name for entity in service.entities] == [
        "request", "desk-queue", "desk-slots", "visit", "illegal-demand",
    ]  # fmt: skip
    assert set(service.indexes) == {"request", "desk-queue", "desk-slots", "visit", "illegal-demand"}
