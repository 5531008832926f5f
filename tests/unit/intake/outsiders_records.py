"""Records of a kiosk office through the real door, and what it is told."""

import json
from typing import Any

from services.contracts.kiosk import SUBMITTED
from services.contracts.topics import KIOSK_SUBMISSION
from services.intake.domain.proving import request_of
from services.intake.handlers import REQUEST
from services.runtime.message import Record
from tests.support.memory_door import MemoryDoor
from tests.support.signing import signature
from tests.unit.intake.edge import a_submission

KEY = "wa-urmia-017:017-000123"


def a_body(**changes: Any) -> dict[str, Any]:
    return a_submission(**{"externalRef": "017-000123"} | changes)


def a_record(
    value: bytes | None = None,
    key: str = KEY,
    offset: int = 0,
    headers: dict[str, bytes | None] | None = None,
    **changes: Any,
) -> Record:
    value = value if value is not None else json.dumps(a_body(**changes)).encode()
    named = {
        "ce_specversion": b"1.0",
        "ce_id": f"event-{offset}".encode(),
        "ce_source": b"/kiosk/wa-urmia-017",
        "ce_type": SUBMITTED.encode(),
        "ce_time": b"2026-11-23T06:20:01Z",
        "content-type": b"application/json",
        "ce_signature": signature(key.rpartition(":")[0], value),
    }
    return Record(
        topic=KIOSK_SUBMISSION.name,
        partition=0,
        offset=offset,
        key=key.encode(),
        value=value,
        headers=tuple((named | (headers or {})).items()),
    )


def told(door: MemoryDoor) -> list[dict[str, Any]]:
    return [json.loads(event["value"]) for event in door.publisher.events("sd.kiosk.outcome.")]


def dead(door: MemoryDoor) -> list[dict[str, str]]:
    return door.publisher.events("mizban.intake.dlq")


def a_case_of(door: MemoryDoor, ref: str = "017-000123") -> Any:
    state = door.state(REQUEST, request_of("wa-urmia-017", ref))
    return state.case if state else None
