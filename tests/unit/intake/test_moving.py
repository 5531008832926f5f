"""An open promise comes to another date in one way only, on record, within open hours and the law (I3, I6, 12.4)."""

from datetime import datetime, timedelta

import pytest

from services.contracts.commitment import OUT_OF_SERVICE, CommitmentState, MoveKind
from services.contracts.routing import DueCause
from services.contracts.working_calendar import CalendarRef
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention
from services.intake.domain.moving import LEGAL_LIMIT, extensions, re_projected
from services.intake.domain.promising import broken_by
from services.worktime import jalali_text
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    at,
    case_of,
    file_at_desk,
    out_of_service,
    without_days,
    world,
)

V2 = CalendarRef(id="wa", version=2)


def a_permit() -> Case:
    """A building permit of Monday 1405/09/02 10:00, fifteen working days."""
    return case_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))


def to(case: Case, moment: datetime) -> tuple[Case, tuple[str, ...]]:
    """A closed day has moved the first promise."""
    tomorrow, first = world(MORNING + timedelta(days=1)), case.commitments[0].id
    return re_projected(case, first, moment, tomorrow, cause=DueCause.CALENDAR, rule="CLOSED_DAY", counted_by=V2)


def test_a_re_projected_promise_has_its_new_date_and_keeps_the_old_one_on_record() -> None:
    case = a_permit()
    before = case.commitments[0]
    new = before.promised_at + timedelta(days=2)
    moved, verbs = to(case, new)
    (after,) = moved.commitments
    (move,) = after.moves
    assert verbs == ("commitment.re-projected",)
    assert (after.promised_at, after.promised_local, after.calendar) == (new, jalali_text(new), V2)
    assert (move.kind, move.cause, move.rule) == (MoveKind.RE_PROJECTED, DueCause.CALENDAR, "CLOSED_DAY")
    assert (move.from_at, move.to_at, move.at) == (before.promised_at, new, MORNING + timedelta(days=1))
    assert after.legal_latest_at == before.legal_latest_at, "no pause and no closure moves what the law allows"
    assert extensions(after) == 0


def test_a_promise_that_is_there_already_does_not_move_and_nothing_is_told() -> None:
    case = a_permit()
    assert to(case, case.commitments[0].promised_at) == (case, ())


def test_a_date_at_which_the_desk_is_shut_becomes_its_next_opening() -> None:
    case = a_permit()
    (promise,) = to(case, at("1405/09/24 23:00"))[0].commitments
    assert promise.promised_local.startswith("1405/09/25")
    assert promise.promised_at < at("1405/09/25 09:00")


def test_no_date_moves_to_a_day_on_which_the_desk_is_known_to_be_out_of_service() -> None:
    case = a_permit()
    tomorrow = world(MORNING + timedelta(days=1), out_of_service(PERMITS_DESK, "1405/09/22", "1405/09/25"))
    moved, _ = re_projected(case, case.commitments[0].id, at("1405/09/23 10:00"), tomorrow, cause=DueCause.CALENDAR)
    assert moved.commitments[0].promised_at == at("1405/09/25 10:00"), "the same hour"


@pytest.mark.parametrize("asked", ["1405/09/23 10:00", "1405/11/01 10:00"])
def test_a_date_at_which_the_desk_is_gone_until_past_the_law_is_pulled_forward_to_before_it_goes(asked: str) -> None:
    """I3: also where the law's own limit falls into those days."""
    case = a_permit()
    tomorrow = world(MORNING + timedelta(days=1), out_of_service(PERMITS_DESK, "1405/09/22", "1405/10/20"))
    moved, verbs = re_projected(case, case.commitments[0].id, at(asked), tomorrow, cause=DueCause.CALENDAR)
    (promise,) = moved.commitments
    assert (promise.promised_local, promise.legal_risk) == ("1405/09/21 14:14", False)
    assert (promise.moves[0].rule, verbs) == (LEGAL_LIMIT, ("commitment.re-projected",))


def test_what_its_desk_s_absence_moves_says_so_also_where_the_law_has_cut_it_short() -> None:
    """No day was closed: each case of a person is told apart."""
    case = a_permit()
    past = case.commitments[0].legal_latest_at + timedelta(days=20)
    tomorrow, first = world(MORNING + timedelta(days=1)), case.commitments[0].id
    moved, _ = re_projected(case, first, past, tomorrow, cause=DueCause.CALENDAR, rule=OUT_OF_SERVICE)
    assert moved.commitments[0].moves[0].rule == OUT_OF_SERVICE


def test_a_date_past_the_law_is_pulled_forward_to_the_last_open_minute() -> None:
    case = a_permit()
    latest = case.commitments[0].legal_latest_at
    moved, verbs = to(case, latest + timedelta(days=20))
    (promise,) = moved.commitments
    assert verbs == ("commitment.re-projected",)
    assert latest - timedelta(days=2) < promise.promised_at <= latest
    assert promise.moves[0].rule == LEGAL_LIMIT
    assert not promise.legal_risk
    assert moved.attention == ()


def test_where_the_desk_does_not_open_before_the_law_the_head_is_warned_once() -> None:
    """I3: the promise moves all the same, since nobody is there on the old day."""
    case = a_permit()
    shut = world(MORNING + timedelta(days=1), without_days(PERMITS_DESK, None))
    late = case.commitments[0].legal_latest_at + timedelta(days=20)
    moved, verbs = re_projected(case, case.commitments[0].id, late, shut, cause=DueCause.CALENDAR)
    assert verbs == ("commitment.re-projected", "commitment.legal-risk")
    assert moved.commitments[0].legal_risk
    assert moved.attention == (Attention.LEGAL_RISK,)
    again, verbs = re_projected(moved, case.commitments[0].id, late + timedelta(days=1), shut, cause=DueCause.CALENDAR)
    assert verbs == ("commitment.re-projected",), "the head knows"
    back, _ = to(again, case.commitments[0].promised_at)
    assert (back.attention, back.commitments[0].legal_risk) == ((), False)


@pytest.mark.parametrize("state", [CommitmentState.KEPT, CommitmentState.BROKEN, CommitmentState.RELEASED])
def test_only_an_open_promise_moves(state: CommitmentState) -> None:
    case = a_permit()
    over = tuple(one.model_copy(update={"state": state}) for one in case.commitments)
    case = case.model_copy(update={"commitments": over})
    assert to(case, case.commitments[0].promised_at + timedelta(days=2)) == (case, ())


def test_a_promise_whose_time_has_passed_is_not_saved_by_a_closure() -> None:
    """I6: its timer may be a moment late; broken is broken."""
    case = a_permit()
    promise = case.commitments[0]
    late = world(promise.promised_at + timedelta(seconds=1))
    later = promise.promised_at + timedelta(days=3)
    assert re_projected(case, promise.id, later, late, cause=DueCause.CALENDAR) == (case, ())
    assert broken_by(case, late.now).commitments[0].state is CommitmentState.BROKEN
