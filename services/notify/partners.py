"""Whether there is such a partner: asked of intake, which writes the outcomes that it would be called with."""

from typing import Protocol

import httpx

from services.runtime.http import Problem


class Partners(Protocol):
    async def refuse_unknown(self, partner: str) -> None:
        """Raises Problem UNKNOWN_PARTNER (404); INTAKE_AWAY (503): it cannot be known now."""
        ...


class IntakePartners:
    """Intake over HTTP: it goes by the registry's entry, a moment after that was recorded."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def refuse_unknown(self, partner: str) -> None:
        try:
            answer = await self._client.get(f"/v1/partners/{partner}/version")
            if answer.status_code != httpx.codes.NOT_FOUND:
                answer.raise_for_status()
                return
        except httpx.HTTPError:
            detail = "intake, which knows what partners there are, does not answer"
            raise Problem("INTAKE_AWAY", 503, detail, headers={"Retry-After": "5"}) from None
        raise Problem("UNKNOWN_PARTNER", 404, "the registry has no such partner, or has recorded it this moment")
