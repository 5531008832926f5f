"""The door: once only, in order, nothing lost (design 1 and 5; I11). Real engine, store and broker in memory."""

import asyncio
import contextlib
import time
from types import SimpleNamespace
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.ops.chance import chance_of
from services.runtime.broker import BrokerAway
from services.runtime.entity import events
from services.runtime.letters import open_letter
from services.runtime.message import Broken, Held, Unavailable
from services.runtime.seal import Sealer
from services.runtime.store import StoreAway
from tests.support import ledger
from tests.support.ledger import ACCOUNT, INBOUND, LEDGER, OUTSIDE, Credit, Paid, paid
from tests.support.memory_door import MemoryDoor, MemoryStore


@pytest.fixture(autouse=True)
def _mended() -> None:
    ledger.BROKEN.clear()


def a_door(**options: Any) -> MemoryDoor:
    return MemoryDoor("routing", [ACCOUNT, LEDGER], inbound=[INBOUND, OUTSIDE], **options)


async def test_an_event_takes_effect_once_however_often_it_comes() -> None:
    door = a_door()
    await door.records(paid("a", 10, 1), paid("a", 10, 1))
    await door.records(paid("a", 10, 1), paid("a", 20, 2))
    assert door.state(ACCOUNT, "a").credits == (10, 20)
    assert door.state(LEDGER, "all").entries == 2
    assert [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)] == ["1", "2"]
    assert door.metric("mizban_duplicates_total", source="event") == 2


async def test_event_ids_are_the_same_when_an_unacknowledged_event_is_sent_again() -> None:
    door = a_door()
    door.publisher.accept = 0
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 10, 1))
    door.publisher.accept = None
    await door.records(paid("a", 10, 1))  # Kafka gives the batch again: nothing new is decided, the outbox goes out
    await door.records(paid("a", 20, 2))
    events = door.publisher.events(ledger.TARGET.name)
    assert [(e["ce_sequence"], e["ce_subject"]) for e in events] == [("1", "a"), ("2", "a")]
    assert len({e["ce_id"] for e in events}) == 2


async def test_whoever_publishes_an_entity_sends_its_whole_outbox_head_first() -> None:
    door = a_door()
    door.publisher.away = True
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 1, 1), paid("a", 2, 2))
    door.publisher.away = False
    await door.records(paid("a", 3, 3))
    assert [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)] == ["1", "2", "3"]
    assert door.store.collections["account"]["a"]["outbox"] == []


async def test_the_scanner_sends_what_a_crashed_writer_left_unsent() -> None:
    door = a_door()
    door.publisher.away = True
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 1, 1))
    door.publisher.away = False
    await door.tick(seconds=3)
    assert [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)] == ["1"]


async def test_clearing_goes_on_after_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.outboxes.LINGER_SECONDS", 0.02)
    door = a_door()
    door.clears = False
    real, faults = door.store.clear, iter([ValueError("something of the server's"), None])

    async def clear(entity: Any, sent: Any) -> None:
        if (fault := next(faults, None)) is not None:
            raise fault
        await real(entity, sent)

    monkeypatch.setattr(door.store, "clear", clear)
    clearing = asyncio.create_task(door.door.clear())
    for account in "ab":
        await door.records(paid(account, 1, 1))
        await asyncio.sleep(0.7)
    assert not clearing.done()
    clearing.cancel()
    assert door.store.collections["account"]["b"]["outbox"] == []
    await door.tick(seconds=3)
    await door.door.clear_now()
    assert door.store.collections["account"]["a"]["outbox"] == [], "the scanner has met it again"
    assert len(door.publisher.events(ledger.TARGET.name)) == 2, "and nothing was sent twice"


async def test_a_large_batch_lets_others_have_their_turn() -> None:
    door = a_door()
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(another())
    await door.records(*[paid(f"a{n}", 1, 1, offset=n) for n in range(1000)])
    waiting.cancel()
    assert turns >= 18, "nine while they are read, nine while they are decided"


