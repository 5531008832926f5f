"""The few operators of queries that ours use, on documents as stored."""

from collections.abc import Callable, Mapping
from typing import Any


def fits(row: Mapping[str, Any], filter: Mapping[str, Any]) -> bool:
    for name, wanted in filter.items():
        if name == "$and":
            if not all(fits(row, part) for part in wanted):
                return False
        elif name == "$nor":
            if any(fits(row, part) for part in wanted):
                return False
        elif name == "$or":
            if not any(fits(row, part) for part in wanted):
                return False
        elif not _holds(value_of(row, name), wanted):
            return False
    return True


def value_of(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for part in path.split("."):
        if isinstance(value, list) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else None
        elif isinstance(value, list):
            value = [each.get(part) for each in _flat(value)]
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _flat(values: list[Any]) -> list[Any]:
    """A path leads on through lists within lists."""
    return [one for each in values for one in (each if isinstance(each, list) else [each])]


def _each(value: Any) -> list[Any]:
    """A list holds what one of its elements holds."""
    return value if isinstance(value, list) else [] if value is None else [value]


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$type": lambda value, kind: isinstance(value, {"string": str}[kind]),
    "$exists": lambda value, wanted: (value is not None) is wanted,
    "$gt": lambda value, bound: any(each > bound for each in _each(value)),
    "$gte": lambda value, bound: value is not None and value >= bound,
    "$lte": lambda value, bound: value is not None and value <= bound,
    "$lt": lambda value, bound: value is not None and value < bound,
    "$elemMatch": lambda value, wanted: any(fits(each, wanted) for each in _each(value)),
    "$ne": lambda value, refused: refused not in _each(value),
    "$nin": lambda value, refused: value not in refused,
    "$in": lambda value, allowed: bool(set(value if isinstance(value, list) else [value]) & set(allowed)),
}


def _holds(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return all(_OPERATORS[name](value, bound) for name, bound in wanted.items())
    return bool(value == wanted) or wanted in _each(value)
