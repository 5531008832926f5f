"""Nobody came: the desk closes the case, after its notice and its grace, never before (domain 3).

Redirected on Monday 1405/09/02 10:00, lapsed on Saturday 1405/09/07 10:00, in grace until 1405/09/14 10:00.
"""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, TimerFired, World
from services.contracts.intake_commands import Expire, RedirectAgain, Remind
from services.intake.domain import noticed, redirecting, reminding, returning
from services.intake.domain.due import fell_due, timers
from services.intake.domain.messages import RedirectRefused
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules
from services.intake.settings import Settings
from services.worktime import Duration, Unit
from tests.unit.intake.cases import (
    MORNING,
    RULES,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    a_redirected_request,
    an_agent,
    answer,
    arrives,
    asked,
    at,
    case_of,
    lapsed,
    move_of,
    notice,
    redirect_of,
    shut_on,
    state_of,
    submit,
    world,
)

LAPSE, GRACE_OVER = "1405/09/07 10:00", "1405/09/14 10:00"


def expired(
    request: Request, now: str | World[Rules] = GRACE_OVER, officer: str = SOCIAL_OFFICER, **fields: Any
) -> Decision[Request]:
    command = Expire.model_validate({"officerId": officer} | fields)
    return returning.expired(request, command, world(now) if isinstance(now, str) else now)


def warned(request: Request) -> Request:
    delivered = notice(request, "message.delivered", LAPSE, "REDIRECT_LAPSED")
    return state_of(noticed.notice_moved(request, delivered, world(LAPSE)))


def tells(request: Request, now: str, officer: str = SOCIAL_OFFICER, **fields: Any) -> Decision[Request]:
    """The desk says that it has told the person until when they may still come."""
    command = Remind.model_validate({"toldTo": "APPLICANT", "officerId": officer} | fields)
    return reminding.by_desk(request, command, world(now))


