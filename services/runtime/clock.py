"""The time of a service. In the development profile the whole stack may be set to another moment (design 7)."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The moment, UTC, with microseconds."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class OffsetClock:
    """The system's time, moved by `{"offsetSeconds": n}` in a file that all services of a stack share.

    The file is looked at 5 times a second.
    """

    LOOK_EVERY = 0.2

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = timedelta()
        self._looked = float("-inf")

    def now(self) -> datetime:
        if time.monotonic() - self._looked > self.LOOK_EVERY:
            self._looked = time.monotonic()
            self._offset = self._read()
        return datetime.now(UTC) + self._offset

    def _read(self) -> timedelta:
        try:
            return timedelta(seconds=float(json.loads(self._path.read_text())["offsetSeconds"]))
        except FileNotFoundError:
            return timedelta()
        except (ValueError, KeyError, TypeError, OverflowError):
            return self._offset  # half-written or spoiled: keep the last good one
