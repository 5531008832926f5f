"""No small count follows from a public pack by adding and subtracting what it shows (domain 11)."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ops.chance import Chance
from services.registry.pack.hiding import FEWEST, Equations
from services.registry.pack.public import for_everybody
from tests.unit.registry.equations import COUNTS, PAIRS, Count, a_large_month, a_month, content, number, shown


def told_of_few(month: Count, seen: Iterable[str]) -> list[str]:
    """Counts and differences of a few people that follow from what is seen."""
    nobody = ({atom: 1} for place in seen for atom in COUNTS[place] if not number(COUNTS[place], month))
    known = Equations([*(COUNTS[place] for place in seen), *nobody])
    few = {what: count for what, count in {**COUNTS, **PAIRS}.items() if 0 < abs(number(count, month)) < FEWEST}
    return [what for what, count in few.items() if known.tell(count)]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_no_count_of_a_few_follows_from_what_is_shown(seed: int) -> None:
    month = a_month(Chance(seed))
    assert told_of_few(month, shown(for_everybody(content(month)))) == []


def test_of_a_large_month_everything_is_shown() -> None:
    assert shown(for_everybody(content(a_large_month()))).keys() == COUNTS.keys()


@pytest.mark.parametrize("what", PAIRS)
@pytest.mark.parametrize("few", [1, 4])
def test_a_difference_of_a_few_is_not_told(what: str, few: int) -> None:
    """All else is large: no count is small, only this difference."""
    month = a_large_month()
    month |= dict.fromkeys((atom for atom, times in PAIRS[what].items() if times > 0), 0)
    month |= dict.fromkeys((atom for atom, times in PAIRS[what].items() if times < 0), 0)
    month[next(atom for atom, times in PAIRS[what].items() if times > 0)] = few
    assert number(PAIRS[what], month) == few
    assert told_of_few(month, shown(for_everybody(content(month)))) == []
