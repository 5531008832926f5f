"""Notify's views on real MongoDB: every query walks an index, pages end, and what was held back goes on (design 4)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.contracts.intake import RequestState
from services.contracts.notify import MessageState
from services.notify.domain.answers import Accepted, NotCalled, not_called
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.notices import Purpose
from services.notify.domain.preference import PreferenceWish, SetPreference, set_preference
from services.notify.domain.publishing import FIRST_OWN, PublishTemplate, PublishWish, publish
from services.notify.domain.rules import Rules
from services.notify.domain.webhook_message import OutcomeTold, WebhookState, outcome_told
from services.notify.handlers import CORRESPONDENCE, PREFERENCE, TEMPLATE, WEBHOOK_MESSAGE
from services.notify.preferences import StoredPreferences
from services.notify.store import (
    EVERY_TEMPLATE,
    INDEXES,
    foremost,
    held_back,
    held_back_filter,
    in_state_filter,
    printouts_filter,
    queue_filter,
    webhook_messages,
    webhook_messages_filter,
    with_messages_in,
    with_printouts,
)
from services.notify.template_book import TemplateBook
from services.runtime.document import Document
from services.runtime.store import Store
from tests.support.plans import stages
from tests.support.stack import Stack
from tests.unit.notify.cases import MORNING, REGISTERED, a_move, hear, state_of, told, world
from tests.unit.notify.test_publishing import WORDS, written

INCOMPLETE = a_move("request.incomplete", state=RequestState.INCOMPLETE)


@pytest.fixture
async def store(stack: Stack) -> AsyncIterator[Store]:
    """Every third message was taken in hand, the others wait for sending to be resumed."""
    store = Store.open(stack.mongo, f"notify{uuid4().hex[:8]}", INDEXES)
    await store.prepare([CORRESPONDENCE, PREFERENCE, TEMPLATE, WEBHOOK_MESSAGE])
    documents = [Document(state.request_id, state=state) for state in map(_correspondence, range(60))]
    await store.write(CORRESPONDENCE, documents, MORNING)
    yield store
    await store.close()


def _correspondence(number: int) -> Correspondence:
    event = REGISTERED.model_copy(update={"request_id": f"r-{number:03}"})
    return state_of(told(event, sending=number % 3 == 0))


@pytest.mark.parametrize("query", [in_state_filter, held_back_filter])
@pytest.mark.parametrize("state", [MessageState.CREATED, MessageState.TEMP_FAILED, MessageState.SENDING])
async def test_messages_in_a_state_are_read_by_index_and_never_sorted_in_memory(
    store: Store, query: Any, state: MessageState
) -> None:
    plan = stages(await store.explain(CORRESPONDENCE, query(state, "r-010"), [("_id", 1)]))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


async def test_what_waits_on_paper_is_read_by_its_index_and_of_its_agency_alone(store: Store) -> None:
    await store.write(CORRESPONDENCE, [_on_paper("p-1", "wa-tax"), _on_paper("p-2", "wa-court")], MORNING)
    plan = stages(await store.explain(CORRESPONDENCE, printouts_filter("wa-tax", ""), [("_id", 1)]))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})
    assert [stored.id for stored in await with_printouts(store, "wa-tax", "", 10)] == ["p-1"]


def _on_paper(id: str, org_id: str) -> Document:
    told_nobody = {"request_id": id, "org_id": org_id, "notifiable": False}
    state = state_of(told(INCOMPLETE.model_copy(update=told_nobody)))
    accepted = Accepted(message_id=f"{id}.1", turn=1, provider_id=f"{id}.1", parts=0)
    return Document(id, state=state_of(hear(state, accepted)))


async def test_the_queue_is_read_by_its_index_in_its_order(store: Store) -> None:
    """The urgent first, then the oldest; and nothing of those that do not wait."""
    waiting = [_queued(number) for number in range(100, 140)]
    await store.write(CORRESPONDENCE, waiting, MORNING)
    plan = stages(await store.explain(CORRESPONDENCE, queue_filter(["r-101"]), [("state.queue", 1), ("_id", 1)]))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})
    places = {document.id: document.state.queue for document in waiting}
    expected = sorted((id for id in places if id != "r-101"), key=lambda id: (places[id], id))
    assert [stored.id for stored in await foremost(store, 100, ["r-101"])] == expected
    assert [stored.id for stored in await foremost(store, 7, ["r-101"])] == expected[:7]


def _queued(number: int) -> Document:
    """Every fourth is legal; the higher the number the older."""
    event = REGISTERED if number % 4 else a_move("request.incomplete", state=RequestState.INCOMPLETE)
    made = MORNING - timedelta(minutes=number - 100)
    state = state_of(told(event.model_copy(update={"request_id": f"r-{number:03}"}), made))
    busy = NotCalled(message_id=state.messages[0].id, turn=1, reason="BUSY", queue=True)
    waits = state_of(not_called(state, busy, world(made)))
    return Document(waits.request_id, state=waits)


async def test_a_partners_calls_are_read_by_their_index(store: Store) -> None:
    told = OutcomeTold(partner="pishkhan-a", type="t", at=MORNING, data="{}")
    states = [outcome_told(None, told.model_copy(update={"partner": f"p-{n % 3}"}), world()).state for n in range(30)]
    rows = [Document(f"e-{number:02}", state=state) for number, state in enumerate(states)]
    await store.write(WEBHOOK_MESSAGE, rows, MORNING)
    query = webhook_messages_filter("p-1", WebhookState.WAITING, "e-04")
    plan = stages(await store.explain(WEBHOOK_MESSAGE, query, [("_id", 1)]))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})
    found = await webhook_messages(store, "p-1", WebhookState.WAITING, "e-04", 3)
    assert [stored.id for stored in found] == ["e-07", "e-10", "e-13"]


async def test_pages_show_every_message_once_and_end(store: Store) -> None:
    for state, count in ((None, 60), (MessageState.SENDING, 20), (MessageState.CREATED, 40), (MessageState.SENT, 0)):
        seen: list[str] = []
        while page := await with_messages_in(store, state, seen[-1] if seen else "", 7):
            seen += [stored.id for stored in page]
        assert len(seen) == len(set(seen)) == count


async def test_what_was_held_back_is_found_and_what_is_under_way_is_not(store: Store) -> None:
    found = await held_back(store, MessageState.CREATED, "", 100)
    assert len(found) == 40
    assert {stored.state.messages[0].due for stored in found} == {None}


async def test_a_text_that_is_published_reaches_another_process_as_it_was_written(store: Store) -> None:
    plan = stages(await store.explain(TEMPLATE, EVERY_TEMPLATE, [("_id", 1)]))
    assert plan.isdisjoint({"COLLSCAN", "SORT"})
    book = TemplateBook(Rules())
    await book.refresh(store)
    assert book.catalogue.newest("registered").version == 1
    done = publish(written(), PublishWish(command=PublishTemplate(officer_id="o-2"), sure=True), world())
    assert done.state is not None
    await store.write(TEMPLATE, [Document(done.state.id, state=done.state)], MORNING)
    await book.refresh(store)
    newest = book.rules().catalogue.newest("registered")
    assert (newest.version, newest.text) == (FIRST_OWN, WORDS)


async def test_what_people_have_asked_for_is_read_for_those_who_are_written_to(store: Store) -> None:
    wish = PreferenceWish(applicant_ref="a-1", command=SetPreference(opted_out=(Purpose.SURVEY,), officer_id="o-1"))
    said = set_preference(None, wish, world()).state
    assert said is not None
    await store.write(PREFERENCE, [Document("a-1", state=said), Document("a-3", state=said)], MORNING)
    preferences = StoredPreferences(store)
    assert await preferences.of(["a-2", "a-1", "a-1"]) == {"a-1": said}
    assert await preferences.of([]) == {}
