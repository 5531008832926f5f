"""The broker is brought in step with what is wanted of a partner: account, rights, quota, outcome topic."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from services.contracts.wire import Wire
from services.registry.credentials import Issuer
from services.registry.domain.access import AccessApplied, AccessFailed, PartnerAccess
from services.runtime.broker_access import Quota, grant, withdraw
from services.runtime.broker_admin import AdministrationFailed
from services.runtime.message import Performed

Look = Callable[[str], Awaitable[PartnerAccess | None]]
Report = Callable[[str, Wire], Awaitable[Any]]


class BrokerAccess:
    """Carries out `BringInStep`. It may be called twice, late, and by two processes at once: it reads what is wanted
    when it begins, and again when it has done it, until both are the same.
    """

    def __init__(self, bootstrap: str, issuer: Issuer, quota: Quota, *, look: Look, report: Report, log: Any) -> None:
        self._bootstrap, self._issuer, self._quota = bootstrap, issuer, quota
        self._look, self._report, self._log = look, report, log
        self._turn = asyncio.Lock()  # an administrator's client costs threads and memory: one at a time

    async def perform(self, effects: Sequence[Performed]) -> None:
        for partner in dict.fromkeys(effect.id for effect in effects):
            async with self._turn:
                await self._bring_in_step(partner)

    async def _bring_in_step(self, partner: str) -> None:
        access = await self._look(partner)
        while access is not None:
            try:
                await asyncio.to_thread(self._apply, partner, access)
            except AdministrationFailed as failed:
                self._log.warning("the broker does not agree yet", partner=partner, error=type(failed).__name__)
                await self._report(partner, AccessFailed(turn=access.turn, problem=str(failed)[:200]))
                return
            meanwhile = await self._look(partner)
            if meanwhile is None or meanwhile.turn == access.turn:
                self._log.info("a partner's access is in step", partner=partner, granted=access.granted)
                await self._report(partner, AccessApplied(turn=access.turn))
                return
            access = meanwhile

    def _apply(self, partner: str, access: PartnerAccess) -> None:
        if access.granted:
            assert access.nonce is not None, "access is granted with a password of ours"
            grant(self._bootstrap, partner, self._issuer.password(partner, access.nonce), self._quota)
        else:
            withdraw(self._bootstrap, partner)
