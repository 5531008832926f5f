"""No small count of the work follows from what everybody sees of it by adding and subtracting (domain 11)."""

from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.coordination import ReferralOutcome
from services.contracts.routing import JumpReason, ResultKind
from services.ops.chance import Chance
from services.registry.pack.figures import FIGURES, TABLES, Measure
from services.registry.pack.hiding import FEWEST, Equations
from services.registry.pack.public import OUTCOMES, for_everybody
from services.registry.pack.work import COORDINATIONS, ENDS, KINDS, Answers, WorkCounts
from tests.unit.registry.months import BEGINS
from tests.unit.registry.months import ENDS as MONTH_ENDS

UNITS = ("u-1", "u-2", "u-3")
CHANNELS = ("WEB", "AGENCY_DESK")
ATOMS = (
    *(f"{'/'.join(atom)}" for atom in product(UNITS, CHANNELS, KINDS, ("measured", "not"))),
    *(f"{unit}/jump {reason}" for unit, reason in product(UNITS, JumpReason)),
    *(f"{unit}/end {outcome}" for unit, outcome in product(UNITS, ReferralOutcome)),
    *(f"{unit}/{what}" for unit, what in product(UNITS, COORDINATIONS)),
)
"""People who are alike in all that is told of the work."""
STATES = {outcome: state for state, outcomes in OUTCOMES.items() for outcome in outcomes}
Month = dict[str, int]


def every(*parts: str) -> dict[str, int]:
    """The atoms that have all these parts."""
    return {atom: 1 for atom in ATOMS if {*parts} <= {*atom.split("/")}}


def ended(state: Any, *parts: str) -> dict[str, int]:
    return {atom: 1 for outcome in OUTCOMES[state] for atom in every(f"end {outcome}", *parts)}


def answered(*parts: str) -> dict[str, int]:
    return {atom: 1 for kind in KINDS for atom in every(kind, *parts)}


COUNTS = {
    "work.answers": answered(),
    **{f"work.{name}": answered(kind) for kind, name in KINDS.items()},
    "work.median/of": answered("measured"),
    "work.p90/of": answered("measured"),
    **{
        f"{table}/{id}/{column}": answered(id, *parts)
        for table, ids in (("unitAnswers", UNITS), ("channelAnswers", CHANNELS))
        for id in ids
        for column, parts in (
            ("answers", ()),
            ("measured", ("measured",)),
            *((name, (kind,)) for kind, name in KINDS.items()),
        )
    },
    "work.jumps": {atom: 1 for reason in JumpReason for atom in every(f"jump {reason}")},
    **{f"jumpReasons/{reason.value}/jumps": every(f"jump {reason}") for reason in JumpReason},
    **{f"unitOrder/{u}/jumps": {a: 1 for why in JumpReason for a in every(u, f"jump {why}")} for u in UNITS},
    **{f"referrals.{name}": ended(state) for state, name in ENDS.items()},
    **{f"unitReferrals/{unit}/{name}": ended(state, unit) for unit in UNITS for state, name in ENDS.items()},
    **{f"referralOutcomes/{each.value}/referrals": every(f"end {each}") for each in ReferralOutcome},
    **{f"coordinations.{what}": every(what) for what in COORDINATIONS},
    **{f"unitCoordinations/{unit}/{what}": every(unit, what) for unit in UNITS for what in COORDINATIONS},
}


def content(month: Month) -> dict[str, Any]:
    """A pack with this work; whatever else it tells is left out."""
    counts = WorkCounts(BEGINS, MONTH_ENDS)
    for unit, channel, kind, time in product(UNITS, CHANNELS, KINDS, ("measured", "not")):
        many = month[f"{unit}/{channel}/{kind}/{time}"]
        for answers in (
            counts.all,
            counts.by_unit.setdefault(unit, Answers()),
            counts.by_channel.setdefault(channel, Answers()),
        ):
            answers.kinds[ResultKind(kind)] += many
            answers.minutes += [Fraction(60)] * (many if time == "measured" else 0)
    for unit, reason in product(UNITS, JumpReason):
        counts.jumps["o-1", reason, "o-2"] += month[f"{unit}/jump {reason}"]
        counts.order[unit, "jumps"] += month[f"{unit}/jump {reason}"]
    for unit, outcome in product(UNITS, ReferralOutcome):
        counts.referrals[unit, ENDS[STATES[outcome]]] += month[f"{unit}/end {outcome}"]
        counts.outcomes[outcome] += month[f"{unit}/end {outcome}"]
    for unit, what in product(UNITS, COORDINATIONS):
        counts.coordinations[unit, what] += month[f"{unit}/{what}"]
    nothing = {code: {"value": 0 if told.measure is Measure.PEOPLE else None} for code, told in FIGURES.items()}
    return {
        "figures": {**nothing, **counts.figures()},
        "tables": {**{name: [] for name in TABLES}, **counts.tables({}, {})},
    }


def place(told: dict[str, Any], where: str) -> int | None:
    """What stands there; None of what is hidden."""
    found: int | None
    if where.endswith("/of"):
        found = told["figures"][where.removesuffix("/of")].get("of")
    elif "/" in where:
        table, id, column = where.split("/")
        found = next(row for row in told["tables"][table] if row["id"] == id)[column]
    else:
        found = told["figures"][where]["value"]
    return found


def number(count: dict[str, int], month: Month) -> int:
    return sum(month[atom] for atom in count)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_no_count_of_a_few_follows_from_what_is_shown_of_the_work(seed: int) -> None:
    rng = Chance(seed)
    month = {atom: rng.choice((0, 0, 1, 2, 3, 5, 8, 11, 40)) for atom in ATOMS}
    whole = content(month)
    for where, count in COUNTS.items():
        assert place(whole, where) == number(count, month), where
    shown = for_everybody(whole)
    seen = [where for where in COUNTS if place(shown, where) is not None]
    nobody = ({atom: 1} for where in seen for atom in COUNTS[where] if not number(COUNTS[where], month))
    known = Equations([*(COUNTS[where] for where in seen), *nobody])
    few = [where for where, count in COUNTS.items() if 0 < number(count, month) < FEWEST]
    assert [where for where in few if known.tell(COUNTS[where])] == []


def test_of_much_work_everything_is_shown() -> None:
    month = dict.fromkeys(ATOMS, 40)
    whole = content(month)
    shown = for_everybody(whole)
    assert [where for where in COUNTS if place(shown, where) is None] == []
