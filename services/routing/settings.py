"""Routing's settings, from the environment under ROUTING_."""

import base64
from datetime import timedelta

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.routing.domain.rules import Rules
from services.runtime.settings import ServiceSettings, of_32_bytes

DEVELOPMENT_SEED_KEY = base64.b64encode(b"mizban-development-only-seed-key").decode()


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="ROUTING_", extra="forbid", frozen=True)

    port: int = Field(default=8082, ge=0, le=65535)
    gather_seconds: float = Field(default=0.05, ge=0, le=1)
    max_records: int = Field(default=1000, ge=1, le=5000)
    seed_key: SecretStr = SecretStr(DEVELOPMENT_SEED_KEY)
    """32 bytes in base64: makes the seeds of the days, by which draws are rechecked. Keep it as long as the cases."""
    ask_again_seconds: int = Field(default=Rules.ask_again // timedelta(seconds=1), ge=1, le=3600)
    """How long a case waits, in open hours, before it asks its unit's queue again for an officer."""

    re_dates_per_second: int = Field(default=500, ge=1, le=100_000)
    """How many Clocks a second are counted anew when a calendar has changed; others want this machine too."""

    _seed_of_thirty_two_bytes = field_validator("seed_key")(of_32_bytes)

    def unsafe(self) -> dict[str, bool]:
        return super().unsafe() | {"seed_key": self.seed_key.get_secret_value() == DEVELOPMENT_SEED_KEY}

    def rules(self) -> Rules:
        seed_key = base64.b64decode(self.seed_key.get_secret_value())
        return Rules(seed_key=seed_key, ask_again=timedelta(seconds=self.ask_again_seconds))
