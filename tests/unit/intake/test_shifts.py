"""I13: a decision on the spot needs an officer with authority for it and a running shift at that desk."""

from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.intake_commands import DecideOnSpot
from services.contracts.registry import Closure, Desk, Officer
from services.intake.domain import deciding
from tests.unit.intake.cases import SOCIAL_DESK, SOCIAL_OFFICER, case_of, file_at_desk, province, state_of, world

DECIDED: dict[str, Any] = {"decide": {"result": "GRANTED"}}


def the_desk(*shifts: dict[str, Any]) -> Desk:
    desk = province().desk(SOCIAL_DESK)
    assert desk is not None
    return Desk.model_validate(desk.to_wire() | {"shifts": shifts})


def shift(officer: str = SOCIAL_OFFICER, **changes: Any) -> dict[str, Any]:
    return {"officerId": officer, "validFrom": "2026-11-01"} | changes


def decide(moment: str, *shifts: dict[str, Any], service: str) -> str:
    decision = file_at_desk(service, SOCIAL_DESK, SOCIAL_OFFICER, world(moment, the_desk(*shifts)), **DECIDED)
    case = state_of(decision).case
    assert case is not None
    return case.state


@pytest.fixture
def on_spot() -> str:
    """A service of that desk which may be decided at once."""
    officer = province().officer(SOCIAL_OFFICER)
    assert officer is not None
    able = {a.service_id for a in officer.authorities if "DECIDE" in a.actions}
    sheets = [province().sheet(id) for id in sorted(able)]
    return next(sheet.id for sheet in sheets if sheet is not None and sheet.on_spot)


MONDAY_MORNING = "1405/09/02 10:00"


@pytest.mark.parametrize(
    "shifts",
    [
        (),
        (shift(),),
        (shift(days=["monday"]),),
        (shift(intervals=[["10:00", "12:00"]]),),
        (shift("another"), shift(validFrom="2026-11-23", validTo="2026-11-23")),
    ],
)
def test_I13_whoever_has_the_shift_decides(shifts: tuple[dict[str, Any], ...], on_spot: str) -> None:
    assert decide(MONDAY_MORNING, *shifts, service=on_spot) == "CLOSED"


@pytest.mark.parametrize(
    "shifts",
    [
        (shift("another"),),
        (shift(days=["tuesday"]),),
        (shift(intervals=[["07:30", "10:00"]]),),
        (shift(validFrom="2026-11-24"),),
        (shift(validTo="2026-11-22"),),
    ],
)
def test_I13_nobody_decides_in_another_ones_shift(shifts: tuple[dict[str, Any], ...], on_spot: str) -> None:
    with pytest.raises(Refused) as refusal:
        decide(MONDAY_MORNING, *shifts, service=on_spot)
    assert (refusal.value.code, refusal.value.status) == ("NOT_ON_SHIFT", 403)


@pytest.mark.parametrize(("last", "decides"), [("2026-11-23", False), ("2026-11-22", True)])
def test_I13_nobody_decides_on_a_day_on_which_they_are_away(last: str, decides: bool, on_spot: str) -> None:
    known = province().officer(SOCIAL_OFFICER)
    assert known is not None
    away = Officer.model_validate(known.to_wire() | {"absences": [{"first": "2026-11-20", "last": last}]})

    def decided() -> str:
        now = world(MONDAY_MORNING, away)
        case = state_of(file_at_desk(on_spot, SOCIAL_DESK, SOCIAL_OFFICER, now, **DECIDED)).case
        assert case is not None
        return case.state

    if decides:
        assert decided() == "CLOSED"
        return
    with pytest.raises(Refused) as refusal:
        decided()
    assert (refusal.value.code, refusal.value.status) == ("NOT_ON_SHIFT", 403)


ONE_DAY = {"validFrom": "2026-11-21", "validTo": "2026-11-21"}
TODAY = {"validFrom": "2026-11-23", "validTo": "2026-11-23"}


