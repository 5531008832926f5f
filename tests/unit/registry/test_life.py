"""The life of an entry: from today or a day ahead, carried out when the day comes, never in the past (domain 3)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused
from services.contracts.entry import PLANS, PlannedStatus, Status
from services.contracts.registry import Desk, Kiosk
from services.registry.api import view
from services.registry.domain import life
from services.registry.domain.recording import Around, Wish, record
from services.registry.handlers import FILES
from services.worktime import parse_jalali
from tests.support.sample import sample_entries, sample_snapshot
from tests.unit.registry.life_steps import a_desk, change, desk_of, fired, world


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
