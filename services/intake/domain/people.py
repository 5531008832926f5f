"""People as typed become people as kept: one written form of each identifier and name (domain 9)."""

from datetime import date
from typing import Any

from services.contracts.identifiers import InvalidIdentifier, applicant_value, compared, email, mobile
from services.contracts.intake_commands import MandateKind, Representative
from services.contracts.kiosk import MAX_NAME, Applicant, Scheme
from services.contracts.persian import display
from services.contracts.wire import Wire


class Representation(Wire):
    """Who speaks for the applicant, and by which mandate. Personal data: no event tells it (I12)."""

    scheme: Scheme
    value: str
    name: str
    mobile: str | None
    """E.164."""
    mandate: MandateKind
    mandate_number: str
    mandate_until: date | None
    """The last day on which it holds, in Tehran; None = it has none."""

    def in_force(self, day: date) -> bool:
        return self.mandate_until is None or day <= self.mandate_until


def normal_applicant(applicant: Applicant) -> Applicant:
    """Digits of any script, spaces and hyphens are folded away. Raises InvalidIdentifier, which names no value."""
    address = {"email": email(applicant.email) if applicant.email and applicant.email.strip() else None}
    return applicant.model_copy(update=_normal(applicant) | address)


def normal_representative(asked: Representative) -> Representation:
    """As for an applicant. Raises InvalidIdentifier, InvalidName."""
    number = display(asked.mandate.number).strip()
    if not any(char.isalnum() for char in number):
        raise InvalidName("MANDATE_NUMBER_BLANK: the number of the mandate has no letter and no digit")
    return Representation(
        scheme=asked.scheme,
        mandate=asked.mandate.kind,
        mandate_number=number,
        mandate_until=asked.mandate.valid_until,
        **_normal(asked),
    )


def _normal(person: Applicant | Representative) -> dict[str, Any]:
    name = display(person.name).strip()
    if not any(char.isalnum() for char in name):
        raise InvalidName("NAME_BLANK: the name has no letter")
    if len(name) > MAX_NAME:  # a composed form may be longer than what was typed, and what is stored must be readable
        raise InvalidName(f"NAME_TOO_LONG: the name has more than {MAX_NAME} letters")
    return {
        "value": applicant_value(person.scheme, person.value),
        "name": name,
        "mobile": mobile(person.mobile) if person.mobile else None,
    }


class InvalidName(ValueError):
    """A name without a letter (nothing but spaces, dots, invisible characters), or a name that is too long."""


WRONG_APPLICANT = (InvalidIdentifier, InvalidName)


def same_person(one: Applicant | Representation, other: Applicant | Representation) -> bool:
    return one.scheme is other.scheme and compared(one.value) == compared(other.value)


def masked(person: Applicant | Representation) -> dict[str, str]:
    """Name and the last four characters: all that paper and screens show (domain 8)."""
    return {"name": person.name, "last4": person.value[-4:]}
