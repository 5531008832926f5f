"""Loaded by schemathesis in its own process: half of the generated ids become ones that exist.

Without them hardly a call would get past "no such desk". What exists stands in the file that FUZZ_KNOWN names: the name
of a field, or of the folder before an id in a path, to the ids to take.
"""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import schemathesis

KNOWN: dict[str, list[Any]] = json.loads(Path(os.environ["FUZZ_KNOWN"]).read_text())


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """The same call gets the same ids in every run."""
    said = repr((case.method, case.path, case.path_parameters, case.query, case.body))
    if isinstance(case.path_parameters, dict):
        _fill(case.path_parameters, said, folders(case.path))
    _walk(case.query, said)
    _walk(case.body, said)
    _sure(case.headers, said)


def folders(path: str) -> dict[str, str]:
    """Of each parameter of a path the folder before it: by whatever name, that says what it is the id of."""
    parts = path.strip("/").split("/")
    return {part.strip("{}"): parts[place - 1] for place, part in enumerate(parts) if part.startswith("{")}


def _sure(headers: Any, said: str) -> None:
    """Half of the calls that change something are new and have seen what they change: others end with the header."""
    for name in ("Idempotency-Key", "If-Match"):
        number, keep = divmod(_drawn(said, name), 2)
        if headers and name in headers and not keep:
            headers[name] = "*" if name == "If-Match" else f"fuzz-{number}"


def _walk(value: Any, said: str) -> None:
    if isinstance(value, dict):
        _fill(value, said, {})
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _walk(inner, said)


def _fill(fields: dict[str, Any], said: str, meant: dict[str, str]) -> None:
    for name, value in fields.items():
        known = KNOWN.get(meant.get(name, name))
        which, keep = divmod(_drawn(said, name), 2)
        if known and isinstance(value, str | dict) and not keep:
            fields[name] = known[which % len(known)]


def _drawn(said: str, name: str) -> int:
    return zlib.crc32(f"{said} {name}".encode(errors="replace"))
