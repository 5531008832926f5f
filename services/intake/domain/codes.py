"""Identifiers that only we can make: tracking codes, references to applicants, references handed to kiosks."""

import hmac
from hashlib import sha256
from typing import NamedTuple

from services.contracts.envelope import derived_id
from services.contracts.identifiers import TRACKING_NUMBERS, compared, tracking_code
from services.contracts.kiosk import Scheme


def tracking_code_of(secret: bytes, request_id: str, attempt: int) -> str:
    """Fourteen digits (domain 8). Follows from the request, so that a repeated decision hands out the same code.

    `attempt` gives the next one when the code turns out to be taken.
    """
    number = int.from_bytes(_keyed(secret, "tracking", request_id, str(attempt))[:16])
    return tracking_code(number % TRACKING_NUMBERS)


def person_ref(secret: bytes, scheme: Scheme, value: str) -> str:
    """Names a person in events without telling who it is (I12). The same person has the same reference.

    `value` in its normal form, whose hyphens do not count.
    """
    return f"A-{_keyed(secret, 'applicant', scheme, compared(value)).hex()[:32]}"


def survey_content(secret: bytes, request_id: str, digest: str) -> str:
    """Names all that a survey says, its texts too, so that a repeat is known; nobody can try texts out on it."""
    return _keyed(secret, "survey", request_id, digest).hex()[:32]


def said_mark(secret: bytes, request_id: str, digest: str) -> str:
    """By what a content that an office sent is known again: keyed, so that nobody can try contents out on it.

    What stands before a `#` is no content and stays, and so does what is marked already.
    """
    kind, hash_, rest = digest.rpartition("#")
    return digest if len(rest) == _MARK else f"{kind}{hash_}{_keyed(secret, 'said', request_id, rest).hex()[:_MARK]}"


def print_mark(secret: bytes, tracking_code: str, hash: str) -> str:
    """What is kept of the hash of a receipt when its person is erased: a print is known by it, and nothing else."""
    return _keyed(secret, "print", tracking_code, hash).hex()


def demand_id(request_id: str, round: int) -> str:
    """The report of an illegal demand that the survey of a round may bring: there is one place for it."""
    return derived_id("illegal-demand", request_id, *(() if round == 1 else (str(round),)))


class Redirected(NamedTuple):
    """What a redirect reference leads to: the request, and which of its redirects."""

    request_id: str
    number: int


def redirect_ref(secret: bytes, request_id: str, number: int = 1) -> str:
    """What a desk hands out with each redirect: leads to the request and cannot be made up."""
    return f"{_PREFIXES[number]}-{request_id}-{_seal(secret, request_id, number)}"


def redirected(secret: bytes, ref: str) -> Redirected | None:
    """What a redirect reference leads to; None when we did not hand it out."""
    prefix, _, rest = ref.partition("-")
    request_id, _, seal = rest.rpartition("-")
    number = next((number for number, known in _PREFIXES.items() if known == prefix), None)
    if number is None or not request_id:
        return None
    genuine = hmac.compare_digest(seal.encode(), _seal(secret, request_id, number).encode())
    return Redirected(request_id, number) if genuine else None


_MARK = 40
"""Hex digits; a digest that is not keyed has 32."""

_PREFIXES = {1: "R", 2: "R2"}
"""There is no third redirect (domain 5)."""


def _seal(secret: bytes, request_id: str, number: int) -> str:
    again = () if number == 1 else (str(number),)
    return _keyed(secret, "redirect", request_id, *again).hex()[:12]


def _keyed(secret: bytes, *parts: str) -> bytes:
    return hmac.digest(secret, "|".join(parts).encode(), sha256)
