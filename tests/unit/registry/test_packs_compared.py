"""No small count follows from two revisions of a public pack, by subtracting what each shows (domain 11)."""

from datetime import timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.contracts.intake import ChannelReason, RequestMoved
from services.ops.chance import Chance
from services.registry.pack.hiding import FEWEST, ONE, Equations
from services.registry.pack.public import for_everybody
from tests.unit.registry.equations import (
    ATOMS,
    COUNTS,
    PAIRS,
    Count,
    a_large_month,
    a_month,
    content,
    less,
    number,
    plus,
    shown,
)
from tests.unit.registry.frozen import events, json_of, values, with_cases
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import BEGINS, Life


def of_revision(count: Count, number: int) -> Count:
    return {f"{atom} in {number}": times for atom, times in count.items()}


def changed_by_few(first: Count, second: Count, *shows: dict[str, Any]) -> list[str]:
    """Counts and differences of which two revisions together tell that a few people came late."""
    rows = []
    for number_, month, public in ((1, first, shows[0]), (2, second, shows[1])):
        seen = shown(public)
        nobody = ({atom: 1} for place in seen for atom in COUNTS[place] if not number(COUNTS[place], month))
        rows += [of_revision(count, number_) for count in (*(COUNTS[place] for place in seen), *nobody)]
    known = Equations(rows)
    few = {
        what: count
        for what, count in {**COUNTS, **PAIRS}.items()
        if 0 < abs(number(count, second) - number(count, first)) < FEWEST
    }
    return [what for what, count in few.items() if known.tell(less(of_revision(count, 2), of_revision(count, 1)))]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
@example(10003, False)  # results without a measured time: a part that nothing shows
@example(101072, False)  # whoever was served: hidden in both, and the difference of what is shown in both
def test_what_came_late_of_a_few_does_not_follow_from_two_revisions(seed: int, large: bool) -> None:
    rng = Chance(seed)
    first = a_large_month() if large else a_month(rng)
    late = {atom: rng.choice((1, 2, 3, 7)) for atom in rng.sample(ATOMS, rng.choice((1, 2, 5)))}
    second = plus(first, late)
    before = for_everybody(content(first))
    assert changed_by_few(first, second, before, for_everybody(content(second), [before])) == []


def test_it_would_follow_if_the_former_were_not_looked_at() -> None:
    first = a_large_month()
    second = plus(first, {"honoured": 2})
    plain = for_everybody(content(first)), for_everybody(content(second))
    assert "redirects.honoured" in changed_by_few(first, second, *plain)


def test_half_a_person_follows_from_nothing() -> None:
    """Sums that hold of one month may not have held of the one before."""

    def known(both: int) -> Equations:
        return Equations([{"a": 1, "b": 1, ONE: -both}, {"a": 1, "b": -1}])

    assert known(18).value("a") == 9
    assert known(17).value("a") is None


async def test_a_pack_that_is_frozen_again_looks_at_what_each_revision_told() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events(number=60))
    await office.freeze()
    filed = values(json_of(office, public=True))["cases.filed"]
    assert filed is not None
    for number_, shows in ((2, False), (3, False), (4, True)):
        for each in range(2):
            came = guided_case(10 * number_ + each)
            await with_cases(office, *came)
        await office.freeze(revise=True)
        public = json_of(office, number_, public=True)
        assert values(json_of(office, number_))["cases.filed"] == filed + 2 * (number_ - 1)
        assert (values(public)["cases.filed"] is not None) is shows, "2, 4 and 6 more than the first told"


def guided_case(number_: int) -> list[RequestMoved]:
    life = Life(Chance(number_), 9_000 + number_)
    life.now = BEGINS + timedelta(days=3)
    life.facts["filed_at"] = life.now
    life.tells("request.guided", channel_reason=ChannelReason.INFO)
    return life.events
