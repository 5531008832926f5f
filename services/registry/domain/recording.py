"""Recording a registry entry: the wish is a whole entry, and only a change makes a new version (domain 3, 10).

Every version is kept, with who recorded it, when and why. Sheets are recorded otherwise: see `sheets.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

from services.contracts.decision import Decision, Refused, Send, TimerFired, World
from services.contracts.entry import Entry, Reasoned, Status, unexplained
from services.contracts.flaws import flaws
from services.contracts.registry import ENDED, ENTRIES, ApiKey, Kiosk, Officer, Partner
from services.contracts.routing_rule import RoutingRule
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Id, Instant, Wire
from services.contracts.working_calendar import WorkingCalendar
from services.registry.domain import access, against, changing, claims, life, serving
from services.registry.domain.life import ChangeLife
from services.worktime.jalali import civil_day

E = TypeVar("E", bound=Entry)
R = TypeVar("R", bound=Reasoned)


KEPT_UNSAID = ("status", "planned", "keys", "api_keys", "conflicts", "absences")
"""Fields that commands write too: who records an entry without them leaves them as they are.

So does a list of who works where, which says nothing of who is away.
"""


@dataclass(frozen=True)
class Around:
    """What a rule has to know of other entries, as the store had it when the call came: no part of what was asked.

    `users`: what is in force and names the entry. `entries`: those that the entry names. `drafts`: of services that it
    names, published or not, which agency drafts each. `nowhere`: counties that it newly names, or the channels of a
    service do, and in which nothing that is recorded stands. `claimed_at`: since when what it newly has is its own.
    """

    users: tuple[str, ...] = ()
    entries: Snapshot = field(default_factory=Snapshot)
    drafts: Mapping[str, str] = field(default_factory=dict)
    nowhere: tuple[str, ...] = ()
    claimed_at: datetime | None = None


class Asked(BaseModel):
    """What somebody asks for, with what the rule has to know of other entries: no part of what was asked."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    around: Around = Field(default_factory=Around, exclude=True)


class Wish(Asked):
    """The whole entry as somebody wants it. `sure`: they named the version they saw, or said that any will do."""

    entry: Any
    by: Id | None = None
    sure: bool = False


class StatusWish(Asked):
    """Another status for an entry that is there."""

    status: Status
    command: ChangeLife


class Edition(Wire):
    """One version of an entry as it was published. It never changes."""

    entry_id: Id
    version: int
    entry: Entry
    recorded_at: Instant
    recorded_by: Id | None
    """None: an import, or a plan whose day has come."""
    reason: str | None = None


EDITION: dict[type[Entry], type[Edition]] = {
    kind: create_model(f"{kind.__name__}Edition", __base__=Edition, entry=(kind, ...)) for kind in ENTRIES
}
"""The editions of each kind, whose entry is read as one of that kind."""


