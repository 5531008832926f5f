"""Chance that can be had again: the same seed gives the same day, the same faults. For play and tests only."""

import random


def chance_of(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - foretold on purpose: a demo day or a fault is repeated by its seed
