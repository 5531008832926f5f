"""The rows of a CSV file, also behind one that cannot be read: a bad row never stops the good ones (domain 10).

A cell may hold lines of its own, so where a row ends is known only when it has been read. Behind a row in which a
quotation mark is not closed, or not doubled, the next one begins at the first line from which a whole row can be read,
or which at least begins with the ids that every row has.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence

from services.registry.catalogue.table.cells import BadCell

_ID = re.compile(r'[\s"]*[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}[\s"]*', re.ASCII)


def rows_among(
    text: str, separator: str, ids_at: Callable[[Sequence[str]], list[int]]
) -> Iterator[list[str] | BadCell]:
    """The cells of each row, or why it has none. `ids_at`: the places of ids, from the headings in the first row."""
    return _Rows(text, separator, ids_at).read()


class _Rows:
    def __init__(self, text: str, separator: str, ids_at: Callable[[Sequence[str]], list[int]]) -> None:
        self._lines = list(io.StringIO(text, newline=""))
        self._separator = separator
        self._ids_at = ids_at
        self._width = 0
        self._ids: list[int] = []

    def read(self) -> Iterator[list[str] | BadCell]:
        at = 0
        while at < len(self._lines):
            begun = at
            cells, at = self._row(at)
            if not begun and not isinstance(cells, BadCell):
                self._width, self._ids = len(cells), self._ids_at(cells)
            elif isinstance(cells, BadCell) or self._has_swallowed(cells, begun, at):
                cells, at = _unreadable(cells), self._next(begun + 1)
            yield cells

    def _row(self, at: int) -> tuple[list[str] | BadCell, int]:
        """The row that begins with a line, and the line behind it."""
        reader = csv.reader(self._from(at), delimiter=self._separator, strict=True)
        try:
            return next(reader), at + reader.line_num
        except csv.Error as error:
            return _unreadable(error), at

    def _from(self, at: int) -> Iterator[str]:
        return (self._lines[number] for number in range(at, len(self._lines)))

    def _has_swallowed(self, cells: list[str], begun: int, end: int) -> bool:
        """A mark that was not closed may find another one many rows later."""
        return len(cells) != self._width and any(self._begins(number) for number in range(begun + 1, end))

    def _next(self, at: int) -> int:
        """The line with which the next row begins."""
        while at < len(self._lines) and not self._begins(at):
            cells, _ = self._row(at)
            if not isinstance(cells, BadCell) and len(cells) == self._width:
                break
            at += 1
        return at

    def _begins(self, at: int) -> bool:
        """Whether ids stand in a line where every row has them, read as cells or, where its marks are bad, as it is."""
        line = self._lines[at]
        ways = (next(csv.reader([line], delimiter=self._separator), []), line.split(self._separator))
        return bool(self._ids) and any(
            all(len(cells) > place and _ID.fullmatch(cells[place]) for place in self._ids) for cells in ways
        )


def _unreadable(why: object) -> BadCell:
    if isinstance(why, BadCell):
        return why
    said = str(why) if isinstance(why, csv.Error) else "it runs on into rows behind it"
    fa = "این ردیف خوانا نیست؛ گیومه‌ای در آن بسته یا دوتایی نشده است"
    return BadCell(fa, f"cannot be read: a quotation mark is not closed, or not doubled ({said})")
