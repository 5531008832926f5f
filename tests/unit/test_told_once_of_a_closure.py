"""A citizen who is to come and awaits an answer hears of one closed day once, whatever of theirs it moves (12.9)."""

import pytest

from services.contracts.wire import instant_text
from services.intake.domain.case_parts import Attention
from services.notify.domain.answers import Accepted, Declined, NoAnswer, NotCalled
from services.notify.domain.message import TOLD_WITH_ANOTHER
from services.notify.handlers import CORRESPONDENCE
from tests.unit.closed_days import ALL, CLOSED, Expecting
from tests.unit.intake import cases as desk
from tests.unit.routing.re_dated_days import day
from tests.unit.test_moved_dates import FIRST, REZA, SECOND, ZAHRA


@pytest.mark.parametrize("first", ["visits", "answers"])
async def test_12_9_two_next_visits_and_three_answers_of_one_citizen_on_one_closed_day_are_told_once(
    first: str,
) -> None:
    province = Expecting("ada")
    for id in ALL:
        await province.file_as(id)
    for id in (FIRST, SECOND):
        await province.ask_back(id, "NEXT_VISIT", f"{CLOSED} 10:00")
    await province.close_for_all(day(CLOSED), first=first)
    heard = province.heard()
    assert sorted(message.notice for message in heard) == ["RE_DATED"] * 3 + ["VISIT_MOVED"] * 2
    assert sum(message.state == "SENDING" for message in heard) == 1
    assert {message.reason() for message in heard if message.state != "SENDING"} == {TOLD_WITH_ANOTHER}
    for id in (FIRST, SECOND):
        assert province.of(id).commitments[1].promised_local == "1405/09/11 07:30"


async def test_12_9_an_appointment_that_the_closed_day_takes_is_told_with_the_rest() -> None:
    province = Expecting("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
        await province.ask_back(id, "APPOINTMENT", f"{CLOSED} 10:10")
    await province.close_for_all(day(CLOSED))
    heard = province.heard(FIRST, SECOND)
    assert sorted(message.notice for message in heard) == ["RE_DATED"] * 2 + ["VISIT_OFF"] * 2
    (sent,) = [message for message in heard if message.state == "SENDING"]
    assert (sent.notice, sent.tokens["visit"]) == ("VISIT_OFF", instant_text(desk.at(f"{CLOSED} 10:10")))


async def test_12_9_a_deadline_for_documents_and_the_visit_with_it_are_told_in_one_message() -> None:
    province = Expecting("ada")
    await province.await_documents(FIRST)
    await province.close_for_all(day("1405/09/14"))
    (sent,) = province.heard(FIRST)
    assert (sent.notice, sent.state) == ("DOCUMENTS_POSTPONED", "SENDING")
    assert sent.tokens["documents"] == instant_text(desk.at("1405/09/15 07:30"))


async def test_12_9_others_hear_by_themselves_and_everybody_hears_of_the_next_closure() -> None:
    province = Expecting("ada")
    await province.file_as(FIRST, ZAHRA)
    await province.file_as(SECOND, REZA)
    for id in (FIRST, SECOND):
        await province.ask_back(id, "NEXT_VISIT", f"{CLOSED} 10:00")
    await province.close_for_all(day(CLOSED))
    assert [message.notice for message in province.heard() if message.state == "SENDING"] == ["VISIT_MOVED"] * 2
    await province.close_for_all(day("1405/09/11"))
    assert [message.notice for message in province.heard() if message.state == "SENDING"] == ["VISIT_MOVED"] * 4


async def test_12_9_where_the_message_comes_to_nothing_another_case_tells() -> None:
    province = Expecting("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
        await province.ask_back(id, "NEXT_VISIT", f"{CLOSED} 10:00")
    await province.close_for_all(day(CLOSED))
    (sent,) = [message for message in province.heard() if message.state == "SENDING"]
    refused = Declined(message_id=sent.id, turn=sent.turn, again=False, reason="BLOCKED")
    await province.notify.submit(CORRESPONDENCE, FIRST, refused)
    states = [message.state for message in province.heard() if message.reason() != TOLD_WITH_ANOTHER]
    assert sorted(states) == ["PERM_FAILED", "SENDING"]


@pytest.mark.parametrize("why", ["no call was made", "no answer came", "no receipt came"])
async def test_12_9_where_nobody_knows_of_the_message_after_three_days_each_case_is_the_desks_to_tell(why: str) -> None:
    """I9. Whoever does not come then was not told, with whichever of their cases."""
    province = Expecting("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
        await province.ask_back(id, "NEXT_VISIT", f"{CLOSED} 10:00")
    await province.close_for_all(day(CLOSED))
    (sent,) = [message for message in province.heard() if message.state == "SENDING"]
    for hours in (0, 71):
        await province.wait(hours=hours)
        turn = province.heard(FIRST)[0].turn
        answer = {
            "no call was made": NotCalled(message_id=sent.id, turn=turn, reason="BREAKER_OPEN"),
            "no answer came": NoAnswer(message_id=sent.id, turn=turn, reason="TIMEOUT"),
            "no receipt came": Accepted(message_id=sent.id, turn=turn, provider_id="sms-1", parts=1),
        }[why]
        await province.notify.submit(CORRESPONDENCE, FIRST, answer)
    assert Attention.TELL_NEW_TIME not in province.of(SECOND).attention, "it may reach them yet"
    await province.wait(hours=1)
    for id in (FIRST, SECOND):
        assert Attention.TELL_NEW_TIME in province.of(id).attention
    province.clock.moment = desk.at("1405/09/11 16:00")
    await province.wait(minutes=1)
    assert [province.of(id).commitments[1].state for id in (FIRST, SECOND)] == ["BROKEN", "BROKEN"]
    assert all(message.state != "SENDING" for message in province.heard()), "what is three days old goes out no more"


async def test_12_9_each_case_has_its_turn_until_one_of_them_reaches_the_citizen() -> None:
    province = Expecting("ada")
    for id in ALL:
        await province.file_as(id)
    await province.close_for_all(day(CLOSED))
    told_by = []
    for _ in ALL:
        (sent,) = [message for message in province.heard() if message.state == "SENDING"]
        told_by.append(sent.id.rpartition(".")[0])
        refused = Declined(message_id=sent.id, turn=sent.turn, again=False, reason="BLOCKED")
        await province.notify.submit(CORRESPONDENCE, told_by[-1], refused)
    assert sorted(told_by) == sorted(ALL)
    assert all(message.state != "SENDING" for message in province.heard()), "nobody is left; the desk sees it"
