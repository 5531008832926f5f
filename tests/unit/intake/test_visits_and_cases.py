"""What visits and cases are to each other: filed in one, come back for, and counted (domain 3, 5)."""

import json

from services.contracts.topics import INTAKE_REQUEST
from services.contracts.visit import VisitMoved, VisitState
from services.intake.domain import redirecting, visit_record, visiting
from services.intake.domain.messages import KioskHonours
from services.intake.domain.visit_messages import RequestFiled, VisitEnded, VisitOpened, VisitStepped
from services.intake.handlers import REQUEST, VISIT
from tests.support.papers import a_picture
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    at,
    case_of,
    file_at_desk,
    move_of,
    state_of,
    submit,
    the_case,
    world,
)
from tests.unit.intake.desk_day import DeskDay, a_visit, refused
from tests.unit.intake.edge import Intake


def visits_told(intake: Intake, id: str) -> list[int]:
    events = intake.memory.publisher.events(INTAKE_REQUEST.name)
    return [json.loads(event["value"])["visits"] for event in events if event["key"] == id]


async def visits(intake: Intake, id: str) -> int:
    found: int = (await intake.state(id)).case.visits
    return found


# --- filed in a visit -------------------------------------------------------------------------------------------------


async def test_one_visit_may_open_several_requests_and_lists_them_with_their_promises(
    intake: Intake, desk: DeskDay
) -> None:
    id = await desk.served()
    filed = [(await intake.file(visitId=id)).json() for _ in range(2)]
    over = await desk.do(id, "SERVED")
    assert {r["requestId"] for r in over["requests"]} == {f["requestId"] for f in filed}
    for shown in over["requests"]:
        assert shown["promise"]["promisedLocal"] == filed[0]["commitments"][0]["promisedLocal"]
        assert (await intake.http.get(shown["receipt"])).status_code == 200
    last = (await desk.events(id))[-1]
    assert set(last.request_ids) == {f["requestId"] for f in filed}
    assert not last.guidance_only


async def test_a_desk_files_only_in_the_visit_that_it_is_serving(intake: Intake, desk: DeskDay) -> None:
    told = refused(await intake.file(visitId="no-such-visit"), 422, "UNKNOWN_VISIT")
    assert told["errors"][0]["field"] == "visitId"
    id = await desk.ticket()
    for steps, state in (((), "WAITING"), (("call",), "CALLED"), (("serve", "hold"), "ON_HOLD")):
        for step in steps:
            await desk.do(id, step)
        assert refused(await intake.file(visitId=id), 409, "VISIT_NOT_SERVED")["state"] == state
    await desk.do(id, "serve", "SERVED")
    assert refused(await intake.file(visitId=id), 409, "VISIT_NOT_SERVED")["state"] == "ENDED"
    elsewhere = await DeskDay(intake, TAX_DESK, TAX_OFFICER).served()
    refused(await intake.file(visitId=elsewhere), 422, "OTHER_DESK")


async def test_a_filing_repeated_after_its_visit_has_ended_is_answered_as_before(intake: Intake, desk: DeskDay) -> None:
    id = await desk.served()
    first = await intake.file(key="k", visitId=id)
    await desk.do(id, "SERVED")
    again = await intake.file(key="k", visitId=id)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_a_filing_that_reaches_its_visit_late_is_told_all_the_same(intake: Intake, desk: DeskDay) -> None:
    """The visit was ended by another process in the moment in which the request was filed."""
    id = await desk.served()
    await desk.do(id, "GUIDED")
    await intake.memory.submit(VISIT, id, RequestFiled(request_id="r-1", is_case=True))
    last = (await desk.events(id))[-1]
    assert (last.moves, last.request_ids, last.guidance_only) == (("visit.ended",), ("r-1",), False)
    assert [event.version for event in await desk.events(id)] == [1, 2, 3, 4, 5]


def test_a_filing_that_comes_before_the_first_step_waits_for_it() -> None:
    """After a crash the queue's word to the visit may still be on its way."""
    early = visit_record.request_filed(None, RequestFiled(request_id="r-1", is_case=True), world())
    assert early.events == ()
    step = visit_record.stepped(early.state, VisitStepped(visit=a_visit(VisitState.WAITING)), world())
    (event,) = step.events
    assert isinstance(event, VisitMoved)
    assert (event.moves, event.request_ids) == (("visit.opened",), ("r-1",))


