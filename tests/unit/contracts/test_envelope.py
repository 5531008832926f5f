"""What cannot be read as an event says why in one code: it becomes the reason on a dead letter (design 3, 5)."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.envelope import (
    MAX_HEADER_BYTES,
    MAX_HEADERS_BYTES,
    NAMESPACE,
    Malformed,
    derived_id,
    event_id,
    read_envelope,
    read_headers,
)

HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "a-1",
    "ce_source": "/kiosk/wa-urmia-017",
    "ce_type": "ir.servicedesk.kiosk.submission.submitted.v1",
    "ce_time": "2026-11-23T12:00:00+03:30",
    "content-type": "application/json",
}


def code(read: Callable[[Any], Any], value: Any) -> str:
    with pytest.raises(Malformed) as caught:
        read(value)
    return caught.value.code


def test_a_plain_event_is_read() -> None:
    envelope = read_envelope(HEADERS)
    assert (envelope.id, envelope.source, envelope.type) == (
        "a-1",
        "/kiosk/wa-urmia-017",
        "ir.servicedesk.kiosk.submission.submitted.v1",
    )
    assert envelope.time == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert envelope.sequence == 0


def test_every_attribute_finds_its_place() -> None:
    envelope = read_envelope(
        HEADERS
        | {
            "ce_subject": "request-1",
            "ce_partitionkey": "request-1",
            "ce_correlationid": "c",
            "ce_causationid": "d",
            "ce_sequence": "12",
            "ce_dataclassification": "internal",
            "traceparent": "00-1-2-01",
        }
    )
    assert envelope.stream == "/kiosk/wa-urmia-017#request-1"
    assert envelope.sequence == 12
    assert (envelope.partition_key, envelope.correlation, envelope.causation) == ("request-1", "c", "d")
    assert (envelope.classification, envelope.traceparent) == ("internal", "00-1-2-01")


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source", "ce_type"])
def test_a_missing_or_empty_attribute_is_named(name: str) -> None:
    for headers in ({k: v for k, v in HEADERS.items() if k != name}, HEADERS | {name: ""}):
        with pytest.raises(Malformed, match=name) as caught:
            read_envelope(headers)
        assert caught.value.code == "HEADER_MISSING"


def test_another_version_of_cloudevents_is_not_guessed_at() -> None:
    assert code(read_envelope, HEADERS | {"ce_specversion": "0.3"}) == "SPEC_VERSION"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_accepted_as_it_is_usually_written(content_type: str) -> None:
    assert read_envelope(HEADERS | {"content-type": content_type}).id == "a-1"


@pytest.mark.parametrize("content_type", ["text/plain", "application/cloudevents+json", "application/jsonx"])
def test_other_content_is_refused(content_type: str) -> None:
    assert code(read_envelope, HEADERS | {"content-type": content_type}) == "CONTENT_TYPE"


@pytest.mark.parametrize(
    "time",
    [
        "yesterday",
        "2026-11-23T08:30:00",
        "2026-11-23",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
    ],
)
def test_a_time_without_a_zone_or_without_sense_is_refused(time: str) -> None:
    assert code(read_envelope, HEADERS | {"ce_time": time}) == "BAD_TIME"


@pytest.mark.parametrize("sequence", ["-1", "x", "1.5", "۱۲", "9" * 19, " 1"])
def test_a_sequence_is_a_plain_number(sequence: str) -> None:
    assert code(read_envelope, HEADERS | {"ce_sequence": sequence}) == "BAD_SEQUENCE"


@given(st.dictionaries(st.sampled_from([*HEADERS, "ce_sequence"]), st.text(max_size=30)))
def test_whatever_headers_say_the_answer_is_an_envelope_or_a_code(changed: dict[str, str]) -> None:
    codes = {"HEADER_MISSING", "SPEC_VERSION", "CONTENT_TYPE", "BAD_TIME", "BAD_SEQUENCE"}
    try:
        envelope = read_envelope(HEADERS | changed)
    except Malformed as error:
        outcome = error.code in codes
    else:
        outcome = bool(envelope.id and envelope.source and envelope.type)
    assert outcome


def test_headers_are_utf_8_text() -> None:
    assert read_headers([("ce_id", "شناسه".encode()), ("x", b"")]) == {"ce_id": "شناسه", "x": ""}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([("ce_id", None)], "HEADER_NULL"),
        ([("ce_id", b"\xff\xfe")], "HEADER_NOT_UTF8"),
        ([("ce_id", b"1"), ("ce_id", b"2")], "HEADER_REPEATED"),
        ([("x", b"a" * (MAX_HEADER_BYTES + 1))], "HEADER_OVERSIZE"),
    ],
)
def test_spoilt_headers_have_a_code(raw: list[tuple[str, bytes | None]], expected: str) -> None:
    assert code(read_headers, raw) == expected


def test_a_header_of_the_largest_size_and_a_repeated_foreign_header_pass() -> None:
    headers = read_headers([("x", b"a" * MAX_HEADER_BYTES), ("trace", b"1"), ("trace", b"2")])
    assert headers["trace"] == "2"


SPOILT = st.sampled_from([("ce_id", None), ("ce_id", b"\xff"), ("x", b"a" * (MAX_HEADER_BYTES + 1)), ("\ufffd", b"")])


@given(st.lists(st.sampled_from([*HEADERS]), unique=True), SPOILT, st.data())
def test_one_spoilt_header_among_usual_ones_is_found_wherever_it_stands(
    names: list[str], spoilt: tuple[str, bytes | None], data: st.DataObject
) -> None:
    usual = [(name, HEADERS[name].encode()) for name in names if name != spoilt[0]]
    place = data.draw(st.integers(0, len(usual)))
    assert read_headers(usual) == {name: value.decode() for name, value in usual}
    assert code(read_headers, [*usual[:place], spoilt, *usual[place:]]).startswith("HEADER_")


@given(st.binary(max_size=40), st.text(max_size=60))
def test_a_complaint_about_a_header_never_repeats_its_value(value: bytes, name: str) -> None:
    oversize = value * 40 + b"s" * MAX_HEADER_BYTES
    with pytest.raises(Malformed) as caught:
        read_headers([(name, oversize + b"!")])
    assert len(str(caught.value)) < 400


def test_derived_ids_are_the_same_each_time_and_differ_by_each_part() -> None:
    assert event_id("/org/a/intake", "r1", 3) == event_id("/org/a/intake", "r1", 3)
    ids = {event_id(s, e, n) for s in ("/org/a/intake", "/org/b/intake") for e in ("r1", "r2") for n in (1, 2)}
    assert len(ids) == 8
    assert derived_id("request", "officer", "k") == derived_id("request", "officer", "k")
    assert derived_id("request", "officer", "k") != derived_id("request", "officer", "l")


def test_the_ids_of_the_past_stay_what_they_were() -> None:
    """Were the namespace or the recipe to change, every replayed event would look new (I11)."""
    assert derived_id("a", "b") == str(uuid.uuid5(NAMESPACE, "a|b"))
    assert event_id("/org/wa-registry/registry", "unit/u1", 1) == "b4f47baf-d7fc-51ad-8175-2cded20a2565"
    assert derived_id("request", "officer", "key") == "e8649862-3027-5ceb-a7b8-2c3515364603"


def test_as_many_headers_as_a_record_may_bear_are_refused_in_a_moment() -> None:
    """One record must not hold up its partition."""
    raw: list[tuple[str, bytes | None]] = [(f"ce_{n}", b"") for n in range(60_000)]
    started = time.process_time()
    with pytest.raises(Malformed, match="HEADER_OVERSIZE"):
        read_headers(raw)
    assert time.process_time() - started < 1
    assert len(read_headers([*raw[:1000], ("x", b"1"), ("x", b"2")])) == 1001
    with pytest.raises(Malformed, match="HEADER_REPEATED"):
        read_headers([*raw[:1000], raw[0]])


@pytest.mark.parametrize(
    "huge",
    [
        [(f"x-{n}", b"a" * MAX_HEADER_BYTES) for n in range(10, 26)],
        [("x" * MAX_HEADERS_BYTES, b"a")],
    ],
)
def test_headers_are_bounded_together_and_so_are_their_names(huge: list[tuple[str, bytes]]) -> None:
    with pytest.raises(Malformed) as refused:
        read_headers(huge)
    assert refused.value.code == "HEADER_OVERSIZE"
    assert len(refused.value.detail) < 100
    assert read_headers(huge[:-1]) == {name: value.decode() for name, value in huge[:-1]}
