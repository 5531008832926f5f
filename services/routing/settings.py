"""Routing's settings, from the environment under ROUTING_."""

import base64
from datetime import timedelta

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.contracts.routing_rule import Rung
from services.routing.domain.rules import Rules
from services.runtime.settings import ServiceSettings, of_32_bytes
from services.worktime import Duration, Unit

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

    ladder: tuple[Rung, ...] = Field(default=Rules.ladder, min_length=1, max_length=10)
    """At how many percent of the budget somebody is told that a case is late, where no rule of the service says it."""
    transfer_working_days: int = Field(default=Rules.transfer_within.value, ge=1, le=30)
    """Working days that another agency has to answer whether it takes a task."""
    unit_slot_minutes: int = Field(default=Rules.unit_slot_length // timedelta(minutes=1), ge=5, le=240)
    """How long a citizen is expected in a unit."""
    unit_slots_days: int = Field(default=Rules.unit_slots_within.days, ge=1, le=366)
    """Days ahead for which a unit may confirm a slot."""
    coordination_hours: int = Field(default=Rules.coordination_answered_within.value, ge=1, le=100)
    """Working hours that a unit has to answer a desk, and a desk to accept what it proposes."""
    missed_minutes: int = Field(default=Rules.missed_after // timedelta(minutes=1), ge=0, le=1440)
    """So long after its slot a referral counts as missed, if nobody says that the citizen came."""
    rebookings: int = Field(default=Rules.rebookings, ge=0, le=10)
    """How often who has missed a unit's slot gets another one."""

    _seed_of_thirty_two_bytes = field_validator("seed_key")(of_32_bytes)

    @field_validator("ladder")
    @classmethod
    def _ascending(cls, ladder: tuple[int, ...]) -> tuple[int, ...]:
        if list(ladder) != sorted(set(ladder)):
            raise ValueError("the percents ascend, each once")
        return ladder

    def unsafe(self) -> dict[str, bool]:
        return super().unsafe() | {"seed_key": self.seed_key.get_secret_value() == DEVELOPMENT_SEED_KEY}

    def rules(self) -> Rules:
        seed_key = base64.b64decode(self.seed_key.get_secret_value())
        return Rules(
            seed_key=seed_key,
            ask_again=timedelta(seconds=self.ask_again_seconds),
            ladder=self.ladder,
            transfer_within=Duration(self.transfer_working_days, Unit.WORKING_DAYS),
            unit_slot_length=timedelta(minutes=self.unit_slot_minutes),
            unit_slots_within=timedelta(days=self.unit_slots_days),
            coordination_answered_within=Duration(self.coordination_hours, Unit.WORKING_HOURS),
            missed_after=timedelta(minutes=self.missed_minutes),
            rebookings=self.rebookings,
        )
