"""A document that has grown to what MongoDB takes stops nobody else, and what comes for it is not lost (design 5)."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from services.contracts.decision import Decision, NotYet, World
from services.runtime import parking
from services.runtime.guarded import storable
from services.runtime.message import Broken
from tests.support import bank
from tests.support.bank import ACCOUNT, LEDGER, Credit, Entered, Ledger, a_door, entered, letters, outside, paid
from tests.support.memory_door import MemoryDoor, MemoryStore

FULL: set[str] = set()
"""Documents in which there is no room left."""


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> MemoryDoor:
    monkeypatch.setattr("services.runtime.guarded.MAX_DOCUMENT_BYTES", 80_000)
    monkeypatch.setattr("services.runtime.settling.PARKED_BYTES", 30_000)
    FULL.clear()
    return a_door(store=MemoryStore(refuses=lambda id, fields: id in FULL or not storable(fields)))


async def test_what_comes_for_it_is_a_dead_letter_and_the_others_of_the_batch_go_on(door: MemoryDoor) -> None:
    await door.records(paid("a", 1, 1))
    FULL.add("a")
    again, *new = paid("a", 1, 1, offset=6), paid("a", 3, 2, offset=7), paid("a", 8, 3, offset=8)
    await door.records(paid("b", 2, 1), again, new[0], paid("c", 4, 1), new[1])
    assert (door.state(ACCOUNT, "b").total, door.state(ACCOUNT, "c").total) == (2, 4)
    assert letters(door) == [("DOCUMENT_FULL", "7"), ("DOCUMENT_FULL", "8")]
    assert door.state(ACCOUNT, "a").credits == (1,)
    assert door.state(LEDGER, "all").total == 7
    assert door.metric("mizban_failures_total", kind="unstorable") == 1


async def test_sent_again_when_there_is_room_its_letters_take_effect(door: MemoryDoor) -> None:
    FULL.add("a")
    records = paid("a", 3, 1), paid("a", 8, 2)
    await door.records(*records)
    assert door.state(ACCOUNT, "a") is None
    FULL.clear()
    await door.records(*records)
    assert door.state(ACCOUNT, "a").credits == (3, 8)


async def test_a_command_on_it_fails_alone_and_one_that_was_answered_is_answered_again(door: MemoryDoor) -> None:
    first = await door.submit(ACCOUNT, "a", Credit(amount=1), key="one")
    FULL.add("a")
    async with door.serving():
        answers = await asyncio.gather(
            *(door.door.submit(ACCOUNT, id, Credit(amount=3)) for id in ("a", "b")),
            door.door.submit(ACCOUNT, "a", Credit(amount=1), key="one"),
            return_exceptions=True,
        )
    assert isinstance(answers[0], Broken)
    assert door.state(ACCOUNT, "b").total == 3
    assert not isinstance(answers[2], BaseException)
    assert (answers[2].answer, answers[2].replayed) == (first.answer, True)


async def test_a_timer_of_it_fails_and_fires_when_there_is_room(door: MemoryDoor) -> None:
    FULL.add("a")
    door.store.refuses = None
    bank.BROKEN.add(7007)
    await door.records(paid("a", 7, 1))
    bank.BROKEN.clear()
    door.store.refuses = lambda id, fields: id in FULL
    await door.tick(seconds=6)
    await door.records(paid("b", 1, 1))
    assert (door.state(ACCOUNT, "a").reminders, door.state(ACCOUNT, "b").total) == (0, 1)
    FULL.clear()
    await door.tick(seconds=1)
    assert door.state(ACCOUNT, "a").reminders == 1


async def test_what_it_is_told_by_others_of_the_service_waits_with_them_and_is_told_again(door: MemoryDoor) -> None:
    await door.records(paid("a", 1, 1))
    FULL.add("all")
    await door.records(paid("a", 2, 2), paid("b", 4, 1))
    await door.tick(seconds=12)
    await door.records(paid("a", 8, 3))
    assert (door.state(ACCOUNT, "a").total, door.state(ACCOUNT, "b").total) == (11, 4)
    assert door.state(LEDGER, "all").total == 1
    assert letters(door) == []
    FULL.clear()
    await door.tick(seconds=12)
    assert (door.state(LEDGER, "all").total, door.state(LEDGER, "all").entries) == (15, 4), "each once"
    await door.tick(seconds=12)
    assert not door.store.unsent.lines


async def test_only_what_finds_no_room_any_more_waits_or_is_a_dead_letter(
    door: MemoryDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each decision fits, and what all of them have to tell does not."""
    monkeypatch.setattr(parking, "PARKED_BOUND", 20)
    records = [paid("a", 1000 + n, n, offset=n) for n in range(1, 171)]
    await door.records(*records)
    decided = len(door.state(ACCOUNT, "a").credits)
    assert 0 < decided < 150
    assert letters(door) == [("PARK_FULL", str(n)) for n in range(decided + 21, 171)]
    await door.tick(seconds=6)
    assert len(door.state(ACCOUNT, "a").credits) == decided + 20
    await door.records(*records[decided + 20 :])
    assert door.state(ACCOUNT, "a").credits == tuple(1000 + n for n in range(1, 171))
    assert door.state(LEDGER, "all").entries == 170


