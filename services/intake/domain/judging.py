"""Whether a submission may become a case: the closed list of rejections, in the order in which they are looked for."""

from dataclasses import dataclass
from datetime import date

from services.contracts.decision import NotYet, World
from services.contracts.kiosk import Applicant, Rejection
from services.contracts.reachable import licensed
from services.contracts.registry import Kiosk
from services.contracts.service_sheet import Channel
from services.intake.domain.messages import KioskSubmitted
from services.intake.domain.people import WRONG_APPLICANT, normal_applicant
from services.intake.domain.requirements import missing
from services.intake.domain.rules import Rules
from services.intake.domain.standing import (
    KIOSK_CHANNEL,
    Standing,
    idle,
    open_offerings,
    standing,
    standing_of_open,
)
from services.worktime.jalali import civil_day


@dataclass(frozen=True, slots=True)
class Fit:
    """Nothing speaks against it."""

    service: Standing
    applicant: Applicant
    channel: Channel


@dataclass(frozen=True, slots=True)
class Unfit:
    code: Rejection
    needed: tuple[str, ...] = ()
    """Names of the documents that are missing."""
    detail: str | None = None
    """Where the fault is, for the programmer."""


def judge(message: KioskSubmitted, kiosk: Kiosk, world: World[Rules]) -> Fit | Unfit:
    """The first reason to refuse, or all that registration needs. Raises NotYet while the service may be on its way."""
    submission = message.submission
    received_at = message.received_at or world.now  # by its first receipt: however long it waited for us
    day = civil_day(received_at)
    if world.registry.partner(kiosk.partner) is None and not world.patience_over:
        raise NotYet("UNKNOWN_PARTNER")
    if not licensed(kiosk, world.registry, day):
        return Unfit(Rejection.KIOSK_NOT_LICENSED)
    if not -world.rules.oldest_submission <= submission.submitted_at - received_at <= world.rules.future_skew:
        return Unfit(Rejection.STALE)
    goes_on = submission.redirect_ref is not None  # such a case is there already
    service = (standing_of_open if goes_on else standing)(world.registry, submission.service_id)
    if service is None:
        if not world.patience_over:
            raise NotYet("UNKNOWN_SERVICE")
        return Unfit(Rejection.UNKNOWN_SERVICE)
    if service.sheet.presence is not None and service.sheet.presence.stage == "request":
        return Unfit(Rejection.PRESENCE_REQUIRED)
    out = None if goes_on else idle(service.unit, service.agency, service.permanent_desk)
    if out is not None:
        return Unfit(Rejection.NOT_OFFERED_HERE, detail=f"{out.subject()} is {out.status}")
    channel = KIOSK_CHANNEL[kiosk.kiosk_class]
    if service.sheet.information_only or not _offered(service, channel, kiosk, day, world):
        return Unfit(Rejection.NOT_OFFERED_HERE)
    try:
        applicant = normal_applicant(submission.applicant)
    except WRONG_APPLICANT as wrong:
        return Unfit(Rejection.INVALID_APPLICANT, detail=str(wrong))
    # a redirected request knows which sheet its person was told, and what the desk has taken (`redirecting.honours`)
    needed = () if goes_on else missing(service.demanded, submission.evidence)
    if needed:
        return Unfit(Rejection.MISSING_EVIDENCE, needed)
    return Fit(service, applicant, channel)


def _offered(service: Standing, channel: Channel, kiosk: Kiosk, day: date, world: World[Rules]) -> bool:
    offerings = open_offerings(world.registry, service.sheet.id, kiosk.county, day)
    return any(offering.channel is channel and offering.takes_requests for offering in offerings)
