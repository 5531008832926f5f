"""A deficiency goes from its report to the verification by the agency above, or back (domain 1.6, 3)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, Send, TimerFired
from services.contracts.deficiency import DEFICIENCY_VERBS, DeficiencyState, Kind
from services.contracts.entry import Entry, Status
from services.contracts.registry import Kiosk, Partner
from services.contracts.wire import digest
from services.registry import words
from services.registry.domain.deficiency import (
    ESCALATED,
    FITS,
    IN_REMEDY,
    MOVES,
    OVERDUE,
    REJECTED,
    REPORTED,
    STEPS,
    VERBS,
    VERIFIED,
    Deficiency,
    Step,
    due_times,
)
from services.registry.domain.remedying import Fix, Found, RemedyWish, Settled, Start, decided, found, overdue
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    CLERK,
    ELSEWHERE,
    FIX,
    HEAD,
    ID,
    INSPECTOR,
    KIOSK,
    MONDAY,
    PLAN,
    REJECT,
    START,
    UNIT_HEAD,
    VERIFY,
    a_report,
    at,
    event_of,
    province,
    reported,
    state_of,
    wish,
    world,
)
from tests.unit.registry.over_http import registry_of_the_province

STEPS_TO_FIXED = (ACKNOWLEDGE, PLAN, START, FIX)


def after(*commands: Any, now: datetime = MONDAY, known: Deficiency | None = None) -> Deficiency:
    known = known or state_of(reported())
    for command in commands:
        known = state_of(decided(known, wish(command), world(now)))
    return known


def fired(known: Deficiency, now: datetime) -> Decision[Deficiency]:
    return overdue(known, TimerFired(name=OVERDUE, due=now), world(now))


# -- the table --------------------------------------------------------------------------------------------------------


def test_every_state_is_reachable_and_every_open_one_has_an_exit() -> None:
    reached, left = {REPORTED}, [REPORTED]
    while left:
        for target in MOVES.table.get(left.pop(), frozenset()) - reached:
            reached.add(target)
            left.append(target)
    assert reached == set(DeficiencyState)
    assert [state for state in DeficiencyState if not MOVES.table.get(state)] == [VERIFIED]


def test_every_state_has_its_verb_and_every_verb_and_state_its_persian_words() -> None:
    assert {*VERBS.values(), ESCALATED} == set(DEFICIENCY_VERBS) == set(words.HISTORY)
    assert set(VERBS) == set(DeficiencyState) == set(words.STATES)
    assert set(words.KINDS) == set(Kind) == set(FITS)
    assert set(words.STEPS) == set(Step) == set(STEPS.values())


COMMANDS = {
    DeficiencyState.ACKNOWLEDGED: ACKNOWLEDGE,
    DeficiencyState.PLANNED: PLAN,
    IN_REMEDY: START,
    DeficiencyState.FIXED: FIX,
    VERIFIED: VERIFY,
    REJECTED: REJECT,
}


@pytest.mark.parametrize("origin", DeficiencyState)
@pytest.mark.parametrize("target", COMMANDS)
def test_only_the_moves_of_the_table_are_made_and_a_refusal_names_both_states(
    origin: DeficiencyState, target: DeficiencyState
) -> None:
    known = after(*STEPS_TO_FIXED).model_copy(update={"state": origin, "due_at": PLAN.due_at})
    if target in MOVES.table.get(origin, frozenset()):
        assert after(COMMANDS[target], known=known).state is target
        return
    with pytest.raises(Refused) as refusal:
        after(COMMANDS[target], known=known)
    assert refusal.value.code == "ILLEGAL_MOVE"
    assert refusal.value.facts == {"from": origin, "to": target}


# -- reported ---------------------------------------------------------------------------------------------------------


def test_it_is_told_whole_and_without_a_word_of_what_people_wrote() -> None:
    decision = reported(evidence={"text": "عکس در ورودی", "dataref": "blob:7"})
    event = event_of(decision)
    assert (event.moves, event.key(), event.org()) == (("deficiency.reported",), ID, "wa-tax")
    assert event.type() == "ir.servicedesk.registry.deficiency.reported.v1"
    assert (event.state, event.owner, event.occurrences, event.level) == (REPORTED, HEAD, 1, 0)
    known = state_of(decision)
    assert known.text == "میز تا ساعت ده بسته بود"
    for command in (ACKNOWLEDGE, PLAN, START, FIX, REJECT):
        decision = decided(known, wish(command), world())
        known = state_of(decision)
        value = event_of(decision).to_json().decode()
        assert not any("\u0600" <= letter <= "\u06ff" for letter in value), value
        assert "blob:7" not in value


def test_its_terms_are_working_days_of_the_agencys_desk_and_do_not_move() -> None:
    """Reported on Monday 2 Azar at ten, Thursdays and Fridays off: the next two Mondays at ten."""
    known = state_of(reported())
    assert (known.terms.acknowledge_by, known.terms.plan_by) == (at("1405/09/09 10:00"), at("1405/09/16 10:00"))
    assert known.terms.calendar is not None
    assert known.due_at == known.terms.acknowledge_by
    late = after(ACKNOWLEDGE, now=at("1405/09/12 11:00"))
    assert late.due_at == at("1405/09/16 10:00"), "acknowledging late does not put off the plan"


def test_an_agency_without_a_desk_is_waited_for_by_the_calendar_of_the_one_above() -> None:
    desk = province().desk("wa-tax-desk")
    above = province().desk("wa-governorate-desk")
    assert desk
    assert above
    gone = province(desk.model_copy(update={"status": Status.RETIRED, "version": 2}))
    known = state_of(reported(registry=gone, kind="DESK_MISSING"))
    assert known.terms.calendar is not None
    assert known.terms.calendar.id == above.calendar_id


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"orgId": "nobody"}, "UNKNOWN_ORGANIZATION", 422),
        ({"subject": {"type": "DESK", "id": "wa-water-desk"}}, "UNKNOWN_SUBJECT", 422),
        ({"subject": {"type": "SERVICE", "id": "tax-clearance"}}, "KIND_DOES_NOT_FIT", 422),
        ({"subject": {"type": "SERVICE", "id": "building-permit"}, "kind": "OTHER"}, "UNKNOWN_SUBJECT", 422),
        ({"subject": {"type": "DIRECTIVE", "id": "d"}, "kind": "DIRECTIVE_UNACKNOWLEDGED"}, "UNKNOWN_SUBJECT", 422),
        ({"reporter": {"role": "SYSTEM", "officerId": INSPECTOR}}, "UNKNOWN_REPORTER", 422),
        ({"reporter": {"role": "INSPECTOR", "kioskId": KIOSK}}, "UNKNOWN_REPORTER", 422),
        ({"reporter": {"role": "STAFF", "officerId": CLERK, "kioskId": KIOSK}}, "UNKNOWN_REPORTER", 422),
        ({"reporter": {"role": "INSPECTOR", "officerId": CLERK}}, "NOT_AUTHORISED", 403),
        ({"reporter": {"role": "STAFF", "officerId": INSPECTOR}}, "NOT_AUTHORISED", 403),
        ({"reporter": {"role": "STAFF", "officerId": "nobody"}}, "UNKNOWN_OFFICER", 422),
        ({"reporter": {"role": "KIOSK", "kioskId": "nobody"}}, "NOT_AUTHORISED", 403),
    ],
)
def test_who_may_not_report_or_reports_what_cannot_be_is_refused(
    changes: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(Refused) as refusal:
        reported(**changes)
    assert (refusal.value.code, refusal.value.status) == (code, status)


@pytest.mark.parametrize(
    "changes",
    [
        {"reporter": {"role": "STAFF", "officerId": CLERK}},
        {"reporter": {"role": "KIOSK", "kioskId": KIOSK}},
        {"subject": {"type": "OFFERING", "id": "tax-clearance-web"}, "kind": "OUT_OF_ORDER", "mode": "ELECTRONIC"},
        {"subject": {"type": "SERVICE", "id": "tax-clearance"}, "kind": "NOT_ELECTRONIC", "mode": "ELECTRONIC"},
    ],
)
def test_inspectors_staff_and_kiosk_offices_report(changes: dict[str, Any]) -> None:
    assert state_of(reported(**changes)).state is REPORTED


@pytest.mark.parametrize(
    ("kind", "id", "changes"),
    [
        (Kiosk, KIOSK, {"sandbox": True}),
        (Partner, "pishkhan-a", {"status": Status.SUSPENDED}),
        (Partner, "pishkhan-a", {"valid_to": date(2026, 11, 22)}),
    ],
)
def test_a_kiosk_for_trial_and_one_whose_partner_is_suspended_report_nothing(
    kind: type[Entry], id: str, changes: dict[str, Any]
) -> None:
    entry = province().find(kind, id)
    assert entry is not None
    changed = entry.model_copy(update={"version": entry.version + 1, **changes})
    with pytest.raises(Refused) as refusal:
        reported(registry=province(changed), reporter={"role": "KIOSK", "kioskId": KIOSK})
    assert (refusal.value.code, refusal.value.status) == ("NOT_AUTHORISED", 403)


async def test_over_http_the_partner_of_the_kiosk_is_looked_at() -> None:
    async with registry_of_the_province() as registry:
        report = a_report(reporter={"role": "KIOSK", "kioskId": KIOSK}).to_wire()
        assert (await registry.post("deficiencies", report)).status_code == 201
        suspended = {"officerId": INSPECTOR, "reason": "قرارداد"}
        assert (await registry.post("partners/pishkhan-a/suspend", suspended)).status_code == 200
        again = await registry.post("deficiencies", report)
        assert (again.status_code, again.json()["code"]) == (403, "NOT_AUTHORISED")


def test_a_kiosk_office_whose_licence_has_ended_reports_nothing() -> None:
    kiosk = province().kiosk(KIOSK)
    assert kiosk
    ended = kiosk.model_copy(update={"valid_to": MONDAY.date() - timedelta(days=1), "version": 2})
    with pytest.raises(Refused, match="NOT_AUTHORISED"):
        reported(registry=province(ended), reporter={"role": "KIOSK", "kioskId": KIOSK})


# -- remedied ---------------------------------------------------------------------------------------------------------


def test_from_the_report_to_the_verification() -> None:
    known = after(*STEPS_TO_FIXED)
    (remedy,) = known.remedies
    assert (remedy.responsible, remedy.started_at, remedy.fixed_at) == (UNIT_HEAD, MONDAY, MONDAY)
    assert (known.owner, known.due_at) == (UNIT_HEAD, None), "it waits for the agency above"
    done = after(VERIFY, known=known)
    assert (done.state, done.verified_at) == (VERIFIED, MONDAY)
    assert [line.verb for line in done.history] == [
        "deficiency.reported",
        "deficiency.acknowledged",
        "deficiency.planned",
        "deficiency.remedy-started",
        "deficiency.fixed",
        "deficiency.verified",
    ]
    assert [line.by for line in done.history] == [INSPECTOR, CLERK, CLERK, CLERK, CLERK, INSPECTOR]


def test_a_rejected_remedy_stays_on_record_and_the_next_one_has_a_term_of_its_own() -> None:
    rejected = after(REJECT, known=after(*STEPS_TO_FIXED))
    assert (rejected.state, rejected.rejections) == (REJECTED, 1)
    assert rejected.due_at == at("1405/09/16 10:00"), "ten working days again"
    again = after(START, known=rejected)
    assert [each.what for each in again.remedies] == [PLAN.what, PLAN.what]
    assert (again.remedy.due_at, again.remedy.fixed_at) == (rejected.due_at, None)
    other = {"what": "میز دوم", "responsibleId": HEAD, "dueAt": "2026-12-20T08:30:00Z"}
    changed = after(Start.model_validate({"remedy": other, "officerId": CLERK}), known=rejected)
    assert (changed.owner, changed.remedies[0].evidence, changed.remedy.what) == (HEAD, FIX.evidence, "میز دوم")
    assert after(FIX, VERIFY, known=changed).state is VERIFIED


@pytest.mark.parametrize("command", [ACKNOWLEDGE, PLAN, START, FIX])
def test_only_its_agency_remedies(command: Any) -> None:
    steps = STEPS_TO_FIXED[: STEPS_TO_FIXED.index(command)]
    for stranger in (ELSEWHERE, INSPECTOR):
        with pytest.raises(Refused, match="NOT_AUTHORISED"):
            after(command.model_copy(update={"officer_id": stranger}), known=after(*steps))


@pytest.mark.parametrize("command", [VERIFY, REJECT])
@pytest.mark.parametrize("by", [HEAD, UNIT_HEAD, ELSEWHERE])
def test_only_the_agency_above_verifies_or_rejects(command: Any, by: str) -> None:
    with pytest.raises(Refused, match="NOT_AUTHORISED"):
        after(command.model_copy(update={"officer_id": by}), known=after(*STEPS_TO_FIXED))


def test_whoever_is_responsible_may_say_that_it_is_remedied_wherever_they_work_now() -> None:
    officer = province().officer(UNIT_HEAD)
    assert officer
    moved = province(officer.model_copy(update={"org_id": "wa-water", "version": 2}))
    command = Fix.model_validate({"evidence": {"dataref": "doc:1"}, "officerId": UNIT_HEAD})
    known = after(ACKNOWLEDGE, PLAN, START)
    assert state_of(decided(known, wish(command, moved), world())).state is DeficiencyState.FIXED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due_at": MONDAY}, "NO_SUCH_TERM"),
        ({"due_at": MONDAY + timedelta(days=1000)}, "NO_SUCH_TERM"),
        ({"responsible_id": "nobody"}, "UNKNOWN_OFFICER"),
        ({"responsible_id": ELSEWHERE}, "UNKNOWN_OFFICER"),
    ],
)
def test_a_plan_names_somebody_of_the_agency_and_a_day_ahead(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        after(PLAN.model_copy(update=changes), known=after(ACKNOWLEDGE))


def test_nothing_counts_as_remedied_without_evidence() -> None:
    with pytest.raises(Refused, match="NO_EVIDENCE"):
        after(Fix.model_validate({"evidence": {}, "officerId": CLERK}), known=after(ACKNOWLEDGE, PLAN, START))


def test_another_remedy_is_for_what_was_rejected() -> None:
    other = {"what": "میز دوم", "responsibleId": HEAD, "dueAt": "2026-12-20T08:30:00Z"}
    with pytest.raises(Refused, match="NOT_REJECTED"):
        after(Start.model_validate({"remedy": other, "officerId": CLERK}), known=after(ACKNOWLEDGE, PLAN))


def test_two_steps_that_say_the_same_are_told_apart_under_one_key() -> None:
    one, other = wish(ACKNOWLEDGE), wish(START)
    assert digest(one) != digest(other)
    assert digest(one) == digest(RemedyWish(target=one.target, command=ACKNOWLEDGE)), "what is known around is no part"


# -- overdue ----------------------------------------------------------------------------------------------------------


def test_each_step_that_is_late_is_escalated_once() -> None:
    known = state_of(reported())
    first = fired(known, known.terms.acknowledge_by)
    known = state_of(first)
    event = event_of(first)
    assert (event.moves, event.level, event.state) == (("deficiency.escalated",), 1, REPORTED)
    assert due_times(known) == {}, "once"
    assert fired(known, at("1405/09/20 10:00")).state is known
    known = after(ACKNOWLEDGE, now=at("1405/09/10 10:00"), known=known)
    known = state_of(fired(known, due_times(known)[OVERDUE]))
    known = after(PLAN, now=at("1405/09/17 10:00"), known=known)
    known = state_of(fired(known, PLAN.due_at))
    assert [each.step for each in known.escalations] == [Step.ACKNOWLEDGE, Step.PLAN, Step.REMEDY]
    begun = after(START, now=at("1405/10/02 10:00"), known=known)
    assert due_times(begun) == {}, "the same term: it is late already"
    rejected = after(FIX, REJECT, now=at("1405/10/03 10:00"), known=begun)
    again = state_of(fired(rejected, due_times(rejected)[OVERDUE]))
    assert (again.level, again.escalations[-1].step) == (4, Step.REMEDY), "another term"


def test_what_was_done_in_time_is_not_escalated() -> None:
    known = after(ACKNOWLEDGE)
    assert due_times(known) == {OVERDUE: known.terms.plan_by}
    assert fired(known, known.terms.acknowledge_by).state is known
    for settled in (after(*STEPS_TO_FIXED), after(*STEPS_TO_FIXED, VERIFY)):
        assert due_times(settled) == {}
        assert not settled.overdue(at("1406/01/15 10:00"))


def test_who_raised_it_learns_that_it_is_verified() -> None:
    known = after(*STEPS_TO_FIXED).model_copy(update={"concern_id": "c-1"})
    assert decided(known, wish(REJECT), world()).sends == ()
    assert decided(known, wish(VERIFY), world()).sends == (Send("concern", "c-1", Settled(deficiency_id=ID)),)


def test_what_does_not_exist_is_not_found() -> None:
    with pytest.raises(Refused) as refusal:
        decided(None, wish(ACKNOWLEDGE), world())
    assert refusal.value.status == 404


def test_a_deficiency_is_found_once() -> None:
    known = after(ACKNOWLEDGE)
    message = Found(
        deficiency_id=ID,
        org_id=known.org_id,
        kind=known.kind,
        subject=known.subject,
        mode=known.mode,
        found_by=known.found_by,
        owner=None,
        terms=known.terms,
        seen_at=MONDAY,
    )
    assert found(known, message, world()) == Decision(known)
