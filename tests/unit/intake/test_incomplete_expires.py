"""Documents that do not come: reminded of, and nobody is dropped unheard.

Domain 3 (INCOMPLETE -> EXPIRED only after notice and grace), 12.10.
"""

from datetime import datetime
from typing import Any

import pytest

from services.contracts.decision import Decision, TimerFired
from services.contracts.intake_commands import Expire, Remind, ReturnFromKiosk, Withdraw
from services.intake.domain import reminding, returning, withdrawing
from services.intake.domain.awaiting import DOCUMENTS
from services.intake.domain.case_parts import Attention
from services.intake.domain.due import fell_due, timers
from services.intake.domain.noticed import notice_moved
from services.intake.domain.request import Request
from services.intake.views import work_item
from tests.unit.intake.awaiting_documents import CONTRACT, PLAN, UNTIL, awaited, bring, incomplete, refused
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    TAX_OFFICER,
    an_agent,
    at,
    case_of,
    file_at_desk,
    move_of,
    notice,
    person,
    state_of,
    world,
)

REMINDER = at("1405/09/11 10:00")
"""Two working days before."""
CLOSES = at("1405/09/19 09:10")
"""Five working days of grace after the deadline: a Thursday, whose half day has the same share behind it."""


def waits(request: Request) -> dict[str, datetime]:
    """What comes next of the documents, beside the visit that is promised."""
    return {name: at for name, at in timers(request).items() if not name.startswith("visit:")}


def time_passes(request: Request, now: datetime) -> Decision[Request]:
    return fell_due(request, TimerFired(name=DOCUMENTS, due=now), world(now))


def word(request: Request, move: str, now: datetime | str, name: str = "INCOMPLETE") -> Request:
    return state_of(notice_moved(request, notice(request, move, now, name=name), world(now)))


def desk_calls(
    request: Request, now: datetime | str, officer: str = PERMITS_OFFICER, **fields: Any
) -> Decision[Request]:
    command = Remind.model_validate({"toldTo": "APPLICANT", "officerId": officer} | fields)
    return reminding.by_desk(request, command, world(now))


def attention(request: Request) -> tuple[Attention, ...]:
    assert request.case is not None
    return request.case.attention


def test_two_working_days_before_the_deadline_the_citizen_is_reminded_once() -> None:
    request = incomplete()
    assert waits(request) == {DOCUMENTS: REMINDER}
    decision = time_passes(request, REMINDER)
    assert move_of(decision).moves == ("request.documents-reminded",)
    assert waits(state_of(decision)) == {DOCUMENTS: UNTIL}
    assert time_passes(state_of(decision), REMINDER).events == ()


def test_it_expires_only_after_a_delivered_notice_and_its_grace() -> None:
    reminded = state_of(time_passes(incomplete(), REMINDER))
    told = word(reminded, "message.delivered", "1405/09/11 10:05", "DOCUMENTS_REMINDER")
    assert waits(told) == {DOCUMENTS: CLOSES}
    assert time_passes(told, UNTIL).events == ()
    event = move_of(time_passes(told, CLOSES))
    assert (event.moves[0], event.state, event.awaited) == ("request.expired", "EXPIRED", None)


def test_the_first_message_is_a_notice_too_and_the_reminder_still_goes_out() -> None:
    told = word(incomplete(), "message.delivered", "1405/09/02 10:01")
    assert waits(told) == {DOCUMENTS: REMINDER}
    reminded = time_passes(told, REMINDER)
    assert move_of(reminded).moves == ("request.documents-reminded",)
    assert waits(state_of(reminded)) == {DOCUMENTS: CLOSES}


def test_a_late_notice_gives_the_whole_grace() -> None:
    reminded = state_of(time_passes(incomplete(), REMINDER))
    unheard = state_of(time_passes(reminded, UNTIL))
    told = word(unheard, "message.delivered", "1405/09/16 10:00", "DOCUMENTS_REMINDER")
    assert waits(told) == {DOCUMENTS: at("1405/09/22 10:00")}
    assert attention(told) == ()


def test_a_second_notice_does_not_lengthen_the_grace() -> None:
    told = word(incomplete(), "message.delivered", "1405/09/02 10:01")
    reminded = state_of(time_passes(told, REMINDER))
    again = word(reminded, "message.delivered", "1405/09/16 10:00", "DOCUMENTS_REMINDER")
    assert waits(again) == {DOCUMENTS: CLOSES}


