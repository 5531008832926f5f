"""A kiosk office, and what it sends."""

from typing import Any

from services.contracts.decision import Decision
from services.contracts.kiosk import FIXABLE, Rejection
from services.contracts.registry import Kiosk
from services.intake.domain.messages import KioskUnreadable
from services.intake.domain.outcomes import MESSAGES
from services.intake.domain.proving import OWN, request_of
from services.intake.domain.request import Request
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import outcome_of, state_of


def kiosk(**changes: Any) -> Kiosk:
    found = sample_snapshot().kiosk("wa-urmia-017")
    assert found is not None
    return found.model_copy(update=changes)


def rejected(decision: Decision[Request], code: Rejection) -> None:
    outcome = outcome_of(decision)
    assert (outcome.status, outcome.code, outcome.fixable) == ("REJECTED", code, code in FIXABLE)
    assert outcome.message == MESSAGES[code]
    assert state_of(decision).case is None
    assert len(decision.events) == 1


def an_unreadable(digest: str = "unreadable#1", kiosk_id: str = "wa-urmia-017", revision: int = 1) -> KioskUnreadable:
    return KioskUnreadable(
        request_id=request_of(kiosk_id, "017-000123"),
        kiosk_id=kiosk_id,
        external_ref="017-000123",
        revision=revision,
        detail="SCHEMA: wrong: amount",
        digest=digest,
        proof=OWN,
        cause_id="event-1",
    )
