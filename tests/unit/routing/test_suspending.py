"""Who lets the work stand still and go on, for which reason and until when (domain 3; I7, I10)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused, TimerFired
from services.contracts.intake import AwaitedDocuments, RequestMoved, RequestSuspension
from services.contracts.routing import REASONS, SuspensionCause, SuspensionReason, TaskState
from services.routing.domain import handling, placing, suspending
from services.routing.domain.case import SUSPENSION, Case, timers
from services.routing.domain.commands import Answer, Line, Start, Suspend
from services.routing.domain.due import fell_due
from services.routing.domain.messages import HeldDemanded
from services.routing.store import older
from tests.unit.intake.cases import at
from tests.unit.routing.office import UNIT, registered, world
from tests.unit.routing.standing_still import CONTRACT, DEED, FILED, PLAN, REGISTRY, a_case, resume, state, suspend
from tests.unit.routing.test_handling import assigned


def refused(call: Any, *arguments: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments, **options)
    return caught.value


def told(case: Case, missing: tuple[str, ...] = (), **changes: Any) -> RequestMoved:
    """Intake's word on the documents of a suspension."""
    lasting = case.clock.suspended()
    number = lasting.number if lasting else 1
    suspension = RequestSuspension(
        number=number, cause=SuspensionCause.APPLICANT, reason=SuspensionReason.MISSING_DOCUMENT, since=FILED
    )
    documents = AwaitedDocuments(types=(PLAN, CONTRACT), missing=missing, until=FILED)
    fields: dict[str, Any] = {"moves": ("request.evidence-added",), "suspension": suspension, "awaited": documents}
    return registered(case.request_id, **(fields | changes))


def test_the_assignee_says_what_is_missing_and_the_clock_stands_with_what_is_consumed() -> None:
    decision = suspend(a_case(), "1405/09/04 09:30", evidenceTypes=[PLAN, CONTRACT, PLAN])
    (event,) = decision.events
    (suspension,) = state(decision).clock.suspensions
    assert event.moves == ("clock.suspended",)
    assert not event.minor(), "intake has to hear it"
    assert (suspension.number, suspension.cause, suspension.evidence_types) == (1, "APPLICANT", (PLAN, CONTRACT))
    assert (suspension.from_at, suspension.to_at, suspension.by) == (at("1405/09/04 09:30"), None, "ada")
    assert (state(decision).clock.running_since, state(decision).clock.consumed_minutes) == (None, 2 * 405)
    assert state(decision).work[-1].task.state is TaskState.ASSIGNED, "the task keeps its state"
    assert decision.answer == {"state": "ASSIGNED"}


def test_the_last_document_lets_the_work_go_on_once() -> None:
    stood = state(suspend(a_case(), "1405/09/07 09:30", evidenceTypes=[PLAN, CONTRACT]))
    now = world(at("1405/09/08 09:30"), REGISTRY)
    assert placing.request_moved(stood, told(stood, missing=(CONTRACT,)), now).state == stood
    going = placing.request_moved(stood, told(stood), now)
    assert going.events[0].moves == ("clock.resumed", "clock.due-moved")
    assert placing.request_moved(state(going), told(stood), now).state == state(going), "heard twice"


def test_word_about_another_suspension_or_round_moves_nothing() -> None:
    first = state(resume(state(suspend(a_case(), "1405/09/04 09:30")), "1405/09/05 09:30"))
    second = state(suspend(first, "1405/09/07 09:30", evidenceTypes=[CONTRACT]))
    now = world(at("1405/09/08 09:30"), REGISTRY)
    late = told(second).suspension
    assert late is not None
    assert late.number == 2
    stale = told(second, suspension=late.model_copy(update={"number": 1}))
    assert placing.request_moved(second, stale, now).state == second
    legal = state(suspend(a_case(), "1405/09/04 09:30", "LEGAL"))
    assert placing.request_moved(legal, told(legal), now).state == legal


@pytest.mark.parametrize("officer", ["bahar", "nobody"])
def test_only_the_assignee_lets_it_stand_still_and_go_on(officer: str) -> None:
    stood = state(suspend(a_case(), "1405/09/04 09:30"))
    for refusal in (
        refused(suspend, a_case(), "1405/09/04 09:30", officerId=officer),
        refused(resume, stood, "1405/09/05 09:30", officer=officer),
    ):
        assert refusal.code in ("NOT_ASSIGNEE", "UNKNOWN_OFFICER")


