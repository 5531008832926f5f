"""Messages to a request that nobody outside knows: what the edges make of input, what requests tell each other."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from services.contracts.intake import SurveyAnswers
from services.contracts.intake_commands import FileRequest
from services.contracts.kiosk import (
    Applicant,
    DeliveryConfirmed,
    Evidence,
    Rejection,
    Submission,
    Supplement,
    TakenBack,
)
from services.contracts.service_sheet import Channel
from services.contracts.wire import Command, Id, Instant, Made, Wire
from services.intake.domain.proving import Proof
from services.intake.domain.request import CaseInBrief
from services.intake.domain.visit import Visit


class Filed(Command):
    """A desk's filing with the id it will have."""

    request_id: Id
    request: FileRequest
    visit: Visit | None = Field(default=None, exclude=True)
    """The visit that it names, as it stands now: no part of what a repeat is compared by."""


class CopyKept(Command):
    """A copy that was judged and stored, under a name of ours."""

    dataref: Id
    sha256: str
    content_type: str
    size: int


class EvidenceBrought(Command):
    """A piece of evidence at the desk; without a copy the original was seen, or nothing was brought."""

    type: Id
    original_seen: bool
    officer_id: Id
    copy_kept: CopyKept | None = None


@dataclass(frozen=True, slots=True)
class HeldDemanded:
    """An effect: so many more pieces were taken that an agency holds (I10)."""

    count: int


@dataclass(frozen=True, slots=True)
class OnSpotNoted:
    """An effect: a desk that may decide a service at once did so, or did not (domain 1.3)."""

    done: bool


class KioskSubmitted(Made):
    """A submission that could be read. `digest` names its content in normal form, `source` who says to have sent it."""

    request_id: Id
    submission: Submission
    digest: str
    source: str
    proof: Proof
    cause_id: str
    via: Literal["KAFKA", "HTTP"]
    received_at: Instant | None = None
    """When the broker took it; None = just now."""

    @property
    def said(self) -> Submission:
        """Under the name that it has in whatever an office sends."""
        return self.submission


class KioskSaid(Wire):
    """What an office says later of its case, as KioskSubmitted. `digest` names the kind too."""

    request_id: Id
    said: Supplement | TakenBack | DeliveryConfirmed
    digest: str
    source: str
    proof: Proof
    cause_id: str
    via: Literal["KAFKA", "HTTP"]
    received_at: Instant | None = None


class SaidOfCase(Wire):
    """A filing to the redirected request that it completed: the office says this of it."""

    filing_id: Id
    digest: str
    kiosk_id: Id
    said: Supplement | TakenBack | DeliveryConfirmed


class SaidTaken(Wire):
    """The request to the filing: done, or what stands against it; and how the case stands."""

    digest: str
    case: CaseInBrief
    code: Rejection | None = None
    detail: str | None = None


class HeardBefore(Wire):
    """What came under a former key to the office's own filing: was this content answered already?"""

    asked_by: Id
    digest: str
    """By what it is known to who asks; `content`: to the filing."""
    content: str


class WasHeard(Wire):
    """The filing to what came under a former key: whether it was answered already."""

    digest: str
    heard: bool


class KioskUnreadable(Wire):
    """A record that could not be read, but whose key names the kiosk that is to be told where the fault is."""

    request_id: Id
    kiosk_id: Id
    external_ref: str
    revision: int
    detail: str
    digest: str
    proof: Proof
    cause_id: str


class KioskHonours(Wire):
    """A filing to the request its redirect reference names: the kiosk has received the person."""

    request_id: Id
    filing_id: Id
    digest: str
    revision: int
    kiosk_id: Id
    external_ref: str
    partner: Id
    redirect_number: int = 1
    """Of which of its redirects the person holds the reference."""
    channel: Channel
    service_id: Id
    applicant: Applicant
    evidence: tuple[Evidence, ...]
    amount: int | None
    area: float | None


class RedirectHonoured(Wire):
    """The request to the filing: registered by this submission."""

    digest: str
    case: CaseInBrief


class RedirectRefused(Wire):
    """The request to the filing: not redirected any more, not this person or service, or a paper is missing."""

    digest: str
    code: Rejection = Rejection.REDIRECT_UNKNOWN
    needed: tuple[str, ...] = ()


class SurveyGiven(Command):
    """A citizen's survey. What they wrote is sealed, each time into another text: it stays out of the digest."""

    answers: SurveyAnswers
    round: int = 1
    """Of the case, when it was written. Of another end the same words are another opinion, and no repeat."""
    content: str
    """Names all that is said, the texts too (`codes.survey_content`): by it a repeat has the same digest."""
    comment: str | None = Field(default=None, exclude=True)
    illegal_demand: str | None = Field(default=None, exclude=True)


class CaseProgressed(Wire):
    """The request to the filing that opened it: tell the office how far it is."""

    case: CaseInBrief
