"""A file with fewer columns than we write: what it has no word of stays, and a row with that is a complete sheet."""

from typing import Any

import pytest

from services.contracts.service_sheet import Sheet
from services.registry.catalogue.listed import Service
from services.registry.catalogue.table.rows import row_of
from services.registry.domain.sheets import completed, drafted
from services.registry.handlers import CATALOGUE_IMPORT, SHEET_FILE
from tests.unit.registry.catalogue_imports import PLACE, TAX, brought, imported, row, without, written_of
from tests.unit.registry.say_of_others import HEAD

UNSAID = ("informationOnly", "onSpot", "presence", "processingTime.byChannel", "offerings")
"""Columns that are no more than told, and that a file from before may not have."""


OWN_TIME = {"value": 1, "unit": "WORKING_DAYS"}
SAID_ALL: dict[str, Any] = {
    "onSpot": not TAX.sheet.on_spot,
    "informationOnly": True,
    "presence": {"ground": "OATH", "stage": "delivery", "law": "ماده ۱"},
    "processingTime": TAX.sheet.processing_time.to_wire()
    | {"byChannel": [{"channel": "WEB", "average": OWN_TIME, "maximum": OWN_TIME}]},
}


@pytest.mark.parametrize("changes", [{}, SAID_ALL], ids=["as it goes without saying", "all of it said"])
@pytest.mark.parametrize("keys", [*((key,) for key in UNSAID), UNSAID])
async def test_what_a_file_has_no_column_for_stays_as_it_is(keys: tuple[str, ...], changes: dict[str, Any]) -> None:
    sheet = Sheet.model_validate(TAX.sheet.to_wire() | changes)
    cells = dict(zip(PLACE, row_of(Service(sheet, ())), strict=True)) | {"version": "3"}
    office, fate = await brought(without(*keys, **cells), **changes)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft) == ("UNCHANGED", None)
    office, fate = await brought(without(*keys, **cells | {"description": "شرح تازه"}), **changes)
    content = office.state(SHEET_FILE, TAX.sheet.id).draft.content
    assert (fate, content) == ("DRAFTED", drafted(sheet).model_copy(update={"description": "شرح تازه"}))


async def test_an_empty_cell_says_no_and_that_once() -> None:
    """Else it could not be said in a table that a law which made people come is no more."""
    empty = {"informationOnly": "", "onSpot": "", "presence": "", "processingTime.byChannel": ""}
    office, fate = await brought(written_of(row(**empty)), **SAID_ALL)
    content = office.state(SHEET_FILE, TAX.sheet.id).draft.content
    assert (fate, content.on_spot, content.information_only, content.presence) == ("DRAFTED", False, False, None)
    assert content.processing_time.by_channel == ()
    office, fate = await brought(written_of(row(**empty)), onSpot=False, informationOnly=False, presence=None)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft) == ("UNCHANGED", None)


async def test_a_draft_that_is_under_way_is_filled_in_and_not_dropped_for_a_column_that_a_file_lacks() -> None:
    other = drafted(TAX.sheet).model_copy(update={"on_spot": not TAX.sheet.on_spot})
    office, fate = await brought(without("onSpot"), draft=other)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft.content) == ("UNCHANGED", other)
    both = other.model_copy(update={"description": "شرح تازه"})
    office, fate = await brought(without("onSpot", description="شرح تازه"), draft=both)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft.attested_by) == ("UNCHANGED", HEAD)
    office, fate = await brought(without("onSpot", description="شرح دیگر"), draft=both)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft.content.on_spot) == ("DRAFTED", other.on_spot)


DAYS = "WORKING_DAYS"


def shorter(**processing_time: object) -> Sheet:
    return Sheet.model_validate(
        TAX.sheet.to_wire() | {"processingTime": TAX.sheet.processing_time.to_wire() | processing_time}
    )


async def test_a_row_without_evidence_is_bad_where_what_is_recorded_says_that_something_is_filed() -> None:
    """Nothing says `informationOnly`, so what is recorded stays: no. Then evidence has to be asked for."""
    assert not TAX.sheet.information_only
    office, fate = await brought(without("informationOnly", requirements=""))
    draft = office.state(SHEET_FILE, TAX.sheet.id).draft
    wrong = completed(office.state(SHEET_FILE, TAX.sheet.id), draft)[1] if draft else []
    assert (fate, wrong) == ("FAILED", [])


async def test_a_new_service_without_evidence_is_told_what_it_lacks() -> None:
    content = without("informationOnly", id="new-one", requirements="", offerings="")
    office, told = await imported(content=content)
    assert office.state(CATALOGUE_IMPORT, "import-1").fates == {"FAILED": 1}
    (reason,) = [reason for outcome in told for reason in outcome["reasons"] if outcome["id"] == "new-one"]
    assert reason["field"] == "requirements"


async def test_times_of_channels_that_stay_and_are_too_long_for_the_row_are_told() -> None:
    """The law is shorter now; the file has no column for the times of channels, and they stay."""
    own = {"value": 6, "unit": DAYS}
    there = shorter(
        average={"value": 2, "unit": DAYS},
        maximum={"value": 3, "unit": DAYS},
        legal={"value": 10, "unit": DAYS},
        byChannel=[{"channel": "WEB", "average": own, "maximum": own}],
    )
    row = shorter(
        average={"value": 2, "unit": DAYS}, maximum={"value": 3, "unit": DAYS}, legal={"value": 5, "unit": DAYS}
    )
    cells = dict(zip(PLACE, row_of(Service(row, ())), strict=True)) | {"version": "3"}
    office, fate = await brought(
        without("processingTime.byChannel", **cells), processingTime=there.processing_time.to_wire()
    )
    draft = office.state(SHEET_FILE, TAX.sheet.id).draft
    wrong = completed(office.state(SHEET_FILE, TAX.sheet.id), draft)[1] if draft else []
    assert (fate, wrong) == ("FAILED", [])


async def test_a_new_service_of_a_file_without_the_columns_is_drafted() -> None:
    keys = ("informationOnly", "onSpot", "presence", "processingTime.byChannel", "offerings")
    office, told = await imported(content=without(*keys, id="new-one"))
    assert office.state(CATALOGUE_IMPORT, "import-1").fates == {"DRAFTED": 1}, told
    sheet, wrong = completed(office.state(SHEET_FILE, "new-one"), office.state(SHEET_FILE, "new-one").draft)
    assert (wrong, sheet is None) == ([], False)
