"""The life of an entry: from today or a day ahead, carried out when the day comes, never in the past (domain 3)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, TimerFired, World
from services.contracts.entry import PLANS, PlannedStatus, Status
from services.contracts.registry import Desk, Kiosk
from services.contracts.snapshot import Snapshot
from services.registry.api import view
from services.registry.domain import life
from services.registry.domain.life import ChangeLife
from services.registry.domain.recording import Around, StatusWish, Wish, change_status, day_came, record
from services.registry.handlers import FILES
from services.worktime import parse_jalali
from tests.support.sample import sample_entries, sample_snapshot

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Monday 1405/09/02."""
TODAY = date(2026, 11, 23)


def world(now: datetime = NOW) -> World[None]:
    return World(now=now, registry=Snapshot(), rules=None)


def a_desk(**changes: Any) -> Desk:
    desk = next(e for e in sample_entries() if isinstance(e, Desk) and e.id == "wa-tax-desk")
    return Desk.model_validate(desk.model_dump() | {"version": 1} | changes)


def change(desk: Desk | None, status: Status, users: tuple[str, ...] = (), **command: Any) -> Decision[Desk]:
    body = ChangeLife.model_validate({"reason": "تعمیر ساختمان", "officerId": "wa-governorate-desk-01"} | command)
    around = Around(users=users, entries=sample_snapshot())
    return change_status(desk, StatusWish(status=status, command=body, around=around), world())


def desk_of(decision: Decision[Desk]) -> Desk:
    assert decision.state is not None
    return decision.state


def test_what_is_suspended_today_is_published_at_once_with_who_and_why() -> None:
    decided = change(a_desk(), Status.SUSPENDED)
    assert (desk_of(decided).status, desk_of(decided).version) == (Status.SUSPENDED, 2)
    assert decided.events == (decided.state,)
    edition: Any = decided.sends[0].body
    assert (edition.recorded_by, edition.reason) == ("wa-governorate-desk-01", "تعمیر ساختمان")


def test_why_something_is_planned_stays_in_the_registry_and_its_history() -> None:
    """It is free text, and may tell of a person (I12)."""
    decided = change(a_desk(), Status.SUSPENDED, since="2026-11-25", until="2026-11-26")
    (told,) = decided.events
    assert isinstance(told, Desk)
    assert [(plan.status, plan.reason) for plan in told.planned] == [(Status.SUSPENDED, None), (Status.ACTIVE, None)]
    assert "تعمیر" not in str(told.to_wire()) + str(view(desk_of(decided)))
    begun = fired(desk_of(decided), on=date(2026, 11, 25))
    edition: Any = begun.sends[0].body
    assert edition.reason == "تعمیر ساختمان", "the history tells why, also on the day itself"
    assert "تعمیر" not in str([event.to_wire() for event in begun.events])


def test_why_an_office_is_shut_stays_in_the_registry() -> None:
    shut = {"first": "2026-11-25", "last": "2026-11-26", "reason": "بیماری آقای نمونه"}
    office = next(entry for entry in sample_entries() if isinstance(entry, Kiosk))
    office = Kiosk.model_validate(office.model_dump(exclude_unset=True) | {"closures": [shut]})
    decided: Decision[Kiosk] = record(None, Wish(entry=office, around=Around(entries=sample_snapshot())), world())
    assert decided.state is not None
    assert decided.state.closures[0].reason == "بیماری آقای نمونه"
    assert "بیماری" not in str([event.to_wire() for event in decided.events]) + str(view(decided.state))


def test_who_records_an_entry_as_they_read_it_leaves_the_reasons_as_they_are() -> None:
    known = desk_of(change(a_desk(), Status.SUSPENDED, since="2026-11-25", until="2026-11-26"))
    read = Desk.model_validate(view(known))
    again = record(known, Wish(entry=read, around=Around(entries=sample_snapshot())), world())
    assert (again.events, again.answer) == ((), {"id": known.id, "version": known.version, "recorded": False})
    moved = Desk.model_validate(view(known) | {"floor": 1})
    wish = Wish(entry=moved, sure=True, around=Around(entries=sample_snapshot()))
    assert [plan.reason for plan in desk_of(record(known, wish, world())).planned] == ["تعمیر ساختمان"] * 2


