"""Who has drawn a ticket and waits for their turn loses nothing by an hour that passes meanwhile (domain 3)."""

from datetime import datetime, timedelta

from services.contracts.decision import TimerFired
from services.intake.domain.awaiting import DOCUMENTS
from services.intake.domain.closing import hand_over
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.coming import SETTLING
from services.intake.domain.desk_time import A_SECOND
from services.intake.domain.due import timers
from services.intake.domain.request import Request
from services.intake.domain.visit_messages import VisitOpened
from services.intake.handlers import REQUEST
from tests.unit.intake.awaiting_documents import PLAN, bring, incomplete
from tests.unit.intake.cases import MORNING, PERMITS_DESK, at, case_of, happens, state_of, the_case, world
from tests.unit.intake.rounds import GRANTED, HANDED, a_permit
from tests.unit.intake.test_incomplete_expires import CLOSES
from tests.unit.intake.waiting import fires, hears
from tests.unit.standing_still import filed
from tests.unit.test_another_round import ID

QUARTER = timedelta(minutes=15)


def comes(request: Request, when: datetime) -> Request:
    return state_of(happens(request, VisitOpened(visit_id="v-9", desk_id=PERMITS_DESK, opened_at=when), world(when)))


def passes(request: Request, timer: str) -> Request:
    due = timers(request)[timer]
    return state_of(happens(request, TimerFired(name=timer, due=due), world(due)))


def test_whoever_walks_in_with_documents_before_the_grace_ends_brings_them() -> None:
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    there = passes(comes(fires(told, DOCUMENTS), CLOSES - QUARTER), DOCUMENTS)
    assert the_case(there).state == "INCOMPLETE"
    bring(there, PLAN, CLOSES + QUARTER)


def test_when_the_desk_has_shut_that_day_it_ends() -> None:
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    there = passes(comes(fires(told, DOCUMENTS), CLOSES - QUARTER), DOCUMENTS)
    assert timers(there)[DOCUMENTS] == at("1405/09/19 12:00") + SETTLING + A_SECOND, "a Thursday"
    assert the_case(passes(there, DOCUMENTS)).state == "EXPIRED"


def test_whoever_was_there_the_day_before_does_not_wait_any_more() -> None:
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    there = comes(fires(told, DOCUMENTS), CLOSES - timedelta(days=1))
    assert the_case(passes(there, DOCUMENTS)).state == "EXPIRED"


async def test_whoever_walks_in_for_a_case_that_stands_still_brings_what_it_waits_for() -> None:
    """Nobody has promised them a visit: they just come."""
    house = await filed()
    await house.suspend(PLAN)
    await house.deliver(house.messages[-1])
    await house.until("1405/09/14 10:01")
    await house.until("1405/09/19 09:00")
    there = VisitOpened(visit_id="v-9", desk_id=PERMITS_DESK, opened_at=at("1405/09/19 09:00"))
    await house.intake.submit(REQUEST, ID, there)
    await house.until("1405/09/19 09:20")
    assert house.case.state == "SUSPENDED"
    await house.bring(PLAN)


def test_whoever_walks_in_for_an_output_is_handed_it() -> None:
    told = hears(a_permit(GRANTED), "COLLECTION_REMINDER", MORNING)
    ends = timers(told)[COLLECTION]
    there = passes(comes(told, ends - QUARTER), COLLECTION)
    assert the_case(there).state == "COLLECTION_DUE"
    assert case_of(hand_over(there, HANDED, world(ends + QUARTER))).state == "CLOSED"
