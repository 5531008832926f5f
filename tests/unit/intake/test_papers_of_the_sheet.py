"""Kinds of papers stand in events: only those that the sheet of the case lists do so under their own name (I12)."""

import pytest

from services.contracts.decision import Decision
from services.contracts.intake_commands import ReturnFromKiosk
from services.intake.domain import redirecting, returning
from services.intake.domain.request import Request
from tests.unit.intake.brought import DEED
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_OFFICER,
    a_redirected_request,
    arrives,
    asked,
    case_of,
    file_at_desk,
    move_of,
    outcome_of,
    submit,
    world,
)

WORDS = ["001-354241-9", "zahra-rezaei", "library-card"]
"""A number in parts and a name cannot be told from the name of a paper."""


def paper(type: str) -> dict[str, object]:
    return IDENTITY_CARD | {"type": type, "sha256": "c" * 64}


def told_as_other(decision: Decision[Request], word: str) -> bool:
    """What was brought is on record, under a word that says nothing: in the event and in what is stored."""
    assert move_of(decision).evidence == ("identity-card", "other")
    assert [(piece.type, piece.sha256) for piece in case_of(decision).evidence][-1] == ("other", "c" * 64)
    return word not in str([event.to_wire() for event in decision.events]) + str(case_of(decision).to_wire())


@pytest.mark.parametrize("word", WORDS)
def test_I12_a_paper_that_the_sheet_does_not_list_goes_by_a_neutral_word(word: str) -> None:
    papers = [IDENTITY_CARD, paper(word)]
    at_desk = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, evidence=papers)
    assert told_as_other(at_desk, word)
    assert told_as_other(submit(evidence=papers), word)


@pytest.mark.parametrize("word", WORDS)
def test_I12_so_it_goes_when_somebody_was_redirected(word: str) -> None:
    papers = [IDENTITY_CARD, paper(word)]
    request = a_redirected_request()
    honoured = redirecting.honours(request, asked(arrives(request, evidence=papers)), world())
    assert told_as_other(honoured, word)
    back = ReturnFromKiosk.model_validate({"cause": "SHUT", "officerId": SOCIAL_OFFICER, "evidence": papers})
    assert told_as_other(returning.taken_back(request, back, world("1405/09/03 09:00")), word)


def test_an_office_that_brings_another_paper_is_accepted() -> None:
    """The sheet may have changed since the office last read it."""
    assert outcome_of(submit(evidence=[IDENTITY_CARD, paper("library-card")])).status == "ACCEPTED"


def test_I10_what_an_agency_holds_keeps_its_name() -> None:
    filed = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, evidence=[IDENTITY_CARD, paper(DEED)])
    assert move_of(filed).evidence == ("identity-card", DEED)
    assert [demand.type for demand in move_of(filed).held_demands] == [DEED]
