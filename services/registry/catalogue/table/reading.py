"""A file that somebody made in a spreadsheet, as services: within bounds, row by row, a bad one beside good ones."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any, Final

from services.contracts.envelope import Malformed
from services.contracts.persian import fold_digits
from services.registry.catalogue.formats import MAX_BYTES
from services.registry.catalogue.found import Found
from services.registry.catalogue.table.cells import BadCell, looks_empty, says_more_than
from services.registry.catalogue.table.guard import unguarded
from services.registry.catalogue.table.lines import rows_among
from services.registry.catalogue.table.rows import columns_of, ids_at, known_among, read_rows

MAX_ROWS: Final = 20_000
LAST_ROW: Final = 100_000
"""A file may name a row of any number, and the empty ones before it are made one by one."""
MAX_COLUMNS: Final = 100
"""Of a workbook: what stands past them is told, and not read."""
MAX_CELL: Final = 100_000
MAX_UNPACKED: Final = 256 * 1024**2
"""What an XLSX file may grow to. Ten thousand long sheets take a fifth of it."""
MAX_PARTS: Final = 500

_BESIDE = re.compile(r'\[[^]]*\]|_.|"[^"]*"?|[\\*].', re.DOTALL)
"""What a number format holds beside its places: a colour or a language, a width, a text, a sign."""
_BEHIND = re.compile(r"[.eE]| [0#?]+/")
"""Where the places of a whole number end: before a decimal point, an exponent or a fraction."""
_NOUGHT = "\0"

Row = tuple[int, list[str | BadCell] | BadCell]
"""Its number, and its cells; or why it has none."""


def read_csv(file: IO[bytes]) -> Iterator[Found]:
    """The services of a CSV file in UTF-8, separated by commas, semicolons or tabs.

    Raises Malformed: NOT_UTF8, BAD_HEADINGS, TOO_MANY_ROWS. A row that cannot be read is told, and the next one is
    looked for behind it (`lines.py`).
    """
    csv.field_size_limit(MAX_BYTES)  # a cell that is too long spoils itself, not its row
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("NOT_UTF8", "فایل را با کدگذاری UTF-8 ذخیره کنید — save the file as CSV UTF-8") from None
    if "\0" in text:
        raise Malformed("NOT_UTF8", "این فایل CSV نیست — this is no CSV file")
    separator = _separator(text)
    yield from _read(_csv_rows(text, separator))


def _separator(text: str) -> str:
    """The one by which the headings are known; spreadsheets here write semicolons when the comma is decimal."""

    def known(separator: str) -> int:
        head = io.StringIO(text[:MAX_CELL], newline="")  # else the lines of an old Macintosh are none
        return known_among(next(csv.reader(head, delimiter=separator), []))

    return max((",", ";", "\t"), key=known)


def _csv_rows(text: str, separator: str) -> Iterator[Row]:
    for number, cells in enumerate(rows_among(text, separator, ids_at), start=1):
        if isinstance(cells, BadCell):
            yield number, cells
        else:
            yield number, [_bounded(unguarded(cell)) for cell in cells]


def read_xlsx(file: IO[bytes]) -> Iterator[Found]:
    """The services of the first worksheet of a workbook.

    Raises Malformed: NOT_XLSX, TOO_BIG (a small file that unpacks to a large one), HOSTILE_XML, BAD_HEADINGS,
    TOO_MANY_ROWS.
    """
    _look_into(file)
    yield from _read(_xlsx_rows(file))


def _look_into(file: IO[bytes]) -> None:
    """Looks at every part before anything reads it. Of none is more unpacked than the directory of the archive says."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Malformed("TOO_BIG", f"it unpacks to more than {MAX_UNPACKED} bytes or {MAX_PARTS} parts")
            for part in parts:
                if _declares_a_type(archive, part):
                    raise Malformed("HOSTILE_XML", "a part of the workbook declares a document type")
    except Malformed:
        raise
    except _NO_ARCHIVE as error:
        raise Malformed("NOT_XLSX", f"not a workbook ({type(error).__name__})") from None


_NO_ARCHIVE = (
    *(zipfile.BadZipFile, ValueError, OSError),  # no archive, or one whose directory leads nowhere
    *(zlib.error, EOFError),  # a part is torn
    RuntimeError,  # a part is locked by a password, or packed in a way that zipfile does not know
)
"""What `zipfile` raises on a file that somebody else has made."""


