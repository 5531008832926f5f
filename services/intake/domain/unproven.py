"""What its office has not signed is answered apart from its filing (proving.py; ADR 0025).

A former key of the office may be in anybody's hands. Yet what was answered once gets no second answer, though its key
is not in force any more: of what such a key has signed the filing is asked whether it knows it. It tells, and changes
in nothing; what it does not know is refused like all else here.
"""

from services.contracts.decision import Decision, Send, World
from services.contracts.kiosk import Rejection
from services.contracts.registry import Kiosk
from services.intake.domain import codes
from services.intake.domain.hearing import (
    answer_of,
    content_of,
    filing_of,
    given_up,
    known_as,
    rejected,
    waiting_as,
)
from services.intake.domain.messages import HeardBefore, KioskSaid, KioskSubmitted, WasHeard
from services.intake.domain.parts_told import keyed
from services.intake.domain.proving import request_of
from services.intake.domain.request import Heard, KioskFiling, Request
from services.intake.domain.rules import Rules


def unproven(
    request: Request | None, message: KioskSubmitted | KioskSaid, code: Rejection, kiosk: Kiosk, world: World[Rules]
) -> Decision[Request]:
    """Answered once per content, without a revision; the entity is not the one of the office's own filing."""
    request = request or Request(id=message.request_id)
    partner = message.proof.partner or kiosk.partner
    filing = filing_of(request, kiosk, message.said.external_ref, partner, world)
    digest = codes.said_mark(world.rules.secret, request.id, f"{code}#{message.digest}")
    known = known_as(filing, digest)
    if known is not None:
        return Decision(request, answer=answer_of(known))
    bound = world.rules.submissions_heard if message.proof.former_key else world.rules.unproven_heard
    if len(filing.heard) >= bound:
        raise given_up(message)
    heard = Heard(revision=0, digest=digest, status="REJECTED", cause_id=message.cause_id, at=world.now)
    if message.proof.former_key:
        return _asks_the_filing(request, filing, heard, message, world)
    return rejected(request, filing, heard, code, unproven=True)


def heard_before(request: Request | None, message: HeardBefore, world: World[Rules]) -> Decision[Request]:
    """The office's own filing tells whether a content was answered.

    What came before its submission counts as not answered: to be judged it comes again, under a key in force.
    """
    filing = keyed(request.filing, request.id, world.rules.secret) if request and request.filing else None
    answered = (*filing.heard, *filing.further) if filing else ()
    heard = any(each.digest == message.content and each.code is not Rejection.UNKNOWN_CASE for each in answered)
    return Decision(request, sends=(Send("request", message.asked_by, WasHeard(digest=message.digest, heard=heard)),))


def was_heard(request: Request | None, message: WasHeard, world: World[Rules]) -> Decision[Request]:
    """What was answered already gets no second answer and leaves no trace; all else is BAD_SIGNATURE."""
    waiting = waiting_as(request, message.digest)
    if request is None or request.filing is None or waiting is None:
        return Decision(request)
    others = tuple(heard for heard in request.filing.heard if heard is not waiting)
    filing = request.filing.model_copy(update={"heard": others})
    if message.heard:
        return Decision(request.model_copy(update={"filing": filing}))
    heard = waiting.model_copy(update={"status": "REJECTED", "at": world.now})
    return rejected(request, filing, heard, Rejection.BAD_SIGNATURE, unproven=True)


def _asks_the_filing(
    request: Request, filing: KioskFiling, heard: Heard, message: KioskSubmitted | KioskSaid, world: World[Rules]
) -> Decision[Request]:
    own = request_of(filing.kiosk_id, filing.external_ref)
    asks = HeardBefore(asked_by=request.id, digest=heard.digest, content=content_of(message, own, world))
    waiting = heard.model_copy(update={"status": "WAITING"})
    filing = filing.model_copy(update={"heard": (*filing.heard, waiting)})
    told = request.model_copy(update={"filing": filing})
    return Decision(told, sends=(Send("request", own, asks),), answer=answer_of(waiting))
