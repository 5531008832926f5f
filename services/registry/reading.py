"""What callers write: an entry without unknown fields, which would be silently lost; the place where a list goes on."""

from collections.abc import Collection, Mapping
from typing import Any

from services.contracts.entries import unknown_fields
from services.runtime.http import Problem, decode_cursor


def refuse_lost_fields(written: Any, understood: Mapping[str, Any], passed_over: Collection[str] = ()) -> None:
    """Raises Problem INVALID (422) with every field that was not understood, but those that are ours to give."""
    unknown = [path for path in unknown_fields(written, understood) if path not in passed_over]
    if unknown:
        raise Problem(
            "INVALID",
            422,
            "some fields are not right",
            errors=[{"field": path, "code": "unknown", "detail": "no such field"} for path in unknown],
        )


def place_after(cursor: str | None) -> str:
    """The id behind which a list goes on. Raises Problem BAD_CURSOR."""
    after = (decode_cursor(cursor) or {}).get("after", "")
    if not isinstance(after, str):
        raise Problem("BAD_CURSOR", 400, "the cursor is not one of ours")
    return after
