"""What an import makes of the channels of a file: nobody loses one, and none is of an agency that is not there."""

import csv
import io
import tempfile
from typing import Any

import pytest

from services.contracts.service_sheet import Offering
from services.registry.catalogue.formats import Format
from services.registry.catalogue.importing import Job, _Import
from services.registry.catalogue.table.columns import COLUMNS
from services.registry.catalogue.table.rows import HEADINGS, row_of
from services.registry.domain.importing import StartImport
from services.registry.handlers import CATALOGUE_IMPORT, DUTIES, EDITIONS, FILES, IMPORT_PAGE, RECORDED, SHEET_FILE
from services.runtime.file_body import TakenFile
from tests.support.catalogues import sample_catalogue
from tests.unit.registry.governorate import Office, province

PLACE = {column.key: place for place, column in enumerate(COLUMNS)}
TAX = next(service for service in sample_catalogue().services if service.sheet.id == "tax-clearance")
CHANNEL = TAX.offerings[0].id


def row(**cells: str) -> list[str]:
    found = row_of(TAX)
    for key, text in cells.items():
        found[PLACE[key]] = text
    return found


def renamed(offerings: str) -> str:
    """Channels of its own for a copy of the service."""
    return offerings.replace("tax-clearance-", "copy-")


async def imported(
    *rows: list[str], org_id: str | None = None, by: str | None = None
) -> tuple[Office, list[dict[str, Any]]]:
    """What there is after the import of a CSV file, and what it told."""
    office = Office([*FILES.values(), *EDITIONS.values(), CATALOGUE_IMPORT, IMPORT_PAGE, *DUTIES])
    await office.put(*province()._newest.values())
    out = io.StringIO(newline="")
    csv.writer(out).writerows([list(HEADINGS), *rows])
    wish = StartImport(id="import-1", format=Format.CSV, size=1, sha256="0" * 64, org_id=org_id)
    with tempfile.TemporaryFile() as content:
        content.write(out.getvalue().encode())
        content.seek(0)
        job = Job("import-1", Format.CSV, TakenFile(content, 1, "0" * 64), by, org_id, replace=False)
        async with office.serving():
            await office.door.submit(CATALOGUE_IMPORT, "import-1", wish)
            await _Import(job, office.door, office.readable).run()
        await office.settle()
    pages = office.store.collections.get(IMPORT_PAGE.name, {}).values()
    return office, [outcome for page in pages for outcome in page["state"]["outcomes"]]


def channel(office: Office, id: str) -> Offering | None:
    found = office.store.collections[RECORDED[Offering].name].get(id)
    return Offering.model_validate(found["state"]) if found else None


async def test_a_copied_row_does_not_take_the_channels_of_the_service_that_it_was_copied_from() -> None:
    office, told = await imported(row(id="a-copy"))
    known = channel(office, CHANNEL)
    assert known is not None
    assert known.service_id == "tax-clearance"
    (outcome,) = told
    assert {(reason["kind"], reason["en"].partition(":")[0]) for reason in outcome["reasons"]} == {
        ("ERROR", "SERVICE_FIXED")
    }


async def test_channels_that_stand_under_two_services_of_a_file_are_the_first_ones() -> None:
    fresh = renamed(row_of(TAX)[PLACE["offerings"]])
    office, told = await imported(row(id="first", offerings=fresh), row(id="second", offerings=fresh))
    known = channel(office, renamed(CHANNEL))
    assert known is not None
    assert known.service_id == "first"
    (outcome,) = told
    assert (outcome["row"], outcome["fate"]) == (3, "FAILED")
    assert {reason["en"] for reason in outcome["reasons"]} == {"is a channel of first"}


async def test_the_channels_of_a_service_become_those_of_the_agency_that_it_is_given_to() -> None:
    fresh = renamed(row_of(TAX)[PLACE["offerings"]])
    office, _ = await imported(row(id="theirs", orgId="elsewhere", offerings=fresh), org_id="wa-deeds")
    assert office.store.collections[SHEET_FILE.name]["theirs"]["state"]["orgId"] == "wa-deeds"
    known = channel(office, renamed(CHANNEL))
    assert known is not None
    assert known.org_id == "wa-deeds"


async def test_no_channel_of_an_agency_that_is_not_recorded_is_published() -> None:
    fresh = renamed(row_of(TAX)[PLACE["offerings"]].split("\n")[0])
    parts = [*fresh.split(" | "), *[""] * 9][:10]
    office, told = await imported(row(id="ours", offerings=" | ".join([*parts, "nobody"])))
    assert channel(office, renamed(CHANNEL)) is None
    (outcome,) = told
    assert [reason["en"] for reason in outcome["reasons"]] == ["no such agency is recorded"]


@pytest.mark.parametrize(
    ("by", "code"), [("wa-tax-desk-01", None), ("wa-water-desk-01", "NOT_AUTHORISED"), ("nobody-01", "UNKNOWN_OFFICER")]
)
async def test_an_officer_brings_in_channels_of_their_agency_alone(by: str, code: str | None) -> None:
    fresh = renamed(row_of(TAX)[PLACE["offerings"]].split("\n")[0])
    office, told = await imported(row(id="ours", offerings=fresh), by=by)
    assert (channel(office, renamed(CHANNEL)) is None) == (code is not None)
    told_codes = {reason["en"].partition(":")[0] for outcome in told for reason in outcome["reasons"]}
    assert told_codes == ({code} if code else set())
