"""The desk is out of service when an answer is promised on which a unit still works: it moves with the desk (I3)."""

from datetime import datetime, timedelta
from typing import cast

import pytest

from services.contracts.commitment import OUT_OF_SERVICE, Commitment
from services.contracts.decision import TimerFired
from services.contracts.entry import Entry
from services.contracts.routing import DueCause, DueMoved
from services.intake.domain.case import Case
from services.intake.domain.due import timers
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.domain.request import Request
from services.intake.handlers import REQUEST
from services.intake.visit_store import to_look_at
from services.runtime.store import Store
from services.worktime import jalali_text
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    at,
    case_of,
    file_at_desk,
    happens,
    out_of_service,
    person,
    shut_on,
    state_of,
    the_case,
    work,
    world,
)
from tests.unit.intake.standing_still import stands_still
from tests.unit.intake.watched import TEN, Watched

NEXT_DAY = "1405/09/03 10:00"
AWAY = ("1405/09/18", "1405/09/25")


def a_permit() -> Request:
    """A building permit of Monday 1405/09/02 10:00, whose answer is promised for 1405/09/19 09:10."""
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert answer_of(the_case(request)).promised_local == "1405/09/19 09:10"
    return request


def answer_of(case: Case) -> Commitment:
    (promise,) = case.commitments
    return promise


def looked_at(request: Request, now: str | datetime, *registry: Entry) -> Request:
    return state_of(happens(request, RegistryMoved(), world(now, *registry)))


def test_I3_an_answer_is_promised_for_the_same_hour_when_its_desk_is_back() -> None:
    decision = happens(a_permit(), RegistryMoved(), world(NEXT_DAY, out_of_service(PERMITS_DESK, *AWAY)))
    promise = answer_of(case_of(decision))
    assert (promise.promised_local, promise.legal_risk) == ("1405/09/25 09:10", False)
    (move,) = promise.moves
    assert (move.kind, move.cause, move.rule) == ("RE_PROJECTED", "CALENDAR", OUT_OF_SERVICE)
    (event,) = decision.events
    assert event.moves == ("commitment.re-projected",)


def test_I3_once_moved_it_stays_whether_looked_at_again_or_the_desk_is_back_sooner() -> None:
    """Nobody is told a later date and then the sooner one again."""
    moved = looked_at(a_permit(), NEXT_DAY, out_of_service(PERMITS_DESK, *AWAY))
    for registry in ((out_of_service(PERMITS_DESK, *AWAY),), ()):
        again = happens(moved, RegistryMoved(), world(NEXT_DAY, *registry))
        assert (again.state, again.events) == (moved, ())


def test_I3_an_absence_that_lasts_longer_than_it_was_planned_moves_it_once_more() -> None:
    moved = looked_at(a_permit(), NEXT_DAY, out_of_service(PERMITS_DESK, *AWAY))
    longer = looked_at(moved, NEXT_DAY, out_of_service(PERMITS_DESK, AWAY[0], "1405/09/28"))
    assert [jalali_text(move.to_at) for move in answer_of(the_case(longer)).moves] == [
        "1405/09/25 09:10",
        "1405/09/28 09:10",
    ]


@pytest.mark.parametrize("away", [("1405/09/20", "1405/09/25"), ("1405/09/10", "1405/09/18")])
def test_I3_an_absence_on_other_days_moves_nothing(away: tuple[str, str]) -> None:
    request = a_permit()
    assert looked_at(request, NEXT_DAY, out_of_service(PERMITS_DESK, *away)) == request


def test_I3_where_the_desk_is_back_past_the_law_the_answer_is_for_as_late_as_it_is_there() -> None:
    """The law leaves until 1405/10/07. The unit hears of it by the rule of the move, and is sooner done."""
    promise = answer_of(
        the_case(looked_at(a_permit(), NEXT_DAY, out_of_service(PERMITS_DESK, "1405/09/18", "1405/10/20")))
    )
    assert (promise.promised_local, promise.legal_risk) == ("1405/09/17 14:14", False)
    assert promise.moves[-1].rule == OUT_OF_SERVICE


def test_I3_where_nobody_knows_when_it_is_back_the_date_stays_and_its_head_is_warned_until_it_is() -> None:
    request = a_permit()
    gone = happens(request, RegistryMoved(), world(NEXT_DAY, out_of_service(PERMITS_DESK, AWAY[0])))
    case = case_of(gone)
    assert (answer_of(case).promised_at, case.attention) == (answer_of(the_case(request)).promised_at, ("LEGAL_RISK",))
    (event,) = gone.events
    assert event.moves == ("commitment.legal-risk",)
    assert happens(state_of(gone), RegistryMoved(), world(NEXT_DAY, out_of_service(PERMITS_DESK, AWAY[0]))).events == ()
    back = the_case(looked_at(state_of(gone), NEXT_DAY))
    assert (answer_of(back).legal_risk, back.attention) == (False, ())
    later = the_case(looked_at(state_of(gone), NEXT_DAY, out_of_service(PERMITS_DESK, *AWAY)))
    assert (answer_of(later).promised_local, later.attention) == ("1405/09/25 09:10", ())


