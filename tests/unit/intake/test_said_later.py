"""What a kiosk office says later of its case: evidence, taken back, handed over (contract, ADR 0030; I11)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision
from services.contracts.kiosk import FURTHER, DeliveryConfirmed, Rejection, Supplement, TakenBack
from services.contracts.routing import Suspension, SuspensionCause, SuspensionReason
from services.contracts.service_sheet import Sheet
from services.intake.domain import announcing, answering, further, redirecting
from services.intake.domain.messages import KioskSaid, SaidOfCase, SaidTaken
from services.intake.domain.proving import OWN
from services.intake.domain.request import Request, the_case
from services.intake.handlers import REQUEST
from services.intake.kiosk_records import request_of, said_later
from services.runtime.message import Record
from tests.support.memory_door import MemoryDoor
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    SOCIAL_OFFICER,
    a_redirected_request,
    announcement,
    answered,
    arrives,
    asked,
    at,
    case_of,
    move_of,
    outcome_of,
    outcomes_of,
    redirect_of,
    state_of,
    submit,
    work,
    world,
)
from tests.unit.intake.edge import Intake, a_door, a_submission
from tests.unit.intake.test_kiosk_records import a_case_of, a_record, dead, told

SUPPLEMENTED, WITHDRAWN, DELIVERED = FURTHER
PAPER = IDENTITY_CARD | {"type": "employment-proof", "sha256": "b" * 64}
DAY = timedelta(days=1)
LATER = {"externalRef": "017-000123", "kioskId": "wa-urmia-017", "revision": 1}


def a_word(type_: str, offset: int = 1, headers: dict[str, bytes | None] | None = None, **body: Any) -> Record:
    value = json.dumps(LATER | body).encode()
    return a_record(value=value, offset=offset, headers={"ce_type": type_.encode(), **(headers or {})})


def said(request: Request | None, body: Any, now: Any = None, source: str = "/kiosk/wa-urmia-017") -> Decision[Request]:
    message = said_later(body, source, OWN, "event-9", "KAFKA")
    assert isinstance(message, KioskSaid)
    return further.said(request, message, now or world())


def supplement(revision: int = 1, **paper: Any) -> Supplement:
    return Supplement.model_validate(LATER | {"revision": revision, "evidence": [PAPER | paper]})


async def filed() -> MemoryDoor:
    door = a_door()
    await door.records(a_record())
    return door


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
    event = work(request, "clock.suspended", now=MORNING)
    suspension = Suspension(
        number=1,
        cause=SuspensionCause.APPLICANT,
        reason=SuspensionReason.MISSING_DOCUMENT,
        evidence_types=("employment-proof", "insurance-card"),
        from_at=MORNING,
        by="wa-officer-1",
    )
    clock = event.clock.model_copy(update={"suspensions": (suspension,)})
    stood = answering.work_moved(request, event.model_copy(update={"clock": clock}), world())
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


def collectable() -> Sheet:
    """The sheet of the cases here, with an output that is fetched."""
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    return sheet.model_copy(update={"output": sheet.output.model_copy(update={"collectable": True})})


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
    done = said(state_of(nobody), DeliveryConfirmed.model_validate(LATER | confirmed | {"revision": 2}), now)
    case = case_of(done)
    assert case.handover is not None
    assert (case.state, case.handover.officer_id, case.collected()) == ("CLOSED", "wa-urmia-017", True)


def test_an_office_that_completed_a_redirect_asks_the_request_and_is_told_once() -> None:
    redirected = a_redirected_request()
    filing = arrives(redirected)
    honoured = REQUEST.decide[type(asked(filing))](redirected, asked(filing), world())
    (back,) = honoured.sends
    accepted = REQUEST.decide[type(back.body)](state_of(filing), back.body, world())
    asks = said(state_of(accepted), supplement())
    (question,) = asks.sends
    assert (question.id, outcomes_of(asks)) == (redirected.id, [])
    assert asks.answer is not None
    assert asks.answer["status"] == "WAITING"
    assert isinstance(question.body, SaidOfCase)
    decided = further.of_case(state_of(honoured), question.body, world())
    assert [piece.type for piece in case_of(decided).evidence][-1] == "employment-proof"
    (reply,) = decided.sends
    assert isinstance(reply.body, SaidTaken)
    heard = further.answered(state_of(asks), reply.body, world())
    assert (outcome_of(heard).status, outcome_of(heard).request_id) == ("ACCEPTED", redirected.id)
    assert further.answered(state_of(heard), reply.body, world()).events == ()
    assert said(state_of(heard), supplement()).events == (), "sent again, known again"
    assert redirect_of(redirected).ref


def test_of_a_case_that_another_filing_opened_nothing_is_taken() -> None:
    own = state_of(submit())
    question = SaidOfCase(filing_id="somebody-else", digest="d", kiosk_id="wa-urmia-012", said=supplement())
    decided = further.of_case(own, question, world())
    (reply,) = decided.sends
    assert isinstance(reply.body, SaidTaken)
    assert (reply.id, reply.body.code, decided.state) == ("somebody-else", Rejection.UNKNOWN_CASE, own)


def test_an_office_without_a_licence_says_nothing_more_of_its_cases() -> None:
    kiosk = sample_snapshot().kiosk("wa-urmia-017")
    assert kiosk is not None
    ended = world("1405/09/05 10:00", kiosk.model_copy(update={"valid_to": MORNING.date()}))
    taken = TakenBack.model_validate(LATER | {"reason": "NOT_NEEDED"})
    refused = said(state_of(submit()), taken, ended)
    assert outcome_of(refused).code is Rejection.KIOSK_NOT_LICENSED


def test_what_it_said_on_the_last_day_of_its_licence_is_taken_though_it_is_read_after_it() -> None:
    kiosk = sample_snapshot().kiosk("wa-urmia-017")
    assert kiosk is not None
    over = world("1405/09/05 10:00", kiosk.model_copy(update={"valid_to": MORNING.date()}))
    taken = TakenBack.model_validate(LATER | {"reason": "NOT_NEEDED"})
    message = said_later(taken, "/kiosk/wa-urmia-017", OWN, "event-9", "KAFKA", at("1405/09/02 23:59"))
    done = further.said(state_of(submit()), message, over)
    assert done.answer == {"status": "ACCEPTED", "code": None}


async def test_over_http_the_same_words_are_taken_with_the_partners_key(intake: Intake) -> None:
    assert (await intake.http.post("/v1/kiosk/submissions", json=a_submission())).status_code == 202
    later = LATER | {"externalRef": "017-1"}
    added = await intake.http.post("/v1/kiosk/submissions/supplement", json=later | {"evidence": [PAPER]})
    assert (added.status_code, added.json()["status"], added.json()["code"]) == (202, "ACCEPTED", None)
    back = await intake.http.post("/v1/kiosk/submissions/withdraw", json=later | {"reason": "NOT_NEEDED"})
    assert (back.status_code, back.json()["status"]) == (202, "ACCEPTED")
    late = await intake.http.post(
        "/v1/kiosk/submissions/delivery", json=later | {"collectedBy": "APPLICANT", "identitySeen": True}
    )
    assert (late.json()["code"], late.json()["detail"]) == ("NOT_POSSIBLE", "ILLEGAL_MOVE")
    nobody = await intake.http.post(
        "/v1/kiosk/submissions/withdraw", json=later | {"reason": "NOT_NEEDED", "revision": "1"}
    )
    assert (nobody.status_code, nobody.json()["code"]) == (422, "MALFORMED")
    told = (await intake.http.get(added.json()["outcome"])).json()["items"]
    assert [item["status"] for item in told] == ["ACCEPTED", "ACCEPTED", "ACCEPTED", "REJECTED", "PROGRESS"]
    state = intake.memory.state(REQUEST, request_of("wa-urmia-017", "017-1"))
    assert state.case.state == "WITHDRAWN"


# --- each is a visit of the case (domain 5) ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        supplement(),
        TakenBack.model_validate(LATER | {"reason": "NOT_NEEDED"}),
        DeliveryConfirmed.model_validate(LATER | {"collectedBy": "APPLICANT", "identitySeen": True}),
    ],
    ids=lambda word: type(word).__name__,
)
def test_whoever_comes_to_the_office_again_has_come_once_more(word: Any) -> None:
    now, later = world(MORNING, collectable()), world(MORNING + DAY, collectable())
    request = state_of(submit(now=now))
    if isinstance(word, DeliveryConfirmed):
        request = state_of(announcing.told_at_desk(state_of(answered(request)), announcement(SOCIAL_OFFICER), now))
    assert the_case(request)[1].visits == 1
    done = said(request, word, later)
    assert (case_of(done).visits, move_of(done).visits) == (2, 2)


def test_what_an_office_says_on_one_day_is_one_visit() -> None:
    filed = state_of(submit())
    same_day = state_of(said(filed, supplement()))
    assert the_case(same_day)[1].visits == 1, "the day on which it was filed"
    later = state_of(said(same_day, supplement(2, sha256="c" * 64), world(MORNING + DAY)))
    both = said(later, supplement(3, sha256="d" * 64), world(MORNING + DAY))
    assert case_of(both).visits == 2


def test_at_the_office_that_completed_a_redirect_a_later_visit_is_the_third() -> None:
    request = a_redirected_request()
    arrived = asked(arrives(request))
    honoured = state_of(redirecting.honours(request, arrived, world()))
    assert the_case(honoured)[1].visits == 2
    word = SaidOfCase(filing_id=arrived.filing_id, digest="d", kiosk_id=arrived.kiosk_id, said=supplement())
    assert case_of(further.of_case(honoured, word, world(MORNING + DAY))).visits == 3


def test_what_is_refused_is_no_visit() -> None:
    filed = state_of(submit())
    word = DeliveryConfirmed.model_validate(LATER | {"collectedBy": "APPLICANT", "identitySeen": True})
    assert case_of(said(filed, word, world(MORNING + DAY))).visits == 1


@pytest.mark.parametrize("id", ["0013542419", "09121234567"])
async def test_I12_an_outcome_repeats_no_number_that_an_office_took_for_its_ce_id(id: str) -> None:
    door = a_door()
    broken = a_record(value=b"{}", offset=2, headers={"ce_id": id.encode()})
    await door.records(a_record(headers={"ce_id": id.encode()}), broken)
    causes = [outcome["causeId"] for outcome in told(door)]
    assert len(causes) == 2
    assert all(cause.startswith("personal-") for cause in causes)
    assert id not in repr(door.publisher.sent)


@pytest.mark.parametrize("key", ["0013542419", "new-09121234567"])
async def test_I12_an_idempotency_key_is_nobodys_number(intake: Intake, key: str) -> None:
    """It is kept beside the case, and told to the office as what led to its outcome."""
    headers = {"Idempotency-Key": key}
    by_office = await intake.http.post("/v1/kiosk/submissions", json=a_submission(), headers=headers)
    at_desk = await intake.file(key=key)
    for refused in (by_office, at_desk):
        assert (refused.status_code, refused.json()["code"]) == (422, "INVALID")
        assert key not in refused.text
    assert intake.memory.publisher.sent == []
