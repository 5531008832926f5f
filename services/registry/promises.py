"""What is promised by a calendar: asked of intake, which owns the promises, and kept nowhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import httpx


class PromisesAway(Exception):
    """Intake does not answer, or not as agreed."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """The open promises that a day lies before: how many, and the first of them."""

    total: int
    first: tuple[dict[str, Any], ...]


class Promises(Protocol):
    async def crossing(self, calendar_id: str, day: date, counties: Iterable[str]) -> Crossing:
        """Open promises by this calendar that are due on that day or later. Raises PromisesAway."""
        ...


class IntakePromises:
    """Intake over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def crossing(self, calendar_id: str, day: date, counties: Iterable[str]) -> Crossing:
        query: list[tuple[str, str | int | float | bool | None]] = [
            ("calendar", calendar_id),
            ("crossing", day.isoformat()),
            ("limit", 20),
            *(("county", county) for county in counties),
        ]
        try:
            response = await self._client.get("/v1/commitments", params=query)
            response.raise_for_status()
            found = response.json()
            return Crossing(total=int(found["total"]), first=tuple(found["items"]))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise PromisesAway(type(error).__name__) from error

    async def close(self) -> None:
        await self._client.aclose()
