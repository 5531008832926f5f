"""Who has read what is personal: written down before it is given, and read by those who watch over it (I12)."""

import secrets
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, Protocol

from services.contracts.decision import Refused
from services.contracts.entry import Status
from services.contracts.registry import Officer
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Id, Instant, Wire, instant_text
from services.intake.domain.authority import reader
from services.intake.domain.case import Case
from services.intake.domain.impartial import not_concerned
from services.intake.domain.request import Request
from services.runtime.clock import Clock

ACCESS = "access"
BY_REQUEST, BY_PERSON = "requestIds", "applicantRefs"
INDEXED = (BY_REQUEST, BY_PERSON)
NOTIFY = "notify"


class What(StrEnum):
    SEARCH = "SEARCH"
    APPLICANT = "APPLICANT"
    WORDS = "WORDS"
    RECEIPT = "RECEIPT"
    CONTACTS = "CONTACTS"
    COPY = "COPY"
    ERASURE = "ERASURE"
    REFERENCE = "REFERENCE"
    """By which reference a person is known."""
    ILLEGAL_DEMAND = "ILLEGAL_DEMAND"
    """What citizens reported. In no agency's part of the record: none learns that there is a report."""


class Outcome(StrEnum):
    GIVEN = "GIVEN"
    NOTHING = "NOTHING"
    """Nothing was found."""
    REFUSED = "REFUSED"
    ASKED = "ASKED"
    DONE = "DONE"
    """An erasure: it was asked for, and it has ended."""


class Access(Wire):
    """One access, however much was read with it. Nothing in it says who somebody is, or what was searched for."""

    at: Instant
    what: What
    outcome: Outcome
    officer_id: Id | None = None
    service: str | None = None
    """A service of ours that asked for itself."""
    second_officer_id: Id | None = None
    how: str | None = None
    """By what was searched, or for which ground or purpose: a code."""
    org_ids: tuple[Id, ...] = ()
    """The officer's agency, and those whose cases were read."""
    request_ids: tuple[Id, ...] = ()
    applicant_refs: tuple[Id, ...] = ()
    """Whom these requests are about: applicants, and who speaks for them."""


class Recording(Protocol):
    """What is needed of the journal; `journal.Journal` is the real one."""

    async def add(self, id: str, row: dict[str, Any]) -> None: ...

    async def part(self, field: str, names: Collection[str], other: str, others: Collection[str]) -> None: ...

    async def find(self, query: dict[str, Any], before: str | None, limit: int) -> list[dict[str, Any]]: ...


class Accesses:
    """The record. Who wants something to be given writes first: where the store is away, nothing is given."""

    def __init__(self, journal: Recording, clock: Clock) -> None:
        self._journal, self._clock = journal, clock

    async def note(
        self,
        what: What,
        outcome: Outcome,
        *,
        officer: Officer | None = None,
        cases: Iterable[Request] = (),
        refs: Iterable[str] = (),
        request_ids: Iterable[str] = (),
        **more: Any,
    ) -> None:
        """Durable when it returns. Raises StoreAway."""
        known = [(request.id, request.case) for request in cases if request.case is not None]
        orgs = [*([officer.org_id] if officer else ()), *(case.org_id for _, case in known)]
        persons = [*refs, *(person for _, case in known for person in case.people())]
        access = Access(
            at=self._clock.now(),
            what=what,
            outcome=outcome,
            officer_id=officer.id if officer else None,
            org_ids=() if what is What.ILLEGAL_DEMAND else tuple(dict.fromkeys(orgs)),
            request_ids=(*request_ids, *(id for id, _ in known)),
            applicant_refs=tuple(dict.fromkeys(persons)),
            **more,
        )
        await self._journal.add(f"{instant_text(access.at)}.{secrets.token_hex(8)}", access.to_wire())

    async def reading(
        self,
        what: What,
        registry: Snapshot,
        request: Request,
        case: Case,
        officer_id: str | None,
        *,
        there: bool = True,
    ) -> None:
        """An officer of the case's desk, unit or agency reads this of it: on record before it is given. None: nobody
        was named. `there`: whether there is anything to give.

        Raises Refused NOT_AUTHORISED (403), CONFLICT_OF_INTEREST (409), on record too; StoreAway.
        """
        officer = None
        if officer_id is not None:
            officer = in_service(registry, officer_id)
            async with self.refusing(what, request, officer):
                reader(registry, officer_id, desk_id=case.desk_id, unit_id=case.unit_id, org_id=case.org_id)
                if officer is not None:
                    not_concerned(officer, *case.people())
        await self.note(what, Outcome.GIVEN if there else Outcome.NOTHING, officer=officer, cases=[request])

    @asynccontextmanager
    async def refusing(self, what: What, request: Request, officer: Officer | None) -> AsyncIterator[None]:
        """Around what may be refused: then it was asked for in vain, on record."""
        try:
            yield
        except Refused:
            await self.note(what, Outcome.REFUSED, officer=officer, cases=[request])
            raise

    async def forget_whose(self, request_ids: Collection[str], refs: Collection[str]) -> None:
        """The applicant is erased: no row says any more that these requests were theirs, or who spoke for them.
        Raises StoreAway.
        """
        await self._journal.part(BY_PERSON, refs, BY_REQUEST, request_ids)

    async def of(self, query: dict[str, Any], before: str | None, limit: int) -> list[dict[str, Any]]:
        """The newest first. Raises StoreAway."""
        return await self._journal.find(query, before, limit)


def in_service(registry: Snapshot, officer_id: str) -> Officer | None:
    officer = registry.officer(officer_id)
    return officer if officer is not None and officer.status is Status.ACTIVE else None


def at_a_desk_of(registry: Snapshot, officer: Officer, case: Case) -> bool:
    """Whether the officer serves at the desk of a case, or at another of the agency."""
    desk = registry.desk(officer.desk_id)
    if desk is None or desk.status is not Status.ACTIVE:
        return False
    return desk.id == case.desk_id or desk.org_id == case.org_id
