"""An output that waits for its person: reminded of, and closed uncollected after notice.

The deadline runs from the announcement. Before it the citizen is reminded; only a reminder that is confirmed, or that
the desk gave itself, starts the grace after which nobody waits any longer (domain 3).
"""

from datetime import datetime

from services.contracts.decision import Decision, TimerFired, World
from services.contracts.notify import GIVEN_UP, NoticeMoved
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Collection, Role
from services.intake.domain.coming import until_missed
from services.intake.domain.desk_time import desk_time, in_service_from, opens_from
from services.intake.domain.grace import end_of_grace, heard_by, not_while_away
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.request import (
    Request,
    moved,
    the_case,
    with_case,
)
from services.intake.domain.rules import Rules
from services.intake.domain.states import CLOSED, COLLECTION_DUE
from services.worktime import Presence

COLLECTION = "collection"
"""The timer of an output: the reminder is due, nobody confirmed it, or nobody came."""

REMINDED = "request.collection-reminded"


def begun(case: Case, at: datetime, world: World[Rules]) -> Collection:
    """What an output announced at `at` waits for: the reminder and the deadline."""
    due = desk_time(world, case.desk_id, at, world.rules.collected_within, Presence.DESK)
    due = in_service_from(world, case.desk_id, due)
    return Collection(due=due, remind_at=max(at, due - world.rules.collection_reminded_before))


def reminder_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Confirmed: the notice is given. Given up: the desk is asked to call."""
    request, case = the_case(request)
    if case.state is not COLLECTION_DUE:
        return Decision(request)
    if "message.delivered" in message.moves:
        case = noticed(case, min(message.occurred_at, world.now), world)
        return Decision(with_case(request, case, world.now))
    if GIVEN_UP.intersection(message.moves):
        return _desk_reminds(request, case, world)
    return Decision(request)


def noticed(case: Case, at: datetime, world: World[Rules]) -> Case:
    """Its person knows until when the output waits: the grace runs from the deadline, or from a notice that came later.
    A second notice changes nothing."""
    collection = case.collection
    if case.state is not COLLECTION_DUE or collection is None or collection.noticed_at is not None:
        return case
    told = collection.model_copy(update={"noticed_at": at})
    told = told.model_copy(update={"closes_at": closing(told, case, world)})
    return case.model_copy(update={"collection": told, "attention": case.without(Attention.REMIND_TO_COLLECT)})


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """Reminds once, of a day on which the desk is there; has it call where no message can be relied on, or the day has
    passed while it was away; closes uncollected after notice and grace, when no word of a kiosk office may come."""
    request, case = the_case(request)
    collection, due = case.collection, due_times(case).get(COLLECTION)
    if collection is None or due is None or world.now < due:
        return Decision(request)  # fetched, taken back or objected to meanwhile
    if collection.closes_at is not None:
        closes = until_missed(case, closing(collection, case, world))
        if world.now < closes:
            return Decision(with_case(request, _with(case, collection, closes_at=closes), world.now))
        word_may_come = heard_by(case, closes, world.now)
        if word_may_come is not None:
            return Decision(with_case(request, _with(case, collection, heard_by=word_may_come), world.now))
        told, _, event = moved(
            request, _with(case, collection, uncollected_at=world.now), world.now, Role.TIME, (CLOSED,)
        )
        return tell_kiosk(told, event, world)
    if collection.reminded_at is None:
        case, collection = _to_be_reminded_of(case, collection, world)
        if world.now < collection.remind_at:
            return Decision(with_case(request, case, world.now))
    if collection.reminded_at is not None or collection.due < world.now or not case.told_by_message(world.now):
        return _desk_reminds(request, case, world)
    told, _, event = moved(request, _with(case, collection, reminded_at=world.now), world.now, Role.TIME, (REMINDED,))
    return Decision(told, events=(event,))


def _to_be_reminded_of(case: Case, collection: Collection, world: World[Rules]) -> tuple[Case, Collection]:
    """As the desk is known now to be there: nobody is sent to one that is shut on that day, or away."""
    due = in_service_from(world, case.desk_id, opens_from(world, case.desk_id, collection.due))
    remind_at = collection.remind_at if due == collection.due else due - world.rules.collection_reminded_before
    remind_at = not_while_away(remind_at, case.desk_id, world)
    kept = collection.model_copy(update={"due": due, "remind_at": remind_at})
    return case.model_copy(update={"collection": kept}), kept


def due_times(case: Case) -> dict[str, datetime]:
    """What comes next: the end after notice, else the reminder or the deadline; nothing while the desk is to call."""
    collection = case.collection
    if collection is None or case.state is not COLLECTION_DUE:
        return {}
    ends_at = collection.ends_at()
    if ends_at is not None:
        return {COLLECTION: ends_at}
    if collection.desk_calls and Attention.REMIND_TO_COLLECT in case.attention:  # it may be about an earlier output
        return {}
    return {COLLECTION: collection.remind_at if collection.reminded_at is None else collection.due}


def counted_anew(case: Case, world: World[Rules]) -> Case:
    """With the grace by the days that are known now; the very same case where nothing is otherwise."""
    collection = case.collection
    if collection is None or case.state is not COLLECTION_DUE:
        return case
    closes = closing(collection, case, world) if collection.closes_at else None
    return case if closes == collection.closes_at else _with(case, collection, closes_at=closes)


def closing(collection: Collection, case: Case, world: World[Rules]) -> datetime:
    """When the grace has passed."""
    grace = world.rules.collection_grace
    return end_of_grace(case, world, collection.due, collection.noticed_at, grace, collection.closes_at)


def _desk_reminds(request: Request, case: Case, world: World[Rules]) -> Decision[Request]:
    if case.collection is None or case.collection.noticed_at is not None:
        return Decision(request)
    case = _with(case, case.collection, desk_calls=True)
    case = case.model_copy(update={"attention": case.needing(Attention.REMIND_TO_COLLECT)})
    return Decision(with_case(request, case, world.now))


def _with(case: Case, collection: Collection, **changes: object) -> Case:
    return case.model_copy(update={"collection": collection.model_copy(update=changes)})
