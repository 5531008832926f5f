"""Until when what is missing may be brought, as receipt and tracking tell it after the deadline (domain 3, 8)."""

from datetime import timedelta

from services.intake.domain.awaiting import bring_until, noticed
from services.intake.domain.receipts import fingerprint
from services.intake.receipt import receipt
from services.intake.receipt_page import receipt_page
from services.intake.tracking_view import track_view
from services.worktime import jalali_long
from tests.unit.intake.awaiting_documents import UNTIL, awaited, bring, incomplete
from tests.unit.intake.cases import MORNING, province, state_of, the_case, world

SECOND = timedelta(seconds=1)


def test_before_it_the_deadline_and_after_it_the_end_of_the_grace() -> None:
    request = incomplete()
    case = the_case(request)
    assert bring_until(case, UNTIL - SECOND) == UNTIL
    assert bring_until(case, UNTIL) is None, "nobody has told them yet, so no end is known"
    told = noticed(case, MORNING, world())
    assert told.awaited is not None
    closes = told.awaited.closes_at
    assert closes is not None
    assert closes > UNTIL
    assert (bring_until(told, UNTIL - SECOND), bring_until(told, UNTIL)) == (UNTIL, closes)
    assert bring_until(told, closes) is None


def test_nothing_is_to_be_brought_where_nothing_is_missing() -> None:
    complete = incomplete()
    for type in awaited(complete).missing:
        complete = state_of(bring(complete, type))
    assert bring_until(the_case(complete), MORNING) is None


def test_a_receipt_and_tracking_name_no_day_that_has_passed() -> None:
    request = incomplete()
    told = request.model_copy(update={"case": noticed(the_case(request), MORNING, world())})
    closes = awaited(told).closes_at
    assert closes is not None
    page = receipt_page(told, province(), UNTIL)
    assert f"مدارک مانده را تا {jalali_long(closes)} بیاورید" in page
    assert f"تا {jalali_long(UNTIL)}" not in page
    assert receipt(told, province(), UNTIL)["documentsUntil"]["at"] == closes.isoformat().replace("+00:00", "Z")
    case = the_case(told)
    tracked = track_view(case, province(), UNTIL, None)["documentsAwaited"]
    assert tracked["until"] == closes.isoformat().replace("+00:00", "Z")
    assert fingerprint(case) == fingerprint(the_case(request)), "what was promised is the same"


def test_where_no_end_is_known_they_are_asked_for_without_a_day() -> None:
    request = incomplete()
    page = receipt_page(request, province(), UNTIL)
    assert "مدارک مانده را بیاورید" in page
    assert f"تا {jalali_long(UNTIL)}" not in page
    assert receipt(request, province(), UNTIL)["documentsUntil"] is None
