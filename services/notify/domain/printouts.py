"""A message on paper: it waits at the desk, and has arrived when an officer has handed it over (domain 8, I9)."""

from services.contracts.decision import Decision, Refused, World
from services.contracts.wire import Command, Id, Wire
from services.notify.domain.correspondence import Correspondence, unknown_message, waits_at_desk
from services.notify.domain.message import DELIVERED, EXPIRED, Step
from services.notify.domain.rules import Rules
from services.notify.domain.sending import pointless
from services.notify.domain.templates import Channel

HANDED_OVER = "HANDED_OVER"


class HandedOver(Command):
    """POST /v1/printouts/{messageId}/handed-over."""

    officer_id: Id


class HandOver(Wire):
    """The desk's word that this paper is in the hands of its person."""

    message_id: Id
    command: HandedOver


def handed_over(state: Correspondence | None, word: HandOver, world: World[Rules]) -> Decision[Correspondence]:
    """Its receipt. Said again, also by another officer, it changes nothing: the first who said it stays named.

    Raises Refused UNKNOWN_MESSAGE; NOT_WAITING, where it need not be told any more, or is not there yet.
    """
    if state is None:
        raise unknown_message()
    message = state.message(word.message_id)
    if message.channel is not Channel.PRINT:
        raise unknown_message()
    if message.state is DELIVERED:
        return Decision(state)
    if not waits_at_desk(message):
        raise Refused("NOT_WAITING", "this paper does not wait to be handed over", state=message.state)
    step = Step(message).to(DELIVERED, world.now, HANDED_OVER, handed_over_by=word.command.officer_id)
    return state.after([step], world.now)


def taken_back(step: Step, correspondence: Correspondence, world: World[Rules]) -> Step:
    """One that waits at the desk: EXPIRED as soon as it would tell what is not so any more, or is told already."""
    reason = pointless(step.message, correspondence)
    return step if reason is None else step.to(EXPIRED, world.now, reason)