@pytest.mark.parametrize(
    "instead",
    [
        shift("another", substituteFor="the-head", **ONE_DAY),
        shift("another", substituteFor="the-head", **TODAY),
        shift("another", substituteFor=SOCIAL_OFFICER, **ONE_DAY),
        shift("another", substituteFor=SOCIAL_OFFICER, intervals=[["11:00", "12:00"]]),
        shift(SOCIAL_OFFICER, substituteFor="the-head", **ONE_DAY),
    ],
)
def test_I13_a_substitute_takes_nobody_else_off_duty_at_a_desk_without_shifts(
    instead: dict[str, Any], on_spot: str
) -> None:
    assert decide(MONDAY_MORNING, instead, service=on_spot) == "CLOSED"


@pytest.mark.parametrize(
    "shifts",
    [
        (shift("another", substituteFor=SOCIAL_OFFICER, **TODAY),),
        (shift("another"), shift("one-more", substituteFor="another", **ONE_DAY)),
    ],
)
def test_I13_nobody_decides_whose_place_is_taken_nor_without_a_shift_where_some_have_one(
    shifts: tuple[dict[str, Any], ...], on_spot: str
) -> None:
    with pytest.raises(Refused) as refusal:
        decide(MONDAY_MORNING, *shifts, service=on_spot)
    assert refusal.value.code == "NOT_ON_SHIFT"


def test_a_shift_never_opens_a_shut_desk(on_spot: str) -> None:
    with pytest.raises(Refused) as refusal:
        decide("1405/09/02 22:00", shift(intervals=[["20:00", "24:00"]]), service=on_spot)
    assert refusal.value.code == "NOT_ON_SHIFT"


@pytest.mark.parametrize("status", ["SUSPENDED", "RETIRED"])
def test_I13_no_shift_runs_at_a_desk_that_is_out_of_service(status: str, on_spot: str) -> None:
    """It was in service when the request was filed there."""
    filed = file_at_desk(on_spot, SOCIAL_DESK, SOCIAL_OFFICER, notOnSpotReason="SYSTEM_DOWN")
    gone = Desk.model_validate(the_desk().to_wire() | {"status": status})
    command = DecideOnSpot.model_validate({"result": "GRANTED", "officerId": SOCIAL_OFFICER})
    with pytest.raises(Refused) as refusal:
        deciding.on_spot(filed.state, command, world(MONDAY_MORNING, gone))
    assert refusal.value.code == "NOT_ON_SHIFT"
    assert case_of(deciding.on_spot(filed.state, command, world(MONDAY_MORNING))).state == "CLOSED"


KHOY_DESK, KHOY_OFFICER = "wa-social-security-khoy-desk", "wa-social-security-khoy-desk-01"


@pytest.mark.parametrize(
    ("shifts_of", "officer", "decides"),
    [(SOCIAL_DESK, "another", True), (KHOY_DESK, "another", False), (KHOY_DESK, KHOY_OFFICER, True)],
)
def test_the_shift_is_at_the_desk_where_the_officer_stands(shifts_of: str, officer: str, decides: bool) -> None:
    """Filed electronically in Khoy, the case is Urmia's; who serves there says nothing of Khoy."""
    desk = province().desk(shifts_of)
    assert desk is not None
    served = Desk.model_validate(desk.to_wire() | {"shifts": [shift(officer)]})
    now = world(MONDAY_MORNING, served)
    if not decides:
        with pytest.raises(Refused) as refusal:
            file_at_desk("medical-coverage-certificate", KHOY_DESK, KHOY_OFFICER, now, **DECIDED)
        assert refusal.value.code == "NOT_ON_SHIFT"
        return
    case = state_of(file_at_desk("medical-coverage-certificate", KHOY_DESK, KHOY_OFFICER, now, **DECIDED)).case
    assert case is not None
    assert (case.channel, case.desk_id, case.state) == ("WEB", SOCIAL_DESK, "CLOSED")


def test_nobody_is_sent_to_a_kiosk_that_has_announced_a_closure() -> None:
    redirected = state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER)).case
    assert redirected is not None
    assert redirected.redirect is not None
    first = redirected.redirect.kiosks[0].id
    kiosk = province().kiosk(first)
    assert kiosk is not None
    closure = Closure.model_validate({"first": "2026-11-23", "last": "2026-11-23", "reason": "بازسازی"})
    shut = world(MONDAY_MORNING, kiosk.model_copy(update={"closures": (closure,)}))
    case = state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, shut)).case
    assert case is not None
    assert case.redirect is not None
    assert first not in {offered.id for offered in case.redirect.kiosks}
