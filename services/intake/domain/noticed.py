"""What became of a message to the citizen, for the rule that waits for it."""

from services.contracts.decision import Decision, World
from services.contracts.notify import (
    ANNOUNCING,
    ASKING,
    REMINDING,
    RETIMING,
    RETIMING_VISITS,
    SENDING_TO_A_UNIT,
    WARNING,
    NoticeMoved,
)
from services.intake.domain import announcing, awaiting, collecting, coordinating, new_times, redirecting
from services.intake.domain.case import Case
from services.intake.domain.request import Request, the_case
from services.intake.domain.rules import Rules

FAILED = "message.failed"


def notice_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Of any other notice nothing depends, nor of one about the answer of a round that is over."""
    request, case = the_case(request)
    if message.channel != "SMS" and not _handed_over(message):
        return Decision(request)  # nobody confirms an e-mail, and what it stands in for is desk work already (I9)
    if message.round != case.round and message.notice not in RETIMING_VISITS:
        return Decision(request)
    if _reached_nobody(case, message, world):
        message = message.model_copy(update={"moves": (FAILED,)})
    if message.notice == ANNOUNCING:
        return announcing.notice_moved(request, message, world)
    if message.notice == REMINDING:
        return collecting.reminder_moved(request, message, world)
    if message.notice == WARNING:
        return redirecting.warned(request, message, world)
    if message.notice in ASKING:
        return awaiting.notice_moved(request, message, world)
    if message.notice in SENDING_TO_A_UNIT:
        return coordinating.notice_moved(request, message, world)
    if message.notice in RETIMING:
        return new_times.notice_moved(request, message, world)
    return Decision(request)


def _handed_over(message: NoticeMoved) -> bool:
    """Whether the desk has given it to its person on paper: that counts as a message that has arrived."""
    return message.channel == "PRINT" and "message.delivered" in message.moves


def _reached_nobody(case: Case, message: NoticeMoved, world: World[Rules]) -> bool:
    """Whether it was delivered on a day on which nobody with a mobile spoke for the applicant any more (I9).

    Of whom it is about nobody knows after an erasure: what was sent before is taken at its word.
    """
    if _handed_over(message):
        return False
    at = min(message.occurred_at, world.now)
    return "message.delivered" in message.moves and not case.erased and not case.told_by_message(at)
