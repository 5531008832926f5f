"""Looks through the entries of all agencies once a day, and raises what is wrong (domain 1.6, 12.24).

Agencies take turns, a step each, so that a large one does not keep the others waiting; one that cannot be looked
through keeps nobody. How far a day has come is stored per agency: after a restart the rest follows.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime
from typing import Any

from services.contracts.deficiency import Kind, Subject
from services.contracts.entry import Status
from services.contracts.registry import Desk, Organization
from services.contracts.service_sheet import Sheet
from services.contracts.snapshot import Snapshot
from services.registry import store as look_up
from services.registry.domain import findings
from services.registry.domain.concern import Looked, concern_id
from services.registry.domain.findings import SEEN_BY_SWEEP, Finding
from services.registry.domain.rules import Rules
from services.registry.domain.sighting import Sighting
from services.registry.domain.sweep import AgencySwept, day_of
from services.registry.domain.terms import terms
from services.registry.duty_store import around_agency, concerns_of, every_offering_of, with_heads
from services.registry.handlers import CONCERN, SWEPT
from services.registry.reaching import behind_sheet
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.lookups import Unreadable
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.service import Parts
from services.runtime.store import Store
from services.worktime.jalali import civil_day

LOOK_SECONDS = 5.0
AT_ONCE = 20
"""Agencies that take turns."""
CALLER = "registry"


async def sweep_daily(parts: Parts) -> None:
    """Runs for the life of the service: at its start, and whenever the hour of another day has come."""
    done: date | None = None
    while True:
        day = day_of(parts.clock.now(), parts.settings.sweep_hour)
        if day != done:
            try:
                await sweep(parts.door, parts.store, parts.clock.now(), day, parts.settings.rules(), parts.log)
                done = day
            except (StoreAway, Unavailable):
                parts.log.warning("the daily sweep waits for the store")
        await asyncio.sleep(LOOK_SECONDS)


async def sweep(door: Door, store: Store, now: datetime, day: date, rules: Rules, log: Any) -> None:
    """Every agency that was not looked through on that day yet. Raises StoreAway, Unavailable."""
    turns: list[AsyncIterator[None]] = []
    async for agency in look_up.every(store, Organization, {}):
        turns.append(_agency(door, store, agency, now, day, rules))
        if len(turns) == AT_ONCE:
            await _in_turn(turns, log)
    await _in_turn(turns, log)


async def _in_turn(turns: list[AsyncIterator[None]], log: Any) -> None:
    """A step of each until all are at their end."""
    while turns:
        for turn in list(turns):
            try:
                await anext(turn)
            except StopAsyncIteration:
                turns.remove(turn)
            except (Held, Broken, Unreadable) as error:  # it waits for an operator; the others do not
                log.error("an agency could not be looked through", error=type(error).__name__)
                turns.remove(turn)


async def _agency(
    door: Door, store: Store, agency: Organization, now: datetime, day: date, rules: Rules
) -> AsyncIterator[None]:
    """Looks through one agency, a few entries at a step.

    What is suspended is not looked at, nor an agency that is not in force: what was seen there before is not gone.
    """
    swept = await store.get(SWEPT, agency.id)
    if swept is not None and swept.state.day >= day:
        return
    today = civil_day(now)
    around = await around_agency(store, agency.id)
    met: set[str] = set()
    """Faults that are there, and those that nobody has looked for or told."""

    def pass_over(faults: Iterable[tuple[Kind, Subject]]) -> None:
        met.update(concern_id(agency.id, kind, subject) for kind, subject in faults)

    async def tell(found: list[Finding]) -> None:
        for finding in found:
            id = concern_id(agency.id, finding.kind, finding.subject)
            met.add(id)
            sighting = Sighting(
                org_id=agency.id,
                kind=finding.kind,
                subject=finding.subject,
                mode=finding.mode,
                owner=agency.head_officer_id,
                terms=terms(around, agency.id, now, rules),
                at=now,
            )
            await _look(door, id, day, sighting, now)

    if agency.status is Status.ACTIVE:
        await tell(list(findings.of_organization(agency, around)))
        yield
        async for desk in look_up.every(store, Desk, {"orgId": agency.id}):
            heads = await with_heads(store, Snapshot(), [desk])
            await tell(list(findings.of_desk(desk, heads, today)))
            pass_over(findings.passed_over_of_desk(desk))
            yield
        async for sheet in look_up.every(store, Sheet, {"orgId": agency.id}):
            offerings = await every_offering_of(store, sheet)
            behind = await behind_sheet(store, sheet, offerings, today)
            await tell(list(findings.of_sheet(sheet, offerings, behind, today)))
            pass_over(findings.passed_over_of_sheet(sheet, offerings, behind, today))
            yield
        async for concern in concerns_of(store, agency.id):
            if concern.kind in SEEN_BY_SWEEP and concern.id not in met:
                await _look(door, concern.id, day, None, now)
                yield
    await door.submit(SWEPT, agency.id, AgencySwept(org_id=agency.id, day=day))


async def _look(door: Door, id: str, day: date, sighting: Sighting | None, now: datetime) -> None:
    """What one sweep sees counts once, however often it is begun."""
    occasion = f"{'seen' if sighting else 'gone'}:{day}"
    command = Looked(occasion=occasion, sighting=sighting, at=now)
    await door.submit(CONCERN, id, command, key=occasion, caller=CALLER)