def test_word_of_a_message_that_was_made_before_anything_was_asked_for_tells_of_something_else() -> None:
    late = notice(incomplete(), "message.delivered", "1405/09/03 10:00", name="SUSPENDED")
    older = late.model_copy(update={"created_at": at("1405/09/02 09:59")})
    assert awaited(state_of(notice_moved(incomplete(), older, world("1405/09/03 10:00")))).noticed_at is None
    its_own = late.model_copy(update={"created_at": at("1405/09/02 10:00")})
    assert awaited(state_of(notice_moved(incomplete(), its_own, world("1405/09/03 10:00")))).noticed_at is not None


def test_whoever_was_never_told_keeps_the_case_and_the_desk_sees_it() -> None:
    unheard = state_of(time_passes(state_of(time_passes(incomplete(), REMINDER)), UNTIL))
    assert (attention(unheard), waits(unheard)) == ((Attention.REMIND_OF_DOCUMENTS,), {})
    item = work_item(unheard, at("1405/09/15 10:00"))
    assert (item["deadline"], item["overdue"]) == ("2026-12-05T06:30:00Z", True)
    called = state_of(desk_calls(unheard, "1405/09/15 10:00"))
    assert (attention(called), waits(called)) == ((), {DOCUMENTS: at("1405/09/21 10:00")})
    assert case_of(time_passes(called, at("1405/09/21 10:00"))).state == "EXPIRED"


def test_whoever_left_no_mobile_is_called_by_the_desk_on_the_day_of_the_reminder() -> None:
    decision = time_passes(incomplete(applicant=person(mobile=None)), REMINDER)
    assert (decision.events, attention(state_of(decision))) == ((), (Attention.REMIND_OF_DOCUMENTS,))
    early = state_of(desk_calls(incomplete(applicant=person(mobile=None)), "1405/09/03 10:00"))
    later = state_of(time_passes(early, REMINDER))
    assert (attention(later), waits(later)) == ((), {DOCUMENTS: CLOSES})


@pytest.mark.parametrize("move", ["message.failed", "message.expired", "message.suppressed", "message.unknown"])
def test_a_message_that_was_given_up_lets_the_desk_call(move: str) -> None:
    assert attention(word(incomplete(), move, "1405/09/03 10:00")) == (Attention.REMIND_OF_DOCUMENTS,)


def test_the_desk_says_that_it_has_told_only_where_something_is_awaited_and_only_its_officers_do() -> None:
    assert refused(desk_calls, incomplete(), "1405/09/03 10:00", TAX_OFFICER).code == "NOT_AUTHORISED"
    promised = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert refused(desk_calls, promised, "1405/09/03 10:00").code == "NOTHING_TO_COLLECT"


def test_a_representative_is_told_only_where_one_speaks_for_the_applicant() -> None:
    """Else the grace would run though nobody had been told."""
    request = incomplete()
    assert refused(desk_calls, request, REMINDER, toldTo="REPRESENTATIVE").code == "NO_REPRESENTATIVE"
    told = state_of(desk_calls(request, REMINDER, toldTo="REPRESENTATIVE", representative=an_agent()))
    assert told.case is not None
    assert told.case.representative is not None
    assert awaited(told).noticed_at == REMINDER


def test_12_10_what_was_brought_or_taken_back_is_not_reminded_of_and_does_not_expire() -> None:
    told = word(incomplete(), "message.delivered", "1405/09/02 10:01")
    complete = state_of(bring(state_of(bring(told, PLAN)), CONTRACT))
    taken_back = state_of(
        withdrawing.withdraw(
            told,
            Withdraw.model_validate({"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}),
            world("1405/09/04 10:00"),
        )
    )
    for over in (complete, taken_back):
        for moment in (REMINDER, UNTIL, CLOSES):
            assert time_passes(over, moment).events == ()
        assert DOCUMENTS not in timers(over)
    assert word(complete, "message.failed", "1405/09/06 10:00") == complete


def test_a_desk_does_not_end_it_by_hand_nor_takes_it_for_a_redirect() -> None:
    expire = Expire.model_validate({"officerId": PERMITS_OFFICER})
    back = ReturnFromKiosk.model_validate({"cause": "SHUT", "officerId": PERMITS_OFFICER})
    for refusal in (
        refused(returning.expired, incomplete(), expire, world(CLOSES)),
        refused(returning.taken_back, incomplete(), back, world(CLOSES)),
    ):
        assert (refusal.code, refusal.facts["from"]) == ("ILLEGAL_MOVE", "INCOMPLETE")
