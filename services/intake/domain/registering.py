"""What every registration is: a case with what it keeps of its sheet, and a promise by the desk's calendar (I2, I3)."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from services.contracts.commitment import Commitment
from services.contracts.decision import NotYet, Refused, World
from services.contracts.intake import ChannelReason, RequestMoved
from services.contracts.kiosk import Applicant
from services.contracts.registry import Desk
from services.contracts.service_sheet import Channel, Sheet
from services.intake.domain import codes
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role
from services.intake.domain.coming import not_needed
from services.intake.domain.duplicates import placed_among
from services.intake.domain.moving import nobody_works
from services.intake.domain.promising import final_delivery, with_promise
from services.intake.domain.request import Request, moved
from services.intake.domain.rules import Rules
from services.intake.domain.standing import Standing, desk_calendar
from services.intake.domain.states import PROMISED, REGISTERED
from services.worktime import Calendar, WorktimeError

T = TypeVar("T")


class Registered(NamedTuple):
    request: Request
    case: Case
    event: RequestMoved


class NoPromise(Refused):
    """The desk's calendar gives no day: nothing can be promised, so nothing is begun (I2)."""

    def __init__(self) -> None:
        super().__init__("NO_CALENDAR", "the desk has no calendar, or it gives no day to promise", status=422)


def registered(
    request: Request, case: Case, sheet: Sheet, world: World[Rules], by: Role, after: tuple[str, ...] = ()
) -> Registered:
    """REGISTERED and PROMISED in one event, by the calendar of the case's desk (I2, I3, domain 6).

    `after`: verbs that are told before it.

    Raises NoPromise, and NotYet while the calendar may be on its way.
    """
    promised = answer_promised(request.id, case, sheet, world)
    case, before = not_needed(case, world.now)
    case, verbs = with_promise(case, promised)
    return Registered(*moved(request, case, world.now, by, (*after, *before, REGISTERED, PROMISED, *verbs)))


def answer_promised(request_id: str, case: Case, sheet: Sheet, world: World[Rules]) -> Commitment:
    """When the answer is promised for. Where nobody works on it that is a legal risk, which the head of the desk sees.

    Raises NoPromise, and NotYet while the calendar may be on its way.
    """
    desk = world.registry.desk(case.desk_id)
    number = len(case.commitments) + 1
    promised = by_calendar(
        world, desk, lambda hours: final_delivery(request_id, sheet, case.channel, desk, hours, world.now, number)
    )
    return promised.model_copy(update={"legal_risk": True}) if nobody_works(case, world.registry) else promised


def new_case(
    request_id: str,
    world: World[Rules],
    service: Standing,
    *,
    desk_id: str,
    channel: Channel,
    reason: ChannelReason | None,
    applicant: Applicant | None,
    **rest: Any,
) -> Case:
    """What every case starts from. `applicant` in its normal form."""
    case = Case(
        tracking_code=codes.tracking_code_of(world.rules.secret, request_id, world.attempt),
        service_id=service.sheet.id,
        desk_id=desk_id,
        channel_reason=reason,
        applicant=applicant,
        applicant_ref=_ref(applicant, world),
        filed_at=world.now,
        **described(service, channel),
        **rest,
    )
    return placed_among(case, world)


def _ref(applicant: Applicant | None, world: World[Rules]) -> str | None:
    return codes.person_ref(world.rules.secret, applicant.scheme, applicant.value) if applicant else None


def described(service: Standing, channel: Channel) -> dict[str, Any]:
    """What a case keeps of the sheet it was registered under, by field name."""
    sheet = service.sheet
    return {
        **through(service, channel),
        "service_version": sheet.version,
        "service_name": sheet.name,
        "org_id": service.agency.id,
        "unit_id": sheet.unit_id,
        "stages": sheet.stages,
        "collectable": sheet.output.collectable,
        "objection": sheet.objection.how,
        "objection_days": sheet.objection.days,
    }


def through(service: Standing, channel: Channel) -> dict[str, Any]:
    """The channel, what the service costs there, and who answers for it from now on: all that changes of a case which
    goes on through another channel, by field name.
    """
    cost, pay_at = service.cost(channel)
    return {"channel": channel, "cost": cost, "pay_at": pay_at, "responsible": service.responsible}


def by_calendar(world: World[Rules], desk: Desk | None, question: Callable[[Calendar], T]) -> T:
    """What the desk's calendar says. Raises NoPromise, and NotYet while it may be on its way."""
    calendar = desk_calendar(world.registry, desk) if desk else None
    if calendar is None:
        raise NoPromise if world.patience_over else NotYet("UNKNOWN_CALENDAR")
    try:
        return question(calendar)
    except WorktimeError:
        raise NoPromise from None
