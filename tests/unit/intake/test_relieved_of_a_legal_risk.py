"""A legal risk goes with whatever happens next to a case on which somebody works again (domain 5)."""

from services.contracts.intake_commands import FileObjection
from services.contracts.working_calendar import DayException, DayKind, WorkingCalendar
from services.intake.domain.again import objected
from services.intake.domain.case_parts import Attention
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import MORNING, PERMITS_DESK, PERMITS_OFFICER, case_of, happens, state_of, world
from tests.unit.intake.rounds import DAY, WHY, a_permit, of_round
from tests.unit.intake.test_out_of_service import UNIT, out

THEN = MORNING + DAY


def test_it_is_no_risk_any_more_though_the_day_of_the_promise_may_be_a_holiday() -> None:
    """Nothing happens for a PROVISIONAL day (domain 3, 6): the promise stays where it is, in open hours."""
    body = {"reason": WHY, "identitySeen": True, "officerId": PERMITS_OFFICER}
    request = state_of(objected(a_permit(), FileObjection.model_validate(body), world(THEN, out(*UNIT))))
    assert request.case
    promise = request.case.commitments[-1]
    assert promise.legal_risk
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk
    calendar = sample_snapshot().calendar(desk.calendar_id)
    assert isinstance(calendar, WorkingCalendar)
    moon = DayException(date=promise.promised_at.date(), kind=DayKind.CLOSED, status="PROVISIONAL", source="تقویم قمری")
    announced = calendar.model_copy(update={"exceptions": (*calendar.exceptions, moon)})
    word = of_round(request, 2, "task.started", now=THEN + DAY)
    started = case_of(happens(request, word, world(THEN + DAY, announced)))
    assert started.state == "IN_PROGRESS"
    assert started.commitments[-1].promised_at == promise.promised_at
    assert promise.promised_at < promise.legal_latest_at
    assert (started.commitments[-1].legal_risk, Attention.LEGAL_RISK in started.attention) == (False, False)
