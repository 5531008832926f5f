"""Cases on real MongoDB: nothing personal stands in any byte of it, and each opens under its applicant's key (I12)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo import MongoClient

from services.contracts.routing import ResultKind
from services.intake.access import ACCESS, INDEXED, Accesses, Outcome, What
from services.intake.domain.case_parts import Objection
from services.intake.domain.request import Request, the_case
from services.intake.handlers import REQUEST
from services.intake.store import INDEXES
from services.runtime.clock import SystemClock
from services.runtime.document import Document
from services.runtime.keyring import KEYS, WrongSealKey
from services.runtime.lookups import Unreadable
from services.runtime.store import Store
from tests.support.plans import stages
from tests.support.stack import Stack
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    answered,
    file_at_desk,
    person,
    state_of,
)

SEAL_KEY = b"a seal key that has 32 bytes, ok"
WORDS = ("قناری‌زرد", "اعتراض‌قناری")
NAME, MOBILE, VALUE = "زهرا رضایی", "9121234567", "0013542419"


@pytest.fixture
def name() -> str:
    return f"intake{uuid4().hex[:8]}"


@pytest.fixture
async def store(stack: Stack, name: str) -> AsyncIterator[Store]:
    store = Store.open(stack.mongo, name, INDEXES, SEAL_KEY)
    await store.prepare([REQUEST])
    yield store
    await store.close()


def a_request(key: str = "1", **fields: Any) -> Request:
    """Outside the line of its person, so that several may be written as they are."""
    filed = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, key=key, note=WORDS[0], **fields)
    request, case = the_case(state_of(filed))
    return request.model_copy(update={"case": case.model_copy(update={"place": None})})


async def write(store: Store, *requests: Request, version: int = 0) -> None:
    outcome = await store.write(REQUEST, [Document(r.id, version=version, state=r) for r in requests], MORNING)
    assert not outcome.lost


def raw(stack: Stack, name: str) -> bytes:
    """Every byte of every document of a database."""
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        database: Any = mongo[name]
        return b"".join(batch for c in database.list_collection_names() for batch in database[c].find_raw_batches())


async def test_nothing_personal_stands_in_any_byte(store: Store, stack: Stack, name: str) -> None:
    await write(store, a_request())
    stored = raw(stack, name)
    for secret in (NAME, *NAME.split(), MOBILE, VALUE, *WORDS):
        assert secret.encode() not in stored
    found = await store.get(REQUEST, a_request().id)
    assert found is not None
    assert found.state == a_request()
    assert (await store.load(REQUEST, [a_request().id]))[a_request().id].state == a_request()


async def test_the_words_of_an_objection_are_sealed_too(store: Store, stack: Stack, name: str) -> None:
    refused = state_of(answered(a_request(), kind=ResultKind.REFUSED, ground="مادهٔ ۱"))
    request, case = the_case(refused)
    objection = Objection(at=MORNING, reason=WORDS[1], officer_id=PERMITS_OFFICER)
    request = request.model_copy(update={"case": case.model_copy(update={"earlier": (case.over(objection),)})})
    await write(store, request)
    assert WORDS[1].encode() not in raw(stack, name)
    found = await store.get(REQUEST, request.id)
    assert found is not None
    assert found.state == request


async def test_a_case_from_before_is_read_and_sealed_with_its_next_write(store: Store, stack: Stack, name: str) -> None:
    request = a_request()
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        mongo[name]["request"].insert_one({"_id": request.id, "version": 1, "state": request.to_wire()})
    assert VALUE.encode() in raw(stack, name)
    found = await store.get(REQUEST, request.id)
    assert found is not None
    assert found.state == request
    await write(store, request, version=1)
    assert VALUE.encode() not in raw(stack, name)
    assert (await store.load(REQUEST, [request.id]))[request.id].state == request


async def test_a_spoilt_seal_is_unreadable_and_harms_no_other(store: Store, stack: Stack, name: str) -> None:
    good, bad = a_request("1"), a_request("2")
    await write(store, good, bad)
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        mongo[name]["request"].update_one({"_id": bad.id}, {"$set": {"state.case.sealed": b"\0\0\0\1spoilt"}})
    with pytest.raises(Unreadable):
        await store.get(REQUEST, bad.id)
    documents = await store.load(REQUEST, [good.id, bad.id])
    assert documents[good.id].state == good
    assert documents[bad.id].state is None
    assert documents[bad.id].unreadable is not None


async def test_a_damaged_key_keeps_nobody_else_from_being_written(store: Store, stack: Stack, name: str) -> None:
    await write(store, *(a_request(f"first-{n}", applicant=a_person(n)) for n in range(3)))
    bad = a_request("again-1", applicant=a_person(1))
    _, case = the_case(bad)
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        mongo[name][KEYS].update_one({"_id": case.applicant_ref}, {"$set": {"k": b"\x01damaged"}})
    fresh = Store.open(stack.mongo, name, INDEXES, SEAL_KEY)
    await fresh.prepare([REQUEST])
    requests = [a_request("again-0", applicant=a_person(0)), bad, a_request("again-2", applicant=a_person(2))]
    outcome = await fresh.write(REQUEST, [Document(r.id, state=r) for r in requests], MORNING)
    assert (outcome.lost, outcome.unstorable, outcome.unsealed) == (set(), set(), {bad.id})
    assert set(await fresh.load(REQUEST, [r.id for r in requests])) == {requests[0].id, requests[2].id}
    await fresh.close()


async def test_two_processes_that_meet_a_person_at_once_seal_with_one_key(
    store: Store, stack: Stack, name: str
) -> None:
    others = [Store.open(stack.mongo, name, INDEXES, SEAL_KEY) for _ in range(4)]
    requests = [[a_request(f"{process}-{n}", applicant=a_person(n)) for n in range(20)] for process in range(4)]
    await asyncio.gather(*(write(other, *batch) for other, batch in zip(others, requests, strict=True)))
    fresh = Store.open(stack.mongo, name, INDEXES, SEAL_KEY)
    found = await fresh.get_many(REQUEST, [request.id for batch in requests for request in batch])
    assert len(found) == 80
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        assert mongo[name][KEYS].count_documents({"_id": {"$regex": "^A-"}}) == 20
    for other in (*others, fresh):
        await other.close()


def a_person(number: int) -> dict[str, Any]:
    return person(scheme="PASSPORT", value=f"P{number:07}", mobile=f"0912{number:07}")


async def test_whoever_is_remembered_costs_no_question(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hot path: one insert for the persons of a batch, and nothing when all are known."""
    asked = 0
    keys = store.keyring._collection

    class Counting:
        def __getattr__(self, operation: str) -> Any:
            nonlocal asked
            asked += 1
            return getattr(keys, operation)

    monkeypatch.setattr(store.keyring, "_collection", Counting())
    await write(store, *(a_request(str(n), applicant=a_person(n)) for n in range(50)))
    assert asked == 1
    await write(store, *(a_request(f"again-{n}", applicant=a_person(n)) for n in range(50)))
    await store.get_many(REQUEST, [a_request("1").id])
    assert asked == 1


