"""What notify relies on in any SMS gateway.

One suite for the gateway of the tests and for the HTTP adapter, in process and over a real connection.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from services.contracts.notify import MessageState
from services.notify.providers import NonRetryable, Outgoing, Provider, Throttled, Unknown
from services.ops import sms_simulator
from services.runtime.client import client
from tests.support.fake_gateway import FakeGateway
from tests.support.gateways import TEXT, TO, gateway_over, in_process, simulator
from tests.support.served import served

FAULTS = {
    "reject": {"rejectRate": 1},
    "throttle": {"status429Rate": 1},
    "hang": {"timeoutRate": 1},
    "accept-then-drop": {"acceptThenDropRate": 1},
}


@dataclass
class Rig:
    """A gateway, how to make it misbehave, and what it has accepted under a reference."""

    provider: Provider
    misbehave: Callable[[str], None]
    accepted: Callable[[str], int]


@pytest.fixture(params=["fake", "http in process", "http over a connection"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    if request.param == "fake":
        fake = FakeGateway()

        def behave(how: str) -> None:
            fake.behaviour = how

        yield Rig(fake, behave, lambda ref: sum(message.ref == ref for message in fake.accepted))
        return
    gateway = simulator()
    app = sms_simulator.application(gateway)

    def misbehave(how: str) -> None:
        gateway.faults = sms_simulator.Faults.of(FAULTS.get(how, {}))

    def accepted(ref: str) -> int:
        return len(gateway.accepted(ref))

    if request.param == "http in process":
        adapter = gateway_over(in_process(app))
        yield Rig(adapter, misbehave, accepted)
        await adapter.close()
        await gateway.close()
        return
    async with served(app) as url:
        adapter = gateway_over(client(url))
        yield Rig(adapter, misbehave, accepted)
        await adapter.close()


async def test_an_accepted_message_is_known_under_our_reference(rig: Rig) -> None:
    acceptance = await rig.provider.send(TO, Outgoing(TEXT), "r.1")
    assert acceptance.state is MessageState.SENT
    known = await rig.provider.ask("r.1")
    assert known is not None
    assert known.id == acceptance.id


async def test_a_reference_never_accepted_is_denied(rig: Rig) -> None:
    await rig.provider.send(TO, Outgoing(TEXT), "r.1")
    assert await rig.provider.ask("r.2") is None


async def test_asking_sends_nothing(rig: Rig) -> None:
    await rig.provider.send(TO, Outgoing(TEXT), "r.1")
    await rig.provider.ask("r.1")
    await rig.provider.ask("r.2")
    assert (rig.accepted("r.1"), rig.accepted("r.2")) == (1, 0)


async def test_a_rejected_message_is_not_to_be_tried_again(rig: Rig) -> None:
    rig.misbehave("reject")
    with pytest.raises(NonRetryable):
        await rig.provider.send(TO, Outgoing(TEXT), "r.1")
    assert rig.accepted("r.1") == 0


async def test_a_gateway_that_wants_a_pause_has_not_taken_the_message(rig: Rig) -> None:
    rig.misbehave("throttle")
    with pytest.raises(Throttled) as throttled:
        await rig.provider.send(TO, Outgoing(TEXT), "r.1")
    assert (throttled.value.reason, throttled.value.pause) == ("THROTTLED", 1)
    assert rig.accepted("r.1") == 0


async def test_a_call_without_an_answer_is_an_unknown_outcome_and_a_later_question_clears_it_up(rig: Rig) -> None:
    rig.misbehave("hang")
    with pytest.raises(Unknown):
        await rig.provider.send(TO, Outgoing(TEXT), "r.1")
    rig.misbehave("accept")
    assert await rig.provider.ask("r.1") is None


async def test_a_message_accepted_behind_a_broken_connection_is_an_unknown_outcome_and_then_found(rig: Rig) -> None:
    rig.misbehave("accept-then-drop")
    with pytest.raises(Unknown):
        await rig.provider.send(TO, Outgoing(TEXT), "r.1")
    rig.misbehave("accept")
    assert await rig.provider.ask("r.1") is not None
    assert rig.accepted("r.1") == 1


async def test_its_words_are_a_closed_list(rig: Rig) -> None:
    words = {word: rig.provider.state_of(word) for word in ("DELIVERED", "FAILED", "FILTERED", "delivered", "LOST")}
    assert words == {
        "DELIVERED": MessageState.DELIVERED,
        "FAILED": MessageState.PERM_FAILED,
        "FILTERED": MessageState.FILTERED,
        "delivered": MessageState.DELIVERED,
        "LOST": None,
    }