def refusal(*args: Any, **fields: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        expired(*args, **fields)
    return refused.value


def test_after_notice_and_grace_the_desk_closes_the_case() -> None:
    decision = expired(warned(lapsed(a_redirected_request())))
    case = case_of(decision)
    assert (case.state, case.attention, case.commitments) == ("EXPIRED", (), ())
    assert move_of(decision).moves == ("request.expired",)
    assert timers(state_of(decision)) == {}
    again = refusal(state_of(decision))
    assert again.facts == {"from": "EXPIRED", "to": "EXPIRED"}


def test_before_the_grace_is_over_the_person_may_still_come() -> None:
    early = refusal(warned(lapsed(a_redirected_request())), "1405/09/14 09:59")
    assert (early.code, early.status, early.facts) == ("IN_GRACE", 409, {"endsAt": "2026-12-05T06:30:00Z"})


def test_a_redirect_that_has_not_lapsed_does_not_expire() -> None:
    assert refusal(a_redirected_request(), "1405/09/06 10:00").code == "NOT_LAPSED"


def test_nobody_loses_a_case_without_having_been_told() -> None:
    """No mobile, or a message that never arrived: the desk tells, and says whom. Then the grace begins."""
    request = lapsed(a_redirected_request())
    assert refusal(request).code == "NOT_TOLD"
    told = state_of(tells(request, GRACE_OVER, toldTo="REPRESENTATIVE", representative=an_agent()))
    assert (redirect_of(told).told_to, redirect_of(told).told_at) == ("REPRESENTATIVE", at(GRACE_OVER))
    assert refusal(told, GRACE_OVER).code == "IN_GRACE"
    assert refusal(told, "1405/09/21 09:59").code == "IN_GRACE"
    assert case_of(expired(told, "1405/09/21 10:00")).state == "EXPIRED"


def test_a_message_that_came_late_leaves_the_whole_grace() -> None:
    request = lapsed(a_redirected_request())
    late = notice(request, "message.delivered", "1405/09/14 09:59", "REDIRECT_LAPSED")
    told = state_of(noticed.notice_moved(request, late, world("1405/09/14 09:59")))
    assert refusal(told, GRACE_OVER).code == "IN_GRACE"
    assert case_of(expired(told, "1405/09/21 10:00")).state == "EXPIRED"


def test_the_first_notice_counts_whoever_gave_it() -> None:
    told = warned(lapsed(a_redirected_request()))
    again = state_of(tells(told, "1405/09/10 10:00"))
    assert redirect_of(again) == redirect_of(told)
    assert case_of(expired(again)).state == "EXPIRED"


def test_the_desk_tells_only_of_what_has_lapsed_and_only_its_officers_do() -> None:
    with pytest.raises(Refused, match="NOT_LAPSED"):
        tells(a_redirected_request(), "1405/09/03 10:00")
    request = lapsed(a_redirected_request())
    with pytest.raises(Refused, match="NOT_AUTHORISED"):
        tells(request, LAPSE, officer="wa-tax-desk-01")
    with pytest.raises(Refused, match="NO_REPRESENTATIVE"):
        tells(request, LAPSE, toldTo="REPRESENTATIVE")


def test_after_a_second_redirect_the_notice_of_the_first_lapse_does_not_count() -> None:
    first = warned(lapsed(a_redirected_request()))
    command = {"cause": "LAPSED", "officerId": "wa-social-security-desk-02", "secondOfficerId": SOCIAL_OFFICER}
    again = state_of(returning.sent_on(first, RedirectAgain.model_validate(command), world(LAPSE)))
    late = notice(first, "message.delivered", "1405/09/08 10:00", "REDIRECT_LAPSED")
    assert noticed.notice_moved(again, late, world("1405/09/08 10:00")).state is again
    assert redirect_of(again).told_at is None
    assert refusal(lapsed(again), "1405/10/20 10:00").code == "NOT_TOLD"


def test_late_word_of_the_first_lapse_is_no_notice_of_the_second() -> None:
    """It tells of a day until which nobody is to come any more: the second lapse has a message of its own."""
    first = lapsed(a_redirected_request())
    command = {"cause": "LAPSED", "officerId": "wa-social-security-desk-02", "secondOfficerId": SOCIAL_OFFICER}
    again = lapsed(state_of(returning.sent_on(first, RedirectAgain.model_validate(command), world(LAPSE))))
    due = redirect_of(again).lapses_at
    hour_later = due + timedelta(hours=1)
    late = notice(again, "message.delivered", hour_later, "REDIRECT_LAPSED")
    of_the_first = late.model_copy(update={"created_at": at(LAPSE)})
    assert redirect_of(state_of(noticed.notice_moved(again, of_the_first, world(hour_later)))).told_at is None
    of_the_second = late.model_copy(update={"created_at": due})
    assert redirect_of(state_of(noticed.notice_moved(again, of_the_second, world(hour_later)))).told_at == hour_later


def test_a_redirect_that_lapsed_before_there_was_a_grace_has_it_all_the_same() -> None:
    """Stored by an earlier version, which wrote down no end."""
    request = warned(lapsed(a_redirected_request()))
    assert request.case is not None
    old = redirect_of(request).model_copy(update={"ends_at": None})
    stored = request.model_copy(update={"case": request.case.model_copy(update={"redirect": old})})
    assert refusal(stored, "1405/09/14 09:59").code == "IN_GRACE"
    assert case_of(expired(stored)).state == "EXPIRED"


def test_only_the_desk_of_the_case_closes_it() -> None:
    request = warned(lapsed(a_redirected_request()))
    assert refusal(request, officer="wa-social-security-khoy-desk-01").code == "NOT_AUTHORISED"
    assert refusal(request, officer="wa-tax-desk-01").code == "NOT_AUTHORISED"


def test_a_kiosk_may_honour_it_until_it_is_closed_and_not_after() -> None:
    request = warned(lapsed(a_redirected_request()))
    filing = arrives(request, world(GRACE_OVER), submittedAt=at(GRACE_OVER))
    assert case_of(redirecting.honours(request, asked(filing), world(GRACE_OVER))).state == "PROMISED"
    late = redirecting.honours(state_of(expired(request)), asked(filing), world(GRACE_OVER))
    assert isinstance(answer(late).body, RedirectRefused)


def test_a_redirect_lasts_by_the_days_that_the_desk_was_open_on() -> None:
    """Its desk is shut on Tuesday and Wednesday: the third working day is Monday 1405/09/09 then."""
    request = a_redirected_request()
    shut = shut_on(SOCIAL_DESK, "1405/09/03", "1405/09/04")
    decision = fell_due(request, TimerFired(name="redirect", due=at(LAPSE)), world(LAPSE, shut))
    waits = state_of(decision)
    assert (redirect_of(waits).lapsed_at, decision.events) == (None, ())
    assert timers(waits) == {"redirect": redirect_of(waits).lapses_at}
    assert redirect_of(waits).lapses_at == at("1405/09/09 10:00")
    assert redirect_of(lapsed(waits, shut)).lapsed_at == at("1405/09/09 10:00")


@pytest.mark.parametrize("stored", [{}, {"sentAt": "2026-11-20T06:30:00Z"}])
def test_since_when_somebody_was_sent_away_its_history_says(stored: dict[str, str]) -> None:
    """Earlier versions kept it beside, or not at all; what they stored is read."""
    wire = a_redirected_request().to_wire()
    wire["case"]["redirect"] |= stored
    request = Request.model_validate(wire)
    assert case_of(Decision(request)).sent_away_at() == MORNING
    shut = shut_on(SOCIAL_DESK, "1405/09/03", "1405/09/04")
    waits = fell_due(request, TimerFired(name="redirect", due=at(LAPSE)), world(LAPSE, shut))
    assert redirect_of(state_of(waits)).lapses_at == at("1405/09/09 10:00")
    assert "sentAt" not in redirect_of(state_of(waits)).to_wire()


def test_a_second_redirect_is_counted_from_when_the_person_was_sent_on() -> None:
    command = {"cause": "LAPSED", "officerId": "wa-social-security-desk-02", "secondOfficerId": SOCIAL_OFFICER}
    lapsed_once = lapsed(a_redirected_request())
    again = returning.sent_on(lapsed_once, RedirectAgain.model_validate(command), world("1405/09/08 09:00"))
    assert case_of(again).sent_away_at() == at("1405/09/08 09:00")


def test_a_day_that_opens_after_all_shortens_no_redirect() -> None:
    shut = shut_on(SOCIAL_DESK, "1405/09/03", "1405/09/04")
    request = a_redirected_request(world(MORNING, shut))
    assert redirect_of(lapsed(request)).lapsed_at == redirect_of(request).lapses_at == at("1405/09/09 10:00")


def test_the_grace_is_counted_by_the_days_that_the_desk_was_open_on() -> None:
    request = warned(lapsed(a_redirected_request()))
    shut = shut_on(SOCIAL_DESK, "1405/09/08", "1405/09/09", "1405/09/10", "1405/09/11", "1405/09/12")
    assert refusal(request, world(GRACE_OVER, shut)).code == "IN_GRACE"
    assert case_of(expired(request, world("1405/09/21 10:00", shut))).state == "EXPIRED"


def test_the_days_of_a_redirect_and_its_grace_are_settings() -> None:
    assert Settings(redirect_grace_days=2).rules().redirect_grace == Duration(2, Unit.WORKING_DAYS)
    assert Settings(redirect_working_days=2).rules().redirect_lapse == Duration(2, Unit.WORKING_DAYS)
    assert Settings().rules().redirect_lapse == RULES.redirect_lapse == Duration(3, Unit.WORKING_DAYS)
    assert Settings().rules().redirect_grace == RULES.redirect_grace == Duration(5, Unit.WORKING_DAYS)


def test_a_case_with_a_promise_does_not_expire() -> None:
    assert refusal(state_of(submit())).facts == {"from": "PROMISED", "to": "EXPIRED"}