async def test_the_service_does_not_start_with_another_seal_key(store: Store, stack: Stack, name: str) -> None:
    other = Store.open(stack.mongo, name, INDEXES, b"some other key that has 32 bytes")
    with pytest.raises(WrongSealKey):
        await other.prepare([REQUEST])
    await other.close()


async def test_a_person_is_found_by_each_number_and_name_that_they_came_with(store: Store) -> None:
    await write(store, a_request("1"), a_request("2", applicant=person(mobile="09350000001", name="زهرا رضائي")))
    keyring, org = store.keyring, "wa-municipality-urmia"
    ref = the_case(a_request())[1].applicant_ref
    assert ref is not None
    for term in ("mobile|+989121234567", "mobile|+989350000001", "name|زهرا", "name|رضایی"):
        assert await keyring.bearing([f"{org}|{term}"], 5) == [ref]
    assert await keyring.bearing(["wa-tax|name|زهرا"], 5) == [], "another agency's officers"


async def test_keys_and_the_record_of_accesses_are_read_by_their_indexes(store: Store, stack: Stack, name: str) -> None:
    journal = store.journal(ACCESS, INDEXED)
    await journal.prepare()
    accesses = Accesses(journal, SystemClock())
    for number in range(40):
        await accesses.note(What.SEARCH, Outcome.GIVEN, cases=[a_request(str(number % 2))])
    page = await accesses.of({"requestIds": a_request("1").id, "orgIds": "wa-municipality-urmia"}, None, 15)
    rest = await accesses.of({"requestIds": a_request("1").id}, page[-1]["_id"], 15)
    ids = [row["_id"] for row in (*page, *rest)]
    assert (len(page), len(rest), ids) == (15, 5, sorted(ids, reverse=True))
    (ref,) = page[0]["applicantRefs"]
    await accesses.forget_whose({a_request("1").id}, {ref, "A-who-spoke-for-them"})
    theirs = await accesses.of({"applicantRefs": ref}, None, 50)
    assert {id for row in theirs for id in row["requestIds"]} == {a_request("0").id}, "of one case it is forgotten"
    assert len(await accesses.of({"requestIds": a_request("1").id}, None, 50)) == 20, "that it was read is not"
    asked: list[tuple[str, dict[str, Any], dict[str, int]]] = [
        (ACCESS, {"requestIds": "1", "orgIds": "a", "_id": {"$lt": "2"}}, {"_id": -1}),
        (ACCESS, {"applicantRefs": "1"}, {"_id": -1}),
        (KEYS, store.keyring.by_terms(["one", "two"]), {}),
        (KEYS, {"retired.at": {"$lte": MORNING}}, {"retired.at": 1}),
    ]
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        for collection, query, sort in asked:
            command = {"find": collection, "filter": query, **({"sort": sort} if sort else {})}
            plan = stages(mongo[name].command("explain", command, verbosity="queryPlanner")["queryPlanner"])
            assert "IXSCAN" in plan, query
            assert plan.isdisjoint({"COLLSCAN", "SORT"}), query


