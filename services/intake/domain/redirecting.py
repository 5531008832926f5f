"""A redirected request: a kiosk honours it, or its time passes (domain 3, 5; I2)."""

from datetime import datetime
from typing import Final

from services.contracts.decision import Decision, NotYet, Refused, Send, TimerFired, World
from services.contracts.intake import KioskRef
from services.contracts.kiosk import Applicant, Rejection
from services.contracts.notify import NoticeMoved
from services.contracts.registry import Desk
from services.contracts.snapshot import Snapshot
from services.contracts.wire import instant_text
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, KioskLink, OfferedKiosk, Person, Redirect, Role
from services.intake.domain.evidence import counted, held_demands, taken, together
from services.intake.domain.grace import end_of_grace, not_while_away, placed_at, received_for
from services.intake.domain.messages import KioskHonours, RedirectHonoured, RedirectRefused
from services.intake.domain.outcomes import in_brief
from services.intake.domain.people import same_person
from services.intake.domain.registering import NoPromise, by_calendar, registered, through
from services.intake.domain.request import (
    Request,
    moved,
    the_case,
    with_case,
)
from services.intake.domain.requirements import missing
from services.intake.domain.rules import Rules
from services.intake.domain.standing import may_take, receives, standing_of_open
from services.intake.domain.states import REDIRECTED
from services.worktime.jalali import civil_day

OF_A_REDIRECT: Final = (Attention.NO_OFFICE_LEFT, Attention.REDIRECT_LAPSED)
"""Work for the desk while its person is sent elsewhere; the second follows the first."""


def honours(request: Request | None, message: KioskHonours, world: World[Rules]) -> Decision[Request]:
    """Registered by the kiosk's event, for the same person and service while REDIRECTED; a second kiosk is refused.

    So is one without a paper that the sheet of the case demands and the desk has not taken: it may come again with it.
    """
    request = request or Request(id=message.request_id)  # written all the same: the answer leaves from its outbox
    case = request.case
    refusal = Send("request", message.filing_id, RedirectRefused(digest=message.digest))
    if case is None:
        return Decision(request, sends=(refusal,))
    if case.kiosk is not None and case.kiosk.filing_id == message.filing_id:
        return Decision(request, sends=(_taken(request, case, message),))  # asked twice, answered twice
    service = standing_of_open(world.registry, case.service_id, case.service_version)
    applicant = case.applicant
    if service is None or applicant is None or not _fits(case, applicant, message):
        return Decision(request, sends=(refusal,))
    pieces = taken(message.evidence, message.kiosk_id, service.sheet, world)
    evidence = together(case.evidence, pieces)
    needed = missing(service.demanded, evidence)
    if needed:
        lacks = RedirectRefused(digest=message.digest, code=Rejection.MISSING_EVIDENCE, needed=needed)
        return Decision(request, sends=(Send("request", message.filing_id, lacks),))
    honoured = case.model_copy(
        update={
            **through(service, message.channel),
            **placed_at(service.permanent_desk.id),
            "applicant": applicant.model_copy(
                update={
                    "mobile": applicant.mobile or message.applicant.mobile,
                    "email": applicant.email or message.applicant.email,
                }
            ),
            "evidence": evidence,
            "needed": (),
            "held_demands": (*case.held_demands, *held_demands(service.sheet, pieces)),
            "visits": case.visits + 1,  # to the kiosk, after the one to the desk
            "amount": case.amount if message.amount is None else message.amount,
            "area": case.area if message.area is None else message.area,
            "attention": case.without(*OF_A_REDIRECT),
            "kiosk": KioskLink(
                ref=KioskRef(kiosk_id=message.kiosk_id, external_ref=message.external_ref, partner=message.partner),
                revision=message.revision,
                filing_id=message.filing_id,
            ),
        }
    )
    try:
        told = registered(request, honoured, service.sheet, world, Role.KIOSK)
    except NoPromise:
        return Decision(request, sends=(refusal,))
    decision = Decision(told.request, events=(told.event,), sends=(_taken(told.request, told.case, message),))
    return counted(decision, before=request)


