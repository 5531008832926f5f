"""A citizen who is to come and awaits an answer hears of one closed day once, whatever of theirs it moves (12.9).

Intake, routing and notify behind their own doors. What is filed on Monday 1405/09/02 is promised for after the day.
"""

from typing import Any

import pytest

from services.contracts.intake_commands import FileRequest, PromiseVisit
from services.contracts.wire import instant_text
from services.contracts.working_calendar import DayException, DayKind
from services.intake.domain.appointing import AskAppointment
from services.intake.domain.case_parts import Attention
from services.intake.domain.messages import Filed
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.handlers import DESK_SLOTS, REQUEST
from services.notify.domain.answers import Accepted, Declined, NoAnswer, NotCalled
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import TOLD_WITH_ANOTHER, Message
from services.notify.handlers import CORRESPONDENCE
from services.worktime.jalali import civil_day
from tests.unit.intake import cases as desk
from tests.unit.intake.edge import a_filing
from tests.unit.routing.re_dated_days import day
from tests.unit.test_another_round import OFFICER
from tests.unit.test_moved_dates import FIRST, REZA, SECOND, THIRD, ZAHRA, Province

CLOSED = "1405/09/10"
"""A Tuesday."""
ALL = (FIRST, SECOND, THIRD)
OF_A_CLOSURE = {"RE_DATED", "VISIT_MOVED", "VISIT_OFF", "VISIT_SHORTENED", "DOCUMENTS_POSTPONED"}


class Expecting(Province):
    """A province whose desks ask people back."""

    def _door(self, name: str, entities: Any, inbound: Any, rules: Any, officers: tuple[str, ...]) -> Any:
        return super()._door(name, [*entities, DESK_SLOTS] if name == "intake" else entities, inbound, rules, officers)

    async def ask_back(self, id: str, kind: str, at: str) -> None:
        body = {"kind": kind, "at": instant_text(desk.at(at)), "officerId": OFFICER}
        asked = PromiseVisit.model_validate(body)
        message = asked if kind == "NEXT_VISIT" else AskAppointment(booking_id=f"b-{id}", asked=asked)
        await self.intake.submit(REQUEST, id, message)
        await self.carry()

    async def await_documents(self, id: str) -> None:
        body = a_filing(awaitDocuments=True)
        await self.intake.submit(REQUEST, id, Filed(request_id=id, request=FileRequest.model_validate(body)))
        await self.carry()

    async def look(self, *ids: str) -> None:
        """What the watch of intake does with whoever is to come."""
        for id in ids:
            await self.intake.submit(REQUEST, id, RegistryMoved())
        await self.carry()

    async def close_for_all(self, *days: DayException, first: str = "visits") -> None:
        self.announce(*days)
        if first == "visits":
            await self.look(*ALL)
        await self.sweep()
        await self.carry()
        await self.look(*ALL)

    def heard(self, *ids: str) -> list[Message]:
        """Messages of a closure that have gone out, or will."""
        messages: list[Message] = []
        for id in ids or ALL:
            correspondence = self.notify.state(CORRESPONDENCE, id)
            if isinstance(correspondence, Correspondence):
                messages += [message for message in correspondence.messages if message.notice in OF_A_CLOSURE]
        return messages


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


