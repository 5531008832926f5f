"""An officer declares in whose cases they take no part; somebody else says when that has ended (I8).

The officer's entry holds references of intake's alone. Nobody ends a declaration of their own.
"""

from typing import Any

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import Reason, Status
from services.contracts.personal_data import Person
from services.contracts.registry import Conflict, Officer, PersonRef, Relation
from services.contracts.wire import Command, TypedId
from services.registry.domain.officers import in_service, second_look, speaks_for
from services.registry.domain.recording import Asked, published
from services.worktime.jalali import civil_day

MOST = 100


class DeclareConflict(Command):
    """POST /v1/officers/{id}/conflicts: by the officer, or by who speaks for the agency."""

    person: Person
    relation: Relation
    officer_id: TypedId


class EndConflict(Command):
    """POST /v1/officers/{id}/conflicts/{ref}/end."""

    reason: Reason
    officer_id: TypedId


class DeclareWish(Asked):
    """DeclareConflict with the person's reference in place of who it is."""

    ref: PersonRef
    relation: Relation
    officer_id: str


class EndWish(Asked):
    ref: PersonRef
    command: EndConflict


def declare(officer: Officer | None, wish: DeclareWish, world: World[None]) -> Decision[Officer]:
    """On record from today; another relation to the same person takes the place of the former.

    Raises Refused NOT_FOUND (404), UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), TOO_MANY_CONFLICTS.
    """
    officer = _there(officer)
    if wish.officer_id == officer.id:
        in_service(wish.around.entries, officer.id)
    else:
        speaks_for(wish.around.entries, wish.officer_id, officer.org_id, civil_day(world.now))
    known = next((conflict for conflict in officer.conflicts if conflict.ref == wish.ref), None)
    if known is not None and known.relation == wish.relation:
        return Decision(officer, answer=_answer(officer, known, recorded=False))
    others = tuple(conflict for conflict in officer.conflicts if conflict is not known)
    if len(others) >= MOST:
        raise Refused("TOO_MANY_CONFLICTS", f"an officer has declared at most {MOST} people: end what has ended")
    declared = Conflict(ref=wish.ref, relation=wish.relation, since=civil_day(world.now))
    return _recorded(officer, (*others, declared), declared, world, wish.officer_id, None)


def end(officer: Officer | None, wish: EndWish, world: World[None]) -> Decision[Officer]:
    """No conflict any more, by the word of who speaks for the agency; of its head's, of an agency above.

    Raises Refused NOT_FOUND (404), UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    officer, by = _there(officer), wish.command.officer_id
    if by == officer.id:
        raise Refused("NOT_AUTHORISED", "somebody else says that it has ended", status=403)
    agency = wish.around.entries.organization(officer.org_id)
    if agency is not None and agency.head_officer_id == officer.id:
        second_look(wish.around.entries, by, officer.org_id, (officer.id,))
    else:
        speaks_for(wish.around.entries, by, officer.org_id, civil_day(world.now))
    known = next((conflict for conflict in officer.conflicts if conflict.ref == wish.ref), None)
    if known is None:
        raise Refused("NOT_FOUND", "this officer has declared nothing of the kind", status=404)
    left = tuple(conflict for conflict in officer.conflicts if conflict is not known)
    return _recorded(officer, left, known, world, by, wish.command.reason)


def _recorded(
    officer: Officer,
    conflicts: tuple[Conflict, ...],
    about: Conflict,
    world: World[None],
    by: str,
    reason: str | None,
) -> Decision[Officer]:
    changed = officer.model_copy(update={"conflicts": conflicts})
    told = published(officer, changed, world, by=by, reason=reason)
    entry = told.state or changed
    return Decision(told.state, events=told.events, sends=told.sends, answer=_answer(entry, about, recorded=True))


def _answer(officer: Officer, about: Conflict, *, recorded: bool) -> dict[str, Any]:
    return {"id": officer.id, "version": officer.version, "recorded": recorded, "conflict": about.to_wire()}


def _there(officer: Officer | None) -> Officer:
    if officer is None or officer.status is Status.RETIRED:
        raise Refused("NOT_FOUND", "there is no such officer", status=404)
    return officer
