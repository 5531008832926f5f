"""What operators see of dead letters: each once, open until sent again, and nothing personal without a reason (I12)."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ops.letters import (
    again,
    group_of,
    letters_in,
    mark,
    printable,
    seen_headers,
    seen_key,
    seen_value,
    unsealed,
)
from services.runtime.broker_records import ToSend
from services.runtime.letters import FIRST_RECEIPT, dead_letter, first_receipt
from services.runtime.message import DeadLetter, Record
from services.runtime.seal import BrokenSeal, Sealer

SEALER = Sealer(b"k" * 32)
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
NATIONAL_ID, MOBILE, NAME = "0013542419", "09121234567", "زهرا کریمی"
PERSONAL = (NATIONAL_ID, MOBILE, NAME)

raw = st.none() | st.binary(max_size=40)


def submitted(offset: int = 7, **changes: Any) -> Record:
    value = {"kioskId": "wa-urmia-017", "applicant": {"value": NATIONAL_ID, "mobile": MOBILE, "name": NAME}}
    record = Record(
        topic="sd.kiosk.submission.v1",
        partition=3,
        offset=offset,
        key=b"wa-urmia-017:017-000123",
        value=json.dumps(value, ensure_ascii=False).encode(),
        headers=(("ce_specversion", b"1.0"), ("ce_id", b"8c8a3ef0-1111-4222-8333-444455556666")),
        timestamp=1_795_000_000_000,
    )
    return record._replace(**changes)


def stored(written: tuple[str, str, bytes, list[tuple[str, bytes]]] | ToSend, offset: int = 0) -> Record:
    if isinstance(written, ToSend):
        return Record(written.topic, 0, offset, written.key, written.value, written.headers)
    topic, key, value, headers = written
    return Record(topic, 0, offset, key.encode(), value, tuple(headers))


def given_up(record: Record, *, code: str = "SCHEMA", at: datetime = NOW) -> Record:
    return stored(dead_letter(DeadLetter(record, code, 1), "mizban.intake", SEALER, at))


def test_a_letter_that_stands_twice_is_one_letter() -> None:
    (letter,) = letters_in([given_up(submitted()), given_up(submitted())])
    assert (letter.group, letter.code, letter.place) == ("mizban.intake", "SCHEMA", ("sd.kiosk.submission.v1", 3, 7))
    assert letter.is_open


def test_a_letter_tells_where_the_fault_is_when_that_is_known() -> None:
    told = stored(dead_letter(DeadLetter(submitted(), "SCHEMA", 1, "wrong: amount"), "mizban.intake", SEALER, NOW))
    assert [letter.detail for letter in letters_in([told])] == ["wrong: amount"]
    assert [letter.detail for letter in letters_in([given_up(submitted())])] == [""]


def test_a_letter_sent_again_is_no_longer_open_until_it_is_given_up_anew() -> None:
    first = given_up(submitted())
    (letter,) = letters_in([first])
    sent_again = stored(mark(letter, NOW))
    assert [one.replayed_at for one in letters_in([first, sent_again])] == [NOW]
    assert [one.is_open for one in letters_in([first, sent_again, first])] == [True]


def test_a_mark_names_the_letter_and_holds_nothing_of_it() -> None:
    (letter,) = letters_in([given_up(submitted())])
    written = mark(letter, NOW)
    assert (written.topic, written.value) == ("mizban.intake.dlq", b"")
    assert {name for name, _ in written.headers} == {"dl_id", "dl_group", "dl_replayed_at"}


def test_letters_come_in_the_order_of_their_giving_up() -> None:
    later = given_up(submitted(1), at=NOW.replace(hour=9))
    earlier = given_up(submitted(2))
    assert [letter.offset for letter in letters_in([later, earlier])] == [2, 1]


@pytest.mark.parametrize("headers", [(), (("dl_id", b"x"),), (("dl_id", None),), (("dl_replayed_at", b"2026"),)])
def test_what_is_neither_letter_nor_mark_is_passed_over(headers: tuple[tuple[str, bytes | None], ...]) -> None:
    stray = Record("mizban.intake.dlq", 0, 0, None, b"?", headers)
    assert len(letters_in([stray, given_up(submitted()), stray])) == 1


def test_a_mark_without_its_letter_is_no_reason_to_worry() -> None:
    first = given_up(submitted())
    (letter,) = letters_in([first])
    passed_over: list[Record] = []
    assert letters_in([stored(mark(letter, NOW))], passed_over.append) == []
    assert not passed_over


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("dl_partition", b"x"),
        ("dl_offset", b""),
        ("dl_attempts", b"9" * 5000),
        ("dl_at", b"yesterday"),
        ("dl_at", b"2026-11-23T08:30:00"),
        ("dl_at", b"0001-01-01T00:00:00+03:30"),
        ("dl_replayed_at", b"yesterday"),
    ],
)
def test_a_letter_that_cannot_be_read_hides_no_other(name: str, written: bytes) -> None:
    good = given_up(submitted())
    bad = good._replace(headers=(*((n, v) for n, v in good.headers if n != name), (name, written)))
    passed_over: list[Record] = []
    (letter,) = letters_in([bad, good, bad], passed_over.append)
    assert letter.is_open
    assert passed_over == [bad, bad]


@given(key=raw, value=raw, headers=st.lists(st.tuples(st.text(max_size=10), raw), max_size=4))
def test_a_record_leaves_its_letter_byte_for_byte(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    record = submitted(key=key, value=value, headers=tuple(headers))
    (letter,) = letters_in([given_up(record)])
    sent = again(unsealed(letter, SEALER), SEALER)
    assert (sent.topic, sent.partition, sent.key, sent.value) == (record.topic, record.partition, key, value)
    assert sent.headers[:-1] == tuple(headers)
    assert sent.headers[-1][0] == FIRST_RECEIPT


def sent_again(record: Record, at: int) -> Record:
    """As the broker stores it, with a time of its own."""
    sent = again(record, SEALER)
    return Record(sent.topic, sent.partition, record.offset + 1, sent.key, sent.value, sent.headers, at)


def test_a_replay_says_when_its_record_came_first_however_often_it_is_sent_again() -> None:
    record = submitted()
    once = sent_again(record, record.timestamp + 1)
    twice = sent_again(once, record.timestamp + 2)
    assert [first_receipt(each, SEALER) for each in (record, once, twice)] == [record.timestamp] * 3
    assert twice.headers == once.headers


def test_nobody_but_the_service_and_its_operators_can_say_when_a_record_came_first() -> None:
    """Outsiders choose headers: neither their own words nor what stood at another record are believed."""
    early = sent_again(submitted(timestamp=1), 2)
    stolen = early.headers[-1][1]
    stranger = Sealer(b"o" * 32).seal(b"1", "")
    for written in (b"1", b"", None, b"\xff", b64encode(b"\x01"), b64encode(stranger), stolen):
        forged = submitted(value=b"{}", headers=((FIRST_RECEIPT, written),))
        assert first_receipt(forged, SEALER) == forged.timestamp
        assert first_receipt(sent_again(forged, 5), SEALER) == forged.timestamp


def test_where_a_record_keeps_the_time_of_its_sender_a_replay_adds_nothing() -> None:
    record = submitted(topic="sd.routing.work.v1")
    assert again(record, SEALER).headers == record.headers


def test_another_key_opens_nothing() -> None:
    (letter,) = letters_in([given_up(submitted())])
    with pytest.raises(BrokenSeal):
        unsealed(letter, Sealer(b"o" * 32))


@pytest.mark.parametrize("personal", PERSONAL)
def test_nothing_personal_is_seen_wherever_an_office_wrote_it(personal: str) -> None:
    record = submitted(
        key=personal.encode(),
        value=json.dumps({personal: personal, "name": personal, "deep": [{"x": [personal]}, personal]}).encode(),
        headers=(
            ("ce_id", personal.encode()),
            ("ce_source", f"/kiosk/{personal}".encode()),
            ("ce_type", f"ir.servicedesk.{personal}".encode()),
            ("ce_sequence", personal.encode()),
            ("ce_subject", personal.encode()),
            (personal, personal.encode()),
        ),
    )
    (letter,) = letters_in([given_up(record)])
    seen = f"{letter} {seen_headers(record)} {seen_key(record.key)} {seen_value(record.value)}"
    assert personal not in seen.replace(repr(letter.sealed), "")


def test_the_shape_of_a_value_tells_what_is_wrong_with_it() -> None:
    shape = json.loads(seen_value(b'{"kioskId": 7, "applicant": {"name": "abc", "mobile": null}, "evidence": []}'))
    assert shape == {"kioskId": "number", "applicant": {"name": "text of 3", "mobile": None}, "evidence": []}
    assert seen_value(b"{broken") == "(not JSON, 7 bytes)"
    assert seen_value(b"{") == "(not JSON, 1 byte)"
    assert seen_value(b"[" * 100_000).startswith("(not JSON")
    assert seen_value(None) == "(null)"


def test_headers_in_the_form_of_the_contract_are_seen() -> None:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "01JDCK3V9Z8Y7X6W5T4S3R2Q1P",
        "ce_source": "/kiosk/wa-urmia-017",
        "ce_type": "ir.servicedesk.kiosk.submission.submitted.v1",
        "ce_time": "2026-11-23T08:30:00+03:30",
        "content-type": "application/json",
    }
    signed = headers | {"ce_signature": "eyJhbGciOiJFZDI1NTE5In0..c2ln"}
    record = submitted(headers=tuple((name, value.encode()) for name, value in signed.items()))
    assert dict(seen_headers(record)) == headers | {"ce_signature": "(29 bytes)"}


def test_revealed_bytes_cannot_steer_the_terminal() -> None:
    shown = printable("\x1b[2Jسلام\u202e".encode() + b"\xff")
    assert shown == "\\x1b[2Jسلام\\x202e\\xff"


@pytest.mark.parametrize(("topic", "group"), [("mizban.intake.dlq", "mizban.intake"), ("sd.kiosk.outcome.dlq", None)])
def test_a_dead_letter_topic_names_its_group(topic: str, group: str | None) -> None:
    assert group_of(topic) == group
