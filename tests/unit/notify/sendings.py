"""A message that was handed to the gateway once, and what became of the call."""

from services.contracts.decision import Decision
from services.notify.domain.answers import Declined, declined
from services.notify.domain.correspondence import Correspondence
from tests.unit.notify.cases import told, world

SENT_ONCE = told()


def fail(state: Correspondence, *, again: bool = True) -> Decision[Correspondence]:
    (message,) = state.messages
    answer = Declined(message_id=message.id, turn=message.turn, reason="HTTP_503", again=again)
    return declined(state, answer, world(message.history[-1].at))
