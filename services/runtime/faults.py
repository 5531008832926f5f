"""The points at which a crash is interesting. Fault tests end the process there; docs/door.md says what heals each."""

import os
import signal
from enum import StrEnum


class KillPoint(StrEnum):
    """Every named point on the way of a batch and of what follows from it. "Pull": the lines of what is sent go."""

    BEFORE_WRITE = "before-write"
    AFTER_WRITE = "after-write"
    AFTER_ANSWER = "after-answer"
    BETWEEN_ROUNDS = "between-rounds"
    BEFORE_EFFECT = "before-effect"
    AFTER_PUBLISH = "after-publish"
    AFTER_PULL = "after-pull"
    BEFORE_COMMIT = "before-commit"
    AFTER_COMMIT = "after-commit"


class Faults:
    """Passes each point; with a setting like `after-write:3` the third passing is the last thing the process does."""

    def __init__(self, kill_at: str = "") -> None:
        self._point, self._left = None, 0
        if kill_at:
            name, _, count = kill_at.partition(":")
            self._point, self._left = KillPoint(name), int(count or 1)

    def passing(self, point: KillPoint) -> None:
        if point is self._point:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
