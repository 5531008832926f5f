"""The numbers of the rules, as one value: settings may change them, a rule never reads a setting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from services.notify.domain.catalogue import catalogue
from services.notify.domain.notices import Notice
from services.notify.domain.templates import Catalogue


@dataclass(frozen=True)
class Rules:
    catalogue: Catalogue = field(default_factory=catalogue)
    sending: bool = True
    """False: messages are stored and wait, without a timer, until sending is taken up again."""
    retries: int = 48
    """Further calls after the first, as GOV.UK Notify does (domain 8)."""
    retry_every: timedelta = timedelta(seconds=300)
    jitter: timedelta = timedelta(seconds=30)
    deferral: timedelta = timedelta(seconds=15)
    """First pause when no call was made (circuit breaker open, contacts away); doubled up to `retry_every`."""
    answer_within: timedelta = timedelta(seconds=60)
    """A SENDING older than this has lost its caller and becomes UNKNOWN. Longer than the sender may hold a message."""
    ask_after: timedelta = timedelta(seconds=30)
    """A gateway may still be working on a call that timed out: an earlier question would get a wrong no."""
    receipt_within: timedelta = timedelta(seconds=300)
    """After this a SENT message without receipt is asked about."""
    slow_after: timedelta = timedelta(seconds=300)
    """A message that is not delivered so long after its hand-over speaks against its gateway (GOV.UK Notify's rule)."""
    weights: Mapping[str, int] = field(default_factory=dict)
    """Of the gateways by name, as configured; none where there is only one."""
    mail: bool = False
    """Whether there is a mail server."""
    ask_at_most_every: timedelta = timedelta(hours=6)
    give_up_after: timedelta = timedelta(hours=72)
    survey_after: timedelta = timedelta(hours=2)
    """The case often ends with the delivery of its result: no second text comes at its heels."""
    survey_within: timedelta = timedelta(hours=20)
    """Long enough for the next morning, and sooner than any survey is closed (a day after the end, at the least)."""
    morning_spread: timedelta = timedelta(seconds=300)
    """What waited for the morning does not go out in one second."""

    def useful_for(self, notice: Notice) -> timedelta:
        """So long after it was made a message is stale, and expires."""
        return self.survey_within if notice is Notice.SURVEY else self.give_up_after
