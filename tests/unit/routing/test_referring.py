"""The exception: a citizen is sent to a unit in a slot that it has confirmed (domain 1.4, 3; I1, I8)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.coordination import (
    REFERRAL_MOVES,
    Ground,
    NotConfirmed,
    ProposeReferral,
    Referral,
    ReferralOutcome,
    ReferralState,
    stage,
)
from services.contracts.registry import Desk, Shift
from services.routing.domain import referring
from services.routing.domain.coordinations import Moved, timers
from services.worktime.jalali import civil_day
from tests.unit.intake.cases import at
from tests.unit.routing.asked_units import (
    CLERK,
    HEAD,
    OTHER_CLERK,
    REVENUE,
    STRANGER,
    Asking,
    partial_officer,
    slots,
    units,
)
from tests.unit.routing.office import DESK, UNIT
from tests.unit.routing.test_coordinating import newest, refused

FIRST, SECOND = slots()[:2]
NEXT_DAY = slots("1405/09/04")[0]
PROPOSED, ISSUED, ATTENDED = ReferralState.PROPOSED, ReferralState.ISSUED, ReferralState.ATTENDED
MISSED, LAPSED, CANCELLED = ReferralState.MISSED, ReferralState.LAPSED, ReferralState.CANCELLED


def last(case: Asking) -> Referral:
    return case.known.referrals[-1]


def how(case: Asking) -> tuple[ReferralState, ReferralOutcome | None]:
    return last(case).state, last(case).outcome


def test_I1_nobody_is_sent_to_a_unit_that_has_not_confirmed_a_slot() -> None:
    case = Asking()
    wish = ProposeReferral(coordination_id="r1.c1", ground=Ground.ORIGINAL, officer_id=CLERK)
    assert refused(referring.proposed, case.known, case.case, wish, case.world).code == "UNKNOWN_COORDINATION"
    case.ask()
    assert refused(case.propose).code == "NOT_CONFIRMED"
    case.answer("PROPOSED", FIRST)
    refusal = refused(case.propose)
    assert (refusal.code, refusal.status, refusal.facts) == ("NOT_CONFIRMED", 409, {"state": "PROPOSED"})
    case.accept(accept=False)
    assert refused(case.propose).code == "NOT_CONFIRMED"
    confirmed = case.confirmed(FIRST)
    sent = case.propose()
    assert (sent.coordination_id, sent.unit_id, sent.slot) == (confirmed.id, confirmed.unit_id, confirmed.slot)


def test_the_desk_proposes_and_its_head_approves_with_all_that_the_citizen_needs() -> None:
    case = Asking()
    case.confirmed(FIRST, room="212")
    sent = case.propose()
    assert (sent.id, sent.state, sent.ground, sent.proposed_by) == ("r1.r1", PROPOSED, Ground.ORIGINAL, CLERK)
    assert (sent.contact.name, sent.contact.room, sent.expires_at) == ("ada", "212", FIRST.since)
    case.approve()
    assert (last(case).state, last(case).approved_by) == (ISSUED, HEAD)
    assert last(case).expires_at == FIRST.until + timedelta(minutes=30)
    assert case.told[-2:] == ["referral.proposed", "referral.issued"]
    assert case.held(FIRST) == 1


def test_one_referral_stands_on_a_coordination() -> None:
    case = Asking()
    case.issued(FIRST)
    assert refused(case.propose).code == "COORDINATION_USED"
    case.cancel()
    assert refused(case.propose).code == "COORDINATION_USED", "its slot is given back"


def test_the_unit_was_asked_about_that_ground() -> None:
    case = Asking()
    case.confirmed(FIRST)
    assert refused(case.propose, "HEARING").code == "GROUND_NOT_ASKED"
    open_question = Asking()
    open_question.ask("WHETHER_NEEDED")
    open_question.answer("CONFIRMED", FIRST)
    assert open_question.propose("HEARING").ground is Ground.HEARING


@pytest.mark.parametrize(
    ("officer", "code"), [("ada", "NOT_AUTHORISED"), (STRANGER, "NOT_AUTHORISED"), ("nobody", "UNKNOWN_OFFICER")]
)
def test_only_the_desk_of_the_case_proposes(officer: str, code: str) -> None:
    case = Asking()
    case.confirmed(FIRST)
    assert refused(case.propose, officer=officer).code == code


@pytest.mark.parametrize("officer", [CLERK, "ada", STRANGER])
def test_nobody_approves_but_the_head_of_the_desk(officer: str) -> None:
    case = Asking()
    case.confirmed(FIRST)
    case.propose()
    assert refused(case.approve, officer).code == "NOT_DESK_HEAD"
    assert last(case).state is PROPOSED


def test_the_head_may_approve_what_they_have_proposed() -> None:
    case = Asking()
    case.confirmed(FIRST)
    case.propose(officer=HEAD)
    case.approve()
    assert (last(case).proposed_by, last(case).approved_by) == (HEAD, HEAD)


def test_whoever_has_a_shift_in_the_heads_place_approves_while_it_lasts() -> None:
    desk = units().desk(DESK)
    assert isinstance(desk, Desk)
    shift = Shift.model_validate(
        {"officerId": CLERK, "validFrom": "2026-11-01", "substituteFor": HEAD, "intervals": [["07:30", "10:00"]]}
    )
    registry = units(desk.model_copy(update={"shifts": (shift,), "version": desk.version + 1}))
    case = Asking(registry=registry)
    case.confirmed(FIRST)
    case.propose()
    assert refused(case.approve, OTHER_CLERK).code == "NOT_DESK_HEAD"
    case.approve(CLERK)
    late = Asking(registry=registry, now=at("1405/09/02 10:00"))
    late.confirmed(FIRST)
    late.propose()
    assert refused(late.approve, CLERK).code == "NOT_DESK_HEAD"


def test_I8_a_head_who_has_declared_the_person_does_not_approve() -> None:
    head = units().officer(HEAD)
    assert head is not None
    conflicts = partial_officer().to_wire()["conflicts"]
    head = head.model_validate(head.to_wire() | {"conflicts": conflicts, "version": head.version + 1})
    case = Asking(registry=units(head))
    case.confirmed(FIRST)
    case.propose()
    assert refused(case.approve).code == "CONFLICT_OF_INTEREST"


def test_what_is_not_approved_before_its_slot_begins_lapses_then() -> None:
    case = Asking()
    case.confirmed(FIRST)
    case.propose()
    case.now = FIRST.since
    assert refused(case.approve).code == "SLOT_HAS_BEGUN"
    case.wait(seconds=1)
    assert how(case) == (LAPSED, ReferralOutcome.NOT_APPROVED)
    assert stage(case.known.asked, case.known.referrals, case.now) is None
    assert case.ask().id == "r1.c2", "the desk may ask again, and nothing was missed"


def test_nobody_is_sent_in_a_slot_that_has_begun_or_for_what_stands_still() -> None:
    case = Asking()
    case.confirmed(FIRST)
    case.about = {"at_work": False, "state": "SUSPENDED"}
    assert refused(case.propose).facts == {"from": "SUSPENDED", "to": "REFERRED"}
    case.about = {}
    case.now = FIRST.since
    assert refused(case.propose).code == "SLOT_HAS_BEGUN"


def test_the_unit_says_that_the_citizen_came_on_the_day_of_the_slot() -> None:
    case = Asking()
    case.issued(FIRST)
    assert refused(case.attend).code == "TOO_EARLY"
    case.now = FIRST.since - timedelta(minutes=5)
    assert refused(case.attend, officer=CLERK).code == "NOT_AUTHORISED"
    case.attend()
    assert (how(case), last(case).ended_by) == ((ATTENDED, ReferralOutcome.SEEN), "ada")
    assert timers(case.known) == {}
    assert refused(case.cancel).code == "ILLEGAL_MOVE"


def test_who_was_served_early_leaves_the_slot_to_others() -> None:
    case = Asking()
    case.issued(SECOND)
    case.now = FIRST.since
    case.attend()
    assert case.held(SECOND) == 0


def test_nobody_missed_a_slot_before_its_end_and_half_an_hour_later_it_is_so_by_itself() -> None:
    case = Asking()
    case.issued(FIRST)
    case.now = FIRST.until - timedelta(seconds=1)
    assert refused(case.miss).code == "TOO_EARLY"
    case.wait_until(FIRST.until + timedelta(minutes=30) - timedelta(seconds=1))
    assert last(case).state is ISSUED
    case.wait(seconds=1)
    assert (how(case), last(case).ended_by) == ((MISSED, ReferralOutcome.MAY_REBOOK), None)
    said = Asking()
    said.issued(FIRST)
    said.now = FIRST.until
    said.miss()
    assert (how(said), last(said).ended_by) == ((MISSED, ReferralOutcome.MAY_REBOOK), "ada")


def test_who_missed_a_slot_gets_another_one_once_and_then_none() -> None:
    """Domain 3: one free rebooking, then the commitment is released."""
    case = Asking()
    case.issued(FIRST)
    case.wait_until(FIRST.until + timedelta(minutes=30))
    again = case.issued(NEXT_DAY)
    assert (again.id, again.rebooks) == ("r1.r2", "r1.r1")
    case.wait_until(NEXT_DAY.until + timedelta(minutes=30))
    assert how(case) == (MISSED, ReferralOutcome.NO_MORE)
    assert refused(case.ask).code == "NO_REBOOKING_LEFT"
    assert case.ask(unit=REVENUE).unit_id == REVENUE, "another unit is another matter"
    case.about = {"round": 2}
    case.wait(days=2)
    assert case.ask().round == 2, "an objection begins anew"


def test_a_rebooking_that_is_cancelled_or_kept_costs_nothing() -> None:
    case = Asking()
    case.issued(FIRST)
    case.wait_until(FIRST.until + timedelta(minutes=30))
    case.issued(NEXT_DAY)
    case.cancel()
    kept = case.issued(slots("1405/09/05")[0])
    assert kept.rebooks == "r1.r1"
    case.now = kept.slot.since
    case.attend()
    assert last(case).state is ATTENDED


def test_where_the_unit_was_shut_nobody_missed_anything() -> None:
    case = Asking()
    case.issued(FIRST)
    closed(case)
    case.wait_until(FIRST.until + timedelta(minutes=30))
    assert how(case) == (CANCELLED, ReferralOutcome.UNIT_SHUT)
    assert case.issued(NEXT_DAY).rebooks is None


def closed(case: Asking, day: str = "2026-11-24", status: str = "CONFIRMED", **how: Any) -> None:
    """The registry says so of the unit's calendar, and routing has heard of it."""
    unit = case.registry.unit(UNIT)
    calendar = case.registry.calendar(unit.calendar_id) if unit else None
    assert calendar is not None
    said = {"date": day, "kind": "CLOSED", "status": status, "source": "استانداری"} | how
    said["decided"] = {"id": calendar.id, "version": calendar.version + 1}
    shut = calendar.to_wire() | {"exceptions": [said], "version": calendar.version + 1}
    case.registry = case.registry.with_entries([calendar.model_validate(shut)])


