"""The life of a request as a table (domain 3), as far as the path from filing to closing goes."""

from typing import Final

from services.contracts.decision import Moves
from services.contracts.intake import RequestState

RECEIVED, GUIDED, REDIRECTED = RequestState.RECEIVED, RequestState.GUIDED, RequestState.REDIRECTED
REGISTERED, PROMISED, DONE_ON_SPOT = RequestState.REGISTERED, RequestState.PROMISED, RequestState.DONE_ON_SPOT
IN_PROGRESS, RESULT_READY, ANNOUNCED = RequestState.IN_PROGRESS, RequestState.RESULT_READY, RequestState.ANNOUNCED
COLLECTION_DUE, DELIVERED, CLOSED = RequestState.COLLECTION_DUE, RequestState.DELIVERED, RequestState.CLOSED
INCOMPLETE, EXPIRED, WITHDRAWN = RequestState.INCOMPLETE, RequestState.EXPIRED, RequestState.WITHDRAWN
SUSPENDED, OBJECTED, REOPENED = RequestState.SUSPENDED, RequestState.OBJECTED, RequestState.REOPENED
DUPLICATE = RequestState.DUPLICATE
COORDINATING, REFERRED = RequestState.COORDINATING, RequestState.REFERRED

ENDED = frozenset(state for state in RequestState if state.ended)
"""Nothing is to be done any more."""

AWAITING = frozenset({INCOMPLETE, SUSPENDED})
"""Where documents may be awaited of the citizen; nothing is awaited in any other state."""

WITH_UNITS = frozenset({COORDINATING, REFERRED})
"""A unit is asked, or its person is sent to one; the work goes on meanwhile, and its Clock runs (`coordinating.py`)."""

AT_WORK = frozenset({PROMISED, OBJECTED, REOPENED, IN_PROGRESS}) | WITH_UNITS
"""Where a unit works, and its word counts."""

AT_ANY_TIME = frozenset({WITHDRAWN, DUPLICATE})
"""Where every state leads that has not ended."""

_ONWARD: dict[RequestState, frozenset[RequestState]] = {
    RECEIVED: frozenset({GUIDED, REDIRECTED, INCOMPLETE, REGISTERED}),
    REDIRECTED: frozenset({REGISTERED, REDIRECTED, EXPIRED}),
    INCOMPLETE: frozenset({REGISTERED, EXPIRED}),
    REGISTERED: frozenset({DONE_ON_SPOT, PROMISED}),
    PROMISED: frozenset({DONE_ON_SPOT, IN_PROGRESS, SUSPENDED, COORDINATING}),
    DONE_ON_SPOT: frozenset({CLOSED}),
    IN_PROGRESS: frozenset({RESULT_READY, SUSPENDED, COORDINATING}),
    COORDINATING: frozenset({PROMISED, IN_PROGRESS, REFERRED, SUSPENDED}),
    REFERRED: frozenset({PROMISED, IN_PROGRESS, SUSPENDED}),
    SUSPENDED: frozenset({PROMISED, IN_PROGRESS, EXPIRED}) | WITH_UNITS,
    RESULT_READY: frozenset({ANNOUNCED}),
    ANNOUNCED: frozenset({COLLECTION_DUE, CLOSED, OBJECTED}),
    COLLECTION_DUE: frozenset({DELIVERED, CLOSED, OBJECTED}),
    DELIVERED: frozenset({CLOSED, OBJECTED}),
    OBJECTED: frozenset({IN_PROGRESS}),
    REOPENED: frozenset({IN_PROGRESS}),
    GUIDED: frozenset(),
    EXPIRED: frozenset(),
    CLOSED: frozenset({OBJECTED, REOPENED}),
    WITHDRAWN: frozenset(),
    DUPLICATE: frozenset(),
}

MOVES: Moves[RequestState] = Moves(
    {state: onward if state in ENDED else onward | AT_ANY_TIME for state, onward in _ONWARD.items()}
)

VERBS: dict[RequestState, str | None] = {
    GUIDED: "request.guided",
    REDIRECTED: "request.redirected",
    INCOMPLETE: "request.incomplete",
    EXPIRED: "request.expired",
    REGISTERED: "request.registered",
    PROMISED: None,  # told by commitment.added: registration with its promise is one event
    DONE_ON_SPOT: "request.done-on-spot",
    IN_PROGRESS: "request.started",
    SUSPENDED: "request.suspended",
    COORDINATING: "request.coordinating",
    REFERRED: "request.referred",
    RESULT_READY: "request.result-ready",
    ANNOUNCED: "request.announced",
    COLLECTION_DUE: "request.collection-due",
    DELIVERED: "request.delivered",
    CLOSED: "request.closed",
    OBJECTED: "request.objected",
    REOPENED: "request.reopened",
    WITHDRAWN: "request.withdrawn",
    DUPLICATE: "request.duplicate",
}
"""How arriving in a state is told to others."""


RETURNED: Final = "request.returned"
"""Nothing is under way with a unit any more, or somebody need not go to one: told without a move, too, of a case that
stands still or has another unit beside."""


def verb(origin: RequestState, target: RequestState) -> str | None:
    """How a move is told: a case returns to a state that it has been told to be in, from SUSPENDED and from a unit."""
    if origin is SUSPENDED and target in AT_WORK:
        return "request.resumed"
    if origin in WITH_UNITS and target in (PROMISED, IN_PROGRESS):
        return RETURNED
    return VERBS[target]
