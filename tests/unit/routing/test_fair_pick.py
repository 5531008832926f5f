"""Domain 7, assignment: lowest load, ties by a draw that anyone can recheck; candidates, loads and seed are stored."""

import hashlib
import hmac
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.registry import Authority
from services.routing.domain import fairness, queue
from services.worktime.jalali import civil_day
from tests.unit.routing.office import MIDNIGHT, RULES, SERVICE, UNIT, Office, officers, province, registered

DAY = date(2026, 11, 23)

loads = st.dictionaries(st.sampled_from([f"officer-{n}" for n in range(8)]), st.integers(0, 5), min_size=1)


@given(loads, st.text("abc123", min_size=1, max_size=8))
def test_nobody_is_picked_over_someone_with_a_lower_load(loads: dict[str, int], task: str) -> None:
    chosen, draw = fairness.draw(task, sorted(loads), loads, RULES.seed_key, DAY)
    assert loads[chosen] == min(loads.values())
    assert dict(zip(draw.candidates, draw.loads, strict=True)) == loads


@given(loads, st.text("abc123", min_size=1, max_size=8))
def test_anyone_with_the_seed_of_the_day_can_recheck_a_draw(loads: dict[str, int], task: str) -> None:
    chosen, draw = fairness.draw(task, sorted(loads), loads, RULES.seed_key, DAY)
    seed = fairness.day_seed(RULES.seed_key, date.fromisoformat(draw.seed_id))  # as published the day after
    tied = [o for o, load in zip(draw.candidates, draw.loads, strict=True) if load == min(draw.loads)]
    assert chosen == min(tied, key=lambda o: hmac.new(seed, f"{task}|{o}".encode(), hashlib.sha256).hexdigest())


def test_ties_fall_evenly_and_differently_every_day() -> None:
    eligible = ["ada", "bahar", "cyrus", "dara"]
    tasks = [f"r{n}.1" for n in range(4000)]
    today = [fairness.draw(task, eligible, {}, RULES.seed_key, DAY)[0] for task in tasks]
    tomorrow = [fairness.draw(task, eligible, {}, RULES.seed_key, date(2026, 11, 24))[0] for task in tasks]
    assert all(850 < count < 1150 for count in Counter(today).values())
    assert sum(a == b for a, b in zip(today, tomorrow, strict=True)) < 1200


async def test_the_event_of_an_assignment_tells_candidates_loads_and_the_seeds_day() -> None:
    office = Office(province("ada", "bahar"))
    await office.hear(registered("r1"))
    (event,) = office.published()
    assert event.moves == ("task.assigned", "clock.started")
    assert event.draw is not None
    assert (event.draw.candidates, event.draw.loads, event.draw.seed_id) == (("ada", "bahar"), (0, 0), "2026-11-23")
    assert event.task.assignee in event.draw.candidates
    assert (event.task.id, event.task.rule_id, event.task.rule_version) == ("r1.1", "lowest-load", 1)


async def test_a_case_that_waited_over_a_change_of_the_rule_tells_the_rule_that_picked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever rechecks the draw goes by it."""
    office = Office(province())
    await office.hear(registered("r1"))
    monkeypatch.setattr(queue, "LOWEST_LOAD", ("lowest-load", 2))
    office.registry = province("ada")
    await office.tick(hours=1)
    event = office.published()[-1]
    assert (event.moves[0], event.task.rule_version) == ("task.assigned", 2)


async def test_a_batch_sees_the_loads_that_it_makes_itself() -> None:
    office = Office(province("ada", "bahar", "cyrus"))
    await office.hear(*(registered(f"r{n}") for n in range(300)))
    assert office.queue().loads == {"ada": 100, "bahar": 100, "cyrus": 100}
    assert Counter(event.task.assignee for event in office.published()) == office.queue().loads


@pytest.mark.parametrize(
    ("authority", "why"),
    [
        (Authority(service_id="tax-clearance", actions=("PROCESS",), valid_from=date(2026, 3, 21)), "another service"),
        (Authority(service_id=SERVICE, actions=("REGISTER", "DECIDE"), valid_from=date(2026, 3, 21)), "no processing"),
        (Authority(service_id=SERVICE, actions=("PROCESS",), valid_from=date(2026, 11, 24)), "from tomorrow"),
        (
            Authority(
                service_id=SERVICE, actions=("PROCESS",), valid_from=date(2026, 3, 21), valid_to=date(2026, 11, 22)
            ),
            "until yesterday",
        ),
    ],
)
async def test_only_an_authority_for_the_service_valid_today_makes_a_candidate(authority: Authority, why: str) -> None:
    office = Office(province("ada", extra=officers("bahar", authorities=(authority,))))
    await office.hear(*(registered(f"r{n}") for n in range(4)))
    assert office.queue().loads == {"ada": 4}, why


def test_an_authority_holds_on_its_last_day() -> None:
    authority = Authority(service_id=SERVICE, actions=("PROCESS",), valid_from=DAY, valid_to=DAY)
    registry = province(extra=officers("ada", authorities=(authority,)))
    unit = registry.unit(UNIT)
    assert unit is not None
    assert fairness.able(registry, unit, SERVICE, DAY, None) == ["ada"]


def test_the_day_of_a_draw_begins_at_tehrans_midnight() -> None:
    assert civil_day(MIDNIGHT) == date(2026, 11, 24)
