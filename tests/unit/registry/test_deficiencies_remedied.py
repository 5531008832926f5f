"""A deficiency is remedied by its agency and verified or rejected by the agency above (domain 3)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.deficiency import DeficiencyState
from services.contracts.wire import digest
from services.registry.domain.deficiency import REJECTED, VERIFIED
from services.registry.domain.remedying import Fix, RemedyWish, Start, decided
from tests.unit.registry.deficient import STEPS_TO_FIXED, after
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    CLERK,
    ELSEWHERE,
    FIX,
    HEAD,
    INSPECTOR,
    MONDAY,
    PLAN,
    REJECT,
    START,
    UNIT_HEAD,
    VERIFY,
    at,
    province,
    state_of,
    wish,
    world,
)


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
