"""Chance that can be had again: the same seed gives the same day, the same faults. For play and tests only."""

import random


def chance_of(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - its use is that it can be foretold; keys and passwords come from `secrets`
