"""A desk files for the person in front of it: channel, registration and promise, or a redirect (domain 1, 5)."""

from dataclasses import replace
from typing import Any

from services.contracts.commitment import Commitment
from services.contracts.decision import Decision, NotYet, Refused, World
from services.contracts.entry import Status
from services.contracts.intake import ChannelReason, NotOnSpotReason
from services.contracts.intake_commands import Decide, FileRequest
from services.contracts.kiosk import Applicant
from services.contracts.registry import Desk
from services.contracts.service_sheet import ELECTRONIC, Channel
from services.intake.domain import channel, codes, deciding, visiting
from services.intake.domain.authority import authorised, desk_officer, wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import OfferedKiosk, Redirect, Role
from services.intake.domain.channel import ChannelDecision
from services.intake.domain.evidence import counted, held_demands, taken
from services.intake.domain.grace import placed_at
from services.intake.domain.incomplete import incomplete
from services.intake.domain.messages import Filed, OnSpotNoted
from services.intake.domain.people import WRONG_APPLICANT, normal_applicant
from services.intake.domain.redirecting import lapse_after
from services.intake.domain.registering import new_case, registered
from services.intake.domain.representing import represented
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.requirements import missing
from services.intake.domain.rules import Rules
from services.intake.domain.standing import Standing, idle, standing
from services.intake.domain.states import GUIDED, REDIRECTED


def at_desk(request: Request | None, command: Filed, world: World[Rules]) -> Decision[Request]:
    """The case with its promise, its redirect, or its answer. Raises Refused with the field that is wrong."""
    return visiting.told(on_spot_noted(counted(_filed(request, command, world))), command)


def _filed(request: Request | None, command: Filed, world: World[Rules]) -> Decision[Request]:
    if request is not None and request.case is not None:
        raise Refused("ALREADY_FILED", "this request exists already")
    asked = command.request
    desk = _desk(world, asked.desk_id)
    service = _service(world, asked.service_id)
    officer = desk_officer(world, asked.officer_id, desk.id)
    visiting.served_here(command, desk)
    _no_kiosk_return(world, asked.redirect_ref)
    county = (asked.applicant.county if asked.applicant else None) or desk.county
    decision = channel.decide(
        channel.situation(
            world,
            service,
            desk,
            county,
            information_only=asked.information_only,
            able_and_willing=asked.electronically_able and asked.willing,
        )
    )
    if asked.decide is not None:
        if decision.reason is ChannelReason.INFO:
            raise wrong_field("decide", "NOTHING_TO_DECIDE", "information is given, and nothing is decided")
        decision = channel.done_here(decision)
    case = _case(command, world, service, desk, decision)
    filed = Request(id=command.request_id)
    if decision.reason is ChannelReason.INFO:
        guided, _, event = moved(filed, case, world.now, Role.OFFICER, (GUIDED,))
        return Decision(guided, events=(event,), answer=receiving(guided))
    authorised(world, officer, service.sheet.id, "REGISTER")
    _in_service(service, alone=asked.decide is not None)
    _one_way_or_the_other(asked)
    if asked.decide is not None:
        decided, event = deciding.decided_at_once(filed, case, asked.decide, officer, service.sheet, world)
        return Decision(decided, events=(event,), answer=receiving(decided))
    if decision.kiosks:
        return _redirected(filed, case, decision, desk, world)
    if asked.await_documents and case.needed:
        waiting, event = incomplete(filed, case, asked, service, _desk(world, case.desk_id), world)
        return Decision(waiting, events=(event,), answer=receiving(waiting))
    told = registered(filed, case, service.sheet, world, Role.OFFICER)
    return Decision(told.request, events=(told.event,), answer=receiving(told.request))


SHOWN_OF_REDIRECT = {"channel", "ref", "kiosks", "lapses_at"}


