"""A case as its published events tell it, in order. Pure; never a personal field (I12)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any

from services.contracts.envelope import Envelope, Malformed, opaque, read_envelope, read_headers
from services.contracts.intake import DEMAND_REPORTED
from services.contracts.persian import fold_digits
from services.contracts.topics import INTAKE_REQUEST, KIOSK_SUBMISSION, NOTIFY_STATUS, ROUTING_WORK
from services.runtime.message import Record


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the case. `moves` were decided together; `note` is what they led to, without personal data (I12)."""

    at: datetime
    service: str
    moves: tuple[str, ...]
    note: str
    sequence: int
    id: str
    causation: str
    stream: str
    written: int
    """Milliseconds since the epoch, when Kafka got it."""


@dataclass(frozen=True, slots=True)
class Case:
    """What intake says of a request: enough to find everything else about it."""

    request_id: str
    events: tuple[Record, ...]
    kiosk_keys: tuple[tuple[str, str], ...]
    """(partner, key of the submission) of the kiosk's event that opened it."""


def case_in(records: Iterable[Record], code_or_id: str) -> Case | None:
    """The case among intake's events, by tracking code, request id, or an office's number of it (the first found).

    An office's number is its `externalRef`, or `kioskId:externalRef` as it stands in keys.
    """
    wanted, id = code_or_id.encode(), None
    found: list[Record] = []
    for record in records:
        is_ours = _is_about(record, wanted) if id is None else record.key == id
        if is_ours and record.key is not None and not _is_for_inspectors(record):
            id = record.key
            found.append(record)
    if id is None:
        return None
    kiosks = (_object(record.value).get("kiosk") or {} for record in found)
    keys = {(kiosk["partner"], f"{kiosk['kioskId']}:{kiosk['externalRef']}") for kiosk in kiosks if kiosk}
    return Case(id.decode(), tuple(found), tuple(sorted(keys)))


def _is_for_inspectors(record: Record) -> bool:
    """Whether it tells of an illegal demand: no step of the case, and nobody's who follows it (domain 3)."""
    return ("ce_type", DEMAND_REPORTED.encode()) in record.headers


def _is_about(record: Record, wanted: bytes) -> bool:
    if record.key == wanted:
        return True
    # the bytes first: reading the JSON of every case would take minutes where this takes seconds
    if wanted.rpartition(b":")[2] not in (record.value or b""):
        return False
    told = _object(record.value)
    kiosk = told.get("kiosk") or {}
    ref = kiosk.get("externalRef")
    return wanted.decode() in (told.get("trackingCode"), ref, f"{kiosk.get('kioskId')}:{ref}")


def submission_in(records: Iterable[Record], ref: str) -> list[Record]:
    """What offices and intake wrote of one submission, by an office's number of it (of the first kiosk found)."""
    found: dict[str, list[Record]] = {}
    for record in records:
        key = key_of(record)
        if ref in (key, key.partition(":")[2]):
            found.setdefault(key, []).append(record)
    return next(iter(found.values()), [])


def steps_in(records: Iterable[Record]) -> Iterator[Step]:
    """Records of the case as steps; one that came twice is one step, one that is no event says so."""
    seen: set[str] = set()
    for record in records:
        try:
            envelope = read_envelope(read_headers(record.headers))
        except Malformed as malformed:
            yield Step(_written(record), "?", (f"not an event: {malformed.code}",), "", 0, "", "", "", record.timestamp)
            continue
        if envelope.id not in seen:
            seen.add(envelope.id)
            yield _step(record, envelope)


def in_order(steps: Iterable[Step]) -> list[Step]:
    """By time; within one second causes come before what they caused, each entity's events in their sequence."""
    by_time = sorted(steps, key=lambda step: (step.at, step.written))
    return [step for _, together in groupby(by_time, key=lambda s: s.at) for step in _causes_first(list(together))]


def _causes_first(steps: Sequence[Step]) -> list[Step]:
    before: dict[Step, list[Step]] = {step: [] for step in steps}
    by_id = {opaque(step.id): step for step in steps}  # as our events name what led to them
    numbered = sorted((step for step in steps if step.sequence), key=lambda step: (step.stream, step.sequence))
    for earlier, later in pairwise(numbered):
        if earlier.stream == later.stream:
            before[later].append(earlier)
    for step in steps:
        if step.causation in by_id:
            before[step].append(by_id[step.causation])
    ordered: dict[Step, None] = {}
    begun: set[Step] = set()

    def put(step: Step) -> None:
        if step not in begun:  # also cuts a circle of causes
            begun.add(step)
            for cause in before[step]:
                put(cause)
            ordered[step] = None

    for step in steps:
        put(step)
    return list(ordered)


def _step(record: Record, envelope: Envelope) -> Step:
    data = _object(record.value)
    ours = record.topic != KIOSK_SUBMISSION.name  # an office may write anything anywhere: only forms we know are shown
    moves = data.get("moves") if ours else None
    return Step(
        at=envelope.time or _written(record),
        service=envelope.source.rpartition("/")[2] if ours else "kiosk",
        moves=tuple(map(str, moves)) if isinstance(moves, list) else ("submission.submitted",),
        note=_note(record.topic, data),
        sequence=envelope.sequence if ours else 0,
        id=envelope.id,
        causation=envelope.causation if ours else "",
        stream=f"{record.topic} {envelope.stream}",
        written=record.timestamp,
    )


def _note(topic: str, data: dict[str, Any]) -> str:
    if topic == KIOSK_SUBMISSION.name:
        revision = data.get("revision", 1)
        return f"revision {revision}" if isinstance(revision, int) and revision < 10_000 else ""
    if topic == ROUTING_WORK.name:
        said = [(data.get("task") or {}).get("state"), (data.get("result") or {}).get("kind")]
    elif topic == NOTIFY_STATUS.name:
        said = [data.get("notice"), data.get("state")]
    elif topic == INTAKE_REQUEST.name:
        said = [data.get("state")]
    else:
        said = [data.get("status"), data.get("code"), data.get("state")]
    return " ".join(str(word) for word in said if word)


def _object(value: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(value or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def key_of(record: Record) -> str:
    """The key as text, digits of other scripts folded: offices write them."""
    return fold_digits((record.key or b"").decode(errors="replace"))


def _written(record: Record) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)