def record(known: E | None, wish: Wish, world: World[None]) -> Decision[E]:
    """Publishes the entry in its next version, or nothing when it is as it was.

    Whatever `version` the wish carries is ignored; a status and plans that it does not name stay as they are. Refused:
    INCOMPLETE (422, with every flaw in `flaws`), BY_COMMAND (422: what only a command changes), UNKNOWN_OFFICER (422),
    NOT_AUTHORISED (403: see `changing.py`), CONTRADICTS_SHEET, UNKNOWN_COUNTY, NAMES_UNKNOWN (422, with `names`),
    IF_MATCH_REQUIRED (428: somebody else's change would be lost), OWNER_FIXED (the organization is part of every key
    that was published), SERVICE_FIXED, KEY_FIXED, LICENCE_TAKEN, KEY_KNOWN, KEYS_IN_FORCE and NAMES_RETIRED (each with
    `names`), SERVICE_HAS_RULE (with `names`), CLAIM_ENDED, ILLEGAL_MOVE, IN_USE (with `users`).
    """
    said: E = wish.entry
    today = civil_day(world.now)
    claims.in_time(wish.around.claimed_at, world.now)
    if known is not None:
        said = _explained(known, said)
        said = said.model_copy(update=_unsaid(known, said, wish.by, today))
    as_of = life.came if known is not None and life.retires(known, today) else life.as_of
    entry = as_of(said, today)
    same = known is not None and content(as_of(known, today)) == content(entry)
    found = (*flaws(entry), *life.flaws(said, today), *against.flaws_among(known, entry, wish.around.entries, today))
    if found and not same:
        raise Refused("INCOMPLETE", "the entry is not complete", status=422, flaws=found)
    if isinstance(entry, Officer) and entry.conflicts != (known.conflicts if isinstance(known, Officer) else ()):
        raise Refused("BY_COMMAND", "conflicts are declared and ended by command (/conflicts)", status=422)
    if isinstance(entry, Partner) and entry.api_keys != _api_keys(known, entry, wish.by):
        raise Refused("BY_COMMAND", "API keys are issued and renewed by command (/onboard, /rotate)", status=422)
    if wish.by is not None:
        against.in_no_county(wish.around.nowhere)
        changing.by_officer(known, entry, wish.by, wish.around.entries, today, drafts=wish.around.drafts)
    if isinstance(entry, Kiosk) and not same:
        against.one_licence(known, entry, wish.around.entries)
    if isinstance(entry, RoutingRule) and not same:
        against.one_rule(entry, wish.around.entries, today)
    if not same:
        against.as_its_sheet(known, entry, wish.around.entries, today)
    if known is None:
        against.nothing_retired_under(known, entry, wish.around.entries, today)
        if isinstance(entry, Kiosk):
            against.one_key(None, entry, wish.around.entries)
        return published(None, entry, world, by=wish.by)
    if known.org_id != entry.org_id:
        raise Refused("OWNER_FIXED", f"it belongs to {known.org_id}; retire it there and record a new one")
    if isinstance(known, Offering | RoutingRule) and known.service_id != getattr(entry, "service_id", None):
        raise Refused("SERVICE_FIXED", f"{known.id} is of {known.service_id}; record a new one")
    if same:
        return Decision(known, answer={"id": known.id, "version": known.version, "recorded": False})
    if not wish.sure:
        raise unsure()
    if wish.by is not None:
        against.named_there(known, entry, wish.around.entries, wish.around.drafts)
    if isinstance(known, Kiosk) and isinstance(entry, Kiosk):
        against.keys_stay(known, entry)
        against.one_key(known, entry, wish.around.entries)
        against.keys_go(known, entry, today)
    if said.status is not known.status:
        life.MOVES.check(known.status, said.status)
    against.unused(known, entry, wish.around.users, today)
    against.nothing_retired_under(known, entry, wish.around.entries, today)
    return published(known, entry, world, by=wish.by)


def change_status(known: E | None, wish: StatusWish, world: World[None]) -> Decision[E]:
    """Suspended, in force again or retired, from today or from a day ahead.

    Refused: NOT_FOUND, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403, `changing.life_by_officer`),
    ILLEGAL_MOVE, IN_USE (with `users`), NAMES_RETIRED and SERVICE_HAS_RULE (with `names`), CONTRADICTS_SHEET,
    CANNOT_BE_SERVED and CANNOT_BE_ROUTED (422, with `reasons`), IN_THE_PAST and NO_SUCH_SPAN (422).
    """
    if known is None:
        raise Refused("NOT_FOUND", "there is no such entry", status=404)
    today = civil_day(world.now)
    since = wish.command.since or today
    changing.life_by_officer(known, wish.status, since, wish.command.officer_id, wish.around.entries, today)
    entry = life.changed(known, wish.status, wish.command, today)
    if isinstance(known, Sheet) and wish.status is Status.ACTIVE and serving.comes_back(known, since):
        serving.can_come_back(known, wish.around.entries, wish.around.nowhere, since)
    claims.in_time(wish.around.claimed_at, world.now)
    if isinstance(entry, Kiosk) and wish.status is Status.ACTIVE:
        against.one_licence(known, entry, wish.around.entries)
    if isinstance(entry, RoutingRule) and wish.status is Status.ACTIVE:
        against.one_rule(entry, wish.around.entries, today)
    against.as_its_sheet(known, entry, wish.around.entries, today)
    against.unused(known, entry, wish.around.users, today)
    against.nothing_retired_under(known, entry, wish.around.entries, today)
    if isinstance(entry, RoutingRule) and wish.status is Status.ACTIVE:
        against.routes_again(entry, wish.around.entries, since)
    return published(known, entry, world, by=wish.command.officer_id, reason=wish.command.reason)


def day_came(known: E | None, message: TimerFired, world: World[None]) -> Decision[E]:
    """A plan whose day has come is carried out, and published; what has had its last day is suspended."""
    if known is None:
        return Decision(known)
    today = civil_day(world.now)
    entry = life.came(known, today)
    if entry == known and message.name == life.LICENCE_ENDS and life.is_over(known, today):
        ended = known.model_copy(update={"status": Status.SUSPENDED})
        return published(known, ended, world, by=None, reason=life.ENDED, moves=(f"{known.KIND}.{ENDED}",))
    if entry == known:
        return Decision(known)
    reason = next(plan.reason for plan in reversed(known.planned) if plan not in entry.planned)
    return published(known, entry, world, by=None, reason=reason)


