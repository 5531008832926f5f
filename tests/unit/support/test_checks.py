"""The checks of the fault tests: a run in which all is well passes, and each broken promise is found."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.domain.promising import HEARD_WITHIN
from services.runtime.message import Record
from tests.support.canaries import MARKER, PERSIAN_MARKER
from tests.support.checks import violations
from tests.support.reading import Seen
from tests.support.run_ledger import Filed, Json, Ledger, Submitted, Worked

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PROMISED = "2026-11-26T08:00:00Z"
GOOD = Submitted("wa-urmia-017", "run-1", 1, "a", 0, 0, "ACCEPTED")
REFUSED = Submitted("wa-urmia-017", "run-2", 1, "b", 0, 1, "MISSING_EVIDENCE")
SPOILED = Submitted("wa-urmia-017", "run-3", 0, "c", 0, 2, "MALFORMED", dead_letter="NOT_JSON")
DESK = Filed("desk-1", "run-k", "PROMISED")
SENT_ON = Filed("desk-2", "run-k2", "REDIRECTED")
TO_KIOSK = Submitted("wa-urmia-017", "run-4", 1, "d", 0, 3, "ACCEPTED", redirect_of="desk-2")
REQUESTS, WORK, STATUS = "sd.intake.request.v1", "sd.routing.work.v1", "sd.notify.status.v1"
VISITS = "sd.intake.visit.v1"
OUTCOMES, LETTERS, SUBMISSIONS = "sd.kiosk.outcome.pishkhan-a.v1", "mizban.intake.dlq", "sd.kiosk.submission.v1"
KIOSKS, SHEETS = "sd.registry.kiosk.v1", "sd.registry.service.v1"
NATIONAL_ID, MOBILE = "1234567891", "9141234565"
PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
LETTER_PLACE = {"dl_id": "x", "dl_code": "NOT_JSON", "dl_topic": "t", "dl_partition": "0", "dl_offset": "0"}


class Run:
    """A whole run without a fault, which each test spoils in one place."""

    def __init__(self) -> None:
        self.ledger = Ledger(
            run="run",
            submitted=[GOOD, REFUSED, SPOILED, TO_KIOSK],
            filed=[DESK, SENT_ON],
            worked=[Worked("desk-1", "task.started")],
            recorded={("kiosk", "wa-urmia-040"): {2, 3}, ("service", "opening-hours"): {2}},
            visited={"visit-1": 1},
            canaries={NATIONAL_ID, MOBILE},
        )
        self.records: list[Record] = []
        for id in (GOOD.request_id, "desk-1"):
            self.event(REQUESTS, id, 1, moves=["request.registered", "commitment.added"], state="PROMISED", version=1)
        self.event(REQUESTS, "desk-1", 2, moves=["request.started"], state="IN_PROGRESS", version=2)
        self.event(REQUESTS, "desk-2", 1, moves=["request.redirected"], state="REDIRECTED", version=1)
        both = ["request.registered", "commitment.added"]
        self.event(REQUESTS, "desk-2", 2, moves=both, state="PROMISED", version=2)
        self.outcome(GOOD, "ACCEPTED", request_id=GOOD.request_id)
        self.outcome(REFUSED, "REJECTED", code="MISSING_EVIDENCE")
        self.outcome(SPOILED, "REJECTED", code="MALFORMED")
        self.outcome(TO_KIOSK, "ACCEPTED", request_id="desk-2")
        self.event(WORK, "desk-1", 1, moves=["task.assigned"], task={"id": "desk-1.1", "state": "ASSIGNED"}, version=1)
        self.event(WORK, "desk-1", 2, moves=["task.started"], task={"id": "desk-1.1", "state": "STARTED"}, version=2)
        self.notice(1, "message.created")
        self.notice(2, "message.sent")
        for number, step in enumerate(("opened", "called", "served", "ended"), 1):
            self.visit("visit-1", number, f"visit.{step}")
        self.letter(SPOILED)
        self.put(KIOSKS, {}, key="wa-tax:wa-urmia-040@2")
        self.put(KIOSKS, {}, key="wa-tax:wa-urmia-040@3")
        self.put(SHEETS, {}, key="wa-tax:opening-hours@2")
        self.editions = {("service", "opening-hours"): {1, 2}, ("kiosk", "wa-urmia-040"): {2, 3}}
        self.documents: dict[str, Json] = {
            GOOD.request_id: document("PROMISED", version=1),
            "desk-1": document("IN_PROGRESS"),
            "desk-2": document("PROMISED"),
            TO_KIOSK.request_id: {"state": {"filing": {}}},
        }
        self.acceptances: list[Json] = [{"ref": "desk-1.1"}]
        self.texts: dict[str, str] = {"intake.log": '{"event": "ready"}', "intake/metrics": "mizban_parked_keys 0"}

    def put(self, topic: str, data: Json, key: str, **headers: str) -> Record:
        value = json.dumps(data).encode()
        raw = tuple((name, text.encode()) for name, text in headers.items())
        record = Record(topic, 0, len(self.records), key.encode(), value, raw)
        self.records.append(record)
        return record

    def event(self, topic: str, subject: str, sequence: int, id: str = "", **data: Any) -> Record:
        return self.put(
            topic,
            data,
            subject,
            ce_id=id or f"{topic}{subject}{sequence}",
            ce_source="/org/o/s",
            ce_subject=subject,
            ce_sequence=str(sequence),
        )

    def outcome(self, of: Submitted, status: str, sequence: int = 1, **data: Any) -> None:
        named: Any = {"requestId": data.get("request_id"), "code": data.get("code")}
        self.event(OUTCOMES, of.key, sequence, status=status, revision=of.revision, moves=["submission.x"], **named)

    def notice(self, sequence: int, move: str, message: str = "desk-1.1", notice: str = "REGISTERED") -> None:
        self.event(STATUS, "desk-1", sequence, moves=[move], messageId=message, notice=notice)

    def visit(self, id: str, sequence: int, move: str) -> None:
        self.event(VISITS, id, sequence, moves=[move], deskId="d", day="2026-11-23", ticketNo=1)

    def letter(self, of: Submitted, id: str = "letter", code: str = "NOT_JSON") -> None:
        place = {"dl_topic": SUBMISSIONS, "dl_partition": str(of.partition), "dl_offset": str(of.offset)}
        self.put(LETTERS, {}, of.key, dl_id=id, dl_code=code, **place)

    def drop(self, topic: str, number: int = -1) -> None:
        self.records.remove([record for record in self.records if record.topic == topic][number])

    def found(self) -> list[str]:
        served: dict[str, Json | None] = {id: {"requestId": id} for id in self.documents}
        seen = Seen(NOW, self.records, self.documents, served, self.acceptances, self.editions, self.texts)
        return violations(self.ledger, seen)


def document(state: str, version: int = 2, **case: Any) -> Json:
    due = datetime.fromisoformat(PROMISED) + HEARD_WITHIN + timedelta(seconds=1)
    promise = {"id": "p", "state": "OPEN", "promisedAt": PROMISED}
    return {
        "state": {"case": {"state": state, "version": version, "commitments": [promise]} | case},
        "timers": [["promise:p", due.strftime("%Y-%m-%dT%H:%M:%SZ")]],
        "wake": due,
    }


def test_a_run_without_a_fault_breaks_no_promise() -> None:
    assert Run().found() == []


def test_a_case_that_is_objected_to_goes_its_way_once_more() -> None:
    run = Run()
    closed = ["request.result-ready", "request.announced", "commitment.kept", "request.closed"]
    run.event(WORK, "desk-1", 3, moves=["result.decided"], task={"id": "desk-1.1", "state": "ANSWERED"}, version=3)
    run.event(REQUESTS, "desk-1", 3, moves=closed, state="CLOSED", version=3)
    again = ["request.objected", "commitment.added"]
    run.event(REQUESTS, "desk-1", 4, moves=again, state="OBJECTED", version=4, round=2)
    run.event(WORK, "desk-1", 4, moves=["task.assigned"], task={"id": "desk-1.2", "state": "ASSIGNED"}, version=4)
    run.event(REQUESTS, "desk-1", 5, moves=["request.started"], state="IN_PROGRESS", version=5, round=2)
    run.documents["desk-1"] = document("IN_PROGRESS", version=5)
    assert run.found() == []


def test_events_that_come_again_as_they_were_are_no_fault() -> None:
    run = Run()
    run.records += [record._replace(offset=1000 + record.offset) for record in run.records]
    assert run.found() == []


Spoil = Callable[[Run], object]
TAKEN, ANSWERED = ({"id": "desk-1.1", "state": state} for state in ("ASSIGNED", "ANSWERED"))
FROM_NOTHING = {"id": "desk-1.2", "state": "STARTED"}


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        # C1: lost, double, from nowhere
        ("C1", lambda run: run.documents.pop(GOOD.request_id)),
        ("C1", lambda run: run.documents.pop("desk-1")),
        ("C1", lambda run: run.outcome(GOOD, "ACCEPTED", 2, request_id=GOOD.request_id)),
        ("C1", lambda run: run.outcome(GOOD, "REJECTED", 2, code="CONFLICT")),
        ("C1", lambda run: run.ledger.submitted.append(replace(GOOD, external_ref="run-9"))),
        ("C1", lambda run: run.ledger.submitted.remove(GOOD)),
        ("C1", lambda run: run.drop(LETTERS)),
        ("C1", lambda run: run.letter(SPOILED, "another letter")),
        ("C1", lambda run: run.letter(GOOD, "a good one")),
        ("C1", lambda run: run.documents[TO_KIOSK.request_id]["state"].update(document("PROMISED")["state"])),
        ("C1", lambda run: run.drop(WORK)),
        ("C1", lambda run: run.drop(KIOSKS)),
        ("C1", lambda run: run.drop(SHEETS)),
        ("C1", lambda run: run.editions["service", "opening-hours"].remove(2)),
        ("C1", lambda run: run.drop(VISITS)),
        ("C1", lambda run: run.visit("visit-1", 5, "visit.ended")),
        ("C1", lambda run: run.visit("visit-2", 1, "visit.opened")),
        ("C1", lambda run: run.ledger.unanswered.append("a call")),
        ("C1", lambda run: run.ledger.contradictions.append("two answers")),
        # C2: told twice, or said to be told
        ("C2", lambda run: run.acceptances.append({"ref": "desk-1.1"})),
        ("C2", lambda run: run.acceptances.clear()),
        ("C2", lambda run: run.notice(3, "message.created", message="desk-1.2")),
        # C3: order, versions, moves
        ("C3", lambda run: run.drop(REQUESTS, 0)),
        ("C3", lambda run: run.event(REQUESTS, "desk-1", 2, id="else", moves=[], state="IN_PROGRESS", version=3)),
        ("C3", lambda run: run.event(REQUESTS, "desk-1", 4, moves=[], state="IN_PROGRESS", version=3)),
        ("C3", lambda run: run.event(REQUESTS, "desk-1", 3, moves=[], state="IN_PROGRESS", version=2)),
        ("C3", lambda run: run.event(REQUESTS, "desk-1", 3, moves=["request.closed"], state="CLOSED", version=3)),
        ("C3", lambda run: run.event(REQUESTS, "desk-1", 3, moves=["request.lost"], state="IN_PROGRESS", version=3)),
        ("C3", lambda run: run.event(REQUESTS, "desk-1", 3, moves=[], state="CLOSED", version=3)),
        ("C3", lambda run: run.event(REQUESTS, "desk-1", 2, moves=["other"], state="IN_PROGRESS", version=2)),
        ("C3", lambda run: run.event(WORK, "desk-1", 3, moves=["x"], task=TAKEN, version=3)),
        ("C3", lambda run: run.event(WORK, "desk-1", 4, moves=["x"], task=ANSWERED, version=3)),
        ("C3", lambda run: run.event(WORK, "desk-1", 3, moves=["x"], task=FROM_NOTHING, version=3)),
        ("C3", lambda run: run.notice(3, "message.created")),
        ("C3", lambda run: run.notice(4, "message.delivered")),
        # C4: deadlines
        ("C4", lambda run: run.documents["desk-1"].pop("timers")),
        ("C4", lambda run: run.documents["desk-1"].pop("wake")),
        ("C4", lambda run: run.documents["desk-1"].update(wake=NOW + timedelta(days=30))),
        ("C4", lambda run: run.documents.update({"desk-1": overdue()})),
        ("C4", lambda run: run.documents.update({"desk-1": document("PROMISED", commitments=[])})),
        ("C4", lambda run: run.documents.update({"desk-2": redirected()})),
        ("C4", lambda run: run.documents.update({"desk-1": unconfirmed()})),
        ("C4", lambda run: run.documents.update({"desk-1": untold()})),
        ("C4", lambda run: run.documents.update({"desk-1": uncollected()})),
        ("C4", lambda run: broken_twice(run)),
        # C5: the sums
        ("C5", lambda run: run.documents.pop("desk-2")),
        ("C5", lambda run: run.drop(LETTERS)),
        ("C5", lambda run: run.outcome(REFUSED, "REJECTED", 2, code="MISSING_EVIDENCE")),
        # C8: canaries
        ("C8", lambda run: run.texts.update({"intake.log": f'{{"error": "{NATIONAL_ID}"}}'})),
        ("C8", lambda run: run.texts.update({"kafka.log": f"key=+98{MOBILE}"})),
        ("C8", lambda run: run.texts.update({"mongo.log": f"name: {PERSIAN_MARKER}"})),
        ("C8", lambda run: run.texts.update({"mongo.log": json.dumps(PERSIAN_MARKER)})),
        ("C8", lambda run: run.texts.update({"intake/metrics": f'x{{id="{NATIONAL_ID}"}} 1'})),
        ("C8", lambda run: run.texts.update({"intake.log": NATIONAL_ID.translate(PERSIAN_DIGITS)})),
        ("C8", lambda run: run.put(LETTERS, {}, f"k:{NATIONAL_ID}", **LETTER_PLACE)),
        ("C8", lambda run: run.put(LETTERS, {"x": f"0{MOBILE}"}, "k", **LETTER_PLACE)),
        ("C8", lambda run: run.put(LETTERS, {}, "k", dl_summary=MARKER, **LETTER_PLACE)),
        ("C8", lambda run: run.put(SUBMISSIONS, {}, f"wa-urmia-017:{NATIONAL_ID}")),
        ("C8", lambda run: run.put(SUBMISSIONS, {}, "k", ce_subject=f"09{MOBILE[1:]}")),
        ("C8", lambda run: run.put(STATUS, {"to": f"+98{MOBILE}"}, "k")),
    ],
)  # fmt: skip
def test_a_broken_promise_is_found(check: str, spoil: Spoil) -> None:
    run = Run()
    spoil(run)
    found = run.found()
    assert any(line.startswith(check) for line in found), found


def test_the_report_names_no_canary() -> None:
    run = Run()
    run.texts["intake.log"] = f"{NATIONAL_ID} {MOBILE} {MARKER}"
    assert run.found()
    assert not any(canary in line for line in run.found() for canary in (NATIONAL_ID, MOBILE, MARKER))


def test_personal_data_in_the_value_of_a_submission_is_where_it_belongs() -> None:
    run = Run()
    run.put(SUBMISSIONS, {"value": NATIONAL_ID, "mobile": f"0{MOBILE}", "name": MARKER}, "k")
    assert run.found() == []


def overdue() -> Json:
    past = {"id": "p", "state": "OPEN", "promisedAt": "2026-11-23T07:00:00Z"}
    return document("PROMISED", commitments=[past])


def redirected() -> Json:
    """Open, and nothing would ever fire."""
    return document("REDIRECTED", commitments=[], redirect={"lapsesAt": "2026-11-25T08:00:00Z"})


def unconfirmed() -> Json:
    return document("RESULT_READY", confirmBy="2026-11-23T09:00:00Z", attention=["PROMISE_BROKEN"])


def untold() -> Json:
    return document("RESULT_READY", tellBy="2026-11-24T09:00:00Z", attention=["TELL_CITIZEN"])


def uncollected() -> Json:
    waits = {"due": "2026-12-23T09:00:00Z", "remindAt": "2026-12-16T09:00:00Z", "remindedAt": None, "closesAt": None}
    return document("COLLECTION_DUE", collection=waits)


def broken_twice(run: Run) -> None:
    for sequence in (3, 4):
        run.event(
            REQUESTS, "desk-1", sequence, moves=["commitment.broken"], state="IN_PROGRESS", version=sequence
        )  # fmt: skip
