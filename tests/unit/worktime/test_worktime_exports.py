"""The public surface of working time is a closed list, and it stays pure."""

import ast
from pathlib import Path

from services import worktime

OWN = ("services.worktime.", "services.contracts.")
ROOM = Path(worktime.__file__).parent
PURE = {"array", "bisect", "collections", "dataclasses", "datetime", "enum", "fractions", "functools", "itertools",
        "persiantools", "re", "typing", "zoneinfo"}  # fmt: skip


def test_what_is_exported_is_what_is_promised() -> None:
    assert worktime.__all__ == sorted(worktime.__all__)
    assert set(worktime.__all__) == {
        "BadCalendar", "BeyondHorizon", "Calendar", "Clock", "ClockMisuse", "DayException", "DayKind", "Due",
        "Duration", "ExceptionStatus", "Interval", "MovedBy", "NeverOpen", "NotCovered", "Presence", "Unit",
        "UnitMismatch",
        "WeekPattern", "Weekday", "WorktimeError", "advance", "calendar_from_wire", "changed_days", "day_kind",
        "elapsed", "is_open",
        "jalali_date", "jalali_long", "jalali_sms", "jalali_text", "last_open_minute", "next_opening", "open_intervals",
        "parse_jalali", "promise", "said_of",
    }  # fmt: skip
    for name in worktime.__all__:
        assert getattr(worktime, name).__module__.startswith("services.worktime.")


def test_working_time_does_no_input_or_output_and_knows_contracts_at_most() -> None:
    for file in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.startswith(OWN) or name.split(".")[0] in PURE, f"{file.name}: {name}"


def test_every_error_has_a_code_of_its_own() -> None:
    errors = [value for value in vars(worktime).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert len({error.code for error in errors if issubclass(error, worktime.WorktimeError)}) == len(errors) == 7
