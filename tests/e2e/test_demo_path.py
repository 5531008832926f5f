"""The main job from end to end: real kiosk programs, desks, units and messages; nothing acknowledged is lost."""

import ast
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from services.contracts.topics import INTAKE_REQUEST, NOTIFY_STATUS, ROUTING_WORK
from services.ops.demo import kiosks
from services.runtime import broker_records
from tests.conftest import Stack
from tests.e2e.conftest import ARun

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