async def test_an_absence_is_no_closure_and_told_to_each_who_is_booked() -> None:
    province = Expecting("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
        await province.ask_back(id, "APPOINTMENT", f"{CLOSED} 10:10")
    for id in (FIRST, SECOND):
        officer_id = next(one for one in province.of(id).commitments if one.visit).visit
        assert officer_id is not None
        officer = province.intake.registry.officer(officer_id.officer_id or "")
        assert officer is not None
        away = officer.model_copy(update={"status": "SUSPENDED", "version": officer.version + 1})
        province.intake.registry = province.intake.registry.with_entries([away])
    await province.look(FIRST, SECOND)
    assert [(message.notice, message.state) for message in province.heard()] == [("VISIT_OFF", "SENDING")] * 2


def _out_of_service(province: Expecting, *days: tuple[str, str]) -> None:
    """The registry has planned the permits desk to be away: from a day on, to be back from another one on."""
    known = province.intake.registry.desk(desk.PERMITS_DESK)
    assert known is not None
    planned = [
        {"status": status, "since": civil_day(desk.at(f"{since} 12:00")).isoformat(), "reason": "r"}
        for pair in days
        for status, since in zip(("SUSPENDED", "ACTIVE"), pair, strict=True)
    ]
    away = known.model_validate(known.to_wire() | {"planned": planned, "version": known.version + 1})
    province.intake.registry = province.intake.registry.with_entries([away])


async def test_a_desk_that_is_away_is_no_closure_and_each_of_its_absences_is_told_to_whoever_it_moves() -> None:
    """The calendar is the same all the while: it has closed nothing."""
    province = Expecting("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
    await province.ask_back(FIRST, "NEXT_VISIT", "1405/09/10 10:00")
    await province.ask_back(SECOND, "NEXT_VISIT", "1405/09/14 10:00")
    for away in (("1405/09/10", "1405/09/11"), ("1405/09/14", "1405/09/15")):
        _out_of_service(province, away)
        await province.look(FIRST, SECOND)
    assert [province.of(id).commitments[1].promised_local for id in (FIRST, SECOND)] == [
        "1405/09/11 07:30",
        "1405/09/15 07:30",
    ]
    assert _going_out(province) == [(FIRST, "VISIT_MOVED"), (SECOND, "VISIT_MOVED")]


async def test_a_deadline_that_is_put_off_by_a_desk_that_is_away_is_told_whatever_else_it_has_moved() -> None:
    province = Expecting("ada")
    await province.file_as(FIRST)
    await province.await_documents(SECOND)
    await province.ask_back(FIRST, "NEXT_VISIT", "1405/09/10 10:00")
    for away in (("1405/09/10", "1405/09/11"), ("1405/09/14", "1405/09/15")):
        _out_of_service(province, away)
        await province.look(FIRST, SECOND)
    assert _going_out(province) == [(FIRST, "VISIT_MOVED"), (SECOND, "DOCUMENTS_POSTPONED")]


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


async def _at_night(province: Expecting, *, first: str) -> None:
    """The day is closed at midnight: nothing goes out before the morning."""
    province.clock.moment = desk.at("1405/09/03 00:30")
    await province.close_for_all(day(CLOSED), first=first)


def _going_out(province: Expecting) -> list[tuple[str, str]]:
    """Of which case, and what: the messages of the closure that have gone out, or will."""
    live = [message for message in province.heard() if message.state in ("CREATED", "SENDING")]
    return [(message.id.rpartition(".")[0], message.notice) for message in live]


async def test_12_9_of_one_closure_the_soonest_trip_is_told_while_nothing_has_gone_out() -> None:
    """Not that an answer comes later, when somebody would stand before a closed desk."""
    province = Expecting("ada")
    for id in ALL:
        await province.file_as(id)
    await province.ask_back(SECOND, "APPOINTMENT", f"{CLOSED} 12:10")
    await province.ask_back(THIRD, "NEXT_VISIT", f"{CLOSED} 10:00")
    await _at_night(province, first="answers")
    assert _going_out(province) == [(THIRD, "VISIT_MOVED")]
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
    assert _going_out(province) == [(FIRST, "RE_DATED")]


async def test_12_9_of_two_visits_of_one_case_the_first_is_told() -> None:
    province = Expecting("ada")
    await province.file_as(FIRST)
    await province.ask_back(FIRST, "NEXT_VISIT", f"{CLOSED} 12:00")
    await province.ask_back(FIRST, "APPOINTMENT", f"{CLOSED} 10:10")
    await province.close_for_all(day(CLOSED))
    assert _going_out(province) == [(FIRST, "VISIT_OFF")]


async def test_12_9_a_day_that_is_shorter_is_told_once_too_by_whoever_would_come_in_vain_first() -> None:
    province = Expecting("ada")
    for id in ALL:
        await province.file_as(id)
    await province.ask_back(FIRST, "APPOINTMENT", f"{CLOSED} 12:50")
    for id in (SECOND, THIRD):
        await province.ask_back(id, "NEXT_VISIT", f"{CLOSED} 10:00")
    province.clock.moment = desk.at("1405/09/03 00:30")
    await province.close_for_all(day(CLOSED, DayKind.SHORT, intervals=(("07:30", "12:30"),)))
    assert _going_out(province) == [(SECOND, "VISIT_SHORTENED")]
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
