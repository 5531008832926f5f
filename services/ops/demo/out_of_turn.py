"""Scene: favours do not work. A jump is refused until it has a reason and a witness; a hand needs both too (I7)."""

import asyncio

from services.ops.demo.desks import Errand
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.ops.demo.stage import Json

NAME = "nobody is served out of turn"
AGENCY, DESK, UNIT = "wa-water", "wa-water-desk", "wa-water-subscribers"
ERRAND = Errand(
    *("water-name-change", DESK, "PROMISED", "DESK_ONLY", "AGENCY_DESK"), fields={"notOnSpotReason": "MISSING_DOCUMENT"}
)
HEAD, WITNESS = "wa-water-subscribers-01", "wa-water-desk-01"
OFFICERS = ("wa-water-subscribers-01", "wa-water-subscribers-02", "wa-water-subscribers-03")
APART = 1.2
"""Seconds: of two that arrive in one second neither is the older."""


async def play(company: Company) -> Scene:
    """Refused without a reason, refused without a second officer, recorded with both. Raises SceneFailed."""
    first, second = company.citizens("out-of-turn", 2)
    older = await company.file(ERRAND, first, "out-of-turn-older")
    waiting = await company.task_of(older)
    await asyncio.sleep(APART)
    later = await company.file(ERRAND, second, "out-of-turn-later")
    task = await company.task_of(later)
    path, officer = f"/v1/tasks/{task['taskId']}/start", task["assignee"]
    refused = [
        await _refused(company, path, {"officerId": officer}, "jump-bare"),
        await _refused(company, path, {"officerId": officer, "jumpReason": "LEGAL_PRIORITY"}, "jump-alone"),
    ]
    witnessed = {"officerId": officer, "jumpReason": "LEGAL_PRIORITY", "secondOfficerId": WITNESS}
    await company.post(company.routing, path, witnessed, f"jump-{later.request_id}")
    given = await _by_hand(company, waiting)
    tracking = {id: filed.answer["trackingCode"] for id, filed in (("older", older), ("later", later))}
    names = {id: await company.name("officers", id) for id in (officer, WITNESS, HEAD, given)}
    return Scene(
        NAME,
        story=(
            f"{names[officer]} would start {tracking['later']} before {tracking['older']}: refused, {refused[0]}",
            f"with a reason, but alone: refused, {refused[1]}; with {names[WITNESS]} as second officer: on record",
            f"{names[HEAD]} gives {tracking['older']} to {names[given]} by hand, for a reason, before {names[WITNESS]}",
        ),
        figures={"refused": refused, "given": given},
        cases=(older.request_id, later.request_id),
    )


async def _refused(company: Company, path: str, body: Json, key: str) -> str:
    answer = await company.asked(company.routing, path, body, f"{key}-{path}")
    if answer.is_success:
        raise SceneFailed(f"POST {path} was taken out of turn: {answer.text[:300]}")
    return str(answer.json()["code"])


async def _by_hand(company: Company, task: Json) -> str:
    """To whom the head has given it."""
    others = [officer for officer in OFFICERS if officer != task["assignee"]]
    body = {"officerId": HEAD, "to": others[-1], "reason": "OVERLOAD", "secondOfficerId": WITNESS}
    await company.post(company.routing, f"/v1/tasks/{task['taskId']}/reassign", body, f"by-hand-{task['taskId']}")
    return others[-1]
