"""Documents that the citizen is asked for: a deadline, a reminder, and the end after notice and grace (domain 3).

It is one life for a case that is INCOMPLETE, before it is registered, and for one that is SUSPENDED for its applicant.
Only a message that was confirmed, or the desk's own word, starts the grace after which nobody waits any longer.
"""

from collections.abc import Iterable
from datetime import datetime

from services.contracts.decision import Decision, TimerFired, World
from services.contracts.notify import GIVEN_UP, NoticeMoved
from services.contracts.service_sheet import Sheet
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Awaited, Role, TakenEvidence
from services.intake.domain.coming import until_missed
from services.intake.domain.desk_time import before, desk_deadline, in_service_from
from services.intake.domain.grace import end_of_grace, heard_by, not_while_away
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.promising import released
from services.intake.domain.request import Request, moved, the_case, with_case
from services.intake.domain.requirements import Demanded, as_demanded, demanded, lacking
from services.intake.domain.rules import Rules
from services.intake.domain.states import EXPIRED

DOCUMENTS = "documents"
"""The timer: the reminder is due, nobody confirmed one, or nothing was brought."""

REMINDED = "request.documents-reminded"


def begun(
    case: Case,
    wanted: Iterable[Demanded],
    world: World[Rules],
    *,
    until: datetime | None = None,
) -> Awaited:
    """What is asked for from now on. `until` None: the days that an installation gives, in open hours of the desk."""
    types = tuple(each.type for each in wanted)
    end = (
        in_service_from(world, case.desk_id, until)
        if until
        else desk_deadline(world, case.desk_id, world.now, world.rules.documents_within)
    )
    days = world.rules.documents_reminded_before.value
    return Awaited(
        types=types,
        missing=types,
        until=end,
        asked_at=world.now,
        remind_at=before(world, case.desk_id, world.now, end, days),
    )


def wanted(sheet: Sheet | None, types: Iterable[str]) -> tuple[Demanded, ...]:
    """These types as the sheet knows them; one that it does not know is awaited as a copy, under its own name."""
    known = {each.type: each for each in as_demanded(sheet, types)} if sheet else {}
    return tuple(known.get(type_, Demanded(type_, original=False, name=type_)) for type_ in types)


def lessened(case: Case, pieces: Iterable[TakenEvidence], sheet: Sheet) -> Awaited | None:
    """What is still awaited when these pieces have come; a copy does not stand for an original that is needed."""
    awaited = case.awaited
    if awaited is None:
        return None
    left = lacking(wanted(sheet, awaited.missing), pieces)
    return awaited.model_copy(update={"missing": tuple(each.type for each in left)})


def all_come(case: Case) -> Case:
    """Nobody is called about documents once none is missing; the very same case where some are, or none were."""
    over = case.awaited is not None and not case.awaited.missing and Attention.REMIND_OF_DOCUMENTS in case.attention
    return case.model_copy(update={"attention": case.without(Attention.REMIND_OF_DOCUMENTS)}) if over else case


def needed(case: Case, sheet: Sheet) -> tuple[str, ...]:
    """Names of all that has not come: of what the sheet demands, and of what was asked for besides."""
    if case.applicant is None:
        return ()
    asked = wanted(sheet, case.awaited.missing) if case.awaited else ()
    return tuple(dict.fromkeys(each.name for each in (*lacking(demanded(sheet), case.evidence), *asked)))


def asked(case: Case, now: datetime) -> Case:
    """By a unit, in their absence: whom no message can tell the desk calls at once."""
    awaited = case.awaited
    return case if awaited is None or not awaited.missing or case.told_by_message(now) else _desk_reminds(case)


