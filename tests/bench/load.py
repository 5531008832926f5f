"""Submissions for the measurements: well-formed, all different, spread over the sample province."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

SUBMITTED = "ir.servicedesk.kiosk.submission.submitted.v1"
OFFERED = (
    ("wa-urmia-017", "social-insurance-record"),
    ("wa-khoy-003", "social-insurance-record"),
    ("wa-urmia-012", "medical-coverage-certificate"),
    ("wa-mahabad-001", "social-insurance-record"),
)
"""Kiosk and service; each needs an identity card only."""

AT_THE_DESK = "building-permit"
"""What desks file."""

Out = tuple[bytes, bytes, list[tuple[str, bytes]]]


def national_id(n: int) -> str:
    """The n-th valid one (domain 9)."""
    digits = f"{n % 899_999_999 + 100_000_000:09d}"
    remainder = sum(int(digits[i]) * (10 - i) for i in range(9)) % 11
    return digits + str(remainder if remainder < 2 else 11 - remainder)


def submissions(count: int, now: datetime, sign: Callable[[str, bytes], str]) -> Iterator[Out]:
    """Key, value and headers of so many records; `sign` (kiosk, value) signs them."""
    run = uuid.uuid4().hex[:8]
    first = int(run, 16)  # people of its own: who asks again for what is open already is another job
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for n in range(count):
        kiosk, service = OFFERED[n % len(OFFERED)]
        reference = f"b-{run}-{n}"
        body = {
            "externalRef": reference,
            "kioskId": kiosk,
            "serviceId": service,
            "applicant": {
                "scheme": "NID",
                "value": national_id(first + n),
                "name": "نام خانوادگی",
                "mobile": f"0912{n:07d}",
                "county": kiosk.split("-")[1],
            },
            "evidence": [{"type": "identity-card", "sha256": "a" * 64, "originalSeen": True, "dataref": None}],
            "amount": None,
            "area": None,
            "revision": 1,
            "redirectRef": None,
            "submittedAt": at,
        }
        value = json.dumps(body).encode()
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", uuid.uuid4().hex.encode()),
            ("ce_source", f"/kiosk/{kiosk}".encode()),
            ("ce_type", SUBMITTED.encode()),
            ("ce_time", at.encode()),
            ("content-type", b"application/json"),
            ("ce_signature", sign(kiosk, value).encode()),
        ]
        yield f"{kiosk}:{reference}".encode(), value, headers
