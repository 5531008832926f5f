"""Which JSON is taken: what every store and every reader can hold; the rest is refused with its reason (design 5)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.envelope import Malformed
from services.contracts.strict_json import MAX_DEPTH, read_json

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e18, 1e18) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.booleans())
def test_what_is_sound_is_read_as_the_standard_reads_it(value: object, escaped: bool) -> None:
    written = json.dumps(value, ensure_ascii=escaped)
    assert read_json(written.encode()) == json.loads(written)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_a_code(value: bytes) -> None:
    code = "NONE"
    try:
        read_json(value)
    except Malformed as malformed:
        code = malformed.code
    assert code in ("NONE", "NOT_JSON", "DUPLICATE_KEY", "TOO_DEEP")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": 1} {"a": 2}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": 1e19}',
        b'{"a": 9223372036854775808}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b'["\\ud83d \\ude00"]',
        b'"\\u0000"',
        b'{"a\\u0000b": 1}',
        b'"\x00"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_what_no_store_could_hold_is_not_json(value: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        read_json(value)
    assert refused.value.code == "NOT_JSON"


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert read_json(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize("value", [b'{"a": 1, "a": 1}', b'[{"b": {"a": 1, "\\u0061": 2}}]'])
def test_a_field_that_stands_twice_is_refused_however_it_is_spelled(value: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        read_json(value)
    assert refused.value.code == "DUPLICATE_KEY"


def test_nesting_ends_at_a_bound() -> None:
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 900, 100_000):
        with pytest.raises(Malformed) as refused:
            read_json(b'{"a":' * depth + b"1" + b"}" * depth)
        assert refused.value.code == "TOO_DEEP"


def test_many_small_objects_beside_each_other_are_not_deep() -> None:
    assert len(read_json(b"[" + b",".join([b"{}"] * 1000) + b"]")) == 1000
