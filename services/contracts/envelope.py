"""CloudEvents 1.0 in Kafka's binary mode: headers carry the attributes, the value is the JSON data alone (design 3)."""

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from typing import NamedTuple

from services.contracts.wire import RFC_3339

NAMESPACE = uuid.UUID("6d697a62-616e-5e00-8000-6d697a62616e")
"""Names every id that we derive; changing it would make every replay look new."""
_NAMESPACE = NAMESPACE.bytes

MAX_VALUE_BYTES = 256 * 1024
MAX_HEADER_BYTES = 1024
MAX_HEADERS_BYTES = 16 * 1024
"""Names and values of one record together: an outsider may send as many as Kafka takes, compressed."""
REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type")
JSON = "application/json"
NAMED = frozenset({*REQUIRED, "ce_time", "content-type", "traceparent"})
"""Headers of outsiders that may be named in answers; of others the name may be anything."""


class Malformed(ValueError):
    """A record that cannot be read as an event. `code` is the reason that stands on its dead letter.

    `detail` says where the fault is, in English, for programmers. It repeats nothing that the sender wrote, since it is
    told in answers and headers (I12).
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


class Envelope(NamedTuple):
    """The attributes of one event. `stream` + `sequence` order it among the events of its entity."""

    id: str
    source: str
    type: str
    time: datetime | None
    subject: str = ""
    partition_key: str = ""
    correlation: str = ""
    causation: str = ""
    sequence: int = 0
    after: int = 0
    """The last one before it in its stream that may not be passed over."""
    minor: bool = False
    classification: str = ""
    traceparent: str = ""
    received: datetime | None = None
    """When it first came to us, as far as the broker knows."""

    @property
    def stream(self) -> str:
        return f"{self.source}#{self.subject}"


def event_id(source: str, subject: str, sequence: int) -> str:
    """The id of the n-th event of an entity: the same however often it is decided or sent (design 1)."""
    return _name(f"{source}#{subject}#{sequence}")


def derived_id(*parts: str) -> str:
    """An id that follows from what caused it, so that a replay finds what the first time made."""
    return _name("|".join(parts))


def _name(text: str) -> str:
    """uuid5(NAMESPACE, text) as text; written out: every event needs several, and the library takes 10 us for one."""
    digits = sha1(_NAMESPACE + text.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:32]}"


_VARIANT = {f"{digit:x}": f"{digit & 0x3 | 0x8:x}" for digit in range(16)}
"""RFC 9562: the two highest bits of the seventeenth digit are 10, as the thirteenth is the version, 5."""

_OPAQUE = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)


def is_opaque(id: str) -> bool:
    """Whether it has the form of an id that means nothing, a UUID or ULID."""
    return _OPAQUE.fullmatch(id) is not None


def opaque(id: str) -> str:
    """An id as our own headers may repeat it: an outsider may write anything into one, also who it is about (I12)."""
    return id if not id or is_opaque(id) else derived_id("outside", id)


def read_headers(raw: Collection[tuple[str, bytes | None]]) -> dict[str, str]:
    """Decodes record headers. Raises Malformed HEADER_NULL, HEADER_NOT_UTF8, HEADER_REPEATED, HEADER_OVERSIZE."""
    try:
        headers = {name: value.decode() for name, value in raw if value is not None}
    except UnicodeDecodeError:
        return _read_one_by_one(raw)
    all_together = "".join([*headers, *headers.values()])
    if len(headers) == len(raw) and all_together.isascii() and len(all_together) <= MAX_HEADER_BYTES:  # nearly always
        return headers
    return _read_one_by_one(raw)


def _read_one_by_one(raw: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Finds out what is wrong with headers that are not as usual, if anything is."""
    headers: dict[str, str] = {}
    left = MAX_HEADERS_BYTES
    for name, value in raw:
        if value is None:
            raise Malformed("HEADER_NULL", f"{_header(name)} has no value")
        if len(value) > MAX_HEADER_BYTES:
            raise Malformed("HEADER_OVERSIZE", f"{_header(name)} is larger than {MAX_HEADER_BYTES} bytes")
        left -= len(name) + len(value)
        if left < 0:
            raise Malformed("HEADER_OVERSIZE", f"the headers are larger than {MAX_HEADERS_BYTES} bytes together")
        if name in headers and name.startswith("ce_"):
            raise Malformed("HEADER_REPEATED", f"{_header(name)} stands twice")
        try:
            headers[name] = value.decode()
        except UnicodeDecodeError:
            raise Malformed("HEADER_NOT_UTF8", f"{_header(name)} is not UTF-8") from None
    if "\ufffd" in "".join(headers):  # what our parser puts for bytes that are not UTF-8
        raise Malformed("HEADER_NOT_UTF8", "the name of a header is not UTF-8")
    return headers


def _header(name: str) -> str:
    return f"the header {name}" if name in NAMED else "another header"


def read_envelope(headers: Mapping[str, str], received: datetime | None = None) -> Envelope:
    """The attributes from decoded headers.

    Raises Malformed HEADER_MISSING, SPEC_VERSION, CONTENT_TYPE, BAD_TIME, BAD_SEQUENCE.
    """
    if not all(map(headers.get, REQUIRED)):
        missing = [name for name in REQUIRED if not headers.get(name)]
        raise Malformed("HEADER_MISSING", f"missing {', '.join(missing)}")
    if headers["ce_specversion"] != "1.0":
        raise Malformed("SPEC_VERSION", "ce_specversion is not 1.0")
    content_type = headers.get("content-type", JSON)
    if content_type != JSON and content_type.split(";")[0].strip().lower() != JSON:
        raise Malformed("CONTENT_TYPE", "content-type is not application/json")
    sequence = _number(headers, "ce_sequence") if "ce_sequence" in headers else 0
    return Envelope(
        id=headers["ce_id"],
        source=headers["ce_source"],
        type=headers["ce_type"],
        time=_read_time(headers.get("ce_time")),
        subject=headers.get("ce_subject", ""),
        partition_key=headers.get("ce_partitionkey", ""),
        correlation=headers.get("ce_correlationid", ""),
        causation=headers.get("ce_causationid", ""),
        sequence=sequence,
        after=min(_number(headers, "ce_after"), sequence - 1) if "ce_after" in headers else sequence - 1,
        minor="ce_minor" in headers,
        classification=headers.get("ce_dataclassification", ""),
        traceparent=headers.get("traceparent", ""),
        received=received,
    )


def _number(headers: Mapping[str, str], name: str) -> int:
    text = headers[name]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Malformed("BAD_SEQUENCE", f"{name} is not a number")
    return int(text)


@lru_cache(maxsize=1024)  # the records of a batch share most of theirs
def _read_time(text: str | None) -> datetime | None:
    if text is None:
        return None
    if not RFC_3339.fullmatch(text):
        raise Malformed("BAD_TIME", "ce_time is not an RFC 3339 time")
    try:
        value = datetime.fromisoformat(text)
        moment = value.astimezone(UTC)
    except (ValueError, OverflowError):  # the first hours of the year 1, east of Greenwich, have no UTC
        raise Malformed("BAD_TIME", "ce_time is not an RFC 3339 time") from None
    if value.tzinfo is None:
        raise Malformed("BAD_TIME", "ce_time has no zone")
    return moment
