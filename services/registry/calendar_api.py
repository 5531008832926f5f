"""Calendars over HTTP: days that differ, and holidays to be confirmed (domain 6). `preview_api.py` shows them."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from services.contracts.wire import Command, TypedId
from services.contracts.working_calendar import WorkingCalendar
from services.registry import store as look_up
from services.registry.domain.calendar_holidays import HolidaysWish, ImportHolidays
from services.registry.domain.calendars import (
    AddExceptions,
    AddWish,
    ConfirmException,
    ConfirmWish,
    WithdrawException,
    WithdrawWish,
)
from services.registry.handlers import CALENDAR_FILE
from services.registry.holidays import proposed
from services.registry.surroundings import of_days
from services.runtime.clock import Clock
from services.runtime.command_calls import add_commands
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.store import Store
from services.worktime.jalali import civil_day

REACHED_TRIES = 100


COMMANDS: dict[str, tuple[type[Command], str]] = {
    "exceptions": (AddExceptions, "Days that differ from their week, everywhere or in some counties."),
    "exceptions/confirm": (ConfirmException, "A provisional day is certain: promises that cross it are moved."),
    "exceptions/withdraw": (WithdrawException, "A day ahead that does not differ after all."),
}
WISHES: dict[type[Command], Any] = {
    AddExceptions: AddWish,
    ConfirmException: ConfirmWish,
    WithdrawException: WithdrawWish,
}


def add_calendar_calls(router: APIRouter, door: Door, store: Store, clock: Clock) -> None:
    @router.post("/calendars/{id}/holidays")
    async def import_holidays(
        id: TypedId, body: ImportHolidays, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """The public holidays of a Jalali year that are ahead and that the calendar does not know yet, PROVISIONAL."""
        days = proposed(await known(id), body.year, civil_day(clock.now()), body.officer_id)
        wish = HolidaysWish(command=body, days=days, around=await of_days(store, await known(id), body))
        return await submit(id, wish, body.officer_id, key, expected, response)

    async def known(id: str) -> WorkingCalendar:
        entry = await look_up.newest(store, WorkingCalendar, id)
        if not isinstance(entry, WorkingCalendar):
            raise Problem("NOT_FOUND", 404, "there is no such calendar")
        return entry

    async def submit(
        id: str, wish: Any, officer_id: str, key: str, expected: int | None, response: Response
    ) -> dict[str, Any]:
        done = await door.submit(CALENDAR_FILE, id, wish, key=key, caller=officer_id, expected=expected)
        answer = dict(done.answer or {})
        response.headers.update(etag(done.decided))
        if answer["recorded"]:
            await _reached(store, id)
        return answer

    async def command(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        wish = WISHES[type(body)](command=body, around=await of_days(store, await known(id), body))
        return await submit(id, wish, body.officer_id, key, expected, response)

    add_commands(router, "/calendars", COMMANDS, command)


async def _reached(store: Store, id: str) -> None:
    """Waits a moment until the calendars that stand on this one have the change: who announced it may look at them.

    They get it by the same batch, or after a crash from the scanner; whoever waits for that is not kept.
    """
    for _ in range(REACHED_TRIES):
        if not await look_up.behind(store, id):
            return
        await asyncio.sleep(0.02)
