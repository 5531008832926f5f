"""What is wrong with a workbook is told; what could do harm is refused unread (domain 10)."""

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest

from services.contracts.envelope import Malformed
from services.registry.catalogue.found import Found
from services.registry.catalogue.table import reading
from services.registry.catalogue.table.reading import read_xlsx
from services.registry.catalogue.table.rows import HEADINGS
from tests.unit.registry.rows import PLACE, row, said


def workbook(*rows: list[Any], far: int | None = None) -> io.BytesIO:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for cells in (list(HEADINGS), *rows):
        book.worksheets[0].append(cells)
    if far:
        book.worksheets[0].cell(far, 1).value = "far"
    book.save(out)
    return out


def from_xlsx(*rows: list[Any]) -> list[Found]:
    return list(read_xlsx(workbook(*rows)))


def test_cells_that_a_spreadsheet_made_into_numbers_and_dates_are_read() -> None:
    cells: list[Any] = row()
    cells[PLACE["declaredVisits"]] = 2.0
    cells[PLACE["objection.days"]] = 20
    cells[PLACE["onSpot"]] = True
    cells[PLACE["attestationExpires"]] = datetime.combine(date(2027, 5, 3), time())
    found = from_xlsx(cells)[0]
    assert said(found) == []
    assert (found.fields["declaredVisits"], found.fields["objection"]["days"]) == (2, 20)
    assert found.fields["onSpot"] is True
    assert found.given["attestationExpires"] == "2027-05-03"


def test_a_formula_is_not_a_value() -> None:
    cells: list[Any] = row()
    cells[PLACE["declaredVisits"]] = "=1+1"
    assert said(from_xlsx(cells)[0]) == [("declaredVisits", "holds a formula; write its value")]


def shown(value: float, format: str, key: str = "contact.phone") -> Found:
    """A good row but for a number in a cell of that format."""
    book, out = openpyxl.load_workbook(workbook(row())), io.BytesIO()
    cell = book.worksheets[0].cell(2, PLACE[key] + 1)
    cell.value, cell.number_format = value, format
    book.save(out)
    (found,) = read_xlsx(out)
    return found


@pytest.mark.parametrize(
    "format",
    [
        "00000000000",
        "[$-3000429]00000000000",
        "00000000000;[Red]-00000000000",
        "0##########",
        "#00000000000",
        "_(0????000000",
    ],
)
def test_a_number_keeps_the_noughts_that_its_cell_shows_before_it(format: str) -> None:
    """Telephones and codes are written so in spreadsheets, which fill every place behind the first 0."""
    found = shown(4432221604, format)
    assert (said(found), found.fields["contact"]["phone"]) == ([], "04432221604")


@pytest.mark.parametrize(
    "format", ["000-00000000", '"0"0000000000', '"۰"0', "*0#", "0### ### ####", '"[0]"0', "00000000000.0"]
)
def test_a_number_that_is_shown_with_noughts_and_more_is_told(format: str) -> None:
    assert said(shown(4432221604, format)) == [
        ("contact.phone", "is a number that its cell shows with noughts before it; write it as text")
    ]


@pytest.mark.parametrize(
    "format",
    [
        "General",
        "0",
        "000",
        "#,##0",
        "0.00",
        "@",
        '"IRR"0',
        '"بار "0',
        "_0#,##0_0",
        '0" m2"',
        "0E+00",
        "# ?/?",
        "0 ?/?",
    ],
)
def test_a_number_is_the_same_in_any_format_of_numbers(format: str) -> None:
    found = shown(3, format, "declaredVisits")
    assert (said(found), found.fields["declaredVisits"]) == ([], 3)


@pytest.mark.parametrize("format", ["0,000", "0-000", '0" و "000', "00.00"])
def test_a_number_that_fills_its_places_is_shown_with_no_nought(format: str) -> None:
    found = shown(3000, format, "declaredVisits")
    assert (said(found), found.fields["declaredVisits"]) == ([], 3000)


def packed(**parts: bytes) -> io.BytesIO:
    """A good workbook in which some parts are others."""
    out = io.BytesIO()
    with zipfile.ZipFile(workbook(row())) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in source.namelist():
            bad.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], source.read(name)))
    return out


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><sst>&b;</sst>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE s SYSTEM "http://127.0.0.1:9/s.dtd"><sst/>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("hostile", [LAUGHS, OUTSIDE])
def test_a_workbook_that_declares_a_document_type_is_refused_unread(hostile: bytes, encoding: str) -> None:
    content = hostile.decode().replace("?>", f' encoding="{encoding}"?>', 1).encode(encoding)
    with pytest.raises(Malformed, match="HOSTILE_XML"):
        list(read_xlsx(packed(workbook=content)))


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    file = packed(styles=b"<x>" + b" " * 3_000_000)
    assert len(file.getvalue()) < 100_000
    monkeypatch.setattr(reading, "MAX_UNPACKED", 2_000_000)
    with pytest.raises(Malformed, match="TOO_BIG"):
        list(read_xlsx(file))


def test_a_part_that_is_larger_than_its_archive_says_is_not_unpacked_further(monkeypatch: pytest.MonkeyPatch) -> None:
    file = packed(styles=b"<x>" + b" " * 3_000_000)
    said = (3_000_003).to_bytes(4, "little")
    assert file.getvalue().count(said) == 2, "in the directory, and before the part"
    lying = io.BytesIO(file.getvalue().replace(said, (3).to_bytes(4, "little")))
    monkeypatch.setattr(reading, "MAX_UNPACKED", 2_000_000)
    with pytest.raises(Malformed, match="NOT_XLSX"):
        list(read_xlsx(lying))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"id,name\n", b"\xd0\xcf\x11\xe0 an old xls"])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed, match="NOT_XLSX"):
        list(read_xlsx(io.BytesIO(content)))


def test_a_row_far_down_is_read_and_the_empty_ones_before_it_are_not() -> None:
    near, far = read_xlsx(workbook(row(), far=30_000))
    assert (near.row, far.row, far.id) == (2, 30_000, "far")


def test_a_row_past_the_end_of_any_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may name row 4,000,000,000: the empty ones before it would be made one by one."""
    monkeypatch.setattr(reading, "LAST_ROW", 10)
    with pytest.raises(Malformed, match="TOO_MANY_ROWS"):
        list(read_xlsx(workbook(row(), far=11)))
    assert len(list(read_xlsx(workbook(row(), far=10)))) == 2
