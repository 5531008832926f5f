"""The main job from end to end: real kiosk programs, desks, units and messages; nothing acknowledged is lost."""

import ast
import json
import sys
from collections import Counter
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.contracts.topics import INTAKE_REQUEST, NOTIFY_STATUS, ROUTING_WORK
from services.ops.demo import (
    broken_promise,
    closure,
    deficiency,
    gateway_away,
    kiosks,
    missing_document,
    month_end,
    objection,
    out_of_turn,
    sent_to_a_unit,
)
from services.ops.demo.scene import Scene
from services.runtime import broker_records
from services.worktime.jalali import civil_day
from tests.e2e.conftest import ARun
from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(180)


def test_everything_acknowledged_is_a_case_a_rejection_or_a_dead_letter(a_run: ARun) -> None:
    """Zero acknowledged loss, effects once (C1, C2, C5), judged from topics and HTTP alone."""
    sums = a_run.outcome.reconciliation
    assert sums.missing == ()
    assert a_run.outcome.surprises == ()
    assert sums.contents + sums.filed == sums.cases + sums.honoured + sums.rejected + sums.dead_letters
    assert min(sums.contents, sums.filed, sums.cases, sums.honoured, sums.rejected, sums.dead_letters, sums.sms) > 0


def test_what_is_sent_twice_is_answered_once(a_run: ARun) -> None:
    """I11: the offices sent some records again under new ids, the desks some calls; neither made a second case."""
    sums = a_run.outcome.reconciliation
    assert sums.records > sums.contents
    assert sums.asked > sums.filed
    assert a_run.outcome.is_good


def test_each_fault_of_an_office_gets_its_code(a_run: ARun) -> None:
    """Every submission is judged by the closed list of rejections (contract: Kiosk outcome)."""
    evidence = a_run.outcome.evidence
    codes = {answer["code"] for record in evidence.contents for answer in evidence.answers_to(record)}
    assert codes >= {
        *("INVALID_APPLICANT", "MISSING_EVIDENCE", "MALFORMED", "KIOSK_NOT_LICENSED"),
        *("NOT_OFFERED_HERE", "PRESENCE_REQUIRED", "REDIRECT_UNKNOWN"),
    }
    corrected = [record for record in evidence.contents if record["revision"] == 2]
    assert corrected
    assert all(answer["status"] == "ACCEPTED" for record in corrected for answer in evidence.answers_to(record))


def test_a_case_runs_from_the_kiosks_event_to_closed(a_run: ARun, stack: Stack) -> None:
    """The whole path of one case through three services, each telling its moves in order (domain 3)."""
    id = _a_kiosks_case(a_run, collectable=False)
    assert _moves(stack, INTAKE_REQUEST.name, id) == [
        ["request.registered", "commitment.added"],
        ["request.started"],
        ["request.result-ready"],
        ["request.announced", "commitment.kept", "request.closed"],
    ]
    assert _moves(stack, ROUTING_WORK.name, id) == [
        ["task.assigned", "clock.started"],
        ["task.started"],
        ["task.answered", "clock.stopped", "result.decided"],
    ]
    told = [move for moves in _moves(stack, NOTIFY_STATUS.name, id) for move in moves]
    assert Counter(told)["message.delivered"] == 2, "registered, and the result"
    assert a_run.outcome.evidence.shown[id]["commitments"][0]["state"] == "KEPT"


def test_an_output_to_collect_is_handed_over_before_the_case_closes(a_run: ARun, stack: Stack) -> None:
    id = _a_kiosks_case(a_run, collectable=True)
    assert _moves(stack, INTAKE_REQUEST.name, id)[-2:] == [
        ["request.announced", "commitment.kept", "request.collection-due"],
        ["request.delivered", "request.closed"],
    ]


