"""The settings every service has. Unknown or unsafe ones stop the start and are named (design 5)."""

import base64
import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

DEVELOPMENT_KEY = base64.b64encode(b"mizban-development-only-seal-key").decode()


def long_enough(value: SecretStr) -> SecretStr:
    """A key that makes codes or secrets: at least 32 bytes in base64. Raises ValueError."""
    if (length := _length(value)) < 32:
        raise ValueError(f"at least 32 bytes are needed, got {length}")
    return value


def of_32_bytes(value: SecretStr) -> SecretStr:
    """A key that seals or draws: 32 bytes in base64. Raises ValueError."""
    if (length := _length(value)) != 32:
        raise ValueError(f"32 bytes are needed, got {length}")
    return value


def _length(key: SecretStr) -> int:
    try:
        return len(base64.b64decode(key.get_secret_value(), validate=True))
    except ValueError:
        raise ValueError("not base64") from None


class BadSettings(SystemExit):
    """Start-up refused; the message names each setting and what is wrong with it."""


class ServiceSettings(BaseSettings):
    """Read from the environment under a prefix, as in `INTAKE_PORT`. A subclass sets `env_prefix` and `port`."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    profile: Literal["development", "production"] = "development"
    instance: str = Field(default="0", pattern=r"^[a-z0-9-]{1,40}$")
    """Static group membership: never two live processes with one name."""
    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)
    kafka_bootstrap: str = "127.0.0.1:19092"
    mongo_url: SecretStr = SecretStr("mongodb://127.0.0.1:27117/?replicaSet=mizban")
    mongo_database: str = ""
    seal_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    """32 bytes in base64: seals parked messages and dead letters, and the keys of people. It lives as long as they."""
    key_seconds: float = Field(default=60, ge=0, le=600)
    """How long a person's key is remembered: an erasure reaches every process within this time."""
    clock_file: Path | None = None
    """Development only: moves the time of the whole stack."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    max_records: int = Field(default=500, ge=1, le=5000)
    """So many messages are decided and written at once."""
    gather_seconds: float = Field(default=0.02, ge=0, le=1)
    """How long a batch that is not full waits for more: fewer and larger batches cost far less each."""
    events_gather_seconds: float | None = Field(default=None, ge=0, le=5)
    """The same of what others tell on topics, where it may wait longer than commands."""
    outbox_bound: int = Field(default=20_000, ge=1)
    """With Kafka away, commands are accepted until this many documents wait to be published; then 503."""
    commands_bound: int = Field(default=5_000, ge=1)
    """With the store away, commands are taken until this many wait to be decided; then 503."""
    retry_seconds: tuple[float, ...] = Field(default=(5, 60, 600, 3600), min_length=1)
    """When a message that failed on a fault of ours is tried again; afterwards it becomes a dead letter."""
    patience_seconds: float = 10
    """How long a message waits for a registry entry it names."""
    gap_seconds: float = 30
    """How long an event waits for the ones before it."""
    scan_seconds: float = Field(default=1.0, gt=0)
    """How often the scanner looks for what is due. What falls due in the very batch that set it does not wait."""
    breaker_failures: int = Field(default=50, ge=1)
    """So many failures among the last 20 batches, when they are also half of all messages, let the consumer rest."""
    session_timeout_ms: int = 10_000
    kill_at: str = ""
    """Development only, for fault tests: `<point>:<n>` ends the process with SIGKILL at its n-th passing."""

    _thirty_two_bytes = field_validator("seal_key")(of_32_bytes)

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        unsafe = [name for name, bad in self.unsafe().items() if bad]
        if self.profile == "production" and unsafe:
            raise ValueError(f"unsafe in production: {', '.join(unsafe)}")
        return self

    def unsafe(self) -> dict[str, bool]:
        """Which settings may not stand as they are in production; services add their own."""
        return {
            "seal_key": self.seal_key.get_secret_value() == DEVELOPMENT_KEY,
            "clock_file": self.clock_file is not None,
            "kill_at": bool(self.kill_at),
        }

    def seal_bytes(self) -> bytes:
        return base64.b64decode(self.seal_key.get_secret_value())

    @classmethod
    def load(cls, **values: Any) -> Self:
        """The settings from the environment. Raises BadSettings, which names every unknown or wrong one."""
        prefix = cls.model_config.get("env_prefix", "")
        known = {f"{prefix}{name}".upper() for name in cls.model_fields}
        unknown = sorted(
            name for name in os.environ if name.upper().startswith(prefix.upper()) and name.upper() not in known
        )
        problems = [f"{name}: no such setting" for name in unknown] if prefix else []
        try:
            settings = cls(**values)
        except SettingsError as error:  # a list that is not written as one
            problems.append(f"{prefix.upper()}: {error}")
        except ValidationError as error:
            for item in error.errors(include_input=False, include_url=False):
                name = f"{prefix}{'_'.join(map(str, item['loc']))}".upper() if item["loc"] else prefix.upper()
                problems.append(f"{name}: {item['msg']}")
        if problems:
            raise BadSettings("refusing to start:\n  " + "\n  ".join(problems))
        return settings
