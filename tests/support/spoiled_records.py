"""A good record of the submission topic, and the ways in which a test spoils one."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.contracts.kiosk import SUBMITTED

KIOSK = "wa-urmia-017"

Body = dict[str, Any]
Headers = list[tuple[str, bytes | None]]


@dataclass
class Sent:
    """One record on its way: a test's case changes what it needs of a good one."""

    ref: str
    body: Body
    key: bytes | None
    headers: Headers
    raw: bytes | None = None
    empty: bool = False
    """A record without a value."""
    offset: tuple[int, int] = (-1, -1)
    signer: str = KIOSK
    """The office whose key signs what is sent."""
    signed: bool = True

    @property
    def value(self) -> bytes | None:
        if self.empty:
            return None
        return json.dumps(self.body, ensure_ascii=False).encode() if self.raw is None else self.raw


@dataclass(frozen=True)
class Case:
    """What a record is like, and what becomes of it: `dead` = its letter's code, `rejected` = what the office hears."""

    name: str
    spoil: Callable[[Sent], None]
    dead: str | None = None
    rejected: str | None = None
    """None with `dead` None: ACCEPTED."""


def good(ref: str, now: datetime) -> Sent:
    body: Body = {
        "externalRef": ref,
        "kioskId": KIOSK,
        "serviceId": "social-insurance-record",
        "applicant": {
            "scheme": "NID",
            "value": "0013542419",
            "name": "زهرا رضایی",
            "mobile": "09121234567",
            "county": "urmia",
        },
        "evidence": [{"type": "identity-card", "sha256": "a" * 64, "originalSeen": True, "dataref": None}],
        "amount": None,
        "area": None,
        "revision": 1,
        "redirectRef": None,
        "submittedAt": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"event-{ref}".encode()),
        ("ce_source", f"/kiosk/{KIOSK}".encode()),
        ("ce_type", SUBMITTED.encode()),
        ("ce_time", now.strftime("%Y-%m-%dT%H:%M:%SZ").encode()),
        ("content-type", b"application/json"),
    ]
    return Sent(ref, body, f"{KIOSK}:{ref}".encode(), headers)


def raw(value: bytes) -> Callable[[Sent], None]:
    def spoil(sent: Sent) -> None:
        sent.raw = value

    return spoil


def written(before: str, after: str) -> Callable[[Sent], None]:
    """The good body as text, with a piece of it replaced."""

    def spoil(sent: Sent) -> None:
        text = json.dumps(sent.body)
        assert before in text
        sent.raw = text.replace(before, after, 1).encode()

    return spoil


def body(**changes: Any) -> Callable[[Sent], None]:
    def spoil(sent: Sent) -> None:
        sent.body |= changes

    return spoil


def applicant(**changes: Any) -> Callable[[Sent], None]:
    def spoil(sent: Sent) -> None:
        sent.body["applicant"] |= changes

    return spoil


def submitted(**later: float) -> Callable[[Sent], None]:
    def spoil(sent: Sent) -> None:
        moment = datetime.fromisoformat(sent.body["submittedAt"]) + timedelta(**later)
        sent.body["submittedAt"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    return spoil


def header(name: str, value: bytes | None) -> Callable[[Sent], None]:
    def spoil(sent: Sent) -> None:
        sent.headers = [(n, value if n == name else v) for n, v in sent.headers]

    return spoil


def without(name: str) -> Callable[[Sent], None]:
    def spoil(sent: Sent) -> None:
        sent.headers = [(n, v) for n, v in sent.headers if n != name]

    return spoil


def with_headers(*more: tuple[str, bytes | None]) -> Callable[[Sent], None]:
    def spoil(sent: Sent) -> None:
        sent.headers += more

    return spoil


def keyed(key: bytes | None) -> Callable[[Sent], None]:
    def spoil(sent: Sent) -> None:
        sent.key = key

    return spoil


def no_headers(sent: Sent) -> None:
    sent.headers = []


def no_value(sent: Sent) -> None:
    sent.empty = True


def from_office(kiosk: str) -> Callable[[Sent], None]:
    """Everything of the record names this office."""

    def spoil(sent: Sent) -> None:
        sent.body["kioskId"] = sent.signer = kiosk
        sent.key = f"{kiosk}:{sent.ref}".encode()
        header("ce_source", f"/kiosk/{kiosk}".encode())(sent)

    return spoil


def signed_by(kiosk: str) -> Callable[[Sent], None]:
    """By another office's key."""

    def spoil(sent: Sent) -> None:
        sent.signer = kiosk

    return spoil


def unsigned(sent: Sent) -> None:
    sent.signed = False


def in_persian_digits(sent: Sent) -> None:
    """As an office's own keyboard writes codes: ۰-۹ in the reference, ٠-٩ in the person's id."""
    persian = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    sent.body["externalRef"] = sent.body["externalRef"].translate(persian)
    sent.body["kioskId"] = "wa-urmia-۰۱۷"
    sent.body["applicant"] |= {"value": "٠٠١٣٥٤٢٤١٩", "mobile": "۰۹۱۲۱۲۳۴۵۶۷", "name": "زهرا علي اكبري"}
