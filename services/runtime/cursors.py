"""Where a list goes on: what stands in a cursor, which callers give back as they got it."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from services.contracts.strict_json import read_json
from services.runtime.http import Problem

LARGEST = 2**53
"""More than anything that a list counts, and what every store and every JSON reader holds."""


class Listed(Protocol):
    @property
    def id(self) -> str: ...


def encode_cursor(place: Mapping[str, str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, **fields: type) -> dict[str, Any] | None:
    """The place in a list, of just these fields (`id=str, page=int`); None at the beginning.

    Raises Problem BAD_CURSOR.
    """
    if not cursor:
        return None
    try:
        place = read_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):  # also Malformed
        raise bad_cursor() from None
    if not isinstance(place, dict) or {name: type(value) for name, value in place.items()} != fields:
        raise bad_cursor()
    if not all(0 <= value <= LARGEST for value in place.values() if isinstance(value, int)):
        raise bad_cursor()
    return place


def after(cursor: str | None) -> str:
    """The id behind which a list in the order of ids goes on. Raises Problem BAD_CURSOR."""
    place = decode_cursor(cursor, after=str)
    return place["after"] if place else ""


def behind(found: Sequence[Listed], limit: int) -> str | None:
    """The cursor of the next page of a list in the order of ids; None when this one is not full."""
    return encode_cursor({"after": found[-1].id}) if len(found) == limit else None


def bad_cursor() -> Problem:
    return Problem("BAD_CURSOR", 400, "the cursor is not one of ours")
