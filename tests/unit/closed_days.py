"""Citizens who are to come and await answers, when days are closed. Intake, routing and notify behind their own doors.

What is filed on Monday 1405/09/02 is promised for after the day.
"""

from typing import Any

from services.contracts.intake_commands import FileRequest, PromiseVisit
from services.contracts.wire import instant_text
from services.contracts.working_calendar import DayException
from services.intake.domain.appointing import AskAppointment
from services.intake.domain.messages import Filed
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.handlers import DESK_SLOTS, REQUEST
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import Message
from services.notify.handlers import CORRESPONDENCE
from tests.unit.intake import cases as desk
from tests.unit.intake.edge import a_filing
from tests.unit.routing.re_dated_days import day
from tests.unit.test_another_round import OFFICER
from tests.unit.test_moved_dates import FIRST, SECOND, THIRD, Province

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


async def at_night(province: Expecting, *, first: str) -> None:
    """The day is closed at midnight: nothing goes out before the morning."""
    province.clock.moment = desk.at("1405/09/03 00:30")
    await province.close_for_all(day(CLOSED), first=first)


def going_out(province: Expecting) -> list[tuple[str, str]]:
    """Of which case, and what: the messages of the closure that have gone out, or will."""
    live = [message for message in province.heard() if message.state in ("CREATED", "SENDING")]
    return [(message.id.rpartition(".")[0], message.notice) for message in live]