def receiving(request: Request) -> dict[str, Any]:
    """What the desk is answered, and answered again to a repeated call (contract: POST /v1/requests)."""
    _, case = the_case(request)
    redirect = case.redirect
    return {
        "requestId": request.id,
        "trackingCode": case.tracking_code,
        "state": case.state,
        "channel": case.channel,
        "channelReason": case.channel_reason,
        "awaited": shown_awaited(case),
        "redirect": redirect.model_dump(mode="json", by_alias=True, include=SHOWN_OF_REDIRECT) if redirect else None,
        "commitments": [shown(commitment) for commitment in case.commitments],
        "duplicateOf": case.duplicate_of,
        "receipt": f"/v1/requests/{request.id}/receipt",
    }


def shown_awaited(case: Case) -> dict[str, Any] | None:
    """What the citizen is asked for, as it is shown: types, what is missing, until when, when they come again."""
    return case.awaited.public().to_wire() if case.awaited else None


def shown(commitment: Commitment) -> dict[str, Any]:
    """A promise as the contract shows it."""
    fields = {"kind", "promised_at", "promised_local", "legal_latest_at", "calendar", "state"}
    return commitment.model_dump(mode="json", by_alias=True, include=fields)


def placed(service: Standing, desk: Desk, decision: ChannelDecision) -> dict[str, Any]:
    """What a case keeps of the decision at this desk, by field name.

    What is electronic is the permanent desk's, unless that is out of service: then of the desk where the person stands.
    """
    electronic = decision.channel in ELECTRONIC and idle(service.permanent_desk) is None
    presence = service.sheet.presence if decision.reason is ChannelReason.PRESENCE else None
    return {
        **placed_at(service.permanent_desk.id if electronic else desk.id),
        "presence": presence.ground if presence else None,
    }


def _case(command: Filed, world: World[Rules], service: Standing, desk: Desk, decision: ChannelDecision) -> Case:
    asked = command.request
    applicant = _applicant(asked, decision)
    if asked.priority_class and not asked.legal_basis:
        raise wrong_field("legalBasis", "LEGAL_BASIS_NEEDED", "a priority class rests on a written rule")
    evidence = taken(asked.evidence, asked.officer_id, service.sheet, world)
    return new_case(
        command.request_id,
        world,
        service,
        channel=decision.channel,
        reason=decision.reason,
        applicant=applicant,
        **(represented(asked.representative, applicant, world) if asked.representative else {}),
        evidence=evidence,
        needed=missing(service.demanded, evidence) if asked.applicant else (),
        held_demands=held_demands(service.sheet, evidence),
        amount=asked.amount,
        area=asked.area,
        assisted=not (asked.electronically_able and asked.willing),
        assistance_reason=asked.assistance_reason,
        priority_class=asked.priority_class,
        legal_basis=asked.legal_basis,
        note=asked.note,
        **whether_at_once(service, decision, asked.decide, asked.not_on_spot_reason),
        officer_id=asked.officer_id,
        visit_ids=(asked.visit_id,) if asked.visit_id else (),
        **placed(service, desk, decision),
    )


def whether_at_once(
    service: Standing, decision: ChannelDecision, decide: Decide | None, reason: NotOnSpotReason | None
) -> dict[str, Any]:
    """What a case keeps of whether the desk could decide it at once, and why it did not, by field name.

    What is filed electronically or sent to a kiosk is not work of the desk, unless it decides all the same. Raises
    Refused REASON_NEEDED (422) when the desk does not decide what it could, without saying why.
    """
    its_own = decide is not None or decision.channel is Channel.AGENCY_DESK
    could = service.sheet.on_spot and decision.reason is not ChannelReason.INFO and its_own
    if not could or decide is not None:
        return {"on_spot_allowed": could, "not_on_spot_reason": None}
    if reason is None:
        detail = f"the desk may decide this at once: decide, or say why not: {', '.join(NotOnSpotReason)}"
        raise wrong_field("notOnSpotReason", "REASON_NEEDED", detail)
    return {"on_spot_allowed": True, "not_on_spot_reason": reason}


