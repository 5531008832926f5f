"""What everybody may see of a pack: nobody's name, no count below five, and none that can be worked out (domain 11)."""

import itertools
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ops.chance import Chance
from services.registry.pack.figures import FIGURES, TABLES, Measure
from services.registry.pack.hiding import FEWEST, Sum, hide
from services.registry.pack.public import for_everybody
from services.registry.packing import counted
from tests.unit.registry.frozen import with_cases
from tests.unit.registry.governorate import AGENCY, HEAD
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import MONTH, a_life

SMALL = range(1, FEWEST)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=3), st.integers(0, 8), st.booleans())
def test_no_small_count_follows_from_what_is_shown(parts: list[int], rest: int, twice: bool) -> None:
    """Every way to fill in what is hidden is tried: a small count must be able to be several numbers."""
    names = [f"part-{n}" for n in range(len(parts))]
    counts = dict(zip(names, parts, strict=True)) | {"whole": sum(parts) + rest}
    sums = [Sum(("whole",), tuple(names))]
    if twice:  # the same whole in other parts
        counts |= {"this": sum(parts), "that": rest}
        sums.append(Sum(("whole",), ("this", "that")))
    hidden = sorted(hide(counts, sums))
    assert {name for name, count in counts.items() if count in SMALL} <= set(hidden)
    known = {name: count for name, count in counts.items() if name not in hidden}
    may_be: dict[str, set[int]] = {name: set() for name in hidden if counts[name] in SMALL}
    for guess in itertools.product(range(sum(parts) + rest + 2), repeat=len(hidden)):
        world = known | dict(zip(hidden, guess, strict=True))
        left, *others = (
            sum(world[whole] for whole in each.wholes) - sum(world[part] for part in each.parts) for each in sums
        )
        if (left >= 0 if rest else left == 0) and not any(others):  # what is complete is known to be
            for name, values in may_be.items():
                values.add(world[name])
        if all(len(values) > 1 for values in may_be.values()):
            return
    raise AssertionError((may_be, counts, hidden))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 2), min_size=5, max_size=5), st.integers(0, 5))
def test_no_small_count_follows_from_this_that_nothing_hidden_is_zero(parts: list[int], left: int) -> None:
    """Two units, and what each has of several kinds. Every way to fill in what is hidden with at least one is tried."""
    names = [f"part-{n}" for n in range(len(parts))]
    units = {"left": names[:left], "right": names[left:]}
    sums = [Sum(("all",), tuple(units)), *(Sum((unit,), tuple(those)) for unit, those in units.items())]

    def whole(world: dict[str, int]) -> dict[str, int]:
        of_units = {unit: sum(world[name] for name in those) for unit, those in units.items()}
        return {**world, **of_units, "all": sum(of_units.values())}

    counts = whole(dict(zip(names, parts, strict=True)))
    hidden = hide(counts, sums)
    unknown = [name for name in names if name in hidden]
    may_be: dict[str, set[int]] = {name: set() for name in hidden if counts[name] in SMALL}
    for guess in itertools.product(range(1, 7), repeat=len(unknown)):
        world = whole({name: counts[name] for name in names} | dict(zip(unknown, guess, strict=True)))
        if all(world[name] == counts[name] for name in counts if name not in hidden):
            for name, values in may_be.items():
                values.add(world[name])
    assert [name for name, values in may_be.items() if len(values) < 2] == [], (counts, sorted(hidden))


def test_five_parts_of_five_are_one_each_so_the_five_is_not_told() -> None:
    counts = dict.fromkeys("abcde", 1) | {"all": 5}
    assert "all" in hide(counts, [Sum(("all",), tuple("abcde"))])


def test_parts_of_parts_that_come_to_as_many_as_they_are_tell_no_whole() -> None:
    counts = dict.fromkeys("abcdef", 1) | {"one": 3, "two": 3, "all": 6}
    sums = [Sum(("one",), ("a", "b", "c")), Sum(("two",), ("d", "e", "f")), Sum(("all",), ("one", "two"))]
    assert "all" in hide(counts, sums)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
async def test_a_public_pack_holds_no_small_count_of_people_and_no_officer(seed: int, number: int) -> None:
    rng = Chance(seed)
    office = await the_office()
    await with_cases(office, *(event for each in range(number) for event in a_life(rng, each)))
    whole = await counted(office.readable, AGENCY, MONTH)
    shown = for_everybody(whole)
    for officer in (HEAD, "o-1", "o-2"):
        assert officer not in json.dumps(shown), officer
    for code, told in FIGURES.items():
        figure = shown["figures"].get(code, {})
        assert told.measure is not Measure.PEOPLE or figure.get("value") not in SMALL, code
        assert not told.rests_on or figure.get("of") not in SMALL, code
        was = whole["figures"][code]
        assert not (told.personal and figure), code
        assert told.personal or figure in (was, {"value": None, "why": "SMALL"}), code
    for name, table in TABLES.items():
        for row in shown["tables"].get(name, ()):
            for column, told in table.columns.items():
                assert told.measure is not Measure.PEOPLE or row[column] not in SMALL, (name, row)


OFFICES: list[Any] = []


async def the_office() -> Ministry:
    """One province for all examples; each has cases of its own."""
    if not OFFICES:
        OFFICES.append(await Ministry.of_the_province())
    office: Ministry = OFFICES[0]
    office.store.collections.pop("reported-case", None)
    return office


async def test_a_rate_of_few_says_nothing() -> None:
    office = await Ministry.of_the_province()
    rng = Chance(5)
    await with_cases(office, *(event for each in range(3) for event in a_life(rng, each)))
    shown = for_everybody(await counted(office.readable, AGENCY, MONTH))
    for code in ("promises.keptShare", "results.median", "results.p90", "visits.perCase", "surveys.treatment"):
        assert shown["figures"][code]["value"] is None, code


def test_a_count_of_one_to_four_is_hidden_and_of_none_or_five_shown() -> None:
    assert [count for count in range(8) if hide({"all": count}, [])] == [1, 2, 3, 4]


def test_zero_is_nobody_and_stays() -> None:
    assert hide({"a": 0, "b": 7, "all": 7}, [Sum(("all",), ("a", "b"))]) == frozenset()


def test_what_a_whole_tells_of_its_small_part_is_hidden_with_another() -> None:
    counts = {"kept": 40, "broken": 2, "released": 9, "all": 51}
    assert hide(counts, [Sum(("all",), ("kept", "broken", "released"))]) == {"broken", "released"}


def test_a_count_that_is_hidden_for_one_whole_is_not_told_by_another() -> None:
    counts = {"small": 2, "shared": 9, "other": 7, "one": 11, "two": 16}
    assert hide(counts, [Sum(("one",), ("small", "shared")), Sum(("two",), ("shared", "other"))]) >= {
        "small",
        "shared",
        "other",
    }


async def test_what_few_were_measured_for_is_hidden_though_many_were_counted() -> None:
    office = await the_office()
    content = json.loads(json.dumps(await counted(office.readable, AGENCY, MONTH)))
    content["figures"] |= {"results.all": {"value": 30}, "results.granted": {"value": 30}}
    content["figures"]["results.onSpot"] = {"value": 30}
    for service in content["tables"]["services"][:1]:
        service["results"] = 30
    for of, shown in ((3, None), (5, 90)):
        content["figures"]["results.median"] = {"value": 90, "of": of}
        assert for_everybody(content)["figures"]["results.median"]["value"] == shown
