"""An output waits for its person: reminded, handed over with the identity noted, or closed after notice (domain 3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.contracts.decision import Decision, Refused, TimerFired
from services.contracts.intake_commands import HandOver, Remind
from services.contracts.routing import ResultKind
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.case_parts import Attention, Collection
from services.intake.domain.closing import hand_over
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.due import fell_due, timers
from services.intake.domain.noticed import notice_moved
from services.intake.domain.reminding import by_desk
from services.intake.domain.request import Request
from services.intake.settings import Settings
from services.worktime import jalali_text
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    TAX_OFFICER,
    an_agent,
    announcement,
    answered,
    at,
    case_of,
    file_at_desk,
    move_of,
    notice,
    person,
    shut_on,
    state_of,
    world,
)
from tests.unit.intake.edge import Intake

DUE = at("1405/10/02 10:00")
"""Thirty days after the announcement of 1405/09/02 10:00."""
REMINDER = DUE - timedelta(days=7)
CLOSES = at("1405/10/08 10:00")
"""Five working days after the deadline, a Wednesday: Thursday is a working day there, Friday is not."""


def a_permit(**changes: Any) -> Request:
    """It waits at the desk since Monday 1405/09/02 10:00."""
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, applicant=person(**changes)))
    return state_of(told_at_desk(state_of(answered(filed)), announcement(PERMITS_OFFICER), world()))


def collection(request: Request) -> Collection:
    assert request.case is not None
    assert request.case.collection is not None
    return request.case.collection


def next_due(request: Request) -> datetime | None:
    return timers(request).get(COLLECTION)


def time_passes(request: Request, now: datetime) -> Decision[Request]:
    return fell_due(request, TimerFired(name=COLLECTION, due=now), world(now))


def reminded(request: Request) -> Request:
    return state_of(time_passes(request, REMINDER))


def reminder(request: Request, move: str, now: datetime) -> Decision[Request]:
    return notice_moved(request, notice(request, move, now, name="COLLECTION_REMINDER"), world(now))


def desk_calls(request: Request, now: datetime, officer: str = PERMITS_OFFICER) -> Decision[Request]:
    command = Remind.model_validate({"toldTo": "APPLICANT", "officerId": officer})
    return by_desk(request, command, world(now))


def attention(request: Request) -> tuple[Attention, ...]:
    assert request.case is not None
    return request.case.attention


def test_an_output_waits_thirty_days_and_its_person_is_reminded_a_week_before() -> None:
    request = a_permit()
    assert (collection(request).due, next_due(request)) == (DUE, REMINDER)
    decision = time_passes(request, REMINDER)
    assert move_of(decision).moves == ("request.collection-reminded",)
    assert (move_of(decision).collect_by, move_of(decision).collected) == (DUE, None)
    assert case_of(decision).state == "COLLECTION_DUE"
    assert time_passes(state_of(decision), REMINDER + timedelta(seconds=5)).events == (), "reminded once"


def test_the_grace_is_counted_by_the_days_that_the_desk_was_open_on() -> None:
    """It is shut on the five working days from the deadline on: its person could not have come."""
    told = state_of(reminder(reminded(a_permit()), "message.delivered", REMINDER + timedelta(minutes=2)))
    shut = shut_on(PERMITS_DESK, "1405/10/03", "1405/10/05", "1405/10/06", "1405/10/07", "1405/10/08")
    waits = fell_due(told, TimerFired(name=COLLECTION, due=CLOSES), world(CLOSES, shut))
    assert (case_of(waits).state, waits.events) == ("COLLECTION_DUE", ())
    closes = next_due(state_of(waits))
    assert closes is not None
    assert closes > CLOSES + timedelta(days=5)
    closed = fell_due(state_of(waits), TimerFired(name=COLLECTION, due=closes), world(closes, shut))
    assert case_of(closed).state == "CLOSED"


def test_after_a_confirmed_reminder_and_the_grace_the_case_is_closed_uncollected() -> None:
    told = state_of(reminder(reminded(a_permit()), "message.delivered", REMINDER + timedelta(minutes=2)))
    assert (collection(told).noticed_at, next_due(told)) == (REMINDER + timedelta(minutes=2), CLOSES)
    assert time_passes(told, DUE).state == told, "the deadline alone closes nothing: there is a grace"
    closed = time_passes(told, CLOSES)
    assert (move_of(closed).moves, move_of(closed).collected) == (("request.closed",), False)
    assert (case_of(closed).state, case_of(closed).collected()) == ("CLOSED", False)
    assert timers(state_of(closed)) == {}


def test_an_output_waits_until_a_day_on_which_its_desk_is_open() -> None:
    """The staff work from home on the thirtieth day: nobody could fetch anything then (domain 6)."""
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    remote = world(MORNING, shut_on(PERMITS_DESK, "1405/10/02"))
    waiting = state_of(told_at_desk(state_of(answered(filed)), announcement(PERMITS_OFFICER), remote))
    assert at("1405/10/03 00:00") < collection(waiting).due < at("1405/10/03 12:00")


def test_nobody_is_reminded_of_a_day_on_which_the_desk_is_known_by_then_to_be_shut() -> None:
    """The day was closed after the output was announced for it: who comes on the last day would come in vain."""
    shut = world(REMINDER, shut_on(PERMITS_DESK, "1405/10/02"))
    waits = fell_due(a_permit(), TimerFired(name=COLLECTION, due=REMINDER), shut)
    due = collection(state_of(waits)).due
    assert at("1405/10/03 00:00") < due < at("1405/10/03 12:00")
    assert waits.events == (), "a week before that"
    asked = next_due(state_of(waits))
    assert asked == due - timedelta(days=7)
    there = world(due - timedelta(days=7), shut_on(PERMITS_DESK, "1405/10/02"))
    told = fell_due(state_of(waits), TimerFired(name=COLLECTION, due=asked), there)
    assert (move_of(told).moves, move_of(told).collect_by) == (("request.collection-reminded",), due)


def test_the_grace_counts_days_on_which_somebody_could_come() -> None:
    """Two of the five days the desk is shut: the case stays open until Thursday, which is a short day."""
    moment = REMINDER + timedelta(minutes=2)
    shut = world(moment, shut_on(PERMITS_DESK, "1405/10/06", "1405/10/07"))
    delivered = notice(reminded(a_permit()), "message.delivered", moment, name="COLLECTION_REMINDER")
    told = state_of(notice_moved(reminded(a_permit()), delivered, shut))
    closes = collection(told).closes_at
    assert closes is not None
    assert jalali_text(closes) == "1405/10/10 09:10"


@pytest.mark.parametrize("word", ["message.created", "message.sent"])
def test_a_reminder_on_its_way_is_no_notice(word: str) -> None:
    request = reminded(a_permit())
    assert reminder(request, word, REMINDER).state is request


@pytest.mark.parametrize("word", ["message.failed", "message.unknown", "message.expired"])
def test_without_notice_nothing_is_ever_closed_and_the_desk_is_asked_to_call(word: str) -> None:
    failed = state_of(reminder(reminded(a_permit()), word, REMINDER + timedelta(hours=1)))
    assert (attention(failed), timers(failed)) == ((Attention.REMIND_TO_COLLECT,), {})
    years_later = time_passes(failed, DUE + timedelta(days=2000))
    assert (years_later.state, years_later.events) == (failed, ())
    called = state_of(desk_calls(failed, DUE + timedelta(days=10)))
    assert attention(called) == ()
    late = next_due(called)
    assert late is not None
    assert late > DUE + timedelta(days=14), "a notice after the deadline leaves the whole grace"
    assert case_of(time_passes(called, late)).state == "CLOSED"


def test_a_reminder_that_nothing_is_heard_of_is_the_desks_at_the_deadline() -> None:
    request = reminded(a_permit())
    assert next_due(request) == DUE
    assert attention(state_of(time_passes(request, DUE))) == (Attention.REMIND_TO_COLLECT,)


def test_whoever_left_no_mobile_is_called_by_the_desk() -> None:
    decision = time_passes(a_permit(mobile=None), REMINDER)
    assert decision.events == (), "there is no message to ask for"
    assert case_of(decision).attention == (Attention.REMIND_TO_COLLECT,)
    called = state_of(desk_calls(state_of(decision), REMINDER + timedelta(hours=1)))
    assert (collection(called).noticed_at, next_due(called)) == (REMINDER + timedelta(hours=1), CLOSES)


def test_a_second_notice_moves_nothing() -> None:
    called = state_of(desk_calls(a_permit(), MORNING + timedelta(days=1)))
    assert desk_calls(called, MORNING + timedelta(days=20)).state == called
    assert reminder(called, "message.failed", REMINDER).state == called


def test_what_does_not_wait_is_not_reminded_of() -> None:
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    with pytest.raises(Refused) as refused:
        desk_calls(filed, MORNING)
    assert refused.value.code == "NOTHING_TO_COLLECT"
    with pytest.raises(Refused) as foreign:
        desk_calls(a_permit(), MORNING, TAX_OFFICER)
    assert foreign.value.code == "NOT_AUTHORISED"


@pytest.mark.parametrize("who", ["APPLICANT", "REPRESENTATIVE"])
def test_a_handover_notes_who_took_it_and_who_saw_their_identity(who: str) -> None:
    request = state_of(time_passes(a_permit(mobile=None), REMINDER))
    body = {"collectedBy": who, "identitySeen": True, "officerId": PERMITS_OFFICER}
    command = HandOver.model_validate(body | ({"representative": an_agent()} if who == "REPRESENTATIVE" else {}))
    decision = hand_over(request, command, world(REMINDER))
    handover = case_of(decision).handover
    assert handover is not None
    assert (handover.collected_by, handover.identity_seen, handover.officer_id, handover.at) == (
        who,
        True,
        PERMITS_OFFICER,
        REMINDER,
    )
    assert (move_of(decision).collected, case_of(decision).attention) == (True, ())
    assert timers(state_of(decision)) == {}
    assert time_passes(state_of(decision), CLOSES).events == ()


def test_of_a_refusal_nothing_is_collected() -> None:
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    refused = answered(filed, kind=ResultKind.REFUSED, ground="بند ۳")
    told = told_at_desk(state_of(refused), announcement(PERMITS_OFFICER), world())
    assert (case_of(told).state, case_of(told).collection, move_of(told).collect_by) == ("CLOSED", None, None)


@pytest.mark.parametrize("days", [{"collect_reminder_days": 0}, {"collect_days": 7}, {"collect_days": 5}])
def test_the_reminder_comes_before_the_deadline_and_after_the_announcement(days: dict[str, Any]) -> None:
    """Else it would fall due with the deadline, or with the announcement itself."""
    with pytest.raises(ValidationError):
        Settings(**days)
    assert Settings(collect_days=8).rules().collection_reminded_before == timedelta(days=7)


async def test_the_desk_reads_in_its_list_whom_to_call_and_the_case_tells_the_rest(intake: Intake) -> None:
    filed = await intake.file(applicant=person(mobile=None), representative=an_agent(mobile=None))
    id = filed.json()["requestId"]
    await intake.unit_answers(id)
    body = {"toldTo": "REPRESENTATIVE", "identitySeen": False, "officerId": PERMITS_OFFICER}
    told = (await intake.post(f"/v1/requests/{id}/announce", body)).json()
    assert (told["announced"]["toldTo"], told["announced"]["identitySeen"]) == ("REPRESENTATIVE", False)
    assert (told["collection"]["dueLocal"], told["collection"]["collected"]) == ("1405/10/02 10:00", None)
    shown = {"due", "dueLocal", "remindAt", "remindedAt", "noticedAt", "closesAt", "uncollectedAt", "collected"}
    assert set(told["collection"]) == shown, "nothing that the rules keep for themselves"
    await intake.memory.tick(days=23)
    (item,) = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert (item["attention"], item["deadlineLocal"]) == (["REMIND_TO_COLLECT"], "1405/10/02 10:00")
    body = {"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER}
    done = await intake.post(f"/v1/requests/{id}/remind", body)
    assert (done.status_code, done.json()["collection"]["noticedAt"]) == (200, "2026-12-16T06:30:00Z")
    assert (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"] == []
    await intake.memory.tick(days=20)
    closed = (await intake.http.get(f"/v1/requests/{id}")).json()
    assert (closed["state"], closed["collection"]["collected"]) == ("CLOSED", False)
