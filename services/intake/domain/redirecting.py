"""A redirected request: a kiosk honours it, or its time passes (domain 3, 5; I2)."""

from services.contracts.decision import Decision, Send, TimerFired, World
from services.contracts.intake import KioskRef
from services.contracts.kiosk import Applicant
from services.intake.domain.evidence import counted, held_demands, taken
from services.intake.domain.filing import NoPromise, described, registered
from services.intake.domain.messages import KioskHonours, RedirectHonoured, RedirectRefused
from services.intake.domain.outcomes import in_brief
from services.intake.domain.people import same_person
from services.intake.domain.request import Attention, Case, KioskLink, Request, Role, moved
from services.intake.domain.rules import Rules
from services.intake.domain.standing import standing
from services.intake.domain.states import REDIRECTED


def honours(request: Request | None, message: KioskHonours, world: World[Rules]) -> Decision[Request]:
    """Registered by the kiosk's event, for the same person and service while REDIRECTED; a second kiosk is refused."""
    request = request or Request(id=message.request_id)  # written all the same: the answer leaves from its outbox
    case = request.case
    refusal = Send("request", message.filing_id, RedirectRefused(digest=message.digest))
    if case is None:
        return Decision(request, sends=(refusal,))
    if case.kiosk is not None and case.kiosk.filing_id == message.filing_id:
        return Decision(request, sends=(_taken(request, case, message),))  # asked twice, answered twice
    service = standing(world.registry, case.service_id)
    applicant = case.applicant
    if service is None or applicant is None or not _fits(case, applicant, message):
        return Decision(request, sends=(refusal,))
    pieces = taken(message.evidence, message.kiosk_id, world)
    honoured = case.model_copy(
        update={
            **described(service, message.channel),
            "desk_id": service.permanent_desk.id,
            "applicant": applicant.model_copy(update={"mobile": applicant.mobile or message.applicant.mobile}),
            "evidence": (*(piece for piece in case.evidence if piece.content_type), *pieces),  # copies kept here stay
            "needed": (),
            "held_demands": (*case.held_demands, *held_demands(service.sheet, pieces)),
            "amount": message.amount,
            "area": message.area,
            "attention": case.without(Attention.REDIRECT_LAPSED),
            "kiosk": KioskLink(
                ref=KioskRef(kiosk_id=message.kiosk_id, external_ref=message.external_ref, partner=message.partner),
                revision=message.revision,
                filing_id=message.filing_id,
            ),
        }
    )
    try:
        told = registered(request, honoured, service, world, Role.KIOSK)
    except NoPromise:
        return Decision(request, sends=(refusal,))
    decision = Decision(told.request, events=(told.event,), sends=(_taken(told.request, told.case, message),))
    return counted(decision, before=request)


def lapsed(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """No kiosk event in time: the desk sees it. A kiosk may still honour it until the desk takes it back."""
    case = request.case if request else None
    if request is None or case is None or case.redirect is None or case.state is not REDIRECTED:
        return Decision(request)
    case = case.model_copy(
        update={
            "redirect": case.redirect.model_copy(update={"lapsed_at": world.now}),
            "attention": case.needing(Attention.REDIRECT_LAPSED),
        }
    )
    told, _, event = moved(request, case, world.now, Role.TIME, ("request.redirect-lapsed",))
    return Decision(told, events=(event,))


def _fits(case: Case, applicant: Applicant, message: KioskHonours) -> bool:
    same_service = case.service_id == message.service_id
    return case.state is REDIRECTED and same_service and same_person(applicant, message.applicant)


def _taken(request: Request, case: Case, message: KioskHonours) -> Send:
    return Send("request", message.filing_id, RedirectHonoured(digest=message.digest, case=in_brief(request.id, case)))
