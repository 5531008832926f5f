"""What a routing rule would have done with the cases of late: asked of routing, which has them, and kept nowhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import httpx

from services.contracts.routing_rule import RoutingRule
from services.runtime.http import Problem

SECONDS = 60.0
"""That routing may take to look at thousands of cases."""


class RoutingAway(Exception):
    """Routing does not answer, or not as agreed."""


@contextmanager
def routing_answering() -> Iterator[None]:
    """Raises Problem ROUTING_AWAY (503) for RoutingAway."""
    try:
        yield
    except RoutingAway:
        detail = "routing, which has the cases that the rule would be for, does not answer"
        raise Problem("ROUTING_AWAY", 503, detail, headers={"Retry-After": "5"}) from None


class Routed(Protocol):
    async def by_rule(self, rule: RoutingRule, days: int) -> dict[str, Any]:
        """What the rule would have done with the cases of the last days. Raises RoutingAway."""
        ...


class RoutedCases:
    """Routing over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def by_rule(self, rule: RoutingRule, days: int) -> dict[str, Any]:
        said = rule.to_wire()
        asked = {name: said[name] for name in ("serviceId", "rows", "rungs")} | {"days": days}
        try:
            response = await self._client.post("/v1/rules/preview", json=asked)
            response.raise_for_status()
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RoutingAway(type(error).__name__) from error
        if not isinstance(answer, dict):
            raise RoutingAway("no object")
        return answer

    async def close(self) -> None:
        await self._client.aclose()
