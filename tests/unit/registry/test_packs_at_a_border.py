"""What happens at the end of a month and is told after it counts in its own month, and its pack hears (domain 11)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.decision import World
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.snapshot import Snapshot
from services.contracts.visit import Period, VisitEnd, VisitMoved, VisitState
from services.ops.chance import Chance
from services.registry.domain.late import pack_id
from services.registry.domain.month import span
from services.registry.domain.reported import ReportedCase, told
from services.registry.pack.cases import Cases
from services.registry.packing import counted
from tests.unit.notify.cases import a_move
from tests.unit.registry.frozen import with_cases
from tests.unit.registry.governorate import AGENCY, DESK, RULES, at
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import MONTH, REF, a_life
from tests.unit.registry.test_reported_cases import hours_of
from tests.unit.registry.test_visit_report import a_record, a_visit

NEXT = "1405-09"
CAME, AFTERWARDS = at("1405/08/30 10:00"), at("1405/09/01 00:05")


async def table(office: Ministry, name: str, month: str = MONTH) -> dict[str, dict[str, Any]]:
    content = await counted(office.readable, AGENCY, month)
    return {row["id"]: row for row in content["tables"][name]}


async def heard_what_changed_it(office: Ministry, before: Any) -> None:
    """The month has another revision if it is counted otherwise than before, and only then."""
    await office.recounts()
    changed = await counted(office.readable, AGENCY, MONTH) != before
    assert len(office.pack().revisions) == 1 + changed
    await office.freeze(revise=True)
    assert len(office.pack().revisions) == 1 + changed, "nothing of it was unheard of"


def a_visit_kept() -> list[RequestMoved]:
    """Registered, and a next visit promised; its person came in the last hours of the month, which is told after it."""
    answer = a_move("request.registered").commitments[0]
    changes = {"id": "v1", "kind": CommitmentKind.NEXT_VISIT, "budget": None, "calendar": REF, "promised_at": CAME}
    visit = answer.model_copy(update={**changes, "state": CommitmentState.OPEN})
    kept = visit.model_copy(update={"state": CommitmentState.KEPT, "ended_at": CAME})
    filed = at("1405/08/20 09:00")

    def move(verb: str, version: int, when: datetime, *promises: Commitment) -> RequestMoved:
        facts: dict[str, Any] = {"org_id": AGENCY, "desk_id": DESK, "filed_at": filed, "state": RequestState.PROMISED}
        return a_move(verb, version=version, occurred_at=when, commitments=promises, **facts)

    return [
        move("request.registered", 1, filed, answer, visit),
        move("commitment.kept", 2, AFTERWARDS, answer, kept),
        move("request.suspended", 3, AFTERWARDS + timedelta(minutes=5), answer, kept),
    ]


@pytest.mark.parametrize("order", [*permutations(range(3))])
@pytest.mark.parametrize("before", range(3))
async def test_a_promise_that_was_kept_before_the_month_ended_counts_in_it(order: tuple[int, ...], before: int) -> None:
    events = [a_visit_kept()[place] for place in order]
    office = await Ministry.of_the_province()
    await with_cases(office, *events[:before])
    await office.freeze()
    frozen = await counted(office.readable, AGENCY, MONTH)
    await with_cases(office, *events[before:])
    assert (await table(office, "promises"))["NEXT_VISIT"]["kept"] == 1
    assert "NEXT_VISIT" not in await table(office, "promises", NEXT)
    await heard_what_changed_it(office, frozen)


def visits() -> list[VisitMoved]:
    """Served, informed as it seemed, on the last day of the month; that it led to a case is told after the month."""
    opened, ended = at("1405/08/30 11:00"), at("1405/08/30 12:00")
    here: dict[str, Any] = {"day": date(2026, 11, 21), "opened_at": opened, "org_id": AGENCY, "desk_id": DESK}
    waiting = Period(state=VisitState.WAITING, officer_id=None, since=opened)
    over = (waiting.model_copy(update={"until": ended}),)
    served = here | {"periods": over, "reason": VisitEnd.SERVED}
    return [
        a_visit(1, VisitState.WAITING, **here, periods=(waiting,), occurred_at=opened),
        a_visit(2, VisitState.ENDED, **served, guidance_only=True, occurred_at=ended),
        a_visit(3, VisitState.ENDED, **served, occurred_at=at("1405/09/01 00:10")),
    ]


@pytest.mark.parametrize("order", [*permutations(range(3))])
@pytest.mark.parametrize("before", range(3))
async def test_a_visit_that_ended_before_the_month_did_is_over_in_it_whenever_it_is_told(
    order: tuple[int, ...], before: int
) -> None:
    events = [visits()[place] for place in order]
    office = await Ministry.of_the_province()
    await office.records(*(a_record(event, offset) for offset, event in enumerate(events[:before])))
    await office.freeze()
    frozen = await counted(office.readable, AGENCY, MONTH)
    await office.records(*(a_record(event, offset) for offset, event in enumerate(events[before:], before)))
    ends = {end: row["visits"] for end, row in (await table(office, "visits")).items() if row["visits"]}
    assert ends == {"SERVED": 1}
    assert not any(row["visits"] for row in (await table(office, "visits", NEXT)).values())
    content = await counted(office.readable, AGENCY, MONTH)
    assert [content["figures"][f"visits.{name}"]["value"] for name in ("tickets", "guidance")] == [1, 0]
    await heard_what_changed_it(office, frozen)


@pytest.mark.parametrize(("day", "opened"), [(21, "1405/08/30 23:00"), (18, "1405/08/27 12:00")])
async def test_a_visit_that_ends_after_the_month_did_is_open_in_it_and_over_in_the_next(day: int, opened: str) -> None:
    """At midnight, or when intake is back."""
    office = await Ministry.of_the_province()
    came, ended = at(opened), at("1405/09/01 00:00")
    here: dict[str, Any] = {"day": date(2026, 11, day), "opened_at": came, "org_id": AGENCY, "desk_id": DESK}
    waiting = Period(state=VisitState.WAITING, officer_id=None, since=came)
    over = {"periods": (waiting.model_copy(update={"until": ended}),), "reason": VisitEnd.DESK_CLOSED}
    first = a_visit(1, VisitState.WAITING, **here, periods=(waiting,), occurred_at=came)
    last = a_visit(2, VisitState.ENDED, **here, **over, occurred_at=ended)
    await office.records(a_record(first, 0), a_record(last, 1))
    found = [
        {end: row["visits"] for end, row in (await table(office, "visits", month)).items() if row["visits"]}
        for month in (MONTH, NEXT, "1405-10")
    ]
    assert found == [{"OPEN": 1}, {"DESK_CLOSED": 1}, {}]


def told_afterwards(rng: Random, events: list[RequestMoved]) -> Iterator[RequestMoved]:
    """The same events, whose promises came to their end some time before it is told."""
    ago: dict[str, timedelta] = {}
    for event in events:
        promises = []
        for promise in event.commitments:
            before = ago.setdefault(promise.id, rng.choice((0, 0, 3, 30)) * timedelta(days=1))
            hours = {"ended_at": promise.ended_at, "fulfilled_late_at": promise.fulfilled_late_at}
            promises.append(promise.model_copy(update={name: at and at - before for name, at in hours.items()}))
        yield event.model_copy(update={"commitments": tuple(promises)})


def numbers(case: ReportedCase | None, month: str) -> Any:
    begins, ends = span(month)
    cases = Cases(begins, ends, hours_of)
    if case is not None and case.filed_at < ends:
        cases.add(case)
    return cases.counts.figures(), cases.counts.tables()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_every_month_whose_numbers_an_event_changes_hears_of_it(seed: int, in_order: bool) -> None:
    rng = Chance(seed)
    for number in range(4):
        events = list(told_afterwards(rng, a_life(rng, number)))
        if not in_order:
            events += rng.sample(events, len(events) // 2)
            rng.shuffle(events)
        case, now = None, events[0].occurred_at
        for event in events:
            now = max(now, event.occurred_at)
            decision = told(case, event, World(now=now, registry=Snapshot(), rules=RULES))
            heard = {send.id for send in decision.sends}
            for month in ("1405-05", "1405-06", "1405-07", "1405-08", "1405-09", "1405-10"):
                if span(month)[1] <= now and numbers(case, month) != numbers(decision.state, month):
                    assert pack_id(AGENCY, month) in heard, (month, event.moves)
            case = decision.state
