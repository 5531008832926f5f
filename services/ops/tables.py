"""The tools' tables: whole on a wide terminal and in a pipe; on a narrow one broken only where a reader expects it.

What does not fit goes on in the next line, after a dot, at a space, between date and time. When that is not enough,
columns give way, and a line says which. Nothing else is left out or cut off.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

BREAKS = re.compile(r"\s+|\.(?=[^\W\d])|:(?=\w)(?!\d\d\b)|(?<=\d-\d\d)T(?=\d)")
"""After any of these a new line may begin: spaces, the dots of names, the colon of a key, the T of an instant."""


@dataclass(frozen=True, slots=True)
class Column:
    """`whole`: never broken; `least`: never narrower. `gives_way`: its turn when room is short, 1 first; 0 = never.

    `instead`: shown only when a column has given way, in whose place it stands.
    """

    heading: str
    whole: bool = False
    least: int = 1
    right: bool = False
    gives_way: int = 0
    instead: bool = False


def table(
    out: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    left_out: str = "--json shows",
    **options: Any,
) -> RenderableType:
    """The rows (cells in rich's markup) as they fit on `out`; `options` are rich's for the table."""
    cells = [[Text.from_markup(cell) for cell in row] for row in rows]
    numbers = [number for number, column in enumerate(columns) if not column.instead]
    if not out.is_terminal:
        return _drawn(columns, cells, numbers, None, options)
    gone: list[str] = []
    narrowest = [_narrowest(column, [row[n] for row in cells]) for n, column in enumerate(columns)]
    turns = sorted((n for n in numbers if columns[n].gives_way), key=lambda n: columns[n].gives_way)
    while _width([narrowest[n] for n in numbers]) > out.width and turns:
        turn = turns.pop(0)
        gone.append(columns[turn].heading)
        numbers = [n for n, column in enumerate(columns) if column.heading not in gone]
    widest = [_widest(columns[n], [row[n] for row in cells]) for n in numbers]
    least = [narrowest[n] if columns[n].whole else columns[n].least for n in numbers]
    room = _shared_out([narrowest[n] for n in numbers], widest, least, out.width - _width([0] * len(numbers)))
    drawn = _drawn(columns, cells, numbers, room, options)
    if not gone:
        return drawn
    return Group(drawn, Text(f"Left out on this narrow terminal: {', '.join(gone)}; {left_out} all.", style="dim"))


def _drawn(
    columns: Sequence[Column],
    cells: Sequence[Sequence[Text]],
    numbers: Sequence[int],
    room: Sequence[int] | None,
    options: dict[str, Any],
) -> Table:
    found = Table(**options)
    for place, number in enumerate(numbers):
        column = columns[number]
        found.add_column(
            column.heading,
            overflow="fold",
            no_wrap=column.whole and room is None,
            justify="right" if column.right else "left",
            width=room[place] if room else None,
        )
    for row in cells:
        shown = [row[number] for number in numbers]
        found.add_row(*([_broken(cell, width) for cell, width in zip(shown, room, strict=True)] if room else shown))
    return found


def _shared_out(narrowest: Sequence[int], widest: Sequence[int], least: Sequence[int], available: int) -> list[int]:
    """Widths that fit: room to spare goes to the narrowest first; room that lacks is taken from the widest."""
    widths = list(narrowest)
    while sum(widths) < available and (growing := [n for n, width in enumerate(widths) if width < widest[n]]):
        widths[min(growing, key=lambda n: widths[n])] += 1
    while sum(widths) > available and (giving := [n for n, width in enumerate(widths) if width > least[n]]):
        widths[max(giving, key=lambda n: widths[n])] -= 1
    return widths


def _width(contents: Sequence[int]) -> int:
    """Of a table whose columns hold so much: with a border and two spaces for each."""
    return sum(contents) + 3 * len(contents) + 1


def _narrowest(column: Column, cells: Sequence[Text]) -> int:
    if column.whole:
        return _widest(column, cells)
    pieces = [piece for cell in (Text(column.heading), *cells) for piece in _pieces(cell)]
    return max(cell_len(piece.plain.rstrip()) for piece in pieces)


def _widest(column: Column, cells: Sequence[Text]) -> int:
    texts = (column.heading, *(cell.plain for cell in cells))
    return max(cell_len(line) for text in texts for line in text.split("\n"))


def _pieces(text: Text) -> list[Text]:
    return list(text.divide(found.end() for found in BREAKS.finditer(text.plain)))


def _broken(text: Text, width: int) -> Text:
    """The text in lines that fit, where its pieces do."""
    lines = [Text()]
    for piece in _pieces(text):
        if lines[-1] and cell_len(lines[-1].plain) + cell_len(piece.plain.rstrip()) > width:
            lines[-1].rstrip()
            lines.append(Text())
        lines[-1].append_text(piece)
        if piece.plain.endswith("\n"):
            lines[-1].rstrip()
            lines.append(Text())
    return Text("\n").join(lines)
