"""How far intake follows: what is recorded here holds there when it has come, by a topic."""

from collections.abc import Mapping
from typing import Protocol

import httpx

from services.contracts.entry import Entry
from services.contracts.registry import Kiosk, Partner

SECONDS = 2.0
"""That it is waited for: who asks, asks again."""


_PATHS: Mapping[type[Entry], str] = {Partner: "partners", Kiosk: "kiosks"}


class Follower(Protocol):
    async def judges_by(self, kind: type[Entry], id: str) -> int | None:
        """The version of a partner's or an office's entry that it judges by, 0 before any has come.

        None when it does not answer.
        """
        ...


async def follows(follower: Follower, newest: Entry | None) -> bool | None:
    """Whether it judges by what was recorded last; None when it does not answer."""
    if newest is None:
        return None
    known = await follower.judges_by(type(newest), newest.id)
    return None if known is None else known >= newest.version


class IntakeFollows:
    """Intake over HTTP: the process that answers, where there are several."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def judges_by(self, kind: type[Entry], id: str) -> int | None:
        try:
            response = await self._client.get(f"/v1/{_PATHS[kind]}/{id}/version", timeout=SECONDS)
            if response.status_code == httpx.codes.NOT_FOUND and response.json()["code"] == "NOT_FOUND":
                return 0
            response.raise_for_status()
            return int(response.json()["version"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return None

    async def close(self) -> None:
        await self._client.aclose()
