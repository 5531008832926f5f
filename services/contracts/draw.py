"""How an officer is drawn for a task, so that anyone can check it again once the day's seed is published (domain 7)."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

ALGORITHM = "HMAC-SHA256(seed, taskId|officerId)"

Rule = tuple[str, int]
"""By which a task was given to somebody, and the version of it."""
LOWEST_LOAD: Rule = "lowest-load", 1
SAME_OFFICER: Rule = "same-officer", 1
"""What was reopened goes back to whoever did it, whatever their load (domain 12.18)."""
BY_HAND: Rule = "by-hand", 1
"""By who leads, with a reason and a second officer."""


def lot(seed: bytes, task_id: str, officer_id: str) -> bytes:
    """An officer's lot for a task; the lowest wins."""
    return hmac.digest(seed, f"{task_id}|{officer_id}".encode(), "sha256")


def lowest_load(candidates: Sequence[str], loads: Sequence[int]) -> list[str]:
    """Those of the candidates among whom the lots decide. `loads`: of each, in the same order."""
    lowest = min(loads)
    return [officer for officer, load in zip(candidates, loads, strict=True) if load == lowest]


def winner(task_id: str, tied: Sequence[str], seed: bytes) -> str:
    """`tied` is not empty."""
    return min(tied, key=lambda officer: lot(seed, task_id, officer))


def commitment(seed: bytes) -> str:
    """What is published of a seed before its day is over: whoever has noted it sees that none was chosen afterwards."""
    return sha256(seed).hexdigest()