def test_the_office_hears_how_far_its_case_is(a_run: ARun) -> None:
    """One ACCEPTED with the tracking code and the promise, then progress until CLOSED (contract: Kiosk outcome)."""
    id = _a_kiosks_case(a_run, collectable=False)
    heard = [o for ledger in a_run.outcome.evidence.ledgers for o in ledger.outcomes if o["requestId"] == id]
    assert [(o["status"], o["state"]) for o in heard] == [
        ("ACCEPTED", "PROMISED"),
        ("PROGRESS", "RESULT_READY"),
        ("PROGRESS", "CLOSED"),
    ]
    assert heard[0]["trackingCode"] == a_run.outcome.evidence.shown[id]["trackingCode"]
    assert heard[0]["promisedLocal"].startswith("14")


def test_a_citizen_whom_no_message_reaches_is_told_at_the_desk(a_run: ARun) -> None:
    """I9: an announcement counts only on confirmed delivery or desk acknowledgement."""
    evidence = a_run.outcome.evidence
    delivered = {
        status["requestId"]
        for status in evidence.topics.our_messages().values()
        if status["notice"] == "RESULT_READY" and status["state"] == "DELIVERED"
    }
    worked_on = {id for id, case in evidence.shown.items() if case["result"] and case["commitments"]}
    assert a_run.outcome.told_at_desk == worked_on - delivered
    assert a_run.outcome.told_at_desk


def test_12_9_a_closure_moves_the_promises_that_cross_it_and_each_citizen_hears_once(a_run: ARun) -> None:
    """Three cases of two citizens: listed before it is announced, moved by it, two messages."""
    scene = _scene(a_run, closure.NAME)
    assert (scene.figures["listed"], scene.figures["moved"], scene.figures["told"]) == (3, 3, 2)
    messages = a_run.outcome.evidence.topics.our_messages().values()
    re_dated = [m for m in messages if m["notice"] == "RE_DATED"]
    assert {m["requestId"] for m in re_dated} == set(scene.cases), "nobody else's date has moved"
    assert Counter(m["state"] for m in re_dated) == {"DELIVERED": 2, "SUPPRESSED": 1}
    closed = date.fromisoformat(scene.figures["day"])
    for id in scene.cases:
        promise = a_run.outcome.evidence.shown[id]["commitments"][0]
        assert promise["state"] == "KEPT"
        assert civil_day(datetime.fromisoformat(promise["promisedAt"])) != closed


def test_a_case_whose_document_is_missing_stands_still_until_it_is_brought(a_run: ARun, stack: Stack) -> None:
    scene = _scene(a_run, missing_document.NAME)
    (id,) = scene.cases
    moves = [move for moves in _moves(stack, INTAKE_REQUEST.name, id) for move in moves]
    order = ("request.suspended", "request.evidence-added", "request.resumed", "request.result-ready")
    assert [move for move in moves if move in order] == list(order)
    assert _words_of(a_run, scene)[0].count("مدرک") == 1


def test_i6_a_promise_that_was_broken_stays_so_and_its_citizen_heard_an_apology(a_run: ARun) -> None:
    scene = _scene(a_run, broken_promise.NAME)
    promises = {id: case["commitments"] for id, case in a_run.outcome.evidence.shown.items()}
    assert [id for id, made in promises.items() if any(p["state"] == "BROKEN" for p in made)] == list(scene.cases)
    assert promises[scene.cases[0]][0]["fulfilledLateAt"] is not None
    assert "پوزش" in _words_of(a_run, scene)[0]


def test_a_deficiency_is_verified_and_reported_with_the_pack_of_its_month(a_run: ARun) -> None:
    """Domain 3, 11: from the inspector's report to a number in the register above; the pack is frozen once."""
    assert _scene(a_run, deficiency.NAME).figures["states"] == [
        *("REPORTED", "ACKNOWLEDGED", "PLANNED", "IN_REMEDY", "FIXED", "VERIFIED")
    ]
    end = _scene(a_run, month_end.NAME).figures
    assert end["receiptNo"].startswith("14")
    assert list(end["sha256"]) == ["json", "csv", "xlsx", "html"]
    assert len(set(end["sha256"].values())) == 4
    pack = httpx.get(f"{a_run.stage.url('registry')}/v1/reports/packs/wa-tax/{end['month']}", params={"format": "json"})
    assert sha256(pack.content).hexdigest() == end["sha256"]["json"], "the same bytes whenever it is asked for"


