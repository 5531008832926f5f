"""A visit outlasts the round in which it was promised, and so does what is to be told of it (domain 3, 8, 12.9).

As in `watched`: filed on Monday 1405/09/02 at 10:00, to come on Sunday 1405/09/08.
"""

import pytest

from services.contracts.routing import ResultKind
from services.contracts.working_calendar import DayKind
from services.intake.handlers import REQUEST
from tests.unit.intake.cases import PERMITS_OFFICER, answered, notice, work
from tests.unit.intake.watched import TEN, Watched


async def to_fetch_and_objected(house: Watched) -> str:
    """Granted in part, to be fetched on Sunday, which is shut then; and its person objects to the rest."""
    intake = house.intake
    id: str = (await intake.file()).json()["requestId"]
    request = await intake.state(id)
    decided = answered(request, kind=ResultKind.PARTIAL, ground="بند ۳").state
    assert decided is not None
    assert decided.case is not None
    await intake.memory.submit(REQUEST, id, work(request, "result.decided", result=decided.case.result))
    by = {"officerId": PERMITS_OFFICER}
    told = await intake.post(f"/v1/requests/{id}/announce", by | {"toldTo": "APPLICANT", "identitySeen": True})
    assert told.json()["state"] == "COLLECTION_DUE", told.text
    assert (await house.promise(id, "NEXT_VISIT", TEN.isoformat())).status_code == 201
    await house.recorded(house.day(DayKind.CLOSED))
    assert (await house.visit(id)).promised_at > TEN, "it was moved, and a message goes out"
    objects = by | {"reason": "همهٔ بنا مجاز است", "identitySeen": True}
    assert (await intake.post(f"/v1/requests/{id}/object", objects)).json()["round"] == 2
    assert (await house.visit(id)).state == "OPEN"
    return id


@pytest.mark.parametrize("move", ["message.failed", "message.expired"])
async def test_the_desk_tells_of_a_moved_visit_whose_message_came_to_nothing_after_an_objection(
    house: Watched, move: str
) -> None:
    id = await to_fetch_and_objected(house)
    word = notice(await house.intake.state(id), move, house.intake.memory.clock.now(), name="VISIT_MOVED")
    assert word.round == 1
    await house.intake.memory.submit(REQUEST, id, word)
    assert (await house.work()).get(id) == ["TELL_NEW_TIME"]
