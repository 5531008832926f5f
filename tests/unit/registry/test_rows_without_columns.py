"""A row must make a complete sheet (docs/catalogue.md), also one of a file that has fewer columns than we write."""

from services.contracts.service_sheet import Sheet
from services.registry.catalogue.listed import Service
from services.registry.catalogue.table.rows import row_of
from services.registry.domain.sheets import completed
from services.registry.handlers import CATALOGUE_IMPORT, SHEET_FILE
from tests.unit.registry.test_catalogue_import import PLACE, TAX, brought, imported, without

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