def test_what_is_suspended_from_a_day_to_a_day_comes_back_by_itself() -> None:
    planned = desk_of(change(a_desk(), Status.SUSPENDED, since="2026-11-25", until="2026-11-26"))
    assert planned.status is Status.ACTIVE, "nothing has happened yet"
    assert life.due_times(planned) == {"status": datetime(2026, 11, 24, 20, 30, tzinfo=UTC)}, "midnight in Tehran"
    begun = desk_of(fired(planned, on=date(2026, 11, 25)))
    assert begun.status is Status.SUSPENDED
    over = desk_of(fired(begun, on=date(2026, 11, 27)))
    assert (over.status, over.planned, life.due_times(over)) == (Status.ACTIVE, (), {})
    assert over.version == planned.version + 2


def fired(desk: Desk, on: date) -> Decision[Desk]:
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=3, minutes=30)
    return day_came(desk, TimerFired(name="status", due=midnight), world(midnight))


def test_a_plan_whose_day_was_missed_is_carried_out_when_the_service_is_back() -> None:
    planned = desk_of(change(a_desk(), Status.SUSPENDED, since="2026-11-25", until="2026-11-26"))
    assert desk_of(fired(planned, on=date(2026, 12, 20))).status is Status.ACTIVE


def test_a_day_that_has_not_come_changes_nothing() -> None:
    planned = desk_of(change(a_desk(), Status.SUSPENDED, since="2026-11-25"))
    early = fired(planned, on=date(2026, 11, 24))
    assert early.state is planned
    assert early.events == ()


def test_the_past_stays_as_it_was() -> None:
    with pytest.raises(Refused) as refusal:
        change(a_desk(), Status.SUSPENDED, since="2026-11-22")
    assert (refusal.value.code, refusal.value.status) == ("IN_THE_PAST", 422)


@pytest.mark.parametrize(("status", "until"), [(Status.RETIRED, "2026-12-01"), (Status.SUSPENDED, "2026-11-22")])
def test_only_a_suspension_has_a_last_day_and_not_before_its_first(status: Status, until: str) -> None:
    with pytest.raises(Refused) as refusal:
        change(a_desk(), status, until=until)
    assert refusal.value.code == "NO_SUCH_SPAN"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (before, after)
        for before in Status
        for after in (Status.ACTIVE, Status.SUSPENDED, Status.RETIRED)
        if after not in life.MOVES.table[before]
    ],
)
def test_an_illegal_move_names_both_states(before: Status, after: Status) -> None:
    with pytest.raises(Refused) as refusal:
        change(a_desk(status=before), after)
    assert (refusal.value.code, refusal.value.facts) == ("ILLEGAL_MOVE", {"from": before.value, "to": after.value})


def test_every_status_is_reached_and_left() -> None:
    assert set(life.MOVES.table) == set(Status)
    reached = {Status.PLANNED}.union(*life.MOVES.table.values())
    assert reached == set(Status)
    assert all(life.MOVES.table.values())


def test_retiring_drops_what_was_planned_after_it_and_what_is_named_cannot_be_planned_away() -> None:
    planned = desk_of(change(a_desk(), Status.SUSPENDED, since="2026-11-25"))
    assert desk_of(change(planned, Status.RETIRED)).planned == ()
    with pytest.raises(Refused) as refusal:
        change(a_desk(), Status.RETIRED, users=("organization wa-tax",), since="2027-01-01")
    assert refusal.value.code == "IN_USE"


