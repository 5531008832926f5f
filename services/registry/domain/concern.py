"""One fault, however often the registry or an inspector sees it: it has one deficiency until that is verified."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from services.contracts.decision import Decision, Send, World
from services.contracts.deficiency import FoundBy, Kind, Subject
from services.contracts.envelope import derived_id
from services.contracts.wire import Id, Instant, Wire
from services.registry.domain.remedying import Found, NotSeen, SeenAgain, Settled
from services.registry.domain.rules import Rules
from services.registry.domain.sighting import REGISTRY, Sighting


def concern_id(org_id: str, kind: Kind, subject: Subject) -> str:
    """The same fault of the same agency has the same concern."""
    return derived_id("concern", org_id, kind, subject.type, subject.id)


class Beside(Wire):
    """What people have reported while another deficiency was open, as far as this concern had heard."""

    deficiency_id: Id
    found_by: FoundBy
    seen_at: Instant


class Concern(Wire):
    """Id = `concern_id`. `rounds` = how many deficiencies it has raised."""

    id: Id
    org_id: Id
    kind: Kind
    subject: Subject
    deficiency_id: Id | None = None
    """The open one; None before the first, and once the last is verified."""
    occurrences: int = 0
    """Of the open deficiency."""
    rounds: int = 0
    seen: bool = False
    """Whether the fault was there when it was last looked for."""
    seen_by: FoundBy = REGISTRY
    """Who has seen it since it was last settled; an inspector rather than the registry."""
    last_seen_at: Instant
    gone_at: Instant | None = None
    """When the fault of the open deficiency was last looked for and not there, whatever was seen since."""
    beside: Beside | None = None
    """The newest; it is the open one when the other turns out to have been verified before."""
    settled_at: Instant | None = None
    """When its last deficiency was verified: what was seen before is not counted again, whenever it is told."""


class Looked(BaseModel):
    """What somebody saw who looked into the store. The same `occasion` counts once: it is the whole of the command."""

    model_config = ConfigDict(frozen=True)

    occasion: str
    sighting: Sighting | None = Field(default=None, exclude=True)
    """None: the fault is not there any more."""
    at: Instant = Field(exclude=True)


class Gone(Wire):
    """The fault is not there any more."""

    at: Instant


def looked(concern: Concern | None, command: Looked, world: World[Rules]) -> Decision[Concern]:
    """What was seen, or that nothing was: what an inspector saw at the place is not gone because no entry shows it."""
    if command.sighting is not None:
        return sighted(concern, command.sighting, world)
    if concern is not None and concern.seen_by != REGISTRY:
        return Decision(concern)
    return gone(concern, Gone(at=command.at), world)


def sighted(concern: Concern | None, sighting: Sighting, world: World[Rules]) -> Decision[Concern]:
    """Raises a deficiency, or counts in the open one. What was seen before the last was verified is settled by it."""
    if concern is not None and concern.settled_at is not None and sighting.at < concern.settled_at:
        return Decision(concern)
    kind, subject = sighting.kind, sighting.subject
    if concern is None:
        id = concern_id(sighting.org_id, kind, subject)
        concern = Concern(id=id, org_id=sighting.org_id, kind=kind, subject=subject, last_seen_at=sighting.at)
    if concern.deficiency_id is not None:
        return _counted(concern, concern.deficiency_id, sighting)
    id = derived_id("deficiency", concern.id, str(concern.rounds + 1))
    told = _opened(concern, id, sighting.found_by, sighting.at)
    new = Found(
        deficiency_id=id,
        org_id=sighting.org_id,
        kind=kind,
        subject=subject,
        mode=sighting.mode,
        found_by=sighting.found_by,
        owner=sighting.owner,
        terms=sighting.terms,
        seen_at=sighting.at,
        text=sighting.text,
        concern_id=concern.id,
        inspection_id=sighting.inspection_id,
    )
    return Decision(told, sends=(Send("deficiency", id, new),))


def _counted(concern: Concern, deficiency_id: str, sighting: Sighting) -> Decision[Concern]:
    seen = _seen(concern, sighting.found_by, sighting.at)
    told = concern.model_copy(update={**seen, "occurrences": concern.occurrences + 1})
    again = SeenAgain(
        at=sighting.at,
        occurrences=told.occurrences,
        inspection_id=sighting.inspection_id,
        sighting=sighting,
    )
    return Decision(told, sends=(Send("deficiency", deficiency_id, again),))


def reported(concern: Concern | None, message: Found, world: World[Rules]) -> Decision[Concern]:
    """What people have found is the open deficiency, in which later sights are counted; one that is open stays that.

    Unless that has been verified, and the word of it is on its way: see `settled`.
    """
    if concern is not None and concern.deficiency_id is not None:
        beside = Beside(deficiency_id=message.deficiency_id, found_by=message.found_by, seen_at=message.seen_at)
        newer = concern.beside is None or concern.beside.seen_at <= beside.seen_at
        return Decision(concern.model_copy(update={"beside": beside}) if newer else concern)
    if concern is None:
        org_id, kind, subject = message.org_id, message.kind, message.subject
        id = concern_id(org_id, kind, subject)
        concern = Concern(id=id, org_id=org_id, kind=kind, subject=subject, last_seen_at=message.seen_at)
    return Decision(_opened(concern, message.deficiency_id, message.found_by, message.seen_at))


def _opened(concern: Concern, deficiency_id: str, by: FoundBy, at: datetime) -> Concern:
    new = {"deficiency_id": deficiency_id, "occurrences": 1, "rounds": concern.rounds + 1, "gone_at": None}
    told = concern.model_copy(update=new)
    return told.model_copy(update=_seen(told, by, at))


def _seen(concern: Concern, by: FoundBy, at: datetime) -> dict[str, object]:
    """What was seen before it was gone does not bring it back, whenever it is told."""
    last: dict[str, object] = {"last_seen_at": max(at, concern.last_seen_at)}
    if concern.gone_at is not None and at < concern.gone_at:
        return last
    return {**last, "seen": True, "seen_by": concern.seen_by if by == REGISTRY else by}


def gone(concern: Concern | None, message: Gone, world: World[Rules]) -> Decision[Concern]:
    """Not seen when it was looked for: the open deficiency shows it, and stays open."""
    if concern is None or not concern.seen:
        return Decision(concern)
    sends: tuple[Send, ...] = ()
    if concern.deficiency_id is not None:
        sends = (Send("deficiency", concern.deficiency_id, NotSeen(at=message.at)),)
    return Decision(concern.model_copy(update={"seen": False, "seen_by": REGISTRY, "gone_at": message.at}), sends=sends)


def settled(concern: Concern | None, message: Settled, world: World[Rules]) -> Decision[Concern]:
    """The deficiency was verified: what is met, or was reported, from that hour on is another."""
    if concern is None:
        return Decision(None)
    beside = concern.beside
    if beside is not None and beside.deficiency_id == message.deficiency_id:
        return Decision(concern.model_copy(update={"beside": None}))
    if concern.deficiency_id != message.deficiency_id:
        return Decision(concern)
    at = message.at or world.now
    over = {"deficiency_id": None, "occurrences": 0, "seen_by": REGISTRY, "settled_at": at, "beside": None}
    told = concern.model_copy(update=over)
    if beside is not None and beside.seen_at >= at:
        told = _opened(told, beside.deficiency_id, beside.found_by, beside.seen_at)
    return Decision(told)
