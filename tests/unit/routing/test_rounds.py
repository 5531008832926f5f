"""Another round of a request: an objection goes to somebody else (I8), a reopening to whoever did it (12.18)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.coordination import Coordination, CoordinationState, Purpose, Question
from services.contracts.entry import Status
from services.contracts.intake import HeldDemand, RequestMoved, RequestState
from services.contracts.registry import Officer
from services.contracts.routing import TaskState
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import CalendarRef
from services.routing.domain import placing
from services.routing.domain.case import Case
from services.routing.domain.commands import Answer, Line, Start
from services.routing.domain.coordinations import Coordinations
from services.routing.domain.messages import EndNoted, EntrySigned, TaskPlaced
from services.routing.handlers import CASE
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import UNIT, Office, officers, province, record, registered, world

LATER = WORKING_MORNING + timedelta(days=5)
"""A Saturday morning."""


def another_round(request_id: str, number: int = 2, verb: str = "objected", **changes: Any) -> RequestMoved:
    """What intake publishes when a request is objected to, or reopened."""
    first = registered(request_id).commitments
    unit = province().unit(UNIT)
    assert unit is not None
    promise = Commitment(
        id=f"{request_id}.{number}",
        kind=CommitmentKind.FINAL_DELIVERY,
        promised_at=LATER + timedelta(days=21),
        promised_local="1405/09/28 09:30",
        legal_latest_at=LATER + timedelta(days=30),
        calendar=CalendarRef(id=unit.calendar_id, version=1),
        budget=WorkingTime(value=15, unit=DurationUnit.WORKING_DAYS),
        state=CommitmentState.OPEN,
    )
    fields: dict[str, Any] = {
        "moves": (f"request.{verb}", "commitment.added"),
        "state": RequestState[verb.upper()],
        "round": number,
        "commitments": (*first, promise),
        "occurred_at": LATER,
        "barred": ("ada",) if verb == "objected" else (),
    }
    return registered(request_id, **(fields | changes))


async def answered(office: Office, request_id: str, result: str = "REFUSED") -> str:
    """Whoever has the task starts and answers it."""
    task = office.case(request_id).work[-1].task
    officer = task.assignee
    assert officer is not None
    await office.submit(CASE, request_id, Start(task_id=task.id, officer_id=officer, line=Line(older=None)))
    answer = Answer.model_validate({"taskId": task.id, "officerId": officer, "result": result, "ground": "بند ۳"})
    await office.submit(CASE, request_id, answer)
    return officer


async def refused_by_ada(registry: Snapshot | None = None) -> Office:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    await answered(office, "r1")
    office.registry = registry or province("ada", "bahar")
    office.clock.moment = LATER
    return office


async def test_I8_an_objection_goes_to_somebody_else_however_much_they_have_to_do() -> None:
    office = await refused_by_ada()
    await office.hear(*(registered(f"other-{n}") for n in range(6)))
    assert office.queue().loads == {"ada": 3, "bahar": 3}
    await office.records(record(another_round("r1"), 2))
    case = office.case("r1")
    task = case.work[-1].task
    assert (task.id, task.state, task.assignee) == (
        "r1.2",
        TaskState.ASSIGNED,
        "bahar",
    )
    assert case.work[-1].draw is not None
    assert case.work[-1].draw.candidates == ("bahar",)
    assert office.queue().loads == {"ada": 3, "bahar": 4}


async def test_I8_where_nobody_else_may_it_waits_and_never_falls_back_to_the_author() -> None:
    office = await refused_by_ada(province("ada"))
    await office.records(record(another_round("r1"), 2))
    for _ in range(20):
        await office.tick(hours=5)
        assert office.case("r1").work[-1].task.state is TaskState.OFFERED
    assert office.published("r1")[-1].moves == ("task.offered", "clock.started"), "told once"
    office.registry = province("ada", "bahar")
    for _ in range(5):
        await office.tick(hours=5)
    assert office.case("r1").work[-1].task.assignee == "bahar"


async def test_I8_after_a_second_objection_neither_of_the_two_decides() -> None:
    office = await refused_by_ada()
    await office.records(record(another_round("r1"), 2))
    assert await answered(office, "r1") == "bahar"
    await office.records(record(another_round("r1", 3, barred=("ada", "bahar")), 3))
    assert office.case("r1").work[-1].task.state is TaskState.OFFERED
    office.registry = province("ada", "bahar", "cyrus")
    await office.tick(hours=1)
    assert (office.case("r1").work[-1].task.id, office.case("r1").work[-1].task.assignee) == ("r1.3", "cyrus")


async def test_12_18_a_reopened_case_reaches_whoever_did_it_also_at_their_cap() -> None:
    """FixMyStreet #897: the reopening was not forwarded to the doer."""
    office = await refused_by_ada(province("ada", "bahar", load_cap=1))
    await office.hear(registered("other"))
    assert office.case("other").work[-1].task.assignee in ("ada", "bahar")
    await office.hear(registered("another"))
    assert office.queue().loads == {"ada": 1, "bahar": 1}
    await office.records(record(another_round("r1", verb="reopened"), 2))
    case = office.case("r1")
    task = case.work[-1].task
    assert (task.id, task.state, task.assignee) == (
        "r1.2",
        TaskState.ASSIGNED,
        "ada",
    )
    assert (case.work[-1].task.rule_id, case.work[-1].task.rule_version) == ("same-officer", 1)
    assert office.queue().loads == {"ada": 2, "bahar": 1}
    assert await answered(office, "r1", "GRANTED") == "ada"
    assert office.queue().loads == {"ada": 1, "bahar": 1}


