"""What a kiosk office says later of a case that it filed: more evidence, taken back, handed over (contract, ADR 0030).

It comes by the way of submissions, signed alike, and each content is answered once. It is no correction: it has
revisions of its own, for each kind, in any order. Where the office completed a redirect, the request itself decides.
"""

from dataclasses import replace

from services.contracts.decision import Decision, Refused, Send, World
from services.contracts.kiosk import DeliveryConfirmed, Rejection, Supplement, TakenBack
from services.contracts.reachable import licensed
from services.intake.domain import outcomes
from services.intake.domain.bringing import MAX_PIECES, asked_for, with_pieces
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role
from services.intake.domain.closing import delivered, handed_to
from services.intake.domain.evidence import counted, sheet_of, taken
from services.intake.domain.hearing import answer_of, content_of, filing_of, genuine, given_up, sender
from services.intake.domain.messages import KioskSaid, SaidOfCase, SaidTaken
from services.intake.domain.parts_told import telling
from services.intake.domain.representing import faced
from services.intake.domain.request import Heard, KioskFiling, Request, the_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import ENDED
from services.intake.domain.unproven import unproven
from services.intake.domain.visiting import back_at_kiosk
from services.intake.domain.withdrawing import taken_back
from services.worktime.jalali import civil_day

Said = Supplement | TakenBack | DeliveryConfirmed


def said(request: Request | None, message: KioskSaid, world: World[Rules]) -> Decision[Request]:
    """ACCEPTED with how the case stands now, REJECTED with a code, or nothing new.

    What came before its submission is judged when it comes again: until then it was about no case.

    Raises NotYet; Malformed UNKNOWN_KIOSK (a dead letter), over HTTP Refused.
    """
    kiosk = sender(message, world)
    if message.proof.code is not None:
        return unproven(request, message, message.proof.code, kiosk, world)
    body = message.said
    request = request or Request(id=message.request_id)
    filing = filing_of(request, kiosk, body.external_ref, kiosk.partner, world)
    digest = content_of(message, request.id, world)
    known = next((heard for heard in filing.further if heard.digest == digest), None)
    redirected = filing.honoured.request_id if filing.honoured else filing.asked_of
    of_a_case = request.case is not None or redirected is not None or filing.sandbox
    if known is not None and known.code is Rejection.UNKNOWN_CASE and of_a_case:
        filing = filing.model_copy(update={"further": tuple(one for one in filing.further if one is not known)})
        request = request.model_copy(update={"filing": filing})
    elif known is not None:
        return Decision(request if request.filing else None, answer=answer_of(known))
    if len(filing.further) >= world.rules.submissions_heard:
        raise given_up(message)
    heard = Heard(revision=body.revision, digest=digest, status="REJECTED", cause_id=message.cause_id, at=world.now)
    if not genuine(message):
        return _rejected(request, filing, heard, Rejection.SOURCE_MISMATCH)
    if _taken(filing, heard):
        return _rejected(request, filing, heard, Rejection.CONFLICT)
    if not licensed(kiosk, world.registry, civil_day(message.received_at or world.now)):
        return _rejected(request, filing, heard, Rejection.KIOSK_NOT_LICENSED)
    if filing.sandbox:
        heard = heard.model_copy(update={"status": "ACCEPTED"})
        filing = _heard(filing, heard)
        tried = outcomes.tried(filing, heard)
        return Decision(request.model_copy(update={"filing": filing}), events=(tried,), answer=answer_of(heard))
    if redirected is not None:
        heard = heard.model_copy(update={"status": "WAITING"})
        asks = SaidOfCase(filing_id=request.id, digest=digest, kiosk_id=kiosk.id, said=body)
        told = request.model_copy(update={"filing": _heard(filing, heard)})
        return Decision(told, sends=(Send("request", redirected, asks),), answer=answer_of(heard))
    if request.case is None:
        return _rejected(request, filing, heard, Rejection.UNKNOWN_CASE)
    try:
        done = _done(request.model_copy(update={"filing": filing}), request.case, body, kiosk.id, world)
    except Refused as refusal:
        return _rejected(request, filing, heard, Rejection.NOT_POSSIBLE, refusal.code)
    moved, case = the_case(done.state)
    heard = heard.model_copy(update={"status": "ACCEPTED"})
    brief = outcomes.in_brief(request.id, case)
    filing = telling(_heard(moved.filing or filing, heard), brief)
    taken_up = outcomes.taken_up(filing, heard, brief)
    state = moved.model_copy(update={"filing": filing})
    return replace(done, state=state, events=(*done.events[:1], taken_up, *done.events[1:]), answer=answer_of(heard))


