"""What may be shown to everybody: no officer's name, and no count below five, nor one that gives such a count away.

Zero is nobody, and stays. A count that is hidden could be had by subtraction where parts add up to a whole that is
shown; then the smallest of the other parts is hidden too, until what is hidden adds up to five and is more than one.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from services.registry.pack.figures import FIGURES, TABLES, Measure, Told, Why

FEWEST = 5

Counts = Mapping[str, int]
"""By their places: `results.all`, or `<table>/<row>/<column>`."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts that are parts of another. What they do not make up of it is a part that is not shown."""

    whole: str
    parts: tuple[str, ...]


def for_everybody(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content without what is not for everybody."""
    counts = dict(_counts(content))
    hidden = hide(counts, list(_sums(content, counts)))
    shown = deepcopy(dict(content))
    figures, tables = shown["figures"], shown["tables"]
    for code, told in FIGURES.items():
        value = figures[code]
        if told.personal:
            del figures[code]
        elif code in hidden or _gives_away(value, told, hidden) or (0 < value.get("of", 0) < FEWEST and told.rests_on):
            figures[code] = {"value": None, "why": Why.SMALL.value}
    for name, table in TABLES.items():
        if table.personal:
            del tables[name]
            continue
        for row in tables[name]:
            for column, told in table.columns.items():
                place = f"{name}/{row['id']}/{column}"
                rests_on = (f"{name}/{row['id']}/{each}" for each in told.rests_on)
                small = any(each in hidden or 0 < counts.get(each, FEWEST) < FEWEST for each in rests_on)
                if told.personal:
                    del row[column]
                elif place in hidden or (small and row[column] is not None):
                    row[column] = None
                    row["why"] = Why.SMALL.value
    return shown


def hide(counts: Counts, sums: Iterable[Sum]) -> frozenset[str]:
    """The places of the counts that are not shown. Grows until no sum gives away what is hidden."""
    hidden = {place for place, count in counts.items() if 0 < count < FEWEST}
    sums = list(sums)
    while more := {place for each in sums if (place := _to_hide_too(each, counts, hidden)) is not None}:
        hidden |= more
    return frozenset(hidden)


def _to_hide_too(sum_: Sum, counts: Counts, hidden: set[str]) -> str | None:
    """One more count of this sum that has to be hidden; None: it gives nothing away."""
    rest = counts[sum_.whole] - sum(counts[part] for part in sum_.parts)
    unseen = [part for part in sum_.parts if part in hidden]
    shown = sorted((counts[part], part) for part in sum_.parts if part not in hidden and counts[part])
    if sum_.whole in hidden:
        # then all its parts together must not be seen, unless they leave something out that is not shown
        given_away = not unseen and not rest and counts[sum_.whole] > 0
        return shown[0][1] if given_away and shown else None
    together = sum(counts[part] for part in unseen) + rest
    alone = len(unseen) + (rest > 0) == 1
    if not together or (together >= FEWEST and not (alone and unseen)):
        return None
    return shown[0][1] if shown else sum_.whole


def _gives_away(value: Mapping[str, Any], told: Told, hidden: frozenset[str]) -> bool:
    if value["value"] is None:
        return False
    tables = {place.partition("/")[0] for place in hidden if "/" in place}
    return any(each in hidden or each.removesuffix(".*") in tables for each in told.rests_on)


def _counts(content: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for code, told in FIGURES.items():
        value = content["figures"][code]["value"]
        if told.measure is Measure.PEOPLE and value is not None:
            yield code, value
    for name, table in TABLES.items():
        for row in content["tables"][name]:
            for column, told in table.columns.items():
                if told.measure is Measure.PEOPLE and row[column] is not None:
                    yield f"{name}/{row['id']}/{column}", row[column]


def _sums(content: Mapping[str, Any], counts: Counts) -> Iterator[Sum]:
    """What adds up to what, in the figures and between them and the tables."""

    def column(name: str, of: str) -> tuple[str, ...]:
        return tuple(f"{name}/{row['id']}/{of}" for row in content["tables"][name])

    yield Sum("cases.filed", column("channels", "cases"))
    yield Sum("cases.filed", column("reasons", "cases"))
    yield Sum("redirects.ended", ("redirects.honoured", "redirects.failed", "redirects.takenBack", "redirects.closed"))
    yield Sum("promises.ended", ("promises.kept", "promises.broken"))
    for of in ("kept", "broken", "released", "keptLate"):
        yield Sum(f"promises.{of}", column("promises", of))
    yield Sum("results.all", ("results.granted", "results.refused", "results.partial"))
    yield Sum("results.all", column("services", "results"))
    yield Sum("results.overMaximum", column("services", "overMaximum"))
    for part in ("results.onSpot", "results.overMaximum"):
        yield Sum("results.all", (part,))
    for row in content["tables"]["services"]:
        for part in ("measured", "overMaximum"):
            yield Sum(f"services/{row['id']}/results", (f"services/{row['id']}/{part}",))
    yield Sum("announcements.all", ("announcements.withinDay",))
    yield Sum("visits.completed", ("visits.first",))
    yield Sum("visits.tickets", column("visits", "visits"))
    yield Sum("visits.tickets", ("visits.guidance",))
    yield Sum("surveys.answered", column("treatment", "answers"))
    for part in ("surveys.onTime", "surveys.sentToUnit"):
        yield Sum("surveys.answered", (part,))
    yield Sum("deficiencies.open", ("deficiencies.overdue",))
