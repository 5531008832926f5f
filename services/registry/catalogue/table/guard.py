"""CSV cells that a spreadsheet would take for formulas.

A cell that begins with `=`, `+`, `-`, `@` or an apostrophe is written with an apostrophe before it, and one apostrophe
is taken off again on the way in. XLSX needs none of this: there a cell says itself that it is text.
"""

_ACTIVE = ("=", "+", "-", "@", "'")


def guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_ACTIVE) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
