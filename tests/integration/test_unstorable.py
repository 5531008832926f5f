"""A state that MongoDB cannot hold fails its own message; the neighbours in the same write are stored (design 5)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.contracts.wire import Wire
from services.runtime.document import Document
from services.runtime.entity import Entity
from services.runtime.message import Broken
from services.runtime.sealing import SealedFields
from services.runtime.store import Store
from tests.integration.test_door_on_servers import Bank, put
from tests.integration.test_poison import letters
from tests.support.bank import ACCOUNT, Account, Credit, an_account, paid
from tests.support.stack import Stack

PAST_64_BITS = 10**30
NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
async def bank(stack: Stack) -> AsyncIterator[Bank]:
    async with Bank(stack) as bank:
        yield bank


@pytest.fixture
async def store(stack: Stack) -> AsyncIterator[Store]:
    store = Store.open(stack.mongo, f"bank{uuid4().hex[:8]}", {})
    await store.prepare([ACCOUNT])
    yield store
    await store.close()


UNSTORABLE: list[Any] = [
    pytest.param(Account(total=PAST_64_BITS), id="a number past 64 bits"),
    pytest.param(Account(code="a" * (16 * 1024 * 1024)), id="more than 16 MB"),
]


@pytest.mark.parametrize("state", UNSTORABLE)
async def test_the_store_tells_which_document_it_is_and_writes_the_others(store: Store, state: Account) -> None:
    good = [Document(f"good-{n}", state=Account(total=n)) for n in range(5)]
    outcome = await store.write(ACCOUNT, [*good[:2], Document("bad", state=state), *good[2:]], NOW)
    assert (outcome.lost, outcome.clashed, outcome.unstorable) == (set(), set(), {"bad"})
    assert len(await store.get_many(ACCOUNT, [document.id for document in good])) == 5
    assert await store.get(ACCOUNT, "bad") is None


class Words(Wire):
    owner: str | None = None
    note: str = ""


class Holding(Wire):
    words: Words


WRONG_WORDS = [
    pytest.param("\ud800", id="half a surrogate pair"),
    pytest.param("\n" * (9 * 1024 * 1024), id="sealed, it is twice as long"),
]


@pytest.mark.parametrize("note", WRONG_WORDS)
async def test_so_it_does_where_what_cannot_be_stored_is_to_be_sealed(stack: Stack, note: str) -> None:
    sealed = SealedFields(within="words", owner="owner", fields=("note",), terms=lambda _: ())
    holding = Entity(name="holding", state=Holding, decide={}, sealed=sealed)
    store = Store.open(stack.mongo, f"bank{uuid4().hex[:8]}", {}, bytes(32))
    await store.prepare([holding])
    wrong = Words().model_copy(update={"note": note})
    documents = [Document(id, state=Holding(words=Words(note=id))) for id in ("a", "b")]
    documents.insert(1, Document("bad", state=Holding(words=Words()).model_copy(update={"words": wrong})))
    outcome = await store.write(holding, documents, NOW)
    assert (outcome.lost, outcome.clashed, outcome.unstorable) == (set(), set(), {"bad"})
    assert len(await store.get_many(holding, ["a", "b"])) == 2
    await store.close()


async def test_a_command_that_leads_there_fails_alone(bank: Bank) -> None:
    """Commands that arrive together share one write: 1 of 21 is a fault of ours, 20 are served."""
    bad, *good = [uuid4().hex for _ in range(21)]
    wishes = [(bad, PAST_64_BITS), *((account, 10) for account in good)]
    answers = await asyncio.gather(
        *(bank.door.submit(ACCOUNT, account, Credit(amount=amount)) for account, amount in wishes),
        return_exceptions=True,
    )
    assert isinstance(answers[0], Broken)
    assert [await bank.total(account) for account in [bad, *good]] == [None, *[10] * 20]
    assert (await bank.door.submit(ACCOUNT, bad, Credit(amount=1))).state.total == 1


async def test_a_record_that_leads_there_is_parked_and_stops_no_other(bank: Bank, stack: Stack) -> None:
    bad, good = uuid4().hex, uuid4().hex
    await put(stack, paid(bad, 10, 1), paid(bad, PAST_64_BITS, 2), paid(good, 10, 1), paid(good, 20, 2))
    await bank.until(good, 30)
    await bank.until(bad, 10)
    await put(stack, paid(good, 5, 3))
    await bank.until(good, 35)
    assert await bank.total(bad) == 10


async def test_a_document_without_room_for_another_word_stops_nobody_else(bank: Bank, stack: Stack) -> None:
    full, good = an_account(), an_account()
    grown = Document(full, state=Account(code="a" * (16 * 1024 * 1024 - 500)), moved=1)
    await bank.store._database[ACCOUNT.name].insert_one({"_id": full, **grown.to_fields(ACCOUNT)})
    await put(stack, paid(full, 10, 1), paid(good, 20, 1))
    await bank.until(good, 20)
    answers = await asyncio.gather(
        *(bank.door.submit(ACCOUNT, account, Credit(amount=1)) for account in (full, good)), return_exceptions=True
    )
    assert isinstance(answers[0], Broken)
    await put(stack, paid(good, 5, 2))
    await bank.until(good, 26)
    assert await letters(bank, full) == ["DOCUMENT_FULL"]
    assert await bank.total(full) == 0
