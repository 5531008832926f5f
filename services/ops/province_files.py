"""A province as files: YAML documents whose top-level keys are kinds in the plural, each with a list of entries.

`orgId` at the top of a file stands for every entry in it that names none. `shared` holds what the file refers to by
anchors. A list inside `exceptions` is spread out, so that calendars can share their public holidays.
"""

from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from services.contracts.entries import BadEntry, read_entry
from services.contracts.entry import Entry, Status
from services.contracts.province_check import Problem, problems_of
from services.contracts.registry import BY_KIND
from services.contracts.service_sheet import Maturity, Sheet
from services.contracts.working_calendar import WorkingCalendar
from services.worktime import BadCalendar, calendar_from_wire

_PLURALS = {f"{kind}s": kind for kind in BY_KIND}


class BadProvince(ValueError):
    """The files make no province that could work; `problems` holds every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load_province(directory: Path) -> list[Entry]:
    """The entries of all `*.yaml` files under a folder, as written (version 0). Raises BadProvince with all reasons."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    paths = sorted(directory.rglob("*.yaml"))
    if not paths:
        what = "there is no *.yaml file here" if directory.is_dir() else "there is no such folder"
        problems.append(Problem(str(directory), what))
    for path in paths:
        for found in _read(path, str(path.relative_to(directory))):
            if isinstance(found, Problem):
                problems.append(found)
            else:
                entries.append(found)
    # Without what could not be read, references dangle that do not dangle in truth: those reasons would only mislead.
    problems = problems or [*_problems_of_hours(entries), *_said_by_others(entries), *problems_of(entries)]
    if problems:
        raise BadProvince(problems)
    return entries


def _read(path: Path, name: str) -> Iterator[Entry | Problem]:
    try:
        document = _Loader(path.read_text(encoding="utf-8")).get_single_data()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        yield Problem(name, f"is not YAML: {' '.join(str(error).split())}")
        return
    if not isinstance(document, Mapping):
        yield Problem(name, "holds no entries")
        return
    for plural, rows in document.items():
        if plural in ("orgId", "shared"):
            continue
        kind = _PLURALS.get(plural)
        if kind is None or not isinstance(rows, list):
            yield Problem(name, f"{plural} is no list of entries; known are {', '.join(_PLURALS)}")
            continue
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, Mapping):
                yield Problem(name, f"{plural}: entry {number} is no mapping")
                continue
            try:
                yield read_entry(kind, _completed(row, document.get("orgId")))
            except BadEntry as error:
                where = f"{name}: {kind} {row.get('id', f'number {number}')}"
                yield from (Problem(where, reason) for reason in error.reasons)


def _problems_of_hours(entries: list[Entry]) -> Iterator[Problem]:
    for calendar in (entry for entry in entries if isinstance(entry, WorkingCalendar)):
        try:
            calendar_from_wire(calendar.to_wire())
        except BadCalendar as bad:
            yield from (Problem(f"calendar {calendar.id}", what) for what in bad.problems)


def _said_by_others(entries: list[Entry]) -> Iterator[Problem]:
    """What no file says of a sheet: it would be passed over in silence."""
    for sheet in (entry for entry in entries if isinstance(entry, Sheet)):
        if sheet.maturity_verified is not Maturity.NONE:
            yield Problem(f"service {sheet.id}", "maturityVerified: the agency above verifies, by a command")
        if sheet.status is not Status.ACTIVE or sheet.planned:
            yield Problem(f"service {sheet.id}", "status: a published sheet is suspended and retired by a command")


def _completed(row: Mapping[str, Any], org_id: str | None) -> dict[str, Any]:
    entry = dict(row)
    if org_id is not None:
        entry.setdefault("orgId", org_id)
    exceptions = entry.get("exceptions")
    if isinstance(exceptions, list):
        entry["exceptions"] = [
            exception for item in exceptions for exception in (item if isinstance(item, list) else [item])
        ]
    return entry


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)
