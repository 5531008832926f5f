"""A malformed record is one dead letter and one rejection that says where the fault is, in none of its words (I12)."""

import json
import re
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.envelope import MAX_VALUE_BYTES
from services.contracts.intake_commands import FileRequest
from services.intake.domain.messages import Filed
from services.intake.handlers import REQUEST
from tests.unit.intake.cases import IDENTITY_CARD, person
from tests.unit.intake.edge import a_door, a_filing
from tests.unit.intake.outsiders_records import a_body, a_case_of, a_record, dead, told


@pytest.mark.parametrize(
    ("code", "record"),
    [
        ("NOT_JSON", {"value": b"{"}),
        ("NOT_JSON", {"value": b"\xff\xfe"}),
        ("NOT_JSON", {"value": b'{"amount": NaN}'}),
        ("NOT_JSON", {"value": b'{"amount": ' + b"9" * 30 + b"}"}),
        ("NOT_JSON", {"value": b'{"loyaltyCard": "\\ud800"}'}),
        ("NOT_JSON", {"value": b'{"loyaltyCard": "\\u0000"}'}),
        ("TOO_DEEP", {"value": b"[" * 100_000}),
        ("TOO_DEEP", {"value": b"[" * 33 + b"]" * 33}),
        ("SCHEMA", {"amount": 10**16}),
        ("SCHEMA", {"value": b"[]"}),
        ("SCHEMA", {"value": b"{}"}),
        ("SCHEMA", {"revision": "1"}),
        ("SCHEMA", {"revision": 0}),
        ("SCHEMA", {"amount": -1}),
        ("SCHEMA", {"amount": True}),
        ("SCHEMA", {"applicant": person(value=13542419)}),
        ("SCHEMA", {"applicant": person(scheme="SSN")}),
        ("SCHEMA", {"evidence": [IDENTITY_CARD | {"sha256": "zz"}]}),
        ("SCHEMA", {"submittedAt": "2026-11-23T06:20:00"}),
        ("SCHEMA", {"submittedAt": 1795400000}),
        ("DUPLICATE_KEY", {"value": b'{"externalRef": "1", "externalRef": "2"}'}),
        ("KEY_MISMATCH", {"externalRef": "017-000999"}),
        ("UNKNOWN_TYPE", {"headers": {"ce_type": b"ir.servicedesk.kiosk.submission.shouted.v1"}}),
        ("HEADER_NULL", {"headers": {"ce_id": None}}),
        ("HEADER_NOT_UTF8", {"headers": {"ce_id": b"\xff"}}),
        ("HEADER_MISSING", {"headers": {"ce_source": b""}}),
        ("SPEC_VERSION", {"headers": {"ce_specversion": b"2.0"}}),
        ("OVERSIZE", {"value": b" " * (MAX_VALUE_BYTES + 1)}),
    ],
)
async def test_a_malformed_record_is_one_dead_letter_and_one_rejection(code: str, record: dict[str, Any]) -> None:
    door = a_door()
    await door.records(a_record(**record), a_record(key="wa-urmia-017:good-1", externalRef="good-1", offset=1))
    assert len(dead(door)) == 1
    assert code in str(dead(door)[0])
    rejection, acceptance = sorted(told(door), key=lambda outcome: outcome["status"], reverse=True)
    assert (rejection["code"], rejection["fixable"], rejection["externalRef"]) == ("MALFORMED", True, "017-000123")
    assert rejection["detail"] == f"{code}: {dead(door)[0]['dl_detail']}"
    assert acceptance["status"] == "ACCEPTED", "its neighbour is unharmed"
    assert a_case_of(door) is None


@pytest.mark.parametrize("ref", ["N-0013542419", "09121234567", "N-۰۰۱۳۵۴۲۴۱۹"])
async def test_a_number_that_may_be_a_persons_stands_in_no_record_of_ours(ref: str) -> None:
    """I12: the office knows the answer by its causeId."""
    door = a_door()
    key = f"wa-urmia-017:{ref}"
    await door.records(a_record(key=key, externalRef=ref), a_record(key=key, externalRef=ref, offset=1))
    assert [letter["dl_code"] for letter in dead(door)] == ["PERSONAL_REF", "PERSONAL_REF"]
    (outcome,) = told(door)
    assert (outcome["status"], outcome["code"], outcome["causeId"]) == ("REJECTED", "MALFORMED", "event-0")
    assert re.fullmatch(r"personal-[a-z]{4}", outcome["externalRef"]), "too short to find the number by trying"
    written = str([[record.get(name) for name in record] for record in door.publisher.events("")])
    assert not any(person in written for person in ("0013542419", "09121234567", "۰۰۱۳۵۴۲۴۱۹"))


