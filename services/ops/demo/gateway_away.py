"""Scene: the SMS gateway turns everybody away. Nobody waits for it at the desk, and nothing is lost or sent twice.

It has the gateway for itself: no other message of the day is under way.
"""

import asyncio

import httpx

from services.ops.demo.desks import Errand
from services.ops.demo.scene import Company, Scene, SceneFailed

NAME = "the SMS gateway is away"
DESK = "wa-agriculture-desk"
ERRAND = Errand("greenhouse-licence", DESK, "PROMISED", "DESK_ONLY", "AGENCY_DESK")
AWAY_SECONDS = 3.0
BUSY, FINE = {"status429Rate": 1.0}, {"status429Rate": 0.0}


async def play(company: Company) -> Scene:
    """Filed while the gateway answers nobody, promised at once, and told when it is back: once. Raises SceneFailed."""
    (person,) = company.citizens("gateway-away", 1)
    async with httpx.AsyncClient(base_url=company.stage.sms_url, timeout=10) as gateway:
        await _behave(gateway, BUSY)
        try:
            filed = await company.file(ERRAND, person, "gateway-away")
            await company.until("the notice of the promise", lambda: _state(company, filed.request_id))
            await asyncio.sleep(AWAY_SECONDS)
            meanwhile = _state(company, filed.request_id)
        finally:
            await _behave(gateway, FINE)
        if meanwhile != "CREATED":
            raise SceneFailed(f"the message is {meanwhile} while the gateway takes none")
        (message, *_) = await company.told([filed.request_id], "REGISTERED")
        shown = (await gateway.get("/messages", params={"ref": message["messageId"]})).raise_for_status().json()
    if len(shown["items"]) != 1:
        raise SceneFailed(f"the gateway has accepted it {len(shown['items'])} times")
    return Scene(
        NAME,
        story=(
            f"the gateway answers 429 to everybody; {await company.name('desks', DESK)} files"
            f" {filed.answer['trackingCode']}, and promises, as on any day",
            f"the gateway is back: {message['state']} at try {message['attempt']}, and accepted once",
        ),
        figures={"meanwhile": meanwhile, "then": message["state"], "accepted": len(shown["items"])},
        cases=(filed.request_id,),
        messages=(message["messageId"],),
    )


async def _behave(gateway: httpx.AsyncClient, faults: dict[str, float]) -> None:
    (await gateway.post("/faults", json=faults)).raise_for_status()


def _state(company: Company, id: str) -> str | None:
    """Of the message about the promise, as it was told last."""
    ours = [m for m in company.cases.our_messages().values() if m["requestId"] == id and m["notice"] == "REGISTERED"]
    return str(ours[0]["state"]) if ours else None
