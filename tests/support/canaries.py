"""C8: seeded national ids, mobiles and words that must be found nowhere but in the submissions themselves (I12)."""

import json
import re
from collections.abc import Iterable, Mapping

from services.contracts.persian import fold_digits
from services.contracts.topics import KIOSK_SUBMISSION
from services.runtime.message import Record

MARKER = "qanari7f"
PERSIAN_MARKER = "قناری‌زرد"
"""Both stand in every name and note of a run, so that free text is known wherever it turns up."""
_BYTES, _RUNS = re.compile(f"{MARKER}|{PERSIAN_MARKER}".encode()), re.compile(rb"\d{10,16}")
FREE_TEXT = "free text"
DIGITS = re.compile(r"\d{10,16}")
_WORDS = (MARKER, PERSIAN_MARKER, json.dumps(PERSIAN_MARKER)[1:-1])


def found_in(text: str, canaries: Iterable[str]) -> str | None:
    """What kind of canary the text holds. Never the canary itself: a report is a log, too."""
    if any(word in text for word in _WORDS):
        return FREE_TEXT
    known = canaries if isinstance(canaries, set | frozenset) else set(canaries)
    for run in DIGITS.findall(fold_digits(text) if not text.isascii() else text):
        if run in known:
            return "a national id" if len(run) == 10 and not run.startswith("9") else "a mobile"
        if run[-10:] in known and run[:-10] in ("0", "98", "0098"):
            return "a mobile"
    return None


def leaks(records: Iterable[Record], texts: Mapping[str, str], canaries: set[str]) -> list[str]:
    """Every place that holds one: record headers and keys, values of all topics but the submissions, other texts."""
    wrong = []
    for record in records:
        place = f"{record.topic}[{record.partition}]@{record.offset}"
        if record.topic != KIOSK_SUBMISSION.name:
            parts = {"value": record.value, "key": record.key} | dict(record.headers)
        else:
            parts = {"key": record.key} | dict(record.headers)
        for name, raw in parts.items():
            if raw and (kind := found_in(raw.decode(errors="replace"), canaries)):
                wrong.append(f"C8 {place} holds {kind} in {name}")
    for name, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if kind := found_in(line, canaries):
                wrong.append(f"C8 {name}:{number} holds {kind}")
    return wrong


def stored_in(raw: bytes, canaries: set[str]) -> str | None:
    """What kind of canary stands in these bytes, be they text or not: a document as a database holds it."""
    if {run[-10:].decode() for run in _RUNS.findall(raw)} & canaries:
        return "a national id or a mobile"
    return FREE_TEXT if _BYTES.search(raw) else None
