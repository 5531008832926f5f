"""The partner contract: what a kiosk office submits, and what it is told (contract: Kiosk submission and outcome)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from services.contracts import topics
from services.contracts.event import Event
from services.contracts.topics import Topic
from services.contracts.wire import Amount, AsciiDigits, Flag, Id, Instant, Made, TypedId, Wire

SUBMITTED = "ir.servicedesk.kiosk.submission.submitted.v1"

ExternalRef = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$"), AsciiDigits]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), AsciiDigits]


class Scheme(StrEnum):
    NID = "NID"
    LEGAL_ID = "LEGAL_ID"
    FOREIGN_ID = "FOREIGN_ID"
    PASSPORT = "PASSPORT"


MAX_NAME = 120


class Applicant(Wire):
    """Who asks. Personal data: it stays in intake and in the submission topic (I12)."""

    scheme: Scheme
    value: Annotated[str, StringConstraints(min_length=1, max_length=40), AsciiDigits]
    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME)]
    mobile: Annotated[str, StringConstraints(max_length=24), AsciiDigits] | None = None
    email: Annotated[str, StringConstraints(max_length=300)] | None = None
    county: Annotated[str, StringConstraints(max_length=60)] | None = None


class Evidence(Wire):
    type: TypedId
    sha256: Sha256
    original_seen: Flag
    dataref: Annotated[str, StringConstraints(max_length=200)] | None = None


class FromOffice(Wire):
    """Whatever a kiosk office sends bears its own number of the matter, and the office."""

    external_ref: ExternalRef
    kiosk_id: TypedId


class Submission(FromOffice):
    """The value of a submission record. Identity: kioskId + externalRef + revision."""

    service_id: TypedId
    applicant: Applicant
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=50)
    amount: Amount | None = None
    area: float | None = Field(default=None, ge=0, allow_inf_nan=False, strict=True)
    revision: int = Field(default=1, ge=1, le=1000)
    redirect_ref: TypedId | None = None
    submitted_at: Instant


class WithdrawalReason(StrEnum):
    """Why an applicant takes a request back: a closed list. Nobody has to give a reason."""

    NOT_NEEDED = "NOT_NEEDED"
    HAD_ELSEWHERE = "HAD_ELSEWHERE"
    FILED_IN_ERROR = "FILED_IN_ERROR"
    TAKES_TOO_LONG = "TAKES_TOO_LONG"
    NOT_SAID = "NOT_SAID"


class Further(FromOffice):
    """What a kiosk office says later of a case that it filed. Identity: the kind, kioskId, externalRef and revision."""

    revision: int = Field(ge=1, le=1000)


class Supplement(Further):
    """Further evidence, also what the citizen was asked for."""

    evidence: tuple[Evidence, ...] = Field(min_length=1, max_length=50)


class TakenBack(Further):
    """The citizen takes the request back at the counter."""

    reason: WithdrawalReason


class DeliveryConfirmed(Further):
    """The output is in the hands of the citizen, at the counter."""

    collected_by: Literal["APPLICANT", "REPRESENTATIVE"]
    identity_seen: Flag


FURTHER: Mapping[str, type[Supplement | TakenBack | DeliveryConfirmed]] = {
    "ir.servicedesk.kiosk.submission.supplemented.v1": Supplement,
    "ir.servicedesk.kiosk.submission.withdrawn.v1": TakenBack,
    "ir.servicedesk.kiosk.delivery.confirmed.v1": DeliveryConfirmed,
}
"""What else a kiosk office may send on the topic of submissions, by `ce_type`."""


class Rejection(StrEnum):
    """Why a submission is refused: a closed list (contract). Extending it takes an ADR."""

    MALFORMED = "MALFORMED"
    INVALID_APPLICANT = "INVALID_APPLICANT"
    MISSING_EVIDENCE = "MISSING_EVIDENCE"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    STALE = "STALE"
    UNKNOWN_SERVICE = "UNKNOWN_SERVICE"
    UNKNOWN_KIOSK = "UNKNOWN_KIOSK"
    KIOSK_NOT_LICENSED = "KIOSK_NOT_LICENSED"
    NOT_OFFERED_HERE = "NOT_OFFERED_HERE"
    PRESENCE_REQUIRED = "PRESENCE_REQUIRED"
    REDIRECT_UNKNOWN = "REDIRECT_UNKNOWN"
    SOURCE_MISMATCH = "SOURCE_MISMATCH"
    CONFLICT = "CONFLICT"
    UNKNOWN_CASE = "UNKNOWN_CASE"
    """Of what is said later: this office has no accepted case under that reference, or not yet."""
    NOT_POSSIBLE = "NOT_POSSIBLE"
    """Of what is said later: the case is not in a state for it; `detail` names what stands against it."""


FIXABLE = frozenset(
    {
        Rejection.MALFORMED,
        Rejection.INVALID_APPLICANT,
        Rejection.MISSING_EVIDENCE,
        Rejection.BAD_SIGNATURE,
        Rejection.STALE,
        Rejection.UNKNOWN_CASE,
    }
)


class Responsible(Wire):
    name: str
    post: str
    phone: str


OutcomeStatus = Literal["ACCEPTED", "REJECTED", "PROGRESS"]


class Outcome(Event, Made):
    """What a kiosk is told about a submission, or about the progress of the case it opened."""

    CONTEXT: ClassVar[str] = "kiosk"
    external_ref: ExternalRef
    kiosk_id: Id
    revision: int
    status: OutcomeStatus
    request_id: Id | None = None
    tracking_code: str | None = None
    state: str | None = None
    promised_at: Instant | None = None
    promised_local: str | None = None
    responsible: Responsible | None = None
    cost: int | None = None
    stages_ahead: tuple[str, ...] = ()
    duplicate_of: Id | None = None
    """The request of the same person for the same service that was open already, or in whose favour this one ended."""
    needed: tuple[str, ...] = ()
    deadline: Instant | None = None
    code: Rejection | None = None
    message: str | None = None
    detail: str | None = None
    """With MALFORMED, INVALID_APPLICANT and NOT_POSSIBLE: where the fault is, in English, for the programmer."""
    fixable: bool | None = None
    cause_id: str | None = None
    partner: Id
    org_id: Id

    def topic(self) -> Topic:
        return topics.outcome_topic(self.partner)

    def key(self) -> str:
        return f"{self.kiosk_id}:{self.external_ref}"

    def org(self) -> str:
        return self.org_id


OUTCOME_VERBS = ("submission.accepted", "submission.rejected", "submission.progressed")
