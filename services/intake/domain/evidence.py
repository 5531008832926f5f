"""Pieces of evidence: what was shown, the copy that was kept, and what should never have been asked for (I10)."""

from collections.abc import Iterable
from typing import Final

from services.contracts.decision import Decision, Refused, World
from services.contracts.identifiers import bears_number
from services.contracts.intake import HeldDemand
from services.contracts.kiosk import Evidence
from services.contracts.service_sheet import Sheet
from services.intake.domain import awaiting
from services.intake.domain.authority import wrong_field
from services.intake.domain.case import Case
from services.intake.domain.case_parts import TakenEvidence
from services.intake.domain.messages import HeldDemanded
from services.intake.domain.request import Request
from services.intake.domain.requirements import held_by
from services.intake.domain.rules import Rules
from services.intake.domain.standing import filed_sheet

OTHER: Final = "other"
"""A paper that the sheet does not list. What an officer or an office calls it may be anything, also somebody's name."""


def added(case: Case, pieces: tuple[TakenEvidence, ...], sheet: Sheet) -> Case:
    """The case with these pieces: what is still needed and awaited, and what was taken though an agency holds it."""
    evidence = (*case.evidence, *pieces)
    case = case.model_copy(
        update={
            "evidence": evidence,
            "awaited": awaiting.lessened(case, pieces, sheet),
            "held_demands": (*case.held_demands, *held_demands(sheet, pieces)),
        }
    )
    return awaiting.all_come(case.model_copy(update={"needed": awaiting.needed(case, sheet)}))


def taken(
    evidence: Iterable[Evidence], by: str, sheet: Sheet, world: World[Rules], awaited: Iterable[str] = ()
) -> tuple[TakenEvidence, ...]:
    """What a desk's filing or a kiosk's submission says was brought; `by`: the officer, or the office.

    Types stand in events (I12): what the sheet does not list, and nobody has asked for, is `OTHER`. Raises Refused
    NO_EVIDENCE_TYPE (422) for what is plainly somebody's number.
    """
    evidence = tuple(evidence)
    known = {*awaited, *(requirement.evidence_type for requirement in sheet.requirements)}
    for number, piece in enumerate(evidence):
        if bears_number(piece.type):
            raise wrong_field(f"evidence.{number}.type", "NO_EVIDENCE_TYPE", "an id or a mobile is no kind of evidence")
    return tuple(
        TakenEvidence(
            type=piece.type if piece.type in known else OTHER,
            sha256=piece.sha256,
            original_seen=piece.original_seen,
            dataref=piece.dataref,
            accepted_by=by,
            taken_at=world.now,
        )
        for piece in evidence
    )


def together(had: Iterable[TakenEvidence], shown: Iterable[TakenEvidence]) -> tuple[TakenEvidence, ...]:
    """What the desk and a kiosk office have taken for one case: what was there stays, and what is shown again is no
    second paper.

    Of one shown again the newer word counts; but an original that was seen was seen, and a copy kept here stays.
    """
    papers = list(had)
    for paper in shown:
        same = ((paper.type, paper.sha256) == (known.type, known.sha256) for known in papers)
        place = next((number for number, found in enumerate(same) if found), None)
        if place is None:
            papers.append(paper)
            continue
        known = papers[place]
        newest = known if known.content_type else paper
        papers[place] = newest.model_copy(update={"original_seen": known.original_seen or paper.original_seen})
    return tuple(papers)


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


def _demands(request: Request | None) -> int:
    return len(request.case.held_demands) if request and request.case else 0
