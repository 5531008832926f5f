"""Where paper keeps what it was given: in the correspondence itself, so that there is one truth of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.contracts.decision import Refused
from services.contracts.wire import Wire
from services.notify.domain.answers import Accepted
from services.notify.domain.correspondence import Correspondence, request_of
from services.notify.handlers import CORRESPONDENCE
from services.notify.providers.printout import NotOnShelf, ShelfAway
from services.runtime.driver import StoreAway
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.store import Store

ANY_TURN = 0
"""An acceptance counts whichever turn it answers."""


@dataclass(frozen=True)
class CorrespondenceShelf:
    """A `Shelf`: a message stands on it as soon as it is SENT under its own reference.

    `report` submits an answer for a request to the door.
    """

    report: Callable[[str, Wire], Awaitable[object]]
    store: Store

    async def put(self, ref: str) -> None:
        accepted = Accepted(message_id=ref, turn=ANY_TURN, provider_id=ref, parts=0)
        try:
            await self.report(request_of(ref), accepted)
        except Refused:
            raise NotOnShelf from None
        except (Unavailable, Held, Broken):
            raise ShelfAway from None

    async def has(self, ref: str) -> bool:
        try:
            found = await self.store.get(CORRESPONDENCE, request_of(ref))
        except StoreAway:
            raise ShelfAway from None
        return found is not None and _accepted(found.state, ref)


def _accepted(correspondence: Correspondence, ref: str) -> bool:
    return any(message.id == ref and message.provider_id == ref for message in correspondence.messages)
