"""The case is over, and its person says how it went; what was asked against the law goes past the agency (domain 3)."""

from datetime import datetime
from typing import Any

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.wire import instant_text
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role, Survey
from services.intake.domain.codes import demand_id
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.messages import SurveyGiven
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import ENDED, VERBS
from services.worktime import jalali_text


def given(request: Request | None, message: SurveyGiven, world: World[Rules]) -> Decision[Request]:
    """Taken once for each round, within some days of its end; the request keeps and tells what can be counted.

    A repeat is known by its key alone, and not by what it says: else whoever has code and last four, as a desk's
    officers do, could find out by trying whether something was reported. Raises Refused SURVEY_GIVEN, NOT_OVER,
    SURVEY_TOO_LATE.
    """
    request, case = the_case(request)
    if case.survey is not None:
        raise Refused("SURVEY_GIVEN", "نظر دربارهٔ این درخواست پیش‌تر ثبت شده است — an opinion was given already")
    until = _until(case, world.rules)
    if until is None or message.round != case.round:
        raise Refused("NOT_OVER", "رسیدگی هنوز پایان نیافته است — the case is not over yet")
    if world.now >= until:
        raise Refused("SURVEY_TOO_LATE", "مهلت ثبت نظر گذشته است — the time to give an opinion has passed")
    survey = Survey(answers=message.answers, comment=message.comment, at=world.now)
    case = case.model_copy(update={"survey": survey})
    told, case, event = moved(request, case, world.now, Role.APPLICANT, ("survey.answered",))
    demand = _demand(request.id, case, message, world)
    sends = (Send("illegal-demand", demand.id, demand),) if demand else ()
    return Decision(told, events=(event,), sends=sends, answer=_receiving(case, survey))


def open_until(case: Case, rules: Rules, now: datetime) -> datetime | None:
    """Until when an opinion may still be given; None when it may not, or has been."""
    until = _until(case, rules)
    return until if until is not None and now < until and case.survey is None else None


def _until(case: Case, rules: Rules) -> datetime | None:
    """None while the case is not over. One that is opened again and ends anew has its days from then."""
    if case.state not in ENDED:
        return None
    ended = VERBS[case.state]
    return next(line.at for line in reversed(case.history) if line.type == ended) + rules.survey_within


def _demand(request_id: str, case: Case, message: SurveyGiven, world: World[Rules]) -> IllegalDemand | None:
    """As inspectors will read it."""
    if message.illegal_demand is None:
        return None
    return IllegalDemand(
        id=demand_id(request_id, message.round),
        request_id=request_id,
        tracking_code=case.tracking_code,
        org_id=case.org_id,
        desk_id=case.desk_id,
        unit_id=case.unit_id,
        service_id=case.service_id,
        service_name=case.service_name,
        text=message.illegal_demand,
        reported_at=world.now,
    )


def _receiving(case: Case, survey: Survey) -> dict[str, Any]:
    """What the citizen is answered, now and to a repeat. It repeats nothing of what they wrote."""
    return {
        "trackingCode": case.tracking_code,
        "answeredAt": instant_text(survey.at),
        "answeredLocal": jalali_text(survey.at),
    }
