"""Work of several units in one case, as the rule of its service says: in steps, side by side, and what it comes to."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.registry import Authority
from services.contracts.routing import CaseResult, HeadWork, ResultKind, ReturnReason, TaskState
from services.contracts.routing_rule import RoutingRule, RuleRow, RuleStep
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command
from services.contracts.working_calendar import DayException, DayKind
from services.routing.domain import placing
from services.routing.domain.clocks import calendar_at
from services.routing.domain.commands import Answer, GiveBack, Line, Resume, Start, Suspend
from services.routing.domain.messages import CalendarChanged
from services.routing.domain.plan import Plan, decided
from services.routing.domain.work import Work
from services.routing.handlers import CASE
from services.worktime import Unit, elapsed
from services.worktime.jalali import civil_day
from tests.support.memory_door import WORKING_MORNING
from tests.unit.routing.office import ORG, SERVICE, UNIT, Office, officers, province, record, registered, world
from tests.unit.routing.test_rounds import another_round

REVENUE = "wa-municipality-urmia-revenue"
THREE_DAYS = WorkingTime(value=3, unit=DurationUnit.WORKING_DAYS)


def ruled(*rows: RuleRow, people: Sequence[Entry] = (), **rule: Any) -> Snapshot:
    """The permits unit with `ada` and `bahar`, the revenue unit with `cyrus`, `dara` and nobody else, and this rule."""
    base = province("ada", "bahar", extra=officers("cyrus", "dara", unit=REVENUE))
    away = [
        officer.model_copy(update={"unit_id": None, "version": officer.version + 1})
        for officer in base.officers_of(REVENUE)
        if officer.id not in ("cyrus", "dara")
    ]
    known = base.rule_of(SERVICE)
    version = known.version + 1 if known else 1
    fields: dict[str, Any] = {"id": "building-permit-rule", "org_id": ORG, "service_id": SERVICE} | rule
    new = RoutingRule(version=version, rows=rows, **fields)
    return base.with_entries([*away, new, *people])


def step(id: str, unit: str = UNIT, *after: str, **changes: Any) -> RuleStep:
    return RuleStep(id=id, unit_id=unit, after=after, **changes)


IN_ORDER = RuleRow(steps=(step("plan"), step("toll", REVENUE, "plan")))
SIDE_BY_SIDE = RuleRow(steps=(step("plan"), step("toll", REVENUE)))


async def opened(*rows: RuleRow, **changes: Any) -> Office:
    office = Office(ruled(*rows, **changes.pop("rule", {})))
    await office.hear(registered("r1", **changes))
    return office


def tasks(office: Office) -> list[tuple[str, str | None, str]]:
    return [(w.task.id, w.task.step, w.task.state.value) for w in office.case("r1").work]


async def done(office: Office, step_id: str | None, result: str = "GRANTED", **more: Any) -> str:
    """Whoever has the task of that step starts and answers it."""
    work = next(w for w in office.case("r1").work if w.task.step == step_id and w.live)
    officer = work.task.assignee
    assert officer is not None
    if work.task.state is TaskState.ASSIGNED:
        await office.submit(CASE, "r1", Start(task_id=work.task.id, officer_id=officer, line=Line(older=None)))
    body = {"taskId": work.task.id, "officerId": officer, "result": result, "ground": "بند ۳"} | more
    await office.submit(CASE, "r1", Answer.model_validate(body))
    return officer


async def refused(office: Office, command: Command) -> tuple[str, int]:
    with pytest.raises(Refused) as caught:
        await office.submit(CASE, "r1", command)
    return caught.value.code, caught.value.status


def all_idle(office: Office) -> bool:
    """No officer of either unit carries a load, and nothing is left open between case and queues."""
    queues = [office.queue(unit) for unit in (UNIT, REVENUE)]
    return all((queue.loads, queue.placing, queue.ending) == ({}, {}, {}) for queue in queues)


async def test_steps_in_order_open_one_after_the_other_and_the_last_answer_decides() -> None:
    office = await opened(IN_ORDER)
    assert tasks(office) == [("r1.1", "plan", "ASSIGNED")]
    await done(office, "plan")
    assert tasks(office) == [("r1.1", "plan", "ANSWERED"), ("r1.2", "toll", "ASSIGNED")]
    assert office.case("r1").result is None
    assert office.case("r1").clock.running_since is not None, "the case is not done"
    last = await done(office, "toll")
    result = office.case("r1").result
    assert result is not None
    assert (result.kind, result.decided_by) == (ResultKind.GRANTED, last)
    assert office.case("r1").clock.running_since is None
    told = [event.moves for event in office.published("r1")]
    assert told[-1] == ("task.answered", "clock.stopped", "result.decided")
    assert next(moves for moves in told if "task.answered" in moves) == ("task.answered",)
    assert all_idle(office)


async def test_steps_side_by_side_open_at_once_each_in_its_unit() -> None:
    office = await opened(SIDE_BY_SIDE)
    assert tasks(office) == [("r1.1", "plan", "ASSIGNED"), ("r1.2", "toll", "ASSIGNED")]
    units = {work.task.unit_id for work in office.case("r1").work}
    assert units == {UNIT, REVENUE}
    event = office.published("r1")[-1]
    assert [task.step for task in event.tasks] == ["plan", "toll"]
    starts = [event.moves for event in office.published("r1") if "clock.started" in event.moves]
    assert len(starts) == 1, "one Clock, told once"


async def test_mixed_answers_of_mandatory_steps_are_partial() -> None:
    office = await opened(SIDE_BY_SIDE)
    await done(office, "toll", "REFUSED", ground="عوارض پرداخت نشده است")
    await done(office, "plan")
    result = office.case("r1").result
    assert result is not None
    assert result.kind is ResultKind.PARTIAL
    assert "عوارض پرداخت نشده است" in (result.ground or "")


async def test_the_result_waits_for_no_step_that_is_not_mandatory() -> None:
    row = RuleRow(steps=(step("plan"), step("advice", REVENUE, mandatory=False)))
    office = await opened(row)
    await done(office, "plan")
    assert tasks(office) == [("r1.1", "plan", "ANSWERED"), ("r1.2", "advice", "CANCELLED")]
    told = [(event.task.id, event.moves) for event in office.published("r1")][-2:]
    assert told == [
        ("r1.1", ("task.answered", "clock.stopped", "result.decided")),
        ("r1.2", ("task.cancelled",)),
    ]
    assert all_idle(office)


async def test_the_first_row_that_fits_says_who_does_it() -> None:
    large = RuleRow(min_area=1000, steps=(step("large", REVENUE),))
    dear = RuleRow(min_amount=50, max_amount=100, steps=(step("dear", REVENUE),))
    rest = RuleRow(steps=(step("rest"),))
    for facts, expected in (
        ({"area": 1000.0}, "large"),
        ({"area": 999.0}, "rest"),
        ({"amount": 50}, "dear"),
        ({"amount": 100}, "rest"),
        ({}, "rest"),
    ):
        office = await opened(large, dear, rest, **facts)
        assert [task[1] for task in tasks(office)] == [expected], facts


async def test_without_a_row_that_fits_the_unit_of_the_sheet_does_it_by_the_rules_ladder() -> None:
    office = await opened(RuleRow(min_area=1000, steps=(step("large", REVENUE),)), rule={"rungs": (70, 110)})
    assert tasks(office) == [("r1.1", None, "ASSIGNED")]
    assert office.case("r1").work[0].task.unit_id == UNIT
    assert office.case("r1").ladder == (70, 110)


async def test_12_3_a_change_of_the_rule_during_a_pause_loses_neither_what_is_consumed_nor_the_ladder() -> None:
    """GLPI #6902. The new version has other units, shorter shares of the time and another ladder."""
    office, untouched = await opened(IN_ORDER), await opened(IN_ORDER)
    for each in (office, untouched):
        await each.tick(hours=24)
        officer = str(each.case("r1").work[0].task.assignee)
        pause = {"taskId": "r1.1", "officerId": officer, "cause": "LEGAL"}
        await each.submit(CASE, "r1", Suspend.model_validate(pause))
        stood = each.case("r1").clock
        assert stood.consumed > 0
        if each is office:
            one_step = RuleRow(steps=(step("toll", REVENUE, start_within=THREE_DAYS),))
            known = office.registry.rule_of(SERVICE)
            assert known is not None
            changes = {"rows": (one_step,), "rungs": (10, 20), "version": known.version + 1}
            office.registry = office.registry.with_entries([known.model_copy(update=changes)])
        await each.tick(hours=48)
        await each.submit(CASE, "r1", Resume(task_id="r1.1", officer_id=officer))
        assert each.case("r1").clock.consumed == stood.consumed
    case, same = office.case("r1"), untouched.case("r1")
    assert (case.clock, case.next_rung_at, case.ladder, case.plan) == (
        same.clock,
        same.next_rung_at,
        same.ladder,
        same.plan,
    )


