"""The registry's settings: those of every service, where intake is, what partners get, the terms of remedies."""

import base64

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.registry.domain.rules import Rules
from services.runtime.broker_access import AS_A_RULE, Quota
from services.runtime.settings import DEVELOPMENT_KEY, ServiceSettings, long_enough


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="forbid", frozen=True)

    port: int = 8084
    events_gather_seconds: float | None = Field(default=0.25, ge=0, le=5)
    """What it hears is for reports, which nobody waits for."""
    intake_url: str = "http://127.0.0.1:8081"
    """Asked what is promised by a calendar before it is changed."""
    routing_url: str = "http://127.0.0.1:8082"
    """Asked what a rule would have done with the cases of the last weeks, before it is recorded."""
    access_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    """At least 32 bytes in base64: makes partners' passwords and API keys. Another key changes all of them."""
    api_key_grace_hours: int = Field(default=24, ge=0, le=720)
    """How long a partner's former API key is taken after a new one was drawn."""
    partner_bytes_per_second: int = Field(default=int(AS_A_RULE.bytes_per_second), ge=10_000)
    """What one partner may write to the broker, and read from it."""
    partner_request_percent: int = Field(default=int(AS_A_RULE.request_percent), ge=1, le=10_000)
    """Of one of the broker's request threads, for one partner."""

    acknowledge_days: int = Field(default=Rules.acknowledge_days, ge=1, le=100)
    """Working days in which an agency acknowledges a deficiency; then it is escalated."""
    plan_days: int = Field(default=Rules.plan_days, ge=1, le=200)
    """Working days from the report to the plan; also those of another remedy after a rejection."""
    sweep_hour: int = Field(default=6, ge=0, le=23)
    """The hour in Tehran at which the entries of all agencies are looked through each day."""
    broken_promises: int = Field(default=Rules.broken_promises, ge=1, le=10_000)
    """So many cases of one service with a broken promise, within so many days, are a deficiency of the service."""
    broken_within_days: int = Field(default=Rules.broken_within_days, ge=1, le=366)

    late_seconds: int = Field(default=60, ge=0, le=86_400)
    """How long a frozen month waits for more of what comes late, before it is counted again."""

    _long_enough = field_validator("access_key")(long_enough)

    def unsafe(self) -> dict[str, bool]:
        return super().unsafe() | {"access_key": self.access_key.get_secret_value() == DEVELOPMENT_KEY}

    def access_bytes(self) -> bytes:
        return base64.b64decode(self.access_key.get_secret_value())

    def quota(self) -> Quota:
        return Quota(self.partner_bytes_per_second, self.partner_request_percent)

    def rules(self) -> Rules:
        return Rules(
            acknowledge_days=self.acknowledge_days,
            plan_days=self.plan_days,
            broken_promises=self.broken_promises,
            broken_within_days=self.broken_within_days,
        )
