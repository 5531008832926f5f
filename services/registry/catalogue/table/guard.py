"""CSV cells that a spreadsheet would take for formulas.

A text that begins with `=`, `+`, `-`, `@`, an apostrophe, or white space behind which a spreadsheet may look for one of
these, is written with an apostrophe before it, and one apostrophe is taken off again on the way in. Numbers are not
guarded. XLSX needs none of this: there a cell says itself that it is text.

A program that separates by semicolons or tabs knows no quotation mark but one that follows these, so that a piece of
our cell is a cell there, and a line of it a row. What such a piece would begin as a formula is written by its number,
as any character of a text may be (`cells.py`).
"""

import re

_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "'")

_BEHIND_SPACE = re.compile(r"""(?<![\s";])([\s";]++)([=+\-@])""")


def guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_ACTIVE) else text


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


def guarded_within(cell: str) -> str:
    """A cell of which no piece is a formula where semicolons or tabs separate; it reads as before."""
    return _BEHIND_SPACE.sub(_inactive, cell)


def _inactive(found: re.Match[str]) -> str:
    before, active = found.groups()
    return f"{before}\\u{ord(active):04x}" if set(";\t\n") & set(before) else found[0]
