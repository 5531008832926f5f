"""The unit's queue: waiting, the load cap, and loads that count each placement and each end once (I11)."""

from datetime import UTC, datetime, timedelta

from services.contracts.routing import TaskState
from services.routing.domain import queue
from services.routing.domain.commands import Answer, Line, Start
from services.routing.domain.messages import EntrySigned, OfferTask, PlaceFreed, TaskEnded, TaskPlaced
from services.routing.handlers import CASE, QUEUE
from tests.unit.routing.office import MIDNIGHT, SERVICE, UNIT, Office, province, registered, world


def offer(request_id: str) -> OfferTask:
    return OfferTask(unit_id=UNIT, task_id=f"{request_id}.1", request_id=request_id, service_id=SERVICE)


async def finish(office: Office, request_id: str) -> str:
    task_id, officer = f"{request_id}.1", office.case(request_id).work[-1].task.assignee
    assert officer is not None
    await office.submit(CASE, request_id, Start(task_id=task_id, officer_id=officer, line=Line(older=None)))
    await office.submit(
        CASE, request_id, Answer.model_validate({"taskId": task_id, "officerId": officer, "result": "GRANTED"})
    )
    return officer


async def test_what_arrives_at_night_waits_and_is_assigned_at_the_opening() -> None:
    office = Office(province("ada"), MIDNIGHT)
    await office.hear(registered("r1", MIDNIGHT))
    assert office.case("r1").work[-1].task.state is TaskState.OFFERED
    opening = office.case("r1").work[-1].ask_again_at
    assert opening == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 07:30 in Tehran
    await office.tick(seconds=(opening - MIDNIGHT).total_seconds() - 1)
    assert office.case("r1").work[-1].task.state is TaskState.OFFERED
    await office.tick(seconds=1)
    assert office.case("r1").work[-1].task.state is TaskState.ASSIGNED
    assert office.case("r1").work[-1].ask_again_at is None
    assert [event.moves for event in office.published()] == [("task.offered", "clock.started"), ("task.assigned",)]
    draw = office.published()[-1].draw
    assert draw is not None
    assert draw.seed_id == "2026-11-24"


async def test_at_the_cap_a_case_waits_untold_a_second_time_until_an_officer_has_room() -> None:
    office = Office(province("ada", load_cap=2))
    await office.hear(*(registered(f"r{n}") for n in range(3)))
    assert office.queue().loads == {"ada": 2}
    for _ in range(3):
        await office.tick(minutes=5)
    assert [event.moves[0] for event in office.published("r2")] == ["task.offered"]
    await finish(office, "r0")
    await office.tick(minutes=5)
    assert office.case("r2").work[-1].task.assignee == "ada"
    assert office.queue().loads == {"ada": 2}


async def test_a_unit_without_officers_keeps_its_cases_waiting() -> None:
    office = Office(province())
    await office.hear(registered("r1"))
    assert office.case("r1").work[-1].task.state is TaskState.OFFERED
    assert office.case("r1").work[-1].ask_again_at == office.clock.now() + timedelta(minutes=5)


async def test_an_unknown_unit_is_waited_for_and_loses_nothing() -> None:
    office = Office(province())
    sample = office.registry
    office.registry = type(sample)()
    await office.hear(registered("r1"))
    office.registry = province("ada")
    for _ in range(3):
        await office.tick(seconds=2)
    assert office.case("r1").work[-1].task.assignee == "ada"


async def test_answered_work_takes_its_load_away_and_leaves_nothing_behind() -> None:
    office = Office(province("ada", "bahar"))
    await office.hear(*(registered(f"r{n}") for n in range(20)))
    for n in range(20):
        await finish(office, f"r{n}")
    queue = office.queue()
    assert (queue.loads, queue.placing, queue.ending) == ({}, {}, {})


