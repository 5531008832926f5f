"""Back from a kiosk: the desk takes the case of whoever was redirected, sends them on, or closes it (domain 3, 5)."""

from typing import Any

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake import ChannelReason, RedirectFailure, RequestState
from services.contracts.intake_commands import (
    Expire,
    RedirectAgain,
    ReturnCause,
    ReturnFromKiosk,
)
from services.contracts.registry import Desk, Officer
from services.contracts.wire import instant_text
from services.intake.domain import channel
from services.intake.domain.authority import (
    agency_officer,
    authorised,
    desk_head,
    desk_officer,
    second_officer,
    wrong_field,
)
from services.intake.domain.case import Case
from services.intake.domain.case_parts import OfferedKiosk, Redirect, Role
from services.intake.domain.coming import until_missed
from services.intake.domain.deciding import decided_at_once
from services.intake.domain.evidence import counted, held_demands, taken, together
from services.intake.domain.filing import on_spot_noted, placed, redirect_of, whether_at_once
from services.intake.domain.redirecting import OF_A_REDIRECT, closing, lapse_of
from services.intake.domain.registering import registered, through
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.requirements import missing
from services.intake.domain.rules import Rules
from services.intake.domain.standing import KIOSK_CHANNEL, Standing, standing_of_open
from services.intake.domain.states import EXPIRED, REDIRECTED, REGISTERED
from services.intake.domain.visiting import back_at_desk


def taken_back(request: Request | None, command: ReturnFromKiosk, world: World[Rules]) -> Decision[Request]:
    """Registered and promised, or decided, at the desk where the person stands, at any time while REDIRECTED (I2, I4).

    A desk of the agency other than the one that redirected will do; the case moves to it, since there the person is
    told and served from now on. Raises Refused ILLEGAL_MOVE when a kiosk was faster, NOT_LAPSED, NOT_AUTHORISED,
    NO_CALENDAR, REASON_NEEDED (422), and as a decision does.
    """
    request, case, redirect = _redirected(request, REGISTERED)
    officer, desk = agency_officer(world, command.officer_id, case.desk_id, case.org_id)
    service = _service(world, case, officer)
    office = _office(redirect, command.kiosk_id)
    failure = _failure(redirect, command.cause, office, world)
    today = _today(world, case)
    # who was not when the case was filed is not now, though nothing was electronic then
    able = not case.assisted and case.channel_reason is not ChannelReason.ASSISTED
    situation = _situation(case, today, desk, world, able_and_willing=able)
    decision = channel.back_from_kiosk(situation, failed=failure is not None)
    pieces = taken(command.evidence, officer.id, service.sheet, world)
    evidence = together(case.evidence, pieces)
    case = case.model_copy(
        update={
            **through(service, decision.channel),
            **placed(today, desk, decision),
            "channel_reason": decision.reason,
            "evidence": evidence,
            "needed": missing(service.demanded, evidence),
            "held_demands": (*case.held_demands, *held_demands(service.sheet, pieces)),
            "amount": case.amount if command.amount is None else command.amount,
            "area": case.area if command.area is None else command.area,
            **whether_at_once(service, decision, command.decide, command.not_on_spot_reason),
            "officer_id": officer.id,
            "attention": case.without(*OF_A_REDIRECT),
            "redirect_failure": failure or case.redirect_failure,
            **back_at_desk(case, failure is not None, world.now),
        }
    )
    after = ("request.redirect-failed",) if failure else ()
    if command.decide is None:
        told, _, event = registered(request, case, service.sheet, world, Role.OFFICER, after)
    else:
        told, event = decided_at_once(request, case, command.decide, officer, service.sheet, world, after)
    return on_spot_noted(counted(Decision(told, events=(event,)), before=request))


