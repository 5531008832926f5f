"""The rows of a CSV file, also behind one that cannot be read (domain 10)."""

import csv
import io
import time
from collections.abc import Sequence
from typing import Literal

import pytest

from services.registry.catalogue.table.reading import read_csv
from services.registry.catalogue.table.rows import HEADINGS
from tests.unit.registry.rows import PLACE, row, said


def lines_of(*rows: Sequence[str], quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> list[str]:
    """The rows as they stand in a file, each with the lines of its cells."""
    found = []
    for cells in rows:
        out = io.StringIO(newline="")
        csv.writer(out, quoting=quoting).writerow(cells)
        found.append(out.getvalue())
    return found


UNDOUBLED, UNCLOSED, OPENED = "undoubled", "unclosed", "opened in its last cell"


def spoilt(line: str, how: str) -> str:
    """A good row with one quotation mark too many, or too few."""
    assert line.startswith('"')
    if how == UNDOUBLED:
        cells = line.split('","')
        return '","'.join([*cells[:2], 'او گفت "بله" و رفت', *cells[3:]])
    if how == UNCLOSED:
        place = line.index('",')
        return line[:place] + line[place + 1 :]
    return line.rstrip("\r\n")[:-1] + "\r\n"


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
@pytest.mark.parametrize("how", [UNDOUBLED, UNCLOSED, OPENED])
@pytest.mark.parametrize("places", [(1,), (0,), (4,), (1, 2), (0, 3), (0, 1, 2, 3, 4)])
def test_a_row_with_a_bad_quotation_mark_is_told_and_every_other_is_read(
    places: tuple[int, ...], how: str, quoting: Literal[0, 1]
) -> None:
    """Domain 10: a bad row never stops the good ones. Cells have lines of their own, which are no rows."""
    rows = [row(number) for number in range(5)]
    assert any("\n" in cell for cells in rows for cell in cells)
    lines = lines_of(*rows, quoting=quoting)
    bad = lines_of(*rows, quoting=csv.QUOTE_ALL)
    for place in places:
        lines[place] = spoilt(bad[place], how)
    found = list(read_csv(io.BytesIO("".join([*lines_of(HEADINGS), *lines]).encode())))
    assert [one.row for one in found] == [2, 3, 4, 5, 6]
    assert [place for place, one in enumerate(found) if one.errors] == list(places)
    for place, one in enumerate(found):
        if place in places:
            assert (len(one.errors), one.errors[0].en.partition(":")[0]) == (1, "cannot be read")
        else:
            assert one.id == rows[place][PLACE["id"]]


def test_a_row_that_runs_on_into_others_and_closes_there_is_told_and_they_are_read() -> None:
    first, second, third = lines_of(row(0), row(1), row(2, name='x",' + row(2)[PLACE["name"]]))
    open_ = first.rstrip("\r\n") + ',"\r\n'
    closing = '"\r\n'
    found = list(read_csv(io.BytesIO("".join([*lines_of(HEADINGS), open_, second, closing, third]).encode())))
    assert [(one.row, bool(one.errors)) for one in found[:2]] == [(2, True), (3, False)]
    assert found[1].id == row(1)[PLACE["id"]]


def test_a_quotation_mark_that_is_never_closed_is_told_with_its_row() -> None:
    good, bad = read_csv(io.BytesIO("".join([*lines_of(HEADINGS, row(0)), '"no end']).encode()))
    assert not good.errors
    assert bad.row == 3
    assert bad.errors[0].en.startswith("cannot be read: a quotation mark is not closed")


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
def test_a_cell_that_is_too_long_spoils_its_row_alone(quoting: Literal[0, 1]) -> None:
    long = row(1, description="ب" * 100_001)
    content = "".join(lines_of(HEADINGS, row(0), long, row(2), quoting=quoting))
    first, second, third = read_csv(io.BytesIO(content.encode()))
    assert (said(first), said(third)) == ([], [])
    assert said(second) == [("description", "is longer than 100000 characters")]
    assert (second.row, second.id, third.row) == (3, row(1)[PLACE["id"]], 4)


def test_a_row_with_bad_cells_behind_one_that_cannot_be_read_is_told_too() -> None:
    bad = spoilt(lines_of(row(0), quoting=csv.QUOTE_ALL)[0], UNCLOSED)
    content = "".join([*lines_of(HEADINGS), bad, *lines_of(row(1, id="شناسه"), row(2)[:5], row(3))])
    found = list(read_csv(io.BytesIO(content.encode())))
    assert [(one.row, bool(one.errors)) for one in found] == [(2, True), (3, True), (4, True), (5, False)]


def test_many_bad_rows_are_told_in_reasonable_time() -> None:
    bad = spoilt(lines_of(row(0), quoting=csv.QUOTE_ALL)[0], UNCLOSED)
    began = time.process_time()
    found = list(read_csv(io.BytesIO("".join([*lines_of(HEADINGS), *[bad] * 2_000]).encode())))
    assert [one.row for one in found] == list(range(2, 2_002))
    assert time.process_time() - began < 10
