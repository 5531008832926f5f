"""A signature in `ce_signature`: one form alone is taken, and nothing that was changed afterwards (reliability 4)."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey
from nacl.signing import VerifyKey

from services.contracts.signature import encoded, is_good, public_key, read_signature, sign, signing_input
from services.ops.chance import Chance

KEY = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
"""That of RFC 8032, 7.1, test 1, and of RFC 8037, appendix A."""
VALUE = '{"externalRef":"017-000123","applicant":{"name":"مریم رستمی"}}'.encode()
PUBLIC = VerifyKey(KEY.public_key().public_bytes_raw())
KID = "wa-urmia-017.1"
GOOD = sign(VALUE, KEY, KID).encode()
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of the group: S and S + ORDER say the same to a careless verifier."""


def accepted(text: bytes, value: bytes = VALUE) -> bool:
    detached = read_signature(text)
    return detached is not None and is_good(detached, value, PUBLIC)


def header(**fields: object) -> bytes:
    return encoded(json.dumps(fields, separators=(",", ":")).encode())


def signed_under(protected: bytes, value: bytes = VALUE) -> bytes:
    """Rightly signed, whatever the header says."""
    return protected + b".." + encoded(KEY.sign(signing_input(protected, value)))


def test_what_is_signed_rightly_is_accepted() -> None:
    assert accepted(GOOD)


def test_a_jose_library_signs_what_we_verify_and_verifies_what_we_sign() -> None:
    whole = jws.serialize_compact({"kid": KID, "alg": "Ed25519"}, VALUE, OKPKey.import_key(KEY), algorithms=["Ed25519"])
    protected, _, signature = whole.split(".")
    assert accepted(f"{protected}..{signature}".encode()), "the order of the fields is the signer's"
    filled = GOOD.replace(b"..", b"." + encoded(VALUE) + b".")
    read = jws.deserialize_compact(filled, OKPKey.import_key(KEY.public_key()), algorithms=["Ed25519"])
    assert read.payload == VALUE


@pytest.mark.parametrize(
    "fields",
    [
        {"alg": "EdDSA", "kid": KID},
        {"alg": "none", "kid": KID},
        {"alg": "ed25519", "kid": KID},
        {"alg": "HS256", "kid": KID},
        {"alg": "Ed448", "kid": KID},
        {"alg": ["Ed25519"], "kid": KID},
        {"alg": "Ed25519"},
        {"kid": KID},
        {},
        {"alg": "Ed25519", "kid": 17},
        {"alg": "Ed25519", "kid": ""},
        {"alg": "Ed25519", "kid": "../../keys/mine"},
        {"alg": "Ed25519", "kid": f"{KID}\n"},
        {"alg": "Ed25519", "kid": KID, "b64": False, "crit": ["b64"]},
        {"alg": "Ed25519", "kid": KID, "crit": ["exp"], "exp": 1},
        {"alg": "Ed25519", "kid": KID, "jku": "https://keys.example/mine"},
        {"alg": "Ed25519", "kid": KID, "x5u": "https://keys.example/mine"},
        {"alg": "Ed25519", "kid": KID, "jwk": {"kty": "OKP", "crv": "Ed25519", "x": "a" * 43}},
        {"alg": "Ed25519", "kid": KID, "typ": "JWT"},
        {"alg": "Ed25519", "kid": KID, "": None},
    ],
)
def test_any_other_header_is_refused_though_it_is_rightly_signed(fields: dict[str, object]) -> None:
    assert accepted(signed_under(header(alg="Ed25519", kid=KID)))
    assert not accepted(signed_under(header(**fields)))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"alg":"Ed25519","kid":"x","kid":"wa-urmia-017.1"}',
        b'[{"alg":"Ed25519","kid":"wa-urmia-017.1"}]',
        b'{"alg":"Ed25519","kid":"wa-urmia-017.1"',
        b'\xef\xbb\xbf{"alg":"Ed25519","kid":"wa-urmia-017.1"}',
        b'{"alg":"Ed25519","kid":"wa-urmia-017.1"}\x00',
        b"\xff\xfe" * 20,
        b'"Ed25519-of-wa-urmia-017.1"',
    ],
)
def test_a_header_that_can_be_read_in_two_ways_is_read_in_none(raw: bytes) -> None:
    assert not accepted(signed_under(encoded(raw)))


