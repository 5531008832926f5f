"""What of one request says who somebody is, or was written freely: each reading is on record before it is given (I12).

Whoever reads a request otherwise, or commands it, sees nothing of that (`views.request_view`).
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi import Request as Call
from fastapi.responses import HTMLResponse

from services.contracts.intake_commands import Track
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.intake.access import Accesses, Outcome, What, at_a_desk_of, in_service
from services.intake.domain.case import Case
from services.intake.domain.impartial import not_concerned
from services.intake.domain.request import Request, the_case
from services.intake.handlers import REQUEST
from services.intake.look_ups import LookUps
from services.intake.receipt import receipt
from services.intake.receipt_page import receipt_page
from services.intake.views import people_view, words_view
from services.runtime.clock import Clock
from services.runtime.http import Problem
from services.runtime.store import Store

ReadBy = Annotated[TypedId, Query(alias="officerId")]
Accept = Annotated[str, Header()]

BY_CODE = "CODE"
"""How a receipt was asked for: by its tracking code and the last four of whoever filed."""
PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def reading_routes(
    store: Store,
    accesses: Accesses,
    look_ups: LookUps,
    *,
    snapshot: Callable[[], Snapshot],
    clock: Clock,
    public_url: str,
) -> APIRouter:
    router = APIRouter()

    @router.get("/requests/{id}/applicant")
    async def read_applicant(id: TypedId, officer_id: ReadBy) -> dict[str, Any]:
        """The applicant in full, and who speaks for them, for a desk of the case's agency that faces or must reach
        them."""
        officer = in_service(snapshot(), officer_id)
        if officer is None:
            raise Problem("NOT_AUTHORISED", 403, "no such officer")
        request, case = await _case(id)
        if not at_a_desk_of(snapshot(), officer, case):
            await accesses.note(What.APPLICANT, Outcome.REFUSED, officer=officer, cases=[request])
            raise _no_such_request()
        async with accesses.refusing(What.APPLICANT, request, officer):
            not_concerned(officer, *case.people())
        await _given(What.APPLICANT, request, case, officer=officer)
        return people_view(request)

    @router.get("/requests/{id}/words")
    async def read_words(id: TypedId, officer_id: ReadBy) -> dict[str, Any]:
        """What was written freely: the note, each round's ground with the laws behind it, note of the output and
        objection; for officers of the case's desk, unit or agency."""
        request, case = await _case(id)
        await _read(What.WORDS, request, case, officer_id)
        return words_view(request, snapshot())

    @router.get("/requests/{id}/receipt", response_model=None)
    async def read_receipt(
        id: TypedId,
        officer_id: Annotated[TypedId | None, Query(alias="officerId")] = None,
        accept: Accept = "application/json",
    ) -> Response | dict[str, Any]:
        """The receipt as JSON, or as a page to print when text/html is asked for.

        An officer who is named is of the case's desk, unit or agency. Until sign-in exists one may be left out, and the
        record says that nobody was named.
        """
        request, case = await _case(id)
        await _read(What.RECEIPT, request, case, officer_id)
        return _receipt(request, accept)

    @router.post("/track/receipt", response_model=None)
    async def own_receipt(body: Track, call: Call, accept: Accept = "application/json") -> Response | dict[str, Any]:
        """The receipt for whoever may track the case: the citizen, or the office where they filed. Counts as a look-up;
        a wrong `last4` is answered exactly like a code that does not exist."""
        stored, case = await look_ups.proven(body, call)
        await _given(What.RECEIPT, stored.state, case, how=BY_CODE)
        return _receipt(stored.state, accept)

    def _receipt(request: Request, accept: str) -> Response | dict[str, Any]:
        if "text/html" in accept.lower():
            return HTMLResponse(receipt_page(request, snapshot(), clock.now(), public_url), headers=PAGE_HEADERS)
        return receipt(request, snapshot(), clock.now(), public_url)

    async def _case(id: str) -> tuple[Request, Case]:
        stored = await store.get(REQUEST, id)
        if stored is None or stored.state.case is None:
            raise _no_such_request()
        return the_case(stored.state)

    async def _read(what: What, request: Request, case: Case, officer_id: str | None) -> None:
        """Raises as `Accesses.reading` does, and Problem ERASED (410)."""
        await accesses.reading(what, snapshot(), request, case, officer_id, there=case.applicant is not None)
        _not_erased(case)

    async def _given(what: What, request: Request, case: Case, **by: Any) -> None:
        """On record. Raises Problem ERASED (410), StoreAway."""
        await accesses.note(what, Outcome.GIVEN if case.applicant else Outcome.NOTHING, cases=[request], **by)
        _not_erased(case)

    return router


def _not_erased(case: Case) -> None:
    """Raises Problem ERASED (410)."""
    if case.erased:
        raise Problem("ERASED", 410, "آنچه شخصی بود پاک شده است — what was personal has been erased")


def _no_such_request() -> Problem:
    return Problem("NOT_FOUND", 404, "there is no such request")