def looked_at(case: Asking) -> list[str]:
    """What is told when the case looks whether its unit will be open."""
    told = len(case.told)
    case.take(referring.unit_moved(case.known, UNIT, case.world))
    return case.told[told:]


def test_12_9_a_closure_calls_off_whoever_was_sent_before_they_set_out_and_nobody_missed_anything() -> None:
    case = Asking()
    case.issued(FIRST)
    closed(case)
    assert looked_at(case) == ["referral.cancelled"]
    assert (how(case), last(case).ended_by, case.held(FIRST)) == ((CANCELLED, ReferralOutcome.UNIT_SHUT), None, 0)
    calendar, on = last(case).shut_by, last(case).shut_on
    assert calendar is not None
    assert on is not None
    assert (on.date, on.decided) == (civil_day(FIRST.since), calendar)
    assert stage(case.known.asked, case.known.referrals, case.now) is None
    assert looked_at(case) == [], "once"
    assert case.issued(NEXT_DAY).rebooks is None


def test_12_9_a_slot_that_waits_for_the_desk_is_off_too_and_given_back() -> None:
    proposed = Asking()
    proposed.confirmed(FIRST)
    proposed.propose()
    closed(proposed)
    assert refused(proposed.approve).code == "UNIT_SHUT"
    assert looked_at(proposed) == ["referral.cancelled"]
    assert how(proposed) == (CANCELLED, ReferralOutcome.UNIT_SHUT)

    confirmed = Asking()
    confirmed.confirmed(FIRST)
    closed(confirmed)
    assert refused(confirmed.propose).code == "UNIT_SHUT"
    assert looked_at(confirmed) == ["coordination.slot-shut"]
    known = newest(confirmed)
    assert (known.state, known.slot, known.reason) == ("CONFIRMED", None, NotConfirmed.UNIT_SHUT)

    offered = Asking()
    offered.ask()
    offered.answer("PROPOSED", FIRST)
    closed(offered)
    assert refused(offered.accept).code == "UNIT_SHUT"
    assert looked_at(offered) == ["coordination.declined"]
    assert (newest(offered).state, newest(offered).reason) == ("DECLINED", NotConfirmed.UNIT_SHUT)
    for case in (proposed, confirmed, offered):
        assert (case.held(FIRST), timers(case.known), looked_at(case)) == (0, {}, [])
        assert stage(case.known.asked, case.known.referrals, case.now) is None
        assert case.ask().id == "r1.c2", "the desk asks for another one"


