"""What an import of a catalogue makes of a file, with the sample province recorded: nothing but memory behind it."""

import csv
import io
import tempfile
from collections.abc import Iterable
from typing import Any

from services.contracts.entry import Entry
from services.contracts.service_sheet import Offering, Sheet
from services.registry.catalogue.formats import Format
from services.registry.catalogue.importing import Job, _Import
from services.registry.catalogue.table.columns import COLUMNS
from services.registry.catalogue.table.rows import HEADINGS, row_of
from services.registry.domain.draft import SheetDraft
from services.registry.domain.importing import StartImport
from services.registry.domain.sheets import Attest, AttestWish, WriteDraft
from services.registry.handlers import (
    CATALOGUE_IMPORT,
    DUTIES,
    EDITIONS,
    FILES,
    IMPORT_PAGE,
    RECORDED,
    SHEET_DRAFT,
    SHEET_FILE,
)
from services.runtime.file_body import TakenFile
from tests.support.catalogues import sample_catalogue
from tests.unit.registry.governorate import Office, around, province
from tests.unit.registry.say_of_others import CLERK, HEAD

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


def written_of(*rows: list[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([list(HEADINGS), *rows])
    return out.getvalue()


async def imported(
    *rows: list[str],
    org_id: str | None = None,
    by: str | None = None,
    content: str | None = None,
    format: Format = Format.CSV,
    changed: Iterable[Entry] = (),
    replace: bool = False,
    draft: SheetDraft | None = None,
) -> tuple[Office, list[dict[str, Any]]]:
    """What there is after the import of a CSV file of these rows, or of a file with that content, and what it told.

    `draft`: what was drafted before by CLERK, and attested.
    """
    office = Office([*FILES.values(), *EDITIONS.values(), SHEET_DRAFT, CATALOGUE_IMPORT, IMPORT_PAGE, *DUTIES])
    await office.put(*province(*changed)._newest.values())
    written = written_of(*rows) if content is None else content
    wish = StartImport(id="import-1", format=format, size=1, sha256="0" * 64, org_id=org_id)
    with tempfile.TemporaryFile() as file:
        file.write(written.encode())
        file.seek(0)
        job = Job("import-1", format, TakenFile(file, 1, "0" * 64), by, org_id, replace)
        async with office.serving():
            if draft is not None:
                await attested(office, draft)
            await office.door.submit(CATALOGUE_IMPORT, "import-1", wish)
            await _Import(job, office.door, office.readable).run()
        await office.settle()
    pages = office.store.collections.get(IMPORT_PAGE.name, {}).values()
    return office, [outcome for page in pages for outcome in page["state"]["outcomes"]]


async def attested(office: Office, content: SheetDraft) -> None:
    """Drafted by CLERK, and attested by the head of the agency."""
    write = WriteDraft(content=content, by=CLERK, sure=True, around=around())
    await office.door.submit(SHEET_FILE, content.id, write)
    attest = Attest.model_validate({"officerId": HEAD, "expires": "2027-11-01"})
    await office.door.submit(SHEET_FILE, content.id, AttestWish(command=attest, sure=True, around=around()))


def channel(office: Office, id: str) -> Offering | None:
    found = office.store.collections[RECORDED[Offering].name].get(id)
    return Offering.model_validate(found["state"]) if found else None


def without(*keys: str, **cells: str) -> str:
    out = io.StringIO(newline="")
    places = [place for place, column in enumerate(COLUMNS) if column.key not in keys]
    csv.writer(out).writerows([line[place] for place in places] for line in (list(HEADINGS), row(**cells)))
    return out.getvalue()


async def brought(content: str, *, draft: SheetDraft | None = None, **changes: Any) -> tuple[Office, str]:
    """What there is, and what became of the one service of the file. `changes`: of the sheet that is in force."""
    sheet = Sheet.model_validate(TAX.sheet.to_wire() | changes | {"version": 3})
    office, _ = await imported(content=content, changed=[sheet], draft=draft, by=CLERK)
    (fate,) = (fate for fate, count in office.state(CATALOGUE_IMPORT, "import-1").fates.items() if count)
    return office, fate