async def test_a_running_case_keeps_the_version_of_its_rule_and_another_round_takes_the_newest() -> None:
    office = await opened(IN_ORDER)
    plan = office.case("r1").plan
    assert plan is not None
    newer = ruled(RuleRow(steps=(step("only"),)))
    rule = newer.rule_of(SERVICE)
    assert rule is not None
    rule = rule.model_copy(update={"version": plan.rule_version + 1})
    office.registry = office.registry.with_entries([rule])
    await done(office, "plan")
    assert tasks(office)[-1][1] == "toll"
    await done(office, "toll", "REFUSED")
    await office.records(record(another_round("r1", barred=()), 2))
    assert [task[1] for task in tasks(office)] == ["only"]


async def test_I8_an_objection_goes_to_nobody_who_decided_a_step_of_it() -> None:
    office = await opened(SIDE_BY_SIDE)
    authors = {await done(office, "plan", "REFUSED"), await done(office, "toll", "REFUSED")}
    await office.records(record(another_round("r1", barred=()), 2))
    assert set(office.case("r1").barred) == authors
    again = {work.task.assignee for work in office.case("r1").work}
    assert again.isdisjoint(authors)
    assert None not in again


async def test_12_18_what_is_reopened_goes_back_to_whoever_did_each_step() -> None:
    office = await opened(SIDE_BY_SIDE)
    doers = [await done(office, "plan"), await done(office, "toll")]
    await office.records(record(another_round("r1", verb="reopened"), 2))
    assert [work.task.assignee for work in office.case("r1").work] == doers