def test_a_filing_without_a_visit_says_nothing_to_one() -> None:
    """The usual filing stays one write of one document."""
    assert file_at_desk("building-permit", "wa-municipality-urmia-desk", "wa-municipality-urmia-desk-01").sends == ()


# --- visits per case --------------------------------------------------------------------------------------------------


def test_a_case_filed_at_a_desk_or_at_a_kiosk_has_taken_one_visit() -> None:
    assert move_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER)).visits == 1
    assert move_of(submit()).visits == 1


def test_the_desk_and_then_the_kiosk_are_two_visits_of_one_case() -> None:
    """Domain 5."""
    redirected = file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER)
    assert move_of(redirected).visits == 1
    case = case_of(redirected)
    assert case.redirect is not None
    (asks,) = submit(redirectRef=case.redirect.ref).sends
    assert isinstance(asks.body, KioskHonours)
    honoured = redirecting.honours(state_of(redirected), asks.body, world())
    assert move_of(honoured).visits == 2
    again = redirecting.honours(state_of(honoured), asks.body, world())
    assert case_of(again).visits == 2, "asked twice, counted once"


async def test_two_tickets_at_once_for_one_case_are_one_visit_of_it(intake: Intake, desk: DeskDay) -> None:
    """Somebody draws a second one, or who came along does; come back after the first has ended, they come again."""
    first = await desk.served()
    filed = (await intake.file(visitId=first)).json()["requestId"]
    beside = await desk.ticket(filed)
    assert (await intake.state(filed)).case.visits == 1, "the visit in which it was filed is not over"
    await desk.do(first, "SERVED")
    third = await desk.ticket(filed)
    assert (await intake.state(filed)).case.visits == 1, "its second ticket is open still"
    for id in (beside, third):
        await desk.do(id, "LEFT")
    again, along = await desk.ticket(filed), await desk.ticket(filed)
    case = (await intake.state(filed)).case
    assert (case.visits, case.visit_ids) == (2, (first, beside, third, again, along))


async def test_each_later_visit_that_names_the_case_is_one_more(intake: Intake, desk: DeskDay) -> None:
    first = await desk.served()
    filed = (await intake.file(visitId=first)).json()["requestId"]
    await desk.do(first, "SERVED")
    assert (await intake.state(filed)).case.visits == 1, "the visit in which it was filed"
    for number in (2, 3):
        id = await desk.ticket(filed, filed)
        await desk.do(id, "LEFT")
        assert (await intake.state(filed)).case.visits == number
    assert (await intake.http.get(f"/v1/requests/{filed}")).json()["visits"] == 3
    await intake.unit_answers(filed)
    await intake.memory.settle()
    assert visits_told(intake, filed) == [1, 3]


async def test_a_visit_is_counted_once_for_a_case_however_often_it_is_told(intake: Intake, desk: DeskDay) -> None:
    filed = (await intake.file()).json()["requestId"]
    id = await desk.ticket(filed)
    for _ in range(2):
        told = VisitOpened(visit_id=id, desk_id=desk.desk, opened_at=MORNING)
        await intake.memory.submit(REQUEST, filed, told)
    assert (await intake.state(filed)).case.visits == 2


async def test_a_person_comes_back_only_for_cases_of_that_desk(intake: Intake, desk: DeskDay) -> None:
    filed = (await intake.file()).json()["requestId"]
    elsewhere = DeskDay(intake, TAX_DESK, TAX_OFFICER)
    told = refused(await elsewhere.open(filed), 422, "OTHER_DESK")
    assert told["errors"][0]["field"] == "requestIds"
    assert (await desk.open(*[filed] * 21)).status_code == 422


def test_a_submission_that_was_refused_is_no_case_to_come_back_for() -> None:
    request = state_of(submit(evidence=[]))
    told = VisitOpened(visit_id="v-1", desk_id=SOCIAL_DESK, opened_at=MORNING)
    assert visiting.opened(request, told, world()).state is request
    assert visiting.opened(None, told, world()).state is None


