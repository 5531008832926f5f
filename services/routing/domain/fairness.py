"""The fair pick: the lowest load, ties by a draw that anyone can recheck the day after (domain 7)."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from services.contracts.authority import held, within
from services.contracts.draw import commitment, lowest_load, winner
from services.contracts.registry import Officer, Unit
from services.contracts.routing import Draw
from services.contracts.snapshot import Snapshot


@lru_cache(maxsize=8)
def day_seed(seed_key: bytes, day: date) -> bytes:
    """The seed of one Tehran day: HMAC-SHA256(seed key, `2026-11-23`). To know it tells nothing about another day's."""
    return hmac.digest(seed_key, day.isoformat().encode(), "sha256")


@lru_cache(maxsize=8)
def committed(seed_key: bytes, day: date) -> str:
    """What is told of a day's seed with each draw, while nobody knows it yet."""
    return commitment(day_seed(seed_key, day))


def able(registry: Snapshot, unit: Unit, service_id: str, day: date, amount: int | None) -> Sequence[str]:
    """Who of a unit may have a task of the service on that day, by id: in service, not away, with authority for it."""
    limits = registry.once(("able", unit.id, service_id, day), lambda: _limits(registry, unit, service_id, day))
    return [officer for officer, limit in limits if limit is None or (amount is not None and amount <= limit)]


def _limits(registry: Snapshot, unit: Unit, service_id: str, day: date) -> list[tuple[str, int | None]]:
    """Each who may process the service on that day, with the amount up to which; None = any."""
    found = []
    for officer in registry.officers_of(unit.id):
        amounts = [authority.max_amount for authority in held(registry, officer, service_id, "PROCESS", day)]
        if amounts and not officer.absent_on(day):
            found.append((officer.id, None if None in amounts else max(filter(None, amounts), default=0)))
    return sorted(found, key=lambda one: one[0])


def candidates(
    registry: Snapshot,
    unit: Unit,
    service_id: str,
    day: date,
    amount: int | None,
    *,
    people: Iterable[str],
    barred: Iterable[str],
) -> Sequence[str]:
    """Who of a unit may have this very task on that day: able, not barred, and not partial to its people (I8)."""
    able_ones = able(registry, unit, service_id, day, amount)
    left_out = in_conflict(registry, unit, people).union(barred)
    return [officer for officer in able_ones if officer not in left_out] if left_out else able_ones


def in_conflict(registry: Snapshot, unit: Unit, people: Iterable[str]) -> frozenset[str]:
    """Who of a unit has declared one of these people, and so takes no part (I8)."""
    declared = registry.once(("declared", unit.id), lambda: _declared(registry, unit))
    return frozenset().union(*(declared.get(person, ()) for person in people)) if declared else NOBODY


NOBODY: frozenset[str] = frozenset()


def _declared(registry: Snapshot, unit: Unit) -> dict[str, list[str]]:
    """Each person whom officers of the unit have declared, and which."""
    declared: dict[str, list[str]] = {}
    for officer in registry.officers_of(unit.id):
        for conflict in officer.conflicts:
            declared.setdefault(conflict.ref, []).append(officer.id)
    return declared


def may_process(registry: Snapshot, officer: Officer, service_id: str, day: date, amount: int | None = None) -> bool:
    """Whether they have authority for the service on that day, up to that amount."""
    return any(within(authority, amount) for authority in held(registry, officer, service_id, "PROCESS", day))


def draw(
    task_id: str, eligible: Sequence[str], loads: Mapping[str, int], seed_key: bytes, day: date
) -> tuple[str, Draw]:
    """Who gets the task, and all that is needed to check it again. `eligible` is not empty."""
    at_that_moment = tuple(loads.get(officer, 0) for officer in eligible)
    tied = lowest_load(eligible, at_that_moment)
    chosen = tied[0] if len(tied) == 1 else winner(task_id, tied, day_seed(seed_key, day))
    return chosen, Draw(
        candidates=tuple(eligible),
        loads=at_that_moment,
        seed_id=day.isoformat(),
        commitment=committed(seed_key, day),
    )
