"""A case that stands still, behind the doors of all three services (domain 3; I6, 12.1, 12.2, 12.10)."""

from datetime import timedelta

import pytest

from services.contracts.decision import Refused
from services.contracts.intake_commands import PromiseVisit, Remind, Withdraw
from services.contracts.registry import Conflict
from services.contracts.routing import TaskState
from services.contracts.wire import instant_text
from services.intake.domain.case_parts import Attention
from services.intake.handlers import REQUEST
from services.routing.domain.commands import Answer, Suspend
from services.routing.handlers import CASE
from tests.unit.intake.cases import an_agent, at
from tests.unit.standing_still import CONTRACT, PLAN, filed
from tests.unit.test_another_round import ID, OFFICER


async def test_the_last_document_brings_the_case_back_and_the_date_moves_by_the_time_it_stood_still() -> None:
    house = await filed()
    before = house.promised()
    await house.until("1405/09/04 10:00")
    await house.suspend(PLAN, CONTRACT)
    assert (house.case.state, house.case.next_due) == ("SUSPENDED", None)
    assert house.case.awaited is not None
    assert house.case.awaited.missing == (PLAN, CONTRACT)
    assert house.notices() == ["REGISTERED", "SUSPENDED"]
    await house.until("1405/09/07 10:00")
    await house.bring(PLAN)
    assert house.case.state == "SUSPENDED"
    await house.bring(CONTRACT)
    assert house.case.state == "PROMISED"
    assert house.case.awaited is None
    assert house.case.suspension is None
    (move,) = house.case.commitments[0].moves
    assert (move.kind, move.cause, move.from_at, move.to_at) == ("RE_PROJECTED", "SUSPENSION", before, house.promised())
    assert house.promised() == house.task.clock.due == at("1405/09/22 10:00"), "two working days later: Friday is off"
    assert house.notices() == ["REGISTERED", "SUSPENDED", "RE_DATED"], "one notice of the new date"


async def test_it_returns_to_the_state_that_it_left() -> None:
    house = await filed()
    await house.start()
    await house.suspend(PLAN)
    assert house.case.state == "SUSPENDED"
    await house.until("1405/09/03 10:00")
    await house.resume()
    assert house.case.state == "IN_PROGRESS"
    assert [line.type for line in house.case.history][-4:] == [
        "request.started",
        "request.suspended",
        "request.resumed",
        "commitment.re-projected",
    ]


async def test_12_2_over_the_weekend_no_date_moves() -> None:
    house = await filed()
    before = house.promised()
    await house.until("1405/09/05 13:00")
    await house.suspend(PLAN)
    await house.until("1405/09/07 07:30")
    await house.bring(PLAN)
    assert (house.case.state, house.promised(), house.case.commitments[0].moves) == ("PROMISED", before, ())
    assert house.notices() == ["REGISTERED", "SUSPENDED", "RESUMED"]


async def test_12_1_what_is_read_noted_or_attached_moves_no_date() -> None:
    house = await filed()
    before = house.promised(), house.task.clock
    await house.bring(PLAN)
    await house.bring(PLAN)
    await house.until("1405/09/05 09:00")
    assert (house.promised(), house.task.clock) == before


async def test_I6_no_promise_breaks_while_the_work_stands_still() -> None:
    house = await filed()
    await house.until("1405/09/04 10:00")
    await house.suspend(cause="LEGAL", deadline="2027-01-20T06:30:00Z")
    await house.until("1405/10/20 10:00")
    assert (house.case.state, house.case.commitments[0].state) == ("SUSPENDED", "OPEN")
    assert "DELAY_APOLOGY" not in house.notices()
    await house.until("1405/10/30 10:00")
    assert house.case.state == "PROMISED", "it went on by itself at its deadline"
    assert house.case.commitments[0].state == "OPEN"
    assert house.promised() > at("1405/10/30 10:00")


async def test_it_expires_only_after_a_delivered_notice_and_grace_and_the_unit_stops() -> None:
    house = await filed()
    await house.suspend(PLAN)
    await house.deliver(house.messages[-1])
    await house.until("1405/09/11 10:00")
    assert house.notices()[-1] == "DOCUMENTS_REMINDER"
    await house.until("1405/09/14 10:01")
    assert house.case.state == "SUSPENDED"
    await house.until("1405/09/19 10:00")
    assert (house.case.state, house.case.commitments[0].state) == ("EXPIRED", "RELEASED")
    assert (house.task.work[-1].task.state, house.task.clock.suspended()) == (TaskState.CANCELLED, None)


