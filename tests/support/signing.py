"""The sample province with keys: what its kiosk offices sign with in tests, and what their partners call with."""

from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.contracts.entry import Entry
from services.contracts.registry import ApiKey, Kiosk, Partner, SigningKey
from services.contracts.signature import encoded, sign
from services.contracts.snapshot import Snapshot
from services.worktime import parse_jalali
from tests.support.sample import sample_entries

FROM = parse_jalali("1405/01/01")


@cache
def private_key(kiosk_id: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(f"the key of {kiosk_id}".encode()).digest())


def kid(kiosk_id: str) -> str:
    return f"{kiosk_id}.1"


def signature(kiosk_id: str, value: bytes) -> bytes:
    return sign(value, private_key(kiosk_id), kid(kiosk_id)).encode()


def signing_key(kiosk_id: str) -> SigningKey:
    raw = private_key(kiosk_id).public_key().public_bytes_raw()
    return SigningKey(kid=kid(kiosk_id), public_key=encoded(raw).decode(), valid_from=FROM)


def api_key(partner: str) -> str:
    return f"the-api-key-of-{partner}"


@cache
def signing_snapshot() -> Snapshot:
    """The province right after its first import, each office with its key, each partner with its API key."""
    return Snapshot().with_entries(with_keys(entry).model_copy(update={"version": 1}) for entry in sample_entries())


def with_keys(entry: Entry) -> Entry:
    match entry:
        case Kiosk():
            return entry.model_copy(update={"keys": (signing_key(entry.id),)})
        case Partner():
            digest = sha256(api_key(entry.id).encode()).hexdigest()
            return entry.model_copy(update={"api_keys": (ApiKey(sha256=digest),)})
    return entry
