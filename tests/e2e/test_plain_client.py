"""Somebody else's Kafka client, written after the partner contract alone, is accepted and gets a tracking code."""

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey

from services.ops import clock
from services.ops.environment import Description
from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(120)

KIOSK, PARTNER = "wa-urmia-017", "pishkhan-a"
NATIONAL_ID = "0499370899"
SECONDS = 30.0


class Client:
    """What a partner's programmer would write in an afternoon."""

    def __init__(self, address: str, account: dict[str, Any], key: dict[str, str]) -> None:
        self.key = key
        login = {
            "bootstrap.servers": address,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": account["username"],
            "sasl.password": account["password"],
        }
        self.producer = Producer({**login, "acks": "all"})
        self.consumer = Consumer({**login, "group.id": f"{PARTNER}.plain", "auto.offset.reset": "earliest"})
        self.consumer.subscribe([account["outcomeTopic"]])

    def submit(self, body: dict[str, Any]) -> str:
        """Sends one submission; its ce_id. Raises AssertionError when Kafka does not acknowledge it."""
        event_id, errors = str(uuid.uuid4()), []
        value = json.dumps(body).encode()

        def on_delivery(error: KafkaError | None, _: Message) -> None:
            errors.append(error)

        self.producer.produce(
            "sd.kiosk.submission.v1",
            key=f"{body['kioskId']}:{body['externalRef']}",
            value=value,
            headers=[
                ("ce_specversion", b"1.0"),
                ("ce_id", event_id.encode()),
                ("ce_source", f"/kiosk/{body['kioskId']}".encode()),
                ("ce_type", b"ir.servicedesk.kiosk.submission.submitted.v1"),
                ("ce_time", body["submittedAt"].encode()),
                ("content-type", b"application/json"),
                ("ce_signature", self.signature(value).encode()),
            ],
            on_delivery=on_delivery,
        )
        assert self.producer.flush(SECONDS) == 0
        assert errors == [None]
        return event_id

    def signature(self, value: bytes) -> str:
        """By a library for JOSE: the compact form, and the payload taken out of it."""
        seed = base64.urlsafe_b64decode(self.key["privateKey"] + "=")
        private = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed))
        header = {"alg": "Ed25519", "kid": self.key["kid"]}
        protected, _, signature = jws.serialize_compact(header, value, private, algorithms=["Ed25519"]).split(".")
        return f"{protected}..{signature}"

    def answer_to(self, event_id: str) -> dict[str, Any]:
        """The outcome that this submission caused."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            message = self.consumer.poll(0.5)
            if message is not None and message.error() is None:
                outcome: dict[str, Any] = json.loads(message.value() or b"{}")
                if outcome["causeId"] == event_id:
                    return outcome
        pytest.fail(f"no outcome within {SECONDS:.0f} s")


@pytest.fixture
def client(province: Description) -> Iterator[Client]:
    client = Client(province["kafka"]["partners"], province["partners"][PARTNER], province["kiosks"][KIOSK])
    yield client
    client.consumer.close()


def test_a_plain_client_is_accepted_and_the_citizen_can_follow_the_case(
    client: Client, province: Description, stack: Stack
) -> None:
    """The partner contract is enough: ACCEPTED, a tracking code, a promise, and the code leads to the case."""
    body = _submission(stack)
    outcome = client.answer_to(client.submit(body))
    assert (outcome["status"], outcome["state"], outcome["code"]) == ("ACCEPTED", "PROMISED", None)
    assert (outcome["kioskId"], outcome["externalRef"]) == (KIOSK, body["externalRef"])
    assert len(outcome["trackingCode"]) == 14
    assert outcome["promisedAt"].endswith("Z")
    assert outcome["responsible"].keys() >= {"name", "post", "phone"}

    question = {"code": outcome["trackingCode"], "last4": NATIONAL_ID[-4:]}
    found = httpx.post(f"{province['services']['intake']['url']}/v1/track", json=question, timeout=10)
    assert found.status_code == 200
    assert found.json()["promisedLocal"] == outcome["promisedLocal"]


def test_a_plain_client_is_told_why_it_is_rejected(client: Client, stack: Stack) -> None:
    """A rejection has a code of the closed list, words for the office, and says whether a correction helps."""
    body = _submission(stack)
    body["applicant"]["value"] = "0499370890"
    rejected = client.answer_to(client.submit(body))
    assert (rejected["status"], rejected["code"], rejected["fixable"]) == ("REJECTED", "INVALID_APPLICANT", True)
    assert rejected["message"]
    accepted = client.answer_to(client.submit({**_submission(stack), **_same(body), "revision": 2}))
    assert (accepted["status"], accepted["revision"]) == ("ACCEPTED", 2)


def test_a_partner_reads_nothing_but_its_own_outcomes(province: Description) -> None:
    """ACL: another partner's outcomes and the requests themselves are refused."""
    account = province["partners"][PARTNER]
    for topic in ("sd.kiosk.outcome.pishkhan-b.v1", "sd.intake.request.v1"):
        stranger = Client(province["kafka"]["partners"], {**account, "outcomeTopic": topic}, province["kiosks"][KIOSK])
        try:
            assert _refusal(stranger.consumer) == KafkaError.TOPIC_AUTHORIZATION_FAILED
        finally:
            stranger.consumer.close()


def _refusal(consumer: Consumer) -> int | None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            message = consumer.poll(0.5)
        except KafkaException as refused:
            code: int = refused.args[0].code()
            return code
        error = message.error() if message is not None else None
        if error is not None:
            return error.code()
    return None


def _submission(stack: Stack) -> dict[str, Any]:
    return {
        "externalRef": f"017-{uuid.uuid4().hex[:6]}x",
        "kioskId": KIOSK,
        "serviceId": "social-insurance-record",
        "applicant": {
            "scheme": "NID",
            "value": NATIONAL_ID,
            "name": "مریم رستمی",
            "mobile": "09121234567",
            "county": "urmia",
        },
        "evidence": [
            {
                "type": "identity-card",
                "sha256": hashlib.sha256(b"a scan").hexdigest(),
                "originalSeen": True,
                "dataref": None,
            }
        ],
        "amount": None,
        "area": None,
        "revision": 1,
        "redirectRef": None,
        "submittedAt": clock.now(stack.home).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _same(body: dict[str, Any]) -> dict[str, Any]:
    return {"externalRef": body["externalRef"], "kioskId": body["kioskId"]}
