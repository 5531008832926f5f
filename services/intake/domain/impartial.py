"""No officer has a hand in the case of somebody they have declared (I8): for every command about a request or a visit.

Nor do they read what is personal in it, or erase it (`not_concerned`). Who is declared is known by reference; the
registry never learns who it is. The rule is asked first, since it may put a representative on record whom the officer
has declared: then its decision is thrown away.
"""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from services.contracts.decision import Decision, Refused, World
from services.contracts.registry import Officer
from services.contracts.wire import Command
from services.intake.domain.case import Case
from services.intake.domain.request import Request, Rule
from services.intake.domain.rules import Rules
from services.intake.domain.visit_messages import AtDesk

OFFICERS = ("officer_id", "second_officer_id")
BROUGHT_IN = ("request", "asked")
"""Where a message has the command inside, beside what else its rule needs to know."""


def impartial(message: type[BaseModel], rule: Rule) -> Rule:
    """The rule for a command, refused where an officer of it has declared the applicant or who speaks for them.

    Raises Refused CONFLICT_OF_INTEREST (409).
    """
    if not issubclass(message, Command):
        return rule  # what parts of this service tell each other names officers, too
    inside = next((name for name in BROUGHT_IN if name in message.model_fields), None)
    command = message.model_fields[inside].annotation if inside else message
    names = [name for name in OFFICERS if name in getattr(command, "model_fields", ())]
    if not names:
        return rule

    def decide(request: Request | None, message: Any, world: World[Rules]) -> Decision[Request]:
        decision = rule(request, message, world)
        asked = getattr(message, inside) if inside else message
        for name in names:
            officer = world.registry.officer(getattr(asked, name) or "")
            if officer is not None and officer.in_conflict(*_people(request), *_people(decision.state)):
                raise _concerned()
        return decision

    return decide


def impartial_at_desk(rule: Callable[[Any, Any, World[Rules]], Decision[Any]]) -> Callable[..., Decision[Any]]:
    """The rule for a command about a visit, refused where its officer has declared whom a case of the visit is about.

    Raises Refused CONFLICT_OF_INTEREST (409).
    """

    def decide(queue: Any, command: AtDesk, world: World[Rules]) -> Decision[Any]:
        decision = rule(queue, command, world)
        officer = world.registry.officer(command.asked.officer_id)
        if officer is not None:
            not_concerned(officer, *command.people_of.get(command.visit_id, ()))
        return decision

    return decide


def not_concerned(officer: Officer, *people: str | None) -> None:
    """Raises Refused CONFLICT_OF_INTEREST (409) where the officer has declared one of these people, by reference."""
    if officer.in_conflict(*people):
        raise _concerned()


def _concerned() -> Refused:
    return Refused("CONFLICT_OF_INTEREST", "this officer has declared to have to do with who this is about")


def _people(request: Request | None) -> tuple[str | None, ...]:
    case: Case | None = request.case if request else None
    return (case.applicant_ref, case.representative_ref) if case else ()
