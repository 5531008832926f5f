"""What a service sheet asks of the citizen, and what an agency holds already (domain 10, I10)."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from services.contracts.service_sheet import Requirement, Sheet


class Demanded(NamedTuple):
    """Evidence that the citizen must bring."""

    type: str
    original: bool
    name: str


class Brought(Protocol):
    """A piece of evidence, whoever took it."""

    @property
    def type(self) -> str: ...

    @property
    def original_seen(self) -> bool: ...


def demanded(sheet: Sheet) -> tuple[Demanded, ...]:
    """What must be brought: never what an agency holds (I10), nor what is needed only under a condition."""
    return tuple(
        Demanded(requirement.evidence_type, requirement.original_needed, requirement.name)
        for requirement in sheet.requirements
        if is_demanded(requirement)
    )


def is_demanded(requirement: Requirement) -> bool:
    return requirement.mandatory and requirement.held_by is None and requirement.condition is None


def as_demanded(sheet: Sheet, evidence_types: Iterable[str]) -> tuple[Demanded, ...]:
    """These types of the sheet, as somebody has asked for them."""
    asked = frozenset(evidence_types)
    return tuple(
        Demanded(requirement.evidence_type, requirement.original_needed, requirement.name)
        for requirement in sheet.requirements
        if requirement.evidence_type in asked
    )


def held_by(sheet: Sheet, evidence_type: str) -> str | None:
    """The agency that holds this evidence, so that nobody may ask the citizen for it (I10); None = no agency does."""
    return next((r.held_by for r in sheet.requirements if r.evidence_type == evidence_type and r.held_by), None)


def missing(wanted: Iterable[Demanded], brought: Iterable[Brought]) -> tuple[str, ...]:
    """Names of the documents that were not brought, or brought as a copy where the original is needed."""
    return tuple(each.name for each in lacking(wanted, brought))


def lacking(wanted: Iterable[Demanded], brought: Iterable[Brought]) -> tuple[Demanded, ...]:
    """The documents themselves."""
    pieces = tuple(brought)
    there = {piece.type for piece in pieces}
    seen = {piece.type for piece in pieces if piece.original_seen}
    return tuple(each for each in wanted if each.type not in (seen if each.original else there))
