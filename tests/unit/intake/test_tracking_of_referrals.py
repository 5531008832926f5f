"""Whoever follows their case reads where to go, when, whom to ask for and what to bring; of no unit else (domain 8)."""

from services.intake.domain.request import the_case
from services.intake.receipt import NO_UNIT_VISIT, ONLY_WHERE_SENT, receipt
from services.intake.tracking_view import track_view
from services.intake.views import request_view
from tests.unit.intake.asked_units import REVENUE
from tests.unit.intake.cases import MORNING, province
from tests.unit.intake.test_coordinating import LATER, SLOT_ON_WEDNESDAY, Told, suspended


def tracked(told: Told) -> dict[str, object]:
    _, case = the_case(told.request)
    return track_view(case, province(), told.now, None)


def test_where_to_go_and_when_and_whom_to_ask_for() -> None:
    told = Told().sent()
    view = tracked(told)
    assert view["referrals"] == [
        {
            "unit": "ادارهٔ صدور پروانه‌های ساختمانی",
            "room": "212",
            "askFor": "آرش کاظمی",
            "phone": "044-32220101",
            "from": "2026-11-25T06:30:00Z",
            "fromLocal": "1405/09/04 10:00",
            "to": "2026-11-25T07:00:00Z",
            "toLocal": "1405/09/04 10:30",
            "ground": "ORIGINAL",
            "groundShown": "دیدن اصل مدرک",
            "bring": ["کارت ملی", "کارت شناسایی"],
        }
    ]
    assert view["nextAction"] == (
        "چهارشنبه ۴ آذر ۱۴۰۵، ساعت ۱۰:۰۰ به ادارهٔ صدور پروانه‌های ساختمانی، اتاق ۲۱۲ بروید و سراغ آرش کاظمی را بگیرید"
    )
    assert request_view(told.request, 1, province(), MORNING)["referrals"] == view["referrals"]


def test_the_soonest_comes_first_and_what_is_over_is_not_shown() -> None:
    told = Told().sent(LATER).sent()
    shown = tracked(told)["referrals"]
    assert isinstance(shown, list)
    assert [each["fromLocal"] for each in shown] == ["1405/09/04 10:00", "1405/09/10 10:00"]
    told.says(told.units.end, "CANCELLED", "BY_UNIT")
    left = tracked(told)["referrals"]
    assert isinstance(left, list)
    assert len(left) == 1


def test_a_unit_that_is_asked_is_nobodys_errand() -> None:
    told = Told().asked()
    told.hears(told.units.ask(told.request, told.now, unit=REVENUE))
    view = tracked(told)
    assert (view["stage"], view["referrals"]) == ("میز خدمت با واحد هماهنگ می‌کند", [])
    assert REVENUE not in str(view)


def test_who_waits_for_documents_reads_both() -> None:
    told = suspended(Told().works("task.started").sent())
    action = str(tracked(told)["nextAction"])
    assert "اتاق ۲۱۲" in action
    assert action.endswith("مدرک‌های خواسته‌شده را به میز خدمت بیاورید")


def test_the_receipt_says_that_nobody_need_go_to_a_unit_but_where_the_desk_sends_them() -> None:
    """And the same print is genuine before and after: it says so beside what is hashed (domain 8)."""
    told = Told()
    before = receipt(told.request, province(), MORNING)
    told.sent(SLOT_ON_WEDNESDAY)
    after = receipt(told.request, province(), MORNING)
    assert (before["noUnitVisit"], after["noUnitVisit"]) == (NO_UNIT_VISIT, ONLY_WHERE_SENT)
    assert before["hash"] == after["hash"]
