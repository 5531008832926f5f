"""Identifiers that only we can make: tracking codes, references to applicants, references handed to kiosks."""

import hmac
from hashlib import sha256

from services.contracts.envelope import derived_id
from services.contracts.identifiers import TRACKING_NUMBERS, tracking_code
from services.contracts.kiosk import Applicant


def tracking_code_of(secret: bytes, request_id: str, attempt: int) -> str:
    """Fourteen digits (domain 8). Follows from the request, so that a repeated decision hands out the same code.

    `attempt` gives the next one when the code turns out to be taken.
    """
    number = int.from_bytes(_keyed(secret, "tracking", request_id, str(attempt))[:16])
    return tracking_code(number % TRACKING_NUMBERS)


def applicant_ref(secret: bytes, applicant: Applicant) -> str:
    """Names a person in events without telling who it is (I12). The same person has the same reference."""
    return f"A-{_keyed(secret, 'applicant', applicant.scheme, applicant.value).hex()[:32]}"


def survey_content(secret: bytes, request_id: str, digest: str) -> str:
    """Names all that a survey says, its texts too, so that a repeat is known; nobody can try texts out on it."""
    return _keyed(secret, "survey", request_id, digest).hex()[:32]


def demand_id(request_id: str) -> str:
    """The report of an illegal demand that a request's survey may bring: there is one place for it."""
    return derived_id("illegal-demand", request_id)


def redirect_ref(secret: bytes, request_id: str) -> str:
    """What a desk hands out when it redirects: leads to the request and cannot be made up."""
    return f"R-{request_id}-{_seal(secret, request_id)}"


def redirected_request(secret: bytes, ref: str) -> str | None:
    """The request that a redirect reference leads to; None when we did not hand it out."""
    prefix, _, rest = ref.partition("-")
    request_id, _, seal = rest.rpartition("-")
    genuine = hmac.compare_digest(seal.encode(), _seal(secret, request_id).encode())
    return request_id if prefix == "R" and request_id and genuine else None


def _seal(secret: bytes, request_id: str) -> str:
    return _keyed(secret, "redirect", request_id).hex()[:12]


def _keyed(secret: bytes, *parts: str) -> bytes:
    return hmac.digest(secret, "|".join(parts).encode(), sha256)
