"""Evidence comes to a case. No evidence moves a due time (I6); the last that was awaited lets the case go on."""

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake import RequestMoved
from services.contracts.service_sheet import Sheet
from services.contracts.wire import instant_text
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role, TakenEvidence
from services.intake.domain.coming import not_needed
from services.intake.domain.evidence import added, counted, sheet_of
from services.intake.domain.messages import EvidenceBrought
from services.intake.domain.registering import registered
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import ENDED, INCOMPLETE
from services.intake.domain.visiting import arrived

MAX_PIECES = 100
"""Of one case: more is no case any more."""

ADDED = "request.evidence-added"


def brought(request: Request | None, message: EvidenceBrought, world: World[Rules]) -> Decision[Request]:
    """An officer of the case's desk has taken a piece: the original seen, or a copy kept, or both.

    With an original somebody has come; a copy may have come by itself.

    Raises Refused NOT_FOUND, CASE_ENDED, NOT_AUTHORISED, UNKNOWN_EVIDENCE_TYPE, NOTHING_BROUGHT, TOO_MUCH_EVIDENCE;
    NO_CALENDAR where the case is to be registered with it and nothing can be promised.
    """
    before, case = the_case(request)
    if case.state in ENDED:
        raise Refused("CASE_ENDED", "this request has ended; nothing is added to it any more")
    officer = desk_officer(world, message.officer_id, case.desk_id)
    sheet = sheet_of(case, world)
    asked_for(case, sheet, message.type, "type")
    if message.copy_kept is None and not message.original_seen:
        raise wrong_field("file", "NOTHING_BROUGHT", "neither a copy was sent nor the original seen")
    if len(case.evidence) >= MAX_PIECES:
        raise Refused("TOO_MUCH_EVIDENCE", f"a case has at most {MAX_PIECES} pieces of evidence")
    copy = message.copy_kept
    piece = TakenEvidence(
        type=message.type,
        original_seen=message.original_seen,
        dataref=copy.dataref if copy else None,
        sha256=copy.sha256 if copy else None,
        content_type=copy.content_type if copy else None,
        size=copy.size if copy else None,
        accepted_by=officer.id,
        taken_at=world.now,
    )
    request, case, came = arrived(before, case, world) if piece.original_seen else (before, case, ())
    told, event = with_pieces(request, case, (piece,), sheet, Role.OFFICER, world)
    shown = {"type": piece.type, "originalSeen": piece.original_seen, "takenAt": instant_text(world.now)}
    answer = {"number": len(case.evidence), **shown}
    return counted(Decision(told, events=(*came, event), answer=answer), before=before)


def with_pieces(
    request: Request, case: Case, pieces: tuple[TakenEvidence, ...], sheet: Sheet, by: Role, world: World[Rules]
) -> tuple[Request, RequestMoved]:
    """The request with these pieces. INCOMPLETE with the last of them is registered and promised, in the same event.

    A suspended one stays so until routing, which keeps the Clock, has heard that nothing is missing; who was asked back
    need not come any more. Raises NoPromise.
    """
    before, case = case.awaited, added(case, pieces, sheet)
    all_there = case.awaited is not None and not case.awaited.missing
    if all_there and case.state is INCOMPLETE:
        told = registered(request, case, sheet, world, by, (ADDED,))
        return told.request, told.event
    waited = before is not None and bool(before.missing)
    case, released = not_needed(case, world.now) if all_there and waited else (case, ())
    request, _, event = moved(request, case, world.now, by, (ADDED, *released))
    return request, event


def asked_for(case: Case, sheet: Sheet, evidence_type: str, field: str) -> None:
    """By the sheet, or by whoever waits for it. Raises Refused UNKNOWN_EVIDENCE_TYPE (422), which names those there
    are."""
    allowed = [{"type": r.evidence_type, "name": r.name} for r in sheet.requirements]
    awaited = case.awaited.types if case.awaited else ()
    if evidence_type not in awaited and all(each["type"] != evidence_type for each in allowed):
        names = ", ".join(each["type"] for each in allowed) or "none"
        detail = f"the sheet of this service knows no such evidence; it knows: {names}"
        wrong = {"field": field, "code": "UNKNOWN_EVIDENCE_TYPE", "detail": detail}
        raise Refused("UNKNOWN_EVIDENCE_TYPE", detail, status=422, errors=[wrong], allowed=allowed)
