"""The commands that intake takes, and what it answers to the service that sends messages (contract: Intake)."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator

from services.contracts.commitment import CommitmentKind, ExtensionReason
from services.contracts.intake import NotOnSpotReason, ReopeningReason
from services.contracts.kiosk import MAX_NAME, Applicant, Evidence, Scheme, WithdrawalReason
from services.contracts.routing import Law, Produced
from services.contracts.wire import Amount, AsciiDigits, Command, Day, Flag, Moment, TypedId, Wire

Text = Annotated[str, StringConstraints(max_length=2000)]


AssistanceReason = Literal["NO_PHONE", "DISABILITY", "AGE", "ASKS_IN_PERSON"]
"""Why somebody does not file electronically."""
MandateKind = Literal["POWER_OF_ATTORNEY", "GUARDIAN", "COURT", "COMPANY_OFFICER"]
"""On what somebody rests who speaks for another: a closed list."""


class Mandate(Command):
    """The paper by which somebody speaks for the applicant."""

    kind: MandateKind
    number: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    """As it stands on the paper."""
    valid_until: Day | None = None
    """Its last day; None = it has none."""


class Representative(Command):
    """A natural person who speaks for the applicant. Personal data: it stays in intake (I12)."""

    scheme: Scheme
    value: Annotated[str, StringConstraints(min_length=1, max_length=40), AsciiDigits]
    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME)]
    mobile: Annotated[str, StringConstraints(max_length=24), AsciiDigits] | None = None
    mandate: Mandate


class HandedOver(Command):
    """What a decision on the spot has produced is in the person's hands already."""

    collected_by: Literal["APPLICANT", "REPRESENTATIVE"]
    representative: Representative | None = None
    """Who it was, if not the one on record."""
    identity_seen: Flag


class Decide(Command):
    """A decision on the spot. Needs an officer with authority for it at that desk (I13)."""

    result: Literal["GRANTED", "REFUSED", "PARTIAL"]
    ground: Text | None = None
    laws: tuple[Law, ...] = Field(default=(), max_length=20)
    """Those of the sheet that the result rests on; a refusal that names none rests on all of them."""
    output: Produced | None = None
    handover: HandedOver | None = None
    """Needed where the sheet has an output that is collected, unless the decision is a refusal."""


class FileRequest(Command):
    """POST /v1/requests: a desk files for the person in front of it."""

    service_id: TypedId
    desk_id: TypedId
    applicant: Applicant | None = None
    representative: Representative | None = None
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=50)
    information_only: Flag = False
    electronically_able: Flag = True
    willing: Flag = True
    assistance_reason: AssistanceReason | None = None
    priority_class: Literal["VETERAN", "DISABILITY", "PREGNANCY", "AGE", "COURT_ORDER"] | None = None
    legal_basis: Text | None = None
    amount: Amount | None = None
    area: float | None = Field(default=None, ge=0, allow_inf_nan=False, strict=True)
    visit_id: TypedId | None = None
    """The visit that is being served."""
    redirect_ref: TypedId | None = None
    note: Text | None = None
    not_on_spot_reason: NotOnSpotReason | None = None
    """Required where the sheet lets the desk decide at once, and it does not."""
    await_documents: Flag = False
    """Nothing is registered before the documents that are missing have come; until then it is INCOMPLETE (I2)."""
    next_visit_at: Moment | None = None
    """With `awaitDocuments`: when the person is expected again. Left out, by the end of the deadline."""
    decide: Decide | None = None
    officer_id: TypedId


class DecideOnSpot(Decide):
    """POST /v1/requests/{id}/decide."""

    officer_id: TypedId


class AddEvidence(Command):
    """POST /v1/requests/{id}/evidence: the fields of the form, beside the copy itself in `file`, which may be left out.

    In the form `originalSeen` is the text true or false.
    """

    type: TypedId
    original_seen: Flag
    officer_id: TypedId

    @field_validator("original_seen", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class Announce(Command):
    """The desk told the citizen itself (I9)."""

    told_to: Literal["APPLICANT", "REPRESENTATIVE"]
    representative: Representative | None = None
    """Who it was, if not the one on record."""
    identity_seen: Flag
    officer_id: TypedId


ReturnCause = Literal["SHUT", "REFUSED", "FAILED", "LAPSED"]
"""Why somebody who was redirected is back. LAPSED says nothing against the kiosk: the person may not have gone."""


class ReturnFromKiosk(Command):
    """POST /v1/requests/{id}/return-from-kiosk: the desk where the person stands takes the redirected case back."""

    cause: ReturnCause
    kiosk_id: TypedId | None = None
    """Which of the offered offices it was."""
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=50)
    """Besides what was taken when the case was filed."""
    not_on_spot_reason: NotOnSpotReason | None = None
    """Why the desk does not decide it now: needed where its sheet allows that."""
    decide: Decide | None = None
    """Done on the spot, in this call."""
    amount: Amount | None = None
    area: float | None = Field(default=None, ge=0, allow_inf_nan=False, strict=True)
    officer_id: TypedId