async def test_what_is_not_its_units_goes_where_the_rule_says_and_the_clock_runs_on() -> None:
    office = await opened(RuleRow(steps=(step("plan"),), no_competence_to=REVENUE))
    await done(office, "plan", "NO_COMPETENCE")
    first, second = office.case("r1").work
    assert (first.task.answer, second.task.unit_id, second.task.step) == (ResultKind.NO_COMPETENCE, REVENUE, "plan")
    assert office.case("r1").clock.running_since is not None
    assert office.case("r1").for_head == ()
    assert (office.case("r1").result, office.published("r1")[-2].moves) == (None, ("task.answered",))
    await done(office, "plan")
    result = office.case("r1").result
    assert result is not None
    assert result.kind is ResultKind.GRANTED


async def test_what_two_units_say_is_not_theirs_is_work_for_the_head_and_goes_round_no_third_time() -> None:
    office = await opened(RuleRow(steps=(step("plan"),), no_competence_to=REVENUE))
    await done(office, "plan", "NO_COMPETENCE")
    await done(office, "plan", "NO_COMPETENCE")
    assert len(office.case("r1").work) == 2
    assert [line.kind for line in office.case("r1").for_head] == [HeadWork.NO_COMPETENCE]
    result = office.case("r1").result
    assert result is not None
    assert result.kind is ResultKind.NO_COMPETENCE


