"""An SMS gateway in memory, for tests: held to the same suite as the real adapter (contract/test_providers.py)."""

from dataclasses import dataclass, field

from services.contracts.notify import MessageState
from services.notify.providers import (
    Acceptance,
    NonRetryable,
    NotReached,
    Outgoing,
    ProviderError,
    Retryable,
    Throttled,
    Unknown,
)


@dataclass
class Accepted:
    id: str
    ref: str
    to: str
    text: str
    state: MessageState = MessageState.SENT


@dataclass
class FakeGateway:
    """`behaviour` is the fate of every call: accept, reject, throttle, hang, garble, accept-then-drop, busy, away."""

    behaviour: str = "accept"
    name: str = "sim"
    can_ask: bool = True
    accepted: list[Accepted] = field(default_factory=list, repr=False)
    calls: int = 0
    questions: int = 0

    async def send(self, to: str, letter: Outgoing, ref: str) -> Acceptance:
        self.calls += 1
        if self.behaviour not in ("accept", "accept-then-drop"):
            raise _REFUSALS[self.behaviour]
        message = Accepted(f"fake-{len(self.accepted) + 1}", ref, to, letter.text)
        self.accepted.append(message)
        if self.behaviour == "accept-then-drop":
            raise Unknown("CONNECTION_LOST")
        return Acceptance(message.id, message.state)

    async def ask(self, ref: str) -> Acceptance | None:
        self.questions += 1
        if self.behaviour == "away":
            raise _REFUSALS["away"]
        found = [Acceptance(message.id, message.state) for message in self.accepted if message.ref == ref]
        return found[-1] if found else None

    def state_of(self, word: str) -> MessageState | None:
        words = {"ACCEPTED": "SENT", "DELIVERED": "DELIVERED", "FAILED": "PERM_FAILED", "FILTERED": "FILTERED"}
        return MessageState(words[word.upper()]) if word.upper() in words else None

    async def close(self) -> None:
        """Nothing is open."""


_REFUSALS: dict[str, ProviderError] = {
    "reject": NonRetryable("HTTP_400"),
    "throttle": Throttled(1),
    "hang": Unknown("TIMEOUT"),
    "garble": Unknown("NOT_JSON"),
    "busy": Retryable("HTTP_503"),
    "away": NotReached("UNREACHABLE"),
}
