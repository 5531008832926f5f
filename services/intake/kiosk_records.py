"""Records of the submission topic become messages; the same reading serves the calls under /v1/kiosk/submissions."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from services.contracts.envelope import Envelope, Malformed
from services.contracts.identifiers import bears_number, key_looks_personal, looks_personal
from services.contracts.kiosk import (
    FURTHER,
    SUBMITTED,
    DeliveryConfirmed,
    FromOffice,
    Submission,
    Supplement,
    TakenBack,
)
from services.contracts.persian import fold_digits
from services.contracts.strict_json import read_json
from services.contracts.wire import digest
from services.intake.domain.messages import KioskSaid, KioskSubmitted, KioskUnreadable
from services.intake.domain.proving import Proof, apart, request_of
from services.intake.domain.submitting import UNREADABLE

B = TypeVar("B", bound=FromOffice)

BODIES: Mapping[str, type[Submission | Supplement | TakenBack | DeliveryConfirmed]] = {SUBMITTED: Submission, **FURTHER}
"""What a record holds, by its type."""

KEY = re.compile(r"([A-Za-z0-9][A-Za-z0-9._:@-]{0,99}):([A-Za-z0-9-]{1,40})", re.ASCII)


LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Hex digits without runs that could again look like somebody's number."""


class UnreadableSubmission(Malformed):
    """Lets us answer the office with the revision, if it shows."""

    def __init__(self, reason: Malformed, revision: int) -> None:
        super().__init__(reason.code, reason.detail)
        self.revision = revision


def read(envelope: Envelope, key: str, value: bytes, proof: Proof) -> KioskSubmitted | KioskSaid:
    """A record of the topic as a message.

    Raises UnreadableSubmission UNKNOWN_TYPE, NOT_JSON, DUPLICATE_KEY, TOO_DEEP, SCHEMA, PERSONAL_REF, KEY_MISMATCH.
    """
    revision = 0
    try:
        model = BODIES.get(envelope.type)
        if model is None:
            raise Malformed("UNKNOWN_TYPE", "this version takes no such type")
        content = _object(value)
        revision = _revision(content)
        body = _read(model, value)
        if fold_digits(key) != f"{body.kiosk_id}:{body.external_ref}":
            raise Malformed("KEY_MISMATCH", "the key is not kioskId:externalRef of the body")
    except Malformed as reason:
        raise UnreadableSubmission(reason, revision) from None
    if isinstance(body, Submission):
        return submitted(body, envelope.source, proof, cause(envelope.id), "KAFKA", envelope.received)
    return said_later(body, envelope.source, proof, cause(envelope.id), "KAFKA", envelope.received)


def read_body(model: type[B], value: bytes) -> B:
    """The body of an HTTP call. Raises Malformed as `read` does."""
    _object(value)
    return _read(model, value)


def submitted(
    submission: Submission,
    source: str,
    proof: Proof,
    cause_id: str,
    via: Literal["KAFKA", "HTTP"],
    received_at: datetime | None = None,
) -> KioskSubmitted:
    return KioskSubmitted(
        request_id=_address(submission.kiosk_id, submission.external_ref, proof),
        submission=submission,
        digest=digest(submission),  # in normal form: digits of other scripts do not count either
        source=source,
        proof=proof,
        cause_id=cause_id,
        via=via,
        received_at=received_at,
    )


def said_later(
    body: Supplement | TakenBack | DeliveryConfirmed,
    source: str,
    proof: Proof,
    cause_id: str,
    via: Literal["KAFKA", "HTTP"],
    received_at: datetime | None = None,
) -> KioskSaid:
    return KioskSaid(
        request_id=_address(body.kiosk_id, body.external_ref, proof),
        said=body,
        digest=f"{type(body).__name__}#{digest(body)}",
        source=source,
        proof=proof,
        cause_id=cause_id,
        via=via,
        received_at=received_at,
    )


def unreadable(key: str, id: str, value: bytes, error: Malformed, proof: Proof) -> KioskUnreadable | None:
    """The answer to an unreadable record, when its key could name a kiosk office: once per content and fault.

    A number of the office's that looks personal may stand in no key of ours (I12): the answer bears another in its
    place, and is known by its `causeId`. That one is too short for anybody to find the number by trying all there are.
    """
    named = KEY.fullmatch(fold_digits(key))
    if named is None:
        return None
    kiosk_id, external_ref = named.groups()
    if looks_personal(external_ref):
        external_ref = _instead_of(external_ref)
    return KioskUnreadable(
        request_id=_address(kiosk_id, external_ref, proof),
        kiosk_id=kiosk_id,
        external_ref=external_ref,
        revision=error.revision if isinstance(error, UnreadableSubmission) else 0,
        detail=str(error),
        digest=UNREADABLE + sha256(f"{error.code}|".encode() + value).hexdigest()[:32],
        proof=proof,
        cause_id=cause(id),
    )


def _instead_of(personal: str) -> str:
    return "personal-" + sha256(personal.encode()).hexdigest()[:4].translate(LETTERS)


def cause(id: str) -> str:
    """The `ce_id` as an outcome bears it: one that holds what may be somebody's number is told by another (I12)."""
    return _instead_of(id) if key_looks_personal(id) else id


def _address(kiosk_id: str, external_ref: str, proof: Proof) -> str:
    """What is not the office's own word does not come near its filing."""
    return (
        apart(kiosk_id, external_ref, proof.partner) if proof.code is not None else request_of(kiosk_id, external_ref)
    )


def _object(value: bytes) -> dict[str, Any]:
    content = read_json(value)
    if not isinstance(content, dict):
        raise Malformed("SCHEMA", "the value is not an object")
    return content


def _read(model: type[B], value: bytes) -> B:
    try:
        body = model.model_validate_json(value, strict=True)
    except ValidationError as error:
        raise Malformed("SCHEMA", _faults(error)[:300]) from None
    if looks_personal(body.external_ref):
        raise Malformed("PERSONAL_REF", "externalRef holds digits that may be a personal number")
    if any(bears_number(piece.type) for piece in getattr(body, "evidence", ())):  # it goes into events (I12)
        raise Malformed("SCHEMA", "wrong: evidence.type")
    return body


def _faults(error: ValidationError) -> str:
    """`missing: applicant.value; wrong: amount, revision`: names of fields of ours, nothing that was sent."""
    missing: set[str] = set()
    wrong: set[str] = set()
    for item in error.errors(include_input=False):
        (missing if item["type"] == "missing" else wrong).add(".".join(map(str, item["loc"][:3])))
    kinds = {"missing": missing, "wrong": wrong}
    return "; ".join(f"{kind}: {', '.join(sorted(fields))}" for kind, fields in kinds.items() if fields)


def _revision(content: dict[str, Any]) -> int:
    revision = content.get("revision")
    return revision if type(revision) is int and 1 <= revision <= 1000 else 0
