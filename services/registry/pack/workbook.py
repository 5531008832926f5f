"""A pack as an XLSX workbook: the same rows as the CSV, the same bytes whenever it is made."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.worktime.jalali import TEHRAN

WIDTHS = (26, 26, 18, 42, 26, 22, 8, 14, 36)


def workbook(rows: Iterable[Sequence[str | int | float]], headings: Sequence[str], at: datetime) -> bytes:
    """Numbers are numbers, all else is text: what begins with `=` is never a formula."""
    import xlsxwriter  # only printing needs it

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    # else it would bear the hour of its making, and be another file each time
    book.set_properties({"created": at.astimezone(TEHRAN).replace(tzinfo=None)})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    number = book.add_format({"valign": "top"})
    sheet = book.add_worksheet("بسته")
    sheet.right_to_left()
    sheet.freeze_panes(1, 0)
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    for place, heading in enumerate(headings):
        sheet.write_string(0, place, heading, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                if cell:
                    sheet.write_string(last, place, cell, plain)
            else:
                sheet.write_number(last, place, cell, number)
    sheet.autofilter(0, 0, last, len(headings) - 1)
    book.close()
    return out.getvalue()