def test_the_signing_input_is_the_value_in_base64url_and_nothing_else() -> None:
    protected, signature = GOOD.split(b"..")
    assert not accepted(protected + b".." + encoded(KEY.sign(protected + b"." + VALUE))), "b64=false"
    assert not accepted(protected + b".." + encoded(KEY.sign(VALUE)))
    assert not accepted(protected + b".." + encoded(KEY.sign(protected + b"." + urlsafe_b64encode(VALUE + b"=="))))
    assert not accepted(protected + b"." + encoded(VALUE) + b"." + signature), "not detached"


def test_no_secret_of_another_kind_stands_in_for_the_key() -> None:
    """The classic: the public key taken for the secret of an HMAC."""
    secret = OctKey.import_key(KEY.public_key().public_bytes_raw())
    whole = jws.serialize_compact({"alg": "HS256", "kid": KID}, VALUE, secret, algorithms=["HS256"])
    protected, _, signature = whole.split(".")
    assert not accepted(f"{protected}..{signature}".encode())


def test_ten_thousand_mutations_of_a_signed_submission_and_none_is_accepted() -> None:
    """Bits and bytes of header, signature and value, in every place, and the ways in which base64 is told twice."""
    count = 0
    for text, value in mutations(Chance("1405/09/02")):
        assert (text, value) != (GOOD, VALUE)
        assert not accepted(text, value), (text, value)
        count += 1
    assert count >= 10_000


def mutations(chance: Chance) -> Iterator[tuple[bytes, bytes]]:
    protected, signature = GOOD.split(b"..")
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.\n \x00"
    for place in range(len(GOOD)):  # one letter is another
        for letter in chance.sample(letters, 20):
            if GOOD[place] != letter:
                yield GOOD[:place] + bytes([letter]) + GOOD[place + 1 :], VALUE
    for place in range(len(GOOD)):  # one letter more, one less
        yield GOOD[:place] + chance.choice(letters).to_bytes() + GOOD[place:], VALUE
        yield GOOD[:place] + GOOD[place + 1 :], VALUE
    for place in range(8 * len(VALUE)):  # one bit of the value
        yield GOOD, flipped(VALUE, place)
    raw = KEY.sign(signing_input(protected, VALUE))
    for place in range(8 * len(raw)):  # one bit of the signature
        yield protected + b".." + encoded(flipped(raw, place)), VALUE
    s = int.from_bytes(raw[32:], "little") + ORDER
    yield protected + b".." + encoded(raw[:32] + s.to_bytes(32, "little")), VALUE
    for wrong in (b"", b"=", b"==", b".", b".." + signature, b"\n", b" "):
        yield GOOD + wrong or b"?", VALUE + (b" " if not wrong else b"")
        yield wrong.join([protected, b"..", signature]) if wrong else protected + signature, VALUE
    yield protected + b".." + bytes(86 * [65]), VALUE
    yield b".." + signature, VALUE
    yield protected + b"..", VALUE
    for _ in range(8_000):  # a few bytes anywhere, or the signature of something else
        match chance.randrange(4):
            case 0:
                yield GOOD, bytes(chance.randbytes(chance.randrange(1, 200)))
            case 1:
                other = VALUE.replace(b"000123", f"{chance.randrange(10**6):06d}".encode())
                if other != VALUE:
                    yield GOOD, other
            case 2:
                yield protected + b".." + encoded(chance.randbytes(64)), VALUE
            case _:
                stranger = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
                yield sign(VALUE, stranger, KID).encode(), VALUE


def flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_the_last_letter_may_hold_no_bits_that_mean_nothing() -> None:
    """64 bytes are 86 letters, of which the last has four spare bits: written otherwise it would be a second name."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = [letter for letter in letters if letters.index(letter) >> 4 == letters.index(GOOD[-1]) >> 4]
    assert len(same) == 16
    assert [accepted(GOOD[:-1] + bytes([letter])) for letter in same].count(True) == 1


def test_a_registered_key_is_32_bytes_in_base64url() -> None:
    text = encoded(KEY.public_key().public_bytes_raw()).decode()
    assert text == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "RFC 8037, appendix A.2"
    assert public_key(text) is not None
    assert public_key(text[:-1]) is None
    assert public_key(text + "A") is None
