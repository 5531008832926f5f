"""How electronic a service is: as its offerings tell, as its agency says, as the agency above has seen (domain 10)."""

from collections.abc import Iterable
from datetime import date

from services.contracts.decision import Decision, Refused, World
from services.contracts.service_sheet import ELECTRONIC, Extent, Maturity, Offering, Sheet
from services.contracts.wire import Command, TypedId
from services.registry.domain import recording
from services.registry.domain.officers import of_agency_above
from services.registry.domain.recording import Asked
from services.registry.domain.sheets import SheetFile


class VerifyMaturity(Command):
    """POST /v1/services/{id}/verify-maturity: an officer of an agency above has looked."""

    officer_id: TypedId
    maturity: Maturity


class VerifyWish(Asked):
    """`sure`: they named the version they have looked at, or said that any will do."""

    command: VerifyMaturity
    sure: bool = False


def computed(sheet: Sheet, offerings: Iterable[Offering], day: date) -> Maturity:
    """What the offerings in force on that day amount to.

    INFORMATION: to be read electronically. INTERACTIVE: something of the request or delivery is. TRANSACTIONAL: request
    and delivery are, wholly. INTEGRATED: all four stages are, and no document is asked for that an agency could send.
    """
    electronic = [o for o in offerings if o.in_force(day) and o.channel in ELECTRONIC]

    def some(*stages: str) -> bool:
        return any(getattr(offering, stage) is not Extent.NONE for offering in electronic for stage in stages)

    def whole(*stages: str) -> bool:
        return any(all(getattr(offering, stage) is Extent.FULL for stage in stages) for offering in electronic)

    if whole("information", "request", "production", "delivery") and not _asks_for_documents(sheet):
        return Maturity.INTEGRATED
    if whole("request", "delivery"):
        return Maturity.TRANSACTIONAL
    if some("request", "delivery"):
        return Maturity.INTERACTIVE
    return Maturity.INFORMATION if some("information") else Maturity.NONE


def verify(file: SheetFile | None, wish: VerifyWish, world: World[None]) -> Decision[SheetFile]:
    """What was verified, in a new version of the published sheet. What was declared stays beside it.

    Refused: NOT_FOUND, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403): an agency does not verify itself;
    IF_MATCH_REQUIRED (428: it may be another sheet by now than the one they looked at).
    """
    if file is None or file.published is None:
        raise Refused("NOT_FOUND", "no such service is published", status=404)
    command = wish.command
    officer = of_agency_above(wish.around.entries, command.officer_id, file.org_id)
    if not wish.sure:
        raise recording.unsure()
    sheet = file.published
    if (sheet.maturity_verified, sheet.maturity_verified_by) == (command.maturity, officer.id):
        return Decision(file, answer={"id": file.id, "version": sheet.version, "recorded": False})
    verified = sheet.model_copy(
        update={
            "maturity_verified": command.maturity,
            "maturity_verified_by": officer.id,
            "maturity_verified_at": world.now,
        }
    )
    done = recording.published(sheet, verified, world, by=officer.id)
    told = file.model_copy(update={"published": done.state})
    return Decision(told, events=done.events, sends=done.sends, answer=done.answer)


def _asks_for_documents(sheet: Sheet) -> bool:
    return any(requirement.mandatory and requirement.held_by is None for requirement in sheet.requirements)
