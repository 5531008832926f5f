"""The order of the scenes: first what leaves the clock alone, then what moves it, when nothing else is open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from services.ops.demo import (
    broken_promise,
    closure,
    deficiency,
    gateway_away,
    missing_document,
    month_end,
    objection,
    out_of_turn,
    sent_to_a_unit,
)
from services.ops.demo.officers import Officers
from services.ops.demo.reconciliation import ENDED
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.ops.demo.stage import Json

BESIDE_EACH_OTHER = (closure, missing_document, deficiency, out_of_turn, objection)
Play = Callable[[Company], Awaitable[Scene]]


async def play(company: Company, officers: Officers, settled: Callable[[], Awaitable[None]]) -> AsyncIterator[Scene]:
    """Each scene with its outcome, or with its fault. `settled`: until every case has ended and every group has read.

    While a scene has its cases the units' officers keep their hands off them; then they answer.
    """
    async with officers.away():
        played = await asyncio.gather(*(_played(each.NAME, each.play, company) for each in BESIDE_EACH_OTHER))
    await settled()
    for scene in played:
        yield _ended(scene, company)
    async with officers.away():
        away = await _played(gateway_away.NAME, gateway_away.play, company)
    await settled()
    yield _ended(away, company)
    async with officers.away():
        broken = await _played(broken_promise.NAME, broken_promise.play, company)
    await settled()
    yield _late(_ended(broken, company), company)
    async with officers.away():
        sent = await _played(sent_to_a_unit.NAME, sent_to_a_unit.play, company)
    await settled()
    yield _ended(sent, company)
    yield await _played(month_end.NAME, month_end.play, company)
    await settled()


async def _played(name: str, play: Play, company: Company) -> Scene:
    try:
        return await play(company)
    except SceneFailed as failed:
        return Scene(name, fault=str(failed))


def _ended(scene: Scene, company: Company) -> Scene:
    """With how its cases ended; a scene whose cases are not answered has not come to its end."""
    if scene.fault or not scene.cases:
        return scene
    last = [company.cases.last()[id] for id in scene.cases]
    for event in last:
        if event["state"] not in ENDED or event["result"] is None:
            return replace(scene, fault=f"case {event['requestId']} stopped at {event['state']}")
    return replace(scene, story=(*scene.story, f"answered: {'; '.join(map(_end, last))}"))


def _late(scene: Scene, company: Company) -> Scene:
    """Of a broken promise: broken is broken, and that it was answered late stands beside it (I6)."""
    if scene.fault:
        return scene
    promise = company.cases.last()[scene.cases[0]]["commitments"][-1]
    if promise["state"] != "BROKEN" or promise["fulfilledLateAt"] is None:
        return replace(scene, fault=f"the promise is {promise['state']}, fulfilled late: {promise['fulfilledLateAt']}")
    return scene


def _end(event: Json) -> str:
    return f"{event['result']['kind']}, {event['state']}, promise {event['commitments'][-1]['state']}"