def test_12_9_a_shorter_day_calls_off_what_lies_behind_its_end_and_nothing_else() -> None:
    early, late = Asking(), Asking()
    early.issued(FIRST)
    late.issued(slots()[-1])
    for case in (early, late):
        closed(case, kind="SHORT", intervals=[["07:30", "10:00"]])
    assert (looked_at(early), looked_at(late)) == ([], ["referral.cancelled"])


def test_12_8_a_day_that_is_not_certain_to_be_shut_calls_off_nobody() -> None:
    case = Asking()
    case.issued(FIRST)
    closed(case, status="PROVISIONAL")
    assert looked_at(case) == []
    assert last(case).state is ISSUED


def test_12_9_a_unit_that_is_out_of_service_by_then_calls_off_too() -> None:
    """A suspended unit receives nobody, whatever its calendar."""
    case = Asking()
    case.issued(NEXT_DAY)
    unit = case.registry.unit(UNIT)
    assert unit is not None
    planned = [{"status": "SUSPENDED", "since": "2026-11-25"}]
    case.registry = case.registry.with_entries(
        [unit.model_validate(unit.to_wire() | {"planned": planned, "version": unit.version + 1})]
    )
    assert looked_at(case) == ["referral.cancelled"]
    assert (how(case), last(case).shut_by) == ((CANCELLED, ReferralOutcome.UNIT_SHUT), None)
    before = Asking()
    before.issued(FIRST)
    before.registry = case.registry
    assert looked_at(before) == []


