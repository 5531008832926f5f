"""What an earlier round granted waits at the desk though its person objected to the rest: the desk calls them.

No message goes out: the case is about something else by now. What the desk says starts the grace, as it does for any
output, and after it nobody waits any longer. None of it moves the case, nor does its end stop it (domain 3).
"""

from datetime import datetime
from typing import Final

from services.contracts.decision import Decision, TimerFired, World
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Collection, Round
from services.intake.domain.collecting import closing
from services.intake.domain.coming import until_missed
from services.intake.domain.grace import heard_by
from services.intake.domain.request import Request, the_case, with_case
from services.intake.domain.rules import Rules

GRANTED_BEFORE: Final = "granted-before"
"""The timer: its person is to be called, or nobody came."""


def noticed(case: Case, at: datetime, world: World[Rules]) -> Case:
    """Its person knows until when each of them waits; a second notice changes nothing."""
    there = case.rounds_waiting()
    if not there:
        return case
    for over in there:
        collection = over.collection
        if collection is not None and collection.noticed_at is None:
            told = collection.model_copy(update={"noticed_at": at})
            case = _with(case, over, told.model_copy(update={"closes_at": closing(told, case, world)}))
    return case.model_copy(update={"attention": case.without(Attention.REMIND_TO_COLLECT)})


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """The desk is to call; or, after notice and grace, nobody waits any longer."""
    request, case = the_case(request)
    for over in case.rounds_waiting():
        collection = over.collection
        ends_at = collection.ends_at() if collection is not None else None
        if collection is None or ends_at is None or world.now < ends_at:
            continue
        case = _with(case, over, collection.model_copy(update=_now_known(collection, case, world)))
    if any(_called_at(collection) <= world.now for collection in _not_called(case)):
        case = case.model_copy(update={"attention": case.needing(Attention.REMIND_TO_COLLECT)})
    return Decision(request if case is request.case else with_case(request, case, world.now))


def _now_known(collection: Collection, case: Case, world: World[Rules]) -> dict[str, datetime]:
    """That it ends later, that word of the kiosk office may come still, or that nobody has come."""
    closes = until_missed(case, closing(collection, case, world))
    if world.now < closes:
        return {"closes_at": closes}
    word_may_come = heard_by(case, closes, world.now)
    return {"heard_by": word_may_come} if word_may_come is not None else {"uncollected_at": world.now}


def counted_anew(case: Case, world: World[Rules]) -> Case:
    """As `collecting.counted_anew`, for each of them."""
    for over in case.rounds_waiting():
        collection = over.collection
        assert collection is not None, "it waits"
        closes = closing(collection, case, world) if collection.closes_at else None
        if closes != collection.closes_at:
            case = _with(case, over, collection.model_copy(update={"closes_at": closes}))
    return case


def due_times(case: Case) -> dict[str, datetime]:
    """The end after notice, else when the desk is to call; nothing while it is to."""
    there = (over.collection for over in case.rounds_waiting())
    ends = (each.ends_at() for each in there if each is not None)
    due = min((*(end for end in ends if end is not None), *map(_called_at, _not_called(case))), default=None)
    return {GRANTED_BEFORE: due} if due is not None else {}


def _not_called(case: Case) -> list[Collection]:
    if Attention.REMIND_TO_COLLECT in case.attention:
        return []
    there = (over.collection for over in case.rounds_waiting())
    return [each for each in there if each is not None and each.noticed_at is None]


def _called_at(collection: Collection) -> datetime:
    """By then a message that went out before the objection has told them, or not: its word counts no more."""
    return collection.remind_at if collection.reminded_at is None else collection.due


def _with(case: Case, over: Round, collection: Collection) -> Case:
    changed = over.model_copy(update={"collection": collection})
    return case.model_copy(update={"earlier": tuple(changed if one is over else one for one in case.earlier)})
