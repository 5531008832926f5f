"""A draft of the next version that is under way when a file comes in."""

import pytest

from services.registry.domain.sheets import drafted
from services.registry.handlers import SHEET_FILE
from tests.unit.registry.catalogue_imports import TAX, imported, row
from tests.unit.registry.say_of_others import ANOTHER, CLERK, HEAD

NEXT = drafted(TAX.sheet).model_copy(update={"description": "شرح تازه"})
STAYS = ("GAP", "", "a draft of the next version is under way and stays; replace says to drop it")


@pytest.mark.parametrize("by", [CLERK, HEAD])
async def test_a_row_that_says_what_is_in_force_leaves_an_attested_draft_and_tells_of_it(by: str) -> None:
    """Whoever drafted it: people export all sheets that are published, and change another row."""
    office, told = await imported(row(), by=by, draft=NEXT)
    state = office.state(SHEET_FILE, TAX.sheet.id)
    assert state.draft is not None, "it was dropped"
    assert (state.draft.content, state.draft.attested_by) == (NEXT, HEAD)
    (outcome,) = told
    assert outcome["fate"] == "UNCHANGED"
    assert [(reason["kind"], reason["field"], reason["en"]) for reason in outcome["reasons"]] == [STAYS]


async def test_it_is_dropped_where_that_is_said_and_written_anew_where_the_row_says_something_else() -> None:
    office, told = await imported(row(), by=CLERK, draft=NEXT, replace=True)
    assert (office.state(SHEET_FILE, TAX.sheet.id).draft, told) == (None, [])
    office, told = await imported(row(description="شرح دیگر"), by=CLERK, draft=NEXT)
    assert (office.state(SHEET_FILE, TAX.sheet.id).draft.content.description, told) == ("شرح دیگر", [])


async def test_a_row_that_says_what_the_draft_says_tells_nothing() -> None:
    office, told = await imported(row(description="شرح تازه"), by=CLERK, draft=NEXT)
    assert (office.state(SHEET_FILE, TAX.sheet.id).draft.attested_by, told) == (HEAD, [])


async def test_an_officer_of_another_agency_is_refused_such_a_row_as_any_other() -> None:
    _, (outcome,) = await imported(row(offerings=""), by=ANOTHER, draft=NEXT)
    assert outcome["fate"] == "FAILED"
    assert [reason["en"].partition(":")[0] for reason in outcome["reasons"]] == ["NOT_AUTHORISED"]
