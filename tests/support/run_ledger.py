"""The ledger of a run: everything that the system acknowledged to somebody outside, and what it must therefore show."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from services.contracts.envelope import derived_id

ACCEPTED = "ACCEPTED"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Submitted:
    """One record that Kafka acknowledged to a kiosk office. `content` names the body; the same body may be sent often.

    `expected`: ACCEPTED, the code of a rejection, or, for a record that no submission can be read from, the code of its
    dead letter (`dead_letter`), beside which a known office hears MALFORMED.
    """

    kiosk_id: str
    external_ref: str
    revision: int
    content: str
    partition: int
    offset: int
    expected: str
    dead_letter: str | None = None
    redirect_of: str | None = None
    """The request that a desk redirected and this submission completes."""

    @property
    def key(self) -> str:
        return f"{self.kiosk_id}:{self.external_ref}"

    @property
    def request_id(self) -> str:
        """The request that the submission itself opens."""
        return derived_id("kiosk", self.kiosk_id, self.external_ref)


@dataclass(frozen=True, slots=True)
class Filed:
    """One desk request that was answered 201."""

    request_id: str
    idempotency_key: str
    state: str


@dataclass(frozen=True, slots=True)
class Worked:
    """One move of an officer that was answered 2xx: `task.started` or `task.answered`."""

    request_id: str
    move: str


@dataclass
class Ledger:
    """`run` stands in every reference and Idempotency-Key of a run: so its cases are found, whatever else is stored.

    `canaries` are the national ids and mobiles used; free text carries a marker (tests/support/canaries.py).
    `contradictions` are answers that cannot both be true, `unanswered` inputs of unknown fate.
    """

    run: str
    submitted: list[Submitted] = field(default_factory=list)
    filed: list[Filed] = field(default_factory=list)
    worked: list[Worked] = field(default_factory=list)
    recorded: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    """Registry: kind and id of an entry -> versions that were acknowledged."""
    visited: dict[str, int] = field(default_factory=dict)
    """Visits that were opened, served and ended, each answered 2xx: id -> ticket."""
    canaries: set[str] = field(default_factory=set)
    unanswered: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    """HTTP answers by `<call> <status>`; `away` = no answer at all. Only for telling how it went."""

    def request_ids(self) -> set[str]:
        return {s.request_id for s in self.submitted} | {f.request_id for f in self.filed}

    def and_also(self, other: "Ledger") -> "Ledger":
        """Both runs together; `run` is then of no use to find anything by."""
        versions = {entry: set(known) for entry, known in self.recorded.items()}
        for entry, more in other.recorded.items():
            versions.setdefault(entry, set()).update(more)
        return Ledger(
            run="",
            submitted=self.submitted + other.submitted,
            filed=self.filed + other.filed,
            worked=self.worked + other.worked,
            recorded=versions,
            visited=self.visited | other.visited,
            canaries=self.canaries | other.canaries,
            unanswered=self.unanswered + other.unanswered,
            contradictions=self.contradictions + other.contradictions,
            answered=self.answered + other.answered,
        )
