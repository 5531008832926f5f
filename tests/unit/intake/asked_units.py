"""What routing says of the units that a desk has asked and of where its person is sent: its word alone, for tests."""

from datetime import datetime, timedelta
from typing import Any

from services.contracts.coordination import (
    Coordination,
    CoordinationState,
    Ground,
    NotConfirmed,
    Purpose,
    Question,
    Referral,
    ReferralOutcome,
    ReferralState,
    Slot,
    UnitContact,
)
from services.contracts.routing import WorkMoved
from services.intake.domain.request import Request
from tests.unit.intake.cases import MORNING, work

UNIT = "wa-municipality-urmia-permits"
REVENUE = "wa-municipality-urmia-revenue"
CONTACT = UnitContact(name="آرش کاظمی", phone="044-32220101", room="212")
HALF_AN_HOUR = timedelta(minutes=30)


def slot_at(moment: datetime) -> Slot:
    return Slot(since=moment, until=moment + HALF_AN_HOUR)


class AskedUnits:
    """One case in one round; each method is routing's event about the newest, or about that of a number."""

    def __init__(self, round: int = 1) -> None:
        self.round = round
        self.coordinations: list[Coordination] = []
        self.referrals: list[Referral] = []

    def ask(self, request: Request, now: datetime = MORNING, unit: str = UNIT) -> WorkMoved:
        asked = Coordination(
            id=f"{request.id}.c{len(self.coordinations) + 1}",
            round=self.round,
            unit_id=unit,
            question=Question(purpose=Purpose.ORIGINAL),
            state=CoordinationState.ASKED,
            asked_by="wa-municipality-urmia-desk-02",
            asked_at=now,
            lapses_at=now + timedelta(days=2),
        )
        self.coordinations.append(asked)
        return self.word(request, "coordination.asked", now)

    def confirm(self, request: Request, slot: Slot, now: datetime = MORNING) -> WorkMoved:
        return self._answered(request, now, CoordinationState.CONFIRMED, slot=slot, contact=CONTACT)

    def propose(self, request: Request, slot: Slot, now: datetime = MORNING) -> WorkMoved:
        return self._answered(request, now, CoordinationState.PROPOSED, slot=slot, contact=CONTACT)

    def accept(self, request: Request, now: datetime = MORNING) -> WorkMoved:
        return self._answered(request, now, CoordinationState.CONFIRMED, heard_by="wa-municipality-urmia-desk-02")

    def decline(self, request: Request, reason: NotConfirmed, now: datetime = MORNING) -> WorkMoved:
        return self._answered(request, now, CoordinationState.DECLINED, reason=reason)

    def lapse(self, request: Request, now: datetime = MORNING) -> WorkMoved:
        return self._answered(request, now, CoordinationState.LAPSED, reason=NotConfirmed.NOT_ANSWERED)

    def refer(self, request: Request, now: datetime = MORNING) -> WorkMoved:
        """On the newest coordination."""
        stands_on = self.coordinations[-1]
        assert stands_on.slot is not None
        missed = [one.id for one in self.referrals if one.state is ReferralState.MISSED]
        referral = Referral(
            id=f"{request.id}.r{len(self.referrals) + 1}",
            round=self.round,
            coordination_id=stands_on.id,
            unit_id=stands_on.unit_id,
            contact=CONTACT,
            slot=stands_on.slot,
            ground=Ground.ORIGINAL,
            state=ReferralState.PROPOSED,
            rebooks=missed[-1] if missed else None,
            proposed_by="wa-municipality-urmia-desk-02",
            proposed_at=now,
            expires_at=stands_on.slot.since,
        )
        self.referrals.append(referral)
        return self.word(request, "referral.proposed", now)

    def issue(self, request: Request, now: datetime = MORNING) -> WorkMoved:
        return self._referral(request, now, ReferralState.ISSUED)

    def end(self, request: Request, state: str, outcome: str, now: datetime = MORNING, number: int = 0) -> WorkMoved:
        return self._referral(request, now, ReferralState(state), ReferralOutcome(outcome), number)

    def word(self, request: Request, move: str, now: datetime) -> WorkMoved:
        """Whatever is said of the work from now on, with these as they are."""
        return self.seen_with(work(request, move, now=now))

    def seen_with(self, event: WorkMoved) -> WorkMoved:
        known = {"coordinations": tuple(self.coordinations), "referrals": tuple(self.referrals), "round": self.round}
        return event.model_copy(update=known)

    def _answered(self, request: Request, now: datetime, state: CoordinationState, **changes: Any) -> WorkMoved:
        newest = self.coordinations[-1]
        self.coordinations[-1] = newest.model_copy(update={"lapses_at": None, "state": state, **changes})
        return self.word(request, f"coordination.{state.lower()}", now)

    def _referral(
        self,
        request: Request,
        now: datetime,
        state: ReferralState,
        outcome: ReferralOutcome | None = None,
        number: int = 0,
    ) -> WorkMoved:
        at = number - 1 if number else -1
        changes = {"state": state, "outcome": outcome, "ended_at": now if outcome else None}
        self.referrals[at] = self.referrals[at].model_copy(update=changes)
        return self.word(request, f"referral.{state.lower()}", now)
