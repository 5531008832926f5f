"""Bad records of the submission topic, seen from outside: each has its code, none costs a neighbour (design 5)."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.contracts.envelope import MAX_HEADER_BYTES, MAX_VALUE_BYTES
from services.contracts.kiosk import SUBMITTED
from services.contracts.topics import KIOSK_SUBMISSION
from tests.support.day_of_records import Day
from tests.support.running_services import Services
from tests.support.spoiled_records import (
    KIOSK,
    Case,
    Sent,
    applicant,
    body,
    from_office,
    header,
    in_persian_digits,
    keyed,
    no_headers,
    no_value,
    raw,
    signed_by,
    submitted,
    unsigned,
    with_headers,
    without,
    written,
)

pytestmark = pytest.mark.timeout(180)


def malformed(name: str, spoil: Callable[[Sent], None], code: str) -> Case:
    return Case(name, spoil, dead=code, rejected="MALFORMED")


MALFORMED = [
    malformed("cut", raw(b'{"externalRef": "1"'), "NOT_JSON"),
    malformed("bytes", raw(b"\xff\xfe\x00\x01"), "NOT_JSON"),
    malformed("empty", raw(b""), "NOT_JSON"),
    malformed("no-value", no_value, "NO_VALUE"),
    malformed("utf-16", raw('{"externalRef": "1"}'.encode("utf-16")), "NOT_JSON"),
    malformed("nan", written('"area": null', '"area": NaN'), "NOT_JSON"),
    malformed("infinity", written('"area": null', '"area": -Infinity'), "NOT_JSON"),
    malformed("past-float", written('"area": null', '"area": 1e999'), "NOT_JSON"),
    malformed("past-64-bits", written('"amount": null', f'"amount": {10**30}'), "NOT_JSON"),
    malformed("five-thousand-digits", written('"amount": null', '"amount": ' + "9" * 5000), "NOT_JSON"),
    malformed("half-a-pair", written('"county": "urmia"', '"county": "\\ud800"'), "NOT_JSON"),
    malformed("half-a-pair-in-a-name", written('"amount": null', '"\\udc00": 1'), "NOT_JSON"),
    malformed("nul", written('"county": "urmia"', '"county": "a\\u0000b"'), "NOT_JSON"),
    malformed("deep", written('"amount": null', '"more": ' + '{"a":' * 5000 + "1" + "}" * 5000), "TOO_DEEP"),
    malformed("brackets", raw(b"[" * 200_000), "TOO_DEEP"),
    malformed("twice", written('"revision": 1', '"revision": 1, "revision": 2'), "DUPLICATE_KEY"),
    malformed("twice-inside", written('"scheme": "NID"', '"scheme": "NID", "scheme": "NID"'), "DUPLICATE_KEY"),
    malformed("list", raw(b"[]"), "SCHEMA"),
    malformed("null", raw(b"null"), "SCHEMA"),
    malformed("nothing-in-it", raw(b"{}"), "SCHEMA"),
    malformed("text-for-number", body(revision="1"), "SCHEMA"),
    malformed("truth-for-number", body(amount=True), "SCHEMA"),
    malformed("fraction", body(amount=1.5), "SCHEMA"),
    malformed("negative", body(amount=-1), "SCHEMA"),
    malformed("too-much", body(amount=10**15 + 1), "SCHEMA"),
    malformed("number-for-text", applicant(value=13542419), "SCHEMA"),
    malformed("unknown-scheme", applicant(scheme="SSN"), "SCHEMA"),
    malformed("no-applicant", body(applicant=None), "SCHEMA"),
    malformed("evidence-is-no-list", body(evidence={"type": "identity-card"}), "SCHEMA"),
    malformed("long-name", applicant(name="ا" * 121), "SCHEMA"),
    malformed("very-long-name", applicant(name="ا" * 100_000), "SCHEMA"),
    malformed("dollar-in-code", body(serviceId="$where"), "SCHEMA"),
    malformed("no-zone", body(submittedAt="2026-11-23T08:30:00"), "SCHEMA"),
    malformed("seconds-since", body(submittedAt=1795400000), "SCHEMA"),
    malformed("no-such-day", body(submittedAt="2026-02-30T08:30:00Z"), "SCHEMA"),
    malformed("oversize", raw(b"\xff" * (MAX_VALUE_BYTES + 1)), "OVERSIZE"),
    malformed("no-headers", no_headers, "HEADER_MISSING"),
    malformed("no-version", without("ce_specversion"), "HEADER_MISSING"),
    malformed("no-id", without("ce_id"), "HEADER_MISSING"),
    malformed("no-source", without("ce_source"), "HEADER_MISSING"),
    malformed("no-type", without("ce_type"), "HEADER_MISSING"),
    malformed("empty-id", header("ce_id", b""), "HEADER_MISSING"),
    malformed("null-header", header("ce_time", None), "HEADER_NULL"),
    malformed("null-header-of-theirs", with_headers(("x-shop", None)), "HEADER_NULL"),
    malformed("header-not-text", header("ce_source", b"\xff\xfe"), "HEADER_NOT_UTF8"),
    malformed("header-too-long", with_headers(("x-shop", b"a" * (MAX_HEADER_BYTES + 1))), "HEADER_OVERSIZE"),
    malformed("header-twice", with_headers(("ce_id", b"another")), "HEADER_REPEATED"),
    malformed("other-spec", header("ce_specversion", b"0.3"), "SPEC_VERSION"),
    malformed("other-content", header("content-type", b"application/xml"), "CONTENT_TYPE"),
    malformed("bad-time", header("ce_time", b"yesterday"), "BAD_TIME"),
    malformed("time-without-zone", header("ce_time", b"2026-11-23T08:30:00"), "BAD_TIME"),
    malformed("unknown-type", header("ce_type", b"ir.servicedesk.kiosk.submission.shouted.v1"), "UNKNOWN_TYPE"),
    malformed("later-version", header("ce_type", SUBMITTED.replace(".v1", ".v2").encode()), "UNKNOWN_TYPE"),
    malformed("body-of-another", body(externalRef="017-another"), "KEY_MISMATCH"),
]
NAMES_NOBODY = [
    Case("no-key", keyed(None), dead="KEY_MISMATCH"),
    Case("key-of-no-office", keyed(b"no-colon"), dead="KEY_MISMATCH"),
    Case("key-not-text", keyed(b"\xff\xfe:1"), dead="KEY_NOT_UTF8"),
    Case("unknown-office", from_office("wa-nowhere-001"), dead="UNKNOWN_KIOSK"),
]
REJECTED = [
    Case("unknown-service", body(serviceId="no-such-service"), rejected="UNKNOWN_SERVICE"),
    Case("licence-expired", from_office("wa-urmia-040"), rejected="KIOSK_NOT_LICENSED"),
    Case("suspended", from_office("wa-khoy-009"), rejected="KIOSK_NOT_LICENSED"),
    Case("check-digit", applicant(value="0013542418"), rejected="INVALID_APPLICANT"),
    Case("ten-equal-digits", applicant(value="1111111111"), rejected="INVALID_APPLICANT"),
    Case("letters-for-id", applicant(value="abcdefghij"), rejected="INVALID_APPLICANT"),
    Case("no-mobile", applicant(mobile="12345"), rejected="INVALID_APPLICANT"),
    Case("no-name", applicant(name="\u200f \u200e"), rejected="INVALID_APPLICANT"),
    Case("in-the-future", submitted(minutes=30), rejected="STALE"),
    Case("eight-days-old", submitted(days=-8), rejected="STALE"),
    Case("year-one", body(submittedAt="0001-01-01T12:00:00Z"), rejected="STALE"),
    Case("year-9999", body(submittedAt="9999-12-31T12:00:00Z"), rejected="STALE"),
    Case("no-papers", body(evidence=[]), rejected="MISSING_EVIDENCE"),
    Case("by-another", header("ce_source", b"/kiosk/wa-urmia-012"), rejected="SOURCE_MISMATCH"),
    Case("unsigned", unsigned, rejected="BAD_SIGNATURE"),
    Case("signed-by-another", signed_by("wa-urmia-012"), rejected="SOURCE_MISMATCH"),
    Case("no-such-redirect", body(redirectRef="R-unheard-of"), rejected="REDIRECT_UNKNOWN"),
]
ACCEPTED = [
    Case("persian-digits", in_persian_digits),
    Case("unknown-fields", body(**{"$where": {"a.b": 1}, "": [], "applicant.name": "x"})),
    Case("reply-to", with_headers(("reply_to", b"mizban.intake.dlq"), ("correlation_id", b"x"))),
    Case("many-headers", with_headers(*((f"x-{n}", b"1") for n in range(200)))),
    Case("spelled-out", written('"amount": null', '"amount": null, "emoji": "\\ud83d\\ude00"')),
]
CASES = [*MALFORMED, *NAMES_NOBODY, *REJECTED, *ACCEPTED]


@pytest.fixture(scope="module")
def day(services: Services) -> Day:
    day = Day(services, CASES)
    day.send()
    day.listen()
    return day


def _names(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in cases]


@pytest.mark.parametrize("case", _names([*MALFORMED, *NAMES_NOBODY]))
def test_what_cannot_be_read_is_one_dead_letter_with_its_code(day: Day, case: Case) -> None:
    letters = day.letters.get(day.sent[case.name].offset, [])
    assert [letter["dl_code"] for letter in letters] == [case.dead]
    assert letters[0]["dl_topic"] == KIOSK_SUBMISSION.name


@pytest.mark.parametrize("case", _names(MALFORMED))
def test_the_office_that_the_key_names_is_told_once_that_it_was_malformed(day: Day, case: Case) -> None:
    assert day.told(day.sent[case.name]) == [("REJECTED", "MALFORMED")]
    assert day.outcomes[day.sent[case.name].ref][0]["fixable"] is True


@pytest.mark.parametrize("case", _names(NAMES_NOBODY))
def test_who_cannot_be_known_is_told_nothing(day: Day, case: Case) -> None:
    assert day.told(day.sent[case.name]) == []


@pytest.mark.parametrize("case", _names(REJECTED))
def test_what_a_rule_refuses_is_an_answer_and_no_dead_letter(day: Day, case: Case) -> None:
    assert day.told(day.sent[case.name]) == [("REJECTED", case.rejected)]
    assert day.sent[case.name].offset not in day.letters


@pytest.mark.parametrize("case", _names(ACCEPTED))
def test_what_can_be_understood_is_taken(day: Day, case: Case) -> None:
    assert day.told(day.sent[case.name]) == [("ACCEPTED", None)]
    assert day.sent[case.name].offset not in day.letters


def test_12_22_every_good_neighbour_became_a_case(day: Day) -> None:
    """The same batch, the same partition, right behind the bad one: none is lost, none is doubled."""
    told = {name: day.told(record) for name, record in day.neighbours.items()}
    assert {name: answers for name, answers in told.items() if answers != [("ACCEPTED", None)]} == {}
    requests = {day.outcomes[record.ref][0]["requestId"] for record in day.neighbours.values()}
    assert len(requests) == len(CASES)
    assert httpx.get(f"{day.services.url('intake')}/v1/requests/{requests.pop()}").json()["state"] != "RECEIVED"


def test_codes_in_other_scripts_lead_to_the_same_case(day: Day) -> None:
    """Digits of both scripts are folded; Arabic yeh and kaf in a name are kept as Persian letters (domain 9)."""
    (outcome,) = day.outcomes[day.sent["persian-digits"].ref]
    assert outcome["kioskId"] == KIOSK
    receipt = httpx.get(f"{day.services.url('intake')}/v1/requests/{outcome['requestId']}/receipt").json()
    assert receipt["applicant"] == {"name": "زهرا علی اکبری", "last4": "2419"}


def test_12_22_nothing_stands_still_behind_bad_records(day: Day) -> None:
    intake = httpx.get(f"{day.services.url('intake')}/health/ready")
    assert intake.status_code == httpx.codes.OK
    time.sleep(6)  # the gauges are looked after every five seconds
    assert day.services.metric("mizban_parked_keys") == 0
    assert day.services.metric("mizban_lag_records") == 0
    assert day.services.metric("mizban_breaker_open") == 0
    assert day.services.metric("mizban_failures_total") == 0


def test_I12_no_dead_letter_shows_personal_data(day: Day) -> None:
    """Values are sealed, headers a summary (I12, design 5)."""
    shown = b"".join(day.sealed) + json.dumps(list(day.letters.values())).encode()
    for personal in ("0013542419", "09121234567", "زهرا"):
        assert personal.encode() not in shown
        assert json.dumps(personal)[1:-1].encode() not in shown