async def test_a_destroyed_key_closes_what_it_sealed_in_every_process(store: Store, stack: Stack, name: str) -> None:
    """And nothing else: who comes again has a key of their own, others theirs."""
    other = Store.open(stack.mongo, name, INDEXES, SEAL_KEY, key_seconds=0)
    await write(store, a_request("1"), a_request("2", applicant=a_person(1)))
    ref = the_case(a_request())[1].applicant_ref
    assert ref is not None
    retired = await store.keyring.retire(ref, MORNING, {"why": "asked"})
    assert (await store.keyring.retire(ref, MORNING + timedelta(days=1), {})).at == MORNING, "asked twice, one erasure"
    assert [erasure.owner for erasure in await store.keyring.retired(MORNING)] == [ref]
    assert await store.keyring.bearing(["wa-municipality-urmia|mobile|+989121234567"], 5) == []
    await write(store, a_request("3"))
    found = await other.get(REQUEST, a_request("1").id)
    assert found is not None
    assert found.state == a_request("1"), "as long as the key is only retired"
    await store.keyring.destroy(retired, [])
    assert await store.keyring.retired(MORNING) == []
    for process in (store, other):
        gone = await process.get(REQUEST, a_request("1").id)
        assert gone is not None
        _, case = the_case(gone.state)
        assert (case.erased, case.applicant, case.note) == (True, None, None)
        for key, applicant in (("2", a_person(1)), ("3", person())):
            there = await process.get(REQUEST, a_request(key).id)
            assert there is not None
            assert there.state == a_request(key, applicant=applicant)
    await other.close()