def test_what_was_planned_before_the_day_of_its_retirement_still_happens() -> None:
    suspended = desk_of(change(a_desk(), Status.SUSPENDED, until="2026-11-27"))
    retiring = desk_of(change(suspended, Status.RETIRED, since="2026-12-30"))
    plans = [(plan.status, plan.since) for plan in retiring.planned]
    assert plans == [(Status.ACTIVE, date(2026, 11, 28)), (Status.RETIRED, date(2026, 12, 30))]
    sooner = desk_of(change(retiring, Status.RETIRED, since="2026-11-27"))
    assert [(plan.status, plan.since) for plan in sooner.planned] == [(Status.RETIRED, date(2026, 11, 27))]


def test_something_may_be_recorded_before_it_begins() -> None:
    begins = parse_jalali("1405/10/01")
    ahead = PlannedStatus(status=Status.ACTIVE, since=begins, reason="میز تازه")
    desk = a_desk(status="PLANNED", planned=[ahead.model_dump()])
    first: Decision[Desk] = record(None, Wish(entry=desk), world())
    assert desk_of(first).status is Status.PLANNED
    assert desk_of(fired(desk_of(first), on=begins)).status is Status.ACTIVE


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"status": "PLANNED"}, "planned: something that is planned begins on some day"),
        (
            {"planned": [{"status": "ACTIVE", "since": "2027-01-01", "reason": "x"}]},
            "planned: ACTIVE does not move to ACTIVE",
        ),
        (
            {
                "planned": [
                    {"status": "SUSPENDED", "since": "2027-01-02", "reason": "x"},
                    {"status": "ACTIVE", "since": "2027-01-01", "reason": "x"},
                ]
            },
            "planned: the days ascend, each once",
        ),
    ],
)
def test_plans_that_contradict_themselves_are_refused(changes: dict[str, Any], flaw: str) -> None:
    with pytest.raises(Refused) as refusal:
        record(None, Wish(entry=a_desk(**changes)), world())
    assert refusal.value.facts["flaws"] == (flaw,)


def test_a_suspension_brings_back_nothing_that_retires_within_it_or_on_the_day_after() -> None:
    retiring = desk_of(change(a_desk(), Status.RETIRED, since="2027-01-10"))
    for until in ("2027-01-15", "2027-01-10", "2027-01-09"):
        plans = desk_of(change(retiring, Status.SUSPENDED, since="2027-01-05", until=until)).planned
        assert [(plan.status, plan.since.day) for plan in plans] == [(Status.SUSPENDED, 5), (Status.RETIRED, 10)], until
    sooner = desk_of(change(retiring, Status.SUSPENDED, since="2027-01-05", until="2027-01-07")).planned
    assert [(plan.status, plan.since.day) for plan in sooner][1:] == [(Status.ACTIVE, 8), (Status.RETIRED, 10)]


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


def test_no_suspension_ends_on_the_last_day_of_our_time() -> None:
    with pytest.raises(Refused) as refusal:
        change(a_desk(), Status.SUSPENDED, until="2120-12-31")
    assert (refusal.value.code, refusal.value.status) == ("NO_SUCH_SPAN", 422)
    assert desk_of(change(a_desk(), Status.SUSPENDED, until="2120-12-30")).planned[0].since == date(2120, 12, 31)


def test_an_entry_has_no_more_plans_than_can_be_read_again() -> None:
    desk = a_desk()
    for number in range(PLANS // 2):
        first = date(2027, 1, 1) + timedelta(days=14 * number)
        desk = desk_of(change(desk, Status.SUSPENDED, since=str(first), until=str(first + timedelta(days=2))))
        assert Desk.model_validate(desk.to_wire()) == desk
    with pytest.raises(Refused) as refusal:
        change(desk, Status.SUSPENDED, since="2027-06-01", until="2027-06-02")
    assert (refusal.value.code, refusal.value.status) == ("TOO_MANY_PLANS", 422)
    with pytest.raises(Refused, match="TOO_MANY_PLANS"):
        change(desk, Status.SUSPENDED, since="2027-06-01")


def test_whatever_is_decided_of_an_entry_is_read_back_before_it_holds() -> None:
    assert [entity.name for entity in FILES.values() if not entity.reread] == []
