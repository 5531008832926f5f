"""A tiny bank for tests of the door: accounts that are credited, and a ledger that hears from all of them."""

import json
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

from services.contracts.decision import Decision, NotYet, Refused, Send, TimerFired, World
from services.contracts.envelope import Malformed, event_id
from services.contracts.event import Event
from services.contracts.topics import TYPE_PREFIX, Topic
from services.contracts.wire import Command, Instant, Wire
from services.runtime.entity import Addressed, Entity, Inbound, events
from services.runtime.message import Record
from tests.support.memory_door import MemoryDoor

SOURCE = Topic("test.ledger.paid.v1", "account", ("test",), ("ledger",))
"""The topic the accounts listen to."""
TARGET = Topic("test.ledger.credited.v1", "account", ("ledger",), ("test",))
"""The topic the accounts publish on."""
OUTSIDE_TOPIC = Topic("test.ledger.outside.v1", "account", ("test",), ("ledger",))


class Credited(Event):
    CONTEXT: ClassVar[str] = "routing"
    account: str
    total: int
    small: bool = False
    moves: tuple[str, ...] = ("account.credited",)

    def topic(self) -> Topic:
        return TARGET

    def key(self) -> str:
        return self.account

    def org(self) -> str:
        return "bank"

    def minor(self) -> bool:
        return self.small


class Paid(Event):
    """What others publish for an account."""

    CONTEXT: ClassVar[str] = "intake"
    account: str
    amount: int
    moves: tuple[str, ...] = ("account.paid",)

    def topic(self) -> Topic:
        return SOURCE

    def key(self) -> str:
        return self.account

    def org(self) -> str:
        return "town"


class Credit(Command):
    amount: int


class Refund(Command):
    """Says the same as a credit, and is another command."""

    amount: int


class Entered(Wire):
    account: str
    amount: int


class Account(Wire):
    total: int = 0
    credits: tuple[int, ...] = ()
    remind_at: Instant | None = None
    reminders: int = 0
    code: str = ""


class Ledger(Wire):
    total: int = 0
    entries: int = 0


def an_account() -> str:
    """A new account's id, without a number in it that might be a person's."""
    return uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


SMALL = 2
"""The amount whose credit is told by a minor event."""

BROKEN: set[int] = set()
"""Amounts whose rule is broken: a test puts one in and mends it."""


def credited(account: Account | None, body: Credit | Refund | Paid, world: World[Any]) -> Decision[Account]:
    account = account or Account()
    if body.amount in BROKEN:
        raise ZeroDivisionError("a rule with a fault")
    if body.amount == 0:
        raise Refused("NOTHING", "nothing to credit", status=422)
    if body.amount == 404 and not world.patience_over:
        raise NotYet("UNKNOWN_AMOUNT")
    if body.amount == 666:
        raise Malformed("DEVIL", "given up by the rule")
    total = account.total + body.amount
    remind = world.now if body.amount == 7 else account.remind_at
    name = f"code-{world.attempt}" if body.amount == 5 else account.code
    state = account.model_copy(
        update={"total": total, "credits": (*account.credits, body.amount), "remind_at": remind, "code": name}
    )
    who = body.account if isinstance(body, Paid) else "by-command"
    return Decision(
        state,
        events=(Credited(account=who, total=total, small=body.amount == SMALL),),
        sends=(Send("ledger", "all", Entered(account=who, amount=body.amount)),),
        effects=(("print", total),),
        answer={"total": total},
    )


def reminded(account: Account | None, body: TimerFired, world: World[Any]) -> Decision[Account]:
    assert account is not None
    if 7007 in BROKEN:
        raise ZeroDivisionError
    return Decision(account.model_copy(update={"remind_at": None, "reminders": account.reminders + 1}))


def entered(ledger: Ledger | None, body: Entered, world: World[Any]) -> Decision[Ledger]:
    ledger = ledger or Ledger()
    return Decision(Ledger(total=ledger.total + body.amount, entries=ledger.entries + 1))


ACCOUNT = Entity(
    name="account",
    state=Account,
    decide={Credit: credited, Refund: credited, Paid: credited, TimerFired: reminded},
    timers=lambda account: {"remind": account.remind_at} if account.remind_at else {},
    held=lambda state, body, world: (Credited(account=body.account, total=-1, moves=("account.held",)),),
)
LEDGER = Entity(name="ledger", state=Ledger, decide={Entered: entered})
INBOUND: Inbound = events(SOURCE, Paid, ACCOUNT, lambda event: event.account, ("account.paid",))


def _outside(envelope: Any, key: str, value: bytes, finding: Any) -> Addressed:
    try:
        body = Paid.model_validate_json(value)
    except ValueError:
        raise Malformed("SCHEMA", "not a payment") from None
    return Addressed(ACCOUNT, body.account, body)


OUTSIDE = Inbound(OUTSIDE_TOPIC, _outside, outside=True)


def _told(key: str, id: str, value: bytes, malformed: Malformed, finding: Any) -> Addressed:
    return Addressed(ACCOUNT, key, Paid(account=key, amount=1))


def a_door_that_tells_of_malformed() -> MemoryDoor:
    """What an outsider sends and nobody can read is answered with a payment."""
    return MemoryDoor("routing", [ACCOUNT, LEDGER], inbound=[replace(OUTSIDE, malformed=_told)])


def a_door(**options: Any) -> MemoryDoor:
    return MemoryDoor("routing", [ACCOUNT, LEDGER], inbound=[INBOUND, OUTSIDE], **options)


def letters(door: MemoryDoor) -> list[tuple[str, str]]:
    """Code and offset of each dead letter, oldest first."""
    return [(x["dl_code"], x["dl_offset"]) for x in door.publisher.events("mizban.routing.dlq")]


def paid(
    account: str,
    amount: int,
    sequence: int,
    *,
    offset: int = 0,
    type: str = "account.paid",
    after: int | None = None,
    minor: bool = False,
) -> Record:
    """A well-formed record of our own topic."""
    source = "/org/town/intake"
    value = json.dumps({"account": account, "amount": amount, "moves": [type]}).encode()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event_id(source, account, sequence),
        "ce_source": source,
        "ce_subject": account,
        "ce_type": f"{TYPE_PREFIX}.intake.{type}.v1",
        "ce_sequence": str(sequence),
        "ce_time": "2026-11-23T06:00:00Z",
        "content-type": "application/json",
    }
    headers |= {"ce_after": str(after)} if after is not None else {}
    headers |= {"ce_minor": "true"} if minor else {}
    return Record(
        SOURCE.name, 0, offset, account.encode(), value, tuple((name, text.encode()) for name, text in headers.items())
    )


def outside(amount: int, *, account: str = "a", **headers: str) -> Record:
    """A record of an outsider: without a number, with these headers as the outsider wrote them."""
    record = paid(account, amount, 1)
    kept = {name: value for name, value in record.headers if name != "ce_sequence"}
    kept |= {name: text.encode() for name, text in headers.items()}
    return Record(OUTSIDE_TOPIC.name, 0, amount, record.key, record.value, tuple(kept.items()))
