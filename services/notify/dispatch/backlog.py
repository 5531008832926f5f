"""What one process knows of the queue: whether others wait there before a message that has just been made."""

import asyncio


class Backlog:
    """`others_wait` says yes from the moment one joins until a look has found the queue empty, with none on its way."""

    def __init__(self) -> None:
        self.others_wait = False
        self._on_their_way = self._have_joined = 0
        self._news = asyncio.Event()

    def joins(self, *, behind_others: bool = True) -> None:
        """A message is being written into the queue; not `behind_others` when there is room for it by another lane."""
        self._on_their_way += 1
        self.others_wait = self.others_wait or behind_others

    def joined(self) -> None:
        """It stands there now."""
        self._on_their_way -= 1
        self._have_joined += 1
        self._news.set()

    def before_a_look(self) -> int:
        """To be given to `found_empty` by whoever looks now."""
        return self._have_joined

    def found_empty(self, before: int) -> None:
        if before == self._have_joined and not self._on_their_way:
            self.others_wait = False

    async def news(self, seconds: float) -> None:
        """Until one has joined, or so long: another process may have left some."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()
