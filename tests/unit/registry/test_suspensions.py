"""Suspensions of an entry are made longer, are one where they meet, end sooner and are called off (domain 3)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import Status
from services.contracts.registry import Desk
from tests.unit.registry.life_steps import a_desk, change, desk_of, fired


def test_a_suspension_brings_back_nothing_that_retires_within_it_or_on_the_day_after() -> None:
    retiring = desk_of(change(a_desk(), Status.RETIRED, since="2027-01-10"))
    for until in ("2027-01-15", "2027-01-10", "2027-01-09"):
        plans = desk_of(change(retiring, Status.SUSPENDED, since="2027-01-05", until=until)).planned
        assert [(plan.status, plan.since.day) for plan in plans] == [(Status.SUSPENDED, 5), (Status.RETIRED, 10)], until
    sooner = desk_of(change(retiring, Status.SUSPENDED, since="2027-01-05", until="2027-01-07")).planned
    assert [(plan.status, plan.since.day) for plan in sooner][1:] == [(Status.ACTIVE, 8), (Status.RETIRED, 10)]


@pytest.mark.parametrize("until", ["2027-01-15", "2027-01-10", None])
@pytest.mark.parametrize("before", [{}, {"since": "2027-01-05", "until": "2027-01-07"}, {"since": "2027-01-05"}])
def test_a_suspension_from_the_day_on_which_it_retires_is_refused_and_the_retirement_stays(
    before: dict[str, Any], until: str | None
) -> None:
    desk = desk_of(change(a_desk(), Status.SUSPENDED, **before)) if before else a_desk()
    retiring = desk_of(change(desk, Status.RETIRED, since="2027-01-10"))
    with pytest.raises(Refused) as refusal:
        change(retiring, Status.SUSPENDED, since="2027-01-10", until=until)
    assert (refusal.value.code, refusal.value.status) == ("ILLEGAL_MOVE", 409)
    assert retiring.planned[-1].status is Status.RETIRED


def test_a_suspension_whose_day_after_is_planned_already_is_no_contradiction() -> None:
    first = desk_of(change(a_desk(), Status.SUSPENDED, since="2027-01-08", until="2027-01-09"))
    whole = desk_of(change(first, Status.SUSPENDED, since="2027-01-08", until="2027-01-09"))
    assert whole.planned == first.planned


def spans(desk: Desk) -> list[tuple[str, str]]:
    """Its status today and on days ahead."""
    return [("today", desk.status.value), *((f"{plan.since:%m-%d}", plan.status.value) for plan in desk.planned)]


def test_a_suspension_that_has_begun_is_made_longer_and_its_history_tells_who_and_why() -> None:
    begun = desk_of(change(a_desk(), Status.SUSPENDED, until="2026-11-30"))
    decided = change(begun, Status.SUSPENDED, until="2026-12-09", reason="بازرسی", officerId="wa-tax-desk-01")
    assert spans(desk_of(decided)) == [("today", "SUSPENDED"), ("12-10", "ACTIVE")]
    edition: Any = decided.sends[0].body
    assert (edition.version, edition.recorded_by, edition.reason) == (begun.version + 1, "wa-tax-desk-01", "بازرسی")
    assert desk_of(decided).planned[0].reason == "بازرسی"
    assert decided.events
    over = desk_of(fired(desk_of(decided), on=date(2026, 12, 1)))
    assert over.status is Status.SUSPENDED, "the day on which the first one would have ended"


@pytest.mark.parametrize("since", ["2026-11-23", "2026-11-28", "2026-12-01"])
def test_it_is_longer_from_whatever_day_of_it_or_the_one_after_that_is_said(since: str) -> None:
    begun = desk_of(change(a_desk(), Status.SUSPENDED, until="2026-11-30"))
    assert spans(desk_of(change(begun, Status.SUSPENDED, since=since, until="2026-12-09"))) == [
        ("today", "SUSPENDED"),
        ("12-10", "ACTIVE"),
    ]


def test_without_a_last_day_it_stays_until_it_is_resumed() -> None:
    begun = desk_of(change(a_desk(), Status.SUSPENDED, until="2026-11-30"))
    longer = desk_of(change(begun, Status.SUSPENDED))
    assert spans(longer) == [("today", "SUSPENDED")]
    assert spans(desk_of(change(longer, Status.ACTIVE))) == [("today", "ACTIVE")]


@pytest.mark.parametrize("until", ["2026-11-29", "2026-11-30"])
def test_the_longer_one_stands_and_whoever_asks_for_a_shorter_one_is_told(until: str) -> None:
    begun = desk_of(change(a_desk(), Status.SUSPENDED, until="2026-11-30"))
    with pytest.raises(Refused) as refusal:
        change(begun, Status.SUSPENDED, until=until)
    assert (refusal.value.code, refusal.value.status) == ("ILLEGAL_MOVE", 409)
    for_good = desk_of(change(a_desk(), Status.SUSPENDED))
    with pytest.raises(Refused, match="ILLEGAL_MOVE"):
        change(for_good, Status.SUSPENDED, until=until)


def test_a_planned_suspension_is_made_longer_too_before_it_begins() -> None:
    ahead = desk_of(change(a_desk(), Status.SUSPENDED, since="2026-12-01", until="2026-12-05"))
    assert spans(desk_of(change(ahead, Status.SUSPENDED, since="2026-12-03", until="2026-12-09"))) == [
        ("today", "ACTIVE"),
        ("12-01", "SUSPENDED"),
        ("12-10", "ACTIVE"),
    ]


def test_what_is_planned_behind_a_suspension_is_not_undone_by_its_being_longer() -> None:
    begun = desk_of(change(a_desk(), Status.SUSPENDED, until="2026-11-30"))
    again = desk_of(change(begun, Status.SUSPENDED, since="2026-12-05", until="2026-12-20"))
    into = desk_of(change(again, Status.SUSPENDED, until="2026-12-09"))
    assert spans(into) == [("today", "SUSPENDED"), ("12-21", "ACTIVE")], "the second one ends when it said"
    past = desk_of(change(again, Status.SUSPENDED, until="2026-12-30"))
    assert spans(past) == [("today", "SUSPENDED"), ("12-31", "ACTIVE")]
    before = desk_of(change(again, Status.SUSPENDED, until="2026-12-02"))
    assert spans(before) == [
        ("today", "SUSPENDED"),
        ("12-03", "ACTIVE"),
        ("12-05", "SUSPENDED"),
        ("12-21", "ACTIVE"),
    ]
    retiring = desk_of(change(begun, Status.RETIRED, since="2026-12-05"))
    for until in ("2026-12-04", "2026-12-09", None):
        assert spans(desk_of(change(retiring, Status.SUSPENDED, until=until))) == [
            ("today", "SUSPENDED"),
            ("12-05", "RETIRED"),
        ], until


@pytest.mark.parametrize(
    ("span", "stands"),
    [
        ({}, [("today", "SUSPENDED")]),
        (
            {"until": "2026-11-29"},
            [("today", "SUSPENDED"), ("11-30", "ACTIVE"), ("12-01", "SUSPENDED"), ("12-06", "ACTIVE")],
        ),
        ({"until": "2026-11-30"}, [("today", "SUSPENDED"), ("12-06", "ACTIVE")]),
        ({"until": "2026-12-03"}, [("today", "SUSPENDED"), ("12-06", "ACTIVE")]),
        ({"until": "2026-12-05"}, [("today", "SUSPENDED"), ("12-06", "ACTIVE")]),
        ({"until": "2026-12-09"}, [("today", "SUSPENDED"), ("12-10", "ACTIVE")]),
        (
            {"since": "2026-11-25", "until": "2026-12-03"},
            [("today", "ACTIVE"), ("11-25", "SUSPENDED"), ("12-06", "ACTIVE")],
        ),
    ],
)
def test_one_that_begins_before_a_planned_one_and_meets_it_is_one_with_it(
    span: dict[str, Any], stands: list[tuple[str, str]]
) -> None:
    """An officer with a leave ahead, or an office, is suspended today when that has to be."""
    ahead = desk_of(change(a_desk(), Status.SUSPENDED, since="2026-12-01", until="2026-12-05"))
    assert spans(desk_of(change(ahead, Status.SUSPENDED, **span))) == stands


def test_one_that_begins_before_a_planned_one_without_an_end_has_none_either() -> None:
    ahead = desk_of(change(a_desk(), Status.SUSPENDED, since="2026-12-01"))
    assert spans(desk_of(change(ahead, Status.SUSPENDED, until="2026-12-09"))) == [("today", "SUSPENDED")]


@pytest.mark.parametrize("since", [None, "2026-11-28", "2026-12-01"])
def test_what_is_suspended_until_a_day_is_resumed_sooner(since: str | None) -> None:
    begun = desk_of(change(a_desk(), Status.SUSPENDED, until="2026-11-30"))
    back = desk_of(change(begun, Status.ACTIVE, since=since))
    resumed = [("today", "ACTIVE")] if since is None else [("today", "SUSPENDED"), (since[5:], "ACTIVE")]
    assert spans(back) == resumed
    again = desk_of(change(begun, Status.SUSPENDED, since="2026-12-05", until="2026-12-20"))
    later = [("12-05", "SUSPENDED"), ("12-21", "ACTIVE")]
    assert spans(desk_of(change(again, Status.ACTIVE, since=since))) == [*resumed, *later], "another one stays"


@pytest.mark.parametrize(("status", "span"), [(Status.SUSPENDED, {"until": "2026-12-05"}), (Status.RETIRED, {})])
def test_what_is_planned_is_called_off_on_its_day(status: Status, span: dict[str, Any]) -> None:
    planned = desk_of(change(a_desk(), status, since="2026-12-01", **span))
    decided = change(planned, Status.ACTIVE, since="2026-12-01", reason="پابرجاست")
    assert spans(desk_of(decided)) == [("today", "ACTIVE")]
    edition: Any = decided.sends[0].body
    assert (edition.version, edition.reason) == (planned.version + 1, "پابرجاست")
    for since in (None, "2026-11-30"):
        with pytest.raises(Refused, match="ILLEGAL_MOVE"):  # it is in force then: nothing is called off
            change(planned, Status.ACTIVE, since=since)