def keep(kept: Edition | None, edition: Edition, world: World[None]) -> Decision[Edition]:
    """An edition never changes."""
    return Decision(kept or edition)


def published(
    known: Entry | None,
    wanted: E,
    world: World[None],
    *,
    by: str | None,
    reason: str | None = None,
    moves: tuple[str, ...] = (),
) -> Decision[E]:
    """The entry in its next version, told to others, and kept. `moves`: what else was decided with it."""
    version = 1 if known is None else known.version + 1
    over, ended_on = _still_ended(known, wanted, civil_day(world.now))
    entry = _with_given(wanted, version, (f"{wanted.KIND}.recorded", *moves, *over), world.now, ended_on)
    edition = EDITION[type(entry)](
        entry_id=entry.id, version=version, entry=entry, recorded_at=world.now, recorded_by=by, reason=reason
    )
    follows: tuple[Send, ...] = ()
    if isinstance(entry, Partner):
        follows = (access.follows(entry, civil_day(world.now)),)
    return Decision(
        entry,
        events=(entry.public(),),
        sends=(Send(edition_name(type(entry)), edition_id(entry.id, version), edition), *follows),
        answer={"id": entry.id, "version": version, "recorded": True},
    )


def _still_ended(known: Entry | None, wanted: Entry, today: date) -> tuple[tuple[str, ...], date | None]:
    """A licence that has ended is no suspension, whatever of the entry changes: the days before count as they did.

    Once it is renewed they count until the day that was its last; the days of the next one begin when it is resumed.
    """
    if not isinstance(known, Kiosk | Partner) or wanted.status is not Status.SUSPENDED:
        return (), None
    ended = f"{known.KIND}.{ENDED}"
    if ended not in known.moves and known.ended_on is None:
        return (), None
    return ((ended,), None) if life.is_over(wanted, today) else ((), known.ended_on or known.valid_to)


def edition_id(id: str, version: int) -> str:
    return f"{id}@{version}"


def edition_name(kind: type[Entry]) -> str:
    """The entity that keeps the versions of a kind."""
    return f"{kind.KIND}-edition"


def content(entry: E) -> E:
    """The entry without what recording gives it."""
    return _with_given(entry, 0, (), None)


def _with_given(entry: E, version: int, moves: tuple[str, ...], at: datetime | None, ended_on: date | None = None) -> E:
    """Of a calendar others must know when it was recorded, too (`WorkingCalendar.recorded_at`)."""
    given: dict[str, Any] = {"version": version, "moves": moves}
    if isinstance(entry, WorkingCalendar):
        given["recorded_at"] = at
    if isinstance(entry, Kiosk | Partner):
        given["ended_on"] = ended_on
    return entry.model_copy(update=given)


def unsure() -> Refused:
    detail = "say which version you have seen: If-Match with its ETag; or that any will do: If-Match: *"
    return Refused("IF_MATCH_REQUIRED", detail, status=428)


def _explained(known: Entry, said: E) -> E:
    """Who records an entry as they have read it was told no reasons: those that are known stay."""
    kept: dict[str, Any] = {"planned": _with_reasons(said.planned, known.planned)}
    if isinstance(known, Kiosk) and isinstance(said, Kiosk):
        kept["closures"] = _with_reasons(said.closures, known.closures)
    if isinstance(known, Officer) and isinstance(said, Officer):
        kept["absences"] = _with_reasons(said.absences, known.absences)
    return said.model_copy(update=kept)


def _with_reasons(those: tuple[R, ...], known: tuple[R, ...]) -> tuple[R, ...]:
    reasons = dict(zip(unexplained(known), (each.reason for each in known), strict=True))
    return tuple(
        each if each.reason is not None else each.model_copy(update={"reason": reasons.get(each)}) for each in those
    )


def _unsaid(known: Entry, said: Entry, by: str | None, today: date) -> dict[str, Any]:
    """An import that writes no status, or no keys, must not bring back what was suspended, nor take the keys away.

    Nor does what its file planned for days that are over happen again.
    """
    names = {*KEPT_UNSAID} & type(known).model_fields.keys()
    kept = {name: getattr(known, name) for name in names if name not in said.model_fields_set}
    if by is None and "status" in kept and "planned" not in kept:
        kept["planned"] = tuple(plan for plan in said.planned if plan.since >= today or plan in known.planned)
    return kept


def _api_keys(known: Entry | None, entry: Partner, by: str | None) -> tuple[ApiKey, ...]:
    """What a recording may say of a partner's API keys: those that it has. An import brings a new one with its own."""
    if isinstance(known, Partner):
        return known.api_keys
    return entry.api_keys if by is None else ()
