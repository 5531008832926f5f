"""What a kiosk office says later of its case: evidence, taken back, handed over (contract, ADR 0030; I11)."""

from typing import Any

import pytest

from services.contracts.kiosk import DeliveryConfirmed, Rejection
from services.intake.domain import announcing, answering
from services.intake.domain.messages import CaseProgressed
from services.intake.domain.outcomes import in_brief
from services.intake.domain.progress import case_progressed
from services.intake.domain.proving import request_of
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.domain.request import the_case
from services.intake.handlers import REQUEST
from services.ops.home import ROOT
from services.worktime.jalali import jalali_date
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    SOCIAL_OFFICER,
    announcement,
    answered,
    at,
    case_of,
    happens,
    move_of,
    outcome_of,
    state_of,
    submit,
    world,
)
from tests.unit.intake.edge import Intake, a_door
from tests.unit.intake.later_words import (
    LATER,
    PAPER,
    SUPPLEMENTED,
    WITHDRAWN,
    a_word,
    collectable,
    filed,
    said,
    supplement,
)
from tests.unit.intake.outsiders_records import a_body, a_case_of, a_record, dead, told
from tests.unit.intake.receipted import a_redirected_filing
from tests.unit.intake.standing_still import stands_still
from tests.unit.routing.re_dated_days import day


async def test_further_evidence_is_added_to_the_offices_case_and_answered_once() -> None:
    door = await filed()
    await door.records(a_word(SUPPLEMENTED, evidence=[PAPER]), a_word(SUPPLEMENTED, 2, evidence=[PAPER]))
    assert [piece.type for piece in a_case_of(door).evidence] == ["identity-card", "employment-proof"]
    assert a_case_of(door).evidence[1].accepted_by == "wa-urmia-017"
    first, second = told(door)
    assert (second["status"], second["state"], second["causeId"]) == ("ACCEPTED", "PROMISED", "event-1")
    assert second["requestId"] == first["requestId"]
    assert [event["ce_type"].split(".")[-2] for event in door.publisher.events("sd.intake")] == [
        "registered",
        "evidence-added",
    ]


async def test_another_body_under_the_same_revision_is_a_conflict_and_other_revisions_come_in_any_order() -> None:
    door = await filed()
    await door.records(
        a_word(SUPPLEMENTED, 1, revision=3, evidence=[PAPER]),
        a_word(SUPPLEMENTED, 2, revision=3, evidence=[IDENTITY_CARD]),
        a_word(SUPPLEMENTED, 3, revision=2, evidence=[IDENTITY_CARD]),
    )
    assert [(o["status"], o["code"], o["revision"]) for o in told(door)[1:]] == [
        ("ACCEPTED", None, 3),
        ("REJECTED", "CONFLICT", 3),
        ("ACCEPTED", None, 2),
    ]
    assert len(a_case_of(door).evidence) == 3


async def test_a_word_before_the_submission_is_refused_fixably_and_takes_up_nothing() -> None:
    door = a_door()
    await door.records(a_word(SUPPLEMENTED, 0, evidence=[PAPER]), a_record(offset=1))
    refused, accepted = told(door)
    assert (refused["code"], refused["fixable"]) == ("UNKNOWN_CASE", True)
    assert accepted["status"] == "ACCEPTED"
    await door.records(a_word(SUPPLEMENTED, 2, revision=2, evidence=[PAPER]))
    assert told(door)[-1]["status"] == "ACCEPTED"


@pytest.mark.parametrize(
    ("body", "fault"),
    [({"evidence": []}, "evidence"), ({}, "evidence"), ({"evidence": [PAPER], "revision": 0}, "revision")],
)
async def test_what_does_not_fit_is_malformed(body: dict[str, Any], fault: str) -> None:
    door = await filed()
    await door.records(a_word(SUPPLEMENTED, **body))
    assert (told(door)[-1]["code"], len(dead(door))) == ("MALFORMED", 1)
    assert fault in told(door)[-1]["detail"]


async def test_whose_word_it_is_not_changes_nothing_of_the_case() -> None:
    door = await filed()
    before = a_case_of(door)
    forged = a_word(WITHDRAWN, 1, {"ce_signature": b"x..y"}, reason="NOT_NEEDED")
    elsewhere = a_word(WITHDRAWN, 2, {"ce_source": b"/kiosk/wa-khoy-003"}, reason="NOT_NEEDED")
    await door.records(forged, elsewhere)
    assert a_case_of(door) == before
    assert {outcome["code"] for outcome in told(door)[1:]} == {"BAD_SIGNATURE", "SOURCE_MISMATCH"}
    await door.records(a_word(WITHDRAWN, 3, reason="NOT_NEEDED"))
    assert a_case_of(door).state == "WITHDRAWN", "the office's own word has its revision still"


