"""A command is answered once, on the version it meant, and never before what waits (design 1 and 5)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import Field

from services.contracts.decision import Decision, Refused, World
from services.contracts.wire import digest
from services.runtime.document import Document
from services.runtime.driver import StoreAway
from services.runtime.entity import Entity
from services.runtime.guarded import Unwritten
from services.runtime.message import Broken, Held, Submitted, Unavailable
from tests.support import bank
from tests.support.bank import ACCOUNT, LEDGER, Account, Credit, Refund, a_door, paid
from tests.support.memory_door import MemoryStore


async def test_I11_a_repeated_command_is_answered_as_before() -> None:
    door = a_door()
    first = await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")
    await door.submit(ACCOUNT, "a", Credit(amount=6), key="k2", caller="clerk")
    again = await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")
    assert (again.answer, again.replayed) == (first.answer, True)
    assert door.state(ACCOUNT, "a").credits == (5, 6)
    with pytest.raises(Refused, match="IDEMPOTENCY_MISMATCH"):
        await door.submit(ACCOUNT, "a", Credit(amount=7), key="k1", caller="clerk")


async def test_a_repeat_is_told_the_version_that_it_led_to_and_not_one_that_its_caller_has_not_seen() -> None:
    door = a_door()
    first = await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")
    later = await door.submit(ACCOUNT, "a", Credit(amount=6), key="k2", caller="another")
    again = await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")
    assert (first.decided, later.decided, again.decided, again.version) == (1, 2, 1, 2)
    del door.store.collections[ACCOUNT.name]["a"]["applied"][0]["v"]
    assert (await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")).decided == 2, "from before"


async def test_what_is_kept_of_a_command_cannot_be_tried_out_without_the_services_key() -> None:
    """A filing has little in it that is not known: its hash alone, kept beside the answer, would tell it (I12)."""
    marks = []
    for id in ("a", "b"):
        door = a_door()
        await door.submit(ACCOUNT, id, Credit(amount=5), key="k1", caller="clerk")
        (applied,) = door.store.collections[ACCOUNT.name][id]["applied"]
        marks.append(applied["h"])
    assert not [mark for mark in marks if digest(Credit(amount=5)) in mark]
    assert len(set(marks)) == 2, "the same content elsewhere has another"


async def test_a_command_that_was_answered_before_marks_were_keyed_is_known_still() -> None:
    door = a_door()
    await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")
    (applied,) = door.store.collections[ACCOUNT.name]["a"]["applied"]
    applied["h"] = f"Credit:{digest(Credit(amount=5))}"
    assert (await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")).replayed


async def test_another_command_under_the_same_key_is_no_repetition_though_it_says_the_same() -> None:
    """A visitor is called and then served by the same words: whoever reuses a key must not lose the second."""
    door = a_door()
    await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")
    with pytest.raises(Refused, match="IDEMPOTENCY_MISMATCH"):
        await door.submit(ACCOUNT, "a", Refund(amount=5), key="k1", caller="clerk")
    assert door.state(ACCOUNT, "a").credits == (5,)


async def test_12_14_whoever_is_answered_finds_all_that_they_have_done_in_every_view_of_the_service() -> None:
    """Domain 12.14: what a command leads to at other entities is stored before its answer, not a moment later."""
    door = a_door(store=SlowStore())
    async with door.serving():
        await door.door.submit(ACCOUNT, "a", Credit(amount=5))
        assert door.state(LEDGER, "all").total == 5
    await door.settle()


async def test_a_fault_at_another_entity_keeps_no_answer_back() -> None:
    """What was decided is durable; the other one hears of it when the scanner looks."""
    door = a_door()

    def fails(id: str) -> None:
        if id == "all":
            raise ZeroDivisionError

    door.store.before_write = fails
    assert (await door.submit(ACCOUNT, "a", Credit(amount=5))).answer == {"total": 5}
    door.store.before_write = None
    await door.tick(seconds=5)
    assert door.state(LEDGER, "all").total == 5


class SlowStore(MemoryStore):
    async def write(self, entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten:
        await asyncio.sleep(0.01)
        return await super().write(entity, documents, now)


async def test_a_command_on_a_stale_version_is_refused() -> None:
    door = a_door()
    done = await door.submit(ACCOUNT, "a", Credit(amount=5))
    await door.submit(ACCOUNT, "a", Credit(amount=5), expected=done.version)
    with pytest.raises(Refused, match="STALE_VERSION"):
        await door.submit(ACCOUNT, "a", Credit(amount=5), expected=done.version)


async def test_what_was_only_booked_since_makes_no_version_stale() -> None:
    door = a_door()
    done = await door.submit(ACCOUNT, "a", Credit(amount=5))
    await door.records(paid("a", 0, 1))  # refused by the rule: only its place in the sequence is remembered
    booked = await door.submit(ACCOUNT, "a", Credit(amount=6), expected=done.version)
    assert booked.version == done.version + 2
    with pytest.raises(Refused, match="STALE_VERSION"):
        await door.submit(ACCOUNT, "a", Credit(amount=5), expected=done.version + 1)
    with pytest.raises(Refused, match="STALE_VERSION"):
        await door.submit(ACCOUNT, "a", Credit(amount=5), expected=booked.version + 1)


async def test_a_fault_fails_the_command_and_changes_nothing() -> None:
    door = a_door()
    bank.BROKEN.add(13)
    with pytest.raises(Broken):
        await door.submit(ACCOUNT, "a", Credit(amount=13))
    assert "a" not in door.store.collections.get("account", {})


async def test_of_what_is_read_back_before_it_holds_nothing_is_kept_that_would_not_read() -> None:
    class Purse(Account):
        credits: tuple[int, ...] = Field(default=(), max_length=2)

    def filled(purse: Purse | None, body: Credit, world: World[Any]) -> Decision[Purse]:
        purse = purse or Purse()
        return Decision(purse.model_copy(update={"credits": (*purse.credits, body.amount)}))

    purse = Entity(name="account", state=Purse, decide={Credit: filled}, reread=True)
    door = a_door()
    door.door._entities["account"] = purse
    async with door.serving():
        for amount in (1, 2):
            await door.door.submit(purse, "a", Credit(amount=amount))
        with pytest.raises(Broken):
            await door.door.submit(purse, "a", Credit(amount=3))
    assert door.store.collections["account"]["a"]["state"]["credits"] == [1, 2]


async def test_timers_that_cannot_be_reckoned_fail_their_own_command_alone() -> None:
    """Others of the same batch are answered as ever; nothing of it is stored."""

    def timers(account: Account) -> dict[str, datetime]:
        if account.total == 9999:
            raise OverflowError("date value out of range")
        return {}

    door = a_door()
    account = replace(ACCOUNT, timers=timers)
    door.door._entities["account"] = account
    async with door.serving():
        good, bad = await asyncio.gather(
            door.door.submit(account, "good", Credit(amount=5)),
            door.door.submit(account, "bad", Credit(amount=9999)),
            return_exceptions=True,
        )
    assert isinstance(good, Submitted)
    assert (good.answer, type(bad)) == ({"total": 5}, Broken)
    assert "bad" not in door.store.collections["account"]


async def test_a_command_does_not_overtake_a_parked_message() -> None:
    door = a_door()
    bank.BROKEN.add(13)
    await door.records(paid("a", 13, 1))
    with pytest.raises(Held):
        await door.submit(ACCOUNT, "a", Credit(amount=1))


async def test_with_kafka_away_commands_are_accepted_up_to_a_bound() -> None:
    door = a_door(outbox_bound=2)
    door.publisher.away = True
    for n in range(3):
        await door.submit(ACCOUNT, f"a{n}", Credit(amount=1))
    with pytest.raises(Unavailable):
        await door.submit(ACCOUNT, "a9", Credit(amount=1))
    door.publisher.away = False
    await door.tick(seconds=3)
    await door.submit(ACCOUNT, "a9", Credit(amount=1))
    assert len(door.publisher.events(bank.TARGET.name)) == 4


async def test_of_two_commands_in_one_batch_on_the_same_version_one_wins() -> None:
    door = a_door()
    await door.records(paid("a", 1, 1))
    seen = (await door.submit(ACCOUNT, "a", Credit(amount=1), key="k0")).version
    serving = asyncio.create_task(door.door.serve_commands())
    results = await asyncio.gather(
        *(door.door.submit(ACCOUNT, "a", Credit(amount=n), key=f"k{n}", expected=seen) for n in range(1, 65)),
        return_exceptions=True,
    )
    serving.cancel()
    refused = [r for r in results if isinstance(r, Refused)]
    assert len(refused) == 63
    assert {r.code for r in refused} == {"STALE_VERSION"}


@pytest.mark.parametrize("fate", ["away", "unclear"])
async def test_a_command_without_a_key_whose_write_came_true_unnoticed_is_not_decided_twice(
    monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    door = a_door()
    write = door.store.write
    fates = [fate]

    async def unnoticed(entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten:
        unwritten = await write(entity, documents, now)
        if entity is not ACCOUNT or not fates:
            return unwritten
        if fates.pop() == "away":
            raise StoreAway("no answer")
        return Unwritten(lost={document.id for document in documents}, unclear=True)

    monkeypatch.setattr(door.store, "write", unnoticed)
    submitted = await door.submit(ACCOUNT, "a", Credit(amount=100))
    assert submitted.answer == {"total": 100}
    assert submitted.version == 1
    assert door.state(ACCOUNT, "a").credits == (100,)
    assert door.state(LEDGER, "all").entries == 1
    await door.tick(seconds=15)
    assert len({e["ce_id"] for e in door.publisher.events(bank.TARGET.name)}) == 1


async def test_with_the_store_away_no_more_commands_wait_than_can_be_answered_soon() -> None:
    door = a_door(commands_bound=3)
    door.store.away = True
    waiting = [asyncio.create_task(door.door.submit(ACCOUNT, str(n), Credit(amount=1))) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="too many commands") as refused:
        await door.door.submit(ACCOUNT, "another", Credit(amount=1))
    assert refused.value.retry_after == 5
    for task in waiting:
        task.cancel()


async def test_a_command_whose_write_did_not_come_true_is_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    door = a_door()
    await door.submit(ACCOUNT, "a", Credit(amount=1))
    write = door.store.write
    fates = ["away"]

    async def away_once(entity: Entity[Any], documents: Sequence[Document], now: datetime) -> Unwritten:
        if fates:
            raise StoreAway(fates.pop())
        return await write(entity, documents, now)

    monkeypatch.setattr(door.store, "write", away_once)
    submitted = await door.submit(ACCOUNT, "a", Credit(amount=100))
    assert (submitted.answer, door.state(ACCOUNT, "a").credits) == ({"total": 101}, (1, 100))
