"""Dead letters as an operator knows them: each once, open or sent again; and what of them may be seen without a reason.

A dead-letter topic is a log: nothing leaves it. That a letter was sent again is therefore a record in the same topic, a
mark behind the letter. Every operator sees it, and a letter given up anew stands behind its mark and is open again.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from services.contracts import signature
from services.contracts.envelope import is_opaque
from services.contracts.topics import dead_letter_topic
from services.contracts.wire import instant_text
from services.ops.words import counted
from services.runtime.broker_records import ToSend
from services.runtime.letters import LONG_NUMBER, headers_again, open_letter, safe_key
from services.runtime.message import Record
from services.runtime.seal import BrokenSeal, Sealer

_SUMMARY = {"dl_id", "dl_group", "dl_topic", "dl_partition", "dl_offset", "dl_code", "dl_attempts", "dl_at"}
LETTER_TOPIC = re.compile(r"mizban\.[a-z0-9-]+\.dlq")


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter: where its record stood, why it was given up, and whether it has been sent again since."""

    id: str
    group: str
    topic: str
    partition: int
    offset: int
    code: str
    attempts: int
    at: datetime
    key: str
    sealed: bytes
    detail: str = ""
    """Where in the record the fault is, if that is known."""
    replayed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.replayed_at is None

    @property
    def place(self) -> tuple[str, int, int]:
        """Sorted by this, records of one key are in their first order."""
        return self.topic, self.partition, self.offset


def group_of(topic: str) -> str | None:
    """The group whose dead letters a topic holds; None when it is no such topic."""
    return topic.removesuffix(".dlq") if LETTER_TOPIC.fullmatch(topic) else None


def letters_in(records: Iterable[Record], passed_over: Callable[[Record], None] = lambda record: None) -> list[Letter]:
    """The letters in dead-letter topics, each once, oldest first; to `passed_over` what is neither letter nor mark."""
    letters: dict[str, Letter] = {}
    for record in records:
        headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
        id = headers.get("dl_id", "")
        try:
            if "dl_replayed_at" in headers:
                replayed_at = _time(headers["dl_replayed_at"])
                if id in letters:
                    letters[id] = replace(letters[id], replayed_at=replayed_at)
            elif record.value is not None and headers.keys() >= _SUMMARY:
                letters[id] = _letter(id, headers, record.key or b"", record.value)
            else:
                passed_over(record)
        except (ValueError, OverflowError):
            passed_over(record)
    return sorted(letters.values(), key=lambda letter: (letter.at, letter.place))


def mark(letter: Letter, now: datetime) -> ToSend:
    """The record that says: this letter was sent again. It holds nothing of the letter itself."""
    headers = {"dl_id": letter.id, "dl_group": letter.group, "dl_replayed_at": instant_text(now)}
    return ToSend(
        topic=dead_letter_topic(letter.group).name,
        partition=0,
        key=letter.key.encode(),
        value=b"",
        headers=tuple((name, value.encode()) for name, value in headers.items()),
    )


def unsealed(letter: Letter, sealer: Sealer) -> Record:
    """The record as it came; the sealer is that of the service which gave it up. Raises BrokenSeal."""
    try:
        return open_letter(letter.sealed, letter.id, sealer)
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise BrokenSeal("what was sealed is no record") from error


def again(record: Record, sealer: Sealer) -> ToSend:
    """The record as it came, event id and all, for the partition it came from: its key keeps its one order.

    Where the broker will write its own time on it, a header says when it came first (`letters.FIRST_RECEIPT`).
    """
    return ToSend(record.topic, record.partition, record.key, record.value, headers_again(record, sealer))


def _letter(id: str, headers: Mapping[str, str], key: bytes, value: bytes) -> Letter:
    return Letter(
        id=id,
        group=headers["dl_group"],
        topic=headers["dl_topic"],
        partition=int(headers["dl_partition"]),
        offset=int(headers["dl_offset"]),
        code=headers["dl_code"],
        attempts=int(headers["dl_attempts"]),
        at=_time(headers["dl_at"]),
        key=key.decode(errors="replace"),
        sealed=value,
        detail=headers.get("dl_detail", ""),
    )


def _time(written: str) -> datetime:
    """UTC. Raises ValueError, OverflowError at the ends of the calendar."""
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.astimezone(UTC)


# --- What may be seen without a reason (I12) --------------------------------------------------------------------------

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ID = f"{_UUID}|[0-9A-HJKMNP-TV-Z]{{26}}"
_FORMS = {
    "ce_specversion": r"\d\.\d",
    "ce_id": _ID,
    "ce_source": r"/(kiosk|org)/[a-z][a-z0-9-]{0,60}(/[a-z]+)?",
    "ce_subject": _ID,
    "ce_type": r"ir\.servicedesk(\.[a-z0-9-]{1,40}){1,6}",
    "ce_time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)",
    "ce_partitionkey": _ID,
    "ce_correlationid": _ID,
    "ce_causationid": _ID,
    "ce_sequence": r"\d{1,9}",
    "ce_after": r"\d{1,9}",
    "ce_minor": "true",
    "ce_dataclassification": "public|internal|personal|sealed",
    "traceparent": "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
    "content-type": r"application/json(; ?charset=utf-8)?",
}
"""A header is shown only in the form that the contract gives it: an outsider may write anything anywhere."""

_FIELD = re.compile(r"[a-z][A-Za-z]{0,29}")


def seen_headers(record: Record) -> list[tuple[str, str]]:
    """Names and values of headers, with a size in place of whatever could hold personal data (I12)."""
    return [_seen_header(name, value) for name, value in record.headers]


def _seen_header(name: str, value: bytes | None) -> tuple[str, str]:
    if name not in _FORMS and name != signature.HEADER:  # of that whether it is there: its base64 may hold anything
        name = "(another header)"
    if value is None:
        return name, "(null)"
    words = value.decode(errors="replace")
    if re.fullmatch(_FORMS.get(name, "(?!)"), words, re.ASCII) and (not LONG_NUMBER.search(words) or is_opaque(words)):
        return name, words
    return name, f"({counted(len(value), 'byte')})"


def seen_key(key: bytes | None) -> str:
    """The key when it is one of ours, else a fingerprint (I12)."""
    return "(null)" if key is None else safe_key(key)


def seen_value(value: bytes | None) -> str:
    """The shape of a value: the fields' names with kinds and sizes, nothing that was written into them (I12)."""
    if value is None:
        return "(null)"
    try:
        shape = _shape(json.loads(value))
    except (ValueError, RecursionError):
        return f"(not JSON, {counted(len(value), 'byte')})"
    return json.dumps(shape, indent=2, ensure_ascii=False)


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        named = {name: _shape(inner) for name, inner in value.items() if _FIELD.fullmatch(name)}
        others = len(value) - len(named)
        return named | ({"(other names)": others} if others else {})
    if isinstance(value, list):
        return [counted(len(value), "item"), _shape(value[0])] if value else []
    if isinstance(value, str):
        return f"text of {len(value)}"
    return value if value is None or isinstance(value, bool) else "number"


def printable(raw: bytes | None) -> str:
    """Bytes as text on a terminal: what is no text, or would steer the terminal, is escaped."""
    if raw is None:
        return "(null)"
    words = raw.decode(errors="backslashreplace")
    return "".join(char if char.isprintable() or char in "\n\u200c" else f"\\x{ord(char):02x}" for char in words)
