"""How far intake follows: what is recorded here holds there when it has come, by a topic."""

from typing import Protocol

import httpx

SECONDS = 2.0
"""That it is waited for: who asks, asks again."""


class Follower(Protocol):
    async def partner_version(self, id: str) -> int | None:
        """The version of a partner's entry that it judges by, 0 before any has come; None when it does not answer."""
        ...


class IntakeFollows:
    """Intake over HTTP: the process that answers, where there are several."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def partner_version(self, id: str) -> int | None:
        try:
            response = await self._client.get(f"/v1/partners/{id}/version", timeout=SECONDS)
            if response.status_code == httpx.codes.NOT_FOUND and response.json()["code"] == "NOT_FOUND":
                return 0
            response.raise_for_status()
            return int(response.json()["version"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None

    async def close(self) -> None:
        await self._client.aclose()
