"""Whom to reach: asked of intake in batches, kept nowhere (design 3; I12)."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import httpx
from pydantic import ValidationError

from services.contracts.intake_commands import Contact, Contacts, ResolveContacts
from services.notify.domain.notices import Purpose

BATCH = 500
"""Requests in one question to intake: what its command takes at the most."""


class ContactsAway(Exception):
    """Intake does not answer, or not in time, or not as agreed."""


class Directory(Protocol):
    async def contacts(self, request_ids: Iterable[str], purpose: Purpose) -> Mapping[str, Contact]:
        """Request id -> contact; a request that intake does not know is absent. Raises ContactsAway."""
        ...


class IntakeDirectory:
    """Intake over HTTP; it audits every look-up."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def contacts(self, request_ids: Iterable[str], purpose: Purpose) -> Mapping[str, Contact]:
        wanted = list(dict.fromkeys(request_ids))
        found: dict[str, Contact] = {}
        for start in range(0, len(wanted), BATCH):
            question = ResolveContacts(request_ids=tuple(wanted[start : start + BATCH]), purpose=purpose.value)
            found |= {contact.request_id: contact for contact in await self._ask(question)}
        return found

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, question: ResolveContacts) -> tuple[Contact, ...]:
        try:
            response = await self._client.post("/v1/contacts", json=question.to_wire())
            response.raise_for_status()
            return Contacts.model_validate_json(response.content).items
        except (httpx.HTTPError, ValidationError) as error:
            raise ContactsAway(type(error).__name__) from None  # the cause may hold what must not be logged
