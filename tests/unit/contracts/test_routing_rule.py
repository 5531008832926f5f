"""By which row of its rule a case is worked on, and what is wrong with a rule by itself (domain 7)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.entry import Status
from services.contracts.flaws import flaws
from services.contracts.kiosk import Scheme
from services.contracts.routing_rule import (
    APPLICANT_KINDS,
    ApplicantKind,
    RoutingRule,
    RuleRow,
    matches,
    row_for,
    takes_all_of,
)
from services.contracts.snapshot import Snapshot

STEP = {"id": "plan", "unitId": "permits"}
LARGE, DEAR, REST = {"minArea": 1000}, {"minAmount": 500, "maxAmount": 900}, dict[str, Any]()


def rule(*rows: dict[str, Any], **fields: Any) -> RoutingRule:
    written = [{"steps": [STEP]} | row for row in rows or (REST,)]
    return RoutingRule.model_validate(
        {"id": "r", "orgId": "wa", "version": 1, "serviceId": "building-permit", "rows": written} | fields
    )


def chosen(those: RoutingRule, **case: Any) -> int | None:
    unsaid: dict[str, Any] = {"county": None, "area": None, "amount": None, "applicant": None}
    row = row_for(those, **unsaid | case)
    return None if row is None else those.rows.index(row)


@pytest.mark.parametrize(
    ("case", "row"),
    [
        ({"area": 1000.0}, 0),
        ({"area": 1000.0, "amount": 500}, 0),
        ({"area": 999.9, "amount": 500}, 1),
        ({"amount": 899}, 1),
        ({"amount": 900}, 2),
        ({"amount": 499}, 2),
        ({}, 2),
    ],
)
def test_the_first_row_that_fits_is_the_one_and_bounds_are_half_open(case: dict[str, Any], row: int) -> None:
    assert chosen(rule(LARGE, DEAR, REST), **case) == row


def test_where_no_row_fits_the_rule_says_nothing() -> None:
    assert chosen(rule(LARGE, DEAR), amount=1) is None


@pytest.mark.parametrize("bound", [{"minAmount": 0}, {"maxAmount": 10}, {"minArea": 0}, {"maxArea": 10}])
def test_what_nobody_has_said_lies_within_no_bound(bound: dict[str, Any]) -> None:
    """Else whoever leaves the amount out would choose who decides."""
    assert chosen(rule(bound)) is None
    assert chosen(rule(bound), area=5.0, amount=5) == 0


@pytest.mark.parametrize(
    ("case", "row"),
    [
        ({"county": "urmia", "applicant": ApplicantKind.LEGAL}, 0),
        ({"county": "khoy", "applicant": ApplicantKind.FOREIGN}, 0),
        ({"county": "urmia", "applicant": ApplicantKind.NATURAL}, None),
        ({"county": "tabriz", "applicant": ApplicantKind.LEGAL}, None),
        ({"county": "urmia"}, None),
        ({"applicant": ApplicantKind.LEGAL}, None),
    ],
)
def test_all_of_a_condition_has_to_be_so(case: dict[str, Any], row: int | None) -> None:
    assert chosen(rule({"counties": ["urmia", "khoy"], "applicants": ["LEGAL", "FOREIGN"]}), **case) == row


def test_every_kind_of_identifier_is_of_a_kind_of_applicant() -> None:
    assert APPLICANT_KINDS.keys() == set(Scheme)
    assert set(APPLICANT_KINDS.values()) == set(ApplicantKind)


# -- a row that is never reached ---------------------------------------------------------------------------------------

few = st.one_of(st.none(), st.integers(0, 3))
rows = st.builds(
    lambda counties, applicants, area, amount: rule(
        {"counties": counties, "applicants": applicants}
        | dict(zip(("minArea", "maxArea", "minAmount", "maxAmount"), (*area, *amount), strict=True))
    ).rows[0],
    st.sets(st.sampled_from(["urmia", "khoy"])).map(sorted),
    st.sets(st.sampled_from(["LEGAL", "NATURAL"])).map(sorted),
    st.tuples(few, few),
    st.tuples(few, few),
)


def is_empty(row: RuleRow) -> bool:
    bounds = ((row.min_area, row.max_area), (row.min_amount, row.max_amount))
    return any(end is not None and end <= (first or 0) for first, end in bounds)


@given(rows.filter(lambda row: not is_empty(row)), rows.filter(lambda row: not is_empty(row)))
def test_a_row_is_never_reached_when_all_that_fits_it_fits_an_earlier_one(earlier: RuleRow, later: RuleRow) -> None:
    """Compared with every case that there is, of few values."""
    values = (None, *(each / 2 for each in range(9)))
    cases = [
        {"county": county, "area": area, "amount": amount, "applicant": applicant}
        for county in (None, "urmia", "khoy", "tabriz")
        for applicant in (None, *ApplicantKind)
        for area in values
        for amount in (None, 0, 1, 2, 3, 4)
    ]
    fits_later = [case for case in cases if matches(later, **case)]
    assert takes_all_of(earlier, later) == all(matches(earlier, **case) for case in fits_later)


# -- flaws -------------------------------------------------------------------------------------------------------------


def steps(*those: dict[str, Any]) -> dict[str, Any]:
    return {"steps": [{"unitId": "permits"} | step for step in those]}


@pytest.mark.parametrize(
    ("row", "flaw"),
    [
        ({"minAmount": 5, "maxAmount": 5}, "rows.0.maxAmount: nothing lies from 5 on and below 5"),
        ({"maxAmount": 0}, "rows.0.maxAmount: nothing lies from 0 on and below 0"),
        ({"minArea": 7, "maxArea": 2}, "rows.0.maxArea: nothing lies from 7.0 on and below 2.0"),
        (steps({"id": "a"}, {"id": "a"}), "rows.0.steps: a stands 2 times"),
        (
            steps({"id": "a", "mandatory": False}),
            "rows.0.steps: none is mandatory, and the result would wait for nobody",
        ),
        (steps({"id": "a", "after": ["b"]}), "rows.0.steps.0.after: there is no step b"),
        (steps({"id": "a", "after": ["a"]}), "rows.0.steps: a wait for each other"),
        (
            steps({"id": "a"}, *({"id": id, "after": ["a", last]} for id, last in zip("bcd", "dbc", strict=True))),
            "rows.0.steps: b, c, d wait for each other",
        ),
        (
            steps({"id": "a"}, {"id": "b", "after": ["a"]}, {"id": "c", "after": ["b"], "mandatory": False}),
            "rows.0.steps.2: never opens, since the result waits for none but those that it waits for",
        ),
        (
            steps({"id": "09121234567"}),
            "rows.0.steps.0.id: bears somebody's national id or mobile, and stands in events",
        ),
    ],
)
def test_a_row_that_cannot_be_followed_is_named(row: dict[str, Any], flaw: str) -> None:
    assert list(flaws(rule(row))) == [flaw]


def test_all_flaws_are_named_at_once() -> None:
    broken = rule({"maxAmount": 0}, REST, LARGE, steps({"id": "a", "after": ["z"]}), rungs=[50, 50, 40])
    assert list(flaws(broken)) == [
        "rows.0.maxAmount: nothing lies from 0 on and below 0",
        "rows.2: is never reached, since rows.1 takes all of it",
        "rows.3.steps.0.after: there is no step z",
        "rows.3: is never reached, since rows.1 takes all of it",
        "rungs: they ascend, each once",
    ]


def test_a_step_that_need_not_be_waited_for_may_open_while_another_is_at_work() -> None:
    some = steps({"id": "a"}, {"id": "b"}, {"id": "c", "after": ["a"], "mandatory": False})
    assert list(flaws(rule(LARGE | some, DEAR))) == []


def test_a_rule_with_parallel_steps_that_meet_and_without_a_last_row_for_all_is_sound() -> None:
    parallel = steps({"id": "a"}, {"id": "b", "mandatory": False}, {"id": "c", "after": ["a", "b"]})
    assert list(flaws(rule(LARGE | parallel, DEAR, rungs=[1, 1000]))) == []


@pytest.mark.parametrize(
    "fields",
    [{"rungs": []}, {"rungs": [0]}, {"rungs": [1001]}, {"rungs": list(range(1, 12))}, {"rows": []}],
)
def test_a_rule_has_rows_and_rungs_within_bounds(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(fields))):
        rule(**fields)


# -- in the snapshot ---------------------------------------------------------------------------------------------------


def test_the_rule_of_a_service_is_the_one_in_force_and_a_case_finds_its_version() -> None:
    first, second = rule(LARGE), rule(REST, version=2)
    registry = Snapshot().with_entries([first, second])
    assert registry.rule_of("building-permit") == second
    assert (registry.rule("r", 1), registry.rule("r")) == (first, second)
    assert registry.rule_of("tax-clearance") is None
    ended = registry.with_entries([rule(REST, version=3, status=Status.SUSPENDED)])
    assert ended.rule_of("building-permit") is None
    assert ended.rule("r", 1) == first, "a running case keeps its version"


def test_while_one_rule_gives_way_to_another_every_process_goes_by_the_same() -> None:
    """The end of the first may be heard of after the beginning of the second."""
    old, new = rule(id="old", version=2), rule(id="new", version=2)
    assert {Snapshot().with_entries(both).rule_of("building-permit") for both in ([old, new], [new, old])} == {old}
    gone = Snapshot().with_entries([old, new, rule(id="old", version=3, status=Status.RETIRED)])
    assert gone.rule_of("building-permit") == new
