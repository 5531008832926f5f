"""SMS gateways, whatever their make: what notify asks of one, and the ways in which a call may fail.

ProviderError
 ├── NotReached      no call was made or it was turned away unread: costs no retry
 ├── Retryable       declined for now: another try in five minutes
 ├── NonRetryable    declined for good
 └── OutcomeUnknown  the call was written, its answer is lost: ask before anything is sent again
"""

from dataclasses import dataclass
from typing import Protocol

from services.contracts.notify import MessageState


class ProviderError(Exception):
    """A call that was not accepted. `reason` is a short code without personal data; it is stored and published."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotReached(ProviderError):
    """`pause` = seconds for which the gateway wants to be left alone, 0 when it said nothing."""

    def __init__(self, reason: str, pause: int = 0) -> None:
        super().__init__(reason)
        self.pause = pause


class Retryable(ProviderError):
    pass


class NonRetryable(ProviderError):
    pass


class OutcomeUnknown(ProviderError):
    pass


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a gateway knows of a message: its own id, and how far it is."""

    id: str
    state: MessageState


class SmsProvider(Protocol):
    """One gateway. `name` is the segment of its receipts' path."""

    name: str

    async def send(self, to: str, text: str, ref: str) -> Acceptance:
        """Hands over one message (`to` E.164) under our reference. Raises ProviderError."""
        ...

    async def ask(self, ref: str) -> Acceptance | None:
        """What it knows under our reference; None = it never accepted it. Raises ProviderError: it cannot be asked."""
        ...

    def state_of(self, word: str) -> MessageState | None:
        """What a status word of its receipts means; None = not a word of its."""
        ...

    async def close(self) -> None: ...
