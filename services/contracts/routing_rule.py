"""How the work of a service is routed: to which units, in which steps, by when, and who has to agree (domain 7).

What a case keeps of it is its version (domain 10): a rule that changes is for the cases that are registered afterwards.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from services.contracts import topics
from services.contracts.entry import Entry, Status
from services.contracts.kiosk import Scheme
from services.contracts.service_sheet import WorkingTime
from services.contracts.topics import Topic
from services.contracts.wire import Amount, Id, Wire

Area = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
"""As a filing says it, in the unit of its service: square metres of a building."""

Rung = Annotated[int, Field(ge=1, le=1000)]
"""Percent of the Clock's budget."""


class ApplicantKind(StrEnum):
    NATURAL = "NATURAL"
    LEGAL = "LEGAL"
    FOREIGN = "FOREIGN"


APPLICANT_KINDS: Mapping[Scheme, ApplicantKind] = {
    Scheme.NID: ApplicantKind.NATURAL,
    Scheme.LEGAL_ID: ApplicantKind.LEGAL,
    Scheme.FOREIGN_ID: ApplicantKind.FOREIGN,
    Scheme.PASSPORT: ApplicantKind.FOREIGN,
}
"""What an applicant is, by the kind of their identifier."""


class RuleStep(Wire):
    """What one unit does. Steps that wait for none open at once, side by side."""

    id: Id
    unit_id: Id
    after: tuple[Id, ...] = Field(default=(), max_length=20)
    """The steps that are answered before this one opens."""
    mandatory: bool = True
    """Whether the result waits for it."""
    budget: WorkingTime | None = None
    """The unit's share of the time; None = that of the case."""
    start_within: WorkingTime | None = None
    """Who has not started by then loses the task to somebody else; None = no limit but the budget."""


class RuleRow(Wire):
    """A condition, all of which has to be so, and what follows. Bounds are half-open, [min, max)."""

    counties: tuple[str, ...] = Field(default=(), max_length=100)
    """Of the desk whose case it is; empty = any."""
    min_area: Area | None = None
    max_area: Area | None = None
    min_amount: Amount | None = None
    """In IRR, as all amounts."""
    max_amount: Amount | None = None
    applicants: tuple[ApplicantKind, ...] = ()
    """Empty = any."""
    steps: tuple[RuleStep, ...] = Field(min_length=1, max_length=20)
    four_eyes_from: Amount | None = None
    """A decision about this amount or more needs a second officer; 0 = each does, None = none does."""
    no_competence_to: Id | None = None
    """The unit that gets the work when another says that it is not competent; None = the desk does."""


class RoutingRule(Entry):
    """The rule of a service: the first row that fits says who does the work. Where none does it is the sheet's unit.

    A service has at most one in force.
    """

    TOPIC: ClassVar[Topic] = topics.REGISTRY_RULE
    KIND: ClassVar[str] = "rule"
    service_id: Id
    rows: tuple[RuleRow, ...] = Field(min_length=1, max_length=50)
    rungs: tuple[Rung, ...] = Field(default=(50, 80, 100, 120), min_length=1, max_length=10)
    """When somebody is told that a case is late; the last is work for the head of the agency (domain 6)."""

    @property
    def holds_service(self) -> bool:
        """Whether it is the rule of its service, today or on a day ahead."""
        return self.status is Status.ACTIVE or any(plan.status is Status.ACTIVE for plan in self.planned)


def row_for(
    rule: RoutingRule,
    *,
    county: str | None,
    area: float | None,
    amount: int | None,
    applicant: ApplicantKind | None,
) -> RuleRow | None:
    """The first row that fits what is known of a case; None = the unit of the sheet does the work."""
    return next(
        (row for row in rule.rows if matches(row, county=county, area=area, amount=amount, applicant=applicant)), None
    )


def matches(
    row: RuleRow,
    *,
    county: str | None,
    area: float | None,
    amount: int | None,
    applicant: ApplicantKind | None,
) -> bool:
    """Whether all of its condition is so. What nobody has said lies within no bound, and in no list."""
    return (
        _among(row.counties, county)
        and _within(area, row.min_area, row.max_area)
        and _within(amount, row.min_amount, row.max_amount)
        and _among(row.applicants, applicant)
    )


def takes_all_of(earlier: RuleRow, later: RuleRow) -> bool:
    """Whether whatever fits the later row fits the earlier one, so that the later is never reached."""
    return (
        _includes(earlier.counties, later.counties)
        and _spans((earlier.min_area, earlier.max_area), (later.min_area, later.max_area))
        and _spans((earlier.min_amount, earlier.max_amount), (later.min_amount, later.max_amount))
        and _includes(earlier.applicants, later.applicants)
    )


Bound = float | int | None


def _among(those: tuple[str, ...], value: str | None) -> bool:
    return not those or value in those


def _within(value: Bound, first: Bound, end: Bound) -> bool:
    if value is None:
        return first is None and end is None
    return (first is None or first <= value) and (end is None or value < end)


def _includes(those: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return not those or (bool(others) and set(others) <= set(those))


def _spans(one: tuple[Bound, Bound], other: tuple[Bound, Bound]) -> bool:
    """Whether all within the other lies within this one; what has no bound at all takes what nobody has said, too."""
    if (None, None) in (one, other):
        return one == (None, None)
    (first, end), (from_, until) = one, other
    return (first or 0) <= (from_ or 0) and (end is None or (until is not None and until <= end))
