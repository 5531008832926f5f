"""Settings: unknown or unsafe ones stop the start and are named, and no secret is ever shown (design 5)."""

import base64
import os
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict

from services.runtime.settings import DEVELOPMENT_KEY, BadSettings, ServiceSettings

OWN_KEY = base64.b64encode(b"k" * 32).decode()


class DeskSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DESK_", extra="forbid", frozen=True)

    port: int = 8099
    windows: int = 3


@pytest.fixture(autouse=True)
def _no_inherited_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DESK_")]:
        monkeypatch.delenv(name)


def refusal() -> str:
    with pytest.raises(BadSettings) as refused:
        DeskSettings.load()
    return str(refused.value)


def test_without_any_variable_the_local_stack_is_meant() -> None:
    settings = DeskSettings.load()
    assert (settings.profile, settings.host, settings.port) == ("development", "127.0.0.1", 8099)
    assert len(settings.seal_bytes()) == 32


def test_a_variable_under_the_prefix_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_WINDOWS", "5")
    monkeypatch.setenv("desk_log_level", "ERROR")
    settings = DeskSettings.load()
    assert (settings.windows, settings.log_level) == (5, "ERROR")


def test_every_unknown_and_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_WINDOWZ", "5")
    monkeypatch.setenv("DESK_DOORS", "1")
    monkeypatch.setenv("DESK_PORT", "eighty")
    monkeypatch.setenv("DESK_MAX_RECORDS", "0")
    said = refusal()
    assert "DESK_WINDOWZ: no such setting" in said
    assert "DESK_DOORS: no such setting" in said
    assert "DESK_PORT:" in said
    assert "DESK_MAX_RECORDS:" in said


def test_what_belongs_to_others_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKTOP_SESSION", "x")
    monkeypatch.setenv("OTHER_PORT", "x")
    assert DeskSettings.load().port == 8099


@pytest.mark.parametrize("key", ["", "c2hvcnQ=", base64.b64encode(b"k" * 33).decode(), "no base64 at all!"])
def test_a_seal_key_is_thirty_two_bytes(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("DESK_SEAL_KEY", key)
    said = refusal()
    assert "DESK_SEAL_KEY" in said
    assert not key or key not in said, "a key that is nearly right is a secret all the same"


def test_a_list_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_RETRY_SECONDS", "soon")
    said = refusal()
    assert "retry_seconds" in said
    assert "soon" not in said


def test_production_refuses_every_convenience_of_development_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DESK_PROFILE", "production")
    monkeypatch.setenv("DESK_CLOCK_FILE", str(tmp_path / "clock"))
    monkeypatch.setenv("DESK_KILL_AT", "after-write")
    said = refusal()
    assert "unsafe in production: seal_key, clock_file, kill_at" in said
    assert DEVELOPMENT_KEY not in said


def test_production_starts_with_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PROFILE", "production")
    monkeypatch.setenv("DESK_SEAL_KEY", OWN_KEY)
    assert DeskSettings.load().seal_bytes() == b"k" * 32


def test_an_unknown_profile_is_not_taken_for_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PROFILE", "Production")
    assert "DESK_PROFILE" in refusal()


PASS_WORD = "pass-word"


@pytest.mark.parametrize("name", ["seal_key", "mongo_url"])
def test_secrets_do_not_show(name: str) -> None:
    settings = DeskSettings.load(seal_key=OWN_KEY, mongo_url=f"mongodb://u:{PASS_WORD}@h/")
    assert getattr(settings, name).get_secret_value() not in repr(settings)


def test_settings_do_not_change_under_way() -> None:
    settings = DeskSettings.load()
    for name in DeskSettings.model_fields:
        with pytest.raises(ValueError, match="frozen"):
            setattr(settings, name, 9)