def without_ada() -> Snapshot:
    return province("bahar")


def ada_retired() -> Snapshot:
    return province("ada", "bahar").with_entries([changed("ada", status=Status.RETIRED)])


def ada_without_authority() -> Snapshot:
    return province("ada", "bahar").with_entries([changed("ada", authorities=())])


def ada_elsewhere() -> Snapshot:
    return province("ada", "bahar").with_entries([changed("ada", unit_id="wa-municipality-urmia-taxes")])


def changed(name: str, **changes: Any) -> Officer:
    (officer,) = officers(name)
    return officer.model_copy(update={"version": 2, **changes})


@pytest.mark.parametrize("registry", [without_ada, ada_retired, ada_without_authority, ada_elsewhere])
async def test_12_18_where_the_doer_is_not_able_any_more_somebody_is_drawn(registry: Any) -> None:
    office = await refused_by_ada(registry())
    await office.records(record(another_round("r1", verb="reopened"), 2))
    case = office.case("r1")
    assert (case.work[-1].task.assignee, case.work[-1].task.rule_id) == ("bahar", "lowest-load")


async def test_12_18_a_doer_whose_refusal_was_objected_to_does_not_get_it_back() -> None:
    office = await refused_by_ada()
    await office.records(record(another_round("r1", verb="reopened", barred=("ada",)), 2))
    assert office.case("r1").work[-1].task.assignee == "bahar"


async def test_what_the_desk_decided_on_the_spot_is_drawn_in_the_unit_when_it_comes_again() -> None:
    office = Office(province("ada", "bahar"))
    at_once = ("request.registered", "request.done-on-spot", "request.closed")
    await office.hear(registered("r1", moves=at_once, state=RequestState.CLOSED, commitments=()))
    await office.records(record(another_round("r1", barred=("desk-officer",)), 2))
    case = office.case("r1")
    assert (case.work[-1].task.id, case.work[-1].task.state, case.round) == ("r1.1", TaskState.ASSIGNED, 2)


async def test_what_was_cancelled_by_a_decision_on_the_spot_gets_a_task_when_it_comes_again() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    await office.records(record(registered("r1", moves=("request.done-on-spot", "request.closed")), 2))
    await office.records(record(another_round("r1", verb="reopened"), 3))
    case = office.case("r1")
    assert (case.work[-1].task.id, case.work[-1].task.state, case.earlier[0].work[-1].task.state) == (
        "r1.2",
        TaskState.ASSIGNED,
        TaskState.CANCELLED,
    )
    assert office.queue().loads == {"ada": 1}


async def test_the_clock_runs_anew_with_the_full_budget_and_the_first_one_stays_as_it_stood() -> None:
    office = await refused_by_ada()
    before = office.case("r1")
    event = another_round("r1")
    await office.records(record(event, 2))
    case, promise = office.case("r1"), event.commitments[-1]
    clock = (case.clock.budget, case.clock.consumed_minutes, case.clock.running_since, case.clock.due)
    assert clock == (promise.budget, 0, LATER, promise.promised_at)
    (earlier,) = case.earlier
    assert (earlier.clock, earlier.result, earlier.work[-1].task) == (before.clock, before.result, before.work[-1].task)
    assert (case.result, case.version) == (None, before.version + 1)
    assert [event.round for event in office.published("r1")][-2:] == [1, 2]


