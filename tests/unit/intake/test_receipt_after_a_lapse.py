"""What a receipt tells whoever was redirected, when it is printed after the days for that (domain 5, 8)."""

from datetime import datetime

import pytest

from services.contracts.entry import Status
from services.intake.domain.receipts import fingerprint
from services.intake.domain.request import Request
from services.intake.receipt import receipt
from services.intake.receipt_page import receipt_page
from services.worktime import jalali_long
from tests.unit.intake.cases import MORNING, a_redirected_request, lapsed, province, redirect_of, the_case

OFFICES = "یکی از این دفترهای پیشخوان بروید."


def page(request: Request, now: datetime) -> str:
    return receipt_page(request, province(), now)


def test_until_the_lapse_it_names_the_offices_and_their_day() -> None:
    request = a_redirected_request()
    day = jalali_long(redirect_of(request).lapses_at)
    assert f"<strong>تا {day}</strong> به {OFFICES}" in page(request, MORNING)
    told = receipt(request, province(), MORNING)["redirect"]
    assert (told["lapsed"], told["until"]["at"]) == (False, told["lapsesAt"])


def test_after_it_the_desk_too_and_the_day_until_which_either_takes_the_case() -> None:
    request = a_redirected_request()
    late = lapsed(request)
    redirect = redirect_of(late)
    assert redirect.ends_at is not None
    printed = page(late, redirect.lapses_at)
    assert f"<strong>تا {jalali_long(redirect.ends_at)}</strong> به میز خدمت یا {OFFICES}" in printed
    assert jalali_long(redirect.lapses_at) not in printed
    assert redirect.ref in printed
    assert receipt(late, province(), redirect.lapses_at)["redirect"]["lapsed"] is True
    assert fingerprint(the_case(late)) == fingerprint(the_case(request)), "what was promised is the same"


@pytest.mark.parametrize("noticed", [True, False])
def test_no_day_is_named_that_has_passed(noticed: bool) -> None:
    """`noticed`: whether the lapse has been, which is a matter of seconds."""
    request = a_redirected_request()
    late = lapsed(request) if noticed else request
    redirect = redirect_of(late)
    over = redirect.ends_at or redirect.lapses_at
    assert f"<p>به میز خدمت یا {OFFICES}</p>" in page(late, over)
    assert receipt(late, province(), over)["redirect"]["until"] is None


@pytest.mark.parametrize("late", [False, True])
def test_offices_that_cannot_take_it_any_more_are_not_named_and_where_none_can_the_desk_is(late: bool) -> None:
    """Their licences were suspended since; what was promised, and its hash, stay."""
    request = a_redirected_request()
    first, *others = [office for each in redirect_of(request).kiosks if (office := province().kiosk(each.id))]
    request = lapsed(request) if late else request
    suspended = [office.model_copy(update={"status": Status.SUSPENDED}) for office in (first, *others)]
    some, none = province(suspended[0]), province(*suspended)
    assert [each["id"] for each in receipt(request, some, MORNING)["redirect"]["kiosks"]] == [
        each.id for each in others
    ]
    told = receipt(request, none, MORNING)
    assert (told["redirect"]["kiosks"], told["redirect"]["until"] is None) == ([], not late)
    assert told["hash"] == fingerprint(the_case(request))
    printed = receipt_page(request, none, MORNING)
    assert "به میز خدمت بروید؛" in printed
    assert OFFICES not in printed
    assert first.address not in printed
