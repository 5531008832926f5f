"""When a desk is there: in force, and open (I3)."""

import pytest

from services.contracts.registry import Desk
from services.contracts.working_calendar import DayException, DayKind
from services.intake.domain.in_service import absence, at_the_same_hour, opening, while_in_service
from services.worktime import parse_jalali
from services.worktime.published import calendar_of
from tests.unit.intake.cases import MORNING, PERMITS_DESK, at, out_of_service
from tests.unit.routing.re_dated_days import calendar, day

CLOSED_25TH, SHORT_25TH = day("1405/09/25"), day("1405/09/25", DayKind.EXTRA, intervals=(("10:00", "12:00"),))
OFFICE = calendar_of(calendar(), None)


def away(*absences: tuple[str, str]) -> Desk:
    """The permits desk, out of service from each first day until the second."""
    plans = [plan for pair in absences for plan in out_of_service(PERMITS_DESK, *pair).planned]
    return out_of_service(PERMITS_DESK, *absences[0]).model_copy(update={"planned": tuple(plans)})


@pytest.mark.parametrize(
    ("promised", "days", "absences", "there"),
    [
        ("1405/09/19 09:10", (), (("1405/09/18", "1405/09/25"),), "1405/09/25 09:10"),
        ("1405/09/19 09:10", (CLOSED_25TH,), (("1405/09/18", "1405/09/25"),), "1405/09/26 09:10"),
        ("1405/09/19 09:10", (SHORT_25TH,), (("1405/09/18", "1405/09/25"),), "1405/09/26 09:10"),
        ("1405/09/18 13:00", (), (("1405/09/18", "1405/09/26"),), "1405/09/28 13:00"),
        ("1405/09/19 09:10", (SHORT_25TH,), (("1405/09/18", "1405/09/25"), ("1405/09/26", "1405/09/28")),
         "1405/09/28 09:10"),
    ],
    ids=["back", "closed on that day", "it opens later then", "a Thursday, and a Friday", "gone again"],
)  # fmt: skip
def test_the_same_hour_is_that_of_the_first_day_on_which_it_is_there_then(
    promised: str, days: tuple[DayException, ...], absences: tuple[tuple[str, str], ...], there: str
) -> None:
    desk, hours = away(*absences), calendar_of(calendar(*days), None)
    opens = opening(desk, hours, at(promised))
    assert opens is not None
    assert at_the_same_hour(desk, hours, at(promised), opens) == at(there)


def test_within_a_week_without_that_hour_it_is_as_soon_as_the_desk_opens() -> None:
    short = tuple(day(f"1405/09/{number}", DayKind.EXTRA, intervals=(("10:00", "12:00"),)) for number in range(25, 31))
    short += tuple(day(f"1405/10/0{number}", DayKind.EXTRA, intervals=(("10:00", "12:00"),)) for number in range(1, 6))
    desk, hours = away(("1405/09/18", "1405/09/25")), calendar_of(calendar(*short), None)
    opens = opening(desk, hours, at("1405/09/19 09:10"))
    assert opens is not None
    assert at_the_same_hour(desk, hours, at("1405/09/19 09:10"), opens) == at("1405/09/25 10:00")


def test_I3_it_is_the_opening_where_the_law_ends_between_that_and_the_hour() -> None:
    desk = away(("1405/09/18", "1405/09/25"))
    latest = at("1405/09/25 08:00")
    assert while_in_service(desk, OFFICE, at("1405/09/19 09:10"), latest, MORNING) == (at("1405/09/25 07:30"), False)


@pytest.mark.parametrize(
    ("today", "absences", "expected"),
    [
        ("1405/09/02", (("1405/09/18", "1405/09/25"),), ("1405/09/18", "1405/09/25")),
        ("1405/09/20", (("1405/09/18", "1405/09/25"),), ("1405/09/20", "1405/09/25")),
        ("1405/09/02", (("1405/09/18", "1405/09/25"), ("1405/09/27", "1405/09/29")), ("1405/09/18", "1405/09/29")),
        ("1405/09/26", (("1405/09/18", "1405/09/25"),), None),
    ],
    ids=["ahead", "now", "twice", "over"],
)
def test_an_absence_is_from_its_first_day_ahead_until_the_first_after_its_last(
    today: str, absences: tuple[tuple[str, str], ...], expected: tuple[str, str] | None
) -> None:
    wanted = (parse_jalali(expected[0]), parse_jalali(expected[1])) if expected else None
    assert absence(away(*absences), parse_jalali(today)) == wanted


def test_an_absence_without_a_planned_return_has_no_end() -> None:
    gone = out_of_service(PERMITS_DESK, "1405/09/18")
    assert absence(gone, parse_jalali("1405/09/02")) == (parse_jalali("1405/09/18"), None)
