"""Calls over HTTP to the running services: a good filing, a good submission, and what a refusal looks like."""

import json
from typing import Any
from uuid import uuid4

import httpx

from services.ops.credentials import Credentials
from services.ops.kiosk_keys import api_key
from tests.support.running_services import Services

Body = dict[str, Any]
PERMITS = {"deskId": "wa-municipality-urmia-desk", "officerId": "wa-municipality-urmia-desk-01"}
OFFICER = PERMITS["officerId"]
PERSON = {"scheme": "NID", "value": "0013542419", "name": "زهرا رضایی", "mobile": "09121234567", "county": "urmia"}
CARD = {"type": "identity-card", "sha256": "a" * 64, "originalSeen": True, "dataref": None}
FIELDS = {"type", "title", "status", "code", "detail", "errors"}


class Caller:
    """Somebody with an HTTP client and the address of every service."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.http = httpx.Client(timeout=30, headers={"Authorization": f"Bearer {self.api_key('pishkhan-a')}"})

    def api_key(self, partner: str) -> str:
        return api_key(Credentials(self.services.stack.home), partner)

    def call(
        self, path: str, content: Any = None, *, method: str = "POST", service: str = "intake", **headers: str | None
    ) -> httpx.Response:
        """`content`: bytes as they are, anything else as JSON. A header given as None is left out."""
        usual = {"content-type": "application/json", "idempotency-key": uuid4().hex}
        given = usual | {name.replace("_", "-"): value for name, value in headers.items()}
        sent = content if isinstance(content, bytes) or content is None else json.dumps(content).encode()
        kept = {name: value for name, value in given.items() if value is not None}
        return self.http.request(method, self.services.url(service) + path, content=sent, headers=kept)

    def get(self, path: str, service: str = "intake", **query: str) -> httpx.Response:
        return self.http.get(self.services.url(service) + path, params=query or None)

    def filed(self) -> Body:
        """A request at the permits desk, PROMISED."""
        answer = self.call("/v1/requests", a_filing())
        assert answer.status_code == 201, answer.text
        filed: Body = answer.json()
        return filed


def a_filing(**changes: Any) -> Body:
    return {"serviceId": "building-permit", "applicant": PERSON, "evidence": [CARD], **PERMITS} | changes


def a_submission(services: Services, **changes: Any) -> Body:
    return {
        "externalRef": f"call-{uuid4().hex[:12]}",
        "kioskId": "wa-urmia-017",
        "serviceId": "social-insurance-record",
        "applicant": PERSON,
        "evidence": [CARD],
        "revision": 1,
        "submittedAt": services.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    } | changes


def is_problem(answer: httpx.Response, status: int, code: str) -> Body:
    """RFC 9457, with our code; never what was typed (I12)."""
    problem: Body = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) >= FIELDS
    assert problem["status"] == status
    assert problem["type"].startswith("urn:mizban:problem:")
    assert "0013542419" not in answer.text
    assert "رضایی" not in answer.text
    return problem
