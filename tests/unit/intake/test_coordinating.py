"""A desk asks units and sends its person to one: the case follows what routing says (domain 1.4, 3; I1, I2, I6)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.coordination import NotConfirmed, ReferralState
from services.contracts.decision import Decision, Refused, TimerFired
from services.contracts.intake_commands import DecideOnSpot, ExtendPromise, Remind, Withdraw
from services.contracts.routing import ResultKind, WorkMoved
from services.contracts.wire import instant_text
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention
from services.intake.domain.coordinating import OF_UNITS, SLOT
from services.intake.domain.due import timers
from services.intake.domain.extending import ExtensionOf
from services.intake.domain.request import Request
from tests.unit.intake.asked_units import REVENUE, AskedUnits, slot_at
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    a_result,
    answered,
    at,
    case_of,
    file_at_desk,
    happens,
    move_of,
    notice,
    outcome_of,
    outcomes_of,
    person,
    state_of,
    submit,
    work,
    world,
)
from tests.unit.intake.happenings import PROVINCE, SERVICE, by_two
from tests.unit.intake.standing_still import goes_on, stands_still

SLOT_ON_WEDNESDAY = slot_at(at("1405/09/04 10:00"))
LATER = slot_at(at("1405/09/10 10:00"))


def filed(**fields: Any) -> Request:
    """By a sheet that lets the desk decide at once."""
    asked = {"notOnSpotReason": "NEEDS_UNIT"} | fields
    return state_of(file_at_desk(SERVICE, PERMITS_DESK, PERMITS_OFFICER, world(MORNING, *PROVINCE), **asked))


class Told:
    """One case, what routing says of it, and the last decision."""

    def __init__(self, **fields: Any) -> None:
        self.request, self.units, self.now = filed(**fields), AskedUnits(), MORNING
        self.decision: Decision[Request] = Decision(self.request)

    def hears(self, message: WorkMoved | TimerFired) -> "Told":
        self.decision = happens(self.request, message, world(self.now))
        self.request = state_of(self.decision)
        return self

    def says(self, word: Callable[..., WorkMoved], *what: object) -> "Told":
        return self.hears(word(self.request, *what, now=self.now))

    def works(self, *moves: str) -> "Told":
        return self.hears(self.units.seen_with(work(self.request, *moves, now=self.now)))

    def asked(self) -> "Told":
        return self.says(self.units.ask)

    def confirmed(self, slot: object = SLOT_ON_WEDNESDAY) -> "Told":
        return self.asked().says(self.units.confirm, slot)

    def sent(self, slot: object = SLOT_ON_WEDNESDAY) -> "Told":
        return self.confirmed(slot).says(self.units.refer).says(self.units.issue)

    def until(self, moment: datetime) -> "Told":
        self.now = moment
        return self

    @property
    def case(self) -> Case:
        assert self.request.case is not None
        return self.request.case

    @property
    def attention(self) -> set[Attention]:
        return set(self.case.attention)

    def verbs(self) -> tuple[str, ...]:
        return move_of(self.decision).moves if self.decision.events else ()


def test_a_question_is_coordinating_and_its_answer_returns_the_case_to_the_state_it_left() -> None:
    told = Told().asked()
    assert (told.case.state, told.verbs()) == ("COORDINATING", ("request.coordinating",))
    told.says(told.units.decline, NotConfirmed.NOT_NEEDED)
    assert (told.case.state, told.verbs()) == ("PROMISED", ("request.returned",))
    assert told.case.attention == (), "the unit goes on without the citizen: nothing is left to the desk"
    told.works("task.started").asked().says(told.units.lapse)
    assert told.case.state == "IN_PROGRESS"


def test_a_referral_that_is_issued_is_referred_and_each_end_returns_the_case() -> None:
    told = Told().works("task.started").sent()
    assert (told.case.state, told.verbs()) == ("REFERRED", ("request.referred",))
    told.until(SLOT_ON_WEDNESDAY.since).says(told.units.end, "ATTENDED", "SEEN")
    assert (told.case.state, told.verbs(), told.case.attention) == ("IN_PROGRESS", ("request.returned",), ())


def test_I12_the_event_says_where_when_and_how_it_ended_and_no_more_of_units() -> None:
    told = Told().sent()
    event = move_of(told.decision)
    assert event.referral is not None
    assert (event.referral.state, event.referral.slot) == ("ISSUED", SLOT_ON_WEDNESDAY)
    assert (event.referral.unit_name, event.referral.contact.room) == ("ادارهٔ صدور پروانه‌های ساختمانی", "212")
    assert event.referral.told_at == event.occurred_at
    assert "coordination" not in event.to_json().decode()
    told.says(told.units.end, "CANCELLED", "BY_UNIT")
    assert move_of(told.decision).referral == event.referral.model_copy(
        update={"state": ReferralState.CANCELLED, "outcome": "BY_UNIT"}
    )


def test_work_that_begins_meanwhile_is_told_and_the_case_returns_to_it() -> None:
    told = Told().asked().works("task.started")
    assert (told.case.state, told.verbs()) == ("COORDINATING", ("request.started",))
    told.says(told.units.lapse)
    assert told.case.state == "IN_PROGRESS"


def test_a_confirmed_slot_in_which_nobody_is_sent_ends_when_it_begins_with_no_word_of_routing() -> None:
    told = Told().confirmed()
    assert told.case.attention == (Attention.SEND_TO_UNIT,)
    due = timers(told.request)[SLOT]
    assert due == SLOT_ON_WEDNESDAY.since
    told.until(due).hears(TimerFired(name=SLOT, due=due))
    assert (told.case.state, told.verbs()) == ("PROMISED", ("request.returned",))
    assert told.case.attention == (Attention.SLOT_UNUSED,)
    assert SLOT not in timers(told.request), "once"


def test_a_slot_that_is_used_has_no_timer_of_the_case() -> None:
    told = Told().confirmed()
    told.says(told.units.refer)
    assert SLOT not in timers(told.request)


def test_two_units_are_asked_at_once_and_the_case_returns_when_nothing_is_under_way() -> None:
    told = Told().sent()
    told.hears(told.units.ask(told.request, told.now, unit=REVENUE))
    assert (told.case.state, told.verbs()) == ("REFERRED", ()), "the citizen is sent"
    told.says(told.units.end, "ATTENDED", "SEEN")
    assert (told.case.state, told.verbs()) == ("COORDINATING", ("request.returned", "request.coordinating"))
    told.says(told.units.lapse)
    assert told.case.state == "PROMISED"


def test_who_is_sent_to_two_units_hears_of_each() -> None:
    told = Told().sent().sent(LATER)
    assert (told.case.state, told.verbs()) == ("REFERRED", ("request.referred",))
    told.hears(told.units.end(told.request, "MISSED", "MAY_REBOOK", told.now, number=1))
    assert (told.case.state, told.verbs()) == ("REFERRED", ("request.returned",))


# what stands still


def test_what_stands_still_stays_so_and_its_person_is_sent_all_the_same() -> None:
    told = Told().works("task.started").asked()
    told.hears(told.units.seen_with(stands_still(told.request, "architectural-plan")))
    assert (told.case.state, told.verbs()) == ("SUSPENDED", ("request.suspended",))
    told.hears(still(told, told.units.confirm(told.request, SLOT_ON_WEDNESDAY)))
    told.hears(still(told, told.units.refer(told.request)))
    told.hears(still(told, told.units.issue(told.request)))
    assert (told.case.state, told.verbs()) == ("SUSPENDED", ("request.referred",))


def still(told: Told, word: WorkMoved) -> WorkMoved:
    return word.model_copy(update={"clock": stands_still(told.request, "architectural-plan").clock})


def suspended(told: Told) -> Told:
    told.hears(told.units.seen_with(stands_still(told.request, "architectural-plan")))
    assert told.case.state == "SUSPENDED"
    return told


def goes(told: Told) -> Told:
    return told.hears(told.units.seen_with(goes_on(told.request, told.now, "architectural-plan")))


def test_it_goes_on_where_units_have_it_by_then() -> None:
    told = goes(suspended(Told().works("task.started").sent()))
    assert (told.case.state, told.verbs()) == ("REFERRED", ("request.resumed",)), "they were told of it once"
    told = suspended(told)
    told.hears(still(told, told.units.end(told.request, "ATTENDED", "SEEN", told.now)))
    assert (told.case.state, told.verbs()) == ("SUSPENDED", ("request.returned",))
    assert goes(told).case.state == "IN_PROGRESS"


def test_a_kiosk_office_hears_of_the_work_and_not_of_units() -> None:
    """Its states are those of its contract: SUSPENDED, and PROMISED or IN_PROGRESS when it goes on."""
    told = Told()
    told.request = state_of(submit())
    told.works("task.started").sent()
    assert outcomes_of(told.decision) == []
    told = goes(suspended(told))
    assert (told.case.state, outcome_of(told.decision).state) == ("REFERRED", "IN_PROGRESS")


def test_what_was_promised_alone_stands_still_with_a_unit_asked_and_returns_to_its_promise() -> None:
    told = suspended(Told().asked())
    told.hears(still(told, told.units.lapse(told.request, told.now)))
    assert goes(told).case.state == "PROMISED"


# the result, and what ends it


def test_a_result_ends_it_and_who_was_on_the_way_hears_that_they_need_not_go() -> None:
    told = Told().works("task.started").sent()
    result = told.units.seen_with(work(told.request, "task.answered", "result.decided", result=a_result()))
    told.hears(result)
    assert (told.case.state, told.verbs()) == ("RESULT_READY", ("request.returned", "request.result-ready"))
    told.says(told.units.end, "CANCELLED", "WORK_ENDED")
    assert (told.case.state, told.verbs()) == ("RESULT_READY", ("request.returned",))
    assert told.case.attention == ()


def test_a_result_after_the_visit_says_nothing_more_of_it() -> None:
    told = Told().sent()
    told.hears(told.units.seen_with(work(told.request, "task.answered", "result.decided", result=a_result())))
    assert told.verbs() == ("request.returned", "request.started", "request.result-ready")
    told.says(told.units.end, "ATTENDED", "SEEN")
    assert told.verbs() == ()


def test_a_result_takes_away_what_units_left_to_the_desk() -> None:
    told = Told().asked()
    told.says(told.units.lapse)
    assert told.case.attention == (Attention.UNIT_SILENT,)
    told.hears(told.units.seen_with(work(told.request, "task.answered", "result.decided", result=a_result())))
    assert not set(OF_UNITS).intersection(told.case.attention)


def test_the_desk_decides_on_the_spot_before_a_unit_has_begun() -> None:
    told = Told().asked()
    done = DecideOnSpot.model_validate({"result": "PARTIAL", "ground": "بند ۳", "officerId": PERMITS_OFFICER})
    handed = {"handover": {"collectedBy": "APPLICANT", "identitySeen": True}}
    done = DecideOnSpot.model_validate(done.to_wire() | handed)
    decision = happens(told.request, done, world(told.now, *PROVINCE))
    assert case_of(decision).state == "CLOSED"
    assert move_of(decision).moves[:2] == ("request.returned", "request.done-on-spot")
    begun = Told().asked().works("task.started")
    with pytest.raises(Refused, match="COORDINATING"):
        happens(begun.request, done, world(told.now, *PROVINCE))


def test_what_is_taken_back_releases_everything_and_is_nobodys_work() -> None:
    told = Told().sent()
    back = Withdraw.model_validate({"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER})
    told.request = state_of(happens(told.request, back, world(told.now)))
    told.says(told.units.end, "CANCELLED", "WORK_ENDED")
    assert (told.case.state, told.case.attention, told.verbs()) == ("WITHDRAWN", (), ())


def test_a_promise_is_extended_and_broken_while_its_person_is_sent() -> None:
    told = Told().sent(LATER)
    promise = told.case.commitments[0]
    to = instant_text(promise.promised_at + timedelta(days=2))
    asked = ExtendPromise.model_validate({"to": to, "reason": "COMPLEX_CASE"} | by_two(told.case))
    told.request = state_of(happens(told.request, ExtensionOf(promise_id=promise.id, asked=asked), world(told.now)))
    assert told.case.commitments[0].moves[-1].kind == "EXTENDED"
    name, due = next(each for each in timers(told.request).items() if each[0].startswith("promise:"))
    told.until(due).hears(TimerFired(name=name, due=due))
    assert (told.case.state, told.case.commitments[0].state) == ("REFERRED", "BROKEN")


# what comes to nothing is work for the desk


@pytest.mark.parametrize(
    ("reason", "attention"),
    [
        (NotConfirmed.NO_ROOM, (Attention.UNIT_DECLINED,)),
        (NotConfirmed.NOT_OURS, (Attention.UNIT_DECLINED,)),
        (NotConfirmed.NOT_NEEDED, ()),
    ],
)
def test_a_unit_that_declines_is_work_for_the_desk_until_it_asks_again(
    reason: NotConfirmed, attention: tuple[Attention, ...]
) -> None:
    told = Told().asked()
    told.says(told.units.decline, reason)
    assert told.case.attention == attention
    assert told.asked().case.attention == ()


def test_a_proposal_waits_for_the_desk_and_what_it_lets_pass_stays_in_sight() -> None:
    told = Told().asked()
    told.says(told.units.propose, SLOT_ON_WEDNESDAY)
    assert told.case.attention == (Attention.UNIT_PROPOSES,)
    told.says(told.units.decline, NotConfirmed.NOT_ANSWERED)
    assert told.case.attention == (Attention.SLOT_UNUSED,)


def test_a_proposal_that_the_desk_accepts_is_to_be_used_and_then_approved() -> None:
    told = Told().asked()
    told.says(told.units.propose, SLOT_ON_WEDNESDAY).says(told.units.accept)
    assert told.case.attention == (Attention.SEND_TO_UNIT,)
    told.says(told.units.refer)
    assert told.case.attention == (Attention.APPROVE_REFERRAL,)
    told.until(SLOT_ON_WEDNESDAY.since).says(told.units.end, "LAPSED", "NOT_APPROVED")
    assert (told.case.attention, told.case.state) == ((Attention.SLOT_UNUSED,), "PROMISED")


@pytest.mark.parametrize(
    ("state", "outcome", "attention"),
    [
        ("MISSED", "MAY_REBOOK", Attention.REBOOK),
        ("CANCELLED", "BY_UNIT", Attention.REFERRAL_OFF),
        ("CANCELLED", "UNIT_SHUT", Attention.REFERRAL_OFF),
    ],
)
def test_a_referral_that_came_to_nothing_is_work_for_the_desk(state: str, outcome: str, attention: Attention) -> None:
    told = Told().sent()
    told.until(SLOT_ON_WEDNESDAY.until).says(told.units.end, state, outcome)
    assert told.case.attention == (attention,)
    assert told.case.commitments[0].state == "OPEN"
    told.confirmed(LATER)
    assert told.case.attention == (Attention.SEND_TO_UNIT,), "the desk has acted"


def test_who_misses_a_second_slot_releases_the_promise_of_the_answer() -> None:
    """Domain 3: one free rebooking. The case stays open, and its desk sees to it (I2)."""
    told = missed_twice()
    assert told.verbs() == ("request.returned", "commitment.released")
    assert told.case.commitments[0].state == "RELEASED"
    assert told.case.attention == (Attention.MISSED_AGAIN,)
    assert not any(name.startswith("promise:") for name in timers(told.request))
    decided = answered(told.request, told.now, ResultKind.GRANTED)
    assert (case_of(decided).state, case_of(decided).attention) == ("RESULT_READY", ())


def missed_twice() -> Told:
    told = Told().works("task.started").sent()
    told.until(SLOT_ON_WEDNESDAY.until).says(told.units.end, "MISSED", "MAY_REBOOK").sent(LATER)
    return told.until(LATER.until).says(told.units.end, "MISSED", "NO_MORE")


def test_I6_a_promise_that_was_broken_before_stays_broken() -> None:
    told = Told().sent(LATER)
    told.until(told.case.commitments[0].promised_at + timedelta(minutes=1)).says(told.units.end, "MISSED", "NO_MORE")
    assert told.verbs() == ("request.returned", "commitment.broken")
    assert told.case.commitments[0].state == "BROKEN"
    assert set(told.case.attention) == {Attention.PROMISE_BROKEN, Attention.MISSED_AGAIN}


# whom no message can tell


def test_whom_no_message_can_tell_the_desk_calls() -> None:
    told = Told(applicant=person(mobile=None)).sent()
    assert told.attention == {Attention.TELL_REFERRAL}
    called = Remind.model_validate({"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER})
    told.request = state_of(happens(told.request, called, world(told.now)))
    assert told.attention == set()
    told.says(told.units.end, "CANCELLED", "BY_UNIT")
    assert told.attention == {Attention.REFERRAL_OFF, Attention.TELL_REFERRAL}, "they would go in vain"


def test_a_message_that_came_to_nothing_is_a_call_and_one_that_came_late_is_none() -> None:
    told = Told().sent()
    failed = notice(told.request, "message.failed", name="REFERRED")
    told.request = state_of(happens(told.request, failed, world(told.now)))
    assert told.attention == {Attention.TELL_REFERRAL}
    came = notice(told.request, "message.delivered", name="REFERRED")
    told.request = state_of(happens(told.request, came, world(told.now)))
    assert told.attention == set()


def test_a_message_of_a_referral_that_is_over_calls_nobody() -> None:
    told = Told().sent()
    told.until(SLOT_ON_WEDNESDAY.until).says(told.units.end, "ATTENDED", "SEEN")
    late = notice(told.request, "message.failed", name="REFERRED")
    assert case_of(happens(told.request, late, world(told.now))).attention == ()


def test_a_word_that_is_known_changes_nothing() -> None:
    told = Told().asked()
    version = told.case.version
    told.works("clock.rung-fired")
    assert (told.case.version, told.verbs()) == (version, ())
