"""A date that moves is the same in all services: extended at the desk, or moved by a closure (12.4, 12.8, 12.9, I6).

Intake, routing and notify behind their own doors, each hearing what the others published, in one order or another.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from services.contracts.commitment import Commitment
from services.contracts.intake_commands import FileRequest, Withdraw
from services.contracts.notify import MessageState
from services.contracts.wire import instant_text
from services.contracts.working_calendar import DayException, WorkingCalendar
from services.intake.domain.case import Case as Asked
from services.intake.domain.extending import ExtensionOf
from services.intake.domain.messages import Filed
from services.intake.domain.promising import HEARD_WITHIN
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.handlers import REQUEST
from services.notify.domain.answers import Declined
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import TOLD_WITH_ANOTHER, Message
from services.notify.handlers import CORRESPONDENCE
from services.registry.domain.calendar_days import decided
from services.routing.domain.case import Case as Work
from services.routing.domain.commands import Answer, Line, Start
from services.routing.domain.rules import Rules as RoutingRules
from services.routing.handlers import CASE
from services.routing.sweeping import Sweep, versions
from services.runtime.store import Store
from services.runtime.telemetry import Metrics
from services.worktime import jalali_text
from tests.unit.intake import cases as desk
from tests.unit.intake.edge import KeptLog, a_filing
from tests.unit.routing.re_dated_days import day
from tests.unit.test_another_round import HEAD, OFFICER, House

ZAHRA, REZA = "0013542419", "0499370899"
FIRST, SECOND, THIRD = (f"5b0c7a52-0000-5000-8000-00000000010{number}" for number in (1, 2, 3))
CLOSED = "1405/09/10"
"""A Tuesday within fifteen working days of the filing."""


class Province(House):
    """With a calendar that changes, and requests of several people."""

    async def file_as(self, id: str, national_id: str = ZAHRA) -> None:
        body = a_filing(applicant=desk.person(value=national_id))
        await self.intake.submit(REQUEST, id, Filed(request_id=id, request=FileRequest.model_validate(body)))
        await self.carry()

    async def extend(self, id: str, to: str) -> None:
        asked = {"to": instant_text(desk.at(to)), "reason": "SITE_SURVEY"}
        by = {"officerId": OFFICER, "secondOfficerId": HEAD}
        body: dict[str, Any] = {"promise_id": f"{id}.1", "asked": asked | by}
        await self.intake.submit(REQUEST, id, ExtensionOf.model_validate(body))

    def announce(self, *days: DayException) -> None:
        """The registry has published another version of the calendar, and all have heard of it."""
        self.publish((*self.calendar.exceptions, *days))

    def publish(self, exceptions: Sequence[DayException]) -> None:
        """The next version of the calendar, with these days."""
        known = self.calendar
        wanted = known.model_copy(update={"exceptions": tuple(exceptions), "version": known.version + 1})
        entry = wanted.model_copy(update={"exceptions": decided(wanted, known), "recorded_at": self.clock.now()})
        for door in (self.intake, self.routing, self.notify):
            door.registry = door.registry.with_entries([entry])

    async def sweep(self) -> None:
        sweep = Sweep(self.routing.door, cast(Store, self.routing.store), Metrics("routing"), KeptLog(), 1e9)
        async with self.routing.serving():
            await sweep.run(lambda: versions(self.routing.registry), {})
        await self.routing.settle()

    async def close(self, *days: DayException) -> None:
        self.announce(*days)
        await self.sweep()
        await self.carry()

    @property
    def calendar(self) -> WorkingCalendar:
        found = self.routing.registry.desk(desk.PERMITS_DESK)
        assert found is not None
        calendar = self.routing.registry.calendar(found.calendar_id)
        assert calendar is not None
        return calendar

    def of(self, id: str) -> Asked:
        case = self.intake.state(REQUEST, id).case
        assert isinstance(case, Asked)
        return case

    def promised(self, id: str) -> str:
        """The date of the promise, which is the due time of the Clock."""
        (promise,) = self.of(id).commitments
        work = self.routing.state(CASE, id)
        assert isinstance(work, Work)
        assert work.clock.due == promise.promised_at
        return promise.promised_local

    def moves(self, id: str) -> list[str]:
        return [move.kind for move in self.of(id).commitments[0].moves]

    def told(self, id: str, notice: str = "RE_DATED") -> list[Message]:
        correspondence = self.notify.state(CORRESPONDENCE, id)
        assert isinstance(correspondence, Correspondence)
        return [message for message in correspondence.messages if message.notice == notice]


async def test_12_9_a_citizen_with_three_cases_hears_of_a_closure_once() -> None:
    province = Province("ada")
    for id in (FIRST, SECOND, THIRD):
        await province.file_as(id)
    before = province.promised(FIRST)
    await province.close(day(CLOSED))
    assert all(province.promised(id) == province.promised(FIRST) > before for id in (FIRST, SECOND, THIRD))
    messages = [message for id in (FIRST, SECOND, THIRD) for message in province.told(id)]
    assert sorted(message.state for message in messages) == ["SENDING", "SUPPRESSED", "SUPPRESSED"]
    assert {message.reason() for message in messages if message.state == "SUPPRESSED"} == {TOLD_WITH_ANOTHER}
    (sent,) = [message for message in messages if message.state == "SENDING"]
    assert sent.tokens["redated"] == instant_text(province.of(FIRST).commitments[0].promised_at)


async def test_12_9_each_citizen_hears_and_hears_again_of_the_next_closure() -> None:
    province = Province("ada")
    await province.file_as(FIRST)
    await province.file_as(SECOND, REZA)
    await province.close(day(CLOSED))
    assert [len(province.told(id)) for id in (FIRST, SECOND)] == [1, 1]
    await province.close(day("1405/09/11"))
    assert [message.state for message in province.told(FIRST)] == ["SENDING", "SENDING"]
    assert province.moves(FIRST) == ["RE_PROJECTED", "RE_PROJECTED"]


async def test_12_9_a_closure_heard_of_twice_moves_and_tells_once() -> None:
    province = Province("ada")
    await province.file_as(FIRST)
    await province.close(day(CLOSED))
    await province.sweep()
    await province.carry()
    assert (province.moves(FIRST), len(province.told(FIRST))) == (["RE_PROJECTED"], 1)


async def test_12_8_a_day_that_is_not_certain_moves_nothing_and_nobody_is_told() -> None:
    province = Province("ada")
    await province.file_as(FIRST)
    before = province.of(FIRST)
    await province.close(day(CLOSED, status="PROVISIONAL"))
    assert province.of(FIRST) == before
    assert province.told(FIRST) == []


async def test_when_the_case_that_was_to_tell_is_over_another_tells() -> None:
    """Announced at night: in the morning the first case was taken back."""
    province = Province("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
    province.clock.moment = desk.at("1405/09/02 23:30")
    await province.close(day(CLOSED))
    assert [message.state for id in (FIRST, SECOND) for message in province.told(id)] == ["CREATED", "SUPPRESSED"]
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": OFFICER}
    await province.intake.submit(REQUEST, FIRST, Withdraw.model_validate(body))
    await province.carry()
    assert [message.state for message in province.told(FIRST)] == ["SUPPRESSED"]
    assert [message.state for message in province.told(SECOND)] == ["SUPPRESSED", "CREATED"]
    province.clock.moment = desk.at("1405/09/03 08:00")
    await province.notify.tick()
    assert province.told(SECOND)[-1].state == "SENDING"


async def test_when_the_message_that_was_to_tell_reaches_nobody_each_other_case_tries_once() -> None:
    province = Province("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
    await province.close(day(CLOSED))
    for id in (FIRST, SECOND):
        message = province.told(id)[-1]
        assert message.state == "SENDING"
        no = Declined(message_id=message.id, turn=message.turn, reason="NO_SUCH_NUMBER", again=False)
        await province.notify.submit(CORRESPONDENCE, id, no)
    states = [message.state for id in (FIRST, SECOND) for message in province.told(id)]
    assert states == [MessageState.PERM_FAILED, MessageState.SUPPRESSED, MessageState.PERM_FAILED]


async def test_12_4_an_extension_is_one_date_for_the_citizen_the_desk_and_the_unit() -> None:
    province = Province("ada")
    await province.file_as(FIRST)
    await province.extend(FIRST, "1405/09/24 11:00")
    await province.carry()
    assert province.promised(FIRST) == "1405/09/24 11:00"
    assert province.moves(FIRST) == ["EXTENDED"]
    (message,) = province.told(FIRST, "EXTENDED")
    assert message.tokens["redated"] == instant_text(desk.at("1405/09/24 11:00"))
    assert province.told(FIRST) == []


@pytest.mark.parametrize("heard_first", ["the extension", "the closure"])
async def test_an_extension_and_a_closure_that_cross_end_at_one_date_in_both_services(heard_first: str) -> None:
    province = Province("ada")
    await province.file_as(FIRST)
    if heard_first == "the extension":
        await province.extend(FIRST, "1405/09/24 11:00")
        await province.carry()
        await province.close(day(CLOSED))
    else:  # intake has not heard of it and extends by the days it knows, while routing has moved the Clock already
        before = province.intake.registry
        province.announce(day(CLOSED))
        after, province.intake.registry = province.intake.registry, before
        await province.sweep()
        await province.extend(FIRST, "1405/09/24 11:00")
        await province.carry()
        assert province.of(FIRST).commitments[0].promised_local == "1405/09/24 11:00", "waits for that version"
        province.intake.registry = after
        await province.wait(seconds=2)
    assert province.promised(FIRST) == "1405/09/25 11:00"
    assert province.moves(FIRST) == ["EXTENDED", "RE_PROJECTED"]


async def test_a_closure_announced_after_the_day_does_not_mend_a_broken_promise() -> None:
    """I6."""
    province = Province("ada")
    await province.file_as(FIRST)
    late = province.of(FIRST).commitments[0].promised_at + timedelta(seconds=1)
    province.clock.moment = late
    await province.close(day("1405/09/25"), day(CLOSED))
    await province.wait(minutes=15)
    (promise,) = province.of(FIRST).commitments
    assert (promise.state, promise.moves) == ("BROKEN", ())
    assert [message.notice for message in province.told(FIRST, "DELAY_APOLOGY")] == ["DELAY_APOLOGY"]
    assert jalali_text(promise.promised_at) == promise.promised_local


async def closed_in_time(province: Province) -> Commitment:
    """A promise as it was given, and its day closed in the evening before: routing has not counted it yet."""
    await province.file_as(FIRST)
    promised = province.of(FIRST).commitments[0]
    province.clock.moment = promised.promised_at - timedelta(hours=15)
    province.announce(day(promised.promised_local.split(" ")[0]))
    return promised


async def test_a_closure_that_was_known_in_time_moves_the_promise_though_routing_comes_to_it_late() -> None:
    """Decided in the evening for the next day. Routing is away, or has many to count: it comes to this one after the
    hour. Nobody could have answered on a day that was shut: that is no broken promise, and nobody is apologised to."""
    province = Province("ada")
    promised = await closed_in_time(province)
    province.clock.moment = promised.promised_at + timedelta(minutes=2)
    await province.wait()
    await province.sweep()
    await province.carry()
    assert (province.of(FIRST).commitments[0].state, province.moves(FIRST)) == ("OPEN", ["RE_PROJECTED"])
    assert province.told(FIRST, "DELAY_APOLOGY") == []


async def test_of_two_changes_around_the_hour_only_the_one_that_was_known_in_time_moves_the_promise() -> None:
    """Routing was away, and finds both at once."""
    province = Province("ada")
    promised = await closed_in_time(province)
    province.clock.moment = promised.promised_at + timedelta(minutes=1)
    province.announce(day("1405/09/25"))
    await province.sweep()
    await province.sweep()
    await province.carry()
    (moved,) = province.of(FIRST).commitments
    assert province.promised(FIRST) > promised.promised_local
    assert [move.calendar.version for move in moved.moves] == [province.calendar.version - 1]
    work = province.routing.state(CASE, FIRST)
    assert isinstance(work, Work)
    assert work.calendar.version == province.calendar.version


async def test_what_routing_comes_to_when_the_promise_is_broken_leaves_its_clock_where_it_was() -> None:
    """One truth of the date, also of one that was missed; and the apology has gone out by then."""
    province = Province("ada")
    promised = await closed_in_time(province)
    province.clock.moment = promised.promised_at + timedelta(minutes=16)
    await province.wait()
    await province.sweep()
    await province.carry()
    assert (province.promised(FIRST), province.moves(FIRST)) == (promised.promised_local, [])
    assert len(province.told(FIRST, "DELAY_APOLOGY")) == 1


async def test_a_date_that_routing_moved_in_time_holds_though_its_word_comes_a_minute_after_the_old_hour() -> None:
    """Else the Clock runs on to another date, and the promise is broken for ever at the old one."""
    province = Province("ada")
    await province.file_as(FIRST)
    promised = province.of(FIRST).commitments[0]
    province.clock.moment = promised.promised_at - timedelta(minutes=1)
    province.announce(day(promised.promised_local.split(" ")[0]))
    await province.sweep()
    province.clock.moment = promised.promised_at + timedelta(minutes=1)
    await province.carry()
    assert (province.of(FIRST).commitments[0].state, province.moves(FIRST)) == ("OPEN", ["RE_PROJECTED"])
    assert province.promised(FIRST) > promised.promised_local


async def test_a_result_that_waits_to_be_told_at_a_desk_that_is_shut_on_the_promised_day_breaks_no_promise() -> None:
    """They left no mobile, and the unit is done: no Clock runs any more, and nobody counts their promise anew. The day
    is closed by decree, the desk cannot tell them, and has not let its time pass either."""
    province = Province("ada")
    body = a_filing(applicant=desk.person(mobile=None))
    await province.intake.submit(REQUEST, FIRST, Filed(request_id=FIRST, request=FileRequest.model_validate(body)))
    await province.carry()
    promised = province.of(FIRST).commitments[0]
    province.clock.moment = promised.promised_at - timedelta(hours=21)
    await province.routing.submit(CASE, FIRST, Start(task_id=f"{FIRST}.1", officer_id="ada", line=Line(older=None)))
    answer = Answer.model_validate({"taskId": f"{FIRST}.1", "officerId": "ada", "result": "GRANTED"})
    await province.routing.submit(CASE, FIRST, answer)
    await province.carry()
    case = province.of(FIRST)
    assert (case.state, case.attention, case.commitments[0].state) == ("RESULT_READY", ("TELL_CITIZEN",), "OPEN")
    await province.close(day(promised.promised_local.split(" ")[0]))
    await province.intake.submit(REQUEST, FIRST, RegistryMoved())
    province.clock.moment = promised.promised_at + timedelta(minutes=20)
    await province.wait()
    case = province.of(FIRST)
    assert (case.commitments[0].state, case.attention) == ("OPEN", ("TELL_CITIZEN",))


def test_what_routing_still_counts_reaches_intake_before_the_promise_is_broken() -> None:
    """Else the Clock would have moved and the promise would be broken: two truths of one date."""
    assert RoutingRules(seed_key=bytes(32)).counted_within + timedelta(minutes=5) <= HEARD_WITHIN
