"""What a case and its unit's queue say to each other.

Such messages arrive at least once, some late, and the queue keeps no memory of the thousands of cases it hears from. So
nothing changes an officer's load but an entry that the queue has numbered and the case has signed (`EntrySigned`): the
case, which remembers its own life, signs one entry for its placement and one for its end, whatever was repeated on the
way.
"""

from dataclasses import dataclass

from services.contracts.routing import Draw, WaitsFor
from services.contracts.wire import Id, Instant, Made, Wire


class OfferTask(Made):
    """Case to queue: who takes this task?"""

    unit_id: Id
    task_id: Id
    request_id: Id
    service_id: Id
    amount: int | None = None
    """In IRR: whose authority ends below it does not get the task."""
    barred: tuple[Id, ...] = ()
    """Never to be picked (I8)."""
    people: tuple[Id, ...] = ()
    """Nobody who has declared one of them is picked (I8)."""
    doer: Id | None = None
    """To be given it again if still able (domain 12.18)."""


class TaskPlaced(Made):
    """Queue to case: this officer, drawn so. Counted already; `entry` is to be signed."""

    unit_id: Id
    task_id: Id
    entry: int
    assignee: Id
    draw: Draw
    rule_id: str
    rule_version: int


class TaskWaiting(Wire):
    """Queue to case: nobody may take it now; ask again then."""

    task_id: Id
    until: Instant
    waits_for: WaitsFor


class TaskTaken(Wire):
    """Case to queue: this officer was given the task by hand. `task_id` is the key of the giving (`work.Given`)."""

    unit_id: Id
    task_id: str
    request_id: Id
    officer_id: Id


class TakingNoted(Wire):
    """Queue to case: counted already; `entry` is to be signed."""

    unit_id: Id
    task_id: str
    entry: int


class TaskEnded(Wire):
    """Case to queue: the officer is done with this task. `task_id` is the key of the giving (`work.Given`)."""

    task_id: str
    request_id: Id
    officer_id: Id


class EndNoted(Wire):
    """Queue to case: to be counted once `entry` is signed."""

    unit_id: Id
    task_id: str
    entry: int


class EntrySigned(Made):
    """Case to queue: the entry about this task is the one that counts, or it is not."""

    task_id: str
    entry: int
    counts: bool


class PlaceFreed(Wire):
    """An effect of the queue: an officer who was at the cap has room for one more."""

    unit_id: Id
    officer_id: Id


class CalendarChanged(Wire):
    """To a case whose Clock runs: its calendar has a newer version."""

    version: int


@dataclass(frozen=True, slots=True)
class HeldDemanded:
    """An effect: somebody wanted to demand so many pieces of a citizen that an agency holds (I10)."""

    count: int


class UnitMoved(Wire):
    """To a case that has a slot of this unit: look whether the unit will be open in it."""

    unit_id: Id


class AskAgain(Wire):
    """To a waiting case: there may be room now in that unit."""

    unit_id: Id