@pytest.mark.parametrize("number", ["0013542419", "paper-09121234567", "989121234567", "9121234567", "0098-9121234567"])
async def test_nobodys_number_is_a_kind_of_evidence(number: str) -> None:
    """I12: the kinds of what was brought stand in events."""
    door = a_door()
    await door.records(a_record(evidence=[{"type": number, "sha256": "a" * 64, "originalSeen": True}]))
    assert [letter["dl_code"] for letter in dead(door)] == ["SCHEMA"]
    asked = FileRequest.model_validate(a_filing(evidence=[IDENTITY_CARD | {"type": number}]))
    with pytest.raises(Refused, match="NO_EVIDENCE_TYPE"):
        await door.submit(REQUEST, "r-1", Filed(request_id="r-1", request=asked))
    assert number not in str(door.publisher.events(""))


@pytest.mark.parametrize(
    ("detail", "record"),
    [
        ("wrong: amount, revision", {"amount": "5", "revision": 0}),
        ("wrong: applicant.value", {"applicant": person(value=13542419)}),
        ("missing: applicant", {"value": json.dumps({n: v for n, v in a_body().items() if n != "applicant"}).encode()}),
        (
            "missing: applicant.scheme, applicant.value; wrong: amount",
            {"amount": "5", "applicant": {"name": "زهرا رضایی"}},
        ),
        ("wrong: evidence.0.sha256", {"evidence": [IDENTITY_CARD | {"sha256": "zz"}]}),
        ("the header ce_id has no value", {"headers": {"ce_id": None}}),
        ("another header has no value", {"headers": {"0013542419": None}}),
    ],
)
async def test_the_office_is_told_where_the_fault_is_in_none_of_its_own_words(
    detail: str, record: dict[str, Any]
) -> None:
    door = a_door()
    await door.records(a_record(**record))
    (outcome,) = told(door)
    assert outcome["detail"].partition(": ")[2] == detail


async def test_the_same_malformed_content_is_answered_once() -> None:
    door = a_door()
    await door.records(a_record(value=b"{"))
    await door.records(a_record(value=b"{", offset=1))
    assert (len(told(door)), len(dead(door))) == (1, 2)


async def test_after_a_malformed_record_the_corrected_one_is_taken() -> None:
    door = a_door()
    await door.records(a_record(revision="1"), a_record(offset=1))
    assert [outcome["status"] for outcome in told(door)] == ["REJECTED", "ACCEPTED"]


@pytest.mark.parametrize(
    "record",
    [
        {"value": b" " * (MAX_VALUE_BYTES + 1)},
        {"headers": {"ce_source": None}},
        {"headers": {"ce_specversion": b"2.0"}},
        {"headers": {"ce_time": b"yesterday"}},
        {"value": b"{"},
    ],
)
async def test_whoever_sent_what_cannot_be_read_is_answered_by_the_id_of_each_sending(record: dict[str, Any]) -> None:
    door = a_door()
    await door.records(a_record(**record, offset=1), a_record(**record, offset=1))
    assert [outcome["causeId"] for outcome in told(door)] == ["event-1"]


async def test_each_content_with_the_same_fault_is_answered() -> None:
    door = a_door()
    spoiled: dict[str, bytes | None] = {"ce_specversion": b"2.0"}
    await door.records(a_record(headers=spoiled, offset=1), a_record(headers=spoiled, offset=2, area=5))
    await door.records(a_record(headers=spoiled, offset=3))  # the first content once more
    assert [outcome["causeId"] for outcome in told(door)] == ["event-1", "event-2"]


async def test_a_sending_whose_id_cannot_be_read_is_answered_without_it() -> None:
    door = a_door()
    await door.records(a_record(headers={"ce_id": b"\xff"}))
    assert [outcome["causeId"] for outcome in told(door)] == [None]


@pytest.mark.parametrize("name", ["\u0958" * 61, "\ufb2c" * 41])
async def test_a_name_that_its_composed_form_makes_too_long_is_refused(name: str) -> None:
    """Stored, it would fit no model: the case could never be read again."""
    door = a_door()
    await door.records(a_record(applicant=person(name=name)))
    (outcome,) = told(door)
    assert (outcome["code"], outcome["detail"].partition(":")[0]) == ("INVALID_APPLICANT", "NAME_TOO_LONG")