async def test_taken_back_at_the_counter_it_is_over_and_nothing_is_added_any_more() -> None:
    door = await filed()
    await door.records(a_word(WITHDRAWN, reason="NOT_NEEDED"), a_word(SUPPLEMENTED, 2, evidence=[PAPER]))
    case = a_case_of(door)
    assert (case.state, case.withdrawal.officer_id, case.commitments[0].state) == (
        "WITHDRAWN",
        "wa-urmia-017",
        "RELEASED",
    )
    assert [(o["status"], o["state"]) for o in told(door)[1:3]] == [
        ("ACCEPTED", "WITHDRAWN"),
        ("PROGRESS", "WITHDRAWN"),
    ]
    assert (told(door)[-1]["code"], told(door)[-1]["detail"]) == ("NOT_POSSIBLE", "CASE_ENDED")


def test_what_neither_the_sheet_nor_anybody_asks_for_is_not_taken() -> None:
    """As at a desk: a case holds nothing under a name that nobody knows."""
    request = state_of(submit())
    refused = outcome_of(said(request, supplement(type="library-card")))
    assert (refused.code, refused.detail) == (Rejection.NOT_POSSIBLE, "UNKNOWN_EVIDENCE_TYPE")
    assert case_of(said(request, supplement(2))).evidence[-1].type == PAPER["type"]


async def test_what_came_before_its_submission_is_judged_when_it_is_sent_again() -> None:
    """The office reads UNKNOWN_CASE, sends the submission, and then the very same bytes once more."""
    door = a_door()
    early = a_word(WITHDRAWN, reason="NOT_NEEDED")
    await door.records(early, a_word(WITHDRAWN, 2, reason="NOT_NEEDED"))
    assert [outcome["code"] for outcome in told(door)] == ["UNKNOWN_CASE"], "nothing has changed: no second answer"
    await door.records(a_record(offset=3), a_word(WITHDRAWN, 4, reason="NOT_NEEDED"))
    assert a_case_of(door).state == "WITHDRAWN"
    news = [(outcome["status"], outcome["state"]) for outcome in told(door)[1:]]
    assert news == [("ACCEPTED", "PROMISED"), ("ACCEPTED", "WITHDRAWN"), ("PROGRESS", "WITHDRAWN")]
    await door.records(a_word(WITHDRAWN, 5, reason="NOT_NEEDED"))
    assert len(told(door)) == 4


async def test_another_content_may_follow_what_came_too_early() -> None:
    """Nothing was decided under that revision."""
    door = a_door()
    await door.records(a_word(SUPPLEMENTED, evidence=[PAPER]), a_record(offset=2))
    await door.records(a_word(SUPPLEMENTED, 3, evidence=[PAPER | {"sha256": "c" * 64}]))
    assert [outcome["code"] for outcome in told(door)] == ["UNKNOWN_CASE", None, None]


async def test_a_reason_that_is_not_of_the_list_is_malformed_and_withdraws_nothing() -> None:
    door = await filed()
    await door.records(a_word(WITHDRAWN, reason="ZAHRA REZAEI SAID SO"))
    assert (told(door)[-1]["code"], a_case_of(door).state) == ("MALFORMED", "PROMISED")


def test_the_last_of_what_was_asked_for_is_told_to_routing_and_the_office_hears_what_is_missing() -> None:
    request = state_of(submit())
    stood = answering.work_moved(request, stands_still(request, "employment-proof", "insurance-card"), world())
    progress = outcome_of(stood)
    assert (progress.status, progress.state, len(progress.needed)) == ("PROGRESS", "SUSPENDED", 2)
    assert progress.deadline == at("1405/09/16 10:00")
    later = world("1405/09/03 10:00")
    one = said(state_of(stood), supplement(), later)
    assert (outcome_of(one).needed, outcome_of(one).deadline) == (progress.needed[1:], progress.deadline)
    both = said(state_of(one), supplement(2, type="insurance-card"), later)
    awaited, still = move_of(both).awaited, move_of(both).suspension
    assert awaited is not None
    assert still is not None
    assert (awaited.missing, still.number, case_of(both).state) == ((), 1, "SUSPENDED")
    assert outcome_of(both).needed == ()


def test_the_office_hears_until_when_papers_are_awaited_where_a_closure_has_postponed_that() -> None:
    """Its citizen asks at the counter, which would send them away after the day that it was told first."""
    request = state_of(submit())
    stood = answering.work_moved(request, stands_still(request, "employment-proof"), world())
    until = outcome_of(stood).deadline
    assert until is not None
    desk = sample_snapshot().desk(case_of(stood).desk_id)
    calendar = sample_snapshot().calendar(desk.calendar_id) if desk else None
    assert calendar is not None
    shut = calendar.model_copy(update={"exceptions": (*calendar.exceptions, day(jalali_date(until.date())))})
    moved = happens(state_of(stood), RegistryMoved(), world("1405/09/03 10:00", shut))
    awaited = case_of(moved).awaited
    assert awaited is not None
    assert awaited.until > until
    assert (outcome_of(moved).state, outcome_of(moved).deadline) == ("SUSPENDED", awaited.until)
    again = happens(state_of(moved), RegistryMoved(), world("1405/09/03 10:00", shut))
    assert again.events == ()