async def test_what_the_queue_stores_does_not_grow_with_the_open_tasks() -> None:
    office = Office(province("ada", "bahar", load_cap=5000))
    await office.hear(*(registered(f"r{n}") for n in range(10)))
    few = len(office.queue().to_json())
    await office.hear(*(registered(f"s{n}") for n in range(400)))
    assert len(office.queue().to_json()) < few + 20


def test_a_repeated_offer_while_the_first_is_open_places_once() -> None:
    first = queue.offered(None, offer("r9"), world())
    again = queue.offered(first.state, offer("r9"), world())
    assert len(first.sends) == 1
    assert (again.state, again.sends) == (first.state, ())


async def test_a_placement_of_a_case_that_is_not_there_gives_its_load_back() -> None:
    office = Office(province("ada"))
    await office.repeat(QUEUE, UNIT, offer("r9"), "~case/r9", 1)
    assert (office.queue().loads, office.queue().placing, office.queue().entries) == ({}, {}, 1)
    assert office.state(CASE, "r9") is None


async def test_a_refused_placement_at_the_cap_frees_the_place_for_who_waits() -> None:
    full = queue.offered(None, offer("r9"), world(registry=province("ada", load_cap=1))).state
    refusal = EntrySigned(task_id="r9.1", entry=1, counts=False)
    freed = queue.signed(full, refusal, world(registry=province("ada", load_cap=1)))
    assert freed.effects == (PlaceFreed(unit_id=UNIT, officer_id="ada"),)
    assert queue.signed(full, refusal, world(registry=province("ada", load_cap=2))).effects == ()


async def test_a_late_offer_of_a_placed_task_is_judged_by_its_case_and_counts_nothing() -> None:
    office = Office(province("ada", "bahar"))
    await office.hear(registered("r1"))
    before, told = office.case("r1"), len(office.published())
    await office.repeat(QUEUE, UNIT, offer("r1"), "~case/r1", 1)
    assert office.case("r1") == before
    assert office.queue().loads == {before.work[-1].task.assignee: 1}
    assert office.queue().placing == {}
    assert len(office.published()) == told


async def test_a_late_offer_of_an_answered_task_places_nobody() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    await finish(office, "r1")
    await office.repeat(QUEUE, UNIT, offer("r1"), "~case/r1", 1)
    assert office.case("r1").work[-1].task.state is TaskState.ANSWERED
    assert office.queue().loads == {}


async def test_a_repeated_end_counts_once_however_late() -> None:
    office = Office(province("ada"))
    await office.hear(*(registered(f"r{n}") for n in range(3)))
    await finish(office, "r0")
    end = TaskEnded(task_id="r0.1", request_id="r0", officer_id="ada")
    for _ in range(3):
        await office.repeat(QUEUE, UNIT, end, "~case/r0", 5)
    assert office.queue().loads == {"ada": 2}
    assert office.queue().ending == {}


async def test_an_end_that_its_case_does_not_know_counts_nothing() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    early = TaskEnded(task_id="r1.1", request_id="r1", officer_id="ada")
    await office.repeat(QUEUE, UNIT, early, "~case/r1", 9)
    assert office.queue().loads == {"ada": 1}
    assert await finish(office, "r1") == "ada"
    assert office.queue().loads == {}


async def test_a_repeated_signature_finds_its_entry_closed() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    await office.repeat(QUEUE, UNIT, EntrySigned(task_id="r1.1", entry=1, counts=False), "~case/r1", 2)
    assert office.queue().loads == {"ada": 1}


async def test_a_repeated_placement_is_signed_as_before() -> None:
    office = Office(province("ada"))
    await office.hear(registered("r1"))
    case = office.case("r1")
    assert case.work[-1].given[0].placement == 1
    assert case.work[-1].draw is not None
    again = TaskPlaced(
        unit_id=UNIT,
        task_id=case.work[-1].task.id,
        entry=1,
        assignee="ada",
        draw=case.work[-1].draw,
        rule_id="lowest-load",
        rule_version=1,
    )
    await office.repeat(CASE, "r1", again, "~queue/another", 99)
    assert office.case("r1") == case
    assert office.queue().loads == {"ada": 1}
