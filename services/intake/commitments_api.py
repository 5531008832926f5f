"""Promises over HTTP: an extension, and those that a calendar's change would touch."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.intake_commands import ExtendPromise
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, TypedId, instant_text
from services.intake.domain.extending import ExtensionOf
from services.intake.domain.request import Request, the_case
from services.intake.store import promises_crossing
from services.runtime.command_calls import Submit, add_commands
from services.runtime.cursors import decode_cursor, encode_cursor
from services.runtime.days import asked_day
from services.runtime.lookups import Stored
from services.runtime.store import Store
from services.worktime.jalali import start_of_day

COMMANDS: dict[str, tuple[type[Command], str]] = {
    "extend": (ExtendPromise, "A later date for the answer, approved by the head of the desk: twice at most."),
}
"""What officers of a desk do with a promise: POST /v1/commitments/{id}/<verb>."""


def commitment_routes(store: Store, snapshot: Callable[[], Snapshot], submit: Submit) -> APIRouter:
    """`submit`: a command on a request, answered with the request."""
    router = APIRouter()

    async def extend(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        command = ExtensionOf(promise_id=id, asked=body)
        return await submit(request_of(id), command, key, expected, response)

    add_commands(router, "/commitments", COMMANDS, extend)

    @router.get("/commitments")
    async def crossing_promises(
        calendar: TypedId,
        crossing: Annotated[str, Query(max_length=20)],
        county: Annotated[list[str] | None, Query(max_length=100)] = None,
        desk: Annotated[list[TypedId] | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Open promises by a calendar for a day or later, in some counties or everywhere.

        Also those whose work stands still. `total` counts cases; it stops at 100,000. Of the desks that work by the
        calendar: answers that are counted by it, and all visits. `desk`: answers of these desks, which worked by it
        before, as the registry knows; their visits go by the hours of now.
        """
        position = decode_cursor(cursor, desk=str, due=str, id=str)
        desks = _desks(snapshot(), calendar, county or (), desk or ())
        moment = start_of_day(asked_day(crossing, "crossing"))
        visits = not desk
        total, found = await promises_crossing(store, desks, calendar, moment, position, limit, visits=visits)
        return {
            "total": total,
            "items": [item for stored in found for item in _items(stored.state, calendar, moment, visits=visits)],
            "next": place_of(found[-1]) if len(found) == limit else None,
        }

    return router


def request_of(promise_id: str) -> str:
    """The request that a promise is of; some id that leads nowhere when it is no promise's id."""
    return promise_id.rpartition(".")[0] or promise_id


def place_of(stored: Stored[Request]) -> str:
    """Where the next page begins behind this one."""
    _, case = the_case(stored.state)
    due = instant_text(case.next_due) if case.next_due else ""
    return encode_cursor({"desk": case.desk_id, "due": due, "id": stored.id})


def _desks(registry: Snapshot, calendar_id: str, counties: Collection[str], named: Collection[str]) -> list[str]:
    """The desks that work by the calendar: their cases are promised by it (domain 6). Where any are named: those."""
    return [
        desk.id
        for desk in registry.desks()
        if (desk.id in named if named else desk.calendar_id == calendar_id)
        and (not counties or desk.county in counties)
    ]


def _items(request: Request, calendar_id: str, crossing: datetime, *, visits: bool) -> list[dict[str, Any]]:
    _, case = the_case(request)
    return [
        {
            "commitmentId": promise.id,
            "requestId": request.id,
            "orgId": case.org_id,
            "deskId": case.desk_id,
            "kind": promise.kind,
            "promisedAt": instant_text(promise.promised_at),
            "promisedLocal": promise.promised_local,
        }
        for promise in case.open_promises()
        if promise.promised_at >= crossing and (visits if promise.visit else promise.calendar.id == calendar_id)
    ]
