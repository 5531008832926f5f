"""Scene: a refusal names its ground, the citizen objects, and somebody else decides (I5, I8)."""

from services.ops.demo.desks import Errand
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.ops.demo.stage import Json

NAME = "a refusal is objected to"
DESK, UNIT = "wa-agriculture-desk", "wa-agriculture-land"
ERRAND = Errand("greenhouse-licence", DESK, "PROMISED", "DESK_ONLY", "AGENCY_DESK")
GROUND = "زمین در حریم رودخانه است"
WORDS = "نقشهٔ تازه نشان می‌دهد که زمین بیرون از حریم است"


async def play(company: Company) -> Scene:
    """Refused, told with the way to object, objected to, and drawn anew among the others. Raises SceneFailed."""
    (person,) = company.citizens("objection", 1)
    filed = await company.file(ERRAND, person, "objection")
    id, task = filed.request_id, await company.task_of(filed)
    author, path = task["assignee"], f"/v1/tasks/{task['taskId']}"
    await company.post(company.routing, f"{path}/start", {"officerId": author}, f"start-{id}")
    answer = {"officerId": author, "result": "REFUSED", "ground": GROUND}
    await company.post(company.routing, f"{path}/answer", answer, f"answer-{id}")
    (message, *_) = await company.told([id], "RESULT_READY")
    await company.until("that the refusal is announced", lambda: company.has_moved(id, "request.announced"))
    clerk = company.stage.clerk_for(DESK, ERRAND.service_id)
    objection = {"reason": WORDS, "identitySeen": True, "officerId": clerk}
    await company.post(company.intake, f"/v1/requests/{id}/object", objection, f"object-{id}")
    again = await _another(company, id)
    if again["assignee"] == author:
        raise SceneFailed(f"the objection went to {author}, who has decided what is objected to")
    code = filed.answer["trackingCode"]
    return Scene(
        NAME,
        story=(
            f"{await company.name('officers', author)} refuses {code}: {GROUND}; the message names the way to object",
            f"at {await company.name('desks', DESK)}: {WORDS}",
            f"drawn anew, to {await company.name('officers', again['assignee'])}: never to its author (I8)",
        ),
        figures={"author": author, "again": again["assignee"]},
        cases=(id,),
        messages=(message["messageId"],),
    )


async def _another(company: Company, id: str) -> Json:
    """The task of the second round, once somebody has it."""
    await company.until("that the objection is filed", lambda: company.has_moved(id, "request.objected"))
    return await company.assigned(f"{id}.2", company.cases.last()[id]["unitId"])
