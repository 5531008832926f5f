"""A stored state that this version cannot read hides itself, not its neighbours (design 5)."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.contracts.wire import Wire
from services.runtime.document import Document
from services.runtime.entity import Entity
from services.runtime.indexes import Index
from services.runtime.lookups import Unreadable
from services.runtime.store import Store
from tests.support.memory_door import WORKING_MORNING
from tests.support.stack import Stack


class Now(Wire):
    desk: str
    number: int


class Later(Wire):
    """As a later version, or an earlier fault of ours, may have stored it."""

    desk: str
    number: str


ENTITY = Entity(name="thing", state=Now, decide={})
LATER = Entity(name="thing", state=Later, decide={})
BY_DESK = Index([("state.desk", 1), ("_id", 1)], name="by-desk")
ODD = {"t00", "t03", "t04", "t19"}


@pytest.fixture
async def store(stack: Stack) -> AsyncIterator[Store]:
    """Twenty things of one desk; four of them this version cannot read."""
    store = Store.open(stack.mongo, f"runtime{uuid4().hex[:8]}", {ENTITY.name: [BY_DESK]})
    await store.prepare([ENTITY])
    for number in range(20):
        id = f"t{number:02}"
        state = Later(desk="d", number="many") if id in ODD else Now(desk="d", number=number)
        await store.write(LATER if id in ODD else ENTITY, [Document(id, state=state)], WORKING_MORNING)
    yield store
    await store.close()


@pytest.mark.parametrize("length", [1, 2, 5, 16, 17, 50])
async def test_pages_pass_it_by_and_end_where_the_readable_ones_end(store: Store, length: int) -> None:
    seen: list[str] = []
    while True:
        after = {"state.desk": "d", "_id": {"$gt": seen[-1] if seen else ""}}
        page = await store.find(ENTITY, after, sort=[("_id", 1)], limit=length)
        seen += [stored.id for stored in page]
        if len(page) < length:
            break
    assert seen == [id for id in (f"t{number:02}" for number in range(20)) if id not in ODD]


async def test_a_list_names_what_it_left_out(store: Store) -> None:
    met: list[tuple[str, str]] = []
    store.unreadable = lambda entity, id: met.append((entity, id))
    found = await store.get_many(ENTITY, ["t01", "t03", "t05", "nothing"])
    assert [stored.id for stored in found] == ["t01", "t05"]
    assert met == [("thing", "t03")]


async def test_asked_for_by_itself_it_is_there_and_cannot_be_shown(store: Store) -> None:
    with pytest.raises(Unreadable):
        await store.get(ENTITY, "t03")
    with pytest.raises(Unreadable) as error:
        await store.one(ENTITY, {"state.number": "many"})
    assert "many" not in str(error.value), "what is stored may be personal (I12)"
    assert await store.get(ENTITY, "nothing") is None
