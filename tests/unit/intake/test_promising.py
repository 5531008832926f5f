"""Promises: by which calendar, and within which law (I3, domain 6)."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.decision import Refused
from services.contracts.intake import RequestState
from services.contracts.kiosk import Rejection
from services.contracts.service_sheet import Channel, Sheet
from services.contracts.working_calendar import DayException, DayKind, Hours, Week
from services.intake.domain import redirecting
from services.intake.domain.case_parts import Attention
from services.intake.domain.messages import KioskHonours, RedirectRefused
from services.intake.domain.promising import final_delivery
from services.intake.domain.standing import desk_calendar
from services.worktime import Presence, is_open, jalali_text
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    at,
    case_of,
    file_at_desk,
    move_of,
    out_of_service,
    outcome_of,
    province,
    state_of,
    submit,
    without_days,
    world,
)
from tests.unit.intake.promised import the_promise


def sheet(service: str, **changes: Any) -> Sheet:
    found = sample_snapshot().sheet(service)
    assert found is not None
    return found.model_copy(update=changes)


def test_an_insurance_record_from_a_kiosk_takes_three_working_days_of_its_agencys_desk() -> None:
    case = case_of(submit())
    (promise,) = case.commitments
    assert case.desk_id == "wa-social-security-desk"
    assert promise.promised_local == jalali_text(promise.promised_at)
    assert promise.promised_local.startswith(
        ("1405/09/05", "1405/09/07")
    )  # Thursday, or Saturday where Thursday is free
    assert promise.budget is not None
    assert (promise.budget.value, promise.budget.unit) == (3, "WORKING_DAYS")
    calendar = sample_snapshot().calendar(promise.calendar.id)
    assert calendar is not None
    assert promise.calendar.version == calendar.version


def test_a_case_filed_at_eleven_at_night_counts_from_the_next_opening() -> None:
    evening = the_promise(state_of(submit(now=world("1405/09/02 23:00"), submittedAt=at("1405/09/02 22:59"))))
    morning = the_promise(state_of(submit(now=world("1405/09/03 05:00"), submittedAt=at("1405/09/03 04:59"))))
    assert evening.promised_at == morning.promised_at


@given(minutes=st.integers(min_value=0, max_value=60 * 24 * 200))
def test_I3_a_promise_is_in_open_time_before_the_legal_limit(minutes: int) -> None:
    now = at("1405/07/01 00:00") + timedelta(minutes=minutes)
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk is not None
    calendar = desk_calendar(province(), desk)
    assert calendar is not None
    promise = final_delivery("request-1", sheet("building-permit"), Channel.AGENCY_DESK, desk, calendar, now)
    assert now < promise.promised_at <= promise.legal_latest_at
    assert is_open(calendar, promise.promised_at, Presence.DESK, avoid_provisional=True)


def test_new_promises_avoid_a_provisional_holiday_and_the_law_does_not_wait_for_it() -> None:
    before = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER)).commitments[0]
    calendar = sample_snapshot().calendar(before.calendar.id)
    assert calendar is not None
    holiday = DayException(
        date=before.promised_at.date(), kind=DayKind.CLOSED, status="PROVISIONAL", source="تقویم قمری"
    )
    kept = tuple(exception for exception in calendar.exceptions if exception.date != holiday.date)
    changed = calendar.model_copy(update={"exceptions": (*kept, holiday)})
    decision = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, world("1405/09/02 10:00", changed))
    after = case_of(decision).commitments[0]
    assert after.promised_at.date() > before.promised_at.date()
    assert after.legal_latest_at == before.legal_latest_at
    assert after.calendar.version == before.calendar.version + 1


@pytest.mark.parametrize(("county", "counts"), [("urmia", True), (None, True), ("khoy", False)])
def test_a_closed_day_of_a_county_counts_in_the_promises_of_its_desks_alone(county: str | None, counts: bool) -> None:
    before = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER)).commitments[0]
    calendar, desk = sample_snapshot().calendar(before.calendar.id), sample_snapshot().desk(PERMITS_DESK)
    assert calendar is not None
    assert desk is not None
    assert desk.county == "urmia"
    day = before.promised_at.date()
    closure = DayException(date=day, kind=DayKind.CLOSED, status="CONFIRMED", source="برف", county=county)
    others = tuple(exception for exception in calendar.exceptions if exception.date != day)
    changed = calendar.model_copy(update={"exceptions": (*others, closure)})
    decision = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, world("1405/09/02 10:00", changed))
    after = case_of(decision).commitments[0]
    assert (after.promised_at.date() > day) is counts


def test_I3_where_the_desk_does_not_open_before_the_law_the_head_sees_it_from_the_start() -> None:
    """I3: two days of work from home are a working day for the law, and the desk is shut."""
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk is not None
    calendar = sample_snapshot().calendar(desk.calendar_id)
    assert calendar is not None
    from_home = tuple(
        DayException(date=at(f"1405/09/{day} 12:00").date(), kind=DayKind.REMOTE, status="CONFIRMED", source="آلودگی")
        for day in ("03", "04")
    )
    times = sheet("building-permit").processing_time
    a_day = times.maximum.model_copy(update={"value": 1})
    short = sheet("building-permit", processing_time=times.model_copy(update={"legal": a_day}))
    night = world("1405/09/02 23:00", short, calendar.model_copy(update={"exceptions": from_home}))
    decision = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, night)
    case = case_of(decision)
    assert move_of(decision).moves[-2:] == ("commitment.added", "commitment.legal-risk")
    assert (case.commitments[0].legal_risk, case.attention) == (True, (Attention.LEGAL_RISK,))


def test_I3_a_promise_past_the_law_is_pulled_forward_to_the_last_open_minute() -> None:
    found = sheet("building-permit")
    short = found.processing_time.model_copy(
        update={"legal": found.processing_time.average.model_copy(update={"value": 2})}
    )
    strict = found.model_copy(update={"processing_time": short})
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk is not None
    calendar = desk_calendar(province(), desk)
    assert calendar is not None
    promise = final_delivery("request-1", strict, Channel.AGENCY_DESK, desk, calendar, at("1405/09/02 10:00"))
    assert promise.promised_at <= promise.legal_latest_at
    assert not promise.legal_risk


def test_I3_a_promise_that_is_pulled_forward_avoids_a_day_that_may_be_closed() -> None:
    """Domain 6: the last day that the law leaves is a holiday that nobody has confirmed yet."""
    times = sheet("building-permit").processing_time
    two_days = times.average.model_copy(update={"value": 2})
    strict = sheet("building-permit", processing_time=times.model_copy(update={"legal": two_days}))
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk is not None
    entry = sample_snapshot().calendar(desk.calendar_id)
    assert entry is not None
    last = DayException(date=at("1405/09/04 12:00").date(), kind=DayKind.CLOSED, status="PROVISIONAL", source="تقویم")
    calendar = desk_calendar(province(entry.model_copy(update={"exceptions": (last,)})), desk)
    assert calendar is not None
    promise = final_delivery("request-1", strict, Channel.AGENCY_DESK, desk, calendar, at("1405/09/02 10:00"))
    assert jalali_text(promise.legal_latest_at) == "1405/09/04 10:00"
    assert promise.promised_local.startswith("1405/09/03 ")
    assert is_open(calendar, promise.promised_at, Presence.DESK, avoid_provisional=True)
    assert not promise.legal_risk


def test_no_answer_is_promised_for_a_day_on_which_the_desk_is_known_to_be_out_of_service() -> None:
    """The same hour when it is back; where nobody knows of one, the date stays and its head sees the risk (I3)."""
    usual = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER)).commitments[0]
    assert usual.promised_local == "1405/09/19 09:10"
    back = world(MORNING, out_of_service(PERMITS_DESK, "1405/09/19", "1405/09/22"))
    (later,) = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, back)).commitments
    assert (later.promised_local, later.legal_latest_at, later.legal_risk) == (
        "1405/09/22 09:10", usual.legal_latest_at, False,
    )  # fmt: skip
    given_up = world(MORNING, out_of_service(PERMITS_DESK, "1405/09/19"))
    case = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, given_up))
    assert (case.commitments[0].promised_at, case.commitments[0].legal_risk) == (usual.promised_at, True)
    assert case.attention == (Attention.LEGAL_RISK,)


@pytest.mark.parametrize(
    ("first", "promised"), [("1405/09/19", "1405/09/18 14:14"), ("1405/09/03", "1405/09/02 14:14")]
)
def test_where_the_desk_is_back_past_the_law_the_answer_is_promised_before_it_goes(first: str, promised: str) -> None:
    """I3: as late as the desk is there; the law leaves until 1405/10/07."""
    away = world(MORNING, out_of_service(PERMITS_DESK, first, "1405/10/20"))
    case = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, away))
    (promise,) = case.commitments
    assert (promise.promised_local, promise.legal_risk, case.attention) == (promised, False, ())


def test_where_the_desk_does_not_open_before_it_goes_the_answer_waits_until_it_is_back_and_is_a_risk() -> None:
    evening = world("1405/09/02 20:00", out_of_service(PERMITS_DESK, "1405/09/03", "1405/10/20"))
    case = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, evening))
    (promise,) = case.commitments
    assert (promise.promised_local, promise.legal_risk) == ("1405/10/20 07:30", True)
    assert case.attention == (Attention.LEGAL_RISK,)


@pytest.mark.parametrize(("weekend", "day"), [(("friday",), "1405/09/19"), (("thursday", "friday"), "1405/09/23")])
def test_fifteen_working_days_end_where_the_weekend_of_the_desk_lets_them(weekend: tuple[str, ...], day: str) -> None:
    """The oracle of domain 6: a building permit filed on 1405/09/02, without holidays."""
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk is not None
    entry = sample_snapshot().calendar(desk.calendar_id)
    assert entry is not None
    names = ("saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday")
    days: dict[str, Hours] = {name: () if name in weekend else (("07:30", "14:30"),) for name in names}
    plain = entry.model_copy(
        update={"exceptions": (), "weeks": (Week(valid_from=entry.weeks[0].valid_from, days=days),)}
    )
    morning = world("1405/09/02 10:00", plain)
    promise = case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, morning)).commitments[0]
    assert promise.promised_local == f"{day} 10:00"


@pytest.mark.parametrize("days", [{}, None])
def test_where_the_calendar_gives_no_day_nothing_is_promised_and_everybody_is_told(
    days: dict[str, tuple[tuple[str, str], ...]] | None,
) -> None:
    """A calendar that never opens, and one that begins years from now."""
    shut = world(MORNING, *(without_days(desk, days) for desk in (PERMITS_DESK, SOCIAL_DESK)))
    with pytest.raises(Refused, match="NO_CALENDAR") as refusal:
        file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, shut)
    assert refusal.value.status == 422
    with pytest.raises(Refused, match="NO_CALENDAR"):  # a redirect lapses by the calendar
        file_at_desk(
            "social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, shut, electronicallyAble=False, willing=False
        )
    assert outcome_of(submit(now=shut)).code is Rejection.NOT_OFFERED_HERE


def test_a_redirect_that_cannot_be_promised_any_more_is_refused_to_its_kiosk() -> None:
    sent = file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER)
    redirected = state_of(sent)
    redirect = case_of(sent).redirect
    assert redirect is not None
    (asks,) = submit(redirectRef=redirect.ref).sends
    assert isinstance(asks.body, KioskHonours)
    decision = redirecting.honours(redirected, asks.body, world(MORNING, without_days(SOCIAL_DESK, {})))
    assert [type(send.body) for send in decision.sends] == [RedirectRefused]
    assert case_of(decision).state is RequestState.REDIRECTED
