"""A person asks for the same service twice: the later request is accepted and linked, and an officer may end one.

The first open request of a person for a service has a place that only one can have: an index of the store guards it
(`store.BY_PLACE`). Whoever is filed while it is taken finds that out by the write alone, and is decided again as linked
to it (`World.taken`): two of one batch, and two of two processes, too. For a person who was never seen nothing is
looked up. When the first one ends, the next that is open takes the place. Those that are ended in favour of another end
one after the other, since a second index gives each turn to one (`store.BY_TURN`).
"""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake import RequestState
from services.contracts.wire import Command, Id, TypedId, Wire
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Merged, Place, Role
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.promising import released
from services.intake.domain.request import Request, Rule, moved, the_case, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import (
    ANNOUNCED,
    COLLECTION_DUE,
    DELIVERED,
    DUPLICATE,
    ENDED,
    EXPIRED,
    GUIDED,
    MOVES,
    RESULT_READY,
    WITHDRAWN,
)

PLACE, TURN = "by-place", "by-turn"
"""The indexes that guard the place of a first request, and the turns in which requests end as duplicates."""

DECIDED = frozenset({RESULT_READY, ANNOUNCED, COLLECTION_DUE, DELIVERED})
"""Its person is still to hear of the result, or to fetch it."""

LEADS_NOWHERE = frozenset({GUIDED, EXPIRED, WITHDRAWN, DUPLICATE})
"""Ends without a decision: who is sent there is lost."""


class Other(Wire):
    """What a request must know of the one in whose favour it is to end, as it stood when the call came."""

    id: Id
    tracking_code: str
    applicant_ref: Id | None
    service_id: Id
    state: RequestState
    turns: int
    """How many requests of that person for that service had ended as duplicates before it was read."""

    @classmethod
    def of(cls, id: str, case: Case, turns: int) -> "Other":
        return cls(
            id=id,
            tracking_code=case.tracking_code,
            applicant_ref=case.applicant_ref,
            service_id=case.service_id,
            state=case.state,
            turns=turns,
        )


class EndsAsDuplicate(Command):
    """POST /v1/requests/{id}/duplicate as the API hands it to the request."""

    of: TypedId
    officer_id: TypedId
    other: Other | None = Field(default=None, exclude=True)
    """None: there is no such request. No part of what was asked."""


class TakePlace(Wire):
    """To the next open request of a person for a service, whose first one has ended."""


@dataclass(frozen=True, slots=True)
class PlaceLeft:
    """An effect: the first open request of a person for a service has ended; the next one is to be told."""

    applicant_ref: str
    service_id: str


def placed_among(case: Case, world: World[Rules]) -> Case:
    """The case as the first open one of its person for its service; linked to the one that is that already."""
    if case.applicant_ref is None:
        return case
    first = world.taken.get(PLACE)
    if first is None:
        return case.model_copy(update={"place": Place.FIRST})
    return case.model_copy(update={"place": Place.FURTHER, "duplicate_of": first})


def took_place(request: Request | None, message: TakePlace, world: World[Rules]) -> Decision[Request]:
    """The first one now; linked to whichever was faster. Nothing, if it has ended meanwhile."""
    request, case = the_case(request)
    if case.place is not Place.FURTHER:
        return Decision(request)
    return Decision(with_case(request, placed_among(case, world), world.now))


def ended_as_duplicate(request: Request | None, command: EndsAsDuplicate, world: World[Rules]) -> Decision[Request]:
    """Any open state before a decision -> DUPLICATE of another of the same person and service, which is open or was
    decided.

    Promises are released, as by a cause of the applicant's. A person's requests for a service end so in turns, and
    whose turn is taken by the time of the write has read what may not hold any more. So the other one ends later, if at
    all, and no ring closes, however many they are.

    Raises Refused NOT_FOUND, ILLEGAL_MOVE, NOT_AUTHORISED, ALREADY_DECIDED, SAME_REQUEST, UNKNOWN_REQUEST,
    ANOTHER_MATTER (422), OTHER_ENDED, CROSSED.
    """
    request, case = the_case(request)
    MOVES.check(case.state, DUPLICATE)
    if case.state in DECIDED:
        raise Refused(
            "ALREADY_DECIDED", f"this request is {case.state}: what was decided is told and handed over first"
        )
    officer = desk_officer(world, command.officer_id, case.desk_id)
    other = _other(request, case, command)
    if TURN in world.taken:
        raise Refused("CROSSED", "another request of this person for this service has just ended: look at them again")
    case, verbs = released(case, world.now)
    merged = Merged(
        of=other.id,
        tracking_code=other.tracking_code,
        number=other.turns + 1,
        officer_id=officer.id,
        at=world.now,
    )
    case = case.model_copy(update={"duplicate_of": other.id, "merged": merged, "attention": ()})
    told, _, event = moved(request, case, world.now, Role.OFFICER, (DUPLICATE, *verbs))
    return tell_kiosk(told, event, world)


def _other(request: Request, case: Case, command: EndsAsDuplicate) -> Other:
    other = command.other
    if command.of == request.id:
        raise wrong_field("of", "SAME_REQUEST", "a request is no duplicate of itself")
    if other is None:
        raise wrong_field("of", "UNKNOWN_REQUEST", "there is no such request")
    if case.applicant_ref is None or other.applicant_ref != case.applicant_ref or other.service_id != case.service_id:
        raise wrong_field("of", "ANOTHER_MATTER", "that request is of another person, or for another service")
    if other.state in LEADS_NOWHERE:
        raise Refused("OTHER_ENDED", f"that request is {other.state}: nothing would become of this one")
    return other


def leaving_its_place(rule: Rule) -> Rule:
    """The rule; and where it ends the first request of a person for a service, the next one is told."""

    def decide(request: Request | None, message: Any, world: World[Rules]) -> Decision[Request]:
        decision = rule(request, message, world)
        before, after = request.case if request else None, decision.state.case if decision.state else None
        if before is None or after is None or before.place is not Place.FIRST or after.state not in ENDED:
            return decision
        left = PlaceLeft(applicant_ref=after.applicant_ref or "", service_id=after.service_id)
        return replace(decision, effects=(*decision.effects, left))

    return decide
