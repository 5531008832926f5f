"""The table of services as CSV or as an XLSX workbook."""

import csv
import io
from collections.abc import Iterable
from typing import IO

from services.registry.catalogue.listed import Service
from services.registry.catalogue.table.cells import Word, YesNo
from services.registry.catalogue.table.columns import COLUMNS, Column
from services.registry.catalogue.table.guard import guarded, guarded_within
from services.registry.catalogue.table.rows import HEADINGS, row_of

CELL = 32_767
"""What a cell of a workbook can hold."""
BLANK_ROWS = 2_000
"""So far down the choices of a column are offered, for those who write new rows."""


class CellTooLong(ValueError):
    """A value does not fit into a cell of a workbook; CSV and JSON-LD have room."""

    def __init__(self, service_id: str, column: Column) -> None:
        super().__init__(f"service {service_id}: {column.key} is longer than {CELL} characters")


class CsvRows:
    """The table as CSV, piece by piece.

    UTF-8 with a mark at the beginning, without which spreadsheets show Persian as rubbish.
    """

    def __init__(self) -> None:
        self._text = io.StringIO()
        self._rows = csv.writer(self._text, lineterminator="\r\n")
        self._text.write("\ufeff")
        self._rows.writerow(HEADINGS)

    def add(self, services: Iterable[Service]) -> bytes:
        for service in services:
            self._rows.writerow([guarded(guarded_within(cell)) for cell in row_of(service)])
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text.encode()


class Workbook:
    """The table as XLSX, with a second sheet that explains its columns. To be closed.

    Every cell is written as text: what begins with `=` is never a formula.
    """

    def __init__(self, out: IO[bytes]) -> None:
        import xlsxwriter  # only an export needs it

        # rows go to a file of their own as they come, so that a large table is not held
        self._book = xlsxwriter.Workbook(out, {"constant_memory": True})
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top", "num_format": "@"})
        self._plain = self._book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        self._table = self._book.add_worksheet("خدمات")
        self._table.right_to_left()
        self._table.freeze_panes(1, 3)
        self._table.set_column(0, len(COLUMNS) - 1, 24, self._plain)
        for place, column in enumerate(COLUMNS):
            self._table.write_string(0, place, column.heading, self._bold)
            if choices := _choices(column):
                self._table.data_validation(1, place, BLANK_ROWS, place, {"validate": "list", "source": choices})
        self._rows = 0

    def add(self, services: Iterable[Service]) -> None:
        """Raises CellTooLong."""
        for service in services:
            self._rows += 1
            for place, (column, cell) in enumerate(zip(COLUMNS, row_of(service), strict=True)):
                if len(cell.encode("utf-16-le")) // 2 > CELL:
                    raise CellTooLong(service.sheet.id, column)
                if cell:
                    self._table.write_string(self._rows, place, cell, self._plain)

    def close(self) -> None:
        guide = self._book.add_worksheet("راهنما")
        guide.right_to_left()
        guide.set_column(0, 3, 60, self._plain)
        headings = ("ستون", "لازم؟", "چه نوشته شود", "what to write")
        for row, cells in enumerate((headings, *map(_explained, COLUMNS))):
            for place, cell in enumerate(cells):
                guide.write_string(row, place, cell, self._plain if row else self._bold)
        self._book.close()


def _choices(column: Column) -> list[str]:
    if isinstance(column.form, YesNo):
        return ["بله", "خیر"]
    return list(column.form.words) if isinstance(column.form, Word) else []


def _explained(column: Column) -> tuple[str, str, str, str]:
    need = "خوانده نمی‌شود" if column.kept else "اختیاری" if column.optional else "لازم"
    return column.heading, need, column.form.fa, column.form.en
