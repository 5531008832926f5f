"""Long work in parts: whoever else waits for this process has a turn in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

T = TypeVar("T")

STRETCH = 100
"""So many records or entities are worked on at a stretch."""


async def stretches(items: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """The parts, in order."""
    for start in range(0, len(items), STRETCH):
        if start:
            await asyncio.sleep(0)
        yield items[start : start + STRETCH]