async def test_a_decision_above_the_amount_takes_a_second_officer_with_authority() -> None:
    office = await opened(RuleRow(steps=(step("plan"),), four_eyes_from=1000), amount=1000)
    officer = office.case("r1").work[0].task.assignee
    other = {"ada": "bahar", "bahar": "ada"}[str(officer)]
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id=str(officer), line=Line(older=None)))
    body = {"taskId": "r1.1", "officerId": officer, "result": "GRANTED"}
    for second in (None, officer, "wa-municipality-urmia-desk-02"):
        command = Answer.model_validate(body | {"secondOfficerId": second})
        assert await refused(office, command) == ("SECOND_OFFICER_NEEDED", 422)
    await office.submit(CASE, "r1", Answer.model_validate(body | {"secondOfficerId": other}))
    result = office.case("r1").result
    assert result is not None
    assert (result.decided_by, result.second_officer) == (officer, other)


async def test_a_case_that_names_no_amount_takes_a_second_officer_too() -> None:
    """Else the amount would be left out."""
    office = await opened(RuleRow(steps=(step("plan"),), four_eyes_from=1000), amount=None)
    officer = str(office.case("r1").work[0].task.assignee)
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id=officer, line=Line(older=None)))
    alone = Answer.model_validate({"taskId": "r1.1", "officerId": officer, "result": "GRANTED"})
    assert await refused(office, alone) == ("SECOND_OFFICER_NEEDED", 422)


async def test_below_that_amount_one_decides() -> None:
    office = await opened(RuleRow(steps=(step("plan"),), four_eyes_from=1000), amount=999)
    await done(office, "plan")
    assert office.case("r1").result is not None


async def test_who_has_no_authority_for_the_amount_is_given_none_and_decides_none() -> None:
    limited = Authority(service_id=SERVICE, actions=("PROCESS",), max_amount=100, valid_from=date(2026, 3, 21))
    ada, bahar = officers("ada", "bahar")
    small = bahar.model_copy(update={"authorities": (limited,), "version": 2})
    office = Office(ruled(RuleRow(steps=(step("plan"),)), people=[ada, small]))
    await office.hear(*(registered(f"r{n}", amount=101) for n in range(4)))
    assert office.queue().loads == {"ada": 4}
    less = ada.model_copy(update={"authorities": (limited,), "version": 3})
    office.registry = office.registry.with_entries([less])
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id="ada", line=Line(older=None)))
    answer = Answer.model_validate({"taskId": "r1.1", "officerId": "ada", "result": "GRANTED"})
    assert await refused(office, answer) == ("NOT_AUTHORISED", 403)


async def test_who_does_not_begin_in_time_loses_it_to_somebody_else() -> None:
    office = await opened(RuleRow(steps=(step("plan", start_within=THREE_DAYS),)))
    first = office.case("r1").work[0].task.assignee
    for _ in range(4 * 24):
        await office.tick(hours=1)
    assert tasks(office) == [("r1.1", "plan", "TIMED_OUT"), ("r1.2", "plan", "ASSIGNED")]
    assert office.case("r1").work[1].task.assignee not in (None, first)
    assert ("task.timed-out",) in [event.moves for event in office.published("r1")]
    assert sum(office.queue().loads.values()) == 1


async def test_who_has_begun_keeps_it_however_long_it_takes() -> None:
    office = await opened(RuleRow(steps=(step("plan", start_within=THREE_DAYS),)))
    officer = office.case("r1").work[0].task.assignee
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id=str(officer), line=Line(older=None)))
    for _ in range(6):
        await office.tick(hours=24)
    assert tasks(office) == [("r1.1", "plan", "STARTED")]


