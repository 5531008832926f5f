"""A command is answered once, on the version it meant, and never before what waits (design 1 and 5)."""

import pytest

from services.contracts.decision import Refused
from services.runtime.message import Broken, Held, Unavailable
from tests.support import ledger
from tests.support.ledger import ACCOUNT, Credit, paid
from tests.support.ledger_door import a_door


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