def test_an_output_handed_over_at_the_counter_closes_the_case() -> None:
    now = world(MORNING, collectable())
    early = state_of(submit(None, now))
    confirmed = {"collectedBy": "APPLICANT", "identitySeen": True}
    too_early = outcome_of(said(early, DeliveryConfirmed.model_validate(LATER | confirmed), now))
    assert (too_early.code, too_early.detail) == (Rejection.NOT_POSSIBLE, "ILLEGAL_MOVE")
    waits = state_of(announcing.told_at_desk(state_of(answered(early)), announcement(SOCIAL_OFFICER), now))
    assert the_case(waits)[1].state == "COLLECTION_DUE"
    unseen = said(waits, DeliveryConfirmed.model_validate(LATER | confirmed | {"identitySeen": False}), now)
    assert (outcome_of(unseen).code, outcome_of(unseen).detail) == (Rejection.NOT_POSSIBLE, "IDENTITY_NOT_SEEN")
    by_nobody = confirmed | {"collectedBy": "REPRESENTATIVE", "revision": 3}
    nobody = said(state_of(unseen), DeliveryConfirmed.model_validate(LATER | by_nobody), now)
    assert (outcome_of(nobody).code, outcome_of(nobody).detail) == (Rejection.NOT_POSSIBLE, "NO_REPRESENTATIVE")
    assert "NO_REPRESENTATIVE" in (ROOT / "docs" / "partners.md").read_text(), "partners' programs know it"
    done = said(state_of(nobody), DeliveryConfirmed.model_validate(LATER | confirmed | {"revision": 2}), now)
    case = case_of(done)
    assert case.handover is not None
    assert (case.state, case.handover.officer_id, case.collected()) == ("CLOSED", "wa-urmia-017", True)


async def test_what_follows_a_redirected_submission_waits_for_its_answer(intake: Intake) -> None:
    """Sent in order it is judged in order: nothing is rejected that would be taken a moment later."""
    filed = await a_redirected_filing(intake)
    door, ref = intake.memory, filed["redirect"]["ref"]
    await door.records(a_record(redirectRef=ref), a_word(SUPPLEMENTED, 1, evidence=[PAPER]))
    answers = [(answer["status"], answer["code"], answer["causeId"]) for answer in told(door)]
    assert answers == [("ACCEPTED", None, "event-0"), ("ACCEPTED", None, "event-1")]
    case = door.state(REQUEST, filed["requestId"]).case
    assert PAPER["type"] in [piece.type for piece in case.evidence]


async def test_what_follows_a_reference_of_somebody_else_is_about_no_case_and_may_come_again(intake: Intake) -> None:
    filed = await a_redirected_filing(intake)
    door, ref = intake.memory, filed["redirect"]["ref"]
    another = a_body()["applicant"] | {"value": "0499370899"}
    word = a_word(SUPPLEMENTED, 1, evidence=[PAPER])
    await door.records(a_record(redirectRef=ref, applicant=another), word)
    assert [answer["code"] for answer in told(door)] == ["REDIRECT_UNKNOWN", "UNKNOWN_CASE"]
    filing = door.state(REQUEST, request_of("wa-urmia-017", "017-000123")).filing
    assert (filing.honoured, filing.asked_of) == (None, None)
    await door.records(a_record(offset=2, redirectRef=ref, revision=2), a_word(SUPPLEMENTED, 3, evidence=[PAPER]))
    assert [answer["status"] for answer in told(door)[2:]] == ["ACCEPTED", "ACCEPTED"]


def test_the_office_hears_of_other_papers_also_where_the_work_went_on_and_stood_still_in_one_word() -> None:
    """Routing's word in between was lost: the next one tells the whole ledger, and the office what is needed now."""
    request = state_of(submit())
    first = answering.work_moved(request, stands_still(request, "employment-proof"), world())
    stood = state_of(first)
    word = stands_still(stood, "insurance-card")
    newer = word.clock.suspensions[0].model_copy(update={"number": 2})
    clock = word.clock.model_copy(update={"suspensions": (newer,)})
    again = answering.work_moved(stood, word.model_copy(update={"clock": clock}), world("1405/09/03 10:00"))
    assert move_of(again).moves == ("request.resumed", "request.suspended")
    progress = outcome_of(again)
    assert (progress.state, len(progress.needed)) == ("SUSPENDED", 1)
    assert progress.needed != outcome_of(first).needed
    brief = CaseProgressed(case=in_brief(request.id, case_of(again)))
    assert case_progressed(state_of(again), brief, world("1405/09/03 11:00")).events == (), "told once"
