"""What officers ask of intake about people: their requests, and that they be erased (contract: Intake)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from services.contracts.kiosk import Scheme
from services.contracts.wire import AsciiDigits, Command, Id, TypedId, Wire

Typed = Annotated[str, StringConstraints(min_length=1, max_length=40), AsciiDigits]


class FindRequests(Command):
    """POST /v1/requests/search: by one of three. A POST, since query strings reach logs (I12)."""

    national_id: Typed | None = None
    scheme: Scheme = Scheme.NID
    """Of `nationalId`: legal persons and foreigners have other numbers."""
    mobile: Typed | None = None
    text: Annotated[str, StringConstraints(min_length=1, max_length=120)] | None = None
    """A tracking code, or words of a name."""
    officer_id: TypedId
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = None
    limit: int = Field(default=20, ge=1, le=100, strict=True)

    @model_validator(mode="after")
    def _by_one(self) -> "FindRequests":
        if sum(asked is not None for asked in (self.national_id, self.mobile, self.text)) != 1:
            raise ValueError("exactly one of nationalId, mobile and text")
        return self


class Person(Command):
    scheme: Scheme
    value: Typed


class NamePerson(Person):
    """POST /v1/applicants/ref: the registry asks by which reference intake knows a person. Kept nowhere (I12)."""

    officer_id: TypedId
    """For whom it asks."""


class PersonNamed(Wire):
    ref: Id


class ErasureGround(StrEnum):
    """Why somebody is erased: a closed list."""

    APPLICANT_ASKS = "APPLICANT_ASKS"
    RETENTION_OVER = "RETENTION_OVER"
    COURT_ORDER = "COURT_ORDER"


class EraseApplicant(Command):
    """POST /v1/applicants/erase: what is personal in somebody's closed cases goes, by two officers."""

    applicant: Person
    ground: ErasureGround
    desk_id: TypedId
    officer_id: TypedId
    second_officer_id: TypedId
    """The head of the desk, or of the agency."""
