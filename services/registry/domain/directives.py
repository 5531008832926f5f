"""A directive from above: each agency below acknowledges it in time, or has a deficiency (domain 3)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from services.contracts.decision import Decision, Refused, Send, TimerFired, World
from services.contracts.deficiency import Kind, Subject, SubjectType
from services.contracts.envelope import derived_id
from services.contracts.persian import display, search_key
from services.contracts.wire import Command, Day, Id, Instant, Moment, TypedId, Wire
from services.registry.domain.concern import Gone, concern_id
from services.registry.domain.officers import in_service, speaks_for
from services.registry.domain.recording import Asked
from services.registry.domain.rules import Rules
from services.worktime.jalali import civil_day

DUE = "due"
"""The timer of a directive that not all have acknowledged."""

Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(display)]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(display)
]


class IssueDirective(Command):
    """POST /v1/directives. `orgs` None: every agency below the issuer."""

    number: Number
    date: Day
    text: Words
    due_at: Moment
    orgs: tuple[TypedId, ...] | None = Field(default=None, min_length=1, max_length=5_000)
    officer_id: TypedId


class AcknowledgeDirective(Command):
    """POST /v1/directives/{id}/acknowledge."""

    org_id: TypedId
    officer_id: TypedId


class IssueWish(Asked):
    """`below`: the agencies under the issuer, at any depth, that are in force or suspended."""

    command: IssueDirective
    below: tuple[Id, ...] = Field(exclude=True)


class AcknowledgeWish(Asked):
    command: AcknowledgeDirective


class Acknowledged(Wire):
    org_id: Id
    officer_id: Id
    at: Instant


class Directive(Wire):
    """Its text stays here; nothing of it is published (I12)."""

    id: Id
    number: str
    date: date
    text: str
    due_at: Instant
    issuer: Id
    issued_by: Id
    issued_at: Instant
    orgs: tuple[Id, ...]
    acknowledged: tuple[Acknowledged, ...] = ()
    fell_due: bool = False
    to_raise: tuple[Id, ...] = ()
    """Agencies that were overdue and whose deficiency is not raised yet (`noticing.py`)."""

    @property
    def silent(self) -> tuple[str, ...]:
        """Who has not acknowledged it."""
        heard = {each.org_id for each in self.acknowledged}
        return tuple(org_id for org_id in self.orgs if org_id not in heard)


class Raised(Wire):
    """The deficiencies of these agencies are on record."""

    orgs: tuple[Id, ...]


def directive_id(issuer: str, number: str) -> str:
    """A number is given once by an issuer, however its digits are spelt."""
    return derived_id("directive", issuer, search_key(number))


def subject_of(directive_id: str) -> Subject:
    return Subject(type=SubjectType.DIRECTIVE, id=directive_id)


def issue(known: Directive | None, wish: IssueWish, world: World[Rules]) -> Decision[Directive]:
    """Sent to those it names, or to all below.

    Refused: NUMBER_TAKEN, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403: nobody is below), NOT_BELOW, ALREADY_DUE (422).
    """
    command = wish.command
    officer = in_service(wish.around.entries, command.officer_id)
    if known is not None:
        raise Refused("NUMBER_TAKEN", "the agency has issued a directive with this number")
    if not wish.below:
        raise Refused("NOT_AUTHORISED", "only an agency above others may issue directives", status=403)
    orgs = tuple(dict.fromkeys(command.orgs if command.orgs is not None else wish.below))
    strangers = [org_id for org_id in orgs if org_id not in wish.below]
    if strangers:
        detail = "some agencies are not below the issuer, or not there yet, or no more"
        raise Refused("NOT_BELOW", detail, status=422, orgs=strangers)
    if command.due_at <= world.now:
        raise Refused("ALREADY_DUE", "a directive is due after now", status=422)
    directive = Directive(
        id=directive_id(officer.org_id, command.number),
        number=command.number,
        date=command.date,
        text=command.text,
        due_at=command.due_at,
        issuer=officer.org_id,
        issued_by=officer.id,
        issued_at=world.now,
        orgs=orgs,
    )
    return Decision(directive, answer={"directiveId": directive.id, "orgs": list(orgs)})


def acknowledge(known: Directive | None, wish: AcknowledgeWish, world: World[Rules]) -> Decision[Directive]:
    """Once by each agency, by its head if it names one; late, too: the deficiency is raised all the same, and shows it.

    Refused: NOT_FOUND, NOT_ADDRESSED (422), ALREADY_ACKNOWLEDGED, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403).
    """
    if known is None:
        raise Refused("NOT_FOUND", "there is no such directive", status=404)
    command = wish.command
    if command.org_id not in known.orgs:
        raise Refused("NOT_ADDRESSED", "the directive is not for this agency", status=422)
    officer = speaks_for(wish.around.entries, command.officer_id, command.org_id, civil_day(world.now))
    if command.org_id not in known.silent:
        raise Refused("ALREADY_ACKNOWLEDGED", "the agency has acknowledged it")
    known = _fallen_due(known, world.now)
    done = Acknowledged(org_id=command.org_id, officer_id=officer.id, at=world.now)
    answer: dict[str, Any] = {"directiveId": known.id, "orgId": command.org_id, "late": known.fell_due}
    is_raised = known.fell_due and command.org_id not in known.to_raise
    sends = (_gone(known, done),) if is_raised else ()
    told = known.model_copy(update={"acknowledged": (*known.acknowledged, done)})
    return Decision(told, sends=sends, answer=answer)


def fell_due(known: Directive | None, message: TimerFired, world: World[Rules]) -> Decision[Directive]:
    """Who has not acknowledged it by now has a deficiency."""
    return Decision(_fallen_due(known, world.now) if known is not None else None)


def raised(known: Directive | None, message: Raised, world: World[Rules]) -> Decision[Directive]:
    """The deficiency of whoever has acknowledged it by now shows since when."""
    if known is None:
        return Decision(None)
    left = tuple(org_id for org_id in known.to_raise if org_id not in message.orgs)
    sends = tuple(_gone(known, each) for each in known.acknowledged if each.org_id in message.orgs)
    return Decision(known if left == known.to_raise else known.model_copy(update={"to_raise": left}), sends=sends)


def _fallen_due(known: Directive, now: datetime) -> Directive:
    """Its hour is what counts, whether or not its timer has fired: who is silent then waits for a deficiency."""
    if known.fell_due or known.due_at > now:
        return known
    return known.model_copy(update={"fell_due": True, "to_raise": known.silent})


def _gone(directive: Directive, done: Acknowledged) -> Send:
    concern = concern_id(done.org_id, Kind.DIRECTIVE_UNACKNOWLEDGED, subject_of(directive.id))
    return Send("concern", concern, Gone(at=done.at))


def due_times(directive: Directive) -> Mapping[str, datetime]:
    return {} if directive.fell_due else {DUE: directive.due_at}
