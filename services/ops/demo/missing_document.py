"""Scene: a paper is missing. The unit lets the work stand still, the citizen is told and brings it (domain 3, I6)."""

from datetime import datetime

from services.ops.demo.desks import Errand
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.worktime import jalali_text

NAME = "a document is missing"
DESK = "wa-municipality-urmia-desk"
PERMIT = Errand("building-permit", DESK, "PROMISED", "DESK_ONLY", "AGENCY_DESK")
PAPER = "engineer-contract"


async def play(company: Company) -> Scene:
    """Suspended for one type of evidence, told, brought, and the work goes on. Raises SceneFailed."""
    (person,) = company.citizens("missing-document", 1)
    filed = await company.file(PERMIT, person, "missing-document")
    id, task = filed.request_id, await company.task_of(filed)
    officer, path = task["assignee"], f"/v1/tasks/{task['taskId']}"
    await company.post(company.routing, f"{path}/start", {"officerId": officer}, f"start-{id}")
    suspended = {"officerId": officer, "cause": "APPLICANT", "evidenceTypes": [PAPER]}
    await company.post(company.routing, f"{path}/suspend", suspended, f"suspend-{id}")
    await company.until("that the case stands still", lambda: company.has_moved(id, "request.suspended"))
    awaited = company.cases.last()[id]["awaited"]
    (message, *_) = await company.told([id], "SUSPENDED")
    if message["state"] != "DELIVERED":
        raise SceneFailed(f"the message about the missing document is {message['state']} ({message['reason']})")
    paper = await _bring(company, id)
    await company.until("that the case goes on", lambda: company.has_moved(id, "request.resumed"))
    state = company.cases.last()[id]["state"]
    return Scene(
        NAME,
        story=(
            f"{await company.name('officers', officer)}: {filed.answer['trackingCode']} stands still for «{paper}»,"
            f" until {jalali_text(datetime.fromisoformat(awaited['until']))}",
            f"the citizen was told, and brought it to {await company.name('desks', DESK)}; it goes on as {state}",
        ),
        figures={"awaited": awaited["types"], "resumed": state},
        cases=(id,),
        messages=(message["messageId"],),
    )


async def _bring(company: Company, id: str) -> str:
    """The original is seen at the desk. The paper's name on the sheet. Raises SceneFailed."""
    form = {"type": PAPER, "originalSeen": "true", "officerId": company.stage.clerk_for(DESK, PERMIT.service_id)}
    answer = await company.intake.post(
        f"/v1/requests/{id}/evidence",
        files={name: (None, value) for name, value in form.items()},
        headers={"Idempotency-Key": f"bring-{id}"},
    )
    if not answer.is_success:
        raise SceneFailed(f"the document was not taken: {answer.status_code} {answer.text[:300]}")
    sheet = await company.get(company.registry, f"/v1/services/{PERMIT.service_id}")
    return next(str(each["name"]) for each in sheet["requirements"] if each["evidenceType"] == PAPER)
