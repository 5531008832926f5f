"""What cannot be decided now is parked and tried again, then a dead letter: never lost or overtaken (design 5)."""

import contextlib

import pytest

from services.runtime.letters import open_letter
from services.runtime.message import Held
from services.runtime.publisher import BrokerAway
from services.runtime.seal import Sealer
from tests.support import bank
from tests.support.bank import ACCOUNT, Credit, a_door, letters, paid


async def test_12_22_a_fault_in_a_rule_parks_that_key_and_no_other() -> None:
    door = a_door()
    bank.BROKEN.add(13)
    await door.records(paid("a", 13, 1), paid("a", 2, 2), paid("b", 3, 1))
    assert door.state(ACCOUNT, "a") is None
    assert door.state(ACCOUNT, "b").total == 3
    bank.BROKEN.clear()
    await door.tick(seconds=6)
    assert door.state(ACCOUNT, "a").credits == (13, 2), "the parked one first, then what waited behind it"


async def test_the_sender_is_told_once_that_its_message_is_held() -> None:
    door = a_door()
    bank.BROKEN.add(13)
    await door.records(paid("a", 13, 1))
    await door.tick(seconds=6)
    held = [e for e in door.publisher.events(bank.TARGET.name) if e["ce_type"].endswith("account.held.v1")]
    assert len(held) == 1


async def test_after_its_retries_a_failed_message_is_a_dead_letter_and_its_key_waits_for_the_operator() -> None:
    door = a_door(retry_seconds=(5, 60))
    bank.BROKEN.add(13)
    first = paid("a", 13, 1)
    await door.records(first)
    await door.tick(seconds=6)
    await door.tick(seconds=61)
    letters = door.publisher.events("mizban.routing.dlq")
    assert [(x["dl_code"], x["dl_attempts"], x["dl_offset"]) for x in letters] == [("ZeroDivisionError", "3", "0")]
    await door.records(paid("a", 2, 2))
    await door.tick(hours=10)
    assert door.state(ACCOUNT, "a") is None, "nothing overtakes what the operator has to look at"
    bank.BROKEN.clear()
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
    bank.BROKEN.add(13)
    await door.records(paid("a", 13, 1))
    door.publisher.away = True
    with contextlib.suppress(BrokerAway):
        await door.tick(seconds=6)
    assert door.publisher.events("mizban.routing.dlq") == []
    door.publisher.away = False
    await door.tick(seconds=5)
    await door.tick(seconds=5)
    assert [x["dl_code"] for x in door.publisher.events("mizban.routing.dlq")] == ["ZeroDivisionError"]


async def test_messages_that_wait_have_their_bound_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.runtime.parking.PARKED_BYTES", 1000)
    door = a_door()
    bank.BROKEN.add(13)
    await door.records(*(paid("a", 13, n, offset=n) for n in range(1, 11)))
    parked = door.store.collections["account"]["a"]["parked"]
    assert sum(len(each["m"]) for each in parked[:-1]) <= 1000
    assert letters(door) == [("PARK_FULL", str(n)) for n in range(len(parked) + 1, 11)]


async def test_parked_messages_and_dead_letters_are_sealed() -> None:
    door = a_door(retry_seconds=(5,))
    bank.BROKEN.add(1313131313)
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
