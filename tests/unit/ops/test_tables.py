"""The tools' tables on any terminal: nothing is cut off, broken within a word or left out without being named."""

from collections.abc import Sequence
from io import StringIO

import pytest
from rich.console import Console

from services.ops.tables import Column, table

COLUMNS = (
    Column("id", whole=True),
    Column("at (UTC)", gives_way=1),
    Column("at (Tehran)", instead=True),
    Column("moves"),
    Column("key"),
    Column("tries", right=True, gives_way=2),
)
ROW = (
    "3f2a9c71-12b4",
    "2026-11-28T06:01:26Z",
    "1405/09/07 09:31",
    "submission.accepted\ncommitment.added",
    "wa-urmia-031:031-r1-0010",
    "[red]1[/]",
)


def shown(
    width: int, columns: Sequence[Column] = COLUMNS, row: Sequence[str] = ROW, *, terminal: bool = True
) -> list[str]:
    out = Console(width=width, file=StringIO(), force_terminal=terminal, record=True, color_system=None)
    out.print(table(out, columns, [row]))
    lines = out.export_text().splitlines()
    assert all(len(line) <= width for line in lines)
    return lines


def test_in_a_narrow_pipe_no_column_gives_way() -> None:
    """A program reads it: it must find what it found before."""
    assert "tries" in words(shown(60, terminal=False))
    assert "Left" not in words(shown(60, terminal=False))


def words(lines: Sequence[str]) -> set[str]:
    return {word for line in lines for word in line.replace("│", " ").split()}


def test_on_a_wide_terminal_and_in_a_pipe_the_table_is_whole() -> None:
    for lines in (shown(150), shown(150, terminal=False)):
        assert {"submission.accepted", "2026-11-28T06:01:26Z", "wa-urmia-031:031-r1-0010"} <= words(lines)
        assert not {"09:31", "Left"} & words(lines)


def test_words_are_broken_after_dots_and_between_date_and_time() -> None:
    lines = shown(78)
    assert {
        "3f2a9c71-12b4",
        "2026-11-28T",
        "06:01:26Z",
        "submission.",
        "accepted",
        "wa-urmia-031:",
        "031-r1-0010",
    } <= words(lines)
    assert "Left" not in words(lines)


def test_on_a_narrow_terminal_columns_give_way_in_their_turn_and_are_named() -> None:
    lines = shown(68)
    assert {"1405/09/07", "09:31", "submission."} <= words(lines)
    assert "2026-11-28T" not in words(lines)
    assert " ".join(lines).endswith("Left out on this narrow terminal: at (UTC); --json shows all.")
    assert "tries" in words(lines)
    narrower = " ".join(" ".join(shown(66)).split())
    assert "Left out on this narrow terminal: at (UTC), tries; --json shows all." in narrower


@pytest.mark.parametrize("width", [30, 50])
def test_nothing_is_cut_off_where_there_is_no_room_at_all(width: int) -> None:
    """Then words go on in the next line wherever they must."""
    columns = [Column("id", whole=True), Column("topic"), Column("group")]
    row = ("3f2a9c71", "sd.kiosk.outcome.pishkhan-a.v1", "mizban.routing")
    lines = shown(width, columns, row)
    cells = [line.split("│")[1:-1] for line in lines if line.startswith("│")]
    assert ["".join(line[n].strip() for line in cells) for n in range(3)] == list(row)


def test_marks_keep_their_colour_and_lines_their_order() -> None:
    out = Console(width=40, file=StringIO(), force_terminal=True, record=True)
    out.print(table(out, [Column("state")], [["[green]sent again[/] 2026-11-28T06:01:26Z"]]))
    assert "\x1b[32msent" in out.export_text(styles=True)
