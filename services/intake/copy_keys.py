"""Under which key a copy of a document lies: its applicant's, as everything that is personal in their cases."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from services.intake.domain.case import Case
from services.runtime.keys import Erased, Held, Key
from services.runtime.seal import BrokenSeal, Sealer


class HeldKeys(Protocol):
    """What is needed of the keys; `keyring.Keyring` is the real one."""

    async def in_use(self, owner: str) -> Key: ...

    async def held(self, owners: Iterable[str]) -> Mapping[str, Held]: ...


class CopyKeys:
    """`services`: the service's own key, for copies of before, and for cases without an applicant."""

    SERVICES = 0
    """The generation of that key."""

    def __init__(self, keys: HeldKeys, services: Sealer) -> None:
        self._keys, self._services = keys, services

    async def to_seal(self, case: Case) -> tuple[Sealer, int]:
        """With the generation of its key, asked for anew each time: a copy is not sealed again as a case is.

        Raises StoreAway.
        """
        if case.applicant_ref is None:
            return self._services, self.SERVICES
        key = await self._keys.in_use(case.applicant_ref)
        return Sealer(key.secret), key.generation

    async def to_open(self, case: Case, generation: int) -> Sealer | None:
        """None where it was erased. Raises StoreAway, BrokenSeal."""
        if generation == self.SERVICES or case.applicant_ref is None:
            return self._services
        held = (await self._keys.held([case.applicant_ref])).get(case.applicant_ref)
        if held is None:
            raise BrokenSeal("its owner has no key")
        try:
            return Sealer(held.of(generation).secret)
        except Erased:
            return None
