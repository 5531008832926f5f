"""The registry's settings: those of every service, where intake is, and the terms of deficiencies."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.registry.domain.rules import Rules
from services.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="forbid", frozen=True)

    port: int = 8084
    intake_url: str = "http://127.0.0.1:8081"
    """Asked what is promised by a calendar before it is changed."""
    acknowledge_days: int = Field(default=5, ge=1, le=100)
    """Working days in which an agency acknowledges a deficiency; then it is escalated."""
    plan_days: int = Field(default=10, ge=1, le=200)
    """Working days from the report to the plan; also those of another remedy after a rejection."""
    sweep_hour: int = Field(default=6, ge=0, le=23)
    """The hour in Tehran at which the entries of all agencies are looked through each day."""
    broken_promises: int = Field(default=5, ge=1, le=10_000)
    """So many cases of one service with a broken promise, within so many days, are a deficiency of the service."""
    broken_within_days: int = Field(default=30, ge=1, le=366)

    def rules(self) -> Rules:
        return Rules(
            acknowledge_days=self.acknowledge_days,
            plan_days=self.plan_days,
            broken_promises=self.broken_promises,
            broken_within_days=self.broken_within_days,
        )
