"""A building permit to which evidence is brought."""

from typing import Any

from services.contracts.decision import Decision
from services.contracts.entry import Entry
from services.intake.domain import bringing
from services.intake.domain.messages import CopyKept, EvidenceBrought
from services.intake.domain.request import Request
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, file_at_desk, state_of, world

PLAN, CONTRACT, DEED = "architectural-plan", "engineer-contract", "ownership-deed"
COPY = CopyKept(dataref="copy-1", sha256="b" * 64, content_type="image/jpeg", size=1000)


def a_permit(**fields: Any) -> Request:
    """Filed with the identity card; two more documents are demanded, the deed is held by the deeds office."""
    return state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, **fields))


def bring(
    request: Request | None,
    type: str = PLAN,
    *changed: Entry,
    copy: CopyKept | None = COPY,
    seen: bool = False,
    officer: str = PERMITS_OFFICER,
    now: str = "1405/09/05 09:00",
) -> Decision[Request]:
    message = EvidenceBrought(type=type, original_seen=seen, officer_id=officer, copy_kept=copy)
    return bringing.brought(request, message, world(now, *changed))


def the_sheet() -> Any:
    return sample_snapshot().sheet("building-permit")
