"""Those who carry a message to its person, whatever their make: what notify asks of one, and how a call may fail.

ProviderError
 ├── NotReached    no call was made, or nobody was there: costs no retry
 ├── Throttled     turned away unread, later please: costs no retry
 ├── Retryable     declined for now: another try in five minutes
 ├── NonRetryable  declined for good
 │    └── Gone     and so will be all else that goes to this address
 └── Unknown       the call was written, its answer is lost: ask before anything is sent again
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol, runtime_checkable

from services.contracts.notify import MessageState


class ProviderError(Exception):
    """A call that was not accepted. `reason` is a short code without personal data; it is stored and published."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotReached(ProviderError):
    pass


class Throttled(ProviderError):
    """`pause` = seconds for which the provider wants to be left alone, 0 when it said nothing."""

    def __init__(self, pause: int = 0) -> None:
        super().__init__("THROTTLED")
        self.pause = pause


class Retryable(ProviderError):
    pass


class NonRetryable(ProviderError):
    pass


class Gone(NonRetryable):
    pass


class Unknown(ProviderError):
    pass


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a message says. A provider takes what its channel has room for: an SMS is its text and nothing else."""

    text: str = field(repr=False)
    subject: str = ""
    lang: str = "fa"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a provider knows of a message: its own id, and how far it is."""

    id: str
    state: MessageState


_PROGRESS: Final = (
    MessageState.SENT,
    MessageState.EXPIRED,
    MessageState.FILTERED,
    MessageState.PERM_FAILED,
    MessageState.DELIVERED,
)


def furthest(acceptances: Iterable[Acceptance]) -> Acceptance | None:
    """Of several under one reference the one that says most; None = there is none."""
    return max(acceptances, key=lambda acceptance: _PROGRESS.index(acceptance.state), default=None)


@runtime_checkable
class Forgetful(Protocol):
    """A provider that knows of a message under our reference for a time only: afterwards its no is no denial."""

    remembers: timedelta


class Provider(Protocol):
    """One of them. `name` is the segment of its receipts' path.

    `can_ask` False: it tells nothing of a message when it is asked, so one whose outcome is unknown stays so, is never
    sent again, and is the desk's to tell (domain 12.11); only a receipt may yet clear it up.
    """

    name: str
    can_ask: bool

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        """Hands over one message under our reference. Raises ProviderError.

        `to`: the address as its channel has it, E.164 for an SMS.
        """
        ...

    async def ask(self, ref: str) -> Acceptance | None:
        """What it knows under our reference; None = it never accepted it. Raises ProviderError: it cannot be asked."""
        ...

    def state_of(self, word: str) -> MessageState | None:
        """What a status word of its receipts means; None = not a word of its."""
        ...

    async def close(self) -> None: ...
