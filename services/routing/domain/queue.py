"""A unit's queue: its officers' loads, and the pick of an officer for each task offered (domain 7).

The loads of a unit are a rule across cases, so they have an entity of their own, and all messages of a batch are folded
through it one after the other: none sees a stale load (design 1).

What it stores is bounded by the officers and by what is in flight, never by the open tasks, of which a unit may have
many thousands: each officer's load is a counter. A counter must count each placement and each end once, though messages
repeat. Hence a handshake with the owner of the fact, the case:

    OfferTask -> load + 1, entry n open -> TaskPlaced(n)  -> the case takes the first, signs it; refuses any other
    TaskTaken -> load + 1, entry n open -> TakingNoted(n) -> the same, of what was given by hand
    TaskEnded -> entry m open           -> EndNoted(m)    -> the case takes the first, signs it; refuses any other
    EntrySigned(n, counts) -> the entry closes; a refused placement gives its load back, a signed end takes one off

An entry closes once: its number is never given again, so a repeated signature finds nothing. A repeated offer or end
finds its entry open and is dropped, since the first answer stands in the outbox until it is delivered; one that comes
after its entry closed opens another, which the case refuses. A crash between any two steps leaves an open entry and a
message in an outbox. The case that asks may not even be stored yet (docs/door.md, a first question): it refuses a
placement of a task that it does not know.

Limits. A repeat in flight may make a load look one too high for a moment. Who waits is not kept here: a case that
nobody may take now waits by its own timer and asks again at the unit's next opening, or after a few minutes in open
hours (all at their cap). When an officer at the cap has room again, the longest waiting case that this officer may
have is told at once, by an effect (`PlaceFreed`) that a crash may lose; the timer stands behind it. A case that arrives
in that very moment may still be first. The order in which work is *started* is guarded where it happens (I7,
`handling`).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from pydantic import Field

from services.contracts.decision import Decision, NotYet, Send, World
from services.contracts.draw import LOWEST_LOAD, SAME_OFFICER
from services.contracts.entry import Status
from services.contracts.registry import Unit
from services.contracts.routing import WaitsFor
from services.contracts.wire import Id, Made, Wire
from services.routing.domain import fairness
from services.routing.domain.messages import (
    EndNoted,
    EntrySigned,
    OfferTask,
    PlaceFreed,
    TakingNoted,
    TaskEnded,
    TaskPlaced,
    TaskTaken,
    TaskWaiting,
)
from services.routing.domain.rules import Rules
from services.worktime import Calendar, WorktimeError, next_opening
from services.worktime.jalali import civil_day
from services.worktime.published import calendar_of
from services.worktime.shifts import has_shift, has_shift_on

V = TypeVar("V")
SHIFT_WITHIN = timedelta(days=7)
"""Who has no shift by then is not waited for: it is work for the head, not silence (domain 7)."""


class Entry(Made):
    """A change of an officer's load that its case has not signed yet."""

    number: int
    officer_id: Id


class Queue(Wire):
    """What a unit's queue keeps.

    `loads` counts open tasks by officer, `placing` and `ending` hold open entries by task id, `entries` is the last
    number given.
    """

    unit_id: Id
    loads: dict[str, int] = Field(default_factory=dict)
    placing: dict[str, Entry] = Field(default_factory=dict)
    ending: dict[str, Entry] = Field(default_factory=dict)
    entries: int = 0


def offered(queue: Queue | None, offer: OfferTask, world: World[Rules]) -> Decision[Queue]:
    """Somebody takes the task, or it waits until somebody may (domain 7)."""
    queue = queue or Queue(unit_id=offer.unit_id)
    if offer.task_id in queue.placing:
        return Decision(queue)
    unit = world.registry.unit(queue.unit_id)
    if unit is None and not world.patience_over:
        raise NotYet("UNKNOWN_UNIT")
    later = world.now + world.rules.ask_again
    if unit is None or not _in_service(unit, world):
        return _wait(queue, offer, WaitsFor.UNIT, later)
    opening = _staff_from(unit, world)
    if opening is None:
        return _wait(queue, offer, WaitsFor.UNIT, later)
    if opening > world.now:
        return _wait(queue, offer, WaitsFor.OPENING, opening)
    day = civil_day(world.now)
    (rule_id, rule_version), eligible = _eligible(queue, offer, unit, day, world)
    if isinstance(eligible, WaitsFor):
        return _wait(queue, offer, eligible, later)
    chosen, draw = fairness.draw(offer.task_id, eligible, queue.loads, world.rules.seed_key, day)
    entry = Entry(number=queue.entries + 1, officer_id=chosen)
    placed = queue.model_copy(
        update={
            "entries": entry.number,
            "loads": _load(queue, chosen, +1),
            "placing": _with(queue.placing, offer.task_id, entry),
        }
    )
    answer = TaskPlaced(
        unit_id=queue.unit_id,
        task_id=offer.task_id,
        entry=entry.number,
        assignee=chosen,
        draw=draw,
        rule_id=rule_id,
        rule_version=rule_version,
    )
    return Decision(placed, sends=(Send("case", offer.request_id, answer),))


