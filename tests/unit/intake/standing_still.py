"""Routing's word that the work stands still for documents of the applicant, and that it goes on."""

from datetime import datetime

from services.contracts.routing import Suspension, SuspensionCause, SuspensionReason, WorkMoved
from services.intake.domain.request import Request
from tests.unit.intake.cases import MORNING, work


def stands_still(request: Request, *types: str) -> WorkMoved:
    """For evidence of these types, since the morning."""
    return _word(request, "clock.suspended", MORNING, _for(types))


def goes_on(request: Request, now: datetime, *types: str) -> WorkMoved:
    """The officer goes on without them, or has them."""
    return _word(request, "clock.resumed", now, _for(types).model_copy(update={"to_at": now}))


def _for(types: tuple[str, ...]) -> Suspension:
    return Suspension(
        number=1,
        cause=SuspensionCause.APPLICANT,
        reason=SuspensionReason.MISSING_DOCUMENT,
        evidence_types=types,
        from_at=MORNING,
        by="wa-officer-1",
    )


def _word(request: Request, move: str, now: datetime, suspension: Suspension) -> WorkMoved:
    event = work(request, move, now=now)
    return event.model_copy(update={"clock": event.clock.model_copy(update={"suspensions": (suspension,)})})
