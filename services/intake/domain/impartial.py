"""No officer has a hand in the case of somebody they have declared (I8): for every command about a request, here.

Who is declared is known by reference; the registry never learns who it is. The rule is asked first, since it may put a
representative on record whom the officer has declared: then its decision is thrown away.
"""

from collections.abc import Iterator
from typing import Any

from services.contracts.decision import Decision, Refused, World
from services.intake.domain.case import Case
from services.intake.domain.duplicates import Rule
from services.intake.domain.messages import Filed
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules


def impartial(rule: Rule) -> Rule:
    """The rule, refused where an officer of the command has declared the applicant or who speaks for them.

    Raises Refused CONFLICT_OF_INTEREST (409).
    """

    def decide(request: Request | None, message: Any, world: World[Rules]) -> Decision[Request]:
        decision = rule(request, message, world)
        for officer_id in _officers(message):
            officer = world.registry.officer(officer_id)
            if officer is not None and officer.in_conflict(*_people(request), *_people(decision.state)):
                raise Refused("CONFLICT_OF_INTEREST", "this officer has declared to have to do with who this is about")
        return decision

    return decide


def _officers(message: Any) -> Iterator[str]:
    """Who acts: nobody, unless the message is a command, or brings one with what else the rule needs to know."""
    command = message.request if isinstance(message, Filed) else getattr(message, "asked", message)
    for name in ("officer_id", "second_officer_id"):
        officer_id = getattr(command, name, None)
        if officer_id is not None:
            yield officer_id


def _people(request: Request | None) -> tuple[str | None, ...]:
    case: Case | None = request.case if request else None
    return (case.applicant_ref, case.representative_ref) if case else ()
