"""What is promised by a calendar: asked of intake, which owns the promises, and kept nowhere."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import httpx

from services.contracts.wire import FIRST_YEAR
from services.runtime.http import Problem

SHOWN = 20
"""Of the promises that a change touches the first are named."""


class PromisesAway(Exception):
    """Intake does not answer, or not as agreed."""


@contextmanager
def answering() -> Iterator[None]:
    """What cannot be decided without intake is asked for again. Raises Problem INTAKE_AWAY (503) for PromisesAway."""
    try:
        yield
    except PromisesAway:
        detail = "intake, which knows what is promised by this calendar, does not answer"
        raise Problem("INTAKE_AWAY", 503, detail, headers={"Retry-After": "5"}) from None


@dataclass(frozen=True, slots=True)
class Crossing:
    """The open promises that a day lies before: how many, and the first of them."""

    total: int
    first: tuple[dict[str, Any], ...]


class Promises(Protocol):
    async def crossing(self, calendar_id: str, day: date, counties: Iterable[str]) -> Crossing:
        """Open promises by this calendar that are due on that day or later. Raises PromisesAway."""
        ...

    async def standing_on(self, calendar_id: str) -> int:
        """How many cases have an open promise by this calendar, whatever their desk works by now. Raises PromisesAway.

        It may look at all open cases: for what is seldom asked.
        """
        ...


class IntakePromises:
    """Intake over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def crossing(self, calendar_id: str, day: date, counties: Iterable[str]) -> Crossing:
        return await self._crossing(calendar_id, day, SHOWN, *(("county", county) for county in counties))

    async def standing_on(self, calendar_id: str) -> int:
        return (await self._crossing(calendar_id, date(FIRST_YEAR, 1, 1), 1, ("formerly", "true"))).total

    async def _crossing(self, calendar_id: str, day: date, limit: int, *more: tuple[str, str]) -> Crossing:
        query: list[tuple[str, str | int | float | bool | None]] = [
            ("calendar", calendar_id),
            ("crossing", day.isoformat()),
            ("limit", limit),
            *more,
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