def test_a_closure_of_another_unit_or_of_what_is_over_changes_nothing() -> None:
    case = Asking()
    case.issued(FIRST)
    case.cancel()
    closed(case)
    assert looked_at(case) == []
    sent = Asking()
    sent.issued(FIRST)
    closed(sent)
    assert referring.unit_moved(sent.known, REVENUE, sent.world) == Moved(sent.known)
    sent.now = FIRST.since
    assert looked_at(sent) == [], "they stand before it: that is found at the end of the slot"


def test_either_side_cancels_and_the_slot_is_given_back() -> None:
    for officer, outcome in ((CLERK, ReferralOutcome.BY_DESK), ("bahar", ReferralOutcome.BY_UNIT)):
        case = Asking()
        case.issued(FIRST)
        assert case.held(FIRST) == 1
        case.cancel(officer)
        assert (how(case), last(case).ended_by) == ((CANCELLED, outcome), officer)
        assert case.held(FIRST) == 0
        assert refused(case.attend).code == "ILLEGAL_MOVE"
    assert refused(Asking(known=case.known).cancel, STRANGER).code == "NOT_AUTHORISED"


def test_a_missed_slot_is_not_cancelled_away_and_a_unit_may_call_off_what_it_cannot_keep() -> None:
    case = Asking()
    case.issued(FIRST)
    case.now = FIRST.since
    assert refused(case.cancel).code == "SLOT_HAS_BEGUN"
    case.now = FIRST.until
    assert refused(case.cancel, "ada").code == "SLOT_HAS_BEGUN"
    case.now = FIRST.until - timedelta(seconds=1)
    case.cancel("ada")
    assert how(case) == (CANCELLED, ReferralOutcome.BY_UNIT)