def test_while_it_stands_still_nobody_starts_answers_or_suspends_again() -> None:
    now = world(at("1405/09/05 09:30"), REGISTRY)
    stood = state(suspend(a_case(), "1405/09/04 09:30"))
    starting = Start(task_id="r1.1", officer_id="ada", line=Line(older=None))
    started = state(handling.start(a_case(), starting, now))
    answering = Answer.model_validate({"taskId": "r1.1", "officerId": "ada", "result": "GRANTED"})
    standing = state(suspend(started, "1405/09/05 09:30"))
    for refusal, target in (
        (refused(handling.start, stood, starting, now), "STARTED"),
        (refused(handling.answer, standing, answering, now), "ANSWERED"),
        (refused(suspend, stood, "1405/09/05 09:30"), "SUSPENDED"),
    ):
        assert (refusal.code, refusal.status) == ("ILLEGAL_MOVE", 409)
        assert refusal.facts == {"from": "SUSPENDED", "to": target}
    refusal = refused(resume, a_case(), "1405/09/05 09:30")
    assert (refusal.code, refusal.facts) == ("ILLEGAL_MOVE", {"from": "ASSIGNED", "to": "ASSIGNED"})


def test_what_nobody_has_or_is_answered_does_not_stand_still() -> None:
    offered = placing.request_moved(None, registered("r2"), world(registry=REGISTRY)).state
    assert offered is not None
    assert refused(suspend, offered, "1405/09/04 09:30").facts == {"from": "OFFERED", "to": "SUSPENDED"}
    unknown = refused(
        suspending.suspended,
        None,
        Suspend.model_validate({"taskId": "r1.1", "officerId": "ada", "cause": "LEGAL"}),
        world(registry=REGISTRY),
    )
    assert (unknown.code, unknown.status) == ("UNKNOWN_TASK", 404)


def test_a_document_is_demanded_once_and_every_other_reason_holds_once() -> None:
    case = state(resume(state(suspend(a_case(), "1405/09/04 09:30")), "1405/09/05 09:30"))
    again = refused(suspend, case, "1405/09/07 09:30", evidenceTypes=[CONTRACT, PLAN])
    assert (again.code, again.status, again.facts) == ("ALREADY_ASKED", 409, {"again": [PLAN]})
    case = state(resume(state(suspend(case, "1405/09/07 09:30", "LEGAL")), "1405/09/08 09:30"))
    assert refused(suspend, case, "1405/09/09 09:30", "LEGAL").facts == {"again": ["COURT_ORDER"]}
    other = suspend(case, "1405/09/09 09:30", "LEGAL", reason="STATUTORY_WAIT")
    assert [one.number for one in state(other).clock.suspensions] == [1, 2, 3]


def test_I10_what_an_agency_holds_is_refused_and_stays_on_record() -> None:
    decision = suspend(a_case(), "1405/09/04 09:30", evidenceTypes=[PLAN, DEED])
    case = state(decision)
    assert (decision.events, case.clock) == ((), a_case().clock), "nothing stands still"
    assert decision.answer == {"state": "ASSIGNED", "held": [{"type": DEED, "heldBy": "wa-deeds"}]}
    (attempt,) = case.held_demands
    assert (attempt.type, attempt.held_by, attempt.asked_by) == (DEED, "wa-deeds", "ada")
    assert decision.effects == (HeldDemanded(count=1),)
    again = suspend(case, "1405/09/05 09:30", evidenceTypes=[DEED])
    assert (len(state(again).held_demands), again.effects) == (1, (HeldDemanded(count=1),))


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"cause": "APPLICANT", "evidenceTypes": []}, "evidenceTypes", "EVIDENCE_TYPES_NEEDED"),
        ({"cause": "LEGAL", "evidenceTypes": [PLAN]}, "evidenceTypes", "EVIDENCE_TYPES_NEEDED"),
        ({"cause": "APPLICANT", "evidenceTypes": ["moon-rock"]}, "evidenceTypes", "UNKNOWN_EVIDENCE_TYPE"),
        ({"cause": "LEGAL", "reason": "AGENCY_REPLY"}, "reason", "WRONG_REASON"),
        ({"deadline": "2026-11-26T06:00:00Z"}, "deadline", "DEADLINE_TOO_SOON"),
        ({"cause": "LEGAL", "deadline": "2026-11-25T05:59:59Z"}, "deadline", "DEADLINE_TOO_SOON"),
        ({"deadline": "2028-11-26T06:00:00Z"}, "deadline", "DEADLINE_TOO_FAR"),
    ],
)
def test_what_is_asked_for_wrongly_is_told_with_the_field(body: dict[str, Any], field: str, code: str) -> None:
    cause = body.pop("cause", "APPLICANT")
    refusal = refused(suspend, a_case(), "1405/09/04 09:30", cause, **body)
    assert (refusal.code, refusal.status, refusal.facts["errors"][0]["field"]) == (code, 422, field)


