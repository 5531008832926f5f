"""The applicant as typed becomes the applicant as kept: one written form of each identifier and name (domain 9)."""

from services.contracts.identifiers import InvalidIdentifier, applicant_value, mobile
from services.contracts.kiosk import MAX_NAME, Applicant
from services.contracts.persian import display


def normal_applicant(applicant: Applicant) -> Applicant:
    """Digits of any script, spaces and hyphens are folded away. Raises InvalidIdentifier, which names no value."""
    name = display(applicant.name).strip()
    if not any(char.isalnum() for char in name):
        raise InvalidName("NAME_BLANK: the name has no letter")
    if len(name) > MAX_NAME:  # a composed form may be longer than what was typed, and what is stored must be readable
        raise InvalidName(f"NAME_TOO_LONG: the name has more than {MAX_NAME} letters")
    return applicant.model_copy(
        update={
            "value": applicant_value(applicant.scheme, applicant.value),
            "name": name,
            "mobile": mobile(applicant.mobile) if applicant.mobile else None,
        }
    )


class InvalidName(ValueError):
    """A name without a letter (nothing but spaces, dots, invisible characters), or a name that is too long."""


WRONG_APPLICANT = (InvalidIdentifier, InvalidName)


def same_person(one: Applicant, other: Applicant) -> bool:
    return one.scheme is other.scheme and one.value == other.value


def masked(applicant: Applicant) -> dict[str, str]:
    """Name and the last four characters: all that paper and screens show (domain 8)."""
    return {"name": applicant.name, "last4": applicant.value[-4:]}
