"""Notify's settings: those of every service, the gateway, intake, and how fast and how often messages go out."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from services.notify.domain.rules import Rules
from services.notify.providers.http import Dialect
from services.notify.sender import HOLD_AT_MOST
from services.runtime.settings import ServiceSettings

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "http": (),
    "kavenegar": ("sms_key",),
    "kannel": ("sms_user", "sms_password", "sms_receipt_url", "sms_receipt_token"),
}
"""What each provider of SMS cannot be called without, beside its address and the line."""
_IN_ADDRESSES: Final = ("sms_key", "sms_receipt_token")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{16,200}")


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="NOTIFY_", extra="forbid", frozen=True)

    port: int = 8083
    gather_seconds: float = Field(default=0.05, ge=0, le=1)
    max_records: int = Field(default=1000, ge=1, le=5000)
    intake_url: str = "http://127.0.0.1:8081"
    sms_provider: Literal["http", "kavenegar", "kannel"] = "http"
    sms_url: str = "http://127.0.0.1:8090"
    """The gateway's base address."""
    sms_dialect: Dialect = Dialect()
    """Of `http`: the gateway's paths, fields and words."""
    sms_key: SecretStr | None = None
    """Of `kavenegar`: the API key."""
    sms_user: str = Field(default="", max_length=100)
    """Of `kannel`, as the next three: a `sendsms-user` of its smsbox."""
    sms_password: SecretStr | None = None
    sms_receipt_url: str = Field(default="", pattern=r"^(https?://[^\s?#%]+)?$")
    """This service's `/v1/receipts/kannel`, as the gateway reaches it."""
    sms_receipt_token: SecretStr | None = None
    """What the gateway's receipts show that they are its own with."""
    sms_line: str = Field(default="10001111", max_length=20)
    sms_timeout_seconds: float = Field(default=10, gt=0)
    sending: bool = Rules.sending
    """False: notices are stored and wait. They go on when the service starts again with true."""
    sends_per_second: float = Field(default=1000, gt=0)
    calls_at_once: int = Field(default=256, ge=1, le=2000)
    circuit_breaker_after: int = Field(default=20, ge=1)
    """Calls in a row without an answer, after which the gateway is left alone for a while."""
    circuit_breaker_rest_seconds: float = Field(default=30, gt=0)
    retries: int = Field(default=Rules.retries, ge=0)
    retry_seconds_apart: int = Field(default=Rules.retry_every // timedelta(seconds=1), ge=1)
    answer_within_seconds: int = Field(default=Rules.answer_within // timedelta(seconds=1), ge=1)
    ask_after_seconds: int = Field(default=Rules.ask_after // timedelta(seconds=1), ge=1)
    receipt_within_seconds: int = Field(default=Rules.receipt_within // timedelta(seconds=1), ge=1)
    give_up_hours: int = Field(default=Rules.give_up_after // timedelta(hours=1), ge=1)

    @model_validator(mode="after")
    def _answers_in_time(self) -> Self:
        if self.answer_within_seconds < HOLD_AT_MOST + self.sms_timeout_seconds + 10:
            raise ValueError("answer_within_seconds must leave room for waiting, the look-up of contacts and the call")
        return self

    @model_validator(mode="after")
    def _provider_is_complete(self) -> Self:
        missing = [name for name in NEEDED[self.sms_provider] if not getattr(self, name)]
        if missing:
            raise ValueError(f"sms_provider {self.sms_provider} needs {', '.join(missing)}")
        for name in _IN_ADDRESSES:
            value: SecretStr | None = getattr(self, name)
            if value is not None and not _PLAIN.fullmatch(value.get_secret_value()):
                raise ValueError(f"{name}: letters, digits, - and _ only, at least 16")
        return self

    def unsafe(self) -> dict[str, bool]:
        in_clear = self.sms_provider == "kavenegar" and not self.sms_url.startswith("https://")
        return super().unsafe() | {"sms_url": in_clear}  # the key is part of every address there

    def rules(self) -> Rules:
        return Rules(
            sending=self.sending,
            retries=self.retries,
            retry_every=timedelta(seconds=self.retry_seconds_apart),
            answer_within=timedelta(seconds=self.answer_within_seconds),
            ask_after=timedelta(seconds=self.ask_after_seconds),
            receipt_within=timedelta(seconds=self.receipt_within_seconds),
            give_up_after=timedelta(hours=self.give_up_hours),
        )