async def test_whom_no_message_reaches_the_desk_calls_and_nothing_expires_until_then() -> None:
    house = await filed()
    await house.suspend(PLAN)
    for day in range(3, 29):
        await house.until(f"1405/09/{day:02} 10:00")
    assert (house.case.state, house.case.attention) == ("SUSPENDED", (Attention.REMIND_OF_DOCUMENTS,))


async def test_12_10_of_what_was_taken_back_nobody_is_reminded() -> None:
    house = await filed()
    await house.suspend(PLAN)
    await house.ask(Withdraw, reason="NOT_NEEDED", identitySeen=True)
    before = house.notices()
    for day in range(3, 29):
        await house.until(f"1405/09/{day:02} 10:00")
    assert house.notices() == before
    assert house.case.state == "WITHDRAWN"


async def test_I8_who_comes_to_speak_for_the_applicant_meanwhile_is_answered_by_nobody_who_has_declared_them() -> None:
    house = await filed()
    await house.start()
    await house.suspend(PLAN)
    await house.ask(Remind, toldTo="REPRESENTATIVE", representative=an_agent())
    agent, officer = house.case.representative_ref, house.routing.registry.officer("ada")
    assert agent is not None
    assert officer is not None
    assert agent in house.task.people, "at once, whatever comes next"
    sibling = Conflict(ref=agent, relation="SIBLING", since=officer.authorities[0].valid_from)
    declared = officer.model_copy(update={"conflicts": (sibling,), "version": officer.version + 1})
    house.routing.registry = house.routing.registry.with_entries([declared])
    await house.bring(PLAN)
    answer = Answer.model_validate({"taskId": f"{ID}.1", "officerId": "ada", "result": "GRANTED", "ground": "بند ۳"})
    with pytest.raises(Refused, match="CONFLICT_OF_INTEREST"):
        await house.routing.submit(CASE, ID, answer)


async def test_who_was_asked_back_for_the_papers_need_not_come_when_the_last_of_them_has_come() -> None:
    """The desk has them come on Sunday with the plan; the kiosk office, or somebody else, brings it before. As where
    nothing was registered yet, the visit ends with the papers."""
    house = await filed()
    await house.suspend(PLAN)
    wish = {"kind": "NEXT_VISIT", "at": instant_text(at("1405/09/08 10:00")), "officerId": OFFICER}
    await house.intake.submit(REQUEST, ID, PromiseVisit.model_validate(wish))
    await house.carry()
    await house.until("1405/09/04 10:00")
    await house.bring(PLAN)
    assert house.case.state == "PROMISED"
    assert [one.state for one in house.case.commitments if one.visit] == ["RELEASED"]


async def test_I6_work_that_stood_still_in_time_breaks_no_promise_though_the_word_of_it_comes_late() -> None:
    """Kafka lags across the promised hour: what counts is when the work came to stand, not when intake hears of it."""
    house = await filed()
    promised = house.promised()
    house.clock.moment = promised - timedelta(minutes=1)
    asks = {
        "taskId": f"{ID}.1",
        "officerId": house.task.work[-1].task.assignee,
        "cause": "APPLICANT",
        "evidenceTypes": [PLAN],
    }
    await house.routing.submit(CASE, ID, Suspend.model_validate(asks))
    house.clock.moment = promised + timedelta(seconds=30)
    await house.intake.tick()
    await house.carry()
    assert (house.case.state, house.case.commitments[0].state) == ("SUSPENDED", "OPEN")
    assert "DELAY_APOLOGY" not in house.notices()


async def test_I6_work_that_came_to_stand_after_the_promised_hour_mends_nothing() -> None:
    """Some minutes are left for words to travel, not for acts."""
    house = await filed()
    promised = house.promised()
    house.clock.moment = promised + timedelta(minutes=1)
    asks = {
        "taskId": f"{ID}.1",
        "officerId": house.task.work[-1].task.assignee,
        "cause": "APPLICANT",
        "evidenceTypes": [PLAN],
    }
    await house.routing.submit(CASE, ID, Suspend.model_validate(asks))
    await house.carry()
    assert (house.case.state, house.case.commitments[0].state) == ("SUSPENDED", "BROKEN")
    assert house.notices().count("DELAY_APOLOGY") == 1
