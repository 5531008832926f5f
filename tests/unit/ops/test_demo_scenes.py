"""The demo's scenes: one that did not come to its end makes the day a bad one; months are over on a working morning."""

import asyncio
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from services.ops import clock
from services.ops.demo import closure, day, gateway_away, month_end, programme, sent_to_a_unit
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.ops.home import Home
from services.ops.sms_simulator import Gateway, application
from services.worktime.jalali import TEHRAN
from tests.unit.ops.test_demo_report import OUTCOME

NOBODY = httpx.MockTransport(lambda _: httpx.Response(204))
"""Takes every receipt."""
BROKEN = Scene("a promise is broken", cases=("case-1",))


def _company(**event: Any) -> Company:
    last = {"requestId": "case-1", "state": "CLOSED", "result": {"kind": "GRANTED"}} | event
    cases: Any = SimpleNamespace(last=lambda: {"case-1": last})
    nobody: Any = None
    return Company(nobody, nobody, nobody, nobody, nobody, cases)


def _promise(state: str, late: str | None) -> list[dict[str, Any]]:
    return [{"state": state, "fulfilledLateAt": late}]


def test_a_scene_that_stops_on_the_way_says_where_and_the_day_is_no_good_one() -> None:
    async def stops(company: Company) -> Scene:
        raise SceneFailed("its event did not come within 40 s")

    scene = asyncio.run(programme._played("a closure is announced", stops, _company()))
    assert day._unfinished([scene, BROKEN]) == ["a closure is announced: its event did not come within 40 s"]
    good = replace(OUTCOME, scenes=(BROKEN,))
    assert good.is_good
    assert not replace(good, surprises=tuple(day._unfinished([scene]))).is_good


def test_a_scene_ends_when_its_cases_are_answered() -> None:
    kept = _company(commitments=_promise("KEPT", None))
    assert programme._ended(BROKEN, kept).story == ("answered: GRANTED, CLOSED, promise KEPT",)
    open_still = _company(state="IN_PROGRESS", result=None, commitments=_promise("OPEN", None))
    assert programme._ended(BROKEN, open_still).fault == "case case-1 stopped at IN_PROGRESS"


@pytest.mark.parametrize(
    ("state", "late", "fault"),
    [
        ("BROKEN", "2026-11-25T05:00:00Z", ""),
        ("BROKEN", None, "the promise is BROKEN, fulfilled late: None"),
        ("KEPT", None, "the promise is KEPT, fulfilled late: None"),
    ],
)
def test_i6_a_broken_promise_stays_broken_and_its_late_answer_is_noted(
    state: str, late: str | None, fault: str
) -> None:
    assert programme._late(BROKEN, _company(commitments=_promise(state, late))).fault == fault


@pytest.mark.parametrize(
    ("month", "morning"),
    [
        ("1405-09", "2026-12-22T09:30"),
        ("1405-10", "2027-01-23T09:30"),  # it begins on a Thursday: the offices open on Saturday
        ("1405-12", "2027-03-27T09:30"),  # after the holidays of the new year
    ],
)
def test_a_month_is_over_on_the_first_working_morning_of_the_next(month: str, morning: str) -> None:
    assert month_end._next_month(month) == datetime.fromisoformat(morning).replace(tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("lapse", "morning"),
    [
        ("2026-12-23T11:00:00Z", "2026-12-26T09:30"),  # after the end of the week
        ("2026-12-19T11:00:00Z", "2026-12-22T09:30"),  # the month is longer
    ],
)
def test_at_the_end_of_a_month_its_redirects_have_lapsed_too(lapse: str, morning: str) -> None:
    """A day that begins on the last of a month has led into the next one: it is the first that is reported."""
    company = _company(redirectLapsesAt=lapse)
    desks: Any = SimpleNamespace(left_open={"case-1"})
    over = month_end._over(replace(company, desks=desks), "1405-09")
    assert over == datetime.fromisoformat(morning).replace(tzinfo=TEHRAN)


@pytest.mark.parametrize(
    ("reported", "state", "was_open"),
    [
        ("2026-11-23T06:00:00Z", "VERIFIED", True),
        ("2026-11-20T06:00:00Z", "IN_REMEDY", True),  # 1405/08/29, and open since
        ("2026-11-20T06:00:00Z", "VERIFIED", False),
        ("2026-12-22T06:00:00Z", "REPORTED", False),  # 1405/10/01
    ],
)
def test_the_head_reports_what_was_open_in_the_month(reported: str, state: str, was_open: bool) -> None:
    assert month_end._was_open({"reportedAt": reported, "state": state}, "1405-09") is was_open


def test_a_closure_is_certain_when_it_is_announced() -> None:
    """What a Clock saw as uncertain first, and has a day to spare for, does not move: all three are to move."""
    announced = closure.announcement(date(2026, 12, 26))
    assert (announced["status"], announced["exceptions"][0]["date"]) == ("CONFIRMED", "2026-12-26")


@pytest.mark.parametrize(
    ("shown", "begins"),
    [
        ("2026-11-29T14:22", "2026-11-30T09:30"),  # the unit has gone home at a quarter past two
        ("2026-11-29T08:20", "2026-11-29T09:30"),
        ("2027-03-07T14:22", "2027-03-08T09:30"),  # forward also where the sample's holidays run out
    ],
)
def test_who_is_sent_to_a_unit_comes_in_its_hours(shown: str, begins: str, tmp_path: Path) -> None:
    home = Home(tmp_path)
    clock.set_to(home, shown)
    stage: Any = SimpleNamespace(home=home)
    company = replace(_company(), stage=stage)
    sent_to_a_unit._begin_in_the_morning(company)
    assert clock.now(home).astimezone(TEHRAN).strftime("%Y-%m-%dT%H:%M") == begins


def test_R14_a_gateway_that_was_away_is_back_whatever_happens() -> None:
    """Else it would turn away what is sent after the demo, too."""

    async def turned_away_then_back() -> list[int]:
        simulator = Gateway("http://127.0.0.1:9/receipts", client=httpx.AsyncClient(transport=NOBODY))
        transport = httpx.ASGITransport(application(simulator))
        message = {"to": "09121234567", "text": "سلام", "ref": "case-1.1"}
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as gateway:
            codes = []

            async def stops_on_the_way() -> None:
                async with gateway_away._away(gateway):
                    codes.append((await gateway.post("/send", json=message)).status_code)
                    raise SceneFailed("the notice of the promise did not come within 40 s")

            with pytest.raises(SceneFailed):
                await stops_on_the_way()
            codes.append((await gateway.post("/send", json=message)).status_code)
        await simulator.close()
        return codes

    assert asyncio.run(turned_away_then_back()) == [429, 200]


@pytest.mark.parametrize(
    ("state", "taken", "waits"),
    [
        *((state, 0, True) for state in ("CREATED", "SENDING", "TEMP_FAILED")),
        *((state, 0, False) for state in ("SENT", "DELIVERED", "PERM_FAILED", "EXPIRED")),
        ("SENDING", 1, False),
    ],
)
def test_R14_a_message_waits_while_the_gateway_takes_none(state: str, taken: int, waits: bool) -> None:
    assert (gateway_away._taken_all_the_same([{"state": state}], [taken]) == "") is waits


@pytest.mark.parametrize(
    ("state", "accepted", "once"), [("DELIVERED", 1, True), ("DELIVERED", 2, False), ("SUPPRESSED", 0, False)]
)
def test_R14_then_it_goes_out_once(state: str, accepted: int, once: bool) -> None:
    assert (gateway_away._not_once_each([{"state": state}], [accepted]) == "") is once
