"""Notify, composed."""

import asyncio
import base64
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from fastapi import APIRouter

from services.contracts.topics import WEBHOOK_GROUP, outcome_topic
from services.notify.api import routes
from services.notify.contacts import IntakeDirectory
from services.notify.dispatch.backlog import Backlog
from services.notify.dispatch.circuit_breaker import CircuitBreaker
from services.notify.dispatch.dispatcher import Dispatcher
from services.notify.dispatch.fates import Fates, keep_weighing
from services.notify.dispatch.lanes import Lane, Lanes
from services.notify.dispatch.token_bucket import TokenBucket
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.coverage import refuse_holes
from services.notify.domain.weights import SMS
from services.notify.handlers import (
    CLOSURE,
    CONSUMES,
    CORRESPONDENCE,
    DEFICIENCY,
    PREFERENCE,
    TEMPLATE,
    WEBHOOK,
    WEBHOOK_MESSAGE,
    WEIGHTS,
    outcomes,
)
from services.notify.partners import IntakePartners
from services.notify.preferences import StoredPreferences
from services.notify.providers import Provider
from services.notify.providers.http import HttpGateway
from services.notify.providers.kannel import Kannel, KannelAccount
from services.notify.providers.kavenegar import Kavenegar
from services.notify.providers.printout import Printout
from services.notify.providers.smtp import Mail
from services.notify.resuming import resume_sending
from services.notify.sender import Sender
from services.notify.settings import Settings, SmsRoute
from services.notify.shelf import CorrespondenceShelf
from services.notify.store import INDEXES, foremost
from services.notify.template_book import TemplateBook
from services.notify.webhook_api import add_webhook_calls
from services.notify.webhook_book import WebhookBook
from services.notify.webhook_caller import WebhookCaller
from services.runtime.client import client, until_stopped
from services.runtime.door import Perform
from services.runtime.lookups import Stored
from services.runtime.message import Performed
from services.runtime.service import Follows, Parts, Service

MAILS_AT_ONCE: Final = 16
PAPERS_A_SECOND: Final = 10_000.0


def create(settings: Settings) -> Service:
    rules = settings.rules()
    refuse_holes(rules.catalogue)
    book = TemplateBook(rules)
    intake = client(settings.intake_url)
    directory = IntakeDirectory(intake)
    gateways = settings.gateways()
    lanes = Lanes([sms_lane(route, settings) for route in gateways], rules.weights)
    by_get = {route.name: route.receipt_token for route in gateways if route.receipt_token}
    mail = mail_lane(settings)
    backlog, fates = Backlog(), Fates()
    webhooks, webhook_key = WebhookBook(), base64.b64decode(settings.webhook_key.get_secret_value())

    def sender(parts: Parts) -> Sender:
        return Sender(
            report=lambda request_id, answer: parts.door.report(CORRESPONDENCE, request_id, answer),
            lanes=lanes,
            directory=directory,
            preferences=StoredPreferences(parts.store),
            catalogue=book,
            log=parts.log,
            mail=mail,
            paper=_paper_lane(parts),
            backlog=backlog,
            fates=fates,
        )

    @cache
    def caller(parts: Parts) -> WebhookCaller:
        return WebhookCaller(
            webhooks,
            webhook_key,
            report=lambda id, answer: parts.door.report(WEBHOOK_MESSAGE, id, answer),
            clock=parts.clock,
            log=parts.log,
            development=settings.profile == "development",
        )

    async def dispatch(parts: Parts) -> None:
        async def queued(limit: int, without: Collection[str]) -> Sequence[Stored[Correspondence]]:
            return await foremost(parts.store, limit, without)

        if settings.sending:
            dispatcher = Dispatcher(
                lanes,
                backlog,
                queued,
                lambda request_id, turn: parts.door.submit(CORRESPONDENCE, request_id, turn),
                parts.log,
            )
            await dispatcher.run()

    def api(parts: Parts) -> APIRouter:
        providers = {lane.name: lane.provider for lane in lanes}
        router = routes(parts.door, parts.store, providers, book, by_get)
        add_webhook_calls(
            router,
            parts.door,
            parts.store,
            parts.clock,
            webhooks,
            caller(parts),
            webhook_key,
            IntakePartners(intake),
        )
        return router

    async def load(parts: Parts) -> None:
        await book.refresh(parts.store)
        await webhooks.refresh(parts.store)

    def perform(parts: Parts) -> Perform:
        send, call = book.known_first(parts.store, sender(parts).perform), caller(parts).perform

        async def performing(performed: Sequence[Performed]) -> None:
            """Of one batch: what goes to citizens, and what to partners."""
            await asyncio.gather(send(performed), call(performed))

        return performing

    async def weigh(parts: Parts) -> None:
        await keep_weighing(fates, lanes, lambda told: parts.door.report(WEIGHTS, SMS, told), parts.log)

    async def resume(parts: Parts) -> None:
        if settings.sending:
            await resume_sending(parts.door, parts.store, settings.sends_per_second / settings.members)

    def on_since(partner: str) -> datetime | None:
        webhook = webhooks.of(partner)
        return webhook.on_since() if webhook else None

    return Service(
        name="notify",
        settings=settings,
        entities=[CORRESPONDENCE, CLOSURE, DEFICIENCY, PREFERENCE, TEMPLATE, WEIGHTS, WEBHOOK, WEBHOOK_MESSAGE],
        consumes=CONSUMES,
        follows=Follows(
            WEBHOOK_GROUP,
            outcomes(on_since),
            lambda: frozenset(outcome_topic(partner).name for partner in webhooks.partners()),
        ),
        indexes=INDEXES,
        rules=rules,
        rules_now=book.rules,
        load=load,
        registry=False,  # an event carries all that a notice says
        api=api,
        perform=perform,
        background=[
            resume,
            dispatch,
            weigh,
            lambda parts: book.follow(parts.store),
            lambda parts: webhooks.follow(parts.store),
            lambda parts: until_stopped(caller(parts).close),
            lambda _: until_stopped(directory.close, *(lane.provider.close for lane in lanes)),
        ],
    )


