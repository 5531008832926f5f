"""Who says something: an officer of the agency, of one above, of another; and what the registry answers."""

from typing import Any

import httpx

from tests.unit.registry.over_http import Registry

ABOVE = "wa-governorate-desk-01"
HEAD, CLERK = "wa-tax-desk-01", "wa-tax-desk-02"
ANOTHER = "wa-water-desk-01"
ANY = {"If-Match": "*"}
COLLEAGUE = "wa-tax-clearances-01"
DECIDES = {"serviceId": "tax-clearance", "actions": ["DECIDE"], "maxAmount": 1, "validFrom": "2026-11-23"}
REFUSED, DONE = (403, "NOT_AUTHORISED"), (200, None)


def told(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


async def read(registry: Registry, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await registry.get(path)).json()
    return found


async def given(
    registry: Registry, by: str | None, *authorities: dict[str, Any], to: str = CLERK
) -> tuple[int, str | None]:
    officer = await read(registry, f"officers/{to}")
    wish = officer | {"authorities": [*officer["authorities"], *authorities]}
    return told(await registry.put(f"officers/{to}" + (f"?officerId={by}" if by else ""), wish, **ANY))


async def changed(registry: Registry, path: str, by: str | None, **fields: Any) -> tuple[int, str | None]:
    found = await read(registry, path)
    return told(await registry.put(path + (f"?officerId={by}" if by else ""), found | fields, **ANY))