def _declares_a_type(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Entities are declared there, and no workbook has one. UTF-16 has NULs between its letters."""
    tail = b""
    with archive.open(part) as content:
        while piece := content.read(1 << 20):
            seen = tail + piece.replace(b"\0", b"")
            if b"<!DOCTYPE" in seen:
                return True
            tail = seen[-16:]
    return False


def _xlsx_rows(file: IO[bytes]) -> Iterator[Row]:
    import openpyxl  # only an import needs it

    try:
        table = openpyxl.load_workbook(file, read_only=True, keep_links=False).worksheets[0]
        table.reset_dimensions()  # what a file says about its own size is not believed
        for number, row in enumerate(table.iter_rows(), start=1):
            if number > LAST_ROW:
                raise Malformed("TOO_MANY_ROWS", f"a row past row {LAST_ROW}")
            past = _first_said(row[MAX_COLUMNS:])
            if number == 1 and past:
                why = f"سرستونی پس از ستون {MAX_COLUMNS} هست — a heading stands past column {MAX_COLUMNS}"
                raise Malformed("BAD_HEADINGS", why)
            yield number, [*map(_cell, row[:MAX_COLUMNS]), *past]
    except Malformed:
        raise
    except Exception as error:  # openpyxl raises many kinds on what it cannot read, also KeyError and AttributeError
        raise Malformed("NOT_XLSX", f"the workbook cannot be read ({type(error).__name__})") from None


def _first_said(cells: Sequence[Any]) -> list[str | BadCell]:
    """The first of them that holds something; nobody writes so far out but by mistake, and many may be empty."""
    from openpyxl.cell.read_only import EMPTY_CELL  # only an import needs it

    said = (_cell(cell) for cell in cells if cell is not EMPTY_CELL)
    return [*islice((cell for cell in said if isinstance(cell, BadCell) or not looks_empty(cell)), 1)]


def _cell(cell: Any) -> str | BadCell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return BadCell("فرمول است؛ مقدار آن را بنویسید", "holds a formula; write its value")
    if cell.data_type == "e":
        return BadCell("خطای صفحه‌گسترده است", "holds an error of the spreadsheet")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return _shown(value, _format(cell))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return _bounded(str(value))


def _format(cell: Any) -> str:
    """How a cell shows a positive number: its places, and for each text a space, or _NOUGHT where it holds a 0."""
    try:
        return _BESIDE.sub(_beside, fold_digits(cell.number_format)).partition(";")[0]
    except IndexError:  # it names a style that the workbook does not have
        return ""


def _beside(found: re.Match[str]) -> str:
    if found[0][0] in "[_":
        return ""
    return _NOUGHT if "0" in found[0] else " "


def _shown(number: int, format: str) -> str | BadCell:
    """A number with the noughts that its cell shows before it: telephones, codes. A place behind a 0 is one, too."""
    digits, whole = str(abs(number)), _BEHIND.split(format)[0]
    places = len(re.sub("[^0#?]", "", whole).lstrip("#?"))
    if _NOUGHT in whole or (len(digits) < places and not re.fullmatch("[0#?]+", format)):
        return BadCell(
            "عددی است که خانه آن را با صفر نشان می‌دهد؛ آن را به صورت متن بنویسید",
            "is a number that its cell shows with noughts before it; write it as text",
        )
    return _bounded("-" * (number < 0) + digits.zfill(places))


def _bounded(text: str) -> str | BadCell:
    if says_more_than(text, MAX_CELL):
        return BadCell("بسیار بلند است", f"is longer than {MAX_CELL} characters")
    return text


def _read(rows: Iterator[Row]) -> Iterator[Found]:
    first = next(rows, None)
    if first is None or isinstance(first[1], BadCell) or any(isinstance(cell, BadCell) for cell in first[1]):
        raise Malformed("BAD_HEADINGS", "ردیف نخست سرستون‌ها نیست — the first row holds no headings")
    columns = columns_of([cell for cell in first[1] if isinstance(cell, str)])
    for done, found in enumerate(read_rows(columns, rows), start=1):
        if done > MAX_ROWS:
            raise Malformed("TOO_MANY_ROWS", f"بیش از {MAX_ROWS} ردیف — more than {MAX_ROWS} rows")
        yield found
