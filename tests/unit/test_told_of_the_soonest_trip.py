"""Of all that one closure moves for a citizen, what would bring them in vain first is told, as it is then (12.9)."""

import pytest

from services.contracts.intake_commands import FileRequest
from services.contracts.wire import instant_text
from services.contracts.working_calendar import DayKind
from services.intake.domain.messages import Filed
from services.intake.handlers import REQUEST
from services.notify.domain.answers import Declined
from services.notify.domain.message import TOLD_WITH_ANOTHER
from services.notify.handlers import CORRESPONDENCE
from tests.unit.closed_days import ALL, CLOSED, Expecting, at_night, going_out
from tests.unit.intake import cases as desk
from tests.unit.intake.edge import a_filing
from tests.unit.routing.re_dated_days import day
from tests.unit.test_moved_dates import FIRST, SECOND, THIRD


async def test_of_a_visit_and_a_deadline_that_move_to_different_days_the_visit_is_told() -> None:
    """Domain 12.9: the sooner day is the one on which somebody would set out in vain."""
    province = Expecting("ada")
    body = a_filing(awaitDocuments=True, nextVisitAt=instant_text(desk.at("1405/09/08 10:00")))
    await province.intake.submit(REQUEST, FIRST, Filed(request_id=FIRST, request=FileRequest.model_validate(body)))
    await province.carry()
    await province.close_for_all(day("1405/09/08"), day("1405/09/14"))
    (sent,) = [message for message in province.heard(FIRST) if message.state == "SENDING"]
    assert (sent.notice, sent.tokens["visit"]) == ("VISIT_MOVED", instant_text(desk.at("1405/09/09 07:30")))
    (other,) = [message for message in province.heard(FIRST) if message.notice == "DOCUMENTS_POSTPONED"]
    assert other.reason() == TOLD_WITH_ANOTHER


async def test_12_9_of_one_closure_the_soonest_trip_is_told_while_nothing_has_gone_out() -> None:
    """Not that an answer comes later, when somebody would stand before a closed desk."""
    province = Expecting("ada")
    for id in ALL:
        await province.file_as(id)
    await province.ask_back(SECOND, "APPOINTMENT", f"{CLOSED} 12:10")
    await province.ask_back(THIRD, "NEXT_VISIT", f"{CLOSED} 10:00")
    await at_night(province, first="answers")
    assert going_out(province) == [(THIRD, "VISIT_MOVED")]
    province.clock.moment = desk.at("1405/09/03 08:30")
    await province.notify.tick()
    assert [(message.notice, message.state) for message in province.heard() if message.state != "SUPPRESSED"] == [
        ("VISIT_MOVED", "SENDING")
    ]
    (refused,) = [message for message in province.heard() if message.state == "SENDING"]
    for notice in ("VISIT_OFF", "RE_DATED"):
        no = Declined(message_id=refused.id, turn=refused.turn, again=False, reason="BLOCKED")
        await province.notify.submit(CORRESPONDENCE, refused.id.rpartition(".")[0], no)
        (refused,) = [message for message in province.heard() if message.state == "SENDING"]
        assert refused.notice == notice, "who gave way tells when the sooner one has come to nothing, again the soonest"


async def test_12_9_what_has_gone_out_is_what_the_citizen_hears_of_a_closure() -> None:
    province = Expecting("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
    await province.ask_back(SECOND, "NEXT_VISIT", f"{CLOSED} 10:00")
    await province.close_for_all(day(CLOSED), first="answers")
    assert going_out(province) == [(FIRST, "RE_DATED")]


async def test_12_9_of_two_visits_of_one_case_the_first_is_told() -> None:
    province = Expecting("ada")
    await province.file_as(FIRST)
    await province.ask_back(FIRST, "NEXT_VISIT", f"{CLOSED} 12:00")
    await province.ask_back(FIRST, "APPOINTMENT", f"{CLOSED} 10:10")
    await province.close_for_all(day(CLOSED))
    assert going_out(province) == [(FIRST, "VISIT_OFF")]


async def test_12_9_a_day_that_is_shorter_is_told_once_too_by_whoever_would_come_in_vain_first() -> None:
    province = Expecting("ada")
    for id in ALL:
        await province.file_as(id)
    await province.ask_back(FIRST, "APPOINTMENT", f"{CLOSED} 12:50")
    for id in (SECOND, THIRD):
        await province.ask_back(id, "NEXT_VISIT", f"{CLOSED} 10:00")
    province.clock.moment = desk.at("1405/09/03 00:30")
    await province.close_for_all(day(CLOSED, DayKind.SHORT, intervals=(("07:30", "12:30"),)))
    assert going_out(province) == [(SECOND, "VISIT_SHORTENED")]
    (message,) = [message for message in province.heard(SECOND) if message.notice == "VISIT_SHORTENED"][-1:]
    assert message.tokens["closing"] == instant_text(desk.at(f"{CLOSED} 12:30"))


@pytest.mark.parametrize(("shuts", "told"), [("13:00", ["SENDING"]), ("14:15", ["SUPPRESSED"])])
async def test_12_9_a_day_that_is_shorter_and_then_less_so_is_told_as_it_is_in_the_morning(
    shuts: str, told: list[str]
) -> None:
    """Nobody is told of noon who may come until later."""
    province = Expecting("ada")
    await province.file_as(FIRST)
    await province.ask_back(FIRST, "NEXT_VISIT", f"{CLOSED} 10:00")
    province.clock.moment = desk.at("1405/09/03 00:30")
    await province.close_for_all(day(CLOSED, DayKind.SHORT, intervals=(("07:30", "12:00"),)))
    province.publish([day(CLOSED, DayKind.SHORT, intervals=(("07:30", shuts),))])
    await province.look(FIRST)
    province.clock.moment = desk.at("1405/09/03 08:30")
    await province.notify.tick()
    messages = [message for message in province.heard(FIRST) if message.notice == "VISIT_SHORTENED"]
    assert [message.state for message in messages] == told
    named = [message.tokens["closing"] for message in messages if message.state == "SENDING"]
    assert named == [instant_text(desk.at(f"{CLOSED} {shuts}"))] * len(named)


async def test_what_stands_again_is_told_and_the_warning_that_has_not_gone_out_is_not() -> None:
    province = Expecting("ada")
    await province.file_as(FIRST)
    await province.ask_back(FIRST, "APPOINTMENT", f"{CLOSED} 10:10")
    before = province.calendar
    province.clock.advance(hours=14)  # midnight
    await province.close_for_all(day(CLOSED))
    assert [message.state for message in province.heard(FIRST) if message.notice == "VISIT_OFF"] == ["CREATED"]
    newer = before.model_copy(update={"version": province.calendar.version + 1})
    for door in (province.intake, province.routing, province.notify):
        door.registry = door.registry.with_entries([newer])
    await province.look(FIRST)
    assert [message.state for message in province.heard(FIRST) if message.notice == "VISIT_OFF"] == ["SUPPRESSED"]
    (again,) = province.told(FIRST, "VISIT_REINSTATED")
    assert again.tokens["visit"] == instant_text(desk.at(f"{CLOSED} 10:10"))
