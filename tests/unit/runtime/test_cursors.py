"""A cursor leads back to its place in a list, and anything else is told apart (design 6)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.cursors import decode_cursor, encode_cursor
from services.runtime.http import Problem


@given(st.dictionaries(st.sampled_from(["at", "id", "after"]), st.text(st.characters(codec="utf-8", min_codepoint=1))))
def test_a_cursor_leads_back_to_its_place(position: dict[str, str]) -> None:
    cursor = encode_cursor(position)
    assert cursor.isascii()
    assert decode_cursor(cursor, **dict.fromkeys(position, str)) == position


def test_without_a_cursor_it_is_the_beginning() -> None:
    assert decode_cursor(None) is None
    assert decode_cursor("") is None


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


@given(st.text(min_size=1) | st.binary(min_size=1, max_size=40).map(_encoded))
def test_any_other_cursor_is_told_apart(cursor: str) -> None:
    said = "a place"
    try:
        position = decode_cursor(cursor, at=str)
        assert position is not None
        assert isinstance(position["at"], str)
    except Problem as problem:
        said = f"{problem.status} {problem.code}"
    assert said in ("a place", "400 BAD_CURSOR")


@pytest.mark.parametrize(
    "content",
    [
        *(b"[]", b"1", b"{}", b"[" * 5000, b'{"n": 1}', b'{"n": 1, "at": "x", "more": 1}'),
        *(b'{"n": 1, "at": []}', b'{"n": 1, "at": {"$gt": ""}}', b'{"n": 1, "at": "\\ud800"}', b'{"n": 1, "at": null}'),
        *(b'{"n": 1e30, "at": "x"}', b'{"n": true, "at": "x"}', b'{"n": "1", "at": "x"}', b'{"n": -1, "at": "x"}'),
        b'{"n": 9223372036854775808, "at": "x"}',
    ],
)
def test_a_cursor_holds_the_fields_of_its_list_and_nothing_that_no_store_could_look_for(content: bytes) -> None:
    with pytest.raises(Problem, match="BAD_CURSOR"):
        decode_cursor(_encoded(content), n=int, at=str)
    assert decode_cursor(_encoded(b'{"n": 9007199254740992, "at": "x"}'), n=int, at=str) is not None