async def test_a_pause_leaves_as_much_time_to_begin_as_there_was() -> None:
    office = await opened(RuleRow(steps=(step("plan", start_within=THREE_DAYS),)))
    work = office.case("r1").work[0]
    before, officer = work.start_by, str(work.task.assignee)
    assert before is not None
    pause = {"taskId": "r1.1", "officerId": officer, "cause": "LEGAL"}
    await office.submit(CASE, "r1", Suspend.model_validate(pause))
    await office.tick(hours=24)
    await office.submit(CASE, "r1", Resume(task_id="r1.1", officer_id=officer))
    after = office.case("r1").work[0].start_by
    assert after is not None
    calendar = calendar_at(office.case("r1"), office.case("r1").calendar, world(registry=office.registry))
    left = [elapsed(calendar, WORKING_MORNING, before, Unit.WORKING_HOURS)]
    left.append(elapsed(calendar, WORKING_MORNING + timedelta(days=1), after, Unit.WORKING_HOURS))
    assert left[0] == left[1] > 0


async def test_withdrawn_work_ends_in_every_unit() -> None:
    office = await opened(SIDE_BY_SIDE)
    await office.records(record(registered("r1", moves=("request.withdrawn",), state="WITHDRAWN"), 2))
    assert {state for *_, state in tasks(office)} == {"CANCELLED"}
    assert all_idle(office)


def test_a_rule_that_is_not_in_force_routes_nothing() -> None:
    registry = ruled(IN_ORDER, status=Status.SUSPENDED)
    case = placing.request_moved(None, registered("r1"), world(registry=registry)).state
    assert case is not None
    assert [work.task.step for work in case.work] == [None]


ANSWERS = st.lists(st.sampled_from([None, *ResultKind]), min_size=1, max_size=4)


@given_any(ANSWERS)
def test_the_result_of_several_answers_is_theirs_or_partial_and_never_early(answers: list[ResultKind | None]) -> None:
    plan = Plan(rule_id="r", rule_version=1, steps=tuple(step(f"s{n}") for n in range(len(answers))))
    work = tuple(answered(f"s{n}", kind) for n, kind in enumerate(answers))
    result = decided(plan, work)
    kinds = set(answers)
    if None in kinds or (ResultKind.NO_COMPETENCE in kinds and len(kinds) > 1):
        assert result is None
    else:
        assert result is not None
        assert result.kind is (kinds.pop() if len(kinds) == 1 else ResultKind.PARTIAL)


def answered(step_id: str, kind: ResultKind | None) -> Work:
    case = placing.request_moved(None, registered("r1"), world(registry=province("ada"))).state
    assert case is not None
    (work,) = case.work
    said = None if kind is None else CaseResult(kind=kind, decided_by="ada", decided_at=WORKING_MORNING)
    task = work.task.model_copy(update={"step": step_id, "id": f"r1.{step_id}"})
    return work.model_copy(update={"task": task, "answer": said})


async def test_what_is_nobodys_is_decided_by_no_other_answer() -> None:
    row = RuleRow(steps=(step("plan"), step("advice", REVENUE, mandatory=False)))
    office = await opened(row)
    await done(office, "plan", "NO_COMPETENCE")
    await done(office, "advice")
    assert office.case("r1").clock.running_since is not None
    assert [line.kind for line in office.case("r1").for_head] == [HeadWork.NO_COMPETENCE]
    assert office.published("r1")[-1].moves == ("task.answered",)


