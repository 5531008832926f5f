"""What became of a message to the citizen, for the rule that waits for it."""

from services.contracts.decision import Decision, World
from services.contracts.notify import ANNOUNCING, REMINDING, WARNING, NoticeMoved
from services.intake.domain import announcing, collecting, redirecting
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules


def notice_moved(request: Request | None, message: NoticeMoved, world: World[Rules]) -> Decision[Request]:
    """Of any other notice nothing depends."""
    if message.notice == ANNOUNCING:
        return announcing.notice_moved(request, message, world)
    if message.notice == REMINDING:
        return collecting.reminder_moved(request, message, world)
    if message.notice == WARNING:
        return redirecting.warned(request, message, world)
    return Decision(request)
