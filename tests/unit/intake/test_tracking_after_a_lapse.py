"""What a citizen reads by their code when the time to go to a kiosk office has passed (domain 5, 8)."""

from datetime import datetime
from typing import Any

from services.contracts.entry import Entry, Status
from services.contracts.registry import Closure, Kiosk
from services.intake.domain.request import Request
from services.intake.tracking_view import track_view
from services.worktime import jalali_long
from tests.unit.intake.cases import MORNING, a_redirected_request, lapsed, province, redirect_of, the_case


def next_action(request: Request, now: datetime = MORNING) -> str:
    case = the_case(request)
    said: str = track_view(case, province(), now, None)["nextAction"]
    return said


def offices_of(request: Request, **changes: Any) -> list[Kiosk]:
    """The offices of the redirect as they are now."""
    offices = [province().kiosk(office.id) for office in redirect_of(request).kiosks]
    assert offices
    return [office.model_copy(update=changes) for office in offices if office]


def test_a_lapsed_redirect_sends_to_the_desk_or_a_kiosk_until_it_ends() -> None:
    request = a_redirected_request()
    assert next_action(request) == "به یکی از دفترهای نوشته‌شده در رسید بروید"
    late = lapsed(request)
    ends = redirect_of(late).ends_at
    assert ends is not None
    assert next_action(late) == f"تا {jalali_long(ends)} به میز خدمت یا پیشخوان بروید"


def test_a_day_that_has_passed_is_not_named() -> None:
    """The desk has not closed the case yet, so its person may still come."""
    late = lapsed(a_redirected_request())
    ends = redirect_of(late).ends_at
    assert ends is not None
    assert next_action(late, ends) == "به میز خدمت یا پیشخوان بروید"


def test_where_no_end_is_known_none_is_named() -> None:
    """It lapsed before ends were noted."""
    late = lapsed(a_redirected_request())
    case = the_case(late)
    unknown = case.model_copy(update={"redirect": redirect_of(late).model_copy(update={"ends_at": None})})
    assert next_action(late.model_copy(update={"case": unknown})) == "به میز خدمت یا پیشخوان بروید"


def said(request: Request, now: datetime, *changed: Entry) -> str:
    action: str = track_view(the_case(request), province(*changed), now, None)["nextAction"]
    return action


def test_nobody_is_sent_to_offices_none_of_which_may_take_it_any_more() -> None:
    """Their licences were suspended on the day after: the desk takes the case back at any time."""
    request = a_redirected_request()
    suspended = offices_of(request, status=Status.SUSPENDED)
    assert said(request, MORNING, *suspended).startswith("به میز خدمت بروید؛")
    assert "یکی از دفترهای" in said(request, MORNING, *suspended[1:]), "one is enough"


def test_nor_are_they_after_the_lapse_when_they_may_still_come_to_the_desk() -> None:
    late = lapsed(a_redirected_request())
    ends = redirect_of(late).ends_at
    assert ends is not None
    gone = offices_of(late, status=Status.RETIRED)
    assert said(late, MORNING, *gone).startswith(f"تا {jalali_long(ends)} به میز خدمت بروید؛")
    assert said(late, ends, *gone).startswith("به میز خدمت بروید؛")


def test_offices_that_have_announced_to_be_shut_until_the_lapse_are_no_way_to_go() -> None:
    request = a_redirected_request()
    holiday = Closure(first=MORNING.date(), last=redirect_of(request).lapses_at.date(), reason="سفر")
    assert said(request, MORNING, *offices_of(request, closures=(holiday,))).startswith("به میز خدمت بروید؛")
