"""Dead letters: records given up, sealed, with all that is needed to send them again (design 5)."""

import hashlib
import json
import re
import zlib
from base64 import b64decode, b64encode
from datetime import datetime

from services.contracts.envelope import derived_id
from services.contracts.topics import BROKER_TIMED, dead_letter_topic
from services.contracts.wire import instant_text
from services.runtime.message import DeadLetter, Outgoing, Record, pack_record, unpack_record
from services.runtime.seal import Sealer

LETTER_BYTES = 3 * 1024 * 1024
KEY_BYTES = 1024
SAFE_KEY = re.compile(r"[A-Za-z0-9:._@-]{1,200}")
OUR_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONG_NUMBER = re.compile(r"\d{10,}")
FIRST_RECEIPT = "first_receipt"
"""The last header of a record that was sent again to a topic with the broker's own times: when it came first, sealed.

Outsiders write to such a topic, and could write any header: only this service and its operators make one that opens, of
this key and value alone.
"""


def dead_letter(letter: DeadLetter, group: str, sealer: Sealer, now: datetime) -> Outgoing:
    """The record for the group's dead-letter topic: value sealed, headers a summary without personal data (I12).

    Its id follows from topic, partition and offset: given up twice, it is still one letter.
    """
    record = letter.record
    id = derived_id("dead-letter", group, record.topic, str(record.partition), str(record.offset))
    headers = [
        ("dl_id", id),
        ("dl_topic", record.topic),
        ("dl_partition", str(record.partition)),
        ("dl_offset", str(record.offset)),
        ("dl_code", letter.code),
        ("dl_attempts", str(letter.attempts)),
        ("dl_at", instant_text(now)),
        ("dl_group", group),
    ]
    if letter.detail:
        headers.append(("dl_detail", letter.detail))
    value = _sealed(record, sealer, id)
    if len(value) > LETTER_BYTES:
        # a small batch can unfold to a huge record: then the letter tells of it, without its value
        headers.append(("dl_cut", str(len(record.value or b""))))
        value = _sealed(record._replace(value=None), sealer, id)
        if len(value) > LETTER_BYTES:  # nor what else is huge
            value = _sealed(record._replace(key=(record.key or b"")[:KEY_BYTES], value=None, headers=()), sealer, id)
    return dead_letter_topic(group).name, safe_key(record.key), value, [(name, v.encode()) for name, v in headers]


def headers_again(record: Record, sealer: Sealer) -> tuple[tuple[str, bytes | None], ...]:
    """Those of a record that is sent again: as they came, and behind them when that was, where its time says so.

    However often it is sent again, it is the first time that stands there.
    """
    if record.topic not in BROKER_TIMED or record.timestamp <= 0 or _told_before(record, sealer) is not None:
        return record.headers
    sealed = sealer.seal(str(record.timestamp).encode(), _about(record))
    return (*record.headers, (FIRST_RECEIPT, b64encode(sealed)))


def first_receipt(record: Record, sealer: Sealer) -> int:
    """When the broker took it for the first time, as `Record.timestamp`."""
    before = _told_before(record, sealer)
    return record.timestamp if before is None else before


def _told_before(record: Record, sealer: Sealer) -> int | None:
    name, value = record.headers[-1] if record.headers else ("", None)
    if name != FIRST_RECEIPT:  # nearly always
        return None
    try:
        return int(sealer.open(b64decode(value or b""), _about(record)))
    except ValueError:  # not ours
        return None


def _about(record: Record) -> str:
    return "/".join(hashlib.sha256(part or b"").hexdigest() for part in (record.key, record.value))


def _sealed(record: Record, sealer: Sealer, id: str) -> bytes:
    return sealer.seal(zlib.compress(json.dumps(pack_record(record)).encode()), id)


def safe_key(key: bytes | None) -> str:
    """The original key when it is one of ours; of one that may hold anything a fingerprint that keeps its letters
    together, too short for anybody to find a number by trying all there are."""
    words = (key or b"").decode(errors="replace")
    if OUR_ID.fullmatch(words) or (SAFE_KEY.fullmatch(words) and not LONG_NUMBER.search(words)):
        return words
    return "unsafe-" + hashlib.sha256(key or b"").hexdigest()[:4]


def open_letter(value: bytes, id: str, sealer: Sealer) -> Record:
    """The record of a dead letter, to be sent again byte for byte. Raises BrokenSeal."""
    return unpack_record(json.loads(zlib.decompress(sealer.open(value, id))))
