"""A partner that has a webhook is called with each outcome: signed, along a ladder, until it has it or is gone."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from fastapi import APIRouter
from standardwebhooks import Webhook as Standard
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.contracts.decision import Refused
from services.contracts.envelope import Envelope, Malformed
from services.contracts.kiosk import Outcome
from services.notify.domain import webhook
from services.notify.domain.webhook import BOTH_SECRETS_FOR, ChangeSecret, EndpointGone, SecretWish, SetWebhook, Webhook
from services.notify.domain.webhook_message import (
    ANSWER_WITHIN,
    LADDER,
    NotTaken,
    OutcomeTold,
    Taken,
    WebhookMessage,
    WebhookState,
    not_taken,
    taken,
)
from services.notify.handlers import WEBHOOK, WEBHOOK_MESSAGE, outcomes
from services.notify.partners import IntakePartners
from services.notify.webhook_api import add_webhook_calls
from services.notify.webhook_book import WebhookBook
from services.notify.webhook_caller import TEST, WebhookCaller, secret_of
from services.runtime.entity import Addressed, Unknown
from services.runtime.http import add_calls, application
from services.runtime.store import Store
from services.runtime.telemetry import logger
from tests.support.memory_door import MemoryDoor
from tests.support.readable_store import ReadableStore
from tests.support.served import served
from tests.unit.notify.cases import MORNING, world

PARTNER, OTHER, KEY = "pishkhan-a", "pishkhan-b", bytes(range(32))
ACCEPTED = "ir.servicedesk.kiosk.submission.accepted.v1"
DATA = {"kioskId": "wa-urmia-017", "status": "ACCEPTED", "message": "پذیرفته شد", "partner": PARTNER}


class Endpoint:
    """A partner's program. It checks what it is sent with the secrets that it knows."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.status, self.headers = 204, dict[str, str]()
        self.calls: list[tuple[str, Any]] = []
        self.app = Starlette(routes=[Route("/hook", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        body, headers = await request.body(), dict(request.headers)
        for secret in self.secrets:
            Standard(secret).verify(body, headers)
        self.calls.append((headers["webhook-id"], json.loads(body)))
        return Response(status_code=self.status, headers=self.headers)


class Partners:
    """Notify as far as it calls partners, over a store in memory and an endpoint on loopback."""

    def __init__(self, url: str, endpoint: Endpoint, *, development: bool = True) -> None:
        self.url, self.endpoint, self.book = f"{url}/hook", endpoint, WebhookBook()
        self.memory = MemoryDoor(
            "notify",
            [WEBHOOK, WEBHOOK_MESSAGE],
            store=ReadableStore(),
            perform=lambda items: self.caller.perform(items),
        )
        self.caller = WebhookCaller(
            self.book,
            KEY,
            lambda id, answer: self.memory.door.submit(WEBHOOK_MESSAGE, id, answer),
            self.memory.clock,
            logger("notify", "ERROR"),
            development=development,
        )
        app, router = application("notify", ready=_ready, metrics=lambda: b"", asyncapi=dict), APIRouter()
        store = cast(Store, self.memory.store)
        self.known: set[str] | None = {PARTNER, OTHER}
        """Of whom intake knows; None = it is away."""
        intake = httpx.AsyncClient(transport=httpx.MockTransport(self._intake), base_url="http://intake")
        known = IntakePartners(intake)
        add_webhook_calls(router, self.memory.door, store, self.memory.clock, self.book, self.caller, KEY, known)
        add_calls(app, router)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notify/v1/webhooks/")
        self.keys = 0

    def _intake(self, asked: httpx.Request) -> httpx.Response:
        if self.known is None:
            raise httpx.ConnectError("nobody is there")
        _, _, kind, partner, what = asked.url.path.split("/")
        assert (kind, what) == ("partners", "version")
        return httpx.Response(200 if partner in self.known else 404, json={})

    async def put(self, partner: str = PARTNER, url: str | None = None, **changes: Any) -> httpx.Response:
        body = {"url": url or self.url, "officerId": "o-1"} | changes
        return await self.http.put(partner, json=body, headers=self.key())

    def key(self) -> dict[str, str]:
        self.keys += 1
        return {"Idempotency-Key": f"key-{self.keys:08}"}

    async def tell(self, *ids: str, partner: str = PARTNER) -> None:
        """All at once; the event of each has words of its own."""

        async def one(id: str) -> None:
            data = json.dumps(DATA | ({"externalRef": id} if len(ids) > 1 else {}), ensure_ascii=False)
            told = OutcomeTold(partner=partner, type=ACCEPTED, at=MORNING, data=data)
            await self.memory.door.submit(WEBHOOK_MESSAGE, id, told)

        await asyncio.gather(*map(one, ids or ("e-1",)))
        await self.rest()

    async def wait(self, by: timedelta) -> None:
        await self.memory.tick(seconds=by.total_seconds())
        await self.rest()

    async def rest(self) -> None:
        while self.memory.door.background.under_way:
            await self.memory.door.background.progress()

    def message(self, id: str = "e-1") -> WebhookMessage:
        return cast(WebhookMessage, self.memory.state(WEBHOOK_MESSAGE, id))

    def webhook(self) -> Webhook:
        return cast(Webhook, self.memory.state(WEBHOOK, PARTNER))


async def _ready() -> tuple[bool, dict[str, object]]:
    return True, {}


@pytest.fixture
async def partners() -> AsyncIterator[Partners]:
    endpoint = Endpoint()
    async with served(endpoint.app) as url:
        partners = Partners(url, endpoint)
        async with partners.memory.serving():
            yield partners
        await partners.caller.close()


# -- a call ---------------------------------------------------------------------------------------------------------


async def test_the_endpoint_is_told_the_event_as_its_topic_has_it_signed(partners: Partners) -> None:
    assert (await partners.put()).json()["enabled"] is True
    partners.endpoint.secrets = [(await partners.http.get(f"{PARTNER}/secret")).json()["secret"]]
    await partners.tell()
    assert partners.endpoint.calls == [
        ("msg_e-1", {"type": ACCEPTED, "timestamp": "2026-11-23T06:00:00Z", "data": DATA})
    ]
    assert (partners.message().state, partners.message().due) == (WebhookState.DELIVERED, None)
    assert partners.message().data == "", "what has ended keeps no words"


async def test_the_same_event_twice_is_one_call(partners: Partners) -> None:
    await partners.put()
    await partners.tell()
    await partners.tell()
    assert len(partners.endpoint.calls) == 1


async def test_an_endpoint_that_fails_is_called_along_the_ladder_and_then_given_up(partners: Partners) -> None:
    await partners.put()
    partners.endpoint.status = 500
    await partners.tell()
    for failures, pause in enumerate(LADDER, start=1):
        assert (partners.message().tries, partners.message().state) == (failures, WebhookState.WAITING)
        await partners.wait(pause - timedelta(seconds=1))
        assert partners.message().tries == failures, "not before its time"
        await partners.wait(min(pause / 10, timedelta(minutes=5)) + timedelta(seconds=1))
    assert len(partners.endpoint.calls) == len(LADDER) + 1
    assert {id for id, _ in partners.endpoint.calls} == {"msg_e-1"}, "a receiver knows it again"
    given_up = partners.message()
    assert (given_up.state, given_up.reason, given_up.data) == (WebhookState.GIVEN_UP, "HTTP_500", "")
    listed = (await partners.http.get(f"{PARTNER}/messages", params={"state": "GIVEN_UP"})).json()["items"]
    assert [(each["messageId"], each["tries"], each["reason"]) for each in listed] == [("e-1", 8, "HTTP_500")]


async def test_an_endpoint_that_wants_to_be_left_alone_is(partners: Partners) -> None:
    await partners.put()
    partners.endpoint.status, partners.endpoint.headers = 429, {"Retry-After": "120"}
    await partners.tell()
    await partners.wait(timedelta(seconds=100))
    assert len(partners.endpoint.calls) == 1
    partners.endpoint.status = 204
    await partners.wait(timedelta(seconds=33))
    assert partners.message().state is WebhookState.DELIVERED


async def test_a_call_that_was_lost_with_its_process_is_made_by_another(partners: Partners) -> None:
    await partners.put()
    caller, partners.caller = partners.caller, cast(Any, Lost())
    await partners.tell()
    partners.caller = caller
    await partners.wait(ANSWER_WITHIN - timedelta(seconds=1))
    assert partners.endpoint.calls == []
    await partners.wait(timedelta(seconds=1))
    assert (partners.message().state, partners.message().tries) == (WebhookState.DELIVERED, 0)


class Lost:
    async def perform(self, items: Any) -> None:
        return None


async def test_410_turns_the_webhook_off_until_it_is_set_anew(partners: Partners) -> None:
    await partners.put()
    partners.endpoint.status = 410
    await partners.tell()
    assert partners.message().state is WebhookState.GIVEN_UP
    await partners.book.refresh(cast(Store, partners.memory.store))
    assert partners.book.of(PARTNER) is None, "its topic is passed over"
    shown = (await partners.http.get(PARTNER)).json()
    assert (shown["enabled"], shown["reason"], shown["history"][-1]["officerId"]) == (False, "GONE", None)
    partners.endpoint.status = 204
    await partners.put()
    assert partners.book.of(PARTNER) is not None
    await partners.tell("e-2")
    assert partners.message("e-2").state is WebhookState.DELIVERED


def test_an_endpoint_that_is_gone_says_nothing_of_one_that_was_set_since() -> None:
    wish = webhook.WebhookWish(partner=PARTNER, command=SetWebhook(url="https://new.example/hook", officer_id="o-1"))
    state = webhook.set_webhook(None, wish, world()).state
    gone = EndpointGone(url="https://new.example/hook", called_at=MORNING)
    for of_before in ({"url": "https://old.example/hook"}, {"called_at": MORNING - timedelta(seconds=1)}):
        assert webhook.endpoint_gone(state, gone.model_copy(update=of_before), world()).state is state
    off = webhook.endpoint_gone(state, gone, world()).state
    assert off is not None
    assert not off.now.enabled


async def test_what_waits_for_a_webhook_that_was_turned_off_is_dropped(partners: Partners) -> None:
    await partners.put()
    partners.endpoint.status = 500
    await partners.tell()
    await partners.put(enabled=False)
    await partners.wait(timedelta(seconds=6))
    assert (partners.message().state, partners.message().reason) == (WebhookState.DROPPED, "SWITCHED_OFF")
    assert len(partners.endpoint.calls) == 1


async def test_a_late_failure_of_an_earlier_call_uses_up_no_rung(partners: Partners) -> None:
    await partners.put()
    partners.endpoint.status = 500
    await partners.tell()
    await partners.wait(timedelta(seconds=6))
    before = partners.message()
    assert (before.turn, before.tries) == (2, 2)
    late = NotTaken(turn=1, reason="TIMEOUT")
    assert not_taken(before, late, world()).state is before


def test_an_answer_after_the_end_changes_nothing() -> None:
    assert taken(None, Taken(turn=1), world()).state is None


# -- the secret -----------------------------------------------------------------------------------------------------


async def test_for_a_day_both_secrets_sign_and_then_the_new_one_alone(partners: Partners) -> None:
    await partners.put()
    old = (await partners.http.get(f"{PARTNER}/secret")).json()["secret"]
    changed = await partners.http.post(f"{PARTNER}/secret", json={"officerId": "o-1"}, headers=partners.key())
    new = changed.json()["secret"]
    assert changed.headers["cache-control"] == "no-store"
    assert new != old
    partners.endpoint.secrets = [old, new]
    await partners.tell()
    assert partners.message().state is WebhookState.DELIVERED
    again = await partners.http.post(f"{PARTNER}/secret", json={"officerId": "o-1"}, headers=partners.key())
    assert (again.status_code, again.json()["code"]) == (409, "SECRET_JUST_CHANGED")
    await partners.wait(BOTH_SECRETS_FOR)
    partners.endpoint.secrets = [new]
    await partners.tell("e-2")
    assert partners.message("e-2").state is WebhookState.DELIVERED
    partners.endpoint.secrets = [old]
    await partners.tell("e-3")
    assert partners.message("e-3").tries == 1, "the old one signs no more"


async def test_no_secret_is_stored_and_each_partner_has_its_own(partners: Partners) -> None:
    await partners.put()
    await partners.put(OTHER)
    secrets = [(await partners.http.get(f"{each}/secret")).json()["secret"] for each in (PARTNER, OTHER)]
    assert secrets == [secret_of(KEY, each, 1).get_secret_value() for each in (PARTNER, OTHER)]
    assert len(set(secrets)) == 2
    assert not any(secret in str(partners.memory.store.collections) for secret in secrets)
    shown = (await partners.http.get(PARTNER)).text
    assert not any(secret in shown for secret in secrets)


def test_a_partner_without_a_webhook_has_no_secret_to_change() -> None:
    with pytest.raises(Refused, match="NOT_FOUND"):
        webhook.change_secret(None, SecretWish(partner=PARTNER, command=ChangeSecret(officer_id="o-1")), world())


# -- setting it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://a:b@example.org/",
        "https:///",
    ],
)
async def test_an_address_within_a_network_of_ones_own_is_refused(url: str) -> None:
    partners = Partners("", Endpoint(), development=False)
    async with partners.memory.serving():
        answer = await partners.put(url=url)
    assert (answer.status_code, answer.json()["code"]) == (422, "BAD_ADDRESS")


async def test_a_partner_that_the_registry_does_not_have_gets_no_webhook(partners: Partners) -> None:
    answer = await partners.put("pishkan-a")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_PARTNER")
    assert partners.memory.store.collections.get(WEBHOOK.name, {}) == {}


async def test_while_nobody_knows_whether_there_is_such_a_partner_it_is_to_be_asked_again(partners: Partners) -> None:
    partners.known = None
    answer = await partners.put()
    assert (answer.status_code, answer.json()["code"]) == (503, "INTAKE_AWAY")
    assert answer.headers["retry-after"] == "5"
    assert partners.memory.store.collections.get(WEBHOOK.name, {}) == {}


async def test_a_webhook_that_is_there_is_turned_off_whoever_is_away(partners: Partners) -> None:
    await partners.put()
    partners.known = None
    assert (await partners.put(enabled=False)).json()["enabled"] is False


async def test_how_an_endpoint_takes_a_call_can_be_tried(partners: Partners) -> None:
    assert (await partners.http.post(f"{PARTNER}/try")).status_code == 404
    await partners.put()
    assert (await partners.http.post(f"{PARTNER}/try")).json() == {"taken": True, "reason": None}
    assert partners.endpoint.calls[0][1]["type"] == TEST
    partners.endpoint.status = 410
    assert (await partners.http.post(f"{PARTNER}/try")).json() == {"taken": False, "reason": "HTTP_410"}
    assert (await partners.http.get(PARTNER)).json()["reason"] == "GONE"
    partners.endpoint.status = 401
    assert (await partners.http.post(f"{PARTNER}/try")).json() == {"taken": False, "reason": "HTTP_401"}


async def test_an_endpoint_that_keeps_up_has_a_burst_within_a_minute(partners: Partners) -> None:
    """They do not all come again in one moment, where most would find no room once more."""
    await partners.put()
    burst = [f"e-{number}" for number in range(300)]
    await partners.tell(*burst)
    assert len(partners.endpoint.calls) < len(burst), "there is no room for all at once"
    for _ in range(60):
        await partners.wait(timedelta(seconds=1))
    assert {partners.message(id).state for id in burst} == {WebhookState.DELIVERED}
    assert len(partners.endpoint.calls) == len(burst)


async def test_a_partner_that_is_slow_holds_up_no_other(partners: Partners) -> None:
    """What finds no room among its partner's calls is put off, and costs no try."""
    await partners.put()
    partners.caller._in_hand[PARTNER] = 40
    await partners.tell()
    assert (await partners.http.post(f"{PARTNER}/try")).json() == {"taken": False, "reason": "BUSY"}
    assert (partners.message().tries, partners.message().state) == (0, WebhookState.WAITING)
    partners.caller._in_hand[PARTNER] = 0
    await partners.wait(timedelta(seconds=15))
    assert partners.message().state is WebhookState.DELIVERED


# -- which outcomes -------------------------------------------------------------------------------------------------


def an_outcome(at: datetime | None = MORNING, type: str = ACCEPTED, **changes: Any) -> tuple[Envelope, bytes]:
    told = Outcome.model_construct(
        moves=("submission.accepted",),
        external_ref="a-1",
        kiosk_id="wa-urmia-017",
        revision=1,
        status="ACCEPTED",
        partner=PARTNER,
        org_id="wa-governorate",
        **changes,
    )
    return Envelope(id="e-1", source="/org/wa/kiosk", type=type, time=at), told.to_json()


def read(envelope: Envelope, value: bytes, on_since: datetime | None = MORNING) -> Addressed | None:
    return outcomes(lambda partner: on_since).read(envelope, "key", value, None)


def test_an_outcome_since_the_webhook_is_on_is_a_message_in_the_words_of_its_event() -> None:
    envelope, value = an_outcome()
    addressed = read(envelope, value)
    assert addressed is not None
    assert (addressed.entity, addressed.id) == (WEBHOOK_MESSAGE, "e-1")
    assert isinstance(addressed.body, OutcomeTold)
    assert (addressed.body.data.encode(), addressed.body.partner) == (value, PARTNER)


def test_of_what_was_told_before_or_while_it_is_off_nobody_is_called() -> None:
    envelope, value = an_outcome()
    assert read(envelope, value, MORNING + timedelta(seconds=1)) is None
    assert read(envelope, value, None) is None


def test_what_cannot_be_read_is_a_dead_letter_and_what_is_unknown_waits() -> None:
    for (envelope, value), code in ((an_outcome(at=None), "NO_TIME"), ((an_outcome()[0], b"{}"), "SCHEMA")):
        with pytest.raises(Malformed) as malformed:
            read(envelope, value)
        assert malformed.value.code == code
    later = read(*an_outcome(type="ir.servicedesk.kiosk.submission.praised.v1"))
    assert later is not None
    assert isinstance(later.body, Unknown)


async def test_a_new_address_does_not_begin_the_outcomes_anew(partners: Partners) -> None:
    await partners.put()
    first = partners.webhook().on_since()
    await partners.wait(timedelta(minutes=1))
    await partners.put(url=f"{partners.url}/other")
    assert partners.webhook().on_since() == first
    assert partners.book.partners() == {PARTNER}
    await partners.put(enabled=False)
    assert (partners.webhook().on_since(), partners.book.partners()) == (None, frozenset())
    await partners.wait(timedelta(minutes=1))
    await partners.put()
    assert partners.webhook().on_since() == MORNING + timedelta(minutes=2)
