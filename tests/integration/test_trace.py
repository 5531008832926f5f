"""`mizban trace` on a real Kafka: one case is told across all services, in order and without a personal word."""

import json
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest

from services.contracts.identifiers import grouped, tracking_code
from services.contracts.persian import persian_digits
from services.contracts.topics import outcome_topic
from services.ops import case_steps, trace
from services.runtime import broker_admin
from tests.support.operators import APPLICANT, MOBILE, NAME, PERSONAL, a_topic, mizban, written
from tests.support.stack import Stack


@pytest.fixture
def province(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Topics of this test alone in place of the five that a case runs through: role -> name."""
    mine = uuid4().hex[:8]
    roles = {"INTAKE_REQUEST": 3, "ROUTING_WORK": 3, "NOTIFY_STATUS": 2, "KIOSK_SUBMISSION": 3}
    topics = {role: a_topic(f"test.{mine}.{role.lower()}", count) for role, count in roles.items()}
    outcomes = a_topic(f"test.{mine}.outcome", 2)
    broker_admin.bring_in_step(stack.bootstrap, [*topics.values(), outcomes])
    modules: tuple[ModuleType, ...] = (trace, case_steps)
    for module in modules:
        for role, topic in topics.items():
            monkeypatch.setattr(module, role, topic)
    monkeypatch.setattr(trace, "outcome_topic", lambda partner: outcomes)
    monkeypatch.setattr(trace, "outcome_topics", lambda bootstrap: [outcomes.name])
    return {role: topic.name for role, topic in topics.items()} | {"OUTCOME": outcomes.name}


@dataclass
class Publishing:
    """Writes a case's events as the services would."""

    stack: Stack
    topics: dict[str, str]
    request: str
    number: int = 0

    def event(self, role: str, second: int, service: str, data: dict[str, Any], key: str = "", **more: str) -> str:
        self.number += 1
        id = str(uuid4())
        headers = {
            "ce_specversion": "1.0",
            "ce_id": id,
            "ce_source": f"/org/wa-tax/{service}",
            "ce_type": "ir.servicedesk.intake.request.moved.v1",
            "ce_subject": key or self.request,
            "ce_time": f"2026-11-23T08:30:{second:02}Z",
            "ce_sequence": str(self.number),
        } | more
        encoded = [(name, value.encode()) for name, value in headers.items()]
        written(self.stack, self.topics[role], json.dumps(data).encode(), (key or self.request).encode(), encoded)
        return id


def test_one_case_is_told_across_all_services(stack: Stack, province: dict[str, str]) -> None:
    code, kiosk = tracking_code(uuid4().int % 10**13), f"wa-urmia-017:{uuid4().hex[:8]}"
    ref = kiosk.partition(":")[2]
    ours, others = (Publishing(stack, province, str(uuid4())) for _ in range(2))
    case = {"trackingCode": code, "kiosk": {"kioskId": "wa-urmia-017", "externalRef": ref, "partner": "pishkhan-a"}}
    others.event("INTAKE_REQUEST", 1, "intake", {"trackingCode": "0" * 14, "state": "REGISTERED"})
    others.event("ROUTING_WORK", 2, "routing", {"task": {"state": "ASSIGNED"}})
    # in an order in which no reader of five topics would find them
    told = ours.event(
        "NOTIFY_STATUS", 9, "notify", {"notice": "REGISTERED", "state": "SENT", "moves": ["message.sent"]}
    )
    submission = ours.event("KIOSK_SUBMISSION", 1, MOBILE, {"revision": 1, "applicant": APPLICANT}, kiosk)
    moves = ["request.registered", "commitment.added"]
    registered = ours.event(
        "INTAKE_REQUEST", 2, "intake", case | {"state": "PROMISED", "moves": moves}, ce_causationid=submission
    )
    ours.event("OUTCOME", 2, "intake", {"status": "ACCEPTED", "moves": ["submission.accepted"]}, kiosk)
    ours.event("ROUTING_WORK", 3, "routing", {"task": {"state": "ASSIGNED"}, "moves": ["task.assigned"]})

    persian = persian_digits(grouped(code))
    for which in ([code], [ours.request], [persian], persian.split(), [ref], [kiosk]):
        exit_code, output = mizban("trace", *which, "--json")
        assert exit_code == 0, output
        steps = json.loads(output)
        assert [step["service"] for step in steps] == ["kiosk", "intake", "intake", "routing", "notify"]
    assert [step["state"] for step in steps] == ["revision 1", "PROMISED", "ACCEPTED", "ASSIGNED", "REGISTERED SENT"]
    assert (steps[1]["id"], steps[1]["causation"]) == (registered[:8], submission[:8])
    assert (steps[1]["moves"], steps[1]["atLocal"]) == (moves, "1405/09/02 12:00")
    exit_code, table = mizban("trace", code)
    assert (exit_code, "5 steps in 8 s." in table, told[:8] in table, "6 s" in table) == (0, True, True, True)
    for personal in PERSONAL:
        assert personal not in output + table


def test_a_rejected_submission_is_told_with_its_code(stack: Stack, province: dict[str, str]) -> None:
    kiosk = f"wa-urmia-017:{uuid4().hex[:8]}"
    ours = Publishing(stack, province, str(uuid4()))
    submission = ours.event("KIOSK_SUBMISSION", 1, MOBILE, {"revision": 1, "applicant": APPLICANT}, kiosk)
    assert "not answered yet" in mizban("trace", kiosk)[1]
    said = {"status": "REJECTED", "code": "PRESENCE_REQUIRED", "moves": ["submission.rejected"], "detail": NAME}
    ours.event("OUTCOME", 2, "intake", said, kiosk, ce_causationid=submission)
    for which in (kiosk, kiosk.partition(":")[2]):
        code, table = mizban("trace", which)
        assert (code, "There is no case: the submission was rejected: PRESENCE_REQUIRED." in table) == (0, True), table
        code, output = mizban("trace", which, "--json")
        steps = json.loads(output)
        assert [(step["service"], step["state"]) for step in steps] == [
            ("kiosk", "revision 1"),
            ("intake", "REJECTED PRESENCE_REQUIRED"),
        ]
        assert {step["requestId"] for step in steps} == {None}
        for personal in PERSONAL:
            assert personal not in output + table


def test_every_partners_answers_are_looked_through(stack: Stack) -> None:
    topics = [outcome_topic(f"test-{uuid4().hex[:8]}") for _ in range(2)]
    broker_admin.bring_in_step(stack.bootstrap, topics)
    found = trace.outcome_topics(stack.bootstrap)
    assert {topic.name for topic in topics} <= set(found)
    assert all(name.startswith("sd.kiosk.outcome.") for name in found)


def test_a_case_that_is_not_there_is_told(province: dict[str, str]) -> None:
    for which in (tracking_code(7), str(uuid4())):
        code, output = mizban("trace", which)
        assert (code, "no case" in output) == (1, True), output
