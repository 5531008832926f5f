"""Whoever has a shift in the place of a desk's head has its say while the head is away (domain 1.2, 3)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.deficiency import Kind
from services.contracts.entry import Entry, Status
from services.contracts.registry import Shift
from services.contracts.snapshot import Snapshot
from services.registry.domain.findings import of_desk
from tests.unit.registry.frozen import json_of, values
from tests.unit.registry.governorate import Office, province
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.test_findings import DESK, HEAD, TODAY, kinds
from tests.unit.registry.test_sweep import raised, swept

DEPUTY = "wa-tax-desk-02"


def on_leave(deputy: dict[str, Any] | None = None, **shift: Any) -> tuple[Entry, ...]:
    """The head of the desk is away, and somebody with the head's authorities has a shift in their place."""
    found = province().officer(DEPUTY)
    assert found is not None
    said = {"officer_id": DEPUTY, "substitute_for": HEAD.id, "valid_from": date(2026, 8, 1)} | shift
    shifts = (Shift(officer_id=HEAD.id, valid_from=date(2026, 1, 1)), Shift.model_validate(said))
    return (
        HEAD.model_copy(update={"status": Status.SUSPENDED, "version": 2}),
        found.model_copy(update={"authorities": HEAD.authorities, "version": 2, **(deputy or {})}),
        DESK.model_copy(update={"shifts": shifts, "version": 2}),
    )


def found(*entries: Entry) -> list[Kind]:
    registry: Snapshot = province(*entries)
    desk = registry.desk(DESK.id)
    assert desk is not None
    return kinds(of_desk(desk, registry, TODAY))


@pytest.mark.parametrize(
    "shift",
    [{}, {"valid_from": TODAY, "valid_to": TODAY}, {"days": ("wednesday",)}],
    ids=["for good", "that day alone", "not on that weekday, on which the desk may be shut"],
)
def test_a_head_on_leave_for_whom_somebody_with_authority_stands_in_is_no_deficiency(shift: dict[str, Any]) -> None:
    assert found(*on_leave(**shift)) == []


@pytest.mark.parametrize(
    ("deputy", "shift"),
    [
        ({"authorities": ()}, {}),
        ({"status": Status.SUSPENDED}, {}),
        ({}, {"valid_from": date(2026, 11, 24)}),
        ({}, {"valid_to": date(2026, 11, 22)}),
        ({}, {"substitute_for": None}),
        ({}, {"substitute_for": DEPUTY}),
    ],
)
def test_whoever_may_not_decide_or_is_not_in_the_heads_place_is_none(
    deputy: dict[str, Any], shift: dict[str, Any]
) -> None:
    assert found(*on_leave(deputy, **shift)) == [Kind.HEAD_WITHOUT_AUTHORITY]


async def test_the_morning_and_the_pack_of_the_month_know_who_stands_in() -> None:
    office = await Office.of_the_province(*on_leave())
    await swept(office)
    assert raised(office) == {}
    ministry = await Ministry.of_the_province(*on_leave())
    await ministry.freeze()
    assert values(json_of(ministry))["desk.headWithAuthority"] is True
