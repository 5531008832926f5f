"""Which counts are not told: small ones, those that changed by few, and whatever gives either of them away (domain 11).

Zero is nobody, and stays. A count that is hidden could be had by subtraction where counts are parts of others that are
shown; then the smallest other count there is hidden too, until what is hidden adds up to five, is more than one, and
does not follow from all sums together, also not from this, that whatever is hidden is at least one: five parts of five
are one each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

FEWEST = 5
ONE = "\uffff"
"""The term of a number that stands by itself: the last to be solved for."""

Counts = Mapping[str, int]
"""By their places: `results.all`, `promises.earlyMedian/of`, or `<table>/<row>/<column>`."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts that are parts of others, taken together. What they do not make up is a part that nothing shows."""

    wholes: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def places(self) -> tuple[str, ...]:
        return (*self.wholes, *self.parts)

    def rest(self, counts: Counts) -> int:
        """What the parts leave out; or what they have too much, which tells as much of somebody."""
        return abs(sum(counts[whole] for whole in self.wholes) - sum(counts[part] for part in self.parts))


def hide(counts: Counts, sums: Iterable[Sum], before: Sequence[Counts] = ()) -> frozenset[str]:
    """The places of the counts that are not shown. Grows until nothing gives away what is hidden.

    `before`: what was shown of the same month earlier. A count that differs from it, or from what follows from it, by
    few would tell those few.
    """
    sums = list(sums)
    before = [_with_what_follows(then, sums, counts) for then in before]
    few = {place for place, count in counts.items() if _few(count, [then[place] for then in before if place in then])}
    small = [sum_ for sum_ in sums if _few(sum_.rest(counts), [sum_.rest(then) for then in _shown(sum_, before)])]
    hidden = set(few)
    while True:
        more = {place for each in sums if (place := _to_hide_too(each, counts, hidden)) is not None}
        more = more or set(_to_hide_for_all(few, small, sums, counts, hidden))
        more = more or set(_to_hide_at_their_least(few, sums, counts, hidden))
        if not more:
            return frozenset(hidden)
        hidden |= more


def _few(count: int, before: Iterable[int]) -> bool:
    return 0 < count < FEWEST or any(0 < abs(count - then) < FEWEST for then in before)


def _shown(sum_: Sum, before: Iterable[Counts]) -> Iterator[Counts]:
    return (then for then in before if all(place in then for place in sum_.places))


def _with_what_follows(shown: Counts, sums: Iterable[Sum], counts: Counts) -> Counts:
    """What was shown earlier, and what anybody can reckon from it: by the sums that leave nothing out."""
    told = Equations({place: 1, ONE: -count} for place, count in shown.items())
    told.know(
        {**dict.fromkeys(each.wholes, 1), **dict.fromkeys(each.parts, -1)} for each in sums if not each.rest(counts)
    )
    found = {place: told.value(place) for each in sums for place in each.places if place not in shown}
    return {**{place: count for place, count in found.items() if count is not None}, **shown}


def _to_hide_too(sum_: Sum, counts: Counts, hidden: set[str]) -> str | None:
    """One more count of a sum that gives away what it hides; None: by itself it does not."""
    wholes = [counts[whole] for whole in sum_.wholes if whole in hidden]
    parts = [counts[part] for part in sum_.parts if part in hidden]
    rest = sum_.rest(counts)
    if wholes:  # whoever sees all parts, and knows that they are all, sees the whole
        gives_away = not parts and not rest and (sum(wholes) < FEWEST or len(wholes) == 1)
    elif parts:
        gives_away = sum(parts) + rest < FEWEST or (len(parts) == 1 and not rest)
    else:
        gives_away = 0 < rest < FEWEST
    return _smallest([sum_], counts, hidden) if gives_away else None


def _to_hide_for_all(
    few: set[str], small: Iterable[Sum], sums: Sequence[Sum], counts: Counts, hidden: set[str]
) -> Iterator[str]:
    """One more count for whatever follows from several sums together: of a few people, or of what nothing shows."""
    known = Equations(_hidden(each, hidden) for each in sums if not each.rest(counts))
    told: list[tuple[str, ...]] = [(place,) for place in sorted(few) if known.tell({place: 1})]
    told += [each.places for each in small if known.tell(_hidden(each, hidden))]
    return (place for places in told if (place := _nearest(places, sums, counts, hidden)) is not None)


