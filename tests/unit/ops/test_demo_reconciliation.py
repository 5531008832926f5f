"""The demo's account must notice whatever is lost, doubled or left over; else its last line would mean nothing."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.contracts.intake import DEMAND_REPORTED
from services.contracts.topics import INTAKE_REQUEST, KIOSK_SUBMISSION, NOTIFY_STATUS
from services.ops.demo.desks import Errand, Filed
from services.ops.demo.kiosks import Ledger
from services.ops.demo.reconciliation import Evidence, reconcile
from services.ops.demo.topics_read import DEAD_LETTERS, Cases, is_settled
from services.runtime.message import Record

RUN = "r1"
Json = dict[str, Any]


def test_a_day_on_which_nothing_went_wrong_adds_up() -> None:
    sums = reconcile(_a_good_day())
    assert sums.missing == ()
    assert sums.balanced
    assert (sums.contents, sums.filed, sums.cases, sums.rejected, sums.dead_letters, sums.sms) == (3, 2, 3, 1, 1, 1)
    assert sums.taken_back == 1


def test_a_repeated_record_is_no_further_content() -> None:
    day = _a_good_day()
    day.ledgers[0].acknowledged.append({**day.ledgers[0].acknowledged[0], "causeId": "again", "offset": 9})
    sums = reconcile(day)
    assert (sums.records, sums.contents, sums.balanced) == (4, 3, True)


def _forget_an_answer(day: Evidence) -> Evidence:
    del day.ledgers[0].outcomes[0]
    return day


def _answer_twice(day: Evidence) -> Evidence:
    day.ledgers[0].outcomes.append(day.ledgers[0].outcomes[0])
    return day


def _answer_a_repeat(day: Evidence) -> Evidence:
    day.ledgers[0].acknowledged.append({**day.ledgers[0].acknowledged[0], "causeId": "again", "offset": 9})
    day.ledgers[0].outcomes.append({**day.ledgers[0].outcomes[0], "causeId": "again"})
    return day


def _another_code(day: Evidence) -> Evidence:
    day.ledgers[0].outcomes[1]["code"] = "CONFLICT"
    return day


def _no_dead_letter(day: Evidence) -> Evidence:
    day.topics.dead_letters.clear()
    return day


def _a_good_record_as_dead_letter(day: Evidence) -> Evidence:
    day.topics.dead_letters.append(_letter(offset=0))
    return day


def _a_case_nobody_was_told_of(day: Evidence) -> Evidence:
    day.topics.read([_moved("case-3", 1, state="CLOSED", kiosk=True)])
    return day


def _a_case_without_events(day: Evidence) -> Evidence:
    filed = Filed(Errand("tax-clearance", "wa-tax-desk", "PROMISED", "E_FIRST"), "case-9", {}, 1)
    day.topics.filed.add("case-9")
    return replace(day, filed=[*day.filed, filed])


def _a_case_that_is_gone(day: Evidence) -> Evidence:
    return replace(day, shown={"case-1": day.shown["case-1"]})


def _a_case_that_stopped(day: Evidence) -> Evidence:
    day.topics.read([_moved("case-1", 3, state="IN_PROGRESS", kiosk=True)])
    return replace(day, shown={**day.shown, "case-1": {"state": "IN_PROGRESS", "serviceId": "tax-clearance"}})


def _topic_and_http_differ(day: Evidence) -> Evidence:
    return replace(day, shown={**day.shown, "case-1": {"state": "GUIDED", "serviceId": "tax-clearance"}})


def _registered_twice(day: Evidence) -> Evidence:
    day.topics.read([_moved("case-1", 3, state="CLOSED", kiosk=True, moves=["request.registered"])])
    return day


def _a_lost_event(day: Evidence) -> Evidence:
    day.topics.read([_moved("case-1", 4, state="CLOSED", kiosk=True)])
    return day


def _two_events_under_one_number(day: Evidence) -> Evidence:
    day.topics.read([_moved("case-1", 2, state="CLOSED", kiosk=True, event_id="another")])
    return day


def _two_sms(day: Evidence) -> Evidence:
    return replace(day, sms=[*day.sms, *day.sms])


def _an_sms_never_handed_over(day: Evidence) -> Evidence:
    return replace(day, sms=[])


def _an_sms_under_way(day: Evidence) -> Evidence:
    day.topics.read([_told("case-1", 2, state="SENT")])
    return day


def _a_complaint(day: Evidence) -> Evidence:
    day.ledgers[0].complaints.append("017-r1-0001: Kafka refused it")
    return day


@pytest.mark.parametrize(
    "fault",
    [
        _forget_an_answer,
        _answer_twice,
        _answer_a_repeat,
        _another_code,
        _no_dead_letter,
        _a_good_record_as_dead_letter,
        _a_case_nobody_was_told_of,
        _a_case_without_events,
        _a_case_that_is_gone,
        _a_case_that_stopped,
        _topic_and_http_differ,
        _registered_twice,
        _a_lost_event,
        _two_events_under_one_number,
        _two_sms,
        _an_sms_never_handed_over,
        _an_sms_under_way,
        _a_complaint,
    ],
)
def test_every_fault_is_told(fault: Callable[[Evidence], Evidence]) -> None:
    sums = reconcile(fault(_a_good_day()))
    assert sums.missing
    assert not sums.balanced


def test_an_event_that_comes_twice_counts_once() -> None:
    """Kafka is at least once: a repeat, also an older one after a newer, changes nothing (design 1)."""
    day = _a_good_day()
    asyncio.run(day.topics.take([_moved("case-1", 1, state="PROMISED", kiosk=True)]))
    assert reconcile(day).balanced


def test_cases_of_other_days_are_not_ours() -> None:
    day = _a_good_day()
    day.topics.read([_moved("elsewhere", 1, state="PROMISED")])
    assert reconcile(day).balanced


def test_a_case_taken_back_is_told_once_and_honoured_by_no_kiosk() -> None:
    day = _a_good_day()
    day.topics.read([_moved("case-back", 3, state="CLOSED", kiosk=True, moves=["request.closed"])])
    assert any("a kiosk honoured it" in what for what in reconcile(day).missing)
    untold = replace(_a_good_day(), taken_back=frozenset({"case-2"}))
    assert any("tells it 0 times" in what for what in reconcile(untold).missing)


def _a_good_day() -> Evidence:
    """A kiosk's case that is closed, a rejection, a malformed record; desks' redirects, left open and taken back."""
    ledger = Ledger(
        acknowledged=[
            _acknowledged("0001", "ACCEPTED", offset=0),
            _acknowledged("0002", "PRESENCE_REQUIRED", offset=1),
            _acknowledged("0003", "MALFORMED", offset=2),
        ],
        outcomes=[
            {"causeId": "0001", "status": "ACCEPTED", "code": None, "requestId": "case-1"},
            {"causeId": "0002", "status": "REJECTED", "code": "PRESENCE_REQUIRED", "requestId": None},
            {"causeId": "0003", "status": "REJECTED", "code": "MALFORMED", "requestId": None},
            {"causeId": "0001", "status": "PROGRESS", "code": None, "requestId": "case-1"},
        ],
    )
    topics = Cases(RUN, {"case-2", "case-back"})
    topics.read(
        [
            _moved("case-1", 1, state="PROMISED", kiosk=True, moves=["request.registered", "commitment.added"]),
            _moved("case-1", 2, state="CLOSED", kiosk=True),
            _moved("case-2", 1, state="REDIRECTED"),
            _moved("case-back", 1, state="REDIRECTED"),
            _moved("case-back", 2, state="CLOSED", moves=["request.redirect-failed", "request.registered"]),
            _told("case-1", 1, state="DELIVERED"),
        ]
    )
    topics.dead_letters.append(_letter(offset=2))
    errand = Errand("tax-clearance", "wa-tax-desk", "REDIRECTED", "ASSISTED")
    return Evidence(
        ledgers=[ledger],
        filed=[Filed(errand, "case-2", {}, 2), Filed(errand, "case-back", {}, 1)],
        left_open=frozenset({"case-2"}),
        taken_back=frozenset({"case-back"}),
        topics=topics,
        shown={
            "case-1": {"state": "CLOSED", "serviceId": "tax-clearance"},
            "case-2": {"state": "REDIRECTED", "serviceId": "tax-clearance"},
            "case-back": {"state": "CLOSED", "serviceId": "tax-clearance"},
        },
        sms=[{"ref": "case-1.1", "text": "..."}],
    )


def _acknowledged(number: str, expected: str, offset: int) -> Json:
    return {
        "kioskId": "wa-urmia-017",
        "externalRef": f"017-{RUN}-{number}",
        "revision": 1,
        "content": f"content of {number}",
        "causeId": number,
        "expected": expected,
        "willCorrect": False,
        "redirectRef": None,
        "partition": 0,
        "offset": offset,
    }


def _letter(offset: int) -> Json:
    return {"dl_topic": KIOSK_SUBMISSION.name, "dl_partition": "0", "dl_offset": str(offset), "dl_code": "NOT_JSON"}


def _moved(
    request_id: str,
    number: int,
    *,
    state: str,
    kiosk: bool = False,
    moves: list[str] | None = None,
    event_id: str | None = None,
) -> Record:
    came_by = {"kioskId": "wa-urmia-017", "externalRef": f"017-{RUN}-0001"} if kiosk else None
    body = {"requestId": request_id, "version": number, "state": state, "kiosk": came_by, "moves": moves or []}
    return _record(INTAKE_REQUEST.name, request_id, number, body, event_id)


def _told(request_id: str, number: int, *, state: str) -> Record:
    body = {"requestId": request_id, "messageId": f"{request_id}.1", "notice": "RESULT_READY", "state": state}
    return _record(NOTIFY_STATUS.name, request_id, number, body)


def _record(topic: str, key: str, number: int, body: Json, event_id: str | None = None) -> Record:
    headers = (("ce_id", (event_id or f"{key}-{number}").encode()), ("ce_sequence", str(number).encode()))
    return Record(topic, 0, number, key.encode(), json.dumps(body).encode(), headers)


def test_the_report_of_an_illegal_demand_is_no_event_of_its_case() -> None:
    """Its entity counts for itself: the number says nothing about the case's events."""
    cases = Cases(RUN)
    reported = _moved("case-1", 1, state="CLOSED", event_id="of the report")
    cases.read(
        [
            _moved("case-1", 1, state="CLOSED"),
            reported._replace(headers=(*reported.headers, ("ce_type", DEMAND_REPORTED.encode()))),
        ]
    )
    assert cases.gaps == []


def test_a_mark_that_a_letter_was_sent_again_is_no_letter() -> None:
    cases = Cases(RUN)
    mark = (("dl_id", b"x"), ("dl_group", b"mizban.intake"), ("dl_replayed_at", b"2026-11-23T08:30:00Z"))
    cases.read([Record(next(iter(DEAD_LETTERS)), 0, 0, b"k", b"", mark)])
    assert cases.dead_letters == []


def test_dead_letters_of_every_group_are_read() -> None:
    cases = Cases(RUN)
    cases.read(Record(topic, 0, 0, b"key", b"sealed", (("dl_code", b"NOT_JSON"),)) for topic in DEAD_LETTERS)
    assert len(cases.dead_letters) == len(DEAD_LETTERS) > 0


@pytest.mark.parametrize(
    ("notice", "state", "settled"),
    [
        ("SURVEY", "CREATED", True),
        ("SURVEY", "SENDING", False),
        ("RESULT_READY", "CREATED", False),
        ("RESULT_READY", "DELIVERED", True),
    ],
)
def test_nobody_waits_for_a_survey_that_is_asked_hours_later(notice: str, state: str, settled: bool) -> None:
    assert is_settled({"notice": notice, "state": state}) is settled
