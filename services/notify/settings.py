"""Notify's settings: those of every service, the gateway, intake, and how fast and how often messages go out."""

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.notify.domain.rules import Rules
from services.notify.domain.sending import BY_NAME
from services.notify.providers.http import Dialect
from services.notify.providers.smtp import MailServer
from services.notify.sender import HOLD_AT_MOST
from services.runtime.settings import DEVELOPMENT_KEY, ServiceSettings, long_enough

SmsProvider = Literal["http", "kavenegar", "kannel"]
NEEDED: Final[Mapping[SmsProvider, tuple[str, ...]]] = {
    "http": (),
    "kavenegar": ("key",),
    "kannel": ("user", "password", "receipt_url", "receipt_token"),
}
"""What each provider of SMS cannot be called without, beside its address and the line."""
_IN_ADDRESSES: Final = ("key", "receipt_token")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{16,200}")
_RECEIPTS: Final = r"^(https?://[^\s?#%]+)?$"


def _of_this_machine(host: str) -> bool:
    """By its name or by its number; a name that only resolves to a loopback address may resolve to another tomorrow."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _refuse_incomplete(settings: BaseModel, prefix: str = "") -> None:
    """Raises ValueError, unless all is there that the provider needs, and what stands in addresses is plain there."""
    provider = getattr(settings, f"{prefix}provider")
    missing = [f"{prefix}{name}" for name in NEEDED[provider] if not getattr(settings, f"{prefix}{name}")]
    if missing:
        raise ValueError(f"{prefix}provider {provider} needs {', '.join(missing)}")
    for name in _IN_ADDRESSES:
        value: SecretStr | None = getattr(settings, f"{prefix}{name}")
        if value is not None and not _PLAIN.fullmatch(value.get_secret_value()):
            raise ValueError(f"{prefix}{name}: letters, digits, - and _ only, at least 16")


class SmsRoute(BaseModel):
    """One of several gateways: by which line, with which share of the messages, how fast."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z0-9-]{1,20}$")
    """The segment of its receipts' path. It stands in messages: a gateway keeps its name."""
    provider: SmsProvider = "http"
    url: str
    dialect: Dialect = Dialect()
    key: SecretStr | None = None
    user: str = Field(default="", max_length=100)
    password: SecretStr | None = None
    receipt_url: str = Field(default="", pattern=_RECEIPTS)
    receipt_token: SecretStr | None = None
    """These five, and the dialect, are as the settings of one gateway below."""
    line: str = Field(max_length=20)
    weight: int = Field(default=100, ge=0, le=1000)
    per_second: float = Field(default=1000, gt=0)
    burst: int = Field(default=100, ge=1)

    @model_validator(mode="after")
    def _provider_is_complete(self) -> Self:
        _refuse_incomplete(self)
        if self.receipt_token is not None and self.provider != "kannel":
            raise ValueError(f"receipt_token: {self.provider} does not call back by GET")
        return self

    def shows_its_key(self) -> bool:
        """Whether its key goes over the network in clear: it is part of every address there."""
        return self.provider == "kavenegar" and not self.url.startswith("https://")


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="NOTIFY_", extra="forbid", frozen=True)

    port: int = 8083
    gather_seconds: float = Field(default=0.05, ge=0, le=1)
    max_records: int = Field(default=1000, ge=1, le=5000)
    intake_url: str = "http://127.0.0.1:8081"
    sms_provider: SmsProvider = "http"
    sms_url: str = "http://127.0.0.1:8090"
    """The gateway's base address."""
    sms_dialect: Dialect = Dialect()
    """Of `http`: the gateway's paths, fields and words."""
    sms_key: SecretStr | None = None
    """Of `kavenegar`: the API key."""
    sms_user: str = Field(default="", max_length=100)
    """Of `kannel`, as the next three: a `sendsms-user` of its smsbox."""
    sms_password: SecretStr | None = None
    sms_receipt_url: str = Field(default="", pattern=_RECEIPTS)
    """This service's `/v1/receipts/kannel`, as the gateway reaches it."""
    sms_receipt_token: SecretStr | None = None
    """What the gateway's receipts show that they are its own with."""
    sms_line: str = Field(default="10001111", max_length=20)
    sms_timeout_seconds: float = Field(default=10, gt=0)
    sms_routes: tuple[SmsRoute, ...] = ()
    """Where there are several gateways, in place of the one above; that one first, if messages have gone by it."""
    smtp_host: str = Field(default="", max_length=253)
    """The mail server. Without one no e-mail goes out."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = Field(default="", max_length=320)
    smtp_password: SecretStr | None = None
    smtp_sender: str = Field(default="", max_length=254)
    """The address from which it comes."""
    smtp_sender_name: str = Field(default="میز خدمت", max_length=100)
    smtp_timeout_seconds: float = Field(default=5, gt=0)
    """For each of its three steps: to be known, to name the message, and to hand it over."""
    smtp_per_second: float = Field(default=20, gt=0)
    webhook_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    """At least 32 bytes in base64, from which the secrets of partners' webhooks follow. Another key, other secrets."""
    sending: bool = Rules.sending
    """False: notices are stored and wait. They go on when the service starts again with true."""
    members: int = Field(default=1, ge=1)
    """How many processes of notify run. Rates, bursts and calls at once are of all of them: each takes its share."""
    sends_per_second: float = Field(default=1000, gt=0)
    sends_burst: int = Field(default=100, ge=1)
    """So many at once after a pause."""
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

    _long_enough = field_validator("webhook_key")(long_enough)

    @model_validator(mode="after")
    def _answers_in_time(self) -> Self:
        if self.answer_within_seconds < HOLD_AT_MOST + self.sms_timeout_seconds + 10:
            raise ValueError("answer_within_seconds must leave room for waiting, the look-up of contacts and the call")
        if self.smtp_host and self.answer_within_seconds < HOLD_AT_MOST + 3 * self.smtp_timeout_seconds + 12:
            raise ValueError("answer_within_seconds must leave room for waiting and the three steps of an e-mail")
        return self

    @model_validator(mode="after")
    def _mail_server_is_complete(self) -> Self:
        self.mail_server()  # its flaws are ValueErrors
        taken = sorted({route.name for route in self.sms_routes}.intersection(BY_NAME.values()))
        if taken:
            raise ValueError(f"{', '.join(taken)}: a name of what goes without a gateway, and of none of sms_routes")
        return self

    @model_validator(mode="after")
    def _provider_is_complete(self) -> Self:
        _refuse_incomplete(self, "sms_")
        return self

    @model_validator(mode="after")
    def _gateways_can_be_told_apart(self) -> Self:
        if len({route.name for route in self.sms_routes}) < len(self.sms_routes):
            raise ValueError("each of sms_routes needs a name of its own")
        if self.sms_routes and not any(route.weight for route in self.sms_routes):
            raise ValueError("one of sms_routes needs a weight")
        return self

    def share_of(self, all_of_it: int) -> int:
        """What one process takes of it, and never nothing."""
        return max(1, all_of_it // self.members)

    def unsafe(self) -> dict[str, bool]:
        setting = "sms_routes" if self.sms_routes else "sms_url"
        return super().unsafe() | {
            setting: any(route.shows_its_key() for route in self.gateways()),
            "webhook_key": self.webhook_key.get_secret_value() == DEVELOPMENT_KEY,
            "smtp_security": self._mail_goes_in_clear(),
        }

    def _mail_goes_in_clear(self) -> bool:
        """Whether letters with names and tracking codes leave this machine without TLS."""
        return bool(self.smtp_host) and self.smtp_security == "none" and not _of_this_machine(self.smtp_host)

    def mail_server(self) -> MailServer | None:
        """Raises ValueError."""
        if not self.smtp_host:
            return None
        return MailServer(
            host=self.smtp_host,
            port=self.smtp_port,
            sender=self.smtp_sender,
            sender_name=self.smtp_sender_name,
            security=self.smtp_security,
            user=self.smtp_user,
            password=self.smtp_password,
        )

    def gateways(self) -> tuple[SmsRoute, ...]:
        """Those that there are: several, or the one."""
        if self.sms_routes:
            return self.sms_routes
        return (
            SmsRoute.model_construct(
                name=self.sms_dialect.name if self.sms_provider == "http" else self.sms_provider,
                provider=self.sms_provider,
                url=self.sms_url,
                dialect=self.sms_dialect,
                key=self.sms_key,
                user=self.sms_user,
                password=self.sms_password,
                receipt_url=self.sms_receipt_url,
                receipt_token=self.sms_receipt_token if self.sms_provider == "kannel" else None,
                line=self.sms_line,
                weight=100,
                per_second=self.sends_per_second,
                burst=self.sends_burst,
            ),
        )

    def rules(self) -> Rules:
        return Rules(
            sending=self.sending,
            mail=bool(self.smtp_host),
            weights={route.name: route.weight for route in self.sms_routes},
            retries=self.retries,
            retry_every=timedelta(seconds=self.retry_seconds_apart),
            answer_within=timedelta(seconds=self.answer_within_seconds),
            ask_after=timedelta(seconds=self.ask_after_seconds),
            receipt_within=timedelta(seconds=self.receipt_within_seconds),
            give_up_after=timedelta(hours=self.give_up_hours),
        )
