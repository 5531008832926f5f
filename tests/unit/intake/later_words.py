"""What a kiosk office says later of a case that it has filed."""

import json
from typing import Any

from services.contracts.decision import Decision
from services.contracts.kiosk import FURTHER, Supplement
from services.contracts.service_sheet import Sheet
from services.intake.domain import further
from services.intake.domain.messages import KioskSaid
from services.intake.domain.proving import OWN
from services.intake.domain.request import Request
from services.intake.kiosk_records import said_later
from services.runtime.message import Record
from tests.support.memory_door import MemoryDoor
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import IDENTITY_CARD, world
from tests.unit.intake.edge import a_door
from tests.unit.intake.outsiders_records import a_record

SUPPLEMENTED, WITHDRAWN, DELIVERED = FURTHER
PAPER = IDENTITY_CARD | {"type": "employment-proof", "sha256": "b" * 64}
LATER = {"externalRef": "017-000123", "kioskId": "wa-urmia-017", "revision": 1}


def said(request: Request | None, body: Any, now: Any = None, source: str = "/kiosk/wa-urmia-017") -> Decision[Request]:
    message = said_later(body, source, OWN, "event-9", "KAFKA")
    assert isinstance(message, KioskSaid)
    return further.said(request, message, now or world())


def supplement(revision: int = 1, **paper: Any) -> Supplement:
    return Supplement.model_validate(LATER | {"revision": revision, "evidence": [PAPER | paper]})


def a_word(type_: str, offset: int = 1, headers: dict[str, bytes | None] | None = None, **body: Any) -> Record:
    value = json.dumps(LATER | body).encode()
    return a_record(value=value, offset=offset, headers={"ce_type": type_.encode(), **(headers or {})})


async def filed() -> MemoryDoor:
    door = a_door()
    await door.records(a_record())
    return door


def collectable() -> Sheet:
    """The sheet of the cases here, with an output that is fetched."""
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    return sheet.model_copy(update={"output": sheet.output.model_copy(update={"collectable": True})})