def sms_lane(route: SmsRoute, settings: Settings) -> Lane:
    """This process's part of the way by that gateway: all members together keep its pace (domain 8)."""
    pace = TokenBucket(route.per_second / settings.members, settings.share_of(route.burst))
    breaker = CircuitBreaker(settings.circuit_breaker_after, settings.circuit_breaker_rest_seconds)
    return Lane(sms_provider(route, settings), pace, breaker, settings.share_of(settings.calls_at_once))


def _paper_lane(parts: Parts) -> Lane:
    """What is written down here needs no pace but that of the store."""
    shelf = CorrespondenceShelf(lambda id, answer: parts.door.report(CORRESPONDENCE, id, answer), parts.store)
    return Lane(Printout(shelf), TokenBucket(PAPERS_A_SECOND))


def mail_lane(settings: Settings) -> Lane | None:
    """One connection for each e-mail, and so few at once; this process's part of it."""
    server = settings.mail_server()
    if server is None:
        return None
    breaker = CircuitBreaker(settings.circuit_breaker_after, settings.circuit_breaker_rest_seconds)
    provider = Mail(server, seconds=settings.smtp_timeout_seconds)
    pace = TokenBucket(settings.smtp_per_second / settings.members)
    return Lane(provider, pace, breaker, at_once=settings.share_of(MAILS_AT_ONCE))


def sms_provider(route: SmsRoute, settings: Settings) -> Provider:
    """The one that the route names; it is complete for it."""
    seconds, line = settings.sms_timeout_seconds, route.line
    calls = client(route.url, timeout=seconds, connections=settings.calls_at_once)
    match route.provider:
        case "kavenegar":
            assert route.key
            return Kavenegar(calls, route.key, line=line, seconds=seconds, name=route.name)
        case "kannel":
            assert route.password
            assert route.receipt_token
            account = KannelAccount(route.user, route.password, route.receipt_url, route.receipt_token)
            return Kannel(calls, account, line=line, seconds=seconds, name=route.name)
        case "http":
            dialect = route.dialect.model_copy(update={"name": route.name})
            return HttpGateway(calls, dialect, line=line, seconds=seconds)
