"""Shares, medians and percentiles, as a pack tells them: the same digits on every machine."""

from collections.abc import Sequence
from fractions import Fraction

from services.registry.pack.figures import Figure, Why, figure


def share(part: int, whole: int) -> Figure:
    """Percent with one decimal."""
    if not whole:
        return figure(None, of=0, why=Why.NOTHING_TO_COUNT)
    return figure(tenths(Fraction(100 * part, whole)), of=whole)


def mean(total: int, count: int) -> Figure:
    if not count:
        return figure(None, of=0, why=Why.NOTHING_TO_COUNT)
    return figure(tenths(Fraction(total, count)), of=count)


def rank(values: Sequence[Fraction], percent: int) -> Fraction | None:
    """The smallest of the values that so many percent of them do not exceed (nearest rank); None of no values."""
    if not values:
        return None
    place = -(-percent * len(values) // 100)
    return sorted(values)[max(place, 1) - 1]


def ranked(values: Sequence[Fraction], percent: int, *, whole: bool = False) -> Figure:
    """`whole`: in whole units, those that are complete."""
    found = rank(values, percent)
    if found is None:
        return figure(None, of=0, why=Why.NOTHING_TO_COUNT)
    return figure(int(found) if whole else tenths(found), of=len(values))


def tenths(value: Fraction) -> int | float:
    """Half a tenth goes to the even one. A whole number is written as one, as RFC 8785 wants it."""
    found = round(value * 10)
    return found / 10 if found % 10 else found // 10