async def test_of_a_partly_acknowledged_outbox_the_rest_is_sent_in_order_and_then_it_is_cleared() -> None:
    door = a_door()
    door.publisher.accept = 1
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 1, 1), paid("a", 2, 2))
    assert [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)] == ["1"]
    door.publisher.accept = None
    await door.tick(seconds=3)
    assert [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)] == ["1", "2"]
    assert door.store.collections["account"]["a"]["outbox"] == []


async def test_what_another_has_written_since_is_not_cleared_with_what_was_sent() -> None:
    store = MemoryStore()
    door, other = a_door(store=store), a_door(store=store)
    door.clears = other.clears = False
    await door.records(paid("a", 1, 1))
    other.publisher.away = True
    with pytest.raises(BrokerAway):
        await other.records(paid("a", 2, 2))
    await door.door.clear_now()
    await door.tick(seconds=3)
    assert [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)] == ["1", "2"]
    await door.door.clear_now()
    assert store.collections["account"]["a"]["outbox"] == []


async def test_a_lost_race_is_found_out_and_decided_again() -> None:
    store = MemoryStore()
    door, other = a_door(store=store), a_door(store=store)
    await door.records(paid("a", 1, 1))
    raced = False

    def race(id: str) -> None:
        nonlocal raced
        if id == "a" and not raced:
            raced = True
            row = store.collections["account"]["a"]
            row["version"] += 1
            row["state"] = {**row["state"], "total": 100}

    store.before_write = race
    await other.records(paid("a", 2, 2))
    assert other.state(ACCOUNT, "a").total == 102
    assert other.metric("mizban_conflicts_total") == 1


async def test_a_taken_identifier_is_decided_again_with_another() -> None:
    door = a_door(store=MemoryStore(unique={"account": "code"}))
    await door.records(paid("a", 5, 1))
    await door.records(paid("b", 5, 1))
    assert (door.state(ACCOUNT, "a").code, door.state(ACCOUNT, "b").code) == ("code-0", "code-1")


async def test_nothing_is_committed_while_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.door.STORE_PATIENCE", 0.0)
    door = a_door()
    door.store.away = True
    with pytest.raises(StoreAway):
        await door.records(paid("a", 1, 1))
    door.store.away = False
    await door.records(paid("a", 1, 1))
    assert door.state(ACCOUNT, "a").total == 1


