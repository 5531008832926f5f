"""A task that goes to another unit: at once within an agency, with an acknowledgement and a deadline to another."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.contracts.coordination import AnswerCoordination, Ground, ReferralState
from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.registry import Unit
from services.contracts.routing import (
    HeadWork,
    ResultKind,
    TaskState,
    TransferReason,
    TransferRefusal,
    TransferState,
)
from services.contracts.routing_rule import RuleRow
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command
from services.routing.domain.commands import (
    Acknowledge,
    Answer,
    Approve,
    Ask,
    HandOn,
    Line,
    Propose,
    Refuse,
    Start,
    Suspend,
)
from services.routing.domain.coordinating import Answer as AnswerUnit
from services.routing.domain.unit_slots import slots_of
from services.routing.handlers import CASE
from services.worktime import parse_jalali
from tests.unit.routing.office import DESK, ORG, RULES, UNIT, Office, officers, record, registered, task_of
from tests.unit.routing.test_rounds import another_round
from tests.unit.routing.test_steps import REVENUE, ruled, step

ROADS, ROADS_UNIT = "wa-roads-housing", "roads-permits"
HEAD, ROADS_HEAD = "hamid", "rahim"


def two_agencies(*more: Entry) -> Snapshot:
    """The permits unit under `hamid`, and a unit of another agency under `rahim` in which `elham` may do the same."""
    people = [*officers(HEAD, authorities=()), *in_roads(*officers("elham", unit=ROADS_UNIT))]
    people += in_roads(*officers(ROADS_HEAD, unit=ROADS_UNIT, authorities=()))
    base = ruled(RuleRow(steps=(step("plan"),)), people=people)
    permits = base.unit(UNIT)
    assert permits is not None
    roads = Unit(
        id=ROADS_UNIT,
        org_id=ROADS,
        version=1,
        name="ادارهٔ پروانه‌های راه",
        name_en="Road permits",
        county="urmia",
        calendar_id=permits.calendar_id,
        head_officer_id=ROADS_HEAD,
    )
    permits = permits.model_copy(update={"head_officer_id": HEAD, "version": permits.version + 1})
    return base.with_entries([permits, roads, *more])


def in_roads(*people: Any) -> Sequence[Any]:
    return [person.model_copy(update={"org_id": ROADS}) for person in people]


@pytest.fixture
async def office() -> Office:
    office = Office(two_agencies())
    await office.hear(registered("r1"))
    return office


def hand_on(org: str = ROADS, unit: str = ROADS_UNIT, by: str = HEAD, task: str = "r1.1") -> HandOn:
    return HandOn(task_id=task, officer_id=by, org_id=org, unit_id=unit, reason=TransferReason.BY_LAW)


def acknowledge(by: str = ROADS_HEAD, id: str = "r1.t1") -> Acknowledge:
    return Acknowledge(transfer_id=id, officer_id=by)


def refuse(by: str = ROADS_HEAD) -> Refuse:
    return Refuse(transfer_id="r1.t1", officer_id=by, reason=TransferRefusal.NOT_OURS)


async def refused(office: Office, command: Command) -> tuple[str, int]:
    with pytest.raises(Refused) as caught:
        await office.submit(CASE, "r1", command)
    return caught.value.code, caught.value.status


def lines(office: Office) -> list[tuple[HeadWork, str, str]]:
    return [(line.kind, line.org_id, line.unit_id) for line in office.case("r1").for_head]


def loads(office: Office, unit: str) -> dict[str, int]:
    """No queue of a unit to which nothing was ever offered."""
    return office.queue(unit).loads


async def test_within_an_agency_it_goes_at_once(office: Office) -> None:
    await office.submit(CASE, "r1", hand_on(ORG, REVENUE))
    first, second = office.case("r1").work
    assert (first.task.state, second.task.unit_id, second.task.step) == (TaskState.CANCELLED, REVENUE, "plan")
    assert second.task.assignee in ("cyrus", "dara")
    told = next(event for event in office.published("r1") if event.transfer is not None)
    assert told.moves == ("task.cancelled", "transfer.offered", "transfer.acknowledged")
    assert loads(office, UNIT) == {}
    assert sum(loads(office, REVENUE).values()) == 1


async def test_to_another_agency_it_goes_when_that_has_acknowledged_and_the_desk_stays_the_owner(
    office: Office,
) -> None:
    await office.submit(CASE, "r1", hand_on())
    assert [work.task.state for work in office.case("r1").work] == [TaskState.CANCELLED]
    assert lines(office) == [(HeadWork.TRANSFER_OFFERED, ROADS, ROADS_UNIT)]
    assert office.case("r1").clock.running_since is not None
    assert loads(office, UNIT) == {}
    await office.submit(CASE, "r1", acknowledge())
    assert (task_of(office.case("r1")).unit_id, task_of(office.case("r1")).assignee) == (ROADS_UNIT, "elham")
    assert (lines(office), office.case("r1").desk_id) == ([], DESK)
    assert [event.moves for event in office.published("r1")][-3:] == [
        ("task.cancelled", "transfer.offered"),
        ("transfer.acknowledged",),
        ("task.assigned",),
    ]
    await office.submit(CASE, "r1", Start(task_id="r1.2", officer_id="elham", line=Line(older=None)))
    answer = Answer.model_validate({"taskId": "r1.2", "officerId": "elham", "result": "GRANTED"})
    await office.submit(CASE, "r1", answer)
    result = office.case("r1").result
    assert result is not None
    assert result.kind is ResultKind.GRANTED


async def test_I1_the_desk_asks_the_unit_that_has_the_work_by_now_whichever_agency_it_is_of(office: Office) -> None:
    """Else nobody could be sent there with its word: the desk stays the owner (domain 1.2, 1.4)."""
    clerk, head = f"{DESK}-02", f"{DESK}-01"

    def ask(unit: str = ROADS_UNIT) -> Ask:
        question = {"purpose": "ORIGINAL"}
        return Ask.model_validate({"requestId": "r1", "unit": unit, "question": question, "officerId": clerk})

    assert await refused(office, ask()) == ("UNKNOWN_UNIT", 422)
    await office.submit(CASE, "r1", hand_on())
    assert await refused(office, ask()) == ("ILLEGAL_MOVE", 409), "nobody has it yet"
    await office.submit(CASE, "r1", acknowledge())
    await office.submit(CASE, "r1", ask())
    slot = slots_of(office.registry, ROADS_UNIT, parse_jalali("1405/09/03"), RULES.unit_slot_length)[2]
    wish = {"answer": "CONFIRMED", "officerId": "elham", "slot": slot.to_wire()}
    said = AnswerCoordination.model_validate(wish)
    await office.submit(CASE, "r1", AnswerUnit(booking_id="b1", coordination_id="r1.c1", said=said))
    await office.submit(CASE, "r1", Propose(coordination_id="r1.c1", ground=Ground.ORIGINAL, officer_id=clerk))
    await office.submit(CASE, "r1", Approve(referral_id="r1.r1", officer_id=head))
    (referral,) = office.published("r1")[-1].referrals
    assert (referral.unit_id, referral.state, referral.slot) == (ROADS_UNIT, ReferralState.ISSUED, slot)
    await office.submit(CASE, "r1", ask(UNIT))
    assert await refused(office, ask("wa-tax-clearances")) == ("UNKNOWN_UNIT", 422), "it has nothing to do with it"


async def test_what_the_other_agency_refuses_is_back_with_the_head_who_offered_it(office: Office) -> None:
    await office.submit(CASE, "r1", hand_on())
    await office.submit(CASE, "r1", refuse())
    assert lines(office) == [(HeadWork.TRANSFER_REFUSED, ORG, UNIT)]
    assert office.published("r1")[-1].moves == ("transfer.refused",)
    await office.submit(CASE, "r1", hand_on(ORG, UNIT))
    assert task_of(office.case("r1")).unit_id == UNIT
    assert task_of(office.case("r1")).assignee is not None
    assert lines(office) == []


async def test_what_nobody_answers_in_time_is_told_as_that_and_is_back_too(office: Office) -> None:
    await office.submit(CASE, "r1", hand_on())
    for _ in range(4 * 24):
        await office.tick(hours=1)
    (transfer,) = office.case("r1").transfers
    assert transfer.state is TransferState.RETURNED
    assert HeadWork.TRANSFER_REFUSED in [kind for kind, *_ in lines(office)]
    assert ("transfer.returned",) in [event.moves for event in office.published("r1")]
    assert await refused(office, acknowledge()) == ("ILLEGAL_MOVE", 409)


async def test_what_is_nobodys_is_handed_on_by_the_desk_and_decided_after_all(office: Office) -> None:
    officer = task_of(office.case("r1")).assignee
    await office.submit(CASE, "r1", Start(task_id="r1.1", officer_id=str(officer), line=Line(older=None)))
    body = {"taskId": "r1.1", "officerId": officer, "result": "NO_COMPETENCE"}
    await office.submit(CASE, "r1", Answer.model_validate(body))
    assert lines(office) == [(HeadWork.NO_COMPETENCE, ORG, UNIT)]
    desk = office.registry.desk(DESK)
    assert desk is not None
    await office.submit(CASE, "r1", hand_on(ORG, REVENUE, by=desk.head_officer_id))
    assert (lines(office), office.case("r1").result) == ([], None)
    assert task_of(office.case("r1")).unit_id == REVENUE


@pytest.mark.parametrize("by", ["ada", "cyrus", ROADS_HEAD])
async def test_only_who_leads_hands_on(office: Office, by: str) -> None:
    assert await refused(office, hand_on(by=by)) == ("NOT_AUTHORISED", 403)


@pytest.mark.parametrize("by", [HEAD, "elham", "ada"])
async def test_only_who_leads_there_answers(office: Office, by: str) -> None:
    await office.submit(CASE, "r1", hand_on())
    assert await refused(office, acknowledge(by)) == ("NOT_AUTHORISED", 403)
    assert await refused(office, refuse(by)) == ("NOT_AUTHORISED", 403)


async def test_it_goes_to_nobody_who_is_not_there_or_may_not_do_it(office: Office) -> None:
    assert await refused(office, hand_on(ROADS, "no-such-unit")) == ("UNKNOWN_UNIT", 422)
    assert await refused(office, hand_on(ORG, ROADS_UNIT)) == ("UNKNOWN_UNIT", 422)
    assert await refused(office, hand_on(ORG, UNIT)) == ("NOT_ELIGIBLE", 422)
    assert await refused(office, acknowledge(id="r1.t9")) == ("UNKNOWN_TRANSFER", 404)
    roads = office.registry.unit(ROADS_UNIT)
    assert roads is not None
    shut = roads.model_copy(update={"status": Status.SUSPENDED, "version": 2})
    office.registry = office.registry.with_entries([shut])
    assert await refused(office, hand_on()) == ("OUT_OF_SERVICE", 409)


async def test_what_is_offered_or_stands_still_or_is_answered_is_not_handed_on(office: Office) -> None:
    officer = task_of(office.case("r1")).assignee
    pause = {"taskId": "r1.1", "officerId": officer, "cause": "LEGAL"}
    await office.submit(CASE, "r1", Suspend.model_validate(pause))
    assert await refused(office, hand_on()) == ("ILLEGAL_MOVE", 409)
    other = Office(two_agencies())
    await other.hear(registered("r1"))
    await other.submit(CASE, "r1", hand_on())
    assert await refused(other, hand_on(ORG, REVENUE)) == ("ILLEGAL_MOVE", 409)
    await other.submit(CASE, "r1", acknowledge())
    assert await refused(other, hand_on(ORG, REVENUE)) == ("ILLEGAL_MOVE", 409)
    assert await refused(other, acknowledge()) == ("ILLEGAL_MOVE", 409)


async def test_of_work_that_is_over_nothing_is_handed_on_and_what_was_offered_is_offered_no_more(
    office: Office,
) -> None:
    await office.submit(CASE, "r1", hand_on())
    await office.records(record(registered("r1", moves=("request.withdrawn",), state="WITHDRAWN"), 2))
    (transfer,) = office.case("r1").transfers
    assert (transfer.state, lines(office)) == (TransferState.RETURNED, [])
    told = [event.moves for event in office.published("r1")][-2:]
    assert told == [("clock.stopped",), ("transfer.returned",)]
    assert await refused(office, acknowledge()) == ("ILLEGAL_MOVE", 409)
    assert await refused(office, hand_on(ORG, REVENUE)) == ("ILLEGAL_MOVE", 409)
    assert [work.task.state for work in office.case("r1").work] == [TaskState.CANCELLED]


async def test_another_round_remembers_the_transfers_of_the_earlier_ones(office: Office) -> None:
    await office.submit(CASE, "r1", hand_on())
    await office.submit(CASE, "r1", acknowledge())
    await office.submit(CASE, "r1", Start(task_id="r1.2", officer_id="elham", line=Line(older=None)))
    body = {"taskId": "r1.2", "officerId": "elham", "result": "REFUSED", "ground": "بند ۳"}
    await office.submit(CASE, "r1", Answer.model_validate(body))
    await office.records(record(another_round("r1"), 2))
    await office.submit(CASE, "r1", hand_on(task="r1.3"))
    assert [transfer.id for transfer in office.case("r1").transfers] == ["r1.t1", "r1.t2"]
