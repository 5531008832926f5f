"""A visit: its life as a table (domain 3), and each step of it as a new value."""

from datetime import date, datetime
from typing import Any

from services.contracts.decision import Moves, Refused
from services.contracts.visit import Period, VisitEnd, VisitJump, VisitState
from services.contracts.wire import Id, Instant, Wire

WAITING, CALLED, SERVING = VisitState.WAITING, VisitState.CALLED, VisitState.SERVING
ON_HOLD, ENDED = VisitState.ON_HOLD, VisitState.ENDED

MOVES: Moves[VisitState] = Moves(
    {
        WAITING: frozenset({CALLED, ENDED}),
        CALLED: frozenset({CALLED, SERVING, ENDED}),  # called again: people do not always hear it
        SERVING: frozenset({ON_HOLD, ENDED}),
        ON_HOLD: frozenset({SERVING, ENDED}),
        ENDED: frozenset(),
    }
)

ENDS: dict[VisitEnd, frozenset[VisitState]] = {
    VisitEnd.SERVED: frozenset({SERVING}),
    VisitEnd.GUIDED: frozenset({SERVING}),
    VisitEnd.NO_SHOW: frozenset({CALLED}),
    VisitEnd.LEFT: frozenset({WAITING, ON_HOLD}),
    VisitEnd.DESK_CLOSED: frozenset({WAITING, CALLED, SERVING, ON_HOLD}),
}
"""From which states a visit may end so."""

VERBS: dict[VisitState, str] = {
    WAITING: "visit.opened",
    CALLED: "visit.called",
    SERVING: "visit.served",
    ON_HOLD: "visit.held",
    ENDED: "visit.ended",
}
"""How arriving in a state is told to others."""


class Visit(Wire):
    """One person's visit to a desk. Who the person is stands in the cases it is about, if there are any."""

    id: Id
    desk_id: Id
    org_id: Id
    day: date
    """In Tehran."""
    ticket_no: int
    state: VisitState = WAITING
    version: int = 1
    """Counts its moves."""
    periods: tuple[Period, ...]
    returned_for: tuple[Id, ...] = ()
    """The cases that the person came back for."""
    jump: VisitJump | None = None
    reason: VisitEnd | None = None
    opened_at: Instant

    @property
    def calls(self) -> int:
        return sum(period.state is CALLED for period in self.periods)

    @property
    def was_served(self) -> bool:
        """Whether the person has stood at the desk."""
        return any(period.state is SERVING for period in self.periods)

    @property
    def waited_minutes(self) -> int | None:
        """From the ticket to the first call, or to an end without one; None while waiting."""
        until = self.periods[0].until
        return int((until - self.opened_at).total_seconds()) // 60 if until else None


def moved_to(visit: Visit, state: VisitState, at: datetime, officer_id: str | None) -> Visit:
    """The visit in its next state: the period before ends, another begins. Raises Refused ILLEGAL_MOVE."""
    MOVES.check(visit.state, state)
    *before, last = visit.periods
    ended = last.model_copy(update={"until": at})
    begun = () if state is ENDED else (Period(state=state, officer_id=officer_id, since=at),)
    return visit.model_copy(update={"state": state, "version": visit.version + 1, "periods": (*before, ended, *begun)})


def ended_with(visit: Visit, reason: VisitEnd, at: datetime) -> Visit:
    """The end of a visit. Raises Refused ILLEGAL_MOVE, which names both states, also when only the reason is wrong."""
    MOVES.check(visit.state, ENDED)
    if visit.state not in ENDS[reason]:
        facts: dict[str, Any] = {"from": str(visit.state), "to": str(ENDED), "reason": str(reason)}
        raise Refused("ILLEGAL_MOVE", f"{visit.state} does not move to {ENDED} as {reason}", **facts)
    return moved_to(visit, ENDED, at, None).model_copy(update={"reason": reason})
