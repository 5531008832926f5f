"""Carries out what the rules ask for: hands messages to the provider, asks about them, reports every answer (design 1).

A call is made only for a SENDING that has won its write. What is reported may be lost (a crash, a store that is away):
the message then becomes UNKNOWN by its own timer and the provider is asked.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.contracts.decision import Refused
from services.contracts.intake_commands import Contact
from services.contracts.persian import sms_parts
from services.contracts.wire import Wire
from services.notify.circuit_breaker import CircuitBreaker
from services.notify.contacts import ContactsAway, Directory
from services.notify.domain.answers import Accepted, Declined, Denied, NoAnswer, NotCalled, Reported
from services.notify.domain.effects import AskProvider, HandOver
from services.notify.domain.notices import Purpose
from services.notify.domain.templates import TemplateError, Texts
from services.notify.providers import (
    NonRetryable,
    NotReached,
    Outgoing,
    Provider,
    ProviderError,
    Retryable,
    Throttled,
    Unknown,
)
from services.runtime.message import Broken, Held, Performed, Unavailable

HOLD_AT_MOST: Final = 25.0
"""Seconds a message may wait here for its turn: well within `Rules.answer_within`, after which it is asked about."""
QUESTIONS_AT_ONCE: Final = 16
LOOK_UPS_AT_ONCE: Final = 4

Report = Callable[[str, Wire], Awaitable[object]]


@dataclass
class Pace:
    """At most `per_second` calls, evenly."""

    per_second: float
    _next: float = 0.0

    async def turn(self) -> None:
        now = time.monotonic()
        mine = max(self._next, now)
        self._next = mine + 1 / self.per_second
        if mine > now:
            await asyncio.sleep(mine - now)


@dataclass
class Sender:
    """`report` submits an answer for a request to the door. At most `at_once` calls are open at a time."""

    report: Report
    provider: Provider
    directory: Directory
    catalogue: Texts
    log: Any
    per_second: float = 1000
    at_once: int = 256
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)

    def __post_init__(self) -> None:
        self._pace = Pace(self.per_second)
        self._calls = asyncio.Semaphore(self.at_once)
        self._questions = asyncio.Semaphore(QUESTIONS_AT_ONCE)
        self._look_ups = asyncio.Semaphore(LOOK_UPS_AT_ONCE)
        self._in_hand: set[str] = set()

    async def perform(self, performed: Sequence[Performed]) -> None:
        """Returns when every answer has been reported."""
        orders = {purpose: list[_Order]() for purpose in Purpose}
        work: list[Awaitable[None]] = []
        for item in performed:
            effect = item.effect
            if isinstance(effect, AskProvider):
                work.append(self._ask(item.id, effect))
            elif isinstance(effect, HandOver):
                template = self.catalogue.version(effect.template_id, effect.template_version)
                orders[template.purpose].append(_Order(item.id, effect, time.monotonic() + HOLD_AT_MOST))
        work += [self._hand_over_all(purpose, batch) for purpose, batch in orders.items() if batch]
        await asyncio.gather(*work)

    # -- handing over ---------------------------------------------------------------------------------------------

    async def _hand_over_all(self, purpose: Purpose, orders: Sequence["_Order"]) -> None:
        room = max(0, int(self.per_second * HOLD_AT_MOST) - len(self._in_hand))
        taken, refused = orders[:room], orders[room:]
        ids = {order.call.message_id for order in taken}
        self._in_hand |= ids
        try:
            await asyncio.gather(
                self._hand_over_taken(purpose, taken), *(self._not_called(order, "BUSY") for order in refused)
            )
        finally:
            self._in_hand -= ids

    async def _hand_over_taken(self, purpose: Purpose, orders: Sequence["_Order"]) -> None:
        try:
            async with self._look_ups:
                contacts = await self.directory.contacts((order.request_id for order in orders), purpose)
        except ContactsAway as away:
            self.log.warning("contacts away", reason=str(away), messages=len(orders))
            await asyncio.gather(*(self._not_called(order, "CONTACTS_AWAY") for order in orders))
            return
        await asyncio.gather(*(self._hand_over(order, contacts) for order in orders))

    async def _hand_over(self, order: "_Order", contacts: Mapping[str, Contact]) -> None:
        call, contact = order.call, contacts.get(order.request_id)
        if contact is None:
            await self._not_called(order, "CONTACT_UNKNOWN")
        elif not contact.mobile:
            await self._declined(order, "NO_MOBILE", again=False)
        else:
            try:
                text = self.catalogue.version(call.template_id, call.template_version).render(call.tokens)
            except TemplateError as error:  # a fault of ours: it becomes desk work, and is seen here
                self.log.error("template", error=str(error))
                await self._declined(order, "TEMPLATE", again=False)
                return
            await self._report(order.request_id, await self._call(order, contact.mobile, text))

    async def _call(self, order: "_Order", to: str, text: str) -> Wire:
        id, turn = order.call.message_id, order.call.turn
        async with self._calls:
            await self._pace.turn()
            now = time.monotonic()
            if now > order.until:  # its timer may soon take it for lost, and somebody else for theirs
                return NotCalled(message_id=id, turn=turn, reason="HELD_TOO_LONG")
            if not self.circuit_breaker.lets_through(now):
                return NotCalled(
                    message_id=id, turn=turn, reason="CIRCUIT_OPEN", pause_seconds=int(self.circuit_breaker.rest)
                )
            try:
                acceptance = await self.provider.send(to, Outgoing(text), id)
            except ProviderError as error:
                return self._failure(order, error)
        self.circuit_breaker.succeeded()
        return Accepted(message_id=id, turn=turn, provider_id=acceptance.id, parts=sms_parts(text))

    def _failure(self, order: "_Order", error: ProviderError) -> Wire:
        id, turn, reason = order.call.message_id, order.call.turn, error.reason
        if isinstance(error, NonRetryable | Throttled):
            self.circuit_breaker.succeeded()  # it answered
        else:
            self.circuit_breaker.failed(time.monotonic())
        match error:
            case Throttled():
                return NotCalled(message_id=id, turn=turn, reason=reason, pause_seconds=error.pause)
            case NotReached():
                return NotCalled(message_id=id, turn=turn, reason=reason)
            case Retryable() | NonRetryable():
                return Declined(message_id=id, turn=turn, reason=reason, again=isinstance(error, Retryable))
            case Unknown():
                return NoAnswer(message_id=id, turn=turn, reason=reason)
        raise AssertionError("the tree of provider errors is closed")

    async def _not_called(self, order: "_Order", reason: str) -> None:
        await self._report(
            order.request_id, NotCalled(message_id=order.call.message_id, turn=order.call.turn, reason=reason)
        )

    async def _declined(self, order: "_Order", reason: str, *, again: bool) -> None:
        answer = Declined(message_id=order.call.message_id, turn=order.call.turn, reason=reason, again=again)
        await self._report(order.request_id, answer)

    # -- asking ---------------------------------------------------------------------------------------------------

    async def _ask(self, request_id: str, question: AskProvider) -> None:
        """Asks about a message, unless its call is still open here: the answer would be a no that is about to turn."""
        id = question.message_id
        if id in self._in_hand or not self.provider.can_ask:
            return
        async with self._questions:
            try:
                acceptance = await self.provider.ask(id)
            except ProviderError as error:  # the message's timer asks again
                self.log.info("provider cannot be asked", reason=error.reason)
                return
        if acceptance is None:
            await self._report(request_id, Denied(message_id=id, turn=question.turn))
        else:
            status = acceptance.state
            await self._report(request_id, Reported(message_id=id, provider_id=acceptance.id, status=status))

    async def _report(self, request_id: str, answer: Wire) -> None:
        try:
            await self.report(request_id, answer)
        except (Unavailable, Held, Broken, Refused) as error:
            self.log.warning("answer not recorded", answer=type(answer).__name__, error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class _Order:
    """A message to be handed over before `until` on the monotonic clock."""

    request_id: str
    call: HandOver
    until: float