class RedirectAgain(Command):
    """POST /v1/requests/{id}/redirect: to another kiosk, once, with the head of the desk as second officer."""

    cause: ReturnCause
    kiosk_id: TypedId | None = None
    """Which of the offered offices failed; needed unless the redirect only lapsed."""
    officer_id: TypedId
    second_officer_id: TypedId | None = None


class Expire(Command):
    """POST /v1/requests/{id}/expire: the desk closes a redirected case that nobody has followed up."""

    officer_id: TypedId


class HandOver(HandedOver):
    officer_id: TypedId


class Remind(Command):
    """POST /v1/requests/{id}/remind: the desk itself has told the citizen: an output waits, documents do, a case whose
    redirect has lapsed is about to end, or something has another time."""

    told_to: Literal["APPLICANT", "REPRESENTATIVE"]
    representative: Representative | None = None
    """Who it was, if not the one on record."""
    officer_id: TypedId


class FileObjection(Command):
    """POST /v1/requests/{id}/object: the applicant objects to a refusal, in their own words."""

    reason: Text
    identity_seen: Flag
    officer_id: TypedId


class Reopen(Command):
    """POST /v1/requests/{id}/reopen. The head of the desk confirms it, as second officer."""

    reason: ReopeningReason
    officer_id: TypedId
    second_officer_id: TypedId | None = None


class ExtendPromise(Command):
    """POST /v1/commitments/{id}/extend. The head of the desk approves it, as second officer."""

    to: Moment
    reason: ExtensionReason
    officer_id: TypedId
    second_officer_id: TypedId | None = None


class PromiseVisit(Command):
    """POST /v1/requests/{id}/commitments: when the person is to come again, or which slot of the desk is theirs."""

    kind: Literal[CommitmentKind.NEXT_VISIT, CommitmentKind.APPOINTMENT]
    at: Moment
    with_officer_id: TypedId | None = None
    """Of an appointment: with whom; None = whoever has the fewest that day."""
    applicant_asked: Flag = False
    """The applicant wants another time: what was promised before, of the same kind, is released by their cause."""
    officer_id: TypedId


class CloseAsDuplicate(Command):
    """POST /v1/requests/{id}/duplicate: the same person has asked for the same in another request."""

    of: TypedId
    officer_id: TypedId


class Withdraw(Command):
    """POST /v1/requests/{id}/withdraw: the applicant takes the request back at the desk."""

    reason: WithdrawalReason
    identity_seen: Flag
    officer_id: TypedId


class Track(Command):
    """POST /v1/track: code and last four of the id or mobile. POST, since query strings reach logs (domain 8)."""

    code: Annotated[str, StringConstraints(max_length=40)]
    last4: Annotated[str, StringConstraints(max_length=8)]


class CheckReceipt(Command):
    """POST /v1/receipts/check: number and hash as they stand on a print, or as somebody typed them from it."""

    number: Annotated[str, StringConstraints(max_length=60)]
    hash: Annotated[str, StringConstraints(max_length=200)]


class Demand(Command):
    """What was asked against the law, in the citizen's own words."""

    text: Text


class AnswerSurvey(Track):
    """POST /v1/track/survey: whoever may track a case that is over says how it went, once."""

    on_time: Flag
    treatment: Annotated[int, Field(ge=1, le=5, strict=True)]
    sent_to_unit: Flag
    illegal_demand: Demand | None = None
    """Goes past the agency, to the inspectorate."""
    comment: Text | None = None


class ResolveContacts(Command):
    """POST /v1/contacts: notify asks for what it needs to reach the applicants of these requests; audited."""

    request_ids: tuple[TypedId, ...] = Field(min_length=1, max_length=500)
    purpose: Literal["SERVICE", "LEGAL", "SURVEY"] = "SERVICE"


class Contact(Wire):
    request_id: TypedId
    name: str
    mobile: str | None
    """E.164."""
    email: str | None = None


class Contacts(Wire):
    items: tuple[Contact, ...]
