"""What notify publishes about messages to citizens, and the receipts it takes from providers (contract: Notify)."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import StringConstraints

from services.contracts import topics
from services.contracts.event import Event
from services.contracts.topics import Topic
from services.contracts.wire import Command, Id, Instant, Made


class MessageState(StrEnum):
    CREATED = "CREATED"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    TEMP_FAILED = "TEMP_FAILED"
    PERM_FAILED = "PERM_FAILED"
    FILTERED = "FILTERED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"
    SUPPRESSED = "SUPPRESSED"


ANNOUNCING = "RESULT_READY"
"""The notice whose delivery announces a result."""
REMINDING = "COLLECTION_REMINDER"
"""The notice without which an output that nobody fetches is not given up."""

WARNING = "REDIRECT_LAPSED"
"""The notice whose delivery lets a desk close a redirect that nobody followed, after its grace."""
ASKING = frozenset({"INCOMPLETE", "SUSPENDED", "DOCUMENTS_REMINDER"})
"""The notices of documents that are awaited: without one of them delivered the case does not expire."""
RETIMING_VISITS = frozenset({"VISIT", "VISIT_MOVED", "VISIT_REINSTATED", "VISIT_SHORTENED"})
"""The notices of a visit's new time. A visit outlasts the round in which it was promised, and so do they."""
RETIMING = RETIMING_VISITS | {"DOCUMENTS_POSTPONED", "RE_DATED", "EXTENDED"}
"""The notices of a new time: what they did not tell, the desk does."""
SENDING_TO_A_UNIT = frozenset({"REFERRED", "REFERRAL_CANCELLED"})
"""The notices of a unit: without them somebody does not come to it, or comes in vain; the desk tells it then."""
COUNTED = frozenset({ANNOUNCING, REMINDING, WARNING, *ASKING, *RETIMING, *SENDING_TO_A_UNIT})
GIVEN_UP = frozenset({"message.failed", "message.filtered", "message.expired", "message.suppressed", "message.unknown"})
"""What says that a message cannot be relied on."""


class NoticeMoved(Event, Made):
    """One message to one citizen after a move. Never the text, never the number (I12)."""

    CONTEXT: ClassVar[str] = "notify"
    message_id: Id
    request_id: Id
    org_id: Id
    round: int = 1
    """The round of the request that it tells of (`RequestMoved.round`)."""
    notice: str
    """What it tells: REGISTERED, RESULT_READY, ..."""
    template_id: str
    template_version: int
    channel: str
    state: MessageState
    attempt: int
    parts: int
    reason: str | None = None
    created_at: Instant | None = None
    """When its words were made; they stay as old as they are when another message says them once more."""
    occurred_at: Instant

    def topic(self) -> Topic:
        return topics.NOTIFY_STATUS

    def key(self) -> str:
        return self.request_id

    def org(self) -> str:
        return self.org_id

    def minor(self) -> bool:
        """What became of the notice of a result (I9), a lapse, documents, an output, a new time or a referral
        counts."""
        return self.notice not in COUNTED or {"message.created", "message.sent"}.issuperset(self.moves)


NOTICE_VERBS = (
    "message.created",
    "message.sent",
    "message.delivered",
    "message.failed",
    "message.filtered",
    "message.unknown",
    "message.expired",
    "message.suppressed",
)


class ProviderReceipt(Command):
    """POST /v1/receipts/{provider}: may come twice, late and out of order (domain 8)."""

    id: Annotated[str, StringConstraints(max_length=100)]
    ref: Id
    status: Annotated[str, StringConstraints(max_length=20)]
