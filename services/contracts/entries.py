"""Reading a registry entry that somebody else wrote: an unknown field is refused, since it would be silently lost."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from services.contracts.entry import Entry
from services.contracts.registry import BY_KIND


class BadEntry(ValueError):
    """What was written is no entry of its kind; `reasons` names every field that does not fit."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def read_entry(kind: str, written: Mapping[str, Any]) -> Entry:
    """The entry of a kind from its JSON (or YAML) object. Raises BadEntry with all reasons."""
    try:
        entry = BY_KIND[kind].model_validate(dict(written))
    except ValidationError as error:
        raise BadEntry(
            tuple(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        ) from None
    unknown = tuple(f"{path}: no such field" for path in unknown_fields(written, entry.to_wire()))
    if unknown:
        raise BadEntry(unknown)
    return entry


def unknown_fields(written: Any, understood: Any, path: str = "") -> Iterator[str]:
    """Paths of the fields that were written but not understood, at any depth."""
    if isinstance(written, Mapping) and isinstance(understood, Mapping):
        for field, value in written.items():
            here = f"{path}.{field}" if path else str(field)
            if field in understood:
                yield from unknown_fields(value, understood[field], here)
            else:
                yield here
    elif isinstance(written, list | tuple) and isinstance(understood, list | tuple):
        for position, (one, other) in enumerate(zip(written, understood, strict=False)):
            yield from unknown_fields(one, other, f"{path}.{position}")
