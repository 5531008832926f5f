"""What units really do, by the rules of routing behind its door, is what the report of the work counts (domain 7)."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.contracts.routing import (
    JumpReason,
    OverrideReason,
    ReturnReason,
    TransferReason,
    TransferRefusal,
    WorkMoved,
)
from services.contracts.routing_rule import RuleRow
from services.contracts.service_sheet import Channel, DurationUnit, WorkingTime
from services.ops.chance import Chance
from services.registry.pack.work import WorkCounts
from services.routing.domain.commands import Acknowledge, Answer, GiveBack, HandOn, Line, Reassign, Refuse, Start
from services.routing.handlers import CASE
from tests.unit.registry.governorate import at
from tests.unit.registry.works import kept
from tests.unit.routing.office import ORG, UNIT, Office, officers, record, registered, task_of
from tests.unit.routing.test_rounds import another_round
from tests.unit.routing.test_steps import REVENUE, ruled, step
from tests.unit.routing.test_transferring import HEAD, ROADS, ROADS_HEAD, ROADS_UNIT, two_agencies

BEGINS, ENDS = at("1405/09/01 00:00"), at("1405/10/01 00:00")


def counted(events: Sequence[WorkMoved]) -> WorkCounts:
    """Each event twice, in any order."""
    mixed = [*events, *events]
    Chance(7).shuffle(mixed)
    counts = WorkCounts(BEGINS, ENDS)
    for work in kept(mixed).values():
        counts.add(work, Channel.AGENCY_DESK)
    return counts


def value(counts: WorkCounts, code: str) -> Any:
    return counts.figures()[code]["value"]


def table(counts: WorkCounts, name: str) -> dict[str, Any]:
    return {row["id"]: row for row in counts.tables({}, {})[name]}


async def start(office: Office, id: str, **more: Any) -> str:
    """By whoever has the newest task."""
    task = task_of(office.case(id))
    wish = {"task_id": task.id, "officer_id": task.assignee, "line": Line(older=None)} | more
    await office.submit(CASE, id, Start(**wish))
    return str(task.assignee)


async def answer(office: Office, id: str, result: str = "GRANTED") -> str:
    task = task_of(office.case(id))
    body = {"taskId": task.id, "officerId": task.assignee, "result": result, "ground": "بند ۳"}
    await office.submit(CASE, id, Answer.model_validate(body))
    return str(task.assignee)


async def test_a_task_that_is_returned_drawn_again_and_begun_again_is_answered_once_and_each_jump_counts() -> None:
    office = Office(ruled(RuleRow(steps=(step("plan"),))))
    await office.hear(registered("r1"))
    jump = {"jump_reason": JumpReason.LEGAL_PRIORITY, "line": Line(older="r0.1")}
    first = task_of(office.case("r1")).assignee
    second = "bahar" if first == "ada" else "ada"
    await start(office, "r1", second_officer_id=second, **jump)
    back = GiveBack(task_id="r1.1", officer_id=str(first), reason=ReturnReason.NEEDS_OTHER_SKILL)
    await office.submit(CASE, "r1", back)
    assert await start(office, "r1", second_officer_id=first, **jump) == second
    await office.tick(hours=1)
    await answer(office, "r1")
    counts = counted(office.published())
    figures = [value(counts, f"work.{each}") for each in ("answers", "granted", "jumps", "returns", "median")]
    assert figures == [1, 1, 2, 1, 60]
    assert {id: row["answers"] for id, row in table(counts, "officerAnswers").items()} == {second: 1}
    assert set(table(counts, "jumps")) == {f"{a}|LEGAL_PRIORITY|{b}" for a, b in ((first, second), (second, first))}
    assert set(table(counts, "returns")) == {f"{first}|NEEDS_OTHER_SKILL"}


async def test_what_lay_too_long_and_what_was_given_by_hand_is_counted_with_who_did_it() -> None:
    hour = WorkingTime(value=1, unit=DurationUnit.WORKING_HOURS)
    people = [*officers(HEAD, authorities=())]
    base = ruled(RuleRow(steps=(step("plan", start_within=hour),)), people=people)
    unit = base.unit(UNIT)
    assert unit is not None
    office = Office(base.with_entries([unit.model_copy(update={"head_officer_id": HEAD, "version": unit.version + 1})]))
    await office.hear(registered("r1"))
    first = str(task_of(office.case("r1")).assignee)
    await office.tick(minutes=61)
    second = str(task_of(office.case("r1")).assignee)
    assert second != first
    given = Reassign(task_id="r1.2", officer_id=HEAD, to=first, reason=OverrideReason.ABSENCE, second_officer_id=second)
    await office.submit(CASE, "r1", given)
    await start(office, "r1")
    assert await answer(office, "r1", "REFUSED") == first
    counts = counted(office.published())
    assert [value(counts, f"work.{each}") for each in ("timedOut", "overrides", "refused", "answers")] == [1, 1, 1, 1]
    assert set(table(counts, "overrides")) == {f"{HEAD}|{first}|ABSENCE"}


async def test_what_is_decided_anew_after_an_objection_is_another_answer_with_its_own_time() -> None:
    office = Office(ruled(RuleRow(steps=(step("plan"),))))
    await office.hear(registered("r1"))
    await start(office, "r1")
    await office.tick(hours=2)
    first = await answer(office, "r1", "REFUSED")
    await office.tick(hours=24)
    await office.records(record(another_round("r1", occurred_at=office.clock.now(), barred=()), 2))
    await start(office, "r1")
    await office.tick(minutes=30)
    second = await answer(office, "r1", "GRANTED")
    counts = counted(office.published())
    rows = table(counts, "officerAnswers")
    assert second != first
    assert (rows[first]["refused"], rows[first]["median"]) == (1, 120)
    assert (rows[second]["granted"], rows[second]["median"]) == (1, 30)
    assert value(counts, "work.answers") == 2


async def test_what_moves_within_the_agency_was_offered_to_no_other_one_and_counts_with_the_unit_that_answers() -> None:
    office = Office(two_agencies())
    await office.hear(registered("r1"))
    within = HandOn(task_id="r1.1", officer_id=HEAD, org_id=ORG, unit_id=REVENUE, reason=TransferReason.OTHER_AREA)
    await office.submit(CASE, "r1", within)
    await start(office, "r1")
    await answer(office, "r1")
    counts = counted(office.published())
    names = ("offered", "acknowledged", "refused", "returned")
    assert [value(counts, f"transfers.{each}") for each in names] == [0, 1, 0, 0]
    rows = table(counts, "unitTransfers")
    assert [rows[UNIT][each] for each in (*names, "taken")] == [0, 1, 0, 0, 0]
    assert [rows[REVENUE][each] for each in (*names, "taken")] == [0, 0, 0, 0, 1]
    assert {id: row["answers"] for id, row in table(counts, "unitAnswers").items()} == {REVENUE: 1}


async def test_what_another_agency_refuses_and_then_takes_was_offered_twice() -> None:
    office = Office(two_agencies())
    await office.hear(registered("r1"))
    away = HandOn(task_id="r1.1", officer_id=HEAD, org_id=ROADS, unit_id=ROADS_UNIT, reason=TransferReason.BY_LAW)
    await office.submit(CASE, "r1", away)
    await office.submit(
        CASE, "r1", Refuse(transfer_id="r1.t1", officer_id=ROADS_HEAD, reason=TransferRefusal.NO_CAPACITY)
    )
    await office.submit(CASE, "r1", away)
    await office.submit(CASE, "r1", Acknowledge(transfer_id="r1.t2", officer_id=ROADS_HEAD))
    await start(office, "r1")
    await answer(office, "r1")
    counts = counted(office.published())
    names = ("offered", "acknowledged", "refused", "returned")
    assert [value(counts, f"transfers.{each}") for each in names] == [2, 1, 1, 0]
    assert {id: row["answers"] for id, row in table(counts, "unitAnswers").items()} == {ROADS_UNIT: 1}


@pytest.mark.parametrize(("text", "by_month"), [("1405/08/30 23:59", (1, 0)), ("1405/09/01 00:00", (0, 1))])
async def test_a_month_is_one_of_tehran_days_of_the_jalali_calendar(text: str, by_month: tuple[int, int]) -> None:
    office = Office(ruled(RuleRow(steps=(step("plan"),))), at("1405/08/30 09:30"))
    await office.hear(registered("r1", office.clock.now()))
    await start(office, "r1")
    office.clock.moment = at(text)
    await answer(office, "r1")
    months = WorkCounts(at("1405/08/01 00:00"), BEGINS), WorkCounts(BEGINS, ENDS)
    for counts in months:
        for work in kept(office.published()).values():
            counts.add(work, Channel.AGENCY_DESK)
    assert tuple(value(counts, "work.answers") for counts in months) == by_month