def lapsed(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """No kiosk event in time: the desk sees it. A kiosk may still honour it until the desk takes it back.

    Its days are counted once more by the calendar of now: the desk may have been shut on one of them.
    """
    case = request.case if request else None
    if request is None or case is None or case.redirect is None or case.state is not REDIRECTED:
        return Decision(request)
    case = counted_anew(case, world)
    redirect = case.redirect
    assert redirect is not None, "counted anew, it is still there"
    if world.now < redirect.lapses_at:
        return Decision(with_case(request, case, world.now))
    redirect = redirect.model_copy(update={"lapsed_at": world.now})
    redirect = redirect.model_copy(update={"ends_at": closing(redirect, case, world)})
    attention = (*case.without(*OF_A_REDIRECT), Attention.REDIRECT_LAPSED)
    case = case.model_copy(update={"redirect": redirect, "attention": attention})
    told, _, event = moved(request, case, world.now, Role.TIME, ("request.redirect-lapsed",))
    return Decision(told, events=(event,))


def warned(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """The message about the lapse was delivered: the person knows until when the case stays open."""
    request, case = the_case(request)
    redirect = case.redirect
    if redirect is None or redirect.lapsed_at is None:
        return Decision(request)
    if message.created_at is not None and message.created_at < redirect.lapsed_at:
        return Decision(request)  # it told of the lapse of an earlier redirect
    if "message.delivered" not in message.moves:
        return Decision(request)  # the desk has it in its work list already
    told = noticed(case, min(message.occurred_at, world.now), world)
    return Decision(request if told is case else with_case(request, told, world.now))


def noticed(case: Case, at: datetime, world: World[Rules], told_to: Person | None = None) -> Case:
    """Its person knows until when the case stays open: the first notice counts, whoever gave it. `told_to`: whom the
    desk has told itself."""
    redirect = case.redirect
    if case.state is not REDIRECTED or redirect is None or redirect.lapsed_at is None or redirect.told_at is not None:
        return case
    told = redirect.model_copy(update={"told_at": at, "told_to": told_to})
    told = told.model_copy(update={"ends_at": closing(told, case, world)})
    return case.model_copy(update={"redirect": told})


def counted_anew(case: Case, world: World[Rules]) -> Case:
    """With the lapse, or after it the grace, by the days that are known now; the very same case where nothing is
    otherwise."""
    redirect = case.redirect
    if case.state is not REDIRECTED or redirect is None:
        return case
    if redirect.lapsed_at is None:
        anew = redirect.model_copy(update={"lapses_at": _lapse_by_now(case, redirect, world)})
    else:
        anew = redirect.model_copy(update={"ends_at": closing(redirect, case, world)})
    return case if anew == redirect else case.model_copy(update={"redirect": anew})


def looked_for_offices(case: Case, world: World[Rules]) -> Case:
    """Work for the desk while no office is left for its person, and none when one is there again; the very same case
    where nothing is otherwise. What has lapsed is work already."""
    redirect = case.redirect
    if case.state is not REDIRECTED or redirect is None or redirect.lapsed_at is not None:
        return case
    left = bool(offices_left(case, world.registry, world.now))
    if left is not (Attention.NO_OFFICE_LEFT in case.attention):
        return case
    attention = case.without(Attention.NO_OFFICE_LEFT) if left else case.needing(Attention.NO_OFFICE_LEFT)
    return case.model_copy(update={"attention": attention})


def come_until(case: Case, now: datetime) -> datetime | None:
    """Until when whoever was redirected may come: to an office, or after the lapse to the desk, too.

    None where that has passed, or is not known.
    """
    redirect = case.redirect
    if redirect is None or case.state is not REDIRECTED:
        return None
    until = redirect.lapses_at if redirect.lapsed_at is None else redirect.ends_at
    return until if until is not None and now < until else None


def offices_left(case: Case, registry: Snapshot, now: datetime) -> tuple[OfferedKiosk, ...]:
    """Of the offices that were named those at which the person can still file (domain 5): none of which is the licence
    gone, and that are open on a day before the redirect lapses, or ends. Where none is left, the desk takes the case.
    """
    redirect = case.redirect
    if redirect is None or case.state is not REDIRECTED:
        return ()
    until = come_until(case, now)

    def can_file(offered: OfferedKiosk) -> bool:
        office = registry.kiosk(offered.id)
        if office is None:
            return False
        if until is None:
            return may_take(registry, office, case.service_id, civil_day(now))
        return receives(registry, office, case.service_id, now, until)

    return tuple(offered for offered in redirect.kiosks if can_file(offered))


def lapse_after(world: World[Rules], desk: Desk | None, sent_at: datetime) -> datetime:
    """Until when the desk waits for a kiosk. Raises NoPromise, NotYet."""
    days = world.rules.redirect_lapse
    return by_calendar(world, desk, lambda hours: received_for(desk, hours, sent_at, days))


def lapse_of(redirect: Redirect) -> datetime:
    """When it lapsed. Raises Refused NOT_LAPSED, with the day on which it will."""
    if redirect.lapsed_at is None:
        until = instant_text(redirect.lapses_at)
        raise Refused("NOT_LAPSED", "the redirect has not lapsed yet", lapsesAt=until)
    return redirect.lapsed_at


def closing(redirect: Redirect, case: Case, world: World[Rules]) -> datetime:
    """Until when the person may still come: the grace runs from the lapse, or from a notice that came later."""
    grace = world.rules.redirect_grace
    return end_of_grace(case, world, lapse_of(redirect), redirect.told_at, grace, redirect.ends_at)


def _lapse_by_now(case: Case, redirect: Redirect, world: World[Rules]) -> datetime:
    """When it lapses by the working days that are known now; never sooner than its person was told, nor while the desk
    is away."""
    known, sent_at = not_while_away(redirect.lapses_at, case.desk_id, world), case.sent_away_at()
    if sent_at is None:
        return known
    since = max(sent_at, case.desk_back_at or sent_at)
    try:
        return max(known, lapse_after(world, world.registry.desk(case.desk_id), since))
    except (NoPromise, NotYet):
        return known


def _fits(case: Case, applicant: Applicant, message: KioskHonours) -> bool:
    """The reference of an earlier redirect is used up (domain 5)."""
    redirect = case.redirect
    if case.state is not REDIRECTED or redirect is None or redirect.number != message.redirect_number:
        return False
    return case.service_id == message.service_id and same_person(applicant, message.applicant)


def _taken(request: Request, case: Case, message: KioskHonours) -> Send:
    return Send("request", message.filing_id, RedirectHonoured(digest=message.digest, case=in_brief(request.id, case)))
