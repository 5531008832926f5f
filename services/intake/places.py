"""Places in lists that are sorted by a moment: what a cursor of ours names."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from services.contracts.wire import Id, Instant, Wire
from services.runtime.cursors import bad_cursor, decode_cursor, encode_cursor


class Place(Wire):
    at: Instant
    id: Id


def place(cursor: str | None) -> dict[str, Any] | None:
    """Where a list goes on, `at` and `id`; None at its beginning. Raises Problem BAD_CURSOR."""
    position = decode_cursor(cursor, at=str, id=str)
    try:
        return Place.model_validate(position).to_wire() if position is not None else None
    except ValidationError:
        raise bad_cursor() from None


def place_cursor(at: datetime, id: str) -> str:
    return encode_cursor(Place(at=at, id=id).to_wire())
