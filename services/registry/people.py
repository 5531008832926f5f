"""The references of people: asked of intake, which makes them, so that the registry keeps nobody's identifier (I12)."""

from typing import Protocol

import httpx
from pydantic import ValidationError

from services.contracts.intake_commands import NamePerson, PersonNamed


class PeopleAway(Exception):
    """Intake does not answer, or not as agreed."""


class NoSuchPerson(ValueError):
    """Not an identifier of that scheme. Says why, and never which."""


class People(Protocol):
    async def ref(self, person: NamePerson) -> str:
        """The reference of a person. Raises NoSuchPerson, PeopleAway."""
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
            response.raise_for_status()
            return PersonNamed.model_validate_json(response.content).ref
        except (httpx.HTTPError, ValidationError, KeyError, TypeError) as error:
            raise PeopleAway(type(error).__name__) from None  # the cause may hold what must not be logged

    async def close(self) -> None:
        await self._client.aclose()
