"""Who delegates gives no more than they have, and the delegated ends with their own (domain 3, I13)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.authority import held, over_delegated, within
from services.contracts.entry import Status
from services.contracts.registry import Authority, Officer
from services.contracts.snapshot import Snapshot
from tests.support.sample import sample_entries

MONDAY = date(2026, 11, 23)
SAMPLE = next(e for e in sample_entries() if isinstance(e, Officer))


def authority(**changes: Any) -> dict[str, Any]:
    return {"serviceId": "permit", "actions": ["DECIDE"], "validFrom": "2026-01-01"} | changes


def officer(id: str, *authorities: dict[str, Any], **changes: Any) -> Officer:
    return Officer.model_validate(SAMPLE.to_wire() | {"id": id, "version": 1, "authorities": authorities} | changes)


HEAD = officer("head", authority(maxAmount=1000, validTo="2026-12-31"))


def registry(*officers: Officer) -> Snapshot:
    return Snapshot().with_entries(officers)


def may(clerk: Officer, *others: Officer, day: date = MONDAY) -> list[Authority]:
    return list(held(registry(clerk, *others), clerk, "permit", "DECIDE", day))


@pytest.mark.parametrize(
    ("day", "holds"),
    [("2026-11-22", False), ("2026-11-23", True), ("2026-11-30", True), ("2026-12-01", False)],
)
def test_an_authority_holds_from_its_first_day_to_its_last(day: str, holds: bool) -> None:
    clerk = officer("clerk", authority(validFrom="2026-11-23", validTo="2026-11-30"))
    assert bool(may(clerk, day=date.fromisoformat(day))) is holds


def test_an_authority_is_for_its_service_and_action_alone() -> None:
    clerk = officer("clerk", authority())
    assert list(held(registry(clerk), clerk, "permit", "APPROVE", MONDAY)) == []
    assert list(held(registry(clerk), clerk, "another", "DECIDE", MONDAY)) == []


@pytest.mark.parametrize(("amount", "inside"), [(None, False), (1000, True), (1001, False)])
def test_an_authority_ends_at_its_amount_and_where_no_amount_is_named(amount: int | None, inside: bool) -> None:
    assert within(HEAD.authorities[0], amount) is inside
    assert within(Authority.model_validate(authority()), amount)


DELEGATED = authority(delegatedBy="head", maxAmount=500, validTo="2026-12-31")


def test_what_was_delegated_holds_as_long_as_the_authority_behind_it() -> None:
    clerk = officer("clerk", DELEGATED)
    assert may(clerk, HEAD)
    assert not may(clerk), "nobody of that name"
    assert not may(clerk, HEAD.model_copy(update={"status": Status.RETIRED}))
    assert not may(clerk, officer("head", authority(validTo="2026-11-22"))), "theirs has ended"
    assert not may(clerk, officer("head", authority(maxAmount=400))), "theirs was cut below"
    assert not may(clerk, officer("head", authority(delegatedBy="another")), officer("another", authority()))


@pytest.mark.parametrize(
    ("delegated", "source", "flawed"),
    [
        (DELEGATED, HEAD, False),
        (authority(delegatedBy="head"), officer("head", authority()), False),
        (authority(delegatedBy="head", maxAmount=2000, validTo="2026-12-31"), HEAD, True),
        (authority(delegatedBy="head", validTo="2026-12-31"), HEAD, True),
        (authority(delegatedBy="head", maxAmount=500), HEAD, True),
        (authority(delegatedBy="head", maxAmount=500, validTo="2027-01-01"), HEAD, True),
        (authority(delegatedBy="head", maxAmount=500, validTo="2026-12-31", validFrom="2025-12-31"), HEAD, True),
        (authority(delegatedBy="head", maxAmount=500, validTo="2026-12-31", actions=["APPROVE"]), HEAD, True),
        (authority(delegatedBy="head", maxAmount=500, validTo="2026-12-31", serviceId="another"), HEAD, True),
        (authority(delegatedBy="nobody"), HEAD, True),
        (authority(delegatedBy="clerk"), HEAD, True),
        (authority(delegatedBy="head"), officer("head", authority(delegatedBy="another")), True),
        (authority(delegatedBy="head"), officer("head", authority(), status="SUSPENDED"), True),
    ],
)
def test_nobody_delegates_what_they_do_not_have(delegated: dict[str, Any], source: Officer, flawed: bool) -> None:
    clerk = officer("clerk", delegated)
    found = list(over_delegated(clerk, registry(clerk, source)))
    assert bool(found) is flawed, found