@pytest.mark.parametrize(("seconds", "held"), [(14.0, True), (16.0, False)])
async def test_the_patience_with_the_store_is_one_for_all_rounds_of_a_batch(
    seconds: float, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer, and the consumer would lose its place in the group. Twice away, once in each of two rounds."""
    passed, away = [0.0], {"a", "all"}
    watch = SimpleNamespace(monotonic=lambda: passed[0], perf_counter=time.perf_counter, time=time.time)
    monkeypatch.setattr("services.runtime.door.time", watch)
    door = a_door()

    def fail_once(id: str) -> None:
        if id in away:
            away.remove(id)
            passed[0] += seconds
            raise StoreAway("away")

    door.store.before_write = fail_once
    with contextlib.nullcontext() if held else pytest.raises(StoreAway):
        await door.records(paid("a", 10, 1))
    assert (door.state(LEDGER, "all") is not None) == held


async def test_an_event_that_overtook_another_waits_for_it() -> None:
    door = a_door()
    await door.records(paid("a", 30, 3), paid("a", 20, 2))
    assert door.state(ACCOUNT, "a") is None
    await door.records(paid("a", 10, 1))
    assert door.state(ACCOUNT, "a").credits == (10, 20, 30)
    assert "parked" not in door.store.collections["account"]["a"]


async def test_any_order_and_any_repetition_give_the_same_state() -> None:
    sent = [paid("a", n, n) for n in range(1, 9)]
    for seed in range(40):
        chance = chance_of(seed)
        door = a_door()
        shuffled = sent + chance.choices(sent, k=6)
        chance.shuffle(shuffled)
        while shuffled:
            size = chance.randint(1, 5)
            batch, shuffled = shuffled[:size], shuffled[size:]
            await door.records(*batch)
        assert door.state(ACCOUNT, "a").credits == tuple(range(1, 9)), f"seed {seed}"
        assert [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)] == [str(n) for n in range(1, 9)]


async def test_a_gap_that_is_never_filled_holds_up_for_a_bounded_time_and_is_told() -> None:
    door = a_door()
    await door.records(paid("a", 10, 2))
    await door.tick(seconds=29)
    assert door.state(ACCOUNT, "a") is None
    await door.tick(seconds=2)
    assert door.state(ACCOUNT, "a").total == 10
    assert door.metric("mizban_gaps_total") == 1


async def test_a_fault_in_a_rule_parks_that_key_and_no_other() -> None:
    door = a_door()
    ledger.BROKEN.add(13)
    await door.records(paid("a", 13, 1), paid("a", 2, 2), paid("b", 3, 1))
    assert door.state(ACCOUNT, "a") is None
    assert door.state(ACCOUNT, "b").total == 3
    ledger.BROKEN.clear()
    await door.tick(seconds=6)
    assert door.state(ACCOUNT, "a").credits == (13, 2), "the parked one first, then what waited behind it"


async def test_the_sender_is_told_once_that_its_message_is_held() -> None:
    door = a_door()
    ledger.BROKEN.add(13)
    await door.records(paid("a", 13, 1))
    await door.tick(seconds=6)
    held = [e for e in door.publisher.events(ledger.TARGET.name) if e["ce_type"].endswith("account.held.v1")]
    assert len(held) == 1


async def test_after_its_retries_a_failed_message_is_a_dead_letter_and_its_key_waits_for_the_operator() -> None:
    door = a_door(retry_seconds=(5, 60))
    ledger.BROKEN.add(13)
    first = paid("a", 13, 1)
    await door.records(first)
    await door.tick(seconds=6)
    await door.tick(seconds=61)
    letters = door.publisher.events("mizban.routing.dlq")
    assert [(x["dl_code"], x["dl_attempts"], x["dl_offset"]) for x in letters] == [("ZeroDivisionError", "3", "0")]
    await door.records(paid("a", 2, 2))
    await door.tick(hours=10)
    assert door.state(ACCOUNT, "a") is None, "nothing overtakes what the operator has to look at"
    ledger.BROKEN.clear()
    await door.records(first)  # the operator's replay keeps the event's id
    assert door.state(ACCOUNT, "a").credits == (13, 2)


async def test_a_dead_letter_of_a_remembered_event_is_not_lost_with_its_first_sending() -> None:
    """The process may end, or Kafka be away, after the write: the event is known when it comes again."""
    door = a_door()
    door.publisher.away = True
    with pytest.raises(BrokerAway):
        await door.records(paid("a", 666, 1))
    door.publisher.away = False
    await door.records(paid("a", 666, 1), paid("a", 2, 2))
    assert [x["dl_code"] for x in door.publisher.events("mizban.routing.dlq")] == ["DEVIL"]
    assert door.metric("mizban_dead_letters_total", code="DEVIL") == 1


async def test_a_message_given_up_while_kafka_is_away_becomes_a_dead_letter_when_it_is_back() -> None:
    """Its record left Kafka when it was parked: only the document can still send it."""
    door = a_door(retry_seconds=(5,))
    ledger.BROKEN.add(13)
    await door.records(paid("a", 13, 1))
    door.publisher.away = True
    with contextlib.suppress(BrokerAway):
        await door.tick(seconds=6)
    assert door.publisher.events("mizban.routing.dlq") == []
    door.publisher.away = False
    await door.tick(seconds=5)
    await door.tick(seconds=5)
    assert [x["dl_code"] for x in door.publisher.events("mizban.routing.dlq")] == ["ZeroDivisionError"]


async def test_parked_messages_and_dead_letters_are_sealed() -> None:
    door = a_door(retry_seconds=(5,))
    ledger.BROKEN.add(1313131313)
    await door.records(paid("a", 1313131313, 1))
    assert b"1313131313" not in bytes(door.store.collections["account"]["a"]["parked"][0]["m"])
    await door.tick(seconds=6)
    _, _, value, headers = next(r for r in door.publisher.sent if r[0].endswith(".dlq"))
    assert b"1313131313" not in value
    assert all(b"1313131313" not in v for _, v in headers)
    id = dict(headers)["dl_id"].decode()
    record = open_letter(value, id, Sealer(door.settings.seal_bytes()))
    assert b"1313131313" in (record.value or b"")


async def test_an_unknown_event_type_is_parked_never_dropped() -> None:
    door = a_door()
    await door.records(paid("a", 1, 1, type="account.frozen"), paid("a", 2, 2))
    assert door.state(ACCOUNT, "a") is None
    assert len(door.store.collections["account"]["a"]["parked"]) == 2


async def test_a_reference_that_may_be_on_its_way_is_waited_for_and_then_decided_without() -> None:
    door = a_door()
    await door.records(paid("a", 404, 1))
    await door.tick(seconds=2)
    assert door.state(ACCOUNT, "a") is None
    await door.tick(seconds=9)
    assert door.state(ACCOUNT, "a").total == 404


async def test_a_refused_event_is_not_a_dead_letter_and_does_not_stop_its_key() -> None:
    door = a_door()
    await door.records(paid("a", 0, 1), paid("a", 2, 2))
    assert door.state(ACCOUNT, "a").total == 2
    assert door.publisher.events("mizban.routing.dlq") == []


async def test_a_rule_may_give_a_record_up() -> None:
    door = a_door()
    await door.records(paid("a", 666, 1), paid("a", 2, 2))
    assert [x["dl_code"] for x in door.publisher.events("mizban.routing.dlq")] == ["DEVIL"]
    assert door.state(ACCOUNT, "a").total == 2


async def test_a_repeated_command_is_answered_as_before() -> None:
    door = a_door()
    first = await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")
    await door.submit(ACCOUNT, "a", Credit(amount=6), key="k2", caller="clerk")
    again = await door.submit(ACCOUNT, "a", Credit(amount=5), key="k1", caller="clerk")
    assert (again.answer, again.replayed) == (first.answer, True)
    assert door.state(ACCOUNT, "a").credits == (5, 6)
    with pytest.raises(Refused, match="IDEMPOTENCY_MISMATCH"):
        await door.submit(ACCOUNT, "a", Credit(amount=7), key="k1", caller="clerk")


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
    ledger.BROKEN.add(13)
    with pytest.raises(Broken):
        await door.submit(ACCOUNT, "a", Credit(amount=13))
    assert "a" not in door.store.collections.get("account", {})


async def test_a_command_does_not_overtake_a_parked_message() -> None:
    door = a_door()
    ledger.BROKEN.add(13)
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
    assert len(door.publisher.events(ledger.TARGET.name)) == 4


async def test_a_timer_due_at_once_fires_in_the_same_batch_and_only_once() -> None:
    door = a_door()
    await door.records(paid("a", 7, 1))
    await door.tick(seconds=5)
    assert door.state(ACCOUNT, "a").reminders == 1


async def test_a_failing_timer_moves_its_own_due_forward() -> None:
    door = a_door()
    ledger.BROKEN.add(7007)
    await door.records(paid("a", 7, 1))
    before = door.metric("mizban_failures_total", kind="timer")
    await door.tick(seconds=1)
    assert door.metric("mizban_failures_total", kind="timer") == before, "not tried again before its time"
    ledger.BROKEN.clear()
    await door.tick(seconds=5)
    assert door.state(ACCOUNT, "a").reminders == 1


async def test_effects_are_handed_out_once_by_the_write_that_won() -> None:
    door = a_door()
    await door.records(paid("a", 1, 1))
    await door.records(paid("a", 1, 1))
    assert [effect.effect for effect in door.effects] == [("print", 1)]


async def test_a_flood_of_faults_opens_the_breaker() -> None:
    door = a_door(breaker_failures=10)
    ledger.BROKEN.add(13)
    await door.records(*[paid(f"a{n}", 13, 1, offset=n) for n in range(20)])
    assert door.door.breaker_open


def a_skipping_door() -> MemoryDoor:
    """A bank that passes minor events over."""
    inbound = events(ledger.SOURCE, Paid, ACCOUNT, lambda event: event.account, ("account.paid",), skips_minor=True)
    return MemoryDoor("routing", [ACCOUNT, LEDGER], inbound=[inbound])


async def test_a_minor_event_is_passed_over_and_the_next_one_follows_on_what_came_before_it() -> None:
    door = a_skipping_door()
    await door.records(paid("a", 1, 1), paid("a", 9, 2, minor=True), paid("b", 9, 1, minor=True))
    await door.records(paid("a", 9, 3, after=1, minor=True), paid("a", 4, 4, after=1), paid("b", 2, 2, after=0))
    assert door.state(ACCOUNT, "a").credits == (1, 4)
    assert door.state(ACCOUNT, "b").credits == (2,)
    assert door.metric("mizban_gaps_total") == 0


async def test_who_passes_minor_events_over_still_waits_for_one_that_matters() -> None:
    door = a_skipping_door()
    await door.records(paid("a", 1, 1), paid("a", 4, 4, after=3), paid("a", 3, 3, after=1))
    assert door.state(ACCOUNT, "a").credits == (1, 3, 4)


async def test_who_reads_minor_events_takes_each_in_its_turn() -> None:
    door = a_door()
    await door.records(paid("a", 1, 1), paid("a", 3, 3, after=1), paid("a", 2, 2, minor=True))
    assert door.state(ACCOUNT, "a").credits == (1, 2, 3)


async def test_an_event_says_which_one_before_it_may_not_be_passed_over() -> None:
    door = a_door()
    for n, amount in enumerate((1, ledger.SMALL, ledger.SMALL, 4, 5), 1):
        await door.records(paid("a", amount, n))
    told = [(e["ce_sequence"], e.get("ce_after"), "ce_minor" in e) for e in door.publisher.events(ledger.TARGET.name)]
    assert told == [("1", None, False), ("2", None, True), ("3", "1", True), ("4", "1", False), ("5", None, False)]


async def test_what_is_acknowledged_leaves_the_outbox_with_the_next_write_of_its_entity() -> None:
    door = a_door()
    door.clears = False
    await door.records(paid("a", 1, 1))
    assert len(door.store.collections["account"]["a"]["outbox"]) == 2
    await door.records(paid("a", 2, 2))
    assert [e["q"] for e in door.store.collections["account"]["a"]["outbox"] if "t" in e] == [2]
    assert [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)] == ["1", "2"], "nothing twice"


async def test_what_was_acknowledged_before_a_crash_is_sent_once_more_and_then_cleared() -> None:
    store = MemoryStore()
    door = a_door(store=store)
    door.clears = False
    await door.records(paid("a", 1, 1))
    after = a_door(store=store)
    await after.tick(seconds=3)
    assert [e["ce_sequence"] for e in after.publisher.events(ledger.TARGET.name)] == ["1"]
    assert store.collections["account"]["a"]["outbox"] == []


async def test_two_batches_under_way_on_one_entity_do_not_send_its_events_twice() -> None:
    door = a_door()
    door.clears = False
    results = await asyncio.gather(*[door.submit(ACCOUNT, "a", Credit(amount=1), key=f"k{n}") for n in range(30)])
    await door.settle()
    sequences = [e["ce_sequence"] for e in door.publisher.events(ledger.TARGET.name)]
    assert sequences == [str(n) for n in range(1, 31)]
    assert len(results) == 30
    await door.door.clear_now()
    assert door.store.collections["account"]["a"]["outbox"] == []


async def test_a_state_that_this_version_cannot_read_makes_only_its_own_entity_wait() -> None:
    door = a_door()
    await door.records(paid("a", 7, 1), paid("b", 1, 1))
    row = door.store.collections["account"]["a"]
    row["state"] = {**row["state"], "total": "much"}
    await door.records(paid("a", 2, 2), paid("b", 2, 2))
    with pytest.raises(Held):
        await door.submit(ACCOUNT, "a", Credit(amount=1))
    assert door.state(ACCOUNT, "b").total == 3
    assert row["state"]["total"] == "much", "kept as it is"
    row = door.store.collections["account"]["a"]
    row["state"] = {**row["state"], "total": 7}
    await door.tick(seconds=6)
    assert door.state(ACCOUNT, "a").total == 9
