"""Seals what may hold personal data at rest: parked messages, dead letters, documents of citizens (I12)."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class BrokenSeal(ValueError):
    """The key is another, or the bytes were changed."""


class Sealer:
    """AES-256-GCM. Sealed = version byte, 12 bytes nonce, ciphertext with tag; `about` is authenticated beside it."""

    VERSION = b"\x01"
    OVERHEAD = 1 + 12 + 16
    """Bytes that sealing adds."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, plain: bytes, about: str) -> bytes:
        nonce = os.urandom(12)
        return self.VERSION + nonce + self._aead.encrypt(nonce, plain, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """Raises BrokenSeal."""
        if sealed[:1] != self.VERSION:
            raise BrokenSeal("not sealed by this version")
        try:
            return self._aead.decrypt(sealed[1:13], sealed[13:], about.encode())
        except (InvalidTag, ValueError):  # also one cut short
            raise BrokenSeal("another key, or changed bytes") from None
