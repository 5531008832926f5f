"""What an installation decides about routing's rules."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """`seed_key` (32 bytes) makes the days' seeds; `ask_again` is how long a case waits while nobody may take it."""

    seed_key: bytes = field(repr=False)
    ask_again: timedelta = timedelta(minutes=5)
