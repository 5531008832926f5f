"""For kiosk offices without a Kafka client: submit over HTTP, and ask for outcomes instead of listening."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel

from services.contracts.envelope import Malformed
from services.contracts.kiosk import (
    FIXABLE,
    DeliveryConfirmed,
    ExternalRef,
    Outcome,
    Rejection,
    Submission,
    Supplement,
    TakenBack,
)
from services.contracts.snapshot import Snapshot
from services.contracts.wire import TypedId
from services.intake.domain.messages import KioskSaid, KioskSubmitted
from services.intake.domain.outcomes import MESSAGES, all_told
from services.intake.domain.proving import apart, unsigned
from services.intake.domain.request import Request as State
from services.intake.handlers import REQUEST
from services.intake.kiosk_callers import Authorization, KioskCallers
from services.intake.kiosk_records import read_body, request_of, said_later, submitted
from services.intake.places import place, place_cursor
from services.intake.proofs import proof_of
from services.intake.store import outcomes_after
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.http import Problem
from services.runtime.store import Store

SETTLED = timedelta(seconds=20)
"""A list is given up to this moment ago: what was decided then has been written, so that a cursor passes nothing by.

Twice the session of the consumers' group: of a process that pauses for longer between deciding and writing, another
has taken over the records and written. And no less than the store may take to answer.
"""

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200, pattern=r"^[\x21-\x7e]+$")]


def _described(model: type[BaseModel]) -> dict[str, Any]:
    """The body is read by hand, exactly as a record of the topic is; this only describes it."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)  # the parts stand among the components already: a desk's calls have them too
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


Signature = Annotated[
    str | None, Header(alias="Ce-Signature", description="as the record's `ce_signature`; may be left out")
]


def kiosk_routes(
    door: Door, store: Store, clock: Clock, callers: KioskCallers, snapshot: Callable[[], Snapshot]
) -> APIRouter:
    router = APIRouter(prefix="/kiosk")

    @router.post("/submissions", status_code=202, openapi_extra=_described(Submission))
    async def submit(
        request: Request,
        response: Response,
        authorization: Authorization = None,
        signature: Signature = None,
        key: Key = None,
    ) -> dict[str, Any]:
        """Same body and meaning as the topic; its identity makes a repeat safe, with or without a key."""
        return await _take(Submission, request, response, authorization, signature, key)

    @router.post("/submissions/supplement", status_code=202, openapi_extra=_described(Supplement))
    async def supplement(
        request: Request,
        response: Response,
        authorization: Authorization = None,
        signature: Signature = None,
        key: Key = None,
    ) -> dict[str, Any]:
        """Further evidence of a case that this office filed, as `submission.supplemented` on the topic."""
        return await _take(Supplement, request, response, authorization, signature, key)

    @router.post("/submissions/withdraw", status_code=202, openapi_extra=_described(TakenBack))
    async def withdraw(
        request: Request,
        response: Response,
        authorization: Authorization = None,
        signature: Signature = None,
        key: Key = None,
    ) -> dict[str, Any]:
        """The citizen takes the case back at the counter, as `submission.withdrawn` on the topic."""
        return await _take(TakenBack, request, response, authorization, signature, key)

    @router.post("/submissions/delivery", status_code=202, openapi_extra=_described(DeliveryConfirmed))
    async def delivery(
        request: Request,
        response: Response,
        authorization: Authorization = None,
        signature: Signature = None,
        key: Key = None,
    ) -> dict[str, Any]:
        """The output was handed over at the counter, as `delivery.confirmed` on the topic."""
        return await _take(DeliveryConfirmed, request, response, authorization, signature, key)

    async def _take(
        model: type[Submission | Supplement | TakenBack | DeliveryConfirmed],
        request: Request,
        response: Response,
        authorization: str | None,
        signature: str | None,
        key: str | None,
    ) -> dict[str, Any]:
        caller = callers.partner(authorization)
        value = await request.body()
        try:
            body = read_body(model, value)
        except Malformed as malformed:
            raise _rejected(Rejection.MALFORMED, malformed) from None
        kiosk = callers.kiosk_of(caller, body.kiosk_id)
        signed = signature.encode(errors="replace") if signature is not None else None
        proof = proof_of(kiosk, value, signed, clock.now(), snapshot(), vouched=True)
        source = f"/kiosk/{body.kiosk_id}"
        message: KioskSubmitted | KioskSaid = (
            submitted(body, source, proof, key or "", "HTTP")
            if isinstance(body, Submission)
            else said_later(body, source, proof, key or "", "HTTP")
        )
        done = await door.submit(REQUEST, message.request_id, message, key=key, caller=body.kiosk_id)
        link = f"/v1/kiosk/outcomes?kioskId={body.kiosk_id}&externalRef={body.external_ref}"
        response.headers["Location"] = link
        return {
            "kioskId": body.kiosk_id,
            "externalRef": body.external_ref,
            "revision": body.revision,
            **(done.answer or {}),
            "outcome": link,
        }

    @router.get("/outcomes")
    async def outcomes(
        kiosk_id: Annotated[TypedId, Query(alias="kioskId")],
        after: str | None = None,
        external_ref: Annotated[ExternalRef | None, Query(alias="externalRef")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        authorization: Authorization = None,
    ) -> dict[str, Any]:
        """What this office was told, oldest news first; `next` continues after the last.

        All outcomes of an externalRef come together: one given before comes again when there is a newer one.
        """
        kiosk = callers.kiosk_of(callers.partner(authorization), kiosk_id)
        if external_ref is not None:
            wanted = [request_of(kiosk_id, external_ref)]
            wanted += [apart(kiosk_id, external_ref, unsigned(kiosk))] if kiosk is not None else []
            found = await store.get_many(REQUEST, wanted)
            return {"items": [_shown(o) for stored in found for o in all_told(stored.state)], "next": None}
        found = await outcomes_after(store, kiosk_id, place(after), clock.now() - SETTLED, limit)
        items = [_shown(outcome) for stored in found for outcome in all_told(stored.state)]
        return {"items": items, "next": _cursor(found[-1].state) if found else after}

    return router


def _shown(outcome: Outcome) -> dict[str, Any]:
    shown = outcome.to_wire()
    del shown["moves"]
    return shown


def _cursor(request: State) -> str | None:
    filing = request.filing
    return place_cursor(filing.told_at, request.id) if filing is not None and filing.told_at is not None else None


def _rejected(code: Rejection, reason: Malformed) -> Problem:
    errors = [{"code": reason.code, "detail": reason.detail, "message": MESSAGES[code], "fixable": code in FIXABLE}]
    return Problem(code, 422, reason.detail, errors=errors)
