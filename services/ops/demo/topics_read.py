"""What the topics tell of this run: followed while it goes on, and read again as a whole for the reconciliation."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.contracts.intake import DEMAND_REPORTED
from services.contracts.topics import GROUPS, INTAKE_REQUEST, NOTIFY_STATUS, dead_letter_topic
from services.ops.demo.stage import Json
from services.runtime import broker_records
from services.runtime.consumer import Consumer
from services.runtime.faults import Faults
from services.runtime.message import Record

DEAD_LETTERS = tuple(dead_letter_topic(group).name for group in GROUPS)
SETTLED_MESSAGES = frozenset({"DELIVERED", "PERM_FAILED", "FILTERED", "EXPIRED", "SUPPRESSED"})
PUT_UP = frozenset({"PRINT", "WEB"})
"""By these channels a message has no gateway, and stays SENT: where somebody reads it, or is handed it."""


def is_settled(status: Json) -> bool:
    """Whether a message has come to its end, by its last status: on paper and page it is there, a survey waits."""
    put_up = status["state"] == "SENT" and status.get("channel") in PUT_UP
    return put_up or status["state"] in SETTLED_MESSAGES or is_asked_later(status)


def is_asked_later(status: Json) -> bool:
    return (status["notice"], status["state"]) == ("SURVEY", "CREATED")


@dataclass
class Cases:
    """The cases of one run as the topics tell them: those of its kiosks' references, and those that its desks filed.

    Records may come twice (design 1): of each entity only what is newer than the last counts, by `ce_sequence`.
    """

    run: str
    filed: set[str] = field(default_factory=set)
    """Request ids of the run's desks; they may be filed before their event is read."""
    dead_letters: list[Json] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    """Where an entity's numbers do not follow one another: an event is lost, or two were told under one number."""
    _events: dict[str, list[Json]] = field(default_factory=dict)
    _messages: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Request id -> message id -> its last status."""
    _numbers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Topic and key -> the ids of its events, in order."""

    async def take(self, records: Sequence[Record]) -> None:
        self.read(records)

    def read(self, records: Iterable[Record]) -> None:
        for record in records:
            headers = {name: (value or b"").decode() for name, value in record.headers}
            if record.topic in DEAD_LETTERS:
                if "dl_replayed_at" not in headers:  # that says of an older letter that it was sent again
                    self.dead_letters.append(headers)
            elif headers.get("ce_type") == DEMAND_REPORTED:
                continue  # of an entity of its own, numbered apart
            elif self._is_new(record, headers):
                event: Json = json.loads(record.value or b"{}")
                if record.topic == INTAKE_REQUEST.name:
                    self._events.setdefault(event["requestId"], []).append(event)
                else:
                    self._messages.setdefault(event["requestId"], {})[event["messageId"]] = event

    def ours(self) -> dict[str, list[Json]]:
        """Request id -> its events in order, of this run only."""
        return {id: events for id, events in self._events.items() if id in self.filed or self._is_ours(events[-1])}

    def last(self) -> dict[str, Json]:
        """Request id -> its newest event, of this run only."""
        return {id: events[-1] for id, events in self.ours().items()}

    def our_messages(self) -> dict[str, Json]:
        """Message id -> its last status, of this run only."""
        return {id: status for request in self.ours() for id, status in self._messages.get(request, {}).items()}

    def _is_new(self, record: Record, headers: Json) -> bool:
        key = (record.key or b"").decode()
        known, number = self._numbers.setdefault((record.topic, key), []), int(headers["ce_sequence"])
        if number <= len(known):
            if known[number - 1] != headers["ce_id"]:
                self.gaps.append(f"{record.topic}, {key}: two events are number {number}")
            return False
        if number > len(known) + 1:
            self.gaps.append(f"{record.topic}, {key}: number {number} follows {len(known)}")
        known += ["lost"] * (number - len(known) - 1) + [headers["ce_id"]]
        return True

    def _is_ours(self, event: Json) -> bool:
        kiosk = event["kiosk"]
        return kiosk is not None and f"-{self.run}-" in kiosk["externalRef"]


def following(bootstrap: str, cases: Cases) -> Consumer:
    """Reads on as records come, from the oldest that is kept; joins no group."""
    return Consumer(
        bootstrap,
        group=None,
        topics=[INTAKE_REQUEST.name, NOTIFY_STATUS.name],
        instance=f"demo-{cases.run}",
        handle=cases.take,
        max_records=500,
        session_timeout_ms=10_000,
        faults=Faults(),
    )


def read_again(bootstrap: str, run: str, filed: set[str]) -> Cases:
    """Everything the topics hold now, read from the beginning. Raises AdministrationFailed."""
    cases = Cases(run, filed)
    cases.read(broker_records.everything(bootstrap, [INTAKE_REQUEST.name, NOTIFY_STATUS.name, *DEAD_LETTERS]))
    return cases
