"""The JSON that outsiders may send us: RFC 8259, and of that only what every store and reader can take."""

import json
import re
from typing import Any, NoReturn

from services.contracts.envelope import Malformed

MAX_DEPTH = 32
"""Objects and lists within each other. No contract of ours needs more than six; stores give up at a hundred."""

_WRITTEN_OUT = re.compile(rb"\\u(d[89a-f]|00)", re.IGNORECASE)
"""Only as such an escape can half a surrogate pair or a NUL character stand in UTF-8 JSON."""

_INT64 = range(-(2**63), 2**63)


def read_json(value: bytes) -> Any:
    """What the text says, as plain Python values.

    Raises Malformed NOT_JSON (also for another encoding than UTF-8, NaN, half a surrogate pair, a NUL character, a
    number past 64 bits), DUPLICATE_KEY (which of the two was meant, nobody knows), TOO_DEEP.
    """
    try:
        content = _STRICT.decode(value.decode())
    except Malformed:
        raise
    except RecursionError:
        raise Malformed("TOO_DEEP", f"nested deeper than {MAX_DEPTH}") from None
    except ValueError:  # also bytes that are not UTF-8
        raise Malformed("NOT_JSON", "not JSON in UTF-8") from None
    if _WRITTEN_OUT.search(value) or value.count(b"{") + value.count(b"[") > MAX_DEPTH:
        _check(content, 0)
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("DUPLICATE_KEY", "a field stands twice in one object")
    return found


def _integer(digits: str) -> int:
    number = int(digits)
    if number not in _INT64:
        raise Malformed("NOT_JSON", "a number is past 64 bits")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if abs(number) >= 2**63:
        raise Malformed("NOT_JSON", "a number is past 64 bits")
    return number


def _no_constant(name: str) -> NoReturn:
    raise Malformed("NOT_JSON", f"{name} is not JSON")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_no_constant
)


def _check(content: Any, depth: int) -> None:
    if isinstance(content, str):
        if not content.isascii():
            try:
                content.encode()
            except UnicodeEncodeError:
                raise Malformed("NOT_JSON", "a text holds half a surrogate pair") from None
        if "\0" in content:
            raise Malformed("NOT_JSON", "a text holds a NUL character")
    elif isinstance(content, dict | list):
        if depth == MAX_DEPTH:
            raise Malformed("TOO_DEEP", f"nested deeper than {MAX_DEPTH}")
        for part in content:
            _check(part, depth + 1)
        if isinstance(content, dict):
            for part in content.values():
                _check(part, depth + 1)
