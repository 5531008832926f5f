"""For kiosk offices without a Kafka client: submit over HTTP, and ask for outcomes instead of listening."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Header, Query, Request, Response
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
from services.intake.domain.proving import apart, request_of
from services.intake.domain.request import Request as State
from services.intake.handlers import REQUEST
from services.intake.kiosk_callers import Authorization, KioskCallers
from services.intake.kiosk_records import read_body, said_later, submitted
from services.intake.places import place, place_cursor
from services.intake.proofs import proof_of
from services.intake.store import had_by, outcomes_after
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.http import IMPERSONAL, Problem
from services.runtime.store import Store

SETTLED = timedelta(seconds=20)
"""A list is given up to this moment ago: what was decided then has been written, so that a cursor passes nothing by.

Twice the session of the consumers' group: of a process that pauses for longer between deciding and writing, another
has taken over the records and written. And no less than the store may take to answer.
"""


def _described(model: type[BaseModel]) -> dict[str, Any]:
    """The body is read by hand, exactly as a record of the topic is; this only describes it."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)  # the parts stand among the components already: a desk's calls have them too
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


Word = Submission | Supplement | TakenBack | DeliveryConfirmed

WORDS: dict[str, tuple[type[Word], str]] = {
    "": (Submission, "Same body and meaning as the topic; its identity makes a repeat safe, whatever its key."),
    "/supplement": (Supplement, "Further evidence of a case of this office, as `submission.supplemented`."),
    "/withdraw": (TakenBack, "The citizen takes the case back at the counter, as `submission.withdrawn`."),
    "/delivery": (DeliveryConfirmed, "The output was handed over at the counter, as `delivery.confirmed`."),
}
"""What an office may say: each with the body of its record on the topic."""


class Sent(NamedTuple):
    """A call of an office, not read yet."""

    value: bytes
    authorization: str | None
    signature: bytes | None
    key: str | None


async def _sent(
    request: Request,
    authorization: Authorization = None,
    signature: Annotated[
        str | None, Header(alias="Ce-Signature", description="as the record's `ce_signature`; may be left out")
    ] = None,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            description="as the record's `ce_id`: it comes back as `causeId`; may be left out",
        ),
        IMPERSONAL,
    ] = None,
) -> Sent:
    signed = signature.encode(errors="replace") if signature is not None else None
    return Sent(await request.body(), authorization, signed, key)


def kiosk_routes(
    door: Door, store: Store, clock: Clock, callers: KioskCallers, snapshot: Callable[[], Snapshot]
) -> APIRouter:
    router = APIRouter(prefix="/kiosk")

    def take(model: type[Word]) -> Callable[[Sent, Response], Awaitable[dict[str, Any]]]:
        async def taken(sent: Annotated[Sent, Depends(_sent)], response: Response) -> dict[str, Any]:
            caller = callers.partner(sent.authorization)
            try:
                body = read_body(model, sent.value)
            except Malformed as malformed:
                raise _rejected(Rejection.MALFORMED, malformed) from None
            kiosk = callers.kiosk_of(caller, body.kiosk_id)
            proof = proof_of(kiosk, sent.value, sent.signature, clock.now(), snapshot(), vouched=True)
            source, key = f"/kiosk/{body.kiosk_id}", sent.key or ""
            message: KioskSubmitted | KioskSaid = (
                submitted(body, source, proof, key, "HTTP")
                if isinstance(body, Submission)
                else said_later(body, source, proof, key, "HTTP")
            )
            done = await door.submit(REQUEST, message.request_id, message)  # known again as on the topic, not by a key
            link = f"/v1/kiosk/outcomes?kioskId={body.kiosk_id}&externalRef={body.external_ref}"
            response.headers["Location"] = link
            return {
                "kioskId": body.kiosk_id,
                "externalRef": body.external_ref,
                "revision": body.revision,
                **(done.answer or {}),
                "outcome": link,
            }

        return taken

    for path, (model, meaning) in WORDS.items():
        router.add_api_route(
            f"/submissions{path}",
            take(model),
            methods=["POST"],
            status_code=202,
            name=model.__name__,
            operation_id=f"kiosk_{model.__name__}",
            description=meaning,
            openapi_extra=_described(model),
        )

    @router.get("/outcomes")
    async def outcomes(
        kiosk_id: Annotated[TypedId, Query(alias="kioskId")],
        after: str | None = None,
        external_ref: Annotated[ExternalRef | None, Query(alias="externalRef")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        authorization: Authorization = None,
    ) -> dict[str, Any]:
        """What this office was told, oldest news first; `next` continues after the last.

        A partner reads what was told to it: of an office that has moved to another, each its own part.
        All outcomes of an externalRef come together: one given before comes again when there is a newer one.
        """
        caller, kiosk = callers.partner(authorization), callers.known(kiosk_id)
        partner = caller.id if caller is not None else None
        if kiosk is not None and partner != kiosk.partner and not await had_by(store, kiosk_id, partner):
            callers.kiosk_of(caller, kiosk_id)
        if external_ref is not None:
            wanted = [request_of(kiosk_id, external_ref)]
            wanted += [apart(kiosk_id, external_ref, partner or kiosk.partner)] if kiosk is not None else []
            found = await store.get_many(REQUEST, wanted)
            return {"items": [_shown(o) for stored in found for o in all_told(stored.state, partner)], "next": None}
        found = await outcomes_after(store, kiosk_id, place(after), clock.now() - SETTLED, limit, partner)
        items = [_shown(outcome) for stored in found for outcome in all_told(stored.state, partner)]
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
