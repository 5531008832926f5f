"""Chance that can be had again: the same seed gives the same day, the same faults. For play and tests only."""

import random


def chance_of(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nothing secret comes of it, and a seed must give the same day again
