"""What a rule gives back: a decision, or a refusal. The words in which every `decide` function of the domain speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from services.contracts.event import Event
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Instant, Wire

S = TypeVar("S")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Send:
    """A message to another entity of the same service, delivered by the door from the outbox."""

    entity: str
    id: str
    body: Wire


@dataclass(frozen=True, slots=True)
class Decision(Generic[S]):
    """The state after a message, what is told to others, and what is to be done outside once the write has won.

    `state` None keeps an entity that does not exist that way. `effects` are values for the service's own performer:
    they are performed at most once, by the process whose write won, and are not repeated after a crash (design 1,
    outside calls). `answer` is what the caller of a command gets; a repeated command gets the same.
    """

    state: S | None
    events: tuple[Event, ...] = ()
    sends: tuple[Send, ...] = ()
    effects: tuple[Any, ...] = ()
    answer: Mapping[str, Any] | None = None


class Refused(Exception):
    """A rule says no. An answer, never a dead letter (design 5).

    `status` is the HTTP status, `detail` a sentence for the caller without personal data, `facts` more fields for the
    problem document (an illegal move names `from` and `to`).
    """

    def __init__(self, code: str, detail: str = "", *, status: int = 409, **facts: Any) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail, self.status, self.facts = code, detail, status, facts


class NotYet(Exception):
    """The message names something we do not know yet; it may be on its way. The door waits a little, then asks again.

    After the door's patience (`World.patience_over`) the rule must decide without it.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Moves(Generic[K]):
    """A state machine as a table: from each state the states it may move to."""

    table: Mapping[K, frozenset[K]] = field(default_factory=dict)

    def check(self, origin: K, target: K) -> None:
        """Raises Refused(ILLEGAL_MOVE) that names both states."""
        if target not in self.table.get(origin, frozenset()):
            facts: dict[str, Any] = {"from": str(origin), "to": str(target)}
            raise Refused("ILLEGAL_MOVE", f"{origin} does not move to {target}", **facts)


class TimerFired(Wire):
    """A timer of the entity has come due (design 1, timers)."""

    name: str
    due: Instant


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class World(Generic[R]):
    """What a rule may know besides the state and the message: a value, the same however often it is asked.

    `now` in whole seconds, UTC. `rules` is the service's own settings for its rules. `patience_over` says that the
    message has waited long enough for references that may be on their way (`NotYet`). `attempt` counts decisions
    repeated because a unique value was taken, an identifier for one; `taken` tells, by the name of its index, which
    entity has such a value.
    """

    now: datetime
    registry: Snapshot
    rules: R
    patience_over: bool = False
    attempt: int = 0
    taken: Mapping[str, str] = field(default_factory=dict)
