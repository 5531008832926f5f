"""The desk tells what no message has told: with one call all that waits (I9, domain 3)."""

from datetime import datetime

import pytest

from services.contracts.decision import Refused, TimerFired
from services.contracts.intake_commands import Remind
from services.contracts.routing import Suspension, SuspensionCause, SuspensionReason
from services.intake.domain import reminding
from services.intake.domain.answering import work_moved
from services.intake.domain.awaiting import DOCUMENTS
from services.intake.domain.bringing import brought
from services.intake.domain.case_parts import Attention
from services.intake.domain.closing import hand_over
from services.intake.domain.due import fell_due, timers
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.messages import EvidenceBrought
from services.intake.domain.request import Request
from tests.unit.intake.cases import MORNING, PERMITS_OFFICER, person, state_of, the_case, world
from tests.unit.intake.rounds import DAY, HANDED, PARTIAL, a_permit, objects, of_round

TO_CALL = MORNING + 23 * DAY
"""When the desk is to call for what was granted before the objection."""
PLAN = "architectural-plan"


def in_two_minds() -> Request:
    """A part was granted, and waits at the desk; the unit awaits a document for the rest."""
    request = state_of(objects(a_permit(PARTIAL, applicant=person(mobile=None))))
    wanted = Suspension(
        number=1,
        cause=SuspensionCause.APPLICANT,
        reason=SuspensionReason.MISSING_DOCUMENT,
        evidence_types=(PLAN,),
        from_at=MORNING + 16 * DAY,
        by="wa-officer-2",
    )
    event = of_round(request, 2, "clock.suspended", now=MORNING + 16 * DAY)
    clock = event.clock.model_copy(update={"suspensions": (wanted,)})
    waits = work_moved(request, event.model_copy(update={"clock": clock}), world(MORNING + 16 * DAY))
    to_call = fell_due(waits.state, TimerFired(name=GRANTED_BEFORE, due=TO_CALL), world(TO_CALL))
    return state_of(to_call)


def calls(request: Request, now: datetime) -> Request:
    command = Remind.model_validate({"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER})
    return state_of(reminding.by_desk(request, command, world(now)))


def called_for(request: Request) -> datetime | None:
    """When its person was told of what was granted before."""
    (over,) = the_case(request).earlier
    assert over.collection is not None
    return over.collection.noticed_at


def test_one_call_tells_of_documents_and_of_what_was_granted_before() -> None:
    request = in_two_minds()
    due = timers(request)[DOCUMENTS]
    request = state_of(fell_due(request, TimerFired(name=DOCUMENTS, due=due), world(due)))
    assert set(the_case(request).attention) == {Attention.REMIND_TO_COLLECT, Attention.REMIND_OF_DOCUMENTS}
    told = calls(request, due)
    case = the_case(told)
    assert case.awaited is not None
    assert case.awaited.noticed_at == called_for(told) == due
    assert case.attention == ()
    assert {DOCUMENTS, GRANTED_BEFORE} <= timers(told).keys(), "the grace of both runs"


def test_what_was_granted_before_is_told_of_though_nothing_is_missing_any_more() -> None:
    """Until routing has heard that the last document has come the case stands still."""
    piece = EvidenceBrought(type=PLAN, original_seen=True, officer_id=PERMITS_OFFICER)
    request = state_of(brought(in_two_minds(), piece, world(TO_CALL)))
    told = calls(request, TO_CALL + DAY)
    assert (called_for(told), the_case(told).attention) == (TO_CALL + DAY, ())
    with pytest.raises(Refused, match="NOTHING_AWAITED"):
        calls(state_of(hand_over(told, HANDED, world(TO_CALL + DAY))), TO_CALL + DAY)