def on_spot_noted(decision: Decision[Request]) -> Decision[Request]:
    """The decision, and that operators count how often a desk does at once what it may."""
    case = decision.state.case if decision.state else None
    if case is None or not case.on_spot_allowed:
        return decision
    return replace(decision, effects=(*decision.effects, OnSpotNoted(done=case.result is not None)))


def _applicant(asked: FileRequest, decision: ChannelDecision) -> Applicant | None:
    if asked.applicant is None:
        if decision.reason is ChannelReason.INFO:
            return None
        raise wrong_field("applicant", "APPLICANT_NEEDED", "only information is given without an applicant")
    try:
        return normal_applicant(asked.applicant)
    except WRONG_APPLICANT as error:
        raise wrong_field("applicant", "INVALID_APPLICANT", str(error)) from None


def _redirected(
    request: Request, case: Case, decision: ChannelDecision, desk: Desk, world: World[Rules]
) -> Decision[Request]:
    """Sent to a kiosk; the desk waits for its event until the redirect lapses (I2)."""
    case = case.model_copy(update={"redirect": redirect_of(request.id, decision, desk, world)})
    told, _, event = moved(request, case, world.now, Role.OFFICER, (REDIRECTED,))
    return Decision(told, events=(event,), answer=receiving(told))


def _one_way_or_the_other(asked: FileRequest) -> None:
    """Raises Refused CONTRADICTION: nobody decides what is not registered yet, or is expected to bring nothing."""
    if asked.await_documents and asked.decide is not None:
        raise wrong_field("awaitDocuments", "CONTRADICTION", "what is decided at once awaits no documents")
    if asked.next_visit_at is not None and not asked.await_documents:
        raise wrong_field("nextVisitAt", "CONTRADICTION", "a next visit goes with documents that are awaited")


def redirect_of(
    request_id: str, decision: ChannelDecision, desk: Desk, world: World[Rules], number: int = 1
) -> Redirect:
    """The kiosks, a reference for them, and some working days of the desk. Raises NoPromise, NotYet."""
    return Redirect(
        number=number,
        channel=decision.channel,
        ref=codes.redirect_ref(world.rules.secret, request_id, number),
        kiosks=tuple(
            OfferedKiosk(id=k.id, name=k.name, address=k.address, phone=k.phone, kiosk_class=k.kiosk_class)
            for k in decision.kiosks[: world.rules.kiosks_offered]
        ),
        lapses_at=lapse_after(world, desk, world.now),
    )


def _desk(world: World[Rules], desk_id: str) -> Desk:
    desk = world.registry.desk(desk_id)
    if desk is None or desk.status is not Status.ACTIVE:
        if not world.patience_over:
            raise NotYet("UNKNOWN_DESK")
        raise wrong_field("deskId", "UNKNOWN_DESK", "no such desk, or out of service")
    return desk


def _service(world: World[Rules], service_id: str) -> Standing:
    service = standing(world.registry, service_id)
    if service is None:
        if not world.patience_over:
            raise NotYet("UNKNOWN_SERVICE")
        raise wrong_field("serviceId", "UNKNOWN_SERVICE", "no such service")
    return service


def _in_service(service: Standing, *, alone: bool) -> None:
    """Raises Refused OUT_OF_SERVICE. Information is given all the same, and `alone` a desk needs no unit."""
    out = idle(service.agency) if alone else idle(service.unit, service.agency)
    if out is not None:
        raise Refused("OUT_OF_SERVICE", f"{out.subject()} is {out.status}, and takes no new request")


def _no_kiosk_return(world: World[Rules], ref: str | None) -> None:
    """A desk that holds a redirect reference takes the case back; it does not file it a second time."""
    if ref is None:
        return
    target = codes.redirected(world.rules.secret, ref)
    if target is None:
        raise wrong_field("redirectRef", "REDIRECT_UNKNOWN", "no desk handed out this reference")
    why = "this person was redirected: take the request back"
    raise Refused("USE_RETURN_FROM_KIOSK", why, requestId=target.request_id)