def of_case(request: Request | None, message: SaidOfCase, world: World[Rules]) -> Decision[Request]:
    """The redirected request decides about what the office says that completed it."""
    request, case = the_case(request)
    code, detail, done = None, None, Decision(request)
    if case.kiosk is None or case.kiosk.filing_id != message.filing_id:
        code = Rejection.UNKNOWN_CASE
    else:
        try:
            done = _done(request, case, message.said, message.kiosk_id, world)
        except Refused as refusal:
            code, detail = Rejection.NOT_POSSIBLE, refusal.code
    request, case = the_case(done.state)
    taken = SaidTaken(digest=message.digest, case=outcomes.in_brief(request.id, case), code=code, detail=detail)
    return replace(done, sends=(Send("request", message.filing_id, taken), *done.sends))


def answered(request: Request | None, message: SaidTaken, world: World[Rules]) -> Decision[Request]:
    """The request has decided: the office is told, once."""
    filing = request.filing if request else None
    if request is None or filing is None:
        return Decision(request)
    waiting = next((h for h in filing.further if h.digest == message.digest and h.status == "WAITING"), None)
    if waiting is None:
        return Decision(request)
    status = "ACCEPTED" if message.code is None else "REJECTED"
    heard = waiting.model_copy(update={"status": status, "code": message.code, "detail": message.detail})
    further = tuple(heard if one is waiting else one for one in filing.further)
    case = message.case if message.code is None else filing.honoured
    filing = filing.model_copy(update={"further": further, "honoured": case, "told_at": world.now})
    told = outcomes.taken_up(filing, heard, message.case) if message.code is None else outcomes.rejected(filing, heard)
    return Decision(request.model_copy(update={"filing": filing}), events=(told,))


def _done(request: Request, case: Case, body: Said, kiosk_id: str, world: World[Rules]) -> Decision[Request]:
    """By the rules of the desk. The person has come to the office for it: a visit of the case.

    Raises Refused CASE_ENDED, TOO_MUCH_EVIDENCE, UNKNOWN_EVIDENCE_TYPE, ILLEGAL_MOVE, IDENTITY_NOT_SEEN, and as `faced`
    does.
    """
    case = case.model_copy(update={"visits": back_at_kiosk(case, world.now)})
    if isinstance(body, TakenBack):
        return taken_back(request, case, body.reason, kiosk_id, Role.KIOSK, world)
    if isinstance(body, DeliveryConfirmed):
        case = faced(case, body.collected_by, None, world)
        handover = handed_to(case, body, "identitySeen", kiosk_id, world)
        return delivered(request, case, handover, Role.KIOSK, world)
    if case.state in ENDED:
        raise Refused("CASE_ENDED", "this request has ended; nothing is added to it any more")
    if len(case.evidence) + len(body.evidence) > MAX_PIECES:
        raise Refused("TOO_MUCH_EVIDENCE", f"a case has at most {MAX_PIECES} pieces of evidence")
    sheet = sheet_of(case, world)
    for number, piece in enumerate(body.evidence):
        asked_for(case, sheet, piece.type, f"evidence.{number}.type")
    pieces = taken(body.evidence, kiosk_id, sheet, world, case.awaited.types if case.awaited else ())
    told, event = with_pieces(request, case, pieces, sheet, Role.KIOSK, world)
    return counted(Decision(told, events=(event,)), before=request)


def _taken(filing: KioskFiling, heard: Heard) -> bool:
    """Whether another content of this kind came under the same revision, and was judged of a case."""
    kind = heard.digest.partition("#")[0]
    return any(
        one.revision == heard.revision
        and one.digest.partition("#")[0] == kind
        and one.code not in (Rejection.CONFLICT, Rejection.SOURCE_MISMATCH, Rejection.UNKNOWN_CASE)
        for one in filing.further
    )


def _rejected(
    request: Request, filing: KioskFiling, heard: Heard, code: Rejection, detail: str | None = None
) -> Decision[Request]:
    heard = heard.model_copy(update={"code": code, "detail": detail})
    filing = _heard(filing, heard)
    return Decision(
        request.model_copy(update={"filing": filing}),
        events=(outcomes.rejected(filing, heard),),
        answer=answer_of(heard),
    )


def _heard(filing: KioskFiling, heard: Heard) -> KioskFiling:
    return filing.model_copy(update={"further": (*filing.further, heard), "told_at": heard.at})
