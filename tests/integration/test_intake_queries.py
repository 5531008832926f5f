"""Intake's look-ups on real MongoDB: every query walks an index, and pages pass nothing by (design 4)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.contracts.intake import RequestState
from services.contracts.wire import instant_text
from services.intake.commitments_api import place_of
from services.intake.domain.case_parts import Attention, Merged, Place
from services.intake.domain.duplicates import PLACE, TURN, PlaceLeft
from services.intake.domain.illegal_demand import IllegalDemand
from services.intake.domain.request import Request, the_case
from services.intake.handlers import ILLEGAL_DEMAND, REQUEST
from services.intake.search_api import PERSONS
from services.intake.store import (
    IN_LINE,
    INDEXES,
    LAST_TURN,
    PERSONS_ORDER,
    PROMISED_ORDER,
    REPORTED,
    TOLD,
    behind,
    by_code,
    by_persons,
    ended_so,
    illegal_demands,
    line_of,
    next_in_line,
    of_code,
    other_of,
    outcomes_after,
    promised_by,
    promises_crossing,
    reported_before,
    told_after,
)
from services.intake.work_list import desk_work, parts
from services.runtime.cursors import decode_cursor
from services.runtime.document import Document
from services.runtime.guarded import Unwritten
from services.runtime.lookups import Stored
from services.runtime.store import Store
from tests.bench.load import national_id
from tests.support.plans import stages
from tests.support.stack import Stack
from tests.unit.intake.cases import MORNING, person, submit, world

KIOSK = "wa-urmia-017"
FILINGS = 60


@pytest.fixture
async def store(stack: Stack) -> AsyncIterator[Store]:
    """Sixty submissions of one office, three to a second, each a case with its promise."""
    store = Store.open(stack.mongo, f"intake{uuid4().hex[:8]}", INDEXES, bytes(32))
    await store.prepare([REQUEST, ILLEGAL_DEMAND])
    documents = [Document(state.id, state=state) for state in map(a_filing, range(FILINGS))]
    outcome = await store.write(REQUEST, documents, MORNING)
    assert (outcome.lost, outcome.clashed, outcome.unstorable) == (set(), set(), set())
    yield store
    await store.close()


def a_filing(number: int) -> Request:
    now = MORNING + timedelta(seconds=number // 3)
    state = submit(now=world(now), externalRef=f"n-{number:03}", applicant=person(value=national_id(number))).state
    assert state is not None
    return state


DESK_PLACE = {"desk": "a", "due": instant_text(MORNING), "id": "x"}
SOME_PLACE = {"at": instant_text(MORNING), "id": "x"}
WORK = parts("wa-tax-desk", MORNING)
MANY = [f"A-{n}" for n in range(PERSONS)]
QUERIES: list[Any] = [
    pytest.param(of_code("12345678901234"), [], id="tracking code"),
    *(pytest.param(part.after(None), part.order, id=f"a desk's list: {part.name}") for part in WORK),
    *(
        pytest.param(part.after(SOME_PLACE | {"part": part.name}), part.order, id=f"a desk's next page: {part.name}")
        for part in WORK
    ),
    pytest.param(promised_by(["a", "b"], "c", MORNING, None, visits=True), PROMISED_ORDER, id="by a calendar"),
    pytest.param(
        promised_by(["a", "b"], "c", MORNING, DESK_PLACE, visits=True), PROMISED_ORDER, id="promised, the next page"
    ),
    pytest.param(
        promised_by(["a", "b"], "c", MORNING, DESK_PLACE | {"due": ""}, visits=False),
        PROMISED_ORDER,
        id="promised, behind a pause",
    ),
    pytest.param(told_after(KIOSK, None, MORNING), [(TOLD, 1), ("_id", 1)], id="an office's news"),
    pytest.param(told_after(KIOSK, SOME_PLACE, MORNING), [(TOLD, 1), ("_id", 1)], id="an office's next news"),
    pytest.param(told_after(KIOSK, SOME_PLACE, MORNING, "a"), [(TOLD, 1), ("_id", 1)], id="what a partner was told"),
    pytest.param(behind(["A-1", "A-2"]), IN_LINE, id="who is behind them"),
    pytest.param(behind(["A-1"], "tax-clearance"), IN_LINE, id="who is next"),
    pytest.param(by_persons(["A-1"], "wa-tax", None), PERSONS_ORDER, id="a person's cases"),
    pytest.param(
        by_persons([f"A-{n}" for n in range(PERSONS)], "wa-tax", SOME_PLACE), PERSONS_ORDER, id="many people's"
    ),
    pytest.param(ended_so("A-1", "tax-clearance"), LAST_TURN, id="whose turn it was last"),
    pytest.param(by_persons(["A-1"], "", None), PERSONS_ORDER, id="a person's cases anywhere"),
    pytest.param({"wake": {"$lte": MORNING}}, [("wake", 1)], id="what is due"),
    pytest.param({"parkedAt": {"$exists": True}}, [], id="what is parked"),
]


@pytest.mark.parametrize(("query", "sort"), QUERIES)
async def test_every_query_walks_an_index_and_sorts_nothing_in_memory(
    store: Store, query: dict[str, Any], sort: list[tuple[str, int]]
) -> None:
    plan = stages(await store.explain(REQUEST, query, sort))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


@pytest.mark.parametrize("position", [None, SOME_PLACE], ids=["the newest", "older ones"])
async def test_the_reports_of_illegal_demands_walk_an_index(store: Store, position: dict[str, Any] | None) -> None:
    plan = stages(await store.explain(ILLEGAL_DEMAND, reported_before(position), [(REPORTED, -1), ("_id", -1)]))
    assert "IXSCAN" in plan
    assert plan.isdisjoint({"COLLSCAN", "SORT"})


async def test_reports_come_newest_first_and_once_each_however_long_the_pages(store: Store) -> None:
    """Three to a second: a page may end within one."""
    reports = [a_report(number) for number in range(20)]
    await store.write(ILLEGAL_DEMAND, [Document(report.id, state=report) for report in reports], MORNING)
    for length in (1, 7, 100):
        seen: list[IllegalDemand] = []
        position: dict[str, Any] | None = None
        while page := await illegal_demands(store, position, length):
            seen += [stored.state for stored in page]
            position = {"at": instant_text(seen[-1].reported_at), "id": seen[-1].id}
        assert seen == sorted(reports, key=lambda report: (report.reported_at, report.id), reverse=True)


def a_report(number: int) -> IllegalDemand:
    return IllegalDemand(
        id=f"report-{number:02}",
        request_id=f"request-{number}",
        tracking_code="0" * 14,
        org_id="wa-tax",
        desk_id="wa-tax-desk",
        unit_id="wa-tax-audit",
        service_id="tax-clearance",
        service_name="مفاصاحساب",
        text="sealed",
        reported_at=MORNING + timedelta(seconds=number // 3),
    )


async def test_an_offices_news_come_once_each_in_order_however_long_the_pages(store: Store) -> None:
    for length in (1, 7, 100):
        seen: list[Request] = []
        position: dict[str, Any] | None = None
        while page := await outcomes_after(store, KIOSK, position, MORNING + timedelta(hours=1), length):
            seen += [stored.state for stored in page]
            last = seen[-1]
            assert last.filing is not None
            assert last.filing.told_at is not None
            position = {"at": instant_text(last.filing.told_at), "id": last.id}
        assert len(seen) == len({request.id for request in seen}) == FILINGS


async def test_what_was_told_a_moment_ago_is_not_yet_listed(store: Store) -> None:
    """Else a cursor could pass by what another writer is about to write with an earlier moment."""
    listed = await outcomes_after(store, KIOSK, None, MORNING + timedelta(seconds=10), 100)
    assert len(listed) == 30


async def test_only_one_open_request_of_a_person_for_a_service_is_the_first(store: Store) -> None:
    """Who comes second hears by the write itself which one is; two of one bulk, too. An end makes room."""
    first = a_filing(7)
    again = [a_request_again(first, f"again-{n}", n) for n in range(2)]
    someone = person(value=national_id(900))
    new = [submit(now=world(), externalRef=f"new-{n}", applicant=someone).state for n in range(2)]
    documents = [Document(request.id, state=request) for request in (*again, *new) if request is not None]
    outcome = await store.write(REQUEST, documents, MORNING)
    assert outcome.clashed == outcome.lost == {again[0].id, again[1].id, documents[3].id}
    assert outcome.taken == {
        again[0].id: (PLACE, first.id),
        again[1].id: (PLACE, first.id),
        documents[3].id: (PLACE, documents[2].id),
    }
    linked = [document(request, place=Place.FURTHER, duplicate_of=first.id) for request in again]
    assert not (await store.write(REQUEST, linked, MORNING)).lost
    case = first.case
    assert case is not None
    assert [stored.id for stored in await line_of(store, case)] == [request.id for request in again]
    left = PlaceLeft(applicant_ref=str(case.applicant_ref), service_id=case.service_id)
    elsewhere = PlaceLeft(applicant_ref=str(case.applicant_ref), service_id="tax-clearance")
    assert await next_in_line(store, [left, elsewhere]) == [again[0].id]
    ended = Document(first.id, version=1, state=document(first, place=None).state)
    assert not (await store.write(REQUEST, [ended], MORNING)).lost
    heir = Document(again[0].id, version=1, state=document(again[0], place=Place.FIRST).state)
    assert not (await store.write(REQUEST, [heir], MORNING)).lost


def a_request_again(request: Request, name: str, hours: int) -> Request:
    """Another request of the same person for the same service, filed so many hours later."""
    case = request.case
    assert case is not None
    code = f"{len(name)}{hours}".zfill(14)
    later = case.filed_at + timedelta(hours=hours)
    return Request(id=name, case=case.model_copy(update={"tracking_code": code, "filed_at": later}))


def document(request: Request, **changes: Any) -> Document:
    assert request.case is not None
    return Document(request.id, state=request.model_copy(update={"case": request.case.model_copy(update=changes)}))


async def ending(store: Store, *each: Request, **changes: Any) -> Unwritten:
    """All in the first turn, at once."""
    merged = Merged(of="x", tracking_code="0" * 14, number=1, officer_id="o", at=MORNING)
    ends = [
        Document(one.id, version=1, state=document(one, merged=merged, place=None, **changes).state) for one in each
    ]
    return await store.write(REQUEST, ends, MORNING)


async def test_of_one_persons_requests_only_one_takes_a_turn_and_of_those_erased_any_number_had_it(
    store: Store,
) -> None:
    one, other, third, fourth = (a_filing(number) for number in range(1, 5))
    outcome = await ending(store, one, other, applicant_ref="A-1")
    assert (outcome.clashed, outcome.taken) == ({other.id}, {other.id: (TURN, one.id)})
    known = await other_of(store, other.id, third.id)
    assert known is not None
    assert known.turns == 0, "those of another person count for themselves"
    assert not (await ending(store, third, fourth, applicant_ref=None)).lost


async def test_the_last_turn_is_read_before_a_request_ends(store: Store) -> None:
    one, other = a_filing(1), a_filing(2)
    case = one.case
    assert case is not None
    assert not (await ending(store, other, applicant_ref=case.applicant_ref)).lost
    known = await other_of(store, one.id, other.id)
    assert known is not None
    assert (known.turns, known.applicant_ref) == (1, case.applicant_ref)


async def test_a_case_is_found_by_its_code_and_a_desks_promises_by_their_hour(store: Store) -> None:
    case = a_filing(7).case
    assert case is not None
    found = await by_code(store, case.tracking_code)
    assert found is not None
    assert found.state.id == a_filing(7).id
    assert await by_code(store, "00000000000000") is None
    promised = case.commitments[0].promised_at
    assert await desk_work(store, case.desk_id, MORNING, None, 100) == ([], None)
    assert len((await desk_work(store, case.desk_id, promised + timedelta(hours=1), None, 100))[0]) == FILINGS


async def test_a_desks_list_is_whole_and_in_its_order_however_long_the_pages(store: Store) -> None:
    """Domain 12.24. Of sixty cases of one second each third is to be told, each third broken, each third due."""
    needs = [(), (Attention.PROMISE_BROKEN,), (Attention.PROMISE_BROKEN, Attention.TELL_CITIZEN)]
    documents = await store.load(REQUEST, [a_filing(number).id for number in range(FILINGS)])
    for number, document in enumerate(documents.values()):
        case = document.state.case
        tell_by = MORNING + timedelta(minutes=number % 7) if number % 3 == 2 else None
        needing = case.model_copy(update={"attention": needs[number % 3], "tell_by": tell_by})
        document.state = document.state.model_copy(update={"case": needing})
    await store.write(REQUEST, list(documents.values()), MORNING)
    desk, due = needing.desk_id, needing.commitments[0].promised_at + timedelta(hours=1)
    whole, _ = await desk_work(store, desk, due, None, 100)
    waits = [(stored.state.case.attention, stored.state.case.tell_by) for stored in whole if stored.state.case]
    assert [attention for attention, _ in waits] == [needs[2]] * 20 + [needs[1]] * 20 + [needs[0]] * 20
    hours = [tell_by for _, tell_by in waits[:20] if tell_by]
    assert hours == sorted(hours)
    for length in (1, 7, 20):
        seen: list[str] = []
        position: dict[str, str] | None = None
        while True:
            page, position = await desk_work(store, desk, due, position, length)
            seen += [stored.id for stored in page]
            if position is None:
                break
        assert seen == [stored.id for stored in whole]


async def test_open_promises_that_a_day_lies_before_are_counted_and_paged(store: Store) -> None:
    """Domain 12.9: a closure lists the promises that cross it. 12.24: all of them, page by page, also of those whose
    work stands still."""
    documents = await store.load(REQUEST, [a_filing(number).id for number in range(FILINGS)])
    for document in list(documents.values())[::2]:
        stands = the_case(document.state)[1].model_copy(update={"state": RequestState.SUSPENDED, "next_due": None})
        document.state = document.state.model_copy(update={"case": stands})
    await store.write(REQUEST, list(documents.values()), MORNING)
    case = a_filing(0).case
    assert case is not None
    desks, calendar, due = [case.desk_id], case.commitments[0].calendar.id, case.commitments[0].promised_at
    seen: list[Stored[Request]] = []
    place: dict[str, str] | None = None
    while True:
        total, page = await promises_crossing(store, desks, calendar, due - timedelta(days=1), place, 25)
        assert total == FILINGS
        seen += page
        if len(page) < 25:
            break
        place = decode_cursor(place_of(page[-1]), desk=str, due=str, id=str)
    assert len({stored.id for stored in seen}) == len(seen) == FILINGS
    runs = [the_case(stored.state)[1].next_due is not None for stored in seen]
    assert runs == [False] * 30 + [True] * 30
    assert (await promises_crossing(store, desks, calendar, due + timedelta(days=1), None, 25))[0] == 0
    assert (await promises_crossing(store, ["wa-tax-desk"], calendar, MORNING, None, 25))[0] == 0
    assert (await promises_crossing(store, desks, "another", MORNING, None, 25))[0] == 0
    assert (await promises_crossing(store, desks, calendar, MORNING, None, 25, visits=False))[0] == FILINGS