def notice_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Confirmed: the notice is given. Given up: the desk is asked to call."""
    request, case = the_case(request)
    if case.awaited is None or not case.awaited.missing or _of_another(message, case.awaited):
        return Decision(request)
    if "message.delivered" in message.moves:
        case = noticed(case, min(message.occurred_at, world.now), world)
        return Decision(with_case(request, case, world.now))
    if GIVEN_UP.intersection(message.moves):
        return Decision(with_case(request, _desk_reminds(case), world.now))
    return Decision(request)


def noticed(case: Case, at: datetime, world: World[Rules]) -> Case:
    """Its person knows what is missing and until when: the grace runs from the deadline, or from a notice that came
    later. A second notice changes nothing."""
    awaited = case.awaited
    if awaited is None or not awaited.missing or awaited.noticed_at is not None:
        return case
    told = awaited.model_copy(update={"noticed_at": at})
    told = told.model_copy(update={"closes_at": closing(told, case, world)})
    return case.model_copy(update={"awaited": told, "attention": case.without(Attention.REMIND_OF_DOCUMENTS)})


def fell_due(request: Request | None, message: TimerFired, world: World[Rules]) -> Decision[Request]:
    """Reminds once; has the desk call where no message can be relied on, or the day has passed while the desk was away;
    EXPIRED after notice and grace, when no word of a kiosk office may come any more."""
    request, case = the_case(request)
    awaited, due = case.awaited, due_times(case).get(DOCUMENTS)
    if awaited is None or due is None or world.now < due:
        return Decision(request)  # brought, taken back or gone on meanwhile
    if awaited.reminded_at is None:
        return _reminded(request, case, awaited, world)
    closes = closing(awaited, case, world)
    if closes is None:
        return Decision(with_case(request, _desk_reminds(case), world.now))
    closes = until_missed(case, closes)
    if world.now < closes:
        awaited = awaited.model_copy(update={"closes_at": closes})
        return Decision(with_case(request, case.model_copy(update={"awaited": awaited}), world.now))
    word_may_come = heard_by(case, closes, world.now)
    if word_may_come is not None:
        awaited = awaited.model_copy(update={"heard_by": word_may_come})
        return Decision(with_case(request, case.model_copy(update={"awaited": awaited}), world.now))
    case, verbs = released(case, world.now)
    case = case.model_copy(update={"attention": ()})
    told, _, event = moved(request, case, world.now, Role.TIME, (EXPIRED, *verbs))
    return tell_kiosk(told, event, world)


def due_times(case: Case) -> dict[str, datetime]:
    """What comes next: the reminder, then the end after notice; nothing while the desk is to call."""
    awaited = case.awaited
    if awaited is None or not awaited.missing:
        return {}
    if awaited.reminded_at is None:
        return {DOCUMENTS: awaited.remind_at}
    ends_at = awaited.ends_at()
    if ends_at is not None:
        return {DOCUMENTS: ends_at}
    return {} if Attention.REMIND_OF_DOCUMENTS in case.attention else {DOCUMENTS: awaited.until}


def _reminded(request: Request, case: Case, awaited: Awaited, world: World[Rules]) -> Decision[Request]:
    """While the desk is away nobody is sent there."""
    remind_at = not_while_away(awaited.remind_at, case.desk_id, world)
    if world.now < remind_at:
        later = awaited.model_copy(update={"remind_at": remind_at})
        return Decision(with_case(request, case.model_copy(update={"awaited": later}), world.now))
    case = case.model_copy(update={"awaited": awaited.model_copy(update={"reminded_at": world.now})})
    if awaited.until < world.now or not case.told_by_message(world.now):
        return Decision(with_case(request, _desk_reminds(case), world.now))
    told, _, event = moved(request, case, world.now, Role.TIME, (REMINDED,))
    return Decision(told, events=(event,))


def closing(awaited: Awaited, case: Case, world: World[Rules]) -> datetime | None:
    """When the grace has passed; None before any notice."""
    if awaited.noticed_at is None:
        return None
    grace = world.rules.documents_grace
    return end_of_grace(case, world, awaited.until, awaited.noticed_at, grace, awaited.closes_at)


def bring_until(case: Case, now: datetime) -> datetime | None:
    """Until when what is missing may be brought: until the deadline, and after it until the end of the grace.

    None where nothing is missing, or no such end is known.
    """
    awaited = case.awaited
    if awaited is None or not awaited.missing:
        return None
    until = awaited.until if now < awaited.until else awaited.closes_at
    return until if until is not None and now < until else None


def _of_another(message: NoticeMoved, awaited: Awaited) -> bool:
    """Whether the message was made before this was asked for: then it told of something else."""
    return message.created_at is not None and message.created_at < awaited.asked_at


def _desk_reminds(case: Case) -> Case:
    if case.awaited is None or case.awaited.noticed_at is not None:
        return case
    return case.model_copy(update={"attention": case.needing(Attention.REMIND_OF_DOCUMENTS)})