def sent_on(request: Request | None, command: RedirectAgain, world: World[Rules]) -> Decision[Request]:
    """To another kiosk, with a reference and days of its own; the old reference is used up (domain 5).

    It takes the head of the desk where the person stands. Raises Refused ILLEGAL_MOVE, TOO_MANY_REDIRECTS,
    NO_OTHER_KIOSK, NOT_LAPSED, SECOND_OFFICER_NEEDED (422), NOT_DESK_HEAD (403).
    """
    request, case, redirect = _redirected(request, REDIRECTED)
    if redirect.number > 1:
        raise Refused("TOO_MANY_REDIRECTS", "a case is redirected twice at most: take it back")
    officer, desk = agency_officer(world, command.officer_id, case.desk_id, case.org_id)
    service = _service(world, case, officer)
    office = _office(redirect, command.kiosk_id)
    if office is None and command.cause != "LAPSED":
        raise wrong_field("kioskId", "KIOSK_NEEDED", "which office it was: nobody is sent there again")
    failure = _failure(redirect, command.cause, office, world)
    desk_head(world, second_officer(world, officer, command.second_officer_id).id, desk.id)
    failed = frozenset(failure.kiosk_ids) if failure else frozenset[str]()
    today = _today(world, case)
    situation = _situation(case, today, desk, world, able_and_willing=False)
    decision = channel.decide(channel.on_to_another(situation, failed))
    if not decision.kiosks:
        raise Refused("NO_OTHER_KIOSK", "no other kiosk office can do this: take the request back")
    case = case.model_copy(
        update={
            **through(service, decision.channel),
            **placed(today, desk, decision),
            "channel_reason": decision.reason,
            "officer_id": officer.id,
            "attention": case.without(*OF_A_REDIRECT),
            "redirect": redirect_of(request.id, decision, desk, world, number=2),
            "redirect_failure": failure or case.redirect_failure,
            **back_at_desk(case, failure is not None, world.now),
        }
    )
    failed_first = ("request.redirect-failed",) if failure else ()
    told, _, event = moved(request, case, world.now, Role.OFFICER, (*failed_first, REDIRECTED))
    return Decision(told, events=(event,))


def expired(request: Request | None, command: Expire, world: World[Rules]) -> Decision[Request]:
    """The desk closes a lapsed case: never that of somebody who was not told, and not before they had the grace.

    It is counted by the working days that are known now.

    Raises Refused ILLEGAL_MOVE, NOT_AUTHORISED, NOT_LAPSED, NOT_TOLD, IN_GRACE.
    """
    request, case, redirect = _redirected(request, EXPIRED)
    desk_officer(world, command.officer_id, case.desk_id)
    lapse_of(redirect)
    if redirect.told_at is None:
        why = "no message about the lapse was delivered: tell the person, and say so (/remind); then the grace begins"
        raise Refused("NOT_TOLD", why)
    ends = until_missed(case, closing(redirect, case, world))
    if world.now < ends:
        raise Refused("IN_GRACE", "the person may still come", endsAt=instant_text(ends))
    case = case.model_copy(update={"attention": case.without(*OF_A_REDIRECT)})
    told, _, event = moved(request, case, world.now, Role.OFFICER, (EXPIRED,))
    return Decision(told, events=(event,))


def _redirected(request: Request | None, to: RequestState) -> tuple[Request, Case, Redirect]:
    request, case = the_case(request)
    if case.state is not REDIRECTED:
        facts: dict[str, Any] = {"from": case.state.value, "to": to.value}
        raise Refused("ILLEGAL_MOVE", f"{case.state} does not move to {to} by a redirect", **facts)
    if case.redirect is None:
        raise ValueError("a redirected case has its redirect")
    return request, case, case.redirect


def _service(world: World[Rules], case: Case, officer: Officer) -> Standing:
    """By the sheet that the case was filed under: of that are its days, costs and demands (domain 10)."""
    service = _known(standing_of_open(world.registry, case.service_id, case.service_version))
    authorised(world, officer, service.sheet.id, "REGISTER")
    return service


def _today(world: World[Rules], case: Case) -> Standing:
    """By the newest sheet: which channel is open to the person is asked of the law of today."""
    return _known(standing_of_open(world.registry, case.service_id))


def _known(service: Standing | None) -> Standing:
    if service is None:
        raise Refused("UNKNOWN_SERVICE", "the sheet of this request is not known here")
    return service


def _situation(
    case: Case, service: Standing, desk: Desk, world: World[Rules], *, able_and_willing: bool
) -> channel.Situation:
    county = (case.applicant.county if case.applicant else None) or desk.county
    return channel.situation(world, service, desk, county, information_only=False, able_and_willing=able_and_willing)


def _office(redirect: Redirect, kiosk_id: str | None) -> OfferedKiosk | None:
    if kiosk_id is None:
        return None
    for kiosk in redirect.kiosks:
        if kiosk.id == kiosk_id:
            return kiosk
    raise wrong_field("kioskId", "NOT_OFFERED", "the person was not sent to this office")


def _failure(
    redirect: Redirect, cause: ReturnCause, office: OfferedKiosk | None, world: World[Rules]
) -> RedirectFailure | None:
    """What speaks against the offering; nothing when the redirect only lapsed."""
    if cause == "LAPSED":
        lapse_of(redirect)
        return None
    return RedirectFailure(
        cause=cause,
        channel=KIOSK_CHANNEL[office.kiosk_class] if office else redirect.channel,
        kiosk_ids=(office.id,) if office else (),
        at=world.now,
    )