def test_I6_what_was_decided_after_the_hour_mends_nothing() -> None:
    request = a_permit()
    after = answer_of(the_case(request)).promised_at + timedelta(minutes=5)
    late = looked_at(request, after, out_of_service(PERMITS_DESK, "1405/09/19", "1405/09/25"))
    assert the_case(looked_at(request, after, out_of_service(PERMITS_DESK, "1405/09/19"))).attention == ()
    ((name, due),) = timers(late).items()
    assert answer_of(the_case(late)).moves == ()
    broken = the_case(state_of(happens(late, TimerFired(name=name, due=due), world(due))))
    assert answer_of(broken).state == "BROKEN"


def test_I6_whatever_a_clock_says_of_a_promise_that_is_broken_nothing_is_upheld() -> None:
    request = a_permit()
    ((name, due),) = timers(request).items()
    broken = state_of(happens(request, TimerFired(name=name, due=due), world(due)))
    promise = answer_of(the_case(broken))
    event = work(request, "clock.due-moved", now=due)
    clock = event.clock.model_copy(update={"due": promise.promised_at + timedelta(days=2)})
    told = DueMoved(from_at=promise.promised_at, calendar=promise.calendar, cause=DueCause.CALENDAR)
    word = event.model_copy(update={"clock": clock, "due_moved": told})
    assert happens(broken, word, world(due)).events == ()


def test_while_the_work_stands_still_nothing_is_due_and_nothing_moves() -> None:
    request = a_permit()
    still = state_of(happens(request, stands_still(request, "ownership-document"), world(NEXT_DAY)))
    assert the_case(still).state == "SUSPENDED"
    away = out_of_service(PERMITS_DESK, *AWAY)
    assert answer_of(the_case(looked_at(still, NEXT_DAY, away))).moves == ()


def test_a_day_on_which_the_desk_is_shut_is_counted_by_the_unit_s_clock() -> None:
    request = a_permit()
    assert looked_at(request, NEXT_DAY, shut_on(PERMITS_DESK, "1405/09/19")) == request


async def test_the_watch_finds_the_answers_of_a_desk_that_goes_and_each_once(house: Watched) -> None:
    ids = [(await house.intake.file(applicant=person(mobile=None))).json()["requestId"] for _ in range(3)]
    assert await house.recorded(out_of_service(PERMITS_DESK, *AWAY)) == 3
    for id in ids:
        assert await house.told(id) == [("request.registered", "commitment.added"), ("commitment.re-projected",)]
    assert await house.work() == {id: ["TELL_NEW_TIME"] for id in ids}, "who left no mobile is told by the desk"
    assert await house.recorded(out_of_service(PERMITS_DESK, *AWAY)) == 0


async def test_the_watch_finds_an_answer_behind_a_visit_that_is_sooner(house: Watched) -> None:
    id = await house.promised("NEXT_VISIT")
    assert await house.recorded(out_of_service(PERMITS_DESK, *AWAY)) == 1
    answer, visit = (await house.intake.state(id)).case.commitments
    assert (answer.promised_at, visit.promised_at) == (at("1405/09/25 09:10"), at("1405/09/08 10:00"))


async def test_the_watch_reads_no_answer_that_is_promised_for_before_or_after_the_absence(house: Watched) -> None:
    """With many thousands at a desk that is away for a week."""
    id = (await house.intake.file()).json()["requestId"]
    await house.promise(id, "NEXT_VISIT", TEN.isoformat())
    for first, back, found in (("16", "19", []), ("20", "25", []), ("10", "12", []), ("19", "20", [id])):
        away = out_of_service(PERMITS_DESK, f"1405/09/{first}", f"1405/09/{back}")
        (answers,) = [part for part in to_look_at(away, MORNING) if part.name == "answers"]
        read = await cast(Store, house.intake.memory.store).find(REQUEST, answers.wanted, sort=answers.order, limit=9)
        assert [stored.id for stored in read] == found


async def test_the_watch_finds_whom_it_has_warned_of_when_the_desk_is_back(house: Watched) -> None:
    ids = [(await house.intake.file()).json()["requestId"] for _ in range(2)]
    assert await house.recorded(house.desk(status="SUSPENDED")) == 2
    assert await house.work() == {id: ["LEGAL_RISK"] for id in ids}
    assert await house.recorded(house.desk(status="ACTIVE")) == 2
    assert await house.work() == {}
