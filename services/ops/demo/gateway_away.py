"""Scene: the SMS gateway turns everybody away. The desk goes on serving, and nothing is lost or sent twice (I11, R14).

It has the gateway for itself: no other message of the day is under way.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import httpx

from services.ops.demo.desks import Errand, Filed
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.ops.demo.stage import Json

NAME = "the SMS gateway is away"
DESK = "wa-agriculture-desk"
ERRAND = Errand("greenhouse-licence", DESK, "PROMISED", "DESK_ONLY", "AGENCY_DESK")
BUSY, FINE = {"status429Rate": 1.0}, {"status429Rate": 0.0}
AWAY_SECONDS = 3.0
WAITING = frozenset({"CREATED", "SENDING", "TEMP_FAILED"})
"""Of a message that is on its way to a gateway: to be handed over, turned away, to be tried again."""
UNTIL_TOLD = 60.0
"""Seconds: who was turned away waits 15 of them or more before the next try, the longer the oftener."""


async def play(company: Company) -> Scene:
    """Two are filed while the gateway takes nothing, and promised at once; told when it is back, once each.

    Raises SceneFailed.
    """
    first, second = company.citizens("gateway-away", 2)
    async with httpx.AsyncClient(base_url=company.stage.sms_url, timeout=10) as gateway:
        async with _away(gateway):
            filed = [await company.file(ERRAND, first, "gateway-away-1")]
            await company.until("the notice of the promise", lambda: _noticed(company, filed))
            filed.append(await company.file(ERRAND, second, "gateway-away-2"))
            waiting = await company.until("the notice of each promise", lambda: _noticed(company, filed))
            await asyncio.sleep(AWAY_SECONDS)
            waiting = _noticed(company, filed) or waiting
            taken = [len(await _accepted(gateway, message)) for message in waiting]
        if refusal := _taken_all_the_same(waiting, taken):
            raise SceneFailed(refusal)
        back = time.monotonic()
        told = await company.told([each.request_id for each in filed], "REGISTERED", UNTIL_TOLD)
        waited = time.monotonic() - back
        accepted = [len(await _accepted(gateway, message)) for message in told]
    if refusal := _not_once_each(told, accepted):
        raise SceneFailed(refusal)
    codes = " and ".join(each.answer["trackingCode"] for each in filed)
    return Scene(
        NAME,
        story=(
            f"the gateway answers 429 to everybody; {await company.name('desks', DESK)} files {codes},"
            " and promises, as on any day",
            f"their messages wait: {', '.join(message['state'] for message in waiting)}; the gateway has accepted none",
            f"the gateway is back: {', '.join(message['state'] for message in told)} after {waited:.0f} s,"
            " accepted once each",
        ),
        figures={"meanwhile": sum(taken), "then": [message["state"] for message in told], "accepted": accepted},
        cases=tuple(each.request_id for each in filed),
        messages=tuple(message["messageId"] for message in told[:1]),
    )


@asynccontextmanager
async def _away(gateway: httpx.AsyncClient) -> AsyncIterator[None]:
    """It takes nothing meanwhile; it is back whatever happens. Raises httpx.HTTPError."""
    try:
        (await gateway.post("/faults", json=BUSY)).raise_for_status()
        yield
    finally:
        (await gateway.post("/faults", json=FINE)).raise_for_status()


async def _accepted(gateway: httpx.AsyncClient, message: Json) -> Sequence[Json]:
    """What the gateway has accepted of a message. Raises httpx.HTTPError."""
    shown = await gateway.get("/messages", params={"ref": message["messageId"]})
    items: list[Json] = shown.raise_for_status().json()["items"]
    return items


def _noticed(company: Company, filed: Sequence[Filed]) -> list[Json] | None:
    """The message about each promise, as it was told last; None: not all are there."""
    of_request: Mapping[str, Json] = {
        m["requestId"]: m for m in company.cases.our_messages().values() if m["notice"] == "REGISTERED"
    }
    found = [of_request[each.request_id] for each in filed if each.request_id in of_request]
    return found if len(found) == len(filed) else None


def _taken_all_the_same(waiting: Sequence[Json], taken: Sequence[int]) -> str:
    """Where a message does not wait though the gateway takes none."""
    for message, count in zip(waiting, taken, strict=True):
        if message["state"] not in WAITING or count:
            return f"a message is {message['state']}, accepted {count} times, while the gateway takes none"
    return ""


def _not_once_each(told: Sequence[Json], accepted: Sequence[int]) -> str:
    """Where a message did not come through, or came twice."""
    for message, count in zip(told, accepted, strict=True):
        if (message["state"], count) != ("DELIVERED", 1):
            return f"the gateway is back, and a message is {message['state']}, accepted {count} times"
    return ""