async def test_who_gets_it_while_the_work_stands_still_has_the_time_to_begin_from_when_it_goes_on() -> None:
    plan = step("plan", start_within=WorkingTime(value=6, unit=DurationUnit.WORKING_HOURS))
    office = await opened(RuleRow(steps=(plan, step("toll", REVENUE))))
    officer, other = (str(work.task.assignee) for work in office.case("r1").work)
    pause = {"taskId": "r1.2", "officerId": other, "cause": "LEGAL"}
    await office.submit(CASE, "r1", Suspend.model_validate(pause))
    await office.tick(hours=2)
    await office.submit(CASE, "r1", GiveBack(task_id="r1.1", officer_id=officer, reason=ReturnReason.ABSENCE))
    await office.tick(hours=1)
    await office.submit(CASE, "r1", Resume(task_id="r1.2", officer_id=other))
    begun = office.case("r1").work[-1].start_by
    assert begun is not None
    calendar = calendar_at(office.case("r1"), office.case("r1").calendar, world(registry=office.registry))
    assert elapsed(calendar, office.clock.now(), begun, Unit.WORKING_HOURS) == 6


async def test_a_day_that_comes_to_be_closed_takes_no_time_to_begin() -> None:
    office = await opened(RuleRow(steps=(step("plan", start_within=THREE_DAYS),)))
    before = office.case("r1").work[0].start_by
    assert before is not None
    known = office.registry.calendar(office.case("r1").calendar.id)
    assert known is not None
    tomorrow = civil_day(office.clock.now()) + timedelta(days=1)
    closed = DayException(date=tomorrow, kind=DayKind.CLOSED, status="CONFIRMED", source="برف")
    newer = known.model_copy(update={"version": 2, "exceptions": (closed, *known.exceptions)})
    office.registry = office.registry.with_entries([newer])
    was = calendar_at(office.case("r1"), office.case("r1").calendar, world(registry=office.registry))
    await office.submit(CASE, "r1", CalendarChanged(version=2))
    after, now = office.case("r1").work[0].start_by, office.clock.now()
    assert after is not None
    by_it = calendar_at(office.case("r1"), office.case("r1").calendar, world(registry=office.registry))
    left = [elapsed(was, now, before, Unit.WORKING_HOURS), elapsed(by_it, now, after, Unit.WORKING_HOURS)]
    assert left[0] == left[1] > 0
    assert after > before


async def test_who_gave_the_task_back_does_not_let_the_work_go_on() -> None:
    office = await opened(SIDE_BY_SIDE)
    officer, other = (str(work.task.assignee) for work in office.case("r1").work)
    pause = {"taskId": "r1.1", "officerId": officer, "cause": "LEGAL"}
    await office.submit(CASE, "r1", Suspend.model_validate(pause))
    await office.submit(CASE, "r1", GiveBack(task_id="r1.1", officer_id=officer, reason=ReturnReason.ABSENCE))
    assert await refused(office, Resume(task_id="r1.1", officer_id=officer)) == ("ILLEGAL_MOVE", 409)
    await office.submit(CASE, "r1", Resume(task_id="r1.2", officer_id=other))
    assert office.case("r1").clock.running_since is not None


async def test_a_step_waits_for_the_unit_that_got_what_another_was_not_competent_for() -> None:
    last = step("seal", UNIT, "plan", "toll")
    office = await opened(RuleRow(steps=(step("plan"), step("toll", REVENUE), last), no_competence_to=REVENUE))
    await done(office, "plan", "NO_COMPETENCE")
    await done(office, "toll")
    assert [task[1:] for task in tasks(office)] == [
        ("plan", "ANSWERED"),
        ("toll", "ANSWERED"),
        ("plan", "ASSIGNED"),
    ]
    await done(office, "plan")
    assert tasks(office)[-1][1:] == ("seal", "ASSIGNED")


async def test_that_it_is_nobodys_is_decided_once() -> None:
    office = await opened(RuleRow(steps=(step("plan"), step("advice", REVENUE, mandatory=False))))
    await done(office, "plan", "NO_COMPETENCE")
    await done(office, "advice", "NO_COMPETENCE")
    decided_ = [event.moves for event in office.published("r1") if "result.decided" in event.moves]
    assert decided_ == [("task.answered", "result.decided")]