async def test_whoever_brings_an_original_has_come_once_a_day_and_not_again_where_they_filed(intake: Intake) -> None:
    filed = (await intake.file()).json()["requestId"]

    assert (await intake.bring(filed)).status_code == 200
    assert await visits(intake, filed) == 1, "on the day on which they filed it they were there"
    intake.memory.clock.advance(days=1)
    assert (await intake.bring(filed, a_picture(), originalSeen="false")).status_code == 200
    assert await visits(intake, filed) == 1
    for _ in range(2):
        assert (await intake.bring(filed)).status_code == 200
    assert await visits(intake, filed) == 2


async def test_a_ticket_whose_word_comes_after_what_was_done_for_its_person_is_the_same_visit(intake: Intake) -> None:
    filed = (await intake.file()).json()["requestId"]
    intake.memory.clock.advance(days=1)
    opened = VisitOpened(visit_id="v", desk_id=PERMITS_DESK, opened_at=intake.memory.clock.now())
    intake.memory.clock.advance(minutes=5)
    assert (await intake.bring(filed)).status_code == 200
    there = world(intake.memory.clock.now())
    told = case_of(visiting.opened(await intake.state(filed), opened, there))
    assert (told.visits, told.visit_ids) == (2, ("v",))


async def test_who_draws_a_ticket_when_an_original_was_seen_already_has_come_once_on_that_day(
    intake: Intake, desk: DeskDay
) -> None:
    filed = (await intake.file()).json()["requestId"]
    intake.memory.clock.advance(days=1)

    assert (await intake.bring(filed)).status_code == 200
    intake.memory.clock.advance(minutes=20)
    ticket = await desk.ticket(filed)
    assert await visits(intake, filed) == 2, "the filing, and this day"
    await desk.do(ticket, "LEFT")
    assert (await intake.bring(filed)).status_code == 200
    assert await visits(intake, filed) == 2
    intake.memory.clock.advance(hours=1)
    await desk.do(await desk.ticket(filed), "LEFT")
    assert await visits(intake, filed) == 3, "two tickets, one after the other, are two visits"
    intake.memory.clock.advance(days=1)
    assert (await intake.bring(filed)).status_code == 200
    intake.memory.clock.advance(days=1)
    await desk.ticket(filed)
    assert await visits(intake, filed) == 5, "another day"


async def test_a_ticket_that_is_beside_another_leaves_what_was_done_without_one_to_that_other(intake: Intake) -> None:
    """The word of the first comes last: the three are one visit."""
    filed = (await intake.file()).json()["requestId"]
    intake.memory.clock.advance(days=1)
    first = VisitOpened(visit_id="v", desk_id=PERMITS_DESK, opened_at=intake.memory.clock.now())
    intake.memory.clock.advance(minutes=5)
    assert (await intake.bring(filed)).status_code == 200
    there = world(intake.memory.clock.now())
    beside = first.model_copy(update={"visit_id": "w", "opened_at": there.now, "beside": True})
    state = visiting.opened(await intake.state(filed), beside, there).state
    assert case_of(visiting.opened(state, first, there)).visits == 2


async def test_whoever_fetches_an_output_on_a_later_day_has_come_twice_though_no_ticket_names_the_case(
    intake: Intake, desk: DeskDay
) -> None:
    """Whoever hands out tickets at the door need not know what people come for."""
    first = await desk.served()
    filed = (await intake.file(visitId=first)).json()["requestId"]
    await desk.do(first, "SERVED")
    await intake.unit_answers(filed)
    told = {"toldTo": "APPLICANT", "identitySeen": False, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{filed}/announce", told)).status_code == 200
    intake.memory.clock.advance(days=7)
    await desk.served()
    body = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{filed}/handover", body)).status_code == 200
    case = (await intake.state(filed)).case
    assert (case.state, case.visits) == ("CLOSED", 2)


def test_a_ticket_of_another_day_is_not_open_any_more_though_no_word_of_its_end_has_come() -> None:
    request = state_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER))
    for number, when in enumerate(("1405/09/03 09:00", "1405/09/04 09:00", "1405/09/04 09:10"), 1):
        came = VisitOpened(visit_id=f"v-{number}", desk_id=TAX_DESK, opened_at=at(when))
        request = state_of(visiting.opened(request, came, world(when)))
    assert the_case(request).here == ("v-2", "v-3")
    for number, gone in ((3, None), (2, at("1405/09/04 09:20"))):
        over = VisitEnded(visit_id=f"v-{number}", answered=True)
        request = state_of(visiting.ended(request, over, world("1405/09/04 09:20")))
        assert the_case(request).gone_at == gone
