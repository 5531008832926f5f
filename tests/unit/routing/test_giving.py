"""A task that is given back, or given by hand (domain 7): who may, who gets it, and that the loads stay true."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import Entry
from services.contracts.registry import Absence, Conflict, Officer, Shift
from services.contracts.routing import JumpReason, OverrideReason, ReturnReason, TaskState
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command
from services.routing.domain.commands import Answer, GiveBack, Line, Reassign, Start
from services.routing.domain.messages import OfferTask, TaskTaken
from services.routing.handlers import CASE, QUEUE
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import (
    MIDNIGHT,
    ORG,
    SERVICE,
    UNIT,
    Office,
    officers,
    province,
    record,
    registered,
    task_of,
)
from tests.unit.routing.test_rounds import another_round

HEAD = "hamid"
"""Leads the unit and does none of its work."""
PERSON = f"A-{'0' * 32}"


def led(*names: str, extra: Sequence[Entry] = (), **unit: Any) -> Snapshot:
    """The unit with these officers, and somebody who leads it."""
    base = province(*names, extra=[*officers(HEAD, authorities=()), *officers("zahra", unit="another-unit")])
    known = base.unit(UNIT)
    assert known is not None
    changed = known.model_copy(update={"head_officer_id": HEAD, "version": known.version + 1} | unit)
    return base.with_entries([changed, *extra])


async def given(*names: str, people: str | None = None, **changes: Any) -> tuple[Office, str]:
    """A case that one of these officers has."""
    office = Office(led(*names, **changes))
    await office.hear(registered("r1", applicant_ref=people))
    holder = task_of(office.case("r1")).assignee
    assert holder is not None
    return office, holder


def give_back(officer: str, reason: ReturnReason = ReturnReason.NEEDS_OTHER_SKILL) -> GiveBack:
    return GiveBack(task_id="r1.1", officer_id=officer, reason=reason)


def by_hand(to: str, by: str = HEAD, second: str | None = "zahra", task: str = "r1.1") -> Reassign:
    return Reassign(task_id=task, officer_id=by, to=to, reason=OverrideReason.OVERLOAD, second_officer_id=second)


async def refused(office: Office, command: Command) -> tuple[str, int]:
    with pytest.raises(Refused) as caught:
        await office.submit(CASE, "r1", command)
    return caught.value.code, caught.value.status


async def test_what_is_given_back_goes_to_somebody_else_as_another_task() -> None:
    office, holder = await given("ada", "bahar")
    other = {"ada": "bahar", "bahar": "ada"}[holder]
    await office.submit(CASE, "r1", give_back(holder))
    first, second = office.case("r1").work
    assert (first.task.state, second.task.state) == (TaskState.RETURNED, TaskState.ASSIGNED)
    assert (second.task.id, second.task.assignee) == ("r1.2", other)
    assert office.queue().loads == {other: 1}
    assert (office.queue().placing, office.queue().ending) == ({}, {})
    returned, assigned = office.published("r1")[-2:]
    assert (returned.moves, assigned.moves) == (("task.returned",), ("task.assigned",))
    assert returned.returned is not None
    assert (returned.returned.by, returned.returned.reason) == (holder, "NEEDS_OTHER_SKILL")
    assert [task.state for task in assigned.tasks] == [TaskState.RETURNED, TaskState.ASSIGNED]


async def test_nobody_gets_back_what_they_gave_back() -> None:
    office, _ = await given("ada")
    await office.submit(CASE, "r1", give_back("ada"))
    task = task_of(office.case("r1"))
    assert (task.id, task.state, task.assignee) == ("r1.2", TaskState.OFFERED, None)
    assert office.published("r1")[-1].moves == ("task.offered",)
    assert office.queue().loads == {}


async def test_I8_who_declares_the_person_late_gives_it_back_though_they_may_not_touch_it() -> None:
    office, holder = await given("ada", "bahar", people=PERSON)
    known = office.registry.officer(holder)
    assert known is not None
    declared = Conflict(ref=PERSON, relation="SPOUSE", since=date(2026, 11, 23))
    newer = known.model_copy(update={"conflicts": (declared,), "version": known.version + 1})
    office.registry = office.registry.with_entries([newer])
    starting = Start(task_id="r1.1", officer_id=holder, line=Line(older=None))
    assert await refused(office, starting) == ("CONFLICT_OF_INTEREST", 409)
    await office.submit(CASE, "r1", give_back(holder, ReturnReason.CONFLICT_OF_INTEREST))
    assert task_of(office.case("r1")).assignee not in (None, holder)


async def test_I8_who_has_withdrawn_for_the_person_has_no_hand_in_the_case_any_more() -> None:
    """Nobody must declare what they have to do with whom: that they have is enough."""
    office, holder = await given("ada", "bahar", "dara")
    await office.submit(CASE, "r1", give_back(holder, ReturnReason.CONFLICT_OF_INTEREST))
    other = str(task_of(office.case("r1")).assignee)
    third = next(iter({"ada", "bahar", "dara"} - {holder, other}))
    assert await refused(office, by_hand(holder, task="r1.2")) == ("CONFLICT_OF_INTEREST", 409)
    assert await refused(office, by_hand(third, second=holder, task="r1.2")) == ("CONFLICT_OF_INTEREST", 409)
    jump = Start(task_id="r1.2", officer_id=other, line=Line(older="r0.1"))
    jump = jump.model_copy(update={"jump_reason": JumpReason.LEGAL_PRIORITY, "second_officer_id": holder})
    assert await refused(office, jump) == ("CONFLICT_OF_INTEREST", 409)
    await office.submit(CASE, "r1", Start(task_id="r1.2", officer_id=other, line=Line(older=None)))
    await office.submit(CASE, "r1", Answer.model_validate({"taskId": "r1.2", "officerId": other, "result": "GRANTED"}))
    await office.records(record(another_round("r1", verb="reopened", barred=(other, third)), 2))
    assert (office.case("r1").round, task_of(office.case("r1")).assignee) == (2, None)


async def test_only_who_has_it_gives_it_back_and_only_while_it_is_theirs() -> None:
    office, holder = await given("ada", "bahar")
    other = {"ada": "bahar", "bahar": "ada"}[holder]
    assert await refused(office, give_back(other)) == ("NOT_ASSIGNEE", 409)
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id=holder, line=Line(older=None)))
    await office.submit(CASE, "r1", Answer.model_validate({"taskId": "r1.1", "officerId": holder, "result": "GRANTED"}))
    assert await refused(office, give_back(holder)) == ("ILLEGAL_MOVE", 409)


async def test_what_is_given_by_hand_is_the_same_task_with_its_reason_and_a_second_officer() -> None:
    office, holder = await given("ada", "bahar")
    other = {"ada": "bahar", "bahar": "ada"}[holder]
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id=holder, line=Line(older=None)))
    await office.submit(CASE, "r1", by_hand(other))
    (work,) = office.case("r1").work
    assert (work.task.id, work.task.state, work.task.assignee) == ("r1.1", TaskState.ASSIGNED, other)
    assert (work.task.rule_id, work.draw) == ("by-hand", None)
    assert office.queue().loads == {other: 1}
    assert (office.queue().placing, office.queue().ending) == ({}, {})
    told = office.published("r1")[-1]
    assert told.moves == ("task.reassigned",)
    assert told.override is not None
    said = told.override
    assert (said.from_officer, said.to_officer, said.by, said.second_officer) == (holder, other, HEAD, "zahra")
    assert said.reason is OverrideReason.OVERLOAD


async def test_what_nobody_may_take_is_given_by_hand_past_the_cap() -> None:
    office = Office(led("ada", load_cap=1))
    await office.hear(registered("r0"), registered("r1", WORKING_MORNING + timedelta(seconds=1)))
    assert task_of(office.case("r1")).state is TaskState.OFFERED
    await office.submit(CASE, "r1", by_hand("ada"))
    assert task_of(office.case("r1")).assignee == "ada"
    assert office.queue().loads == {"ada": 2}
    await office.tick(seconds=310)
    assert (task_of(office.case("r1")).assignee, office.queue().loads) == ("ada", {"ada": 2})


async def test_a_placement_that_comes_after_a_hand_has_given_it_is_refused_and_its_load_given_back() -> None:
    office = Office(led("ada", "bahar"), MIDNIGHT)
    await office.hear(registered("r1", MIDNIGHT))
    await office.submit(CASE, "r1", by_hand("bahar"))
    offer = OfferTask(unit_id=UNIT, task_id="r1.1", request_id="r1", service_id=SERVICE)
    office.clock.moment = WORKING_MORNING
    await office.repeat(QUEUE, UNIT, offer, "~case/r1", 77)
    assert office.queue().loads == {"bahar": 1}
    assert task_of(office.case("r1")).assignee == "bahar"


async def test_a_giving_that_is_heard_twice_counts_once() -> None:
    office, holder = await given("ada", "bahar")
    other = {"ada": "bahar", "bahar": "ada"}[holder]
    await office.submit(CASE, "r1", by_hand(other))
    again = TaskTaken(unit_id=UNIT, task_id=office.case("r1").work[0].given[-1].key, request_id="r1", officer_id=other)
    await office.repeat(QUEUE, UNIT, again, "~case/r1", 88)
    assert office.queue().loads == {other: 1}
    assert (office.queue().placing, office.queue().ending) == ({}, {})


async def test_there_and_back_again_by_hand_leaves_the_loads_true() -> None:
    office, holder = await given("ada", "bahar")
    other = {"ada": "bahar", "bahar": "ada"}[holder]
    await office.submit(CASE, "r1", by_hand(other))
    await office.submit(CASE, "r1", by_hand(holder))
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id=holder, line=Line(older=None)))
    await office.submit(CASE, "r1", Answer.model_validate({"taskId": "r1.1", "officerId": holder, "result": "GRANTED"}))
    assert office.queue().loads == {}
    assert (office.queue().placing, office.queue().ending) == ({}, {})


@pytest.mark.parametrize("by", ["zahra", "ada", "bahar"])
async def test_only_who_leads_gives_by_hand(by: str) -> None:
    office, holder = await given("ada", "bahar")
    other = {"ada": "bahar", "bahar": "ada"}[holder]
    assert await refused(office, by_hand(other, by=by, second=HEAD)) == ("NOT_AUTHORISED", 403)


async def test_who_stands_in_for_the_head_and_who_heads_the_agency_lead_too() -> None:
    standing_in = Shift(officer_id="zahra", valid_from=date(2026, 3, 21), substitute_for=HEAD)
    for by, shifts in (("zahra", (standing_in,)), ("chief", ())):
        chief = officers("chief", unit="another-unit", authorities=())
        agency = province().organization(ORG)
        assert agency is not None
        agency = agency.model_copy(update={"head_officer_id": "chief", "version": agency.version + 1})
        office, holder = await given("ada", "bahar", shifts=shifts, extra=[*chief, agency])
        other = {"ada": "bahar", "bahar": "ada"}[holder]
        await office.submit(CASE, "r1", by_hand(other, by=by, second=HEAD))
        assert task_of(office.case("r1")).assignee == other


@pytest.mark.parametrize("second", [None, HEAD, "to", "nobody"])
async def test_a_second_officer_is_somebody_else_than_who_gives_and_who_is_given(second: str | None) -> None:
    office, holder = await given("ada", "bahar")
    other = {"ada": "bahar", "bahar": "ada"}[holder]
    command = by_hand(other, second=other if second == "to" else second)
    code, status = await refused(office, command)
    assert (code, status) == ("UNKNOWN_OFFICER" if second == "nobody" else "SECOND_OFFICER_NEEDED", 422)


async def test_nobody_is_given_what_they_may_not_do() -> None:
    away = officers("cyrus")[0].model_copy(
        update={"absences": (Absence(first=date(2026, 11, 20), last=date(2026, 11, 30), reason="مرخصی"),)}
    )
    declared = officers("dara")[0].model_copy(
        update={"conflicts": (Conflict(ref=PERSON, relation="SIBLING", since=date(2026, 11, 1)),)}
    )
    people: list[Officer] = [away, declared, *officers("elham", authorities=())]
    office, holder = await given("ada", people=PERSON, extra=people)
    assert await refused(office, by_hand(holder)) == ("NOT_ELIGIBLE", 422)
    assert await refused(office, by_hand("cyrus")) == ("NOT_ELIGIBLE", 422)
    assert await refused(office, by_hand("elham")) == ("NOT_ELIGIBLE", 422)
    assert await refused(office, by_hand("zahra", second="ada")) == ("NOT_ELIGIBLE", 422)
    assert await refused(office, by_hand("dara")) == ("CONFLICT_OF_INTEREST", 409)
    assert task_of(office.case("r1")).assignee == holder
