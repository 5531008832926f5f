"""Erasing a person: asked for at a desk by two officers, and carried out when nobody can still seal with their key."""

import asyncio
from collections.abc import Sequence
from typing import Any

from services.contracts.decision import Refused
from services.contracts.personal_data import EraseApplicant
from services.contracts.registry import Officer
from services.contracts.wire import instant_text
from services.intake.access import Accesses, Outcome, What
from services.intake.copies import Filing
from services.intake.domain.case import Case
from services.intake.domain.erasing import EraseCase, covered
from services.intake.domain.impartial import not_concerned
from services.intake.domain.request import Request, the_case
from services.intake.domain.states import ENDED
from services.intake.handlers import REQUEST
from services.intake.personal import PERSONAL
from services.intake.store import all_of_person
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.driver import StoreAway
from services.runtime.keyring import Retired
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.store import Store

LOOK_SECONDS = 10.0
INTAKE = "intake"


class Erasures:
    """Both halves of an erasure. What the first has stored the second finds, in whichever process, after any crash."""

    def __init__(self, store: Store, door: Door, files: Filing, accesses: Accesses, clock: Clock, log: Any) -> None:
        self._store, self._door, self._files = store, door, files
        self._accesses, self._clock, self._log = accesses, clock, log

    async def ask(self, ref: str, asked: EraseApplicant, officer: Officer, second: Officer) -> dict[str, Any]:
        """Asked for, on record; asked again before its end it is the same, afterwards nobody is known by that number.

        Raises Refused CONFLICT_OF_INTEREST, NOT_FOUND (404), OPEN_CASES, UNREADABLE.
        """
        ground = asked.ground.value
        try:
            for each in (officer, second):
                not_concerned(each, ref)
        except Refused:
            await self._noted(Outcome.REFUSED, ref, ground, officer, second)
            raise
        cases = await self._cases(ref)
        pending = next((held.retired for held in (await self._store.keyring.held([ref])).values()), None)
        if pending is None:
            if not cases:
                await self._noted(Outcome.NOTHING, ref, ground, officer, second)
                raise Refused("NOT_FOUND", "nobody with this number has a case", status=404)
            if open_ones := sum(case.state not in ENDED for _, case in cases):
                await self._noted(Outcome.REFUSED, ref, ground, officer, second)
                raise Refused("OPEN_CASES", "a case of this person is not over", open=open_ones)
        requests = [request for request, _ in cases]
        await self._accesses.note(
            What.ERASURE, Outcome.ASKED, officer=officer, cases=requests, second_officer_id=second.id, how=ground
        )
        facts = {"officerId": officer.id, "secondOfficerId": second.id, "ground": ground}
        retired = await self._store.keyring.retire(ref, self._clock.now(), facts)
        ends = retired.at + self._store.keyring.settled_after
        about = [case for _, case in cases if covered(case, retired.at)]
        return {
            "status": "ERASING",
            "cases": len(about),
            "askedAt": instant_text(retired.at),
            "erasedAfter": instant_text(ends),
        }

    async def _noted(self, outcome: Outcome, ref: str, ground: str, officer: Officer, second: Officer) -> None:
        await self._accesses.note(
            What.ERASURE, outcome, officer=officer, refs=[ref], second_officer_id=second.id, how=ground
        )

    async def carry_out(self) -> int:
        """Those whose time has come; how many ended. One that cannot end yet waits. Raises StoreAway."""
        before = self._clock.now() - self._store.keyring.settled_after
        ended = 0
        for retired in await self._store.keyring.retired(before):
            try:
                ended += await self._end(retired)
            except (Refused, Held, Broken, Unavailable) as hindrance:
                self._log.warning("an erasure waits", applicant=retired.owner, why=type(hindrance).__name__)
        return ended

    async def _end(self, retired: Retired) -> bool:
        """False while a case that it is about is open. What has ended before a crash bears no reference any more."""
        cases = await self._cases(retired.owner)
        about = [(request, case) for request, case in cases if covered(case, retired.at) and not case.erased]
        if any(case.state not in ENDED for _, case in about):
            return False
        for request, case in about:
            await self._discard_copies(request.id, case)
        ids = {request.id for request, _ in about}
        refs = {retired.owner, *(ref for _, case in about for ref in case.people_ever())}
        await self._accesses.forget_whose(ids, refs)  # first: afterwards nobody knows which they are
        emptied = []
        for request, _ in cases:  # also the later ones: they are sealed with the key that stays
            done = await self._door.submit(REQUEST, request.id, EraseCase(up_to=retired.at))
            emptied += [done.state] if request.id in ids else []
        stay = {term for _, case in cases if not covered(case, retired.at) for term in PERSONAL.terms(case.to_wire())}
        await self._accesses.note(
            What.ERASURE, Outcome.DONE, cases=emptied, service=INTAKE, how=retired.facts.get("ground")
        )
        await self._store.keyring.destroy(retired, stay)
        self._log.info("an applicant was erased", applicant=retired.owner, cases=len(about))
        return True

    async def _discard_copies(self, request_id: str, case: Case) -> None:
        for piece in case.evidence:
            while piece.content_type and piece.dataref:
                kept = await self._files.find(request_id, piece.dataref)
                if kept is None:
                    break
                await self._files.discard(kept.id)

    async def _cases(self, ref: str) -> Sequence[tuple[Request, Case]]:
        """All of a person. Raises Refused UNREADABLE: what cannot be read is not taken for what is not there."""
        count, found = await all_of_person(self._store, ref)
        if count != len(found):
            raise Refused("UNREADABLE", "a case of this person cannot be read now")
        return [the_case(request) for request in found]


async def carrying_out(erasures: Erasures, log: Any) -> None:
    """Runs for the life of the service."""
    while True:
        try:
            await erasures.carry_out()
        except StoreAway:
            log.warning("erasures wait for the store")
        except Exception as error:  # the others must not wait for ever
            log.error("erasures failed", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
