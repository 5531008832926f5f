"""Coordinations and referrals over HTTP: a desk asks a unit, and sends a citizen to it (contract: Routing; I1)."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.coordination import (
    AcceptProposal,
    AnswerCoordination,
    ApproveReferral,
    AskCoordination,
    AttendReferral,
    CancelReferral,
    Coordination,
    CoordinationState,
    MissReferral,
    ProposeReferral,
    Referral,
    ReferralState,
)
from services.contracts.decision import Refused
from services.contracts.envelope import derived_id
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Command, TypedId, Wire, instant_text
from services.routing.domain.case import Case
from services.routing.domain.commands import Accept, Approve, Ask, Attend, Cancel, Miss, OnReferral, Propose
from services.routing.domain.coordinating import UNDER_WAY, Answer, AnswerHeard
from services.routing.domain.coordinations import Coordinations
from services.routing.domain.work import request_of
from services.routing.handlers import CASE
from services.routing.store import asked_by_desk, asked_of_unit
from services.runtime.command_calls import add_commands
from services.runtime.cursors import after, decode_cursor, encode_cursor
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.lookups import Stored
from services.runtime.message import Submitted, Unavailable
from services.runtime.store import Store
from services.worktime import jalali_text

PAGE = 50
Cursor = Annotated[str | None, Query(max_length=400)]

ON_COORDINATION: dict[str, tuple[type[Command], str]] = {
    "answer": (
        AnswerCoordination,
        "The unit must see the citizen, in a slot that is free (409 SLOT_TAKEN), or proposes one, or can do without.",
    ),
    "accept": (AcceptProposal, "The desk takes the slot that the unit has proposed, or does not."),
}
"""POST /v1/coordinations/{id}/<verb>."""
ON_REFERRAL: dict[str, tuple[type[Command], str]] = {
    "approve": (ApproveReferral, "The head of the desk issues it: the citizen is told."),
    "attend": (AttendReferral, "The unit has seen the citizen."),
    "miss": (MissReferral, "Nobody came to the slot: another one is theirs, once."),
    "cancel": (CancelReferral, "It is called off: by the desk before its slot, by the unit until it is over."),
}
"""POST /v1/referrals/{id}/<verb>."""
OF_REFERRAL: dict[type[Command], type[OnReferral]] = {
    ApproveReferral: Approve,
    AttendReferral: Attend,
    MissReferral: Miss,
    CancelReferral: Cancel,
}
"""What a body becomes, with the referral of the path."""


class ReferralView(Referral):
    """A referral, with the request whose applicant is sent."""

    request_id: str
    service_id: str
    desk_id: str
    from_local: str
    version: int

    @classmethod
    def of(cls, case: Case, referral: Referral, version: int, state: ReferralState | None = None) -> "ReferralView":
        """`state` is the one a command led to, which a repeated command is told again."""
        return cls(
            **dict(referral) | {"state": state or referral.state},
            request_id=case.request_id,
            service_id=case.service_id,
            desk_id=case.desk_id,
            from_local=jalali_text(referral.slot.since),
            version=version,
        )


class CoordinationView(Coordination):
    """A coordination, with the request that it is about and the referral that stands on it."""

    request_id: str
    service_id: str
    desk_id: str
    from_local: str | None
    lapses_local: str | None
    referral: ReferralView | None
    version: int

    @classmethod
    def of(
        cls, case: Case, coordination: Coordination, version: int, state: CoordinationState | None = None
    ) -> "CoordinationView":
        """`state` as of a referral."""
        referral, slot, lapses_at = known(case).referral_on(coordination.id), coordination.slot, coordination.lapses_at
        return cls(
            **dict(coordination) | {"state": state or coordination.state},
            request_id=case.request_id,
            service_id=case.service_id,
            desk_id=case.desk_id,
            from_local=jalali_text(slot.since) if slot else None,
            lapses_local=jalali_text(lapses_at) if lapses_at else None,
            referral=ReferralView.of(case, referral, version) if referral else None,
            version=version,
        )


class CoordinationList(Wire):
    items: tuple[CoordinationView, ...]
    next: str | None


def coordination_routes(door: Door, store: Store, snapshot: Callable[[], Snapshot]) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/coordinations", status_code=201)
    async def ask(
        body: AskCoordination, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> CoordinationView:
        """An officer of the case's desk asks a unit whether it must see the citizen (domain 1.4)."""
        done = await submit(body.request_id, Ask(**body.model_dump()), body.officer_id, key, expected)
        return told(done, done.answer or {}, response)

    @router.post("/referrals", status_code=201)
    async def propose(
        body: ProposeReferral, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> ReferralView:
        """The desk wants to send the citizen in the slot that the unit has confirmed (I1); its head has to approve."""
        case_id = case_of(body.coordination_id, "UNKNOWN_COORDINATION")
        done = await submit(case_id, Propose(**body.model_dump()), body.officer_id, key, expected)
        return sent(done, response)

    async def on_coordination(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        case_id = case_of(id, "UNKNOWN_COORDINATION")
        if isinstance(body, AcceptProposal):
            accept = Accept(**body.model_dump(), coordination_id=id)
            done = await submit(case_id, accept, body.officer_id, key, expected)
            return told(done, done.answer or {}, response).to_wire()
        booking_id = derived_id("unit-slot", id, body.officer_id, key)
        answer = Answer(booking_id=booking_id, coordination_id=id, said=body)
        done = await submit(case_id, answer, body.officer_id, key, expected)
        if body.slot is not None:
            # The door has carried the question to the unit's day, and the answer back, before it takes this one.
            done = await heard(case_id, booking_id)
        return told(done, {"id": id, "state": body.answer}, response).to_wire()

    add_commands(router, "/coordinations", ON_COORDINATION, on_coordination)

    async def on_referral(id: str, body: Any, key: str, expected: int | None, response: Response) -> dict[str, Any]:
        command = OF_REFERRAL[type(body)](**body.model_dump(), referral_id=id)
        done = await submit(case_of(id, "UNKNOWN_REFERRAL"), command, body.officer_id, key, expected)
        return sent(done, response).to_wire()

    add_commands(router, "/referrals", ON_REFERRAL, on_referral)

    @router.get("/coordinations/{id}")
    async def read_coordination(id: TypedId, response: Response) -> CoordinationView:
        """What the desk has asked, and what came of it."""
        stored = await store.get(CASE, request_of(id))
        if stored is None:
            raise Problem("UNKNOWN_COORDINATION", 404, "there is no such coordination")
        response.headers.update(etag(stored.version))
        return CoordinationView.of(stored.state, known(stored.state).coordination(id), stored.version)

    @router.get("/referrals/{id}")
    async def read_referral(id: TypedId, response: Response) -> ReferralView:
        """When and where the citizen is sent, and what came of it."""
        stored = await store.get(CASE, request_of(id))
        if stored is None:
            raise Problem("UNKNOWN_REFERRAL", 404, "there is no such referral")
        response.headers.update(etag(stored.version))
        return ReferralView.of(stored.state, known(stored.state).referral(id), stored.version)

    @router.get("/units/{unit_id}/coordinations")
    async def list_of_unit(
        unit_id: TypedId, state: CoordinationState = CoordinationState.ASKED, cursor: Cursor = None
    ) -> CoordinationList:
        """What a unit was asked, in the order of its work; without `state` what it has to answer."""
        if snapshot().unit(unit_id) is None:
            raise Problem("UNKNOWN_UNIT", 404, "there is no such unit")
        cases = await asked_of_unit(store, unit_id, state, after(cursor), PAGE + 1)
        items = [
            CoordinationView.of(stored.state, each, stored.version)
            for stored in cases[:PAGE]
            for each in known(stored.state).asked
            if each.unit_id == unit_id and each.state is state
        ]
        more = encode_cursor({"after": cases[PAGE - 1].state.order}) if len(cases) > PAGE else None
        return CoordinationList(items=tuple(items), next=more)

    @router.get("/desks/{desk_id}/coordinations")
    async def list_of_desk(
        desk_id: TypedId, state: CoordinationState | None = None, cursor: Cursor = None
    ) -> CoordinationList:
        """What a desk has asked, and what came of it, with the referrals; of the newest case first."""
        if snapshot().desk(desk_id) is None:
            raise Problem("UNKNOWN_DESK", 404, "there is no such desk")
        place = decode_cursor(cursor, at=str, id=str)
        before = (place["at"], place["id"]) if place else None
        cases = await asked_by_desk(store, desk_id, state, before, PAGE + 1)
        items = [
            CoordinationView.of(stored.state, each, stored.version)
            for stored in cases[:PAGE]
            for each in known(stored.state).asked
            if state in (None, each.state)
        ]
        return CoordinationList(items=tuple(items), next=_place_of(cases[PAGE - 1]) if len(cases) > PAGE else None)

    async def submit(case_id: str, command: Command, officer_id: str, key: str, expected: int | None) -> Submitted:
        return await door.submit(CASE, case_id, command, key=key, caller=officer_id, expected=expected)

    async def heard(case_id: str, booking_id: str) -> Submitted:
        try:
            return await door.submit(CASE, case_id, AnswerHeard(booking_id=booking_id))
        except Refused as refusal:
            if refusal.status == UNDER_WAY:  # the store went away in between; the scanner brings the answer
                raise Unavailable(refusal.detail) from None
            raise

    return router


def known(case: Case) -> Coordinations:
    return case.coordinations or Coordinations()


def case_of(id: str, otherwise: str) -> str:
    """The request that a coordination or referral is of. Raises Problem for what is no id of one."""
    case_id = request_of(id)
    if not case_id:
        raise Problem(otherwise, 404, "there is no such one")
    return case_id


def told(done: Submitted, answer: Mapping[str, Any], response: Response) -> CoordinationView:
    """The coordination in the state that a command has led to."""
    response.headers.update(etag(done.version))
    coordination = known(done.state).coordination(answer["id"])
    return CoordinationView.of(done.state, coordination, done.version, CoordinationState(answer["state"]))


def sent(done: Submitted, response: Response) -> ReferralView:
    response.headers.update(etag(done.version))
    answer = done.answer or {}
    referral = known(done.state).referral(answer["id"])
    return ReferralView.of(done.state, referral, done.version, ReferralState(answer["state"]))


def _place_of(stored: Stored[Case]) -> str:
    return encode_cursor({"at": instant_text(stored.state.arrived_at), "id": stored.id})
