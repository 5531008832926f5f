"""Scene: the exception. A unit must see a citizen, by appointment; who misses it may come once more (domain 1.4, I1).

It moves the clock over the slots, when no other case of the day is open.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.ops import clock
from services.ops.demo.desks import Errand
from services.ops.demo.morning import next_morning, sample_hours
from services.ops.demo.scene import Company, Scene, SceneFailed
from services.ops.demo.stage import Json
from services.worktime import jalali_text

NAME = "a unit must see the citizen"
DESK, UNIT = "wa-municipality-urmia-desk", "wa-municipality-urmia-permits"
PERMIT = Errand("building-permit", DESK, "PROMISED", "DESK_ONLY", "AGENCY_DESK")
HEAD = "wa-municipality-urmia-desk-01"
GROUND, ROOM = "SITE_SURVEY", "12"
MISSED_AFTER = timedelta(minutes=31)


async def play(company: Company) -> Scene:
    """Asked, confirmed, approved, missed, and once more: seen. Raises SceneFailed."""
    _begin_in_the_morning(company)
    (person,) = company.citizens("sent-to-a-unit", 1)
    filed = await company.file(PERMIT, person, "sent-to-a-unit")
    id, task = filed.request_id, await company.task_of(filed)
    officer = task["assignee"]
    first = await _sent(company, id, officer, "first")
    (told, *_) = await company.told([id], "REFERRED")
    clock.set_to(company.stage.home, (_end(first) + MISSED_AFTER).isoformat())
    await company.until("that nobody came", lambda: _outcome(company, id, "MISSED"))
    second = await _sent(company, id, officer, "second")
    if second["rebooks"] != first["id"]:
        raise SceneFailed(f"the second referral stands for {second['rebooks']}, not for {first['id']}")
    clock.set_to(company.stage.home, second["slot"]["from"])
    attended = await company.post(
        company.routing, f"/v1/referrals/{second['id']}/attend", {"officerId": officer}, f"attend-{id}"
    )
    await company.until("that the desk has the case again", lambda: company.has_moved(id, "request.returned"))
    unit = await company.name("units", UNIT)
    return Scene(
        NAME,
        story=(
            f"{await company.name('desks', DESK)} asks {unit}, which confirms {first['fromLocal']}; approved by"
            f" {await company.name('officers', HEAD)}",
            "nobody came; half an hour later it is missed, and another slot is theirs",
            f"{second['fromLocal']}, room {ROOM}: {await company.name('officers', officer)} has seen them,"
            f" {jalali_text(clock.now(company.stage.home))}",
        ),
        figures={"first": "MISSED", "second": attended["state"], "rebooks": second["rebooks"]},
        cases=(id,),
        messages=(told["messageId"],),
    )


def _begin_in_the_morning(company: Company) -> None:
    """A task that comes when its unit has gone home is nobody's until they are back."""
    home = company.stage.home
    now = clock.now(home)
    if (morning := next_morning(now, sample_hours())) > now:
        clock.set_to(home, morning.isoformat())


async def _sent(company: Company, id: str, officer: str, turn: str) -> Json:
    """The referral, issued, in the unit's next free slot."""
    clerk = company.stage.clerk_for(DESK, PERMIT.service_id)
    ask = {"requestId": id, "unit": UNIT, "question": {"purpose": GROUND}, "officerId": clerk}
    asked = await company.post(company.routing, "/v1/coordinations", ask, f"ask-{turn}-{id}")
    path, slot = f"/v1/coordinations/{asked['id']}/answer", await _free(company)
    answer = {"answer": "CONFIRMED", "slot": slot, "room": ROOM, "officerId": officer}
    await company.post(company.routing, path, answer, f"answer-{turn}-{id}")
    propose = {"coordinationId": asked["id"], "ground": GROUND, "officerId": clerk}
    referral = await company.post(company.routing, "/v1/referrals", propose, f"refer-{turn}-{id}")
    path = f"/v1/referrals/{referral['id']}/approve"
    issued = await company.post(company.routing, path, {"officerId": HEAD}, f"approve-{turn}-{id}")
    await company.until("that the citizen is sent", lambda: _outcome(company, id, "ISSUED"))
    return issued


async def _free(company: Company) -> Mapping[str, str]:
    found = await company.get(company.routing, f"/v1/units/{UNIT}/slots", serviceId=PERMIT.service_id)
    slot = next(slot for day in found["days"] for slot in day["slots"])
    return {"from": slot["from"], "to": slot["to"]}


def _outcome(company: Company, id: str, state: str) -> bool | None:
    """Whether the newest event of the case tells of a referral in that state."""
    referral = company.cases.last()[id]["referral"]
    return True if referral and referral["state"] == state else None


def _end(referral: Json) -> datetime:
    return datetime.fromisoformat(referral["slot"]["to"])
