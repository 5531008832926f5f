"""What an entry written by a caller may hold: an unknown field is refused, since it would be silently lost."""

from collections.abc import Collection, Mapping
from typing import Any

from services.contracts.entries import unknown_fields
from services.runtime.http import Problem


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