def _to_hide_at_their_least(few: set[str], sums: Sequence[Sum], counts: Counts, hidden: set[str]) -> Iterator[str]:
    """One more count for each of a few people that can only be what it is, since nothing that is hidden is zero."""
    lowest, highest = _bounds([each for each in sums if not each.rest(counts)], counts, hidden)
    told = [place for place in sorted(few) if lowest.get(place) == highest.get(place)]
    return (place for each in told if (place := _nearest((each,), sums, counts, hidden)) is not None)


def _bounds(sums: Sequence[Sum], counts: Counts, hidden: set[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Between what each hidden count must lie, as the sums bind it; one side of a sum comes to the other."""
    most = sum(counts.values()) + 1
    lowest = {place: min(1, counts[place]) if place in hidden else counts[place] for place in counts}
    highest = {place: most if place in hidden else counts[place] for place in counts}
    binding = [each for each in sums if hidden.intersection(each.places)]
    for _ in binding:  # no chain of sums is longer
        moved = False
        for each in binding:
            for these, those in ((each.wholes, each.parts), (each.parts, each.wholes)):
                least, greatest = (sum(of[place] for place in those) for of in (lowest, highest))
                for place in hidden.intersection(these):
                    others = [other for other in these if other != place]
                    from_ = least - sum(highest[other] for other in others)
                    until = greatest - sum(lowest[other] for other in others)
                    if from_ > lowest[place] or until < highest[place]:
                        lowest[place], highest[place] = max(lowest[place], from_), min(highest[place], until)
                        moved = True
        if not moved:
            break
    return lowest, highest


def _hidden(sum_: Sum, hidden: set[str]) -> dict[str, int]:
    """What of a sum is not shown, with its sign."""
    signs = {**dict.fromkeys(sum_.wholes, 1), **dict.fromkeys(sum_.parts, -1)}
    return {place: sign for place, sign in signs.items() if place in hidden}


def _nearest(places: Iterable[str], sums: Sequence[Sum], counts: Counts, hidden: set[str]) -> str | None:
    """The smallest count that is shown in a sum with these; else in one with what stands there, and so on."""
    met: set[str] = set()
    reached = set(places)
    while reached - met:
        met = set(reached)
        around = [each for each in sums if met & {*each.places}]
        found = _smallest(around, counts, hidden)
        if found is not None:
            return found
        reached |= {place for each in around for place in each.places}
    return None


def _smallest(sums: Iterable[Sum], counts: Counts, hidden: set[str]) -> str | None:
    """Of what is shown in these sums; a part sooner than a whole."""
    shown = [(place in each.wholes, counts[place], place) for each in sums for place in each.places]
    return min((each for each in shown if each[1] and each[2] not in hidden), default=(None, None, None))[2]


class Equations:
    """What follows from sums by adding and subtracting them."""

    def __init__(self, sums: Iterable[Mapping[str, int]]) -> None:
        """Each says that its terms come to something known: to zero, where `ONE` is among the terms of any."""
        self._solved: dict[str, dict[str, Fraction]] = {}
        """By a term that no other has: the terms that it follows from."""
        self.know(sums)

    def know(self, sums: Iterable[Mapping[str, int]]) -> None:
        for terms in sums:
            left = self._left(terms)
            if left:
                self._solve(left)

    def tell(self, terms: Mapping[str, int]) -> bool:
        """Whether what these terms come to is known."""
        return not self._left(terms)

    def value(self, term: str) -> int | None:
        """What a term comes to; None where that does not follow, as from sums that contradict each other."""
        left = self._left({term: 1})
        found = left.pop(ONE, Fraction(0))
        return None if left or found.denominator != 1 else found.numerator

    def _left(self, terms: Mapping[str, int]) -> dict[str, Fraction]:
        left: dict[str, Fraction] = {}
        for term, times in terms.items():
            _add(left, self._solved.get(term, {term: Fraction(1)}), Fraction(times))
        return left

    def _solve(self, left: Mapping[str, Fraction]) -> None:
        term = min(left)
        if term == ONE:  # one sum says otherwise than others, of a month that was different
            return
        solved = {other: -times / left[term] for other, times in left.items() if other != term}
        for terms in self._solved.values():
            _add(terms, solved, terms.pop(term, Fraction(0)))
        self._solved[term] = solved


def _add(terms: dict[str, Fraction], more: Mapping[str, Fraction], times: Fraction) -> None:
    for term, each in more.items() if times else ():
        terms[term] = terms.get(term, Fraction(0)) + times * each
        if not terms[term]:
            del terms[term]
