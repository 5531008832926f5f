"""What is promised by a calendar: asked of intake, which owns the promises, and kept nowhere."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import httpx

from services.contracts.wire import FIRST_YEAR
from services.runtime.http import Problem

SHOWN = 20
"""Of the promises that a change touches the first are named."""
AT_ONCE = 50
"""So many desks are named in one address, which has a bound."""

Parameter = tuple[str, str | int | float | bool | None]


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
    """`former`: the desks that work by another calendar since; those that work by this one intake knows."""

    async def crossing(self, calendar_id: str, day: date, counties: Iterable[str], former: Sequence[str]) -> Crossing:
        """Open promises by this calendar that are due on that day or later. Raises PromisesAway."""
        ...

    async def standing_on(self, calendar_id: str, former: Sequence[str]) -> int:
        """How many cases have an open promise by this calendar. Raises PromisesAway."""
        ...


class IntakePromises:
    """Intake over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def crossing(self, calendar_id: str, day: date, counties: Iterable[str], former: Sequence[str]) -> Crossing:
        return await self._crossing(calendar_id, day, SHOWN, former, [("county", county) for county in counties])

    async def standing_on(self, calendar_id: str, former: Sequence[str]) -> int:
        return (await self._crossing(calendar_id, date(FIRST_YEAR, 1, 1), 1, former, [])).total

    async def _crossing(
        self, calendar_id: str, day: date, limit: int, former: Sequence[str], counties: list[Parameter]
    ) -> Crossing:
        asked: list[Parameter] = [("calendar", calendar_id), ("crossing", day.isoformat()), ("limit", limit), *counties]
        parts = [await self._found(asked)]
        for begin in range(0, len(former), AT_ONCE):
            parts.append(await self._found([*asked, *(("desk", id) for id in former[begin : begin + AT_ONCE])]))
        return Crossing(sum(part.total for part in parts), tuple(item for part in parts for item in part.first))

    async def _found(self, query: list[Parameter]) -> Crossing:
        try:
            response = await self._client.get("/v1/commitments", params=query)
            response.raise_for_status()
            found = response.json()
            return Crossing(total=int(found["total"]), first=tuple(found["items"]))
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise PromisesAway(type(error).__name__) from error

    async def close(self) -> None:
        await self._client.aclose()
