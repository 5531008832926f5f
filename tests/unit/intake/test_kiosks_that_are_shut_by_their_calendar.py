"""Nobody is sent to kiosk offices that are shut, or may take nothing, on each day on which they could go (domain 5, 6).

The request is filed on Monday 1405/09/02 at 10:00, and its redirect would lapse on Thursday.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.contracts.entry import Entry, PlannedStatus, Status
from services.contracts.registry import Closure, Kiosk
from services.contracts.working_calendar import DayException, DayKind
from services.intake.domain.case import Case
from services.worktime import parse_jalali
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import SOCIAL_DESK, SOCIAL_OFFICER, case_of, file_at_desk, world

MONDAY = "1405/09/02 10:00"
DAYS = [f"1405/09/{day:02}" for day in range(2, 9)]
"""From Monday until after the lapse."""


def offices() -> list[Kiosk]:
    return [each for each in sample_snapshot().kiosks() if each.county == "urmia"]


def shut(*days: str, county: str = "urmia", status: str = "CONFIRMED") -> Iterator[Entry]:
    """The calendars of kiosk offices, with a closure of a county."""
    closed = {parse_jalali(day) for day in days}
    for id in sorted({office.calendar_id for office in offices()}):
        calendar = sample_snapshot().calendar(id)
        assert calendar is not None
        closures = [
            DayException.model_validate(
                {"date": day, "kind": DayKind.CLOSED, "status": status, "source": "برف", "county": county}
            )
            for day in sorted(closed)
        ]
        others = [each for each in calendar.exceptions if each.date not in closed]
        yield calendar.model_copy(update={"exceptions": (*others, *closures)})


def filed(*changed: Entry, at: str = MONDAY) -> Case:
    return case_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, world(at, *changed)))


def test_offices_of_a_county_that_is_closed_are_not_open_ones() -> None:
    desk = sample_snapshot().desk(SOCIAL_DESK)
    assert desk is not None
    assert desk.calendar_id not in {office.calendar_id for office in offices()}, "the desk is open all the while"
    case = filed(*shut(*DAYS))
    assert (case.state, case.channel, case.channel_reason) == ("PROMISED", "AGENCY_DESK", "DESK_ONLY")


def test_to_be_sent_there_is_a_promise_and_avoids_days_that_may_be_closed() -> None:
    assert filed(*shut(*DAYS, status="PROVISIONAL")).redirect is None


def test_the_closure_of_another_county_is_nothing_to_them() -> None:
    assert filed(*shut(*DAYS, county="khoy")).redirect is not None


@pytest.mark.parametrize("open_on", ["1405/09/03", "1405/09/04"])
def test_one_open_day_before_the_lapse_is_enough(open_on: str) -> None:
    assert filed(*shut(*(day for day in DAYS if day != open_on))).redirect is not None


def test_a_day_whose_hours_are_over_is_none() -> None:
    closed = tuple(shut(*DAYS[1:]))
    assert filed(*closed).redirect is not None
    assert filed(*closed, at="1405/09/02 23:00").redirect is None


def away(first: str, last: str, *some: Kiosk) -> list[Kiosk]:
    """Offices, all of them or some, that have announced to be closed."""
    holiday = Closure(first=parse_jalali(first), last=parse_jalali(last), reason="سفر")
    return [office.model_copy(update={"closures": (holiday,)}) for office in some or offices()]


def test_offices_that_are_closed_today_alone_open_in_time() -> None:
    assert filed(*away("1405/09/02", "1405/09/02")).redirect is not None


def test_those_that_are_open_today_are_named_before_them() -> None:
    known = filed().redirect
    assert known is not None
    first, *others = known.kiosks
    office = next(each for each in offices() if each.id == first.id)
    told = filed(*away("1405/09/02", "1405/09/02", office)).redirect
    assert told is not None
    assert [each.id for each in told.kiosks][: len(others)] == [each.id for each in others]


@pytest.mark.parametrize("calendar", ["known", "not-here-yet"])
def test_offices_that_are_closed_until_the_lapse_are_no_open_ones(calendar: str) -> None:
    change = {} if calendar == "known" else {"calendar_id": calendar}
    till_wednesday, till_the_lapse = (
        [office.model_copy(update=change) for office in away(DAYS[0], last)] for last in (DAYS[2], DAYS[-1])
    )
    assert filed(*till_wednesday).redirect is not None
    assert filed(*till_the_lapse).redirect is None


def test_nor_is_a_day_on_which_the_office_has_announced_that_it_is_closed() -> None:
    holiday = away("1405/09/03", "1405/09/08")
    assert filed(*holiday).redirect is not None
    assert filed(*holiday, *shut(DAYS[0])).redirect is None


def ending(name: str, last: str) -> list[Entry]:
    """The licences of all offices, their partners' contracts or what is offered there, with a last day or a suspension
    that begins after it."""
    day = parse_jalali(last)
    registry = sample_snapshot()
    suspended = PlannedStatus(status=Status.SUSPENDED, since=day + timedelta(days=1))
    what, _, how = name.partition(", ")
    entries: dict[str, list[Entry]] = {
        "licence": [*offices()],
        "contract": [*registry.partners()],
        "offering": [*registry.offerings("social-insurance-record")],
    }
    change = {"planned": (suspended,)} if how else {"valid_to": day}
    return [entry.model_copy(update=change) for entry in entries[what]]


@pytest.mark.parametrize(
    "name", ["licence", "contract", "offering", "licence, planned", "contract, planned", "offering, planned"]
)
def test_an_office_that_may_take_nothing_any_more_when_it_opens_is_no_open_one(name: str) -> None:
    """Shut on Monday: what ends with that day is of no use to anybody, what ends with Tuesday is."""
    shut_today = tuple(shut(DAYS[0]))
    assert filed(*shut_today, *ending(name, DAYS[1])).redirect is not None
    assert filed(*shut_today, *ending(name, DAYS[0])).redirect is None
    assert filed(*ending(name, DAYS[0])).redirect is not None, "open on its last day"


def test_whose_calendar_is_not_known_counts_as_open() -> None:
    strangers = [office.model_copy(update={"calendar_id": "not-here-yet"}) for office in offices()]
    assert filed(*strangers).redirect is not None
