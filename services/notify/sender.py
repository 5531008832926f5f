"""Carries out what the rules ask for: hands messages to providers, asks about them, reports every answer (design 1).

A call is made only for a SENDING that has won its write. What is reported may be lost (a crash, a store that is away):
the message then becomes UNKNOWN by its own timer and the provider is asked. What cannot be called within a moment goes
into the queue of the store, from where `dispatch.dispatcher` gives it its turn.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from services.contracts.decision import Refused
from services.contracts.intake_commands import Contact
from services.contracts.persian import sms_parts
from services.contracts.wire import Wire
from services.notify.contacts import ContactsAway, Directory
from services.notify.dispatch.backlog import Backlog
from services.notify.dispatch.fates import Fates
from services.notify.dispatch.lanes import Lane, Lanes
from services.notify.domain.answers import (
    Accepted,
    Declined,
    Denied,
    NoAnswer,
    NotCalled,
    OptedOut,
    Preferred,
    Reported,
)
from services.notify.domain.effects import AskLanguage, AskProvider, Fate, HandOver
from services.notify.domain.notices import Purpose
from services.notify.domain.preference import Preference
from services.notify.domain.queue import PRIORITY
from services.notify.domain.sending import MAIL
from services.notify.domain.templates import Channel, Template, TemplateError, Texts
from services.notify.preferences import Preferences
from services.notify.providers import (
    Forgetful,
    NonRetryable,
    NotReached,
    Outgoing,
    Provider,
    ProviderError,
    Retryable,
    Throttled,
    Unknown,
)
from services.runtime.driver import StoreAway
from services.runtime.message import Broken, Held, Performed, Unavailable

HOLD_AT_MOST: Final = 25.0
"""Seconds a message may wait here for its call: well within `Rules.answer_within`, after which it is asked about."""
QUESTIONS_AT_ONCE: Final = 16
LOOK_UPS_AT_ONCE: Final = 4

Report = Callable[[str, Wire], Awaitable[object]]


@dataclass
class Sender:
    """`report` submits an answer for a request to the door. `clock`: seconds that never go back."""

    report: Report
    lanes: Lanes
    directory: Directory
    preferences: Preferences
    catalogue: Texts
    log: Any
    mail: Lane | None = None
    """By which e-mail goes; it has no queue: what cannot be called tries again by itself."""
    paper: Lane | None = None
    """By which the desk's paper gets its messages, without anybody's address; no queue either."""
    backlog: Backlog = field(default_factory=Backlog)
    fates: Fates = field(default_factory=Fates)
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._questions = asyncio.Semaphore(QUESTIONS_AT_ONCE)
        self._look_ups = asyncio.Semaphore(LOOK_UPS_AT_ONCE)

    async def perform(self, performed: Sequence[Performed]) -> None:
        """Returns when every answer has been reported."""
        orders = {purpose: list[_Order]() for purpose in sorted(Purpose, key=PRIORITY.__getitem__)}
        languages: list[tuple[str, AskLanguage]] = []
        work: list[Awaitable[None]] = []
        for item in performed:
            effect = item.effect
            if isinstance(effect, AskProvider):
                work.append(self._ask(item.id, effect))
            elif isinstance(effect, AskLanguage):
                languages.append((item.id, effect))
            elif isinstance(effect, Fate):
                self.fates.note(effect)
            elif isinstance(effect, HandOver):
                way = self._way_of(effect)
                if isinstance(way, Lane):
                    template = self.catalogue.version(effect.template_id, effect.template_version)
                    orders[template.purpose].append(_Order(item.id, effect, way, self.clock() + HOLD_AT_MOST))
                    way.in_hand.add((effect.message_id, effect.turn))
                elif effect.channel is not Channel.SMS:
                    work.append(self._report(item.id, _not_called(effect, way)))
                else:
                    self.backlog.joins(behind_others=way is not Wait.OTHER_GATEWAY)
                    work.append(self._joins_the_queue(item.id, effect, way))
        if languages:
            work.append(self._learn(languages))
        work += [self._hand_over_all(purpose, batch) for purpose, batch in orders.items() if batch]
        await asyncio.gather(*work)

    # -- handing over ---------------------------------------------------------------------------------------------

    def _way_of(self, call: HandOver) -> "Lane | Wait":
        """By which lane it goes now, or why it waits in the queue.

        Whoever was picked by the rule was picked without a look at how the gateways are doing.
        """
        now = self.clock()
        if call.channel is not Channel.SMS:
            only = self.mail if call.channel is Channel.EMAIL else self.paper
            if only is None or only.is_shut(now):
                return Wait.CIRCUIT_OPEN
            return only if only.room_for_fresh(now) else Wait.BUSY
        open_ = self.lanes.open(now)
        lane = self.lanes.of(call.provider)
        if call.provider is not None and not call.queued:
            lane = self.lanes.for_message(call.message_id, call.turn, open_)
        if lane is None or lane not in open_:
            return Wait.CIRCUIT_OPEN
        if call.queued:
            return lane
        if self.backlog.others_wait or not lane.room_for_fresh(now):
            return Wait.BUSY
        return lane if call.provider in (None, lane.name) else Wait.OTHER_GATEWAY

    async def _joins_the_queue(self, request_id: str, call: HandOver, why: "Wait") -> None:
        try:
            await self._report(request_id, _not_called(call, why))
        finally:
            self.backlog.joined()

    async def _hand_over_all(self, purpose: Purpose, orders: "Sequence[_Order]") -> None:
        asked_for: Mapping[str, Preference] | None = None
        contacts: Mapping[str, Contact] | None = None
        try:
            asked_for = await self.preferences.of(o.call.applicant_ref for o in orders if o.call.applicant_ref)
            by_address = (order for order in orders if order.call.channel is not Channel.PRINT)
            wanted = [order for order in by_address if _instead(order.call, purpose, asked_for) is None]
            if wanted:
                async with self._look_ups:
                    contacts = await self.directory.contacts((order.request_id for order in wanted), purpose)
        except StoreAway:
            self.log.warning("preferences away", messages=len(orders))
        except ContactsAway as away:
            self.log.warning("contacts away", reason=str(away), messages=len(orders))
        finally:
            await asyncio.gather(*(self._hand_over(order, purpose, asked_for, contacts) for order in orders))

    async def _hand_over(
        self,
        order: "_Order",
        purpose: Purpose,
        asked_for: Mapping[str, Preference] | None,
        contacts: Mapping[str, Contact] | None,
    ) -> None:
        try:
            if asked_for is None:
                answer: Wire = _not_called(order.call, "PREFERENCES_AWAY")
            else:
                answer = _instead(order.call, purpose, asked_for) or await self._answer(order, contacts)
            if isinstance(answer, NotCalled) and answer.queue:
                self.backlog.joins()
                try:
                    await self._report(order.request_id, answer)
                finally:
                    self.backlog.joined()
            else:
                await self._report(order.request_id, answer)
        finally:
            order.lane.in_hand.discard((order.call.message_id, order.call.turn))

    async def _answer(self, order: "_Order", contacts: Mapping[str, Contact] | None) -> Wire:
        call = order.call
        if call.channel is Channel.PRINT:
            to: str | None = order.request_id
        elif contacts is None:
            return _not_called(call, "CONTACTS_AWAY")
        elif order.request_id not in contacts:
            return _not_called(call, "CONTACT_UNKNOWN")
        else:
            contact, by_mail = contacts[order.request_id], call.channel is Channel.EMAIL
            to = contact.email if by_mail else contact.mobile
            if not to:
                missing = "NO_EMAIL" if by_mail else "NO_MOBILE"
                return Declined(message_id=call.message_id, turn=call.turn, reason=missing, again=False)
        assert to is not None
        try:
            letter = _letter(self.catalogue.version(call.template_id, call.template_version), call.tokens)
        except TemplateError as error:  # a fault of ours: it becomes desk work, and is seen here
            self.log.error("template", error=str(error))
            return Declined(message_id=call.message_id, turn=call.turn, reason="TEMPLATE", again=False)
        return await self._call(order, to, letter)

    async def _call(self, order: "_Order", to: str, letter: Outgoing) -> Wire:
        id, turn, lane = order.call.message_id, order.call.turn, order.lane
        async with lane.calls:
            wait = lane.bucket.take(self.clock())
            if wait > 0:
                await asyncio.sleep(wait)
            now = self.clock()
            if now > order.until:  # its timer may soon take it for lost, and somebody else for theirs
                return _not_called(order.call, Wait.HELD_TOO_LONG)
            if not lane.breaker.lets_through(now):
                return _not_called(order.call, Wait.CIRCUIT_OPEN)
            try:
                acceptance = await lane.provider.send(to, letter, id)
            except ProviderError as error:
                return self._failure(order, error)
        lane.breaker.succeeded()
        parts = sms_parts(letter.text) if order.call.channel is Channel.SMS else 0
        return Accepted(message_id=id, turn=turn, provider_id=acceptance.id, parts=parts)

    def _failure(self, order: "_Order", error: ProviderError) -> Wire:
        id, turn, reason, breaker = order.call.message_id, order.call.turn, error.reason, order.lane.breaker
        if isinstance(error, NonRetryable | Throttled):
            breaker.succeeded()  # it answered
        else:
            breaker.failed(self.clock())
        match error:
            case Throttled():
                breaker.leaves_alone(self.clock(), error.pause)
                queue = error.pause > 0 and order.call.channel is Channel.SMS
                return NotCalled(message_id=id, turn=turn, reason=reason, queue=queue, pause_seconds=error.pause)
            case NotReached():
                return NotCalled(message_id=id, turn=turn, reason=reason, queue=order.call.channel is Channel.SMS)
            case Retryable() | NonRetryable():
                return Declined(message_id=id, turn=turn, reason=reason, again=isinstance(error, Retryable))
            case Unknown():
                return NoAnswer(message_id=id, turn=turn, reason=reason)
        raise AssertionError("the tree of provider errors is closed")

    async def _learn(self, asked: Sequence[tuple[str, AskLanguage]]) -> None:
        """Reports of each case in which language it is told, where that is another than is known."""
        try:
            wishes = await self.preferences.of(question.applicant_ref for _, question in asked)
        except StoreAway:
            self.log.warning("preferences away", messages=len(asked))
            return
        others = [
            self._report(request_id, Preferred(message_id=question.message_id, turn=0, lang=wish.lang))
            for request_id, question in asked
            if (wish := wishes.get(question.applicant_ref)) and wish.lang is not question.lang
        ]
        await asyncio.gather(*others)

    # -- asking ---------------------------------------------------------------------------------------------------

    async def _ask(self, request_id: str, question: AskProvider) -> None:
        """Asks about a message, unless its call is still open here: the answer would be a no that is about to turn.

        Nobody can be asked about an e-mail.
        """
        if question.provider == MAIL:
            return
        on_paper = self.paper is not None and self.paper.name == question.provider
        id, lane = question.message_id, self.paper if on_paper else self.lanes.of(question.provider)
        if lane is None:
            self.log.warning("no such gateway any more", provider=question.provider)
            return
        if (id, question.turn) in lane.in_hand or not lane.provider.can_ask:
            return
        async with self._questions:
            try:
                acceptance = await lane.provider.ask(id)
            except ProviderError as error:  # the message's timer asks again
                self.log.info("provider cannot be asked", reason=error.reason)
                return
        if acceptance is None and _may_have_forgotten(lane.provider, question):
            self.log.info("a no that proves nothing", provider=lane.name)  # it stays UNKNOWN
        elif acceptance is None:
            await self._report(request_id, Denied(message_id=id, turn=question.turn))
        else:
            status, provider = acceptance.state, question.provider
            report = Reported(message_id=id, provider_id=acceptance.id, status=status, provider=provider)
            await self._report(request_id, report)

    async def _report(self, request_id: str, answer: Wire) -> None:
        try:
            await self.report(request_id, answer)
        except (Unavailable, Held, Broken, Refused) as error:
            self.log.warning("answer not recorded", answer=type(answer).__name__, error=type(error).__name__)


class Wait(StrEnum):
    """Why a message waits in the queue."""

    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    BUSY = "BUSY"
    """Others wait before it, or as many as may are about to be called."""
    OTHER_GATEWAY = "OTHER_GATEWAY"
    """It is to go by another one than the rule has written down: nobody is to be asked about it who never had it."""
    HELD_TOO_LONG = "HELD_TOO_LONG"


@dataclass(frozen=True, slots=True)
class _Order:
    """A message to be handed over before `until` on the clock."""

    request_id: str
    call: HandOver
    lane: Lane
    until: float


def _instead(call: HandOver, purpose: Purpose, asked_for: Mapping[str, Preference]) -> Wire | None:
    """What its person wants in place of this call; None = the call."""
    preference = asked_for.get(call.applicant_ref) if call.applicant_ref else None
    if preference is None:
        return None
    if purpose in preference.opted_out:
        return OptedOut(message_id=call.message_id, turn=call.turn)
    if preference.lang is not call.lang:
        return Preferred(message_id=call.message_id, turn=call.turn, lang=preference.lang)
    return None


def _may_have_forgotten(provider: Provider, question: AskProvider) -> bool:
    """Whether it would say no of a message that it has had: another call would be a second text (domain 12.11)."""
    if not isinstance(provider, Forgetful):
        return False
    return question.handed_over is None or question.handed_over >= provider.remembers


def _not_called(call: HandOver, reason: str) -> NotCalled:
    queue = isinstance(reason, Wait) and call.channel is Channel.SMS
    return NotCalled(message_id=call.message_id, turn=call.turn, reason=reason, queue=queue)


def _letter(template: Template, tokens: Mapping[str, str]) -> Outgoing:
    """Raises TemplateError."""
    subject = template.render_subject(tokens) if template.channel is Channel.EMAIL else ""
    return Outgoing(template.render(tokens), subject, template.lang)