def test_the_kiosk_office_is_a_strangers_program() -> None:
    """It follows the contract alone: it imports nothing of ours, and no library but a Kafka client."""
    tree = ast.parse(Path(kiosks.PROGRAM).read_text(encoding="utf-8"))
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import would be one of ours"
            imported.add(str(node.module).partition(".")[0])
    assert imported - sys.stdlib_module_names == {"confluent_kafka", "cryptography"}


def test_I7_a_jump_takes_a_reason_and_a_witness_and_so_does_a_hand(a_run: ARun, stack: Stack) -> None:
    scene = _scene(a_run, out_of_turn.NAME)
    assert scene.figures["refused"] == ["JUMP_NEEDS_REASON", "SECOND_OFFICER_NEEDED"]
    older, later = scene.cases
    assert ["task.started", "task.jump-recorded"] in _moves(stack, ROUTING_WORK.name, later)
    assert ["task.reassigned"] in _moves(stack, ROUTING_WORK.name, older)


def test_I8_an_objection_is_decided_by_somebody_else(a_run: ARun) -> None:
    scene = _scene(a_run, objection.NAME)
    assert scene.figures["again"] != scene.figures["author"]
    assert "اعتراض" in _words_of(a_run, scene)[0]


def test_R14_while_the_gateway_is_away_the_desk_goes_on_and_then_each_is_told_once(a_run: ARun) -> None:
    scene = _scene(a_run, gateway_away.NAME)
    assert scene.figures == {"meanwhile": 0, "then": ["DELIVERED", "DELIVERED"], "accepted": [1, 1]}
    registered = [row for row in a_run.outcome.evidence.sms if row["ref"] in scene.messages]
    assert len(registered) == len(scene.messages) == 1


def test_I1_who_is_sent_to_a_unit_has_an_appointment_and_another_when_they_miss_it(a_run: ARun) -> None:
    scene = _scene(a_run, sent_to_a_unit.NAME)
    assert (scene.figures["first"], scene.figures["second"]) == ("MISSED", "ATTENDED")
    assert "۱۲" in _words_of(a_run, scene)[0], "the room"


def _scene(a_run: ARun, name: str) -> Scene:
    scene = next(scene for scene in a_run.outcome.scenes if scene.name == name)
    assert scene.fault == ""
    return scene


def _words_of(a_run: ARun, scene: Scene) -> list[str]:
    """What the gateway accepted of the scene's messages."""
    return [row["text"] for row in a_run.outcome.evidence.sms if row["ref"] in scene.messages]


def _a_kiosks_case(a_run: ARun, *, collectable: bool) -> str:
    """A case that a kiosk opened for somebody with a mobile, granted."""
    evidence = a_run.outcome.evidence
    for id, case in sorted(evidence.shown.items()):
        by_kiosk = case["kiosk"] is not None and case["redirect"] is None
        granted = case["result"] is not None and case["result"]["kind"] == "GRANTED"
        if by_kiosk and granted and case["collectable"] is collectable and id not in a_run.outcome.told_at_desk:
            return id
    pytest.fail(f"no granted case from a kiosk with collectable={collectable}")


def _moves(stack: Stack, topic: str, request_id: str) -> list[list[str]]:
    """The moves that a topic tells of one request, each event once, in the order of its numbers."""
    events: dict[int, list[str]] = {}
    for record in broker_records.everything(stack.bootstrap, [topic]):
        if record.key == request_id.encode():
            headers = dict(record.headers)
            body: dict[str, Any] = json.loads(record.value or b"{}")
            events.setdefault(int(headers["ce_sequence"] or b""), body["moves"])
    assert list(events) == list(range(1, len(events) + 1)), "numbers without a gap, in order"
    return list(events.values())
