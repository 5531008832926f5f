"""What was granted is handed over though the rest is objected to, each output for itself (domain 3, I8)."""

from typing import Any

import pytest

from services.contracts.decision import Decision, TimerFired
from services.contracts.intake_commands import Remind
from services.intake.domain import reminding
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.answering import work_moved
from services.intake.domain.case_parts import Attention
from services.intake.domain.closing import hand_over
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.due import fell_due, timers
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.request import Request
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_OFFICER,
    announcement,
    at,
    case_of,
    move_of,
    state_of,
    the_case,
    world,
)
from tests.unit.intake.rounds import (
    DAY,
    GRANTED,
    HANDED,
    PARTIAL,
    REFUSED,
    a_permit,
    decided_again,
    objects,
    of_round,
    refusal,
)


def test_an_output_that_waits_for_its_person_may_be_objected_to_and_waits_beside_the_round_that_goes_on() -> None:
    request = a_permit(PARTIAL)
    assert the_case(request).state == "COLLECTION_DUE"
    case = case_of(objects(request))
    assert (case.collection, case.earlier[0].collection) == (None, the_case(request).collection)


@pytest.mark.parametrize("when", ["objected", "at work", "refused once more"])
def test_what_was_granted_is_handed_over_though_the_rest_is_objected_to(when: str) -> None:
    """Half a permit is theirs whatever becomes of the other half, which goes on undisturbed."""
    request = state_of(objects(a_permit(PARTIAL)))
    if when == "at work":
        request = state_of(work_moved(request, of_round(request, 2, "task.started"), world()))
    if when == "refused once more":
        ready = state_of(decided_again(request, REFUSED, MORNING + DAY))
        request = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    before = the_case(request)
    decision = hand_over(request, HANDED, world(MORNING + 2 * DAY))
    case = case_of(decision)
    handover = case.earlier[0].handover
    assert handover is not None
    assert (handover.collected_by, handover.at) == ("APPLICANT", MORNING + 2 * DAY)
    assert (case.state, case.handover, decision.events) == (before.state, None, ())
    assert case.history[-1].type == "request.delivered", "its person may read of it"
    others = {name: due for name, due in timers(request).items() if name != GRANTED_BEFORE}
    assert timers(state_of(decision)) == others
    assert refusal(lambda: hand_over(decision.state, HANDED, world(MORNING + 2 * DAY))).code == "ILLEGAL_MOVE"


def test_two_outputs_are_handed_over_each_for_itself() -> None:
    ready = state_of(decided_again(state_of(objects(a_permit(PARTIAL))), GRANTED, MORNING + DAY))
    waiting = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    closed = hand_over(waiting, HANDED, world(MORNING + DAY))
    assert move_of(closed).moves == ("request.delivered", "request.closed")
    assert case_of(closed).earlier[0].handover is None
    both = case_of(hand_over(closed.state, HANDED, world(MORNING + DAY)))
    assert both.earlier[0].handover is not None


REMINDER, DUE = MORNING + 23 * DAY, MORNING + 30 * DAY
"""Of what was announced on Monday 1405/09/02, as of any output."""


def calls(request: Request, now: Any) -> Decision[Request]:
    """The desk has told its person that it waits."""
    command = Remind.model_validate({"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER})
    return reminding.by_desk(request, command, world(now))


def later(request: Request, now: Any) -> Decision[Request]:
    return fell_due(request, TimerFired(name=GRANTED_BEFORE, due=now), world(now))


def test_what_was_granted_is_called_for_by_the_desk_and_given_up_after_notice_and_grace() -> None:
    """No message reminds of it, since the case is about the rest by now; and it does not wait for ever."""
    request = state_of(objects(a_permit(PARTIAL)))
    assert timers(request)[GRANTED_BEFORE] == REMINDER
    to_call = state_of(later(request, REMINDER))
    assert the_case(to_call).attention == (Attention.REMIND_TO_COLLECT,)
    assert GRANTED_BEFORE not in timers(to_call), "the desk is to call: nothing happens by itself"
    told = state_of(calls(to_call, REMINDER + DAY))
    closes = timers(told)[GRANTED_BEFORE]
    assert (the_case(told).attention, closes) == ((), at("1405/10/08 10:00"))
    over = later(told, closes)
    collection = case_of(over).earlier[0].collection
    assert collection is not None
    assert collection.uncollected_at == closes
    assert (case_of(over).state, over.events) == (the_case(told).state, ())
    assert GRANTED_BEFORE not in timers(state_of(over))
    assert refusal(lambda: hand_over(over.state, HANDED, world(closes))).code == "ILLEGAL_MOVE"


def test_of_what_a_message_had_reminded_before_the_objection_the_desk_calls_at_the_deadline() -> None:
    """Its word would be about a round that is over."""
    reminded = state_of(fell_due(a_permit(PARTIAL), TimerFired(name=COLLECTION, due=REMINDER), world(REMINDER)))
    in_time = the_case(reminded).model_copy(update={"objection_days": 40})
    request = state_of(objects(reminded.model_copy(update={"case": in_time}), REMINDER + DAY))
    assert timers(request)[GRANTED_BEFORE] == DUE


def test_of_a_second_output_a_message_reminds_though_the_desk_has_not_called_about_the_first() -> None:
    to_call = state_of(later(state_of(objects(a_permit(PARTIAL))), REMINDER))
    ready = state_of(decided_again(to_call, GRANTED, REMINDER + DAY))
    waiting = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(REMINDER + DAY)))
    collection = the_case(waiting).collection
    assert collection is not None
    assert timers(waiting)[COLLECTION] == collection.remind_at
    timer = TimerFired(name=COLLECTION, due=collection.remind_at)
    reminded = fell_due(waiting, timer, world(collection.remind_at))
    assert move_of(reminded).moves == ("request.collection-reminded",)
    at_its_end = state_of(fell_due(state_of(reminded), timer, world(collection.due)))
    assert COLLECTION not in timers(at_its_end), "nobody knows whether the message came: the desk is to call"


def test_one_call_tells_of_two_outputs() -> None:
    ready = state_of(decided_again(state_of(objects(a_permit(PARTIAL))), GRANTED, MORNING + DAY))
    waiting = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), world(MORNING + DAY)))
    case = the_case(state_of(calls(waiting, MORNING + 2 * DAY)))
    (over,) = case.earlier
    assert case.collection is not None
    assert over.collection is not None
    assert case.collection.noticed_at == over.collection.noticed_at == MORNING + 2 * DAY


def test_nothing_is_handed_over_of_an_earlier_round_that_had_nothing_to_collect_or_was_given_up() -> None:
    request = state_of(objects(a_permit(REFUSED)))
    assert refusal(lambda: hand_over(request, HANDED, world())).code == "ILLEGAL_MOVE"
    (over,) = the_case(state_of(objects(a_permit(PARTIAL)))).earlier
    assert over.collection is not None
    given_up = over.model_copy(update={"collection": over.collection.model_copy(update={"uncollected_at": MORNING})})
    case = the_case(request).model_copy(update={"earlier": (given_up,)})
    shut = request.model_copy(update={"case": case})
    assert refusal(lambda: hand_over(shut, HANDED, world())).code == "ILLEGAL_MOVE"
