"""Intake's settings, beside those of every service."""

import base64
from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, IPvAnyNetwork, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.contracts.wire import Id
from services.intake.domain.rules import Rules
from services.runtime.settings import DEVELOPMENT_KEY, ServiceSettings, long_enough
from services.worktime import Duration, Unit


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="INTAKE_", extra="forbid", frozen=True)

    port: int = 8081
    gather_seconds: float = Field(default=0.005, ge=0, le=1)
    code_key: SecretStr = SecretStr(DEVELOPMENT_KEY)
    """At least 32 bytes in base64: makes tracking codes and references. It lives as long as the installation."""
    track_misses: int = Field(default=5, ge=1)
    """Wrong look-ups of one tracking code, or checks of one receipt, within `track_misses_seconds`; then it rests."""
    track_misses_seconds: int = Field(default=900, ge=1)
    track_calls: int = Field(default=30, ge=1)
    """Look-ups and checks from one address within `track_calls_seconds`."""
    track_calls_seconds: int = Field(default=60, ge=1)
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Addresses or networks, the portal's for one, whose X-Forwarded-For says whose look-up it is."""
    public_url: str = Field(default="", pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*[^\s?#/])?)?$", max_length=200)
    """Where citizens reach the pages, without a slash at the end: the QR code of a receipt leads there."""
    visit_calls: int = Field(default=Rules.visit_calls, ge=1, le=20)
    """How often a person with a ticket is called at the most."""
    visit_days: int = Field(default=Rules.visit_within.days, ge=1, le=366)
    """Days ahead for which a visit may be promised."""
    visit_early_minutes: int = Field(default=Rules.visit_early // timedelta(minutes=1), ge=0, le=720)
    """Who draws a ticket so long before an appointment has come to it."""
    slot_minutes: int = Field(default=Rules.slot_length // timedelta(minutes=1), ge=5, le=240)
    """How long an appointment is."""
    slot_capacity: int = Field(default=Rules.slot_capacity, ge=1, le=100)
    """Appointments of one officer at one time."""
    delivery_heard_minutes: int = Field(default=Rules.delivery_heard_within // timedelta(minutes=1), ge=0, le=1440)
    """So long after a promised moment word may still come that a message was delivered before it."""
    tell_working_days: int = Field(default=Rules.told_by_desk.value, ge=1, le=30)
    """Working days of a desk to tell a result that no message could."""
    collect_days: int = Field(default=Rules.collected_within.value, ge=2, le=3650)
    """Calendar days that an output waits for its person."""
    collect_reminder_days: int = Field(default=Rules.collection_reminded_before.days, ge=1, le=3650)
    """So many days before that the citizen is reminded: fewer than it waits."""
    collect_grace_working_days: int = Field(default=Rules.collection_grace.value, ge=0, le=365)
    """Working days after the deadline, or after a later notice, until the case is closed uncollected."""
    documents_working_days: int = Field(default=Rules.documents_within.value, ge=3, le=365)
    """Working days that a citizen has to bring what is missing."""
    documents_reminder_working_days: int = Field(default=Rules.documents_reminded_before.value, ge=1, le=365)
    """So many before that they are reminded."""
    documents_grace_working_days: int = Field(default=Rules.documents_grace.value, ge=0, le=365)
    """Working days after the deadline, or after a later notice, until the case expires."""

    search_calls: int = Field(default=60, ge=1)
    """Searches of one officer within `search_seconds`."""
    search_seconds: int = Field(default=60, ge=1)
    survey_days: int = Field(default=Rules.survey_within.days, ge=1, le=3650)
    """Days after the end of a case within which its person may say how it went."""
    inspectorate_unit: Id = "wa-governorate-inspection"
    """The unit whose officers read what citizens report of illegal demands."""
    redirect_working_days: int = Field(default=Rules.redirect_lapse.value, ge=1, le=90)
    """Working days that a desk waits for a kiosk office to honour its redirect."""
    redirect_grace_days: int = Field(default=Rules.redirect_grace.value, ge=1, le=90)
    """Working days after the lapse of a redirect before the desk may close the case."""
    uploads_at_once: int = Field(default=4, ge=1, le=100)
    """Documents held in memory, each up to 10 MiB and as much again while it is sealed and stored."""
    upload_seconds: int = Field(default=60, ge=1)
    """How long the sending of one may take."""
    examined_at_once: int = Field(default=1, ge=1, le=16)
    """Documents that are opened to be judged, each by a process of its own with up to 512 MiB."""
    examine_seconds: int = Field(default=10, ge=1, le=300)
    """Processor time for one; twice as much by the clock."""
    kiosk_calls: int = Field(default=100, ge=1)
    """Calls of one partner to the HTTP gateway within `kiosk_seconds`."""
    kiosk_seconds: int = Field(default=1, ge=1)
    signatures: Literal["required", "optional"] = "required"
    """`optional`: also what is not signed, or comes without an API key, counts as the word of the office it names."""

    _long_enough = field_validator("code_key")(long_enough)

    @model_validator(mode="after")
    def _reminded_while_it_waits(self) -> Self:
        if self.collect_reminder_days >= self.collect_days:
            raise ValueError("collect_reminder_days: fewer than collect_days, so that the reminder comes between them")
        return self

    def unsafe(self) -> dict[str, bool]:
        return super().unsafe() | {
            "code_key": self.code_key.get_secret_value() == DEVELOPMENT_KEY,
            "trusted_proxies": any(not network.prefixlen for network in self.trusted_proxies),
            "signatures": self.signatures != "required",
        }

    def rules(self) -> Rules:
        return Rules(
            secret=base64.b64decode(self.code_key.get_secret_value()),
            survey_within=timedelta(days=self.survey_days),
            redirect_lapse=Duration(self.redirect_working_days, Unit.WORKING_DAYS),
            redirect_grace=Duration(self.redirect_grace_days, Unit.WORKING_DAYS),
            visit_calls=self.visit_calls,
            visit_within=timedelta(days=self.visit_days),
            visit_early=timedelta(minutes=self.visit_early_minutes),
            slot_length=timedelta(minutes=self.slot_minutes),
            slot_capacity=self.slot_capacity,
            delivery_heard_within=timedelta(minutes=self.delivery_heard_minutes),
            told_by_desk=Duration(self.tell_working_days, Unit.WORKING_DAYS),
            collected_within=Duration(self.collect_days, Unit.CALENDAR_DAYS),
            collection_reminded_before=timedelta(days=self.collect_reminder_days),
            collection_grace=Duration(self.collect_grace_working_days, Unit.WORKING_DAYS),
            documents_within=Duration(self.documents_working_days, Unit.WORKING_DAYS),
            documents_reminded_before=Duration(self.documents_reminder_working_days, Unit.WORKING_DAYS),
            documents_grace=Duration(self.documents_grace_working_days, Unit.WORKING_DAYS),
            signatures_required=self.signatures == "required",
        )
