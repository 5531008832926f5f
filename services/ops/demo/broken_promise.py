"""Scene: a promise is broken. A service of hours, and nobody answers in them: the citizen hears an apology (I6).

It has the stack's time for itself, after all others: the clock goes on to the promised moment, and no other case of the
day is open then.
"""

from datetime import datetime, timedelta

from services.ops import clock
from services.ops.demo.desks import Errand
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.worktime import jalali_text

NAME = "a promise is broken"
DESK = "wa-water-desk"
NAME_CHANGE = Errand(
    *("water-name-change", DESK, "PROMISED", "DESK_ONLY", "AGENCY_DESK"), fields={"notOnSpotReason": "NEEDS_UNIT"}
)
LATE = timedelta(minutes=20)
"""By then no word of what was in time is waited for any more."""


async def play(company: Company) -> Scene:
    """The clock is moved past the promised moment: BROKEN, and an apology. Raises SceneFailed."""
    (person,) = company.citizens("broken-promise", 1)
    filed = await company.file(NAME_CHANGE, person, "broken-promise")
    id, task = filed.request_id, await company.task_of(filed)
    promised = datetime.fromisoformat(company.cases.last()[id]["commitments"][-1]["promisedAt"])
    clock.set_to(company.stage.home, (promised + LATE).isoformat())
    await company.until("that the promise is broken", lambda: company.has_moved(id, "commitment.broken"))
    promise = company.cases.last()[id]["commitments"][-1]
    (message, *_) = await company.told([id], "DELAY_APOLOGY")
    if (promise["state"], message["state"]) != ("BROKEN", "DELIVERED"):
        raise SceneFailed(f"the promise is {promise['state']}, the apology {message['state']}")
    return Scene(
        NAME,
        story=(
            f"{filed.answer['trackingCode']} was promised for {jalali_text(promised)};"
            f" {await company.name('officers', task['assignee'])} has not answered",
            f"the clock goes on to {jalali_text(clock.now(company.stage.home))}: {promise['state']}, and an apology",
        ),
        figures={"promise": promise["state"]},
        cases=(id,),
        messages=(message["messageId"],),
    )
