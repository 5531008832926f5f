"""The signature of a kiosk's submission: a detached JWS by Ed25519 over the raw value (RFC 7515 appendix F, RFC 9864).

`<protected>..<signature>`, both base64url without padding. The protected header is exactly `{"alg": "Ed25519", "kid":
...}`: no other algorithm is known here, and whatever would name a key (`jwk`, `jku`, `x5u`), ask for more (`crit`) or
change what is signed (`b64`) is no header of ours. The key is looked up by its `kid` in the registry alone.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from services.contracts.envelope import Malformed
from services.contracts.strict_json import read_json

HEADER = "ce_signature"
ALGORITHM = "Ed25519"
_FORM = re.compile(rb"([A-Za-z0-9_-]{20,400})\.\.([A-Za-z0-9_-]{86})")
_KID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}", re.ASCII)


_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


class Detached(NamedTuple):
    """A signature that has the right form; whether it is good is another question."""

    protected: bytes
    """As it was written: its very bytes are signed."""
    kid: str
    signature: bytes


def read_signature(text: bytes) -> Detached | None:
    """None when it is anything but one detached JWS of the one form that is taken."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    protected, written = found.groups()
    kid, signature = _kid_of(protected), _decoded(written)
    return Detached(protected, kid, signature) if kid is not None and signature is not None else None


def is_good(detached: Detached, value: bytes, key: VerifyKey) -> bool:
    """Whether the holder of the key has signed exactly this value under exactly this header.

    By libsodium, which takes half of OpenSSL's time: about 0.06 ms, without Python's lock, so that a batch is best
    verified in a thread of its own.
    """
    try:
        key.verify(signing_input(detached.protected, value), detached.signature)
    except BadSignatureError:
        return False
    return True


def sign(value: bytes, key: Ed25519PrivateKey, kid: str) -> str:
    """What a kiosk's program puts into `ce_signature`."""
    protected = encoded(f'{{"alg":"{ALGORITHM}","kid":"{kid}"}}'.encode())
    return f"{protected.decode()}..{encoded(key.sign(signing_input(protected, value))).decode()}"


def signing_input(protected: bytes, value: bytes) -> bytes:
    """What is signed: the protected header and the value, both base64url, with a dot between them (RFC 7515, 5.1)."""
    return protected + b"." + encoded(value)


def public_key(text: str) -> VerifyKey | None:
    """A registered key: 32 bytes, base64url. None when it is none."""
    raw = _decoded(text.encode())
    return VerifyKey(raw) if raw is not None and len(raw) == 32 else None


@lru_cache(maxsize=1024)
def weak(text: str) -> bool:
    """Whether this is no key of one holder: not 32 bytes, no point of the curve, or one of the few of small order.

    With those anybody can sign: a signature of zeros and the neutral point fits every eighth text, at least.
    """
    raw = _decoded(text.encode())
    if raw is None or len(raw) != 32 or not _on_the_curve(raw):
        return True
    key = Ed25519PublicKey.from_public_bytes(raw)
    forged = b"\x01" + bytes(63)
    for attempt in range(128):
        with suppress(InvalidSignature):
            key.verify(forged, attempt.to_bytes())
            return True
    return False


def _on_the_curve(raw: bytes) -> bool:
    """-x² + y² = 1 + dx²y², where y is given (RFC 8032, 5.1.3). A mistyped key is on it every second time."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    return y < _P and pow(squared, (_P - 1) // 2, _P) in (0, 1)


def encoded(raw: bytes) -> bytes:
    """base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=")


def _decoded(text: bytes) -> bytes | None:
    """None when it is not the one way to write these bytes: the last letter may hold bits that mean nothing."""
    try:
        raw = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if encoded(raw) == text else None


@lru_cache(maxsize=4096)  # an office writes the same header before each of its submissions
def _kid_of(protected: bytes) -> str | None:
    raw = _decoded(protected)
    try:
        header = read_json(raw) if raw is not None else None
    except Malformed:
        return None
    if not isinstance(header, dict) or header.keys() != {"alg", "kid"} or header["alg"] != ALGORITHM:
        return None
    kid = header["kid"]
    return kid if isinstance(kid, str) and _KID.fullmatch(kid) else None
