"""Partners and their kiosk offices over HTTP: credentials issued and renewed, keys registered and revoked."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response

from services.contracts.entry import Entry
from services.contracts.registry import Kiosk, Partner
from services.contracts.snapshot import Snapshot
from services.contracts.topics import outcome_topic
from services.contracts.wire import TypedId, instant_text
from services.registry import store as look_up
from services.registry import surroundings
from services.registry.claiming import claimed
from services.registry.credentials import Issuer
from services.registry.domain.claims import Sole
from services.registry.domain.onboarding import (
    CredentialsWish,
    Onboard,
    RegisterKey,
    RegisterKeyWish,
    RevokeApiKeys,
    RevokeApiKeysWish,
    RevokeKey,
    RevokeKeyWish,
    Rotate,
)
from services.registry.domain.recording import Around
from services.registry.followers import Follower, follows
from services.registry.handlers import PARTNER_ACCESS, RECORDED
from services.runtime.clock import Clock
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.store import Store

Keyed = CredentialsWish | RegisterKeyWish | RevokeApiKeysWish | RevokeKeyWish
SECRET = {"Cache-Control": "no-store"}


def add_partner_calls(
    router: APIRouter, door: Door, store: Store, intake: Follower, issuer: Issuer, grace: timedelta, clock: Clock
) -> None:
    async def _around(kind: type[Entry], id: str, officer_id: str) -> Around:
        known = await look_up.newest(store, kind, id)
        return Around(entries=Snapshot().with_entries(await surroundings.deciding(store, known, officer_id)))

    async def recorded(
        kind: type[Entry], id: str, wish: Keyed, key: str, expected: int | None, response: Response
    ) -> dict[str, Any]:
        caller = wish.command.officer_id
        done = await door.submit(RECORDED[kind], id, wish, key=key, caller=caller, expected=expected)
        response.headers.update(etag(done.decided))
        return dict(done.answer or {})

    async def issued(id: str, body: Onboard | Rotate, key: str, expected: int | None, response: Response) -> Any:
        nonce, around = issuer.draw(), await _around(Partner, id, body.officer_id)
        digest = issuer.api_key_sha256(id, nonce)
        wish = CredentialsWish(command=body, around=around, nonce=nonce, api_key_sha256=digest, grace=grace)
        answer = await recorded(Partner, id, wish, key, expected, response)
        drawn = answer.pop("nonce")  # of the first call, if this is a repeat
        response.headers.update(SECRET)
        return answer | {
            "username": id,
            "password": issuer.password(id, drawn),
            "apiKey": issuer.api_key(id, drawn),
            "outcomeTopic": outcome_topic(id).name,
            "access": f"/v1/partners/{id}/access",
        }

    @router.post("/partners/{id}/onboard", status_code=201)
    async def onboard(
        id: TypedId, body: Onboard, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """Credentials, told this once. The broker knows them when `access` says GRANTED."""
        answer: dict[str, Any] = await issued(id, body, key, expected, response)
        return answer

    @router.post("/partners/{id}/rotate")
    async def rotate(
        id: TypedId, body: Rotate, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """New credentials. The former password ends as soon as the broker knows the new one, the API key later."""
        answer: dict[str, Any] = await issued(id, body, key, expected, response)
        return answer

    @router.post("/partners/{id}/api-keys/revoke")
    async def revoke_api_keys(
        id: TypedId, body: RevokeApiKeys, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """The HTTP gateway takes them no more (`revoked`: how many). Another is issued by `rotate`."""
        wish = RevokeApiKeysWish(command=body, around=await _around(Partner, id, body.officer_id))
        return await recorded(Partner, id, wish, key, expected, response)

    @router.get("/partners/{id}/access")
    async def read_access(id: TypedId) -> dict[str, Any]:
        """What its account at the broker shall be, whether the broker agrees (`state`), and whether intake judges by
        what was recorded last (`intakeKnows`; null when it does not answer).
        """
        stored = await store.get(PARTNER_ACCESS, id)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "nothing was decided of this partner's access yet")
        access, newest = stored.state, await look_up.newest(store, Partner, id)
        return {
            "partner": id,
            "wanted": "GRANTED" if access.granted else "WITHDRAWN",
            "state": access.state,
            "since": instant_text(access.since),
            "attempts": access.attempts,
            "problem": access.problem,
            "intakeKnows": await follows(intake, newest),
        }

    @router.get("/kiosks/{id}/access")
    async def read_kiosk_access(id: TypedId) -> dict[str, Any]:
        """Whether intake judges an office's submissions by what was recorded of it last (`version`), its keys too.

        `intakeKnows` is null when intake does not answer.
        """
        newest = await look_up.newest(store, Kiosk, id)
        if newest is None:
            raise Problem("NOT_FOUND", 404, "there is no such kiosk office")
        return {"kiosk": id, "version": newest.version, "intakeKnows": await follows(intake, newest)}

    @router.post("/kiosks/{id}/keys", status_code=201)
    async def register_key(
        id: TypedId, body: RegisterKey, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """The public half of a key that the office has made; the private one is nobody's business but its own."""
        async with claimed(door, clock, id, [(Sole.KEY, body.public_key)]) as since:
            around = await _around(Kiosk, id, body.officer_id)
            others = await look_up.holders(store, [body.public_key])
            around = replace(around, entries=around.entries.with_entries(others), claimed_at=since)
            return await recorded(Kiosk, id, RegisterKeyWish(command=body, around=around), key, expected, response)

    @router.post("/kiosks/{id}/keys/{kid}/revoke")
    async def revoke_key(
        id: TypedId, kid: TypedId, body: RevokeKey, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """Nothing that it signed is taken any more."""
        wish = RevokeKeyWish(kid=kid, command=body, around=await _around(Kiosk, id, body.officer_id))
        return await recorded(Kiosk, id, wish, key, expected, response)
