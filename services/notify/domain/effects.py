"""What the rules want done outside, once the write that asks for it has won (design 1, outside calls)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.notify.domain.templates import Channel
from services.notify.domain.tokens import Lang


@dataclass(frozen=True, slots=True)
class HandOver:
    """Hand this message to the provider. The answer names the same turn."""

    message_id: str
    turn: int
    template_id: str
    template_version: int
    tokens: dict[str, str]
    provider: str | None = None
    """By name; None where there is only one. It stands in the message: no other is asked about this turn."""
    applicant_ref: str | None = field(default=None, repr=False)
    """Whose preferences are asked for first; None where nobody knows any more whose case it is."""
    lang: Lang = Lang.FA
    """In which they want to be written to, as far as it is known here: of another they tell the sender."""
    channel: Channel = Channel.SMS
    queued: bool = False
    """Whether it has waited in the queue and this is its turn."""


@dataclass(frozen=True, slots=True)
class AskLanguage:
    """Ask in which language its person wants to be written to, of a message that stands on the page already.

    Only another than is known is told. What is lost of it is asked for with the next message.
    """

    message_id: str
    applicant_ref: str = field(repr=False)
    lang: Lang
    """The one that is known."""


@dataclass(frozen=True, slots=True)
class AskProvider:
    """Ask the provider what it knows under our reference. Nothing is sent."""

    message_id: str
    turn: int
    provider: str | None = None
    handed_over: timedelta | None = None
    """So long ago; None where more has happened since than is kept."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message by a gateway, counted once: whether it was delivered, or ended, within five minutes."""

    provider: str
    slow: bool


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """Call the partner's endpoint, if its webhook is on. The answer names the same turn."""

    partner: str
    turn: int
    type: str
    at: datetime
    data: str = field(repr=False)
