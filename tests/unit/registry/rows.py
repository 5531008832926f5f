"""A row of a table of sheets, and what is said of it."""

from services.registry.catalogue.found import Found
from services.registry.catalogue.table.columns import COLUMNS, column_of
from services.registry.catalogue.table.rows import row_of
from tests.support.catalogues import sample_catalogue

PLACE = {column.key: place for place, column in enumerate(COLUMNS)}


def row(number: int = 0, **cells: str) -> list[str]:
    """A good row, but for these cells; `processingTime__legal` stands for the column of `processingTime.legal`."""
    found = row_of(sample_catalogue().services[number])
    for key, text in cells.items():
        found[PLACE[key.replace("__", ".")]] = text
    return found


def said(found: Found) -> list[tuple[str, str]]:
    assert all(remark.fa and remark.en for remark in found.errors)
    assert all(column_of(remark.field) for remark in found.errors if remark.field)
    return [(remark.field, remark.en) for remark in found.errors]
