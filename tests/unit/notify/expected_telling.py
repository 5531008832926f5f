"""What is to become of what a citizen is told, told a second time from the domain alone (domain 3, 8; I9).

It knows nothing of the rules of notify: by which way a notice goes first, which one follows, when, and what each of
its messages may do. Only what a result is announced by, or rights hang on, goes by a second way.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from services.worktime.jalali import TEHRAN

ONWARD = {
    "CREATED": {"SENDING", "SUPPRESSED", "EXPIRED"},
    "SENDING": {"SENT", "TEMP_FAILED", "PERM_FAILED", "UNKNOWN"},
    "TEMP_FAILED": {"SENDING", "PERM_FAILED", "SUPPRESSED", "EXPIRED"},
    "UNKNOWN": {"SENT", "DELIVERED", "TEMP_FAILED"},
    "SENT": {"DELIVERED", "PERM_FAILED", "FILTERED", "EXPIRED"},
}
"""Domain 3, Message. What a receipt says before the answer to the call has come is both: SENT and its end."""
ENDS = {"DELIVERED", "PERM_FAILED", "FILTERED", "EXPIRED", "SUPPRESSED"}
HEARD_OF = {
    "CREATED": "created",
    "SENT": "sent",
    "DELIVERED": "delivered",
    "PERM_FAILED": "failed",
    "FILTERED": "filtered",
    "UNKNOWN": "unknown",
    "EXPIRED": "expired",
    "SUPPRESSED": "suppressed",
}
"""By which word the desk hears of it, and makes it its work where nobody has been told."""
BY = {"SMS": None, "EMAIL": "smtp", "PRINT": "printout"}
"""Who takes what goes by each way. Nobody is called for the page: what is on it stands there once it is written."""
BY_WIRE = ("SMS", "EMAIL")
HOURS = {"ANNOUNCEMENT": (6, 23)}
"""Of the day, in which a telephone may ring; of others 07:00-21:00."""


@dataclass
class Copy:
    """One message: a notice by one way."""

    id: str
    channel: str
    made_at: datetime
    accepted: list[int] = field(default_factory=list)
    """The turns in which whoever sends it has taken it: the truth."""
    in_doubt: set[int] = field(default_factory=set)
    """Turns whose call may have gone out, and of which no word has said what became of it."""
    turns: int = 0
    """In which it was to be called."""
    declined: int = 0
    """Calls that were turned down for now."""
    state: str = "CREATED"
    taken: bool = False
    """Somebody has said that it was accepted."""
    ended_by: str | None = None
    """The word with which it came to its end."""
    ended_at: datetime | None = None
    handed_over_by: str | None = None

    @property
    def came_to_nothing(self) -> bool:
        """For certain. Where a gateway took it and only its receipt is missing, somebody may have it."""
        if self.channel not in BY_WIRE:
            return False
        silent = self.taken and self.ended_by != "Reported"
        return self.state in ("PERM_FAILED", "FILTERED") or (self.state == "EXPIRED" and not silent)

    @property
    def useless_when_made(self) -> bool:
        return self.state == "EXPIRED" and self.ended_at == self.made_at and not self.turns


@dataclass
class Told:
    """One notice, and its messages by each way so far, the first first. `until`: after which it is of no use."""

    notice: str
    matters: bool
    """A result is announced by it, or rights hang on it."""
    mobile: bool
    mail: bool
    """An address was left, and there was a mail server when it was made: it knows what an e-mail says."""
    until: datetime | None = None
    over: bool = False
    copies: list[Copy] = field(default_factory=list)
    ways: list[str] = field(default_factory=list)
    """By which it has gone by now."""

    def goes_by(self, *, server: bool) -> list[str]:
        """By the next way only when the one before has come to nothing; `server`: whether e-mail may go now.

        The page of the request shows it in any case.
        """
        if not self.ways:
            self.ways.append("SMS" if self.mobile else self._beside_a_telephone(server=server))
            return self.ways
        last = self.copies[len(self.ways) - 1]
        if last.came_to_nothing and not last.useless_when_made and self.matters:
            self.ways.append(self._beside_a_telephone(server=server and last.channel == "SMS"))
        return self.ways

    def _beside_a_telephone(self, *, server: bool) -> str:
        if not self.matters:
            return "WEB"
        return "EMAIL" if self.mail and server else "PRINT"

    def may_ring(self, channel: str, now: datetime) -> bool:
        """Quiet hours are those of a telephone (12.10)."""
        opens, closes = HOURS.get(self.notice, (7, 21))
        return channel not in BY_WIRE or opens <= now.astimezone(TEHRAN).hour < closes

    def on_page(self) -> str | None:
        """Which of its messages stands there; None: it need not be told."""
        shown = [copy.id for copy in self.copies if copy.state != "SUPPRESSED"]
        return shown[-1] if shown else None

    def is_stale(self, copy: Copy, now: datetime, give_up_after: timedelta) -> bool:
        return now >= copy.made_at + give_up_after or (self.until is not None and now >= self.until)


def is_a_way(states: list[str]) -> bool:
    """Whether a message may go through these states, one after the other. An end is an end."""
    return all(next_one in ONWARD.get(one, ()) for one, next_one in pairwise(states))