def _eligible(
    queue: Queue, offer: OfferTask, unit: Unit, day: date, world: World[Rules]
) -> tuple[tuple[str, int], Sequence[str] | WaitsFor]:
    """Whoever did it before, if still able; else the officers on shift and below the cap; nobody who is barred (I8).

    Where there is nobody, what is waited for.
    """
    left = fairness.candidates(
        world.registry, unit, offer.service_id, day, offer.amount, people=offer.people, barred=offer.barred
    )
    if offer.doer is not None and offer.doer in left:
        return SAME_OFFICER, (offer.doer,)
    if not left:
        return LOWEST_LOAD, WaitsFor.OFFICER
    if unit.shifts:
        on_shift = [officer for officer in left if has_shift(unit.shifts, officer, world.now)]
        if not on_shift:
            return LOWEST_LOAD, WaitsFor.SHIFT if _shift_comes(unit, left, day) else WaitsFor.OFFICER
        left = on_shift
    below_cap = tuple(officer for officer in left if queue.loads.get(officer, 0) < unit.load_cap)
    return LOWEST_LOAD, below_cap or WaitsFor.ROOM


def _shift_comes(unit: Unit, officers: Sequence[str], today: date) -> bool:
    """Whether one of them serves within a week: a roster that has run out brings nobody, and is to be seen to."""
    days = [today + timedelta(days=number) for number in range(SHIFT_WITHIN.days + 1)]
    return any(has_shift_on(unit.shifts, officer, day) for officer in officers for day in days)


def _in_service(unit: Unit, world: World[Rules]) -> bool:
    """Whether the unit and its agency are: nobody works where nobody is."""
    agency = world.registry.organization(unit.org_id)
    return unit.status is Status.ACTIVE and (agency is None or agency.status is Status.ACTIVE)


def taken(queue: Queue | None, taking: TaskTaken, world: World[Rules]) -> Decision[Queue]:
    """Somebody was given a task by hand: it counts as theirs, whatever their load. Asks the case to sign it."""
    queue = queue or Queue(unit_id=taking.unit_id)
    if taking.task_id in queue.placing:
        return Decision(queue)
    entry = Entry(number=queue.entries + 1, officer_id=taking.officer_id)
    noted = queue.model_copy(
        update={
            "entries": entry.number,
            "loads": _load(queue, taking.officer_id, +1),
            "placing": _with(queue.placing, taking.task_id, entry),
        }
    )
    note = TakingNoted(unit_id=queue.unit_id, task_id=taking.task_id, entry=entry.number)
    return Decision(noted, sends=(Send("case", taking.request_id, note),))


def ended(queue: Queue | None, end: TaskEnded, world: World[Rules]) -> Decision[Queue]:
    """An officer may be done with a task: asks the case to sign it."""
    if queue is None or end.task_id in queue.ending:
        return Decision(queue)
    entry = Entry(number=queue.entries + 1, officer_id=end.officer_id)
    noted = queue.model_copy(update={"entries": entry.number, "ending": _with(queue.ending, end.task_id, entry)})
    note = EndNoted(unit_id=queue.unit_id, task_id=end.task_id, entry=entry.number)
    return Decision(noted, sends=(Send("case", end.request_id, note),))


def signed(queue: Queue | None, signature: EntrySigned, world: World[Rules]) -> Decision[Queue]:
    """The case has judged an entry: it closes, and the load is what it should be."""
    if queue is None:
        return Decision(None)
    task_id = signature.task_id
    placing, ending = queue.placing.get(task_id), queue.ending.get(task_id)
    if placing is not None and placing.number == signature.entry:
        loads = queue.loads if signature.counts else _load(queue, placing.officer_id, -1)
        closed = queue.model_copy(update={"loads": loads, "placing": _without(queue.placing, task_id)})
        return Decision(closed, effects=_freed(queue, closed, placing.officer_id, world))
    if ending is not None and ending.number == signature.entry:
        loads = _load(queue, ending.officer_id, -1) if signature.counts else queue.loads
        closed = queue.model_copy(update={"loads": loads, "ending": _without(queue.ending, task_id)})
        return Decision(closed, effects=_freed(queue, closed, ending.officer_id, world))
    return Decision(queue)


def _freed(before: Queue, after: Queue, officer_id: str, world: World[Rules]) -> tuple[PlaceFreed, ...]:
    """Whether an officer at the cap has room again: then somebody may be waiting for it."""
    unit = world.registry.unit(before.unit_id)
    was_full = unit is not None and before.loads.get(officer_id, 0) >= unit.load_cap > after.loads.get(officer_id, 0)
    return (PlaceFreed(unit_id=before.unit_id, officer_id=officer_id),) if was_full else ()


def _staff_from(unit: Unit, world: World[Rules]) -> datetime | None:
    """From when on the unit's officers are at work: now, or the next opening. None where no calendar says when."""
    entry = world.registry.calendar(unit.calendar_id)
    if entry is None:
        if not world.patience_over:
            raise NotYet("UNKNOWN_CALENDAR")
        return None
    try:
        return _open_from(calendar_of(entry, unit.county), world.now)
    except WorktimeError:  # a calendar without an answer makes its cases wait; it must not stop the queue
        return None


@lru_cache(maxsize=256)  # the tasks offered in a batch share their second
def _open_from(calendar: Calendar, now: datetime) -> datetime:
    return next_opening(calendar, now)


def _wait(queue: Queue, offer: OfferTask, waits_for: WaitsFor, until: datetime) -> Decision[Queue]:
    word = TaskWaiting(task_id=offer.task_id, until=until, waits_for=waits_for)
    return Decision(queue, sends=(Send("case", offer.request_id, word),))


def _load(queue: Queue, officer_id: str, change: int) -> dict[str, int]:
    load = queue.loads.get(officer_id, 0) + change
    return _with(queue.loads, officer_id, load) if load else _without(queue.loads, officer_id)


def _with(entries: dict[str, V], key: str, value: V) -> dict[str, V]:
    more = entries.copy()  # of a thousand entries in a fifth of the time of {**entries}
    more[key] = value
    return more


def _without(entries: dict[str, V], key: str) -> dict[str, V]:
    left = entries.copy()
    left.pop(key, None)
    return left
