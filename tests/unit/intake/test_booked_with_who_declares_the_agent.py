"""Who comes to speak for the applicant is somebody, too, whom the booked officer may have declared (I8)."""

from datetime import timedelta

from services.contracts.kiosk import Scheme
from services.contracts.registry import Conflict, Officer
from services.intake.domain import codes
from services.worktime import parse_jalali
from tests.unit.intake.appointed import bookings
from tests.unit.intake.cases import RULES, an_agent
from tests.unit.intake.test_appointments_once_only import dying_before_the_day_hears
from tests.unit.intake.watched import FIRST, SECOND, SLOT, Watched

AGENT = an_agent()
REF = codes.person_ref(RULES.secret, Scheme(AGENT["scheme"]), AGENT["value"])


async def spoken_for(house: Watched) -> str:
    """Booked with the first officer, who declared somebody long ago; they now hear the result for the applicant."""
    await house.recorded(has_declared(house))
    house.intake.memory.clock.moment += timedelta(minutes=5)
    await house.watch.look()
    id = await house.promised("APPOINTMENT", withOfficerId=FIRST)
    await comes(house, id)
    await house.intake.memory.settle()
    return id


def has_declared(house: Watched) -> Officer:
    declared = Conflict(ref=REF, relation="SIBLING", since=parse_jalali("1405/09/01"))
    return house.officer(FIRST).model_copy(update={"conflicts": (declared,)})


async def comes(house: Watched, id: str) -> None:
    """The agent hears the result for the applicant."""
    await house.intake.unit_answers(id)
    told = {"toldTo": "REPRESENTATIVE", "representative": AGENT, "identitySeen": True, "officerId": SECOND}
    answer = await house.intake.post(f"/v1/requests/{id}/announce", told)
    assert answer.json()["state"] == "COLLECTION_DUE", answer.text
    assert (await house.intake.state(id)).case.people()[1] == REF


async def test_an_appointment_with_an_officer_who_has_declared_the_new_agent_is_off(house: Watched) -> None:
    """That officer may not even call the ticket, and nobody is in their place."""
    id = await spoken_for(house)
    assert (await house.visit(id)).visit.warned_at is not None
    assert (await house.told(id))[-1] == ("commitment.warned",)
    assert (await house.work())[id] == ["VISIT_WARNED"]


async def test_whoever_stands_in_for_that_officer_takes_it_over(house: Watched) -> None:
    since = {"validFrom": "2026-11-01"}
    own, instead = {"officerId": FIRST} | since, {"officerId": SECOND, "substituteFor": FIRST} | since
    await house.recorded(house.desk(shifts=(own, instead)))
    id = await spoken_for(house)
    visit = (await house.visit(id)).visit
    assert (visit.officer_id, visit.warned_at) == (SECOND, None)
    assert await house.work() == {}


async def test_an_agent_who_comes_while_the_day_is_asked_is_somebody_too(house: Watched) -> None:
    """The question does not know of them: the case looks again at whom the day has given."""
    await house.recorded(has_declared(house))
    id = (await house.intake.file()).json()["requestId"]
    with dying_before_the_day_hears(house.intake):
        assert (await house.promise(id, "APPOINTMENT", SLOT.isoformat(), withOfficerId=FIRST)).status_code == 503
        await comes(house, id)
    for _ in range(4):
        await house.intake.memory.tick(seconds=3)
    assert await house.visits(id) == []
    assert [slot.state for slot in (await house.intake.state(id)).case.slots] == ["TAKEN"]
    assert bookings(house.intake) == []