async def test_of_commands_only_the_one_fails_that_leads_to_what_finds_no_room(
    door: MemoryDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether that is what it tells others, or what it answers."""

    def credited(account: Any, body: Credit, world: World[Any]) -> Decision[Any]:
        decision = bank.credited(account, body, world)
        if body.amount == 98:
            return replace(decision, sends=decision.sends * 1000)
        return replace(decision, answer={"total": 10**30}) if body.amount == 99 else decision

    monkeypatch.setitem(cast(dict[Any, Any], ACCOUNT.decide), Credit, credited)
    async with door.serving():
        wishes = (door.door.submit(ACCOUNT, "a", Credit(amount=n), key=f"key {n}") for n in (1, 98, 2, 99, 3))
        answers = await asyncio.gather(*wishes, return_exceptions=True)
    assert [str(answer) for answer in answers if isinstance(answer, Broken)] == ["Unstorable", "Unstorable"]
    assert door.state(ACCOUNT, "a").credits == (1, 2, 3)


# -- messages of this service's own, which have no record that could be a dead letter ----------------------------------


@pytest.fixture
def ledger_rule(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Puts another rule in place of the ledger's."""

    def put(rule: Any) -> None:
        monkeypatch.setitem(cast(dict[Any, Any], LEDGER.decide), Entered, rule)

    return put


def broken(ledger: Ledger | None, body: Entered, world: World[Any]) -> Decision[Ledger]:
    raise ZeroDivisionError


async def test_what_others_of_the_service_say_to_one_that_fails_is_parked_up_to_the_bound_and_then_waits_with_them(
    ledger_rule: Callable[[Any], None],
) -> None:
    door = a_door()
    ledger_rule(broken)
    accounts = [f"account-{n}" for n in range(parking.PARKED_BOUND + 60)]
    for start in range(0, len(accounts), 50):
        await door.records(*(paid(account, 1, 1) for account in accounts[start : start + 50]))
    assert len(door.store.collections["ledger"]["all"]["parked"]) == parking.PARKED_BOUND
    assert len(door.publisher.events(bank.TARGET.name)) == len(accounts), "what they tell others does not wait"
    ledger_rule(entered)
    for _ in range(20):
        await door.tick(seconds=400)
    assert door.state(LEDGER, "all").entries == len(accounts), "none lost, none twice"
    assert not door.store.unsent.lines


async def test_nothing_overtakes_what_its_receiver_could_not_take(
    ledger_rule: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later word of the same sender would make the earlier one look like a repeat."""
    known: set[int] = set()

    def knows_only(ledger: Ledger | None, body: Entered, world: World[Any]) -> Decision[Ledger]:
        if body.amount not in known:
            raise NotYet("UNKNOWN")
        return entered(ledger, body, world)

    monkeypatch.setattr(parking, "PARKED_BOUND", 0)
    door = a_door()
    ledger_rule(knows_only)
    known.add(2)
    await door.records(paid("a", 1, 1), paid("a", 2, 2), paid("b", 2, 1))
    assert door.state(LEDGER, "all").total == 2
    await door.records(paid("a", 4, 3))
    known.update({1, 4})
    await door.tick(seconds=12)
    assert (door.state(LEDGER, "all").total, door.state(LEDGER, "all").entries) == (9, 4)


async def test_an_office_that_goes_on_sending_what_cannot_be_read_fills_no_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it is to be told of that has no record of its own: the record is a dead letter already."""
    monkeypatch.setattr(parking, "PARKED_BOUND", 3)
    door = bank.a_door_that_tells_of_malformed()
    bank.BROKEN.add(13)
    await door.records(outside(13))
    spoiled = [outside(n)._replace(value=b"{", offset=n) for n in range(20, 30)]
    await door.records(*spoiled)
    assert len(door.store.collections["account"]["a"]["parked"]) == 3
    assert len(letters(door)) == 10
    assert door.metric("mizban_failures_total", kind="park-full") == 8
    for n in range(10):
        await door.records(*(record._replace(offset=100 + 10 * n + m) for m, record in enumerate(spoiled)))
    assert not door.door.watch.breaker_open
