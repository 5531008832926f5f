"""The desk's paper: what is handed over to it stands in our own store, and is printed from there."""

from typing import Protocol

from services.contracts.notify import MessageState
from services.notify.providers import Acceptance, NonRetryable, Outgoing, Unknown


class ShelfAway(Exception):
    """The store did not answer: whether it took the message is not known."""


class NotOnShelf(Exception):
    """There is no such message to put there."""


class Shelf(Protocol):
    """Where messages stand that were accepted, by our reference. What is put there again stands there once.

    Raises ShelfAway.
    """

    async def put(self, ref: str) -> None:
        """Raises NotOnShelf."""
        ...

    async def has(self, ref: str) -> bool: ...


class Printout:
    """Its words are those of the message, written out when it is printed."""

    name = "printout"
    can_ask = True

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        """`to` = the request, at whose desk it waits. Whatever the trouble, it is asked about."""
        try:
            await self._shelf.put(ref)
        except NotOnShelf:
            raise NonRetryable("NOT_ON_SHELF") from None
        except ShelfAway:
            raise Unknown("SHELF_AWAY") from None
        return Acceptance(ref, MessageState.SENT)

    async def ask(self, ref: str) -> Acceptance | None:
        try:
            return Acceptance(ref, MessageState.SENT) if await self._shelf.has(ref) else None
        except ShelfAway:
            raise Unknown("SHELF_AWAY") from None

    def state_of(self, word: str) -> MessageState | None:
        """No receipts come here: the desk's word of a paper is a command."""
        return None

    async def close(self) -> None:
        pass
