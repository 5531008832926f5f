"""What the kiosk offices and partners of a local stack prove themselves with: made once per home, private keys too.

The registry is told the public keys and the digests of the API keys when the province is imported; a real office makes
its own key and hands out the public half alone (`./mizban kiosk`).
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.contracts.entry import Entry
from services.contracts.registry import Kiosk, Partner
from services.contracts.signature import encoded, sign
from services.ops.credentials import PARTNERS, Credentials

SANDBOX = "sandbox"
"""The sample's partner for trial."""

SINCE = date(2020, 1, 1)
"""The stack's clock may be set to any day."""


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """The key of one kiosk office of this home; `private` is its seed of 32 bytes in base64url (`d` of a JWK)."""

    kid: str
    private: str

    @property
    def public(self) -> str:
        """`x` of the JWK."""
        return encoded(self._key().public_key().public_bytes_raw()).decode()

    def sign(self, value: bytes) -> str:
        return sign(value, self._key(), self.kid)

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(urlsafe_b64decode(self.private + "="))


def office_key(credentials: Credentials, kiosk_id: str) -> OfficeKey:
    return OfficeKey(kid=f"{kiosk_id}.1", private=credentials.seed(f"kiosk.{kiosk_id}"))


def api_key(credentials: Credentials, partner: str) -> str:
    return credentials.password(f"api-key.{partner}")


def with_access(credentials: Credentials) -> Callable[[Entry], Entry]:
    """What an import makes of an entry on this home: offices get public keys, partners with an account here API keys.

    An entry that names keys of its own keeps them.
    """

    def given(entry: Entry) -> Entry:
        match entry:
            case Kiosk() if not entry.keys:
                key = office_key(credentials, entry.id)
                return _with(entry, keys=[{"kid": key.kid, "publicKey": key.public, "validFrom": SINCE}])
            case Partner() if entry.id in PARTNERS and not entry.api_keys:
                digest = sha256(api_key(credentials, entry.id).encode()).hexdigest()
                return _with(entry, apiKeys=[{"sha256": digest}])
        return entry

    return given


def _with(entry: Entry, **fields: object) -> Entry:
    return type(entry).model_validate({**entry.model_dump(by_alias=True, exclude_unset=True), **fields})
