"""What a routing rule would have done with the cases of the last days, over HTTP; nothing is saved (domain 7)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from pydantic import Field

from services.contracts.entries import unknown_fields
from services.contracts.routing_rule import RuleRow, Rung
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, Instant, TypedId, Wire, instant_text
from services.routing.domain.case import Case
from services.routing.domain.rule_preview import Compared, RungReached, StepTasks, Tally, UnitOfficers
from services.routing.store import arrived_since
from services.runtime.clock import Clock
from services.runtime.http import Problem
from services.runtime.store import Store
from services.worktime.jalali import civil_day

MOST_CASES: Final = 20_000
PAGE: Final = 200
"""Cases at a time: others are answered in between."""


class PreviewRule(Command):
    """The rows, and the ladder, of a rule as somebody would record it."""

    service_id: TypedId
    rows: tuple[RuleRow, ...] = Field(min_length=1, max_length=50)
    rungs: tuple[Rung, ...] = Field(default=(), max_length=10)
    """None: nobody asks how many cases would have reached them."""
    days: int = Field(default=30, ge=1, le=366, strict=True)
    """So many days back, a day being 24 hours."""


class RulePreview(Wire):
    """What would have been, beside what the rule in force does."""

    service_id: str
    since: Instant
    """From then on cases have been looked at."""
    cases: int
    cut: bool
    """There were more: the newest were looked at, and `since` is when the oldest of them arrived."""
    moved: int
    """Cases on which other units would have worked, or in another order."""
    examples: tuple[str, ...]
    """The newest of these, by their request."""
    no_row: Compared
    """Cases that fit no row: they are the sheet's unit's."""
    four_eyes: Compared
    """Cases of which a decision takes two officers."""
    tasks: tuple[StepTasks, ...]
    units: tuple[UnitOfficers, ...]
    rungs: tuple[RungReached, ...]


def rule_preview_routes(store: Store, snapshot: Callable[[], Snapshot], clock: Clock) -> APIRouter:
    router = APIRouter()
    one_at_a_time = asyncio.Lock()

    @router.post("/v1/rules/preview")
    async def preview(body: PreviewRule, request: Request) -> RulePreview:
        """What the rule would have done with the cases of its service that arrived in the last days: 20,000 at most."""
        if unknown := list(unknown_fields(await request.json(), body.to_wire())):
            errors = [{"field": path, "code": "unknown", "detail": "no such field"} for path in unknown]
            raise Problem("INVALID", 422, "some fields are not right", errors=errors)
        async with one_at_a_time:
            return await looked_at(body)

    async def looked_at(body: PreviewRule) -> RulePreview:
        registry, now = snapshot(), clock.now()
        since = now - timedelta(days=body.days)
        in_force = registry.rule_of(body.service_id)
        tally = Tally(registry, body.rows, body.rungs, in_force.rows if in_force else ())
        oldest, cut = since, False
        async for case in _newest_first(store, body.service_id, since):
            if cut := tally.cases == MOST_CASES:
                break
            tally.take(case, now)
            oldest = case.arrived_at
        return RulePreview(
            service_id=body.service_id,
            since=oldest if cut else since,
            cases=tally.cases,
            cut=cut,
            moved=tally.moved,
            examples=tuple(tally.examples),
            no_row=Compared(would=tally.no_row["would"], had=tally.no_row["had"]),
            four_eyes=Compared(would=tally.four_eyes["would"], had=tally.four_eyes["had"]),
            tasks=tally.tasks(),
            units=tally.officers(body.service_id, civil_day(now)),
            rungs=tally.rungs_reached(),
        )

    return router


async def _newest_first(store: Store, service_id: str, since: datetime) -> AsyncIterator[Case]:
    """Page by page, so that nothing else waits for all of them."""
    place = None
    while found := await arrived_since(store, service_id, since, place, PAGE):
        for stored in found:
            yield stored.state
        place = (instant_text(found[-1].state.arrived_at), found[-1].id)