async def test_its_place_in_the_line_is_that_of_its_return() -> None:
    """Else every case that came meanwhile would be a jump past it (I7)."""
    office = await refused_by_ada(province("ada"))
    await office.hear(registered("r2", LATER - timedelta(hours=1)))
    await office.records(record(another_round("r1", barred=()), 2))
    assert office.case("r2").order < office.case("r1").order


async def test_the_same_news_twice_begins_one_round() -> None:
    office = await refused_by_ada()
    await office.records(record(another_round("r1"), 2), record(another_round("r1"), 2))
    started = another_round("r1", moves=("request.started",), state=RequestState.IN_PROGRESS)
    await office.records(record(started, 3))
    assert len(office.case("r1").earlier) == 1
    assert office.queue().loads == {"bahar": 1}


async def test_a_second_round_that_is_taken_back_stops_and_frees_its_officer() -> None:
    office = await refused_by_ada()
    await office.records(record(another_round("r1"), 2))
    back = another_round("r1", moves=("request.withdrawn", "commitment.released"), state=RequestState.WITHDRAWN)
    await office.records(record(back, 3))
    assert office.published("r1")[-1].moves == ("task.cancelled", "clock.stopped")
    assert (office.case("r1").work[-1].task.id, office.queue().loads) == ("r1.2", {})


async def test_a_late_placement_of_the_first_task_does_not_take_the_second() -> None:
    """After a crash the queue's answers come again, when the case has long been objected to and waits."""
    office = await refused_by_ada(province("ada"))
    first = office.case("r1")
    assert first.work[-1].draw is not None
    await office.records(record(another_round("r1"), 2))
    case, loads = office.case("r1"), office.queue().loads
    assert case.work[-1].task.state is TaskState.OFFERED
    late = TaskPlaced(
        unit_id=UNIT,
        task_id="r1.1",
        entry=77,
        assignee="ada",
        draw=first.work[-1].draw,
        rule_id="lowest-load",
        rule_version=1,
    )
    await office.repeat(CASE, "r1", late, "~queue/another", 98)
    assert office.case("r1") == case
    assert office.queue().loads == loads


async def test_the_end_of_the_first_task_is_signed_once_also_when_the_second_has_begun() -> None:
    """Else an officer would carry a load for ever, or lose one twice."""
    office = await refused_by_ada()
    await office.records(record(another_round("r1"), 2))
    case = office.case("r1")
    (round_before,) = case.earlier
    (work,) = round_before.work
    (given,) = work.given
    not_signed = work.model_copy(update={"given": (given.model_copy(update={"ending": None}),)})
    unsigned = case.model_copy(update={"earlier": (round_before.model_copy(update={"work": (not_signed,)}),)})

    def signature(state: Case | None, entry: int) -> tuple[Case | None, EntrySigned]:
        decision = placing.end_noted(state, EndNoted(unit_id=UNIT, task_id="r1.1", entry=entry), world(LATER))
        (send,) = decision.sends
        assert isinstance(send.body, EntrySigned)
        return decision.state, send.body

    signed, first = signature(unsigned, 7)
    assert first == EntrySigned(task_id="r1.1", entry=7, counts=True)
    assert signature(signed, 7)[1].counts
    assert not signature(signed, 8)[1].counts
    assert signature(signed, 8)[0] == signed


async def test_another_round_remembers_the_units_that_were_asked_and_what_was_demanded_against_the_law() -> None:
    office = await refused_by_ada()
    case = office.case("r1")
    lapsed = Coordination(
        id="r1.c1",
        round=1,
        unit_id=UNIT,
        question=Question(purpose=Purpose.WHETHER_NEEDED),
        state=CoordinationState.LAPSED,
        asked_by="wa-municipality-urmia-desk-02",
        asked_at=WORKING_MORNING,
    )
    asked = Coordinations(asked=(lapsed,))
    demand = HeldDemand(type="deed", held_by="wa-deeds", asked_by="ada", at=LATER)
    before = case.model_copy(update={"coordinations": asked, "held_demands": (demand,)})
    after = placing.request_moved(before, another_round("r1"), world(LATER, office.registry)).state
    assert after is not None
    assert (after.round, after.coordinations, after.held_demands) == (2, asked, (demand,))
