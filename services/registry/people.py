"""The references of people: asked of intake, which makes them, so that the registry keeps nobody's identifier (I12)."""

from typing import Protocol

import httpx
from pydantic import ValidationError

from services.contracts.personal_data import NamePerson, PersonNamed


class PeopleAway(Exception):
    """Intake does not answer, or not as agreed."""


class NoSuchPerson(ValueError):
    """Not an identifier of that scheme. Says why, and never which."""


class NotAsked(Exception):
    """Nobody in service asks, as far as intake knows."""


class AskedTooOften(Exception):
    """The officer may ask again after so many seconds, which are the second argument."""


class People(Protocol):
    async def ref(self, person: NamePerson) -> str:
        """The reference of a person, for an officer; it is on record. Raises NoSuchPerson, PeopleAway, NotAsked,
        AskedTooOften."""
        ...


class IntakePeople:
    """Intake over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ref(self, person: NamePerson) -> str:
        try:
            response = await self._client.post("/v1/applicants/ref", json=person.to_wire())
            if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
                raise NoSuchPerson(str(response.json()["detail"]))
            if response.status_code == httpx.codes.FORBIDDEN:
                raise NotAsked(str(response.json()["detail"]))
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                raise AskedTooOften(str(response.json()["detail"]), response.headers["Retry-After"])
            response.raise_for_status()
            return PersonNamed.model_validate_json(response.content).ref
        except (httpx.HTTPError, ValidationError, KeyError, TypeError) as error:
            raise PeopleAway(type(error).__name__) from None  # the cause may hold what must not be logged

    async def close(self) -> None:
        await self._client.aclose()
