"""Evidence comes to a case: what was shown, the copy that was kept, and what should never have been asked for (I10).

No evidence moves a due time (I6).
"""

from collections.abc import Iterable

from services.contracts.decision import Decision, Refused, World
from services.contracts.intake import HeldDemand
from services.contracts.kiosk import Evidence
from services.contracts.registry import Sheet
from services.contracts.wire import instant_text
from services.intake.domain.authority import desk_officer, wrong_field
from services.intake.domain.case import Case, Role, TakenEvidence
from services.intake.domain.messages import EvidenceBrought, HeldDemanded
from services.intake.domain.request import Request, moved, the_case
from services.intake.domain.requirements import demanded, held_by, missing
from services.intake.domain.rules import Rules
from services.intake.domain.standing import filed_sheet
from services.intake.domain.states import ENDED

MAX_PIECES = 100
"""Of one case: more is no case any more."""


def brought(request: Request | None, message: EvidenceBrought, world: World[Rules]) -> Decision[Request]:
    """An officer of the case's desk has taken a piece: the original seen, or a copy kept, or both.

    Raises Refused NOT_FOUND, CASE_ENDED, NOT_AUTHORISED, UNKNOWN_EVIDENCE_TYPE, NOTHING_BROUGHT, TOO_MUCH_EVIDENCE.
    """
    request, case = the_case(request)
    if case.state in ENDED:
        raise Refused("CASE_ENDED", "this request has ended; nothing is added to it any more")
    officer = desk_officer(world, message.officer_id, case.desk_id)
    sheet = sheet_of(case, world)
    _on_the_sheet(sheet, message.type)
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
    case = added(case, (piece,), sheet)
    told, _, event = moved(request, case, world.now, Role.OFFICER, ("request.evidence-added",))
    shown = {"type": piece.type, "dataref": piece.dataref, "sha256": piece.sha256, "originalSeen": piece.original_seen}
    answer = {**shown, "takenAt": instant_text(world.now)}
    return counted(Decision(told, events=(event,), answer=answer), before=request)


def added(case: Case, pieces: tuple[TakenEvidence, ...], sheet: Sheet) -> Case:
    """The case with these pieces: what is still needed, and what was taken though an agency holds it.

    A case that waits for the last of its documents goes on from here.
    """
    evidence = (*case.evidence, *pieces)
    return case.model_copy(
        update={
            "evidence": evidence,
            "needed": missing(demanded(sheet), evidence) if case.applicant is not None else (),
            "held_demands": (*case.held_demands, *held_demands(sheet, pieces)),
        }
    )


def taken(evidence: Iterable[Evidence], by: str, world: World[Rules]) -> tuple[TakenEvidence, ...]:
    """What a desk's filing or a kiosk's submission says was brought; `by`: the officer, or the office."""
    return tuple(
        TakenEvidence(
            type=piece.type,
            sha256=piece.sha256,
            original_seen=piece.original_seen,
            dataref=piece.dataref,
            accepted_by=by,
            taken_at=world.now,
        )
        for piece in evidence
    )


def together(had: Iterable[TakenEvidence], shown: Iterable[TakenEvidence]) -> tuple[TakenEvidence, ...]:
    """What the desk and a kiosk office have taken for one case: all papers, each once.

    Of one shown again the newer word counts; but an original that was seen was seen, and a copy kept here stays.
    """
    papers = {(paper.type, paper.sha256): paper for paper in had}
    for paper in shown:
        known = papers.get((paper.type, paper.sha256))
        if known is not None:
            newest = known if known.content_type else paper
            paper = newest.model_copy(update={"original_seen": known.original_seen or paper.original_seen})
        papers[paper.type, paper.sha256] = paper
    return tuple(papers.values())


def held_demands(sheet: Sheet, pieces: Iterable[TakenEvidence]) -> tuple[HeldDemand, ...]:
    """Evidence that was taken from the citizen though an agency holds it: taken all the same, and on record (I10)."""
    return tuple(
        HeldDemand(type=piece.type, held_by=agency, asked_by=piece.accepted_by, at=piece.taken_at)
        for piece in pieces
        if piece.accepted_by and piece.taken_at and (agency := held_by(sheet, piece.type))
    )


def counted(decision: Decision[Request], before: Request | None = None) -> Decision[Request]:
    """The decision, and that operators count what it put on record (I10)."""
    new = _demands(decision.state) - _demands(before)
    if new <= 0:
        return decision
    return Decision(
        decision.state,
        decision.events,
        decision.sends,
        (*decision.effects, HeldDemanded(count=new)),
        decision.answer,
    )


def sheet_of(case: Case, world: World[Rules]) -> Sheet:
    """The sheet that the case was filed under. Raises Refused UNKNOWN_SERVICE where it is not known here any more."""
    sheet = filed_sheet(world.registry, case.service_id, case.service_version)
    if sheet is None:
        raise Refused("UNKNOWN_SERVICE", "the sheet of this request is not known here")
    return sheet


def _on_the_sheet(sheet: Sheet, evidence_type: str) -> None:
    """Raises Refused UNKNOWN_EVIDENCE_TYPE (422), which names those there are."""
    allowed = [{"type": r.evidence_type, "name": r.name} for r in sheet.requirements]
    if all(each["type"] != evidence_type for each in allowed):
        names = ", ".join(each["type"] for each in allowed) or "none"
        detail = f"the sheet of this service knows no such evidence; it knows: {names}"
        wrong = {"field": "type", "code": "UNKNOWN_EVIDENCE_TYPE", "detail": detail}
        raise Refused("UNKNOWN_EVIDENCE_TYPE", detail, status=422, errors=[wrong], allowed=allowed)


def _demands(request: Request | None) -> int:
    return len(request.case.held_demands) if request and request.case else 0
