"""Notify, composed."""

from services.notify.api import routes
from services.notify.circuit_breaker import CircuitBreaker
from services.notify.contacts import IntakeDirectory
from services.notify.domain.coverage import refuse_holes
from services.notify.handlers import CLOSURE, CONSUMES, CORRESPONDENCE, DEFICIENCY, TEMPLATE
from services.notify.providers import Provider
from services.notify.providers.http import HttpGateway
from services.notify.providers.kannel import Kannel, KannelAccount
from services.notify.providers.kavenegar import Kavenegar
from services.notify.resuming import resume_sending
from services.notify.sender import Sender
from services.notify.settings import Settings
from services.notify.store import INDEXES
from services.notify.template_book import TemplateBook
from services.runtime.client import client, until_stopped
from services.runtime.service import Parts, Service


def create(settings: Settings) -> Service:
    rules = settings.rules()
    refuse_holes(rules.catalogue)
    book = TemplateBook(rules)
    directory = IntakeDirectory(client(settings.intake_url))
    gateway = sms_provider(settings)
    by_get = settings.sms_receipt_token if settings.sms_provider == "kannel" else None

    def sender(parts: Parts) -> Sender:
        return Sender(
            report=lambda request_id, answer: parts.door.report(CORRESPONDENCE, request_id, answer),
            provider=gateway,
            directory=directory,
            catalogue=book,
            log=parts.log,
            per_second=settings.sends_per_second,
            at_once=settings.calls_at_once,
            circuit_breaker=CircuitBreaker(settings.circuit_breaker_after, settings.circuit_breaker_rest_seconds),
        )

    async def resume(parts: Parts) -> None:
        if settings.sending:
            await resume_sending(parts.door, parts.store, settings.sends_per_second)

    return Service(
        name="notify",
        settings=settings,
        entities=[CORRESPONDENCE, CLOSURE, DEFICIENCY, TEMPLATE],
        consumes=CONSUMES,
        indexes=INDEXES,
        rules=rules,
        rules_now=book.rules,
        load=lambda parts: book.refresh(parts.store),
        registry=False,  # an event carries all that a notice says
        api=lambda parts: routes(parts.door, parts.store, gateway, book, by_get),
        perform=lambda parts: book.known_first(parts.store, sender(parts).perform),
        background=[
            resume,
            lambda parts: book.follow(parts.store),
            lambda _: until_stopped(directory.close, gateway.close),
        ],
    )


def sms_provider(settings: Settings) -> Provider:
    """The one that the settings name; they are complete for it."""
    seconds, line = settings.sms_timeout_seconds, settings.sms_line
    calls = client(settings.sms_url, timeout=seconds, connections=settings.calls_at_once)
    match settings.sms_provider:
        case "kavenegar":
            assert settings.sms_key
            return Kavenegar(calls, settings.sms_key, line=line, seconds=seconds)
        case "kannel":
            assert settings.sms_password
            assert settings.sms_receipt_token
            account = KannelAccount(
                settings.sms_user, settings.sms_password, settings.sms_receipt_url, settings.sms_receipt_token
            )
            return Kannel(calls, account, line=line, seconds=seconds)
        case "http":
            return HttpGateway(calls, settings.sms_dialect, line=line, seconds=seconds)
