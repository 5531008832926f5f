"""What a citizen reads by their code when the time to go to a kiosk office has passed (domain 5, 8)."""

from datetime import datetime

from services.intake.domain.request import Request
from services.intake.tracking_view import track_view
from services.worktime import jalali_long
from tests.unit.intake.cases import MORNING, a_redirected_request, lapsed, province, redirect_of, the_case


def next_action(request: Request, now: datetime = MORNING) -> str:
    case = the_case(request)
    said: str = track_view(case, province(), now, None)["nextAction"]
    return said


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
