"""What is sealed can be read with the key, about the same thing, unchanged; and in no other way (I12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.seal import BrokenSeal, Sealer

SEALER = Sealer(b"k" * 32)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_was_sealed_is_read_back(plain: bytes, about: str) -> None:
    assert SEALER.open(SEALER.seal(plain, about), about) == plain


def test_the_same_content_never_looks_the_same_twice() -> None:
    assert SEALER.seal(b"0013542419", "a") != SEALER.seal(b"0013542419", "a")


def test_the_content_does_not_show() -> None:
    assert b"0013542419" not in SEALER.seal(b"0013542419", "a")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(BrokenSeal):
        Sealer(b"K" * 32).open(SEALER.seal(b"plain", "a"), "a")


def test_a_seal_says_what_it_is_about() -> None:
    """A sealed message copied into another document is not taken for that one's."""
    with pytest.raises(BrokenSeal):
        SEALER.open(SEALER.seal(b"plain", "a"), "b")


@given(st.data())
def test_any_changed_byte_breaks_it(data: st.DataObject) -> None:
    sealed = bytearray(SEALER.seal(b"plain", "a"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BrokenSeal):
        SEALER.open(bytes(sealed), "a")


@given(st.integers(0, 33))
def test_a_cut_one_breaks_too(length: int) -> None:
    with pytest.raises(BrokenSeal):
        SEALER.open(SEALER.seal(b"plain", "a")[:length], "a")
