"""The governorate pack of an agency and a month: frozen, with its hash, and revised when facts come late (domain 11).

What is in it was counted before it came here; a revision is kept as it was printed and never changes.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.registry import Officer
from services.contracts.wire import Command, Flag, Id, Instant, TypedId, Wire
from services.registry.domain.late import CameLate, pack_id
from services.registry.domain.month import Month, span
from services.registry.domain.officers import heads, in_service, is_above
from services.registry.domain.recording import Asked
from services.registry.domain.rules import Rules
from services.worktime.jalali import civil_day

REVISION = "pack-revision"
"""The entity that keeps the bytes of one revision."""
REVISIONS_KEPT = 200
SETTLES = timedelta(minutes=1)
"""So long after a month has ended something of it may still be being written: no write takes longer."""


class FreezePack(Command):
    """POST /v1/reports/packs. `revise`: count again although it is frozen; what differs is another revision."""

    org_id: TypedId
    month: Month
    revise: Flag = False
    officer_id: TypedId


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"


class Report(StrEnum):
    """What a print tells."""

    PACK = "PACK"
    """All of it."""
    WORK = "WORK"
    """Of the work inside alone."""


class Printed(Wire):
    """One form of a revision, byte for byte, and its hash."""

    form: Form
    report: Report = Report.PACK
    public: bool
    """With what may be shown to everybody, and no more."""
    sha256: str
    content: str
    """Deflated, in base64."""


class PackRevision(Wire):
    """It never changes: a later version of ours may word things otherwise, and the hashes must still hold."""

    pack_id: Id
    number: int
    prints: tuple[Printed, ...]

    def printed(self, form: Form, *, public: bool, report: Report = Report.PACK) -> Printed | None:
        """None: when this was printed, there was no such report."""
        wanted = (form, public, report)
        return next((each for each in self.prints if (each.form, each.public, each.report) == wanted), None)


class Why(StrEnum):
    """Why there is a revision."""

    ASKED = "ASKED"
    LATE = "LATE"
    """Something of the month was written after it was frozen."""


class Revision(Wire):
    number: int
    sha256: str
    """Of the content: canonical JSON, as in a receipt."""
    frozen_at: Instant
    frozen_by: Id | None
    """None: the registry itself, when facts came late."""
    why: Why


class Pack(Wire):
    """One for each agency and month that anybody has asked for."""

    id: Id
    org_id: Id
    month: str
    revisions: tuple[Revision, ...] = ()
    late: int = 0
    """How often something came late."""
    counted: int = 0
    """How much of that the newest revision, or a count that gave the same, has taken in."""
    late_at: Instant | None = None
    """Since when something waits to be counted, or may be being written."""

    @property
    def newest(self) -> Revision | None:
        return self.revisions[-1] if self.revisions else None


class BeginPack(Asked):
    """Before it is counted: from now on the pack hears of what comes late."""

    command: FreezePack


class Count(Wire):
    """A month as it was counted, in every form, as revision `number`. `late`: what the pack had heard of before."""

    number: int
    sha256: str
    at: Instant
    late: int
    prints: tuple[Printed, ...]


class FreezeWish(Asked):
    """`count` None: the newest revision is what is wanted."""

    command: FreezePack
    count: Count | None = Field(exclude=True)


class Recounted(Wire):
    """By the registry itself, since something came late."""

    count: Count


def begin(known: Pack | None, wish: BeginPack, world: World[Rules]) -> Decision[Pack]:
    """Refused: UNKNOWN_AGENCY and UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), MONTH_NOT_OVER, TOO_MANY_REVISIONS."""
    command = wish.command
    _may_freeze(wish, command, world)
    if span(command.month)[1] > world.now:
        raise Refused("MONTH_NOT_OVER", "a month is frozen when it is over")
    if known is not None and command.revise and len(known.revisions) >= REVISIONS_KEPT:
        raise Refused("TOO_MANY_REVISIONS", "the pack was revised too often")
    id = pack_id(command.org_id, command.month)
    return Decision(known or Pack(id=id, org_id=command.org_id, month=command.month))


def freeze(known: Pack | None, wish: FreezeWish, world: World[Rules]) -> Decision[Pack]:
    """The count as the next revision; what is as it was makes none.

    Refused: as `begin`, and OVERTAKEN: somebody else has frozen it meanwhile, so it has to be counted anew.
    """
    if known is None:
        raise Refused("NOT_FOUND", "there is no such pack", status=404)
    _may_freeze(wish, wish.command, world)
    if wish.count is None:
        return Decision(known, answer=_answer(known, created=False))
    return _taken(known, wish.count, wish.command.officer_id, Why.ASKED)


def recount(known: Pack | None, message: Recounted, world: World[Rules]) -> Decision[Pack]:
    """What came late is in it now. Refused: OVERTAKEN."""
    if known is None or not known.revisions:
        return Decision(known)
    return _taken(known, message.count, None, Why.LATE)


def came_late(known: Pack | None, message: CameLate, world: World[Rules]) -> Decision[Pack]:
    """Counted a little later, and again as often as need be. Of a month that nobody asked for nothing is kept."""
    if known is None:
        return Decision(None)
    waits = known.late_at or (world.now if known.revisions else None)
    return Decision(known.model_copy(update={"late": known.late + 1, "late_at": waits}))


def kept(known: PackRevision | None, revision: PackRevision, world: World[Rules]) -> Decision[PackRevision]:
    return Decision(known or revision)


def revision_id(pack_id: str, number: int) -> str:
    return f"{pack_id}:{number}"


def _taken(pack: Pack, count: Count, by: str | None, why: Why) -> Decision[Pack]:
    again = pack.late > count.late or count.at < span(pack.month)[1] + SETTLES
    heard = {"counted": count.late, "late_at": count.at if again else None}
    if pack.newest is not None and pack.newest.sha256 == count.sha256:
        return Decision(pack.model_copy(update=heard), answer=_answer(pack, created=False))
    number = len(pack.revisions) + 1
    if count.number != number:
        raise Refused("OVERTAKEN", "somebody else has frozen it meanwhile; ask again")
    revision = Revision(number=number, sha256=count.sha256, frozen_at=count.at, frozen_by=by, why=why)
    told = pack.model_copy(update={**heard, "revisions": (*pack.revisions, revision)})
    kept = PackRevision(pack_id=pack.id, number=number, prints=count.prints)
    send = Send(REVISION, revision_id(pack.id, number), kept)
    return Decision(told, sends=(send,), answer=_answer(told, created=True))


def _answer(pack: Pack, *, created: bool) -> dict[str, Any]:
    newest = pack.newest
    assert newest is not None, "it is asked for after it was frozen"
    return {
        "packId": pack.id,
        "orgId": pack.org_id,
        "month": pack.month,
        "revision": newest.number,
        "sha256": newest.sha256,
        "created": created,
    }


def _may_freeze(wish: Asked, command: FreezePack, world: World[Rules]) -> Officer:
    """Who heads the agency, or an officer of an agency above it."""
    registry = wish.around.entries
    agency = registry.organization(command.org_id)
    if agency is None:
        raise Refused("UNKNOWN_AGENCY", "there is no such agency in the registry", status=422)
    officer = in_service(registry, command.officer_id)
    head = heads(registry, officer, agency, civil_day(world.now))
    if not head and not is_above(registry, officer, agency.id):
        raise Refused("NOT_AUTHORISED", "the agency's head may do this, or an officer of an agency above", status=403)
    return officer