def test_a_proposed_referral_is_cancelled_too() -> None:
    case = Asking()
    case.confirmed(FIRST)
    case.propose()
    case.cancel()
    assert (last(case).state, case.held(FIRST)) == (CANCELLED, 0)


def test_a_timer_that_fires_too_soon_or_for_what_is_over_changes_nothing() -> None:
    case = Asking()
    case.issued(FIRST)
    for name in ("r1.r1", "r1.c1", "of long ago"):
        assert referring.fell_due(case.known, name, case.world) == Moved(case.known)


@pytest.mark.parametrize("answered", [True, False])
def test_when_the_work_is_over_nothing_stands_open_and_all_slots_are_given_back(answered: bool) -> None:
    case = Asking()
    case.ask()
    case.end_work(answered=answered)
    assert (newest(case).state, newest(case).reason) == ("LAPSED", NotConfirmed.WORK_ENDED)
    for steps in ((), ("propose",), ("propose", "approve")):
        case.confirmed(FIRST)
        for step in steps:
            getattr(case, step)()
        case.end_work(answered=answered)
        assert case.held(FIRST) == 0
        assert timers(case.known) == {}
        assert stage(case.known.asked, case.known.referrals, case.now) is None
        assert case.known.under_way(UNIT, case.now) is None
    assert how(case) == (CANCELLED, ReferralOutcome.WORK_ENDED)


def test_a_slot_that_went_back_unused_is_good_for_no_referral() -> None:
    case = Asking()
    case.confirmed(FIRST)
    case.end_work(answered=True)
    case.about = {"round": 2}
    assert refused(case.propose).code == "NOT_CONFIRMED"


def test_why_a_proposal_came_to_nothing_is_not_forgotten_when_the_work_ends() -> None:
    case = Asking()
    case.ask()
    case.answer("PROPOSED", FIRST)
    case.accept(accept=False)
    before = case.known
    case.end_work(answered=True)
    assert case.known == before


def test_a_unit_that_answers_in_the_slot_has_seen_the_citizen() -> None:
    """It need not say so as well, and nobody hears of an appointment that was called off."""
    for answered, state in ((True, ATTENDED), (False, CANCELLED)):
        case = Asking()
        case.issued(FIRST)
        case.now = FIRST.since + timedelta(minutes=10)
        case.end_work(answered=answered)
        assert last(case).state is state


def test_the_request_is_referred_while_the_citizen_is_sent() -> None:
    case = Asking()
    case.confirmed(FIRST)
    seen = []
    for step in (case.propose, case.approve, case.cancel):
        step()
        seen.append(stage(case.known.asked, case.known.referrals, case.now))
    assert seen == ["COORDINATING", "REFERRED", None]


def test_every_state_of_a_referral_is_reached_and_all_but_two_end_it() -> None:
    reached = {PROPOSED}.union(*REFERRAL_MOVES.table.values())
    assert reached == {*ReferralState} == {*REFERRAL_MOVES.table}
    assert {state for state, onward in REFERRAL_MOVES.table.items() if onward} == {PROPOSED, ISSUED}
