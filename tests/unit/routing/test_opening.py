"""What intake says opens a case, changes nothing, or leaves nothing to do inside."""

from datetime import timedelta

import pytest

from services.contracts.intake import RequestState
from services.contracts.routing import TaskState
from services.routing.domain.commands import Line, Start
from services.routing.handlers import CASE
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import Office, province, record, registered


async def test_a_registered_request_opens_its_clock_as_it_was_promised() -> None:
    office = Office(province("ada"))
    request = registered("r1")
    await office.hear(request)
    clock = office.case("r1").clock
    assert (clock.budget, clock.due) == (request.commitments[0].budget, request.commitments[0].promised_at)
    assert (clock.running_since, clock.consumed_minutes) == (WORKING_MORNING, 0)


async def test_work_arrives_with_its_registration_however_long_before_it_was_filed() -> None:
    """Redirected twelve days ago and taken back now, it passes nobody by: its Clock runs from now (I7)."""
    office = Office(province("ada"))
    back = registered("back", WORKING_MORNING + timedelta(minutes=1), filed_at=WORKING_MORNING - timedelta(days=12))
    await office.hear(registered("r1"), back)
    assert office.case("back").arrived_at == office.case("back").clock.running_since == back.occurred_at
    assert office.case("r1").order < office.case("back").order


async def test_the_same_event_twice_opens_one_case_and_counts_one_load() -> None:
    office = Office(province("ada"))
    for _ in range(2):
        await office.records(record(registered("r1")), record(registered("r1")))
    assert office.queue().loads == {"ada": 1}
    assert len(office.published()) == 1


async def test_a_request_that_is_redirected_opens_nothing_until_it_is_registered() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1", moves=("request.redirected",), commitments=()))
    assert office.state(CASE, "r1") is None
    await office.records(record(registered("r1"), 2))
    assert office.case("r1").work[-1].task.state is TaskState.ASSIGNED


async def test_what_was_done_on_the_spot_gives_the_unit_no_work() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1", moves=("request.registered", "request.done-on-spot", "request.closed")))
    assert office.state(CASE, "r1") is None
    assert office.published() == []


async def test_a_decision_on_the_spot_after_the_promise_cancels_the_task_and_frees_its_officer() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"), registered("r2"))
    await office.records(record(registered("r1", moves=("request.done-on-spot", "request.closed")), 2))
    assert office.case("r1").work[-1].task.state is TaskState.CANCELLED
    assert office.published("r1")[-1].moves == ("task.cancelled", "clock.stopped")
    assert office.case("r1").clock.running_since is None
    assert office.queue().loads == {"ada": 1}


@pytest.mark.parametrize("end", [RequestState.WITHDRAWN, RequestState.DUPLICATE])
@pytest.mark.parametrize("taken", ["nobody", "assigned", "started"])
async def test_a_request_that_ends_before_its_result_stops_the_clock_and_frees_its_officer(
    taken: str, end: RequestState
) -> None:
    """Taken back by its person, or the same as another of theirs."""
    office = Office(province() if taken == "nobody" else province("ada"))
    await office.hear(registered("r1"))
    if taken == "started":
        await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    back = registered("r1", moves=(f"request.{end.lower()}", "commitment.released"), state=end)
    await office.records(record(back, 2))
    assert office.published("r1")[-1].moves == ("task.cancelled", "clock.stopped")
    case = office.case("r1")
    assert (case.work[-1].task.state, case.clock.running_since) == (TaskState.CANCELLED, None)
    assert office.queue().loads == {}
    office.registry = province("ada")
    await office.tick(minutes=10)
    assert office.case("r1").work[-1].task.state is TaskState.CANCELLED, "a timer of the past wakes nobody"


async def test_a_redirected_request_that_is_taken_back_was_never_work() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1", moves=("request.withdrawn",), state=RequestState.WITHDRAWN, commitments=()))
    assert office.state(CASE, "r1") is None


async def test_later_news_of_a_request_leaves_its_work_as_it_is() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    before = office.case("r1")
    await office.records(record(registered("r1", moves=("request.started",)), 2))
    assert office.case("r1") == before


async def test_events_of_a_case_carry_rising_versions() -> None:
    office = Office(province())
    await office.hear(registered("r1"))
    office.registry = province("ada")
    await office.tick(minutes=5)
    assert [event.version for event in office.published("r1")] == [1, 2]
