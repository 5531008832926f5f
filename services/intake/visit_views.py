"""How a visit and a desk's queue are shown: to the officers of the desk."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.contracts.wire import instant_text
from services.intake.domain.desk_queue import DeskQueue
from services.intake.domain.request import Request, the_case
from services.intake.domain.visit import Visit
from services.intake.domain.visit_record import VisitRecord
from services.worktime import jalali_date, jalali_text


def visit_view(visit: Visit, requests: Sequence[Request]) -> dict[str, Any]:
    """A visit with the requests it is about."""
    return {
        **_line(visit),
        "periods": [period.to_wire() for period in visit.periods],
        "jump": visit.jump.to_wire() if visit.jump else None,
        "requests": [_request(request) for request in requests if request.case is not None],
    }


def record_view(record: VisitRecord) -> dict[str, Any]:
    """A line in the list of a day."""
    assert record.visit is not None  # it was found by its ticket
    visit = record.visit
    return {
        **_line(visit),
        "guidanceOnly": record.guidance_only,
        "jump": visit.jump.to_wire() if visit.jump else None,
        "requestIds": list(record.request_ids),
    }


def queue_view(desk_id: str, day: date, queue: DeskQueue | None, now: datetime) -> dict[str, Any]:
    """Who waits, `place` 1 being the next; and who has been called, is being served or is on hold."""
    waiting = queue.waiting() if queue else ()
    attended = [visit for visit in queue.open if visit not in waiting] if queue else []
    return {
        "deskId": desk_id,
        "day": day.isoformat(),
        "dayLocal": jalali_date(day),
        "closesAt": instant_text(queue.closes_at) if queue else None,
        "lastTicketNo": queue.tickets if queue else 0,
        "waiting": [
            {**_line(visit), "place": place, "waitedMinutes": int((now - visit.opened_at).total_seconds()) // 60}
            for place, visit in enumerate(waiting, 1)
        ],
        "attended": [_line(visit) for visit in attended],
    }


def _line(visit: Visit) -> dict[str, Any]:
    return {
        "visitId": visit.id,
        "deskId": visit.desk_id,
        "orgId": visit.org_id,
        "day": visit.day.isoformat(),
        "dayLocal": jalali_date(visit.day),
        "ticketNo": visit.ticket_no,
        "state": visit.state,
        "reason": visit.reason,
        "calls": visit.calls,
        "openedAt": instant_text(visit.opened_at),
        "openedLocal": jalali_text(visit.opened_at),
        "waitedMinutes": visit.waited_minutes,
        "version": visit.version,
    }


def _request(request: Request) -> dict[str, Any]:
    """A request of the visit, and what its person can go by: a promise, a deadline, the kiosk that awaits them (I2)."""
    _, case = the_case(request)
    promise = next(iter(case.promises_ahead()), None)
    return {
        "requestId": request.id,
        "trackingCode": case.tracking_code,
        "state": case.state,
        "serviceId": case.service_id,
        "promise": {
            "kind": promise.kind,
            "promisedAt": instant_text(promise.promised_at),
            "promisedLocal": promise.promised_local,
        }
        if promise
        else None,
        "awaitedUntil": instant_text(case.awaited.until) if case.awaited else None,
        "redirectLapsesAt": instant_text(case.redirect.lapses_at) if case.redirect else None,
        "receipt": f"/v1/requests/{request.id}/receipt",
    }
