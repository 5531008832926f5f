"""Raises what has become a deficiency elsewhere: in a directive that fell due, in a case that went wrong (domain 3, 5).

A rule that reads no store cannot know by which calendar an agency's days count, nor how often a promise was broken. So
what is to be raised waits where it happened, is looked up here, and is told to its concern; what is lost by a crash in
between is found again, and counts once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.contracts.deficiency import Kind, Mode, Subject, SubjectType
from services.contracts.entry import Status
from services.contracts.intake import RedirectFailure
from services.contracts.registry import Kiosk
from services.contracts.service_sheet import Offering, Sheet
from services.registry import store as look_up
from services.registry.domain.concern import Looked, concern_id
from services.registry.domain.directives import Directive, Raised, subject_of
from services.registry.domain.findings import meant, mode_of
from services.registry.domain.reported import CaseRaised, ReportedCase
from services.registry.domain.rules import Rules
from services.registry.domain.sighting import Sighting
from services.registry.domain.terms import terms
from services.registry.duty_store import around_agency, count_broken, every_offering_of, fallen_due, troubled_cases
from services.registry.handlers import CASE, CONCERN, DIRECTIVE
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.lookups import Unreadable
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.service import Parts
from services.runtime.store import Store

LOOK_SECONDS = 1.0
AGAIN = timedelta(minutes=1)
"""When something is tried again of which a concern could not hear: it waits for an operator, or for an agency that is
suspended; the others do not."""
CALLER = "registry"


async def notice_duties(parts: Parts) -> None:
    """Runs for the life of the service."""
    noticing = Noticing(parts.door, parts.store, parts.settings.rules(), parts.log)
    while True:
        try:
            await noticing.look(parts.clock.now())
        except (StoreAway, Unavailable):
            parts.log.warning("what fell due is raised when the store is back")
        await asyncio.sleep(LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something went wrong at an agency at that moment. The same `occasion` counts once."""

    org_id: str
    kind: Kind
    subject: Subject
    mode: Mode | None
    occasion: str
    at: datetime


class Noticing:
    """Looks, and tells the concerns."""

    def __init__(self, door: Door, store: Store, rules: Rules, log: Any) -> None:
        self._door, self._store, self._rules, self._log = door, store, rules, log
        self._later: dict[str, datetime] = {}

    async def look(self, now: datetime) -> None:
        """All that waits. Raises StoreAway, Unavailable: it waits on."""
        self._later = {id: until for id, until in self._later.items() if until > now}
        for directive in await fallen_due(self._store, self._later):
            with self._later_if_broken(directive.id, now):
                await self._silence(directive.state, now)
        for case in await troubled_cases(self._store, self._later):
            with self._later_if_broken(case.id, now):
                await self._trouble(case.state, now)

    async def _silence(self, directive: Directive, now: datetime) -> None:
        """Each agency that had not acknowledged a directive when it fell due."""
        subject = subject_of(directive.id)

        async def tell(org_id: str) -> bool:
            silent = Occurrence(org_id, Kind.DIRECTIVE_UNACKNOWLEDGED, subject, None, "fell-due", directive.due_at)
            return await self._tell(silent, now)

        heard = await self._each(directive.id, directive.to_raise, tell, now)
        await self._door.submit(DIRECTIVE, directive.id, Raised(orgs=heard))

    async def _trouble(self, case: ReportedCase, now: datetime) -> None:
        sheet = await look_up.newest(self._store, Sheet, case.service_id)
        offerings = await every_offering_of(self._store, sheet) if isinstance(sheet, Sheet) else []

        async def tell(what: str) -> bool:
            occasion, (kind, _, version) = f"{case.request_id}:{what}", what.partition(":")
            failure = case.failure(int(version)) if kind == "failed" else None
            if failure is not None:
                return await self._kiosk_failed(offerings, failure, occasion, now)
            broken_at = case.broken_at or now
            return not isinstance(sheet, Sheet) or await self._promise_broken(
                sheet, offerings, broken_at, occasion, now
            )

        heard = await self._each(case.request_id, case.to_raise, tell, now)
        await self._door.submit(CASE, case.request_id, CaseRaised(occasions=heard))

    async def _each(
        self, id: str, waiting: tuple[str, ...], tell: Callable[[str], Awaitable[bool]], now: datetime
    ) -> tuple[str, ...]:
        """Those that are settled; what is not yet is told later."""
        heard = []
        for what in waiting:
            with self._later_if_broken(id, now):
                if await tell(what):
                    heard.append(what)
                else:
                    self._later[id] = now + AGAIN
        return tuple(heard)

    @contextmanager
    def _later_if_broken(self, id: str, now: datetime) -> Iterator[None]:
        """One that cannot be told, or whose service cannot be read, keeps no other waiting."""
        try:
            yield
        except (Held, Broken, Unreadable) as error:
            self._log.error("something could not be raised yet", id=id, error=type(error).__name__)
            self._later[id] = now + AGAIN

    async def _kiosk_failed(
        self, offerings: list[Offering], failure: RedirectFailure, occasion: str, now: datetime
    ) -> bool:
        """The offering through which somebody was sent to a kiosk office (domain 5): of several, by its county."""
        offices = await look_up.entries(self._store, [(Kiosk, id) for id in failure.kiosk_ids])
        counties = {office.county for office in offices if isinstance(office, Kiosk)}
        offering = meant(offerings, failure.channel, counties)
        if offering is None:
            return True
        subject = Subject(type=SubjectType.OFFERING, id=offering.id)
        failed = Occurrence(offering.org_id, Kind.KIOSK_FAILED, subject, Mode.ELECTRONIC, occasion, failure.at)
        return await self._tell(failed, now)

    async def _promise_broken(
        self, sheet: Sheet, offerings: list[Offering], broken_at: datetime, occasion: str, now: datetime
    ) -> bool:
        """One broken promise is desk work; so many of one service, since it was last settled, are a deficiency."""
        subject = Subject(type=SubjectType.SERVICE, id=sheet.id)
        concern = await self._store.get(CONCERN, concern_id(sheet.org_id, Kind.PROMISES_BROKEN, subject))
        since = now - timedelta(days=self._rules.broken_within_days)
        if concern is not None and concern.state.settled_at is not None:
            since = max(since, concern.state.settled_at)
        if await count_broken(self._store, sheet.id, since, self._rules.broken_promises) < self._rules.broken_promises:
            return True
        broken = Occurrence(sheet.org_id, Kind.PROMISES_BROKEN, subject, mode_of(offerings), occasion, broken_at)
        return await self._tell(broken, now)

    async def _tell(self, what: Occurrence, now: datetime) -> bool:
        """Whether it is settled: what concerns a suspended agency is told when that is back, or is no more.

        It was seen when it went wrong, whenever it is told; the agency's terms run from now on.
        Of an agency that is not in force nothing new is raised: nobody there would remedy it.
        """
        around = await around_agency(self._store, what.org_id)
        agency = around.organization(what.org_id)
        if agency is None or agency.status is not Status.ACTIVE:
            return agency is None or agency.status is not Status.SUSPENDED
        sighting = Sighting(
            org_id=agency.id,
            kind=what.kind,
            subject=what.subject,
            mode=what.mode,
            owner=agency.head_officer_id,
            terms=terms(around, agency.id, now, self._rules),
            at=what.at,
        )
        command = Looked(occasion=what.occasion, sighting=sighting, at=now)
        concern = concern_id(agency.id, what.kind, what.subject)
        await self._door.submit(CONCERN, concern, command, key=what.occasion, caller=CALLER)
        return True
