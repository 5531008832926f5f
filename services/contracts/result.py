"""A decision becomes a result: what it rests on and what it produces stand in the case's sheet (I5, I12)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from services.contracts.decision import Refused
from services.contracts.identifiers import bears_number
from services.contracts.legal_ground import laws_behind
from services.contracts.routing import CaseResult, Produced, ResultKind
from services.contracts.service_sheet import Sheet


class Said(Protocol):
    """What an officer says with a decision."""

    @property
    def ground(self) -> str | None: ...

    @property
    def laws(self) -> tuple[int, ...]: ...

    @property
    def output(self) -> Produced | None: ...


def result_of(
    kind: ResultKind, said: Said, sheet: Sheet | None, *, by: str, at: datetime, second: str | None = None
) -> CaseResult:
    """The result. `sheet`: in the version of the case; None = not known any more, and any output will do. `second`: who
    has agreed.

    Raises Refused with all that is wrong in `errors` (422): GROUND_NEEDED, UNKNOWN_LAW, UNKNOWN_OUTPUT, NAMES_SOMEBODY.
    """
    wrong = tuple(_wrong(kind, said, sheet))
    if wrong:
        errors = [{"field": field, "code": code, "detail": detail} for field, code, detail in wrong]
        raise Refused(wrong[0][1], "; ".join(detail for *_, detail in wrong), status=422, errors=errors)
    return CaseResult(
        kind=kind,
        ground=(said.ground or "").strip() or None,
        laws=laws_behind(kind, said.laws, sheet),
        output=said.output.to_wire() if said.output else None,
        decided_by=by,
        second_officer=second,
        decided_at=at,
    )


def _wrong(kind: ResultKind, said: Said, sheet: Sheet | None) -> Iterator[tuple[str, str, str]]:
    """Field, code and sentence of each fault."""
    if kind is ResultKind.REFUSED and not (said.ground or "").strip():
        yield "ground", "GROUND_NEEDED", "a refusal names its legal ground"
    known = len(sheet.legal_resources) if sheet else 0
    if any(law >= known for law in said.laws):
        yield "laws", "UNKNOWN_LAW", f"the sheet names {known} laws, counted from 0"
    if said.output is not None and sheet is not None and said.output.type != sheet.output.type:
        # the type travels in events, and would carry whatever an officer wrote
        yield "output.type", "UNKNOWN_OUTPUT", f"the service produces {sheet.output.type}"
    if said.output is not None and said.output.reference is not None and bears_number(said.output.reference):
        yield "output.reference", "NAMES_SOMEBODY", "a reference bears no national id and no mobile number"
