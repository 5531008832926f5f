"""A case is told in order from what was published: causes before what they caused, nothing personal (I12)."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.intake import DEMAND_REPORTED
from services.contracts.topics import INTAKE_REQUEST, KIOSK_SUBMISSION, NOTIFY_STATUS, ROUTING_WORK, outcome_topic
from services.ops.case_steps import case_in, in_order, key_of, steps_in, submission_in
from services.ops.errors import StackError
from services.ops.trace import _duration, wanted
from services.runtime.message import Record

CODE = "12345678901234"
REQUEST = "6c0d5a52-0000-4000-8000-00000000000a"
NATIONAL_ID = "0013542419"


def id_of(number: int) -> str:
    return str(UUID(int=number))


def event(
    topic: str,
    data: dict[str, Any],
    number: int,
    *,
    second: int = 0,
    cause: int | None = None,
    sequence: int = 1,
    key: str = REQUEST,
    service: str = "intake",
    written: int = 0,
) -> Record:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": id_of(number),
        "ce_source": f"/org/wa-tax/{service}",
        "ce_type": "ir.servicedesk.any.thing.moved.v1",
        "ce_subject": key,
        "ce_time": f"2026-11-23T08:30:{second:02}Z",
        "ce_sequence": str(sequence),
        "ce_causationid": id_of(cause) if cause else "",
    }
    encoded = tuple((name, value.encode()) for name, value in headers.items())
    return Record(topic, 0, 0, key.encode(), json.dumps(data).encode(), encoded, written)


def request(number: int, state: str, **more: Any) -> Record:
    data = {"trackingCode": CODE, "state": state, "moves": [f"request.{state.lower()}"]}
    kiosk = {"kiosk": {"kioskId": "wa-urmia-017", "externalRef": "017-1", "partner": "pishkhan-a"}}
    return event(INTAKE_REQUEST.name, data | kiosk, number, **more)


def test_the_report_of_an_illegal_demand_is_no_step_of_its_case() -> None:
    """Inspectors read of it; whoever follows the case does not (domain 3)."""
    reported = request(3, "CLOSED", sequence=1)
    headers = tuple((n, DEMAND_REPORTED.encode() if n == "ce_type" else v) for n, v in reported.headers)
    case = case_in([request(1, "CLOSED"), reported._replace(headers=headers)], CODE)
    assert case is not None
    assert len(case.events) == 1


def test_a_case_is_found_by_its_code_its_id_and_its_offices_number() -> None:
    other = event(INTAKE_REQUEST.name, {"trackingCode": "00000000000000", "note": CODE}, 9, key="other")
    keyless = Record(INTAKE_REQUEST.name, 0, 0, None, b"", ())
    records = [keyless, other, request(1, "REGISTERED"), request(2, "CLOSED", sequence=2)]
    for name in (CODE, REQUEST, "017-1", "wa-urmia-017:017-1"):
        case = case_in(records, name)
        assert case is not None
        assert (case.request_id, len(case.events)) == (REQUEST, 2)
        assert case.kiosk_keys == (("pishkhan-a", "wa-urmia-017:017-1"),)
    assert case_in(records, "nobody") is None
    assert case_in(records, "wa-urmia-018:017-1") is None


def test_a_submission_is_found_by_its_offices_number_as_keys_and_as_people_give_it() -> None:
    def submission(number: int, key: str) -> Record:
        return event(KIOSK_SUBMISSION.name, {"revision": 1}, number, key=key, service="kiosk")

    ours = submission(1, "wa-urmia-017:۰۱۷-1")
    answer = event(outcome_topic("pishkhan-a").name, {"status": "REJECTED"}, 2, key="wa-urmia-017:017-1")
    records = [submission(3, "wa-urmia-017:017-12"), ours, submission(4, "wa-urmia-018:017-1"), answer]
    for name in ("017-1", "wa-urmia-017:017-1"):
        assert submission_in(records, name) == [ours, answer]
    assert submission_in(records, "017") == []


def test_a_case_from_a_desk_has_no_submission() -> None:
    case = case_in([event(INTAKE_REQUEST.name, {"trackingCode": CODE, "kiosk": None}, 1)], CODE)
    assert case is not None
    assert case.kiosk_keys == ()


def test_within_a_second_causes_come_first_and_sequences_stay() -> None:
    submission = event(KIOSK_SUBMISSION.name, {"revision": 1}, 1, key="k", service="kiosk", sequence=0, written=50)
    registered = request(2, "REGISTERED", cause=1, written=40)
    started = request(3, "IN_PROGRESS", cause=4, sequence=2, written=10)
    assigned = event(ROUTING_WORK.name, {"task": {"state": "ASSIGNED"}}, 4, cause=2, service="routing", written=20)
    told = event(NOTIFY_STATUS.name, {"notice": "REGISTERED", "state": "SENT"}, 5, second=1, cause=2, service="notify")
    steps = in_order(steps_in([told, started, assigned, registered, submission]))
    assert [step.id for step in steps] == [id_of(n) for n in (1, 2, 4, 3, 5)]


@given(st.permutations(range(8)))
def test_the_order_does_not_depend_on_how_records_were_read(order: list[int]) -> None:
    records = [request(n + 1, "REGISTERED", sequence=n + 1, cause=n or None, written=n) for n in range(8)]
    steps = in_order(steps_in([records[n] for n in order]))
    assert [step.sequence for step in steps] == list(range(1, 9))


def test_a_circle_of_causes_loses_no_step() -> None:
    circle = [
        event(NOTIFY_STATUS.name, {}, 1, cause=2, key="a"),
        event(NOTIFY_STATUS.name, {}, 2, cause=1, key="b"),
        event(NOTIFY_STATUS.name, {}, 3, cause=3, key="c"),
    ]
    assert {step.id for step in in_order(steps_in(circle))} == {id_of(1), id_of(2), id_of(3)}


def test_an_event_that_was_published_twice_is_one_step() -> None:
    assert len(list(steps_in([request(1, "REGISTERED"), request(1, "REGISTERED")]))) == 1


def test_a_record_that_is_no_event_is_told_and_hurts_no_other() -> None:
    junk = Record(KIOSK_SUBMISSION.name, 0, 0, b"k", b"\xff", (("ce_id", b"\xff"),), 1_795_000_000_000)
    steps = list(steps_in([junk, request(1, "REGISTERED")]))
    assert [step.moves for step in steps] == [("not an event: HEADER_NOT_UTF8",), ("request.registered",)]


@pytest.mark.parametrize(
    ("topic", "data", "note"),
    [
        (INTAKE_REQUEST.name, {"state": "PROMISED"}, "PROMISED"),
        (ROUTING_WORK.name, {"task": {"state": "ANSWERED"}, "result": {"kind": "GRANTED"}}, "ANSWERED GRANTED"),
        (NOTIFY_STATUS.name, {"notice": "RESULT_READY", "state": "DELIVERED"}, "RESULT_READY DELIVERED"),
        (outcome_topic("pishkhan-a").name, {"status": "REJECTED", "code": "MALFORMED"}, "REJECTED MALFORMED"),
        (KIOSK_SUBMISSION.name, {"revision": 2}, "revision 2"),
    ],
)
def test_each_topic_says_what_it_led_to(topic: str, data: dict[str, Any], note: str) -> None:
    (step,) = steps_in([event(topic, data, 1)])
    assert step.note == note


def test_nothing_that_an_office_wrote_is_repeated() -> None:
    data = {"revision": int(NATIONAL_ID), "moves": [NATIONAL_ID], "applicant": {"value": NATIONAL_ID}}
    record = event(KIOSK_SUBMISSION.name, data, 1, service=NATIONAL_ID, sequence=int(NATIONAL_ID))
    (step,) = steps_in([record])
    assert str(int(NATIONAL_ID)) not in f"{step.service} {step.moves} {step.note} {step.sequence}"


def test_an_office_may_write_its_key_in_persian_digits() -> None:
    assert key_of(Record("t", 0, 0, "wa-urmia-017:۰۱۷-۱".encode(), None, ())) == "wa-urmia-017:017-1"


def test_a_code_is_taken_as_people_write_it_and_a_mistyped_one_is_refused() -> None:
    assert wanted("۰۰۰۰ ۰۰۰۰ ۰۰۰۰ ۱۳") == "00000000000013"
    assert wanted(REQUEST) == REQUEST
    assert wanted(" wa-urmia-017:۰۱۷-1 ") == "wa-urmia-017:017-1"
    with pytest.raises(StackError, match="a digit"):
        wanted("0000 0000 0000 14")


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=67), "1 min 7 s"),
        (timedelta(hours=27, seconds=5), "1 d 3 h"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_the_time_between_steps_is_told_in_two_units(length: timedelta, told: str) -> None:
    assert _duration(length) == told
