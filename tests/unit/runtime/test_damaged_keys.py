"""A person's key that cannot be unwrapped fails what would be sealed with it, and nothing else (I12)."""

import asyncio
from typing import Any

import pytest

from services.contracts.decision import Decision, World
from services.contracts.wire import Wire
from services.runtime.entity import Entity, events
from services.runtime.message import Broken
from services.runtime.sealing import SealedFields
from tests.support.bank import SOURCE, Credit, Credited, Paid, letters, paid
from tests.support.memory_door import MemoryDoor


class Words(Wire):
    owner: str
    note: str | None = None
    sealed: None = None


class Holding(Wire):
    words: Words
    total: int


def held(holding: Holding | None, body: Paid | Credit, world: World[Any]) -> Decision[Holding]:
    """Whose it is follows from the first amount."""
    words = holding.words if holding else Words(owner=f"owner-{body.amount}", note="a word")
    total = body.amount + (holding.total if holding else 0)
    return Decision(Holding(words=words, total=total), events=(Credited(account="any", total=total),))


HOLDING = Entity(
    name="holding",
    state=Holding,
    decide={Paid: held, Credit: held},
    sealed=SealedFields(within="words", owner="owner", fields=("note",), terms=lambda _: ()),
)


@pytest.fixture
def door() -> MemoryDoor:
    inbound = events(SOURCE, Paid, HOLDING, lambda event: event.account, ("account.paid",))
    return MemoryDoor("routing", [HOLDING], inbound=[inbound], retry_seconds=(5, 60))


async def test_their_records_wait_and_the_others_of_the_batch_go_on(door: MemoryDoor) -> None:
    door.store.keys.damaged.add("owner-13")
    await door.records(paid("a", 1, 1), paid("b", 13, 1), paid("b", 4, 2), paid("c", 2, 1))
    assert (door.state(HOLDING, "a").total, door.state(HOLDING, "c").total) == (1, 2)
    assert [p["why"] for p in door.store.collections["holding"]["b"]["parked"]] == ["FAILED", "BEHIND"]
    await door.tick(seconds=6)
    door.store.keys.damaged.clear()
    await door.tick(seconds=61)
    assert door.state(HOLDING, "b").total == 17
    assert letters(door) == []


async def test_after_their_retries_they_are_a_dead_letter_that_says_so(door: MemoryDoor) -> None:
    door.store.keys.damaged.add("owner-13")
    await door.records(paid("b", 13, 1, offset=7))
    await door.tick(seconds=6)
    await door.tick(seconds=61)
    assert letters(door) == [("DamagedKey", "7")]
    door.store.keys.damaged.clear()
    await door.records(paid("b", 13, 1, offset=7))  # the operator sends it again
    assert door.state(HOLDING, "b").total == 13


async def test_a_command_about_them_fails_alone(door: MemoryDoor) -> None:
    door.store.keys.damaged.add("owner-13")
    async with door.serving():
        answers = await asyncio.gather(
            *(door.door.submit(HOLDING, id, Credit(amount=amount)) for id, amount in (("a", 1), ("b", 13), ("c", 2))),
            return_exceptions=True,
        )
    assert isinstance(answers[1], Broken)
    assert str(answers[1]) == "DamagedKey"
    assert (door.state(HOLDING, "a").total, door.state(HOLDING, "c").total) == (1, 2)
    assert door.state(HOLDING, "b") is None


async def test_what_is_stored_of_them_stays_as_it_is(door: MemoryDoor) -> None:
    await door.records(paid("b", 13, 1))
    stored = door.store.collections["holding"]["b"]["state"]
    door.store.keys.damaged.add("owner-13")
    await door.records(paid("b", 4, 2), paid("a", 1, 1))
    assert door.state(HOLDING, "a").total == 1
    assert door.store.collections["holding"]["b"]["state"] == stored
    door.store.keys.damaged.clear()
    await door.tick(seconds=6)
    assert door.state(HOLDING, "b").total == 17


async def test_a_state_from_before_sealing_is_never_stored_in_the_open_for_want_of_a_key(door: MemoryDoor) -> None:
    """It cannot be written at all, not even that something waits."""
    await door.records(paid("b", 13, 1))
    row = door.store.collections["holding"]["b"]
    row["state"] = {"words": {"owner": "owner-13", "note": "a word"}, "total": 13}
    before = dict(row)
    door.store.keys.damaged.add("owner-13")
    await door.records(paid("b", 4, 2, offset=8), paid("a", 1, 1))
    assert door.state(HOLDING, "a").total == 1
    assert door.store.collections["holding"]["b"] == before
    assert letters(door) == [("DamagedKey", "8")]
