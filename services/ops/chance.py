"""Chance that can be had again. For play and tests only: nothing secret comes of it."""

import random


class Chance(random.Random):
    """The same seed gives the same day, the same faults; there is none without a seed."""

    def __init__(self, seed: int | str) -> None:
        super().__init__(seed)
