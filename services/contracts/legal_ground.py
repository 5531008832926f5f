"""What a result rests on in law: places in `legalResources` of the case's version of the sheet, a closed list (I5).

Only these travel in events. What an officer writes of the ground may name people: it stays where it was written (I12).
"""

from services.contracts.routing import ResultKind
from services.contracts.service_sheet import Sheet

REFUSALS = (ResultKind.REFUSED, ResultKind.PARTIAL)
"""Whoever gets one has not got all that they asked for."""


def laws_behind(kind: ResultKind, named: tuple[int, ...], sheet: Sheet | None) -> tuple[int, ...]:
    """Those that the officer has named; a refusal that names none rests on all of the sheet, in its version."""
    known = range(len(sheet.legal_resources)) if sheet else range(0)
    return tuple(sorted(set(named))) or (tuple(known) if kind in REFUSALS else ())


def read_out(laws: tuple[int, ...], sheet: Sheet | None) -> list[str]:
    """As people name them; of a sheet that is not known any more, nothing."""
    known = sheet.legal_resources if sheet else ()
    return [f"{law.title}، {law.article}" for place, law in enumerate(known) if place in laws]
