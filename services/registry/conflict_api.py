"""What officers declare, over HTTP: who it is about is named to intake, and kept here as intake's reference (I8)."""

from typing import Any

from fastapi import APIRouter, Response

from services.contracts.personal_data import NamePerson
from services.contracts.registry import Officer, PersonRef
from services.contracts.wire import TypedId
from services.registry import store as look_up
from services.registry.domain.conflicts import DeclareConflict, DeclareWish, EndConflict, EndWish
from services.registry.domain.recording import Around
from services.registry.duty_store import around_agency
from services.registry.handlers import RECORDED
from services.registry.people import AskedTooOften, NoSuchPerson, NotAsked, People, PeopleAway
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.store import Store


def add_conflict_calls(router: APIRouter, door: Door, store: Store, people: People) -> None:
    @router.post("/officers/{id}/conflicts", status_code=201)
    async def declare(
        id: TypedId, body: DeclareConflict, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """The officer takes no part in the cases of this person."""
        try:
            asked = NamePerson(scheme=body.person.scheme, value=body.person.value, officer_id=body.officer_id)
            ref = await people.ref(asked)
        except NoSuchPerson as wrong:
            errors = [{"field": "person", "code": "INVALID_PERSON", "detail": str(wrong)}]
            raise Problem("INVALID_PERSON", 422, str(wrong), errors=errors) from None
        except NotAsked as refused:
            raise Problem("NOT_AUTHORISED", 403, str(refused)) from None
        except AskedTooOften as often:
            detail, seconds = often.args
            raise Problem("TOO_MANY_ATTEMPTS", 429, detail, headers={"Retry-After": seconds}) from None
        except PeopleAway:
            detail = "intake, which names people, does not answer"
            raise Problem("INTAKE_AWAY", 503, detail, headers={"Retry-After": "5"}) from None
        around = await _around(id, body.officer_id)
        wish = DeclareWish(ref=ref, relation=body.relation, officer_id=body.officer_id, around=around)
        return await submit(id, wish, body.officer_id, key, expected, response)

    @router.post("/officers/{id}/conflicts/{ref}/end")
    async def end(
        id: TypedId, ref: PersonRef, body: EndConflict, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """There is no conflict any more: somebody else than the officer says so."""
        wish = EndWish(ref=ref, command=body, around=await _around(id, body.officer_id))
        return await submit(id, wish, body.officer_id, key, expected, response)

    async def submit(
        id: str, wish: DeclareWish | EndWish, by: str, key: str, expected: int | None, response: Response
    ) -> dict[str, Any]:
        done = await door.submit(RECORDED[Officer], id, wish, key=key, caller=by, expected=expected)
        answer = dict(done.answer or {})
        response.headers.update(etag(done.decided))
        return answer

    async def _around(id: str, by: str) -> Around:
        """The officer, who speaks, the agency with its desk, and those above."""
        officer = await look_up.newest(store, Officer, id)
        org_id = officer.org_id if officer is not None else None
        return Around(entries=await around_agency(store, org_id, [(Officer, by), (Officer, id)]))