def test_a_deadline_for_the_citizen_lies_in_open_hours_of_the_desk() -> None:
    night = suspend(a_case(), "1405/09/04 09:30", deadline="2026-12-09T20:00:00Z")
    assert state(night).clock.suspensions[0].until == at("1405/09/19 07:30")
    assert SUSPENSION not in timers(state(night)), "intake ends it, after notice"


def test_what_is_not_the_citizens_cause_goes_on_by_itself_at_its_deadline() -> None:
    """No pause without an end: ten working days where the officer names none."""
    stood = state(suspend(a_case(), "1405/09/04 09:30", "OTHER_AGENCY"))
    due = timers(stood)[SUSPENSION]
    assert due == at("1405/09/16 09:30")
    early = fell_due(stood, TimerFired(name=SUSPENSION, due=due), world(due - timedelta(seconds=1), REGISTRY))
    assert early.state == stood
    going = fell_due(stood, TimerFired(name=SUSPENSION, due=due), world(due, REGISTRY))
    assert going.events[0].moves == ("clock.resumed", "clock.due-moved")
    assert fell_due(state(going), TimerFired(name=SUSPENSION, due=due), world(due, REGISTRY)).events == ()


@pytest.mark.parametrize("verb", ["request.withdrawn", "request.expired", "request.done-on-spot"])
def test_what_is_over_ends_the_pause_too(verb: str) -> None:
    stood = state(suspend(a_case(), "1405/09/04 09:30"))
    over = placing.request_moved(stood, registered("r1", moves=(verb,)), world(at("1405/09/08 10:00"), REGISTRY))
    assert (state(over).work[-1].task.state, state(over).clock.suspended()) == (TaskState.CANCELLED, None)
    assert state(over).clock.suspensions[0].to_at == at("1405/09/08 10:00")
    assert over.events[0].moves == ("task.cancelled", "clock.stopped")


def test_every_reason_is_of_one_cause() -> None:
    assert sorted(reason for reasons in REASONS.values() for reason in reasons) == sorted(SuspensionReason)
    assert set(REASONS) == set(SuspensionCause)


def test_I7_what_stands_still_is_passed_without_a_jump() -> None:
    stood = state(suspend(a_case(), "1405/09/04 09:30"))
    query = older(assigned("r2"), UNIT, ["ada"])
    assert query["state.clock.runningSince"] == {"$gt": ""}
    assert stood.to_wire()["clock"]["runningSince"] is None


def test_I10_what_an_agency_holds_by_now_is_not_asked_for_in_an_older_case_either() -> None:
    """The sheet was published anew when the link between the agencies opened."""
    sheet = REGISTRY.sheet("building-permit")
    assert sheet is not None
    held = [
        each.model_copy(update={"held_by": "wa-deeds"}) if each.evidence_type == PLAN else each
        for each in sheet.requirements
    ]
    newer = sheet.model_copy(update={"requirements": tuple(held), "version": sheet.version + 1})
    case = a_case()
    assert case.service_version == sheet.version
    command = Suspend.model_validate(
        {"taskId": "r1.1", "officerId": "ada", "cause": "APPLICANT", "evidenceTypes": [PLAN]}
    )
    decision = suspending.suspended(case, command, world(at("1405/09/04 09:30"), REGISTRY.with_entries([newer])))
    assert (decision.answer or {}).get("held") == [{"type": PLAN, "heldBy": "wa-deeds"}]
