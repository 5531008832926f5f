"""Dead letters: the record comes back byte for byte, and nothing personal shows outside the seal (I12, design 5)."""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.letters import dead_letter, open_letter, safe_key
from services.runtime.message import DeadLetter, Record
from services.runtime.seal import BrokenSeal, Sealer

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SEALER = Sealer(b"k" * 32)
GROUP = "mizban.intake"
RECORDS = st.builds(
    Record,
    topic=st.just("sd.kiosk.submission.v1"),
    partition=st.integers(0, 11),
    offset=st.integers(0, 2**62),
    key=st.none() | st.binary(max_size=60),
    value=st.none() | st.binary(max_size=300),
    headers=st.lists(st.tuples(st.text(max_size=10), st.none() | st.binary(max_size=30)), max_size=5).map(tuple),
    timestamp=st.integers(-1, 2**41),
)


def a_record(key: bytes | None = b"wa-urmia-017:1", value: bytes | None = b"{", offset: int = 7) -> Record:
    return Record("sd.kiosk.submission.v1", 3, offset, key, value, (("ce_id", b"\xff"), ("x", None)), 1_795_400_000_000)


def letter_of(record: Record, code: str = "NOT_JSON") -> tuple[str, str, bytes, dict[str, str]]:
    topic, key, value, headers = dead_letter(DeadLetter(record, code, 1), GROUP, SEALER, NOW)
    return topic, key, value, {name: content.decode() for name, content in headers}


@given(RECORDS)
def test_the_original_comes_back_byte_for_byte(record: Record) -> None:
    _, _, value, headers = letter_of(record)
    assert open_letter(value, headers["dl_id"], SEALER) == record


def test_the_summary_says_what_an_operator_needs() -> None:
    topic, key, _, headers = letter_of(a_record())
    assert (topic, key) == ("mizban.intake.dlq", "wa-urmia-017:1")
    assert headers == {
        "dl_id": headers["dl_id"],
        "dl_topic": "sd.kiosk.submission.v1",
        "dl_partition": "3",
        "dl_offset": "7",
        "dl_code": "NOT_JSON",
        "dl_attempts": "1",
        "dl_at": "2026-11-23T06:00:00Z",
        "dl_group": GROUP,
    }


def test_given_up_twice_it_is_still_one_letter() -> None:
    """The id follows from the record's place, whatever it holds and however often it is given up."""
    ids = {letter_of(a_record(value=value))[3]["dl_id"] for value in (b"{", b"[", None)}
    assert len(ids) == 1
    assert letter_of(a_record(offset=8))[3]["dl_id"] not in ids


def test_a_letter_is_bound_to_its_id_and_its_key() -> None:
    _, _, value, headers = letter_of(a_record())
    with pytest.raises(BrokenSeal):
        open_letter(value, letter_of(a_record(offset=8))[3]["dl_id"], SEALER)
    with pytest.raises(BrokenSeal):
        open_letter(value, headers["dl_id"], Sealer(b"K" * 32))


def test_nothing_of_the_value_or_the_headers_shows() -> None:
    record = Record("t", 0, 0, b"k", "زهرا 0013542419".encode(), (("x", b"09121234567"),), 0)
    _, key, value, headers = letter_of(record)
    shown = key.encode() + value + repr(headers).encode()
    for personal in ("0013542419", "09121234567", "زهرا"):
        assert personal.encode() not in shown


@given(
    st.text("abc:-._@", max_size=20),
    st.sampled_from(["0013542419", "00135424190", "09121234567", "+989121234567", "989121234567", "10103450187"]),
    st.text("abc:-._@", max_size=20),
)
def test_a_key_never_shows_an_identifier_or_a_phone(before: str, personal: str, after: str) -> None:
    assert personal.lstrip("+") not in safe_key(f"{before}{personal}{after}".encode())


@pytest.mark.parametrize(
    "key",
    [None, b"", b"\xff\xfe", "زهرا".encode(), "۰۰۱۳۵۴۲۴۱۹".encode(), b"a b", b"a\n", b"a" * 201, b'{"name": "x"}'],
)
def test_a_key_that_may_hold_anything_is_shown_as_a_fingerprint(key: bytes | None) -> None:
    shown = safe_key(key)
    assert shown.startswith("unsafe-")
    assert shown == safe_key(key), "the letters of one key stay together"
    assert safe_key(b"another \xff") != shown


def test_a_fingerprint_is_of_very_many_keys() -> None:
    """Ten digits can all be tried in an hour: by what is shown nobody tells which of them it was (I12)."""
    shown = {safe_key(b"%010d" % number) for number in range(200_000)}
    assert len(shown) <= 65_536


@pytest.mark.parametrize("key", [b"wa-urmia-017:017-000123", b"6f1c2a52-6f1d-5b7e-9a53-0b6bd8f4a0c1", b"org:unit@3"])
def test_a_key_of_ours_is_shown_as_it_is(key: bytes) -> None:
    assert safe_key(key) == key.decode()


def test_a_record_too_large_for_a_letter_leaves_its_value_behind_and_says_so() -> None:
    record = a_record(value=os.urandom(3 * 1024 * 1024))
    _, _, value, headers = letter_of(record, "OVERSIZE")
    assert len(value) < 1024
    assert headers["dl_cut"] == str(3 * 1024 * 1024)
    kept = open_letter(value, headers["dl_id"], SEALER)
    assert (kept.key, kept.value, kept.headers) == (record.key, None, record.headers)


NOISE = os.urandom(4 * 1024 * 1024)
HUGE = {"key": a_record()._replace(key=NOISE), "headers": a_record()._replace(headers=(("x-noise", NOISE),))}


@pytest.mark.parametrize(
    "record",
    [a_record()._replace(key=NOISE), a_record()._replace(headers=(("x-noise", NOISE),))],
    ids=["key", "headers"],
)
def test_a_letter_of_a_record_with_a_huge_key_or_huge_headers_is_small_too(record: Record) -> None:
    _, _, value, headers = letter_of(record, "HEADER_OVERSIZE")
    assert len(value) < 4096
    kept = open_letter(value, headers["dl_id"], SEALER)
    assert (kept.topic, kept.offset, kept.value, kept.headers) == (record.topic, record.offset, None, ())
    assert (record.key or b"").startswith(kept.key or b"")
    assert "dl_cut" in headers
