"""Partners' secrets: they follow from a key and a nonce, so that nothing has to keep them.

They are told once, in the answer to the call that draws them (and to its repeats under the same Idempotency-Key).
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_hex


class Issuer:
    """Makes secrets with the registry's own key (REGISTRY_ACCESS_KEY)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def draw(self) -> str:
        """A nonce: it says nothing without the key."""
        return token_hex(16)

    def password(self, partner: str, nonce: str) -> str:
        """Of the partner's account at the broker."""
        return self._secret(f"scram|{partner}|{nonce}")

    def api_key(self, partner: str, nonce: str) -> str:
        """Of the partner at the HTTP gateway."""
        return f"mzk_{self._secret(f'api|{partner}|{nonce}')}"

    def api_key_sha256(self, partner: str, nonce: str) -> str:
        return sha256(self.api_key(partner, nonce).encode()).hexdigest()

    def _secret(self, name: str) -> str:
        return urlsafe_b64encode(hmac.digest(self._key, name.encode(), "sha256")).decode().rstrip("=")
