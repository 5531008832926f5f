"""The registry's settings: those of every service, where intake is, and what partners are given."""

import base64

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.runtime.broker_access import Quota
from services.runtime.settings import DEVELOPMENT_KEY, ServiceSettings, long_enough


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="forbid", frozen=True)

    port: int = 8084
    intake_url: str = "http://127.0.0.1:8081"
    """Asked what is promised by a calendar before it is changed."""
    access_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    """At least 32 bytes in base64: makes partners' passwords and API keys. Another key changes all of them."""
    api_key_grace_hours: int = Field(default=24, ge=0, le=720)
    """How long a partner's former API key is taken after a new one was drawn."""
    partner_bytes_per_second: int = Field(default=2 * 1024 * 1024, ge=10_000)
    """What one partner may write to the broker, and read from it."""
    partner_request_percent: int = Field(default=100, ge=1, le=10_000)
    """Of one of the broker's request threads, for one partner."""

    _long_enough = field_validator("access_key")(long_enough)

    def unsafe(self) -> dict[str, bool]:
        return super().unsafe() | {"access_key": self.access_key.get_secret_value() == DEVELOPMENT_KEY}

    def access_bytes(self) -> bytes:
        return base64.b64decode(self.access_key.get_secret_value())

    def quota(self) -> Quota:
        return Quota(self.partner_bytes_per_second, self.partner_request_percent)
