"""What is printed and changes makes a new edition, and nothing else does (domain 8)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.contracts.commitment import CommitmentState
from services.contracts.decision import TimerFired
from services.contracts.intake import RequestState
from services.contracts.kiosk import Evidence
from services.contracts.routing import ResultKind
from services.contracts.service_sheet import Channel
from services.intake.domain import announcing, answering, redirecting
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role
from services.intake.domain.due import fell_due
from services.intake.domain.receipts import content, edition, fingerprint, issued_at, number, recognised
from services.intake.domain.request import moved
from services.intake.receipt import receipt
from services.intake.receipt_page import receipt_page
from tests.unit.intake.awaiting_documents import incomplete
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    SOCIAL_DESK,
    answered,
    notice,
    state_of,
    submit,
    the_case,
    work,
    world,
)
from tests.unit.intake.editions import LATER, a_permit, a_redirected_request, a_visit
from tests.unit.intake.standing_still import goes_on, stands_still


def with_promise(case: Case, **changes: object) -> Case:
    *earlier, last = case.commitments
    return case.model_copy(update={"commitments": (*earlier, last.model_copy(update=changes))})


def evidence(**changes: object) -> Evidence:
    return Evidence.model_validate(IDENTITY_CARD | changes)


def test_a_case_that_runs_its_course_keeps_its_receipt() -> None:
    """Started, late, answered, told: nothing that was printed has changed."""
    request = a_permit()
    case = the_case(request)
    print_of_the_first_day = fingerprint(case)
    request = state_of(answering.work_moved(request, work(request, "task.started"), world()))
    (promise,) = case.commitments
    timer = TimerFired(name=f"promise:{promise.id}", due=promise.promised_at + timedelta(minutes=16))
    request = state_of(fell_due(request, timer, world(timer.due)))
    request = state_of(answered(request, now="1405/09/25 10:00"))
    request = state_of(announcing.notice_moved(request, notice(request, "message.delivered"), world(timer.due)))
    case = the_case(request)
    assert (case.state, case.commitments[0].state) == ("COLLECTION_DUE", "BROKEN")
    assert edition(case) == 1
    assert fingerprint(case) == print_of_the_first_day


def test_a_paper_that_the_unit_goes_on_without_is_wanted_no_more() -> None:
    filed = state_of(submit())
    stood = state_of(answering.work_moved(filed, stands_still(filed, "employment-proof"), world()))
    assert len(content(the_case(stood))["documentsNeeded"]) == 1
    on = state_of(answering.work_moved(stood, goes_on(stood, LATER, "employment-proof"), world(LATER)))
    assert (the_case(on).state, content(the_case(on))["documentsNeeded"]) == ("PROMISED", [])


def test_a_redirect_that_lapses_keeps_its_receipt_since_a_kiosk_may_still_honour_it() -> None:
    request = a_redirected_request()
    before = fingerprint(the_case(request))
    request = state_of(redirecting.lapsed(request, TimerFired(name="redirect", due=LATER), world(LATER)))
    assert fingerprint(the_case(request)) == before


def test_a_unit_that_is_not_competent_changes_no_receipt() -> None:
    request = state_of(answered(a_permit(), kind=ResultKind.NO_COMPETENCE))
    assert edition(the_case(request)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda case: with_promise(case, promised_at=LATER),
        lambda case: with_promise(case, legal_latest_at=LATER),
        lambda case: with_promise(case, state=CommitmentState.RELEASED),
        lambda case: case.model_copy(update={"commitments": (*case.commitments, a_visit(case))}),
        lambda case: case.model_copy(update={"evidence": (*case.evidence, evidence(type="deed"))}),
        lambda case: case.model_copy(update={"evidence": (evidence(originalSeen=False),)}),
        lambda case: case.model_copy(update={"needed": ()}),
        lambda case: case.model_copy(update={"channel": Channel.WEB}),
        lambda case: case.model_copy(update={"desk_id": SOCIAL_DESK}),
        lambda case: case.model_copy(update={"stages": case.stages[1:]}),
        lambda case: case.model_copy(update={"cost": case.cost + 1}),
        lambda case: case.model_copy(update={"pay_at": "بانک"}),
        lambda case: case.model_copy(update={"service_version": case.service_version + 1}),
        lambda case: case.model_copy(update={"objection": "به استانداری"}),
        lambda case: case.model_copy(
            update={"responsible": case.responsible.model_copy(update={"name": "سارا امینی"})}
        ),
    ],
)
def test_whatever_is_printed_and_changes_makes_a_new_edition(change: Callable[[Case], Case]) -> None:
    request = a_permit()
    before = the_case(request)
    told, after, _ = moved(request, change(before), LATER, Role.OFFICER, ("request.evidence-added",))
    assert told.case == after
    assert [(kept.edition, kept.at, kept.hash) for kept in after.receipts] == [(1, LATER, fingerprint(before))]
    assert (number(after), edition(after), issued_at(after)) == (number(before), 2, LATER)
    assert (recognised(after, fingerprint(before)), recognised(after, fingerprint(after))) == (1, 2)


def test_a_date_that_moves_and_moves_back_is_a_third_edition_not_the_first() -> None:
    request = a_permit()
    first = the_case(request)
    request, second, _ = moved(request, with_promise(first, promised_at=LATER), MORNING, Role.OFFICER, ())
    back = with_promise(second, promised_at=first.commitments[0].promised_at)
    _, third, _ = moved(request, back, MORNING, Role.OFFICER, ())
    assert [recognised(third, fingerprint(case)) for case in (first, second, third)] == [1, 2, 3]


def test_the_same_paper_brought_once_more_and_a_better_picture_of_it() -> None:
    request = a_permit()
    case = the_case(request)
    clearer = case.model_copy(update={"evidence": (evidence(sha256="b" * 64),)})
    _, after, _ = moved(request, clearer, LATER, Role.OFFICER, ())
    assert edition(after) == 1, "the receipt reads as before"
    twice = case.model_copy(update={"evidence": (*case.evidence, evidence(sha256="b" * 64))})
    _, after, _ = moved(request, twice, LATER, Role.OFFICER, ())
    assert edition(after) == 2, "two sheets were taken"


@pytest.mark.parametrize("state", ["WITHDRAWN", "EXPIRED", "DUPLICATE"])
def test_of_what_has_ended_without_an_answer_nothing_is_wanted_and_nothing_lies_ahead(state: str) -> None:
    """Whoever took it back holds a receipt that asks for no papers, and the one that did is an older edition."""
    waiting = incomplete()
    before = the_case(waiting)
    assert before.needed
    ended = before.model_copy(update={"state": RequestState(state)})
    request, case, _ = moved(waiting, ended, LATER, Role.OFFICER, (f"request.{state.lower()}",))
    told = receipt(request, world().registry, LATER)
    assert (told["documentsNeeded"], told["documentsUntil"], told["stagesAhead"]) == ([], None, [])
    page = receipt_page(request, world().registry, LATER)
    assert "مدارک مانده" not in page
    assert "مراحل پیش رو" not in page
    assert (recognised(case, fingerprint(before)), recognised(case, fingerprint(case))) == (1, 2)
