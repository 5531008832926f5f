"""A kiosk office submits: judged once per content, answered once, and the usual case is registered in the same write.

The document of a submission is the document of its case, so that the usual path is one write. Identity is kioskId +
externalRef + revision. A content that was answered gets no second answer. Other content under a revision that was
judged, a lower one (ADR 0005), or any after ACCEPTED is a CONFLICT. A higher one after a rejection is judged anew, also
after a final one: a licence may have been renewed. What could not be read, or came under another's name, takes up no
revision. What its office has not signed is answered apart from it (`unproven.py`).
"""

from collections.abc import Sequence

from services.contracts.decision import Decision, NotYet, Send, World
from services.contracts.intake import KioskRef
from services.contracts.kiosk import Outcome, Rejection
from services.intake.domain import codes, outcomes
from services.intake.domain.case_parts import KioskLink, Role
from services.intake.domain.evidence import counted, held_demands, taken
from services.intake.domain.hearing import (
    answer_of,
    content_of,
    filing_of,
    genuine,
    given_up,
    heard_also,
    known_as,
    rejected,
    sender,
    waiting_as,
)
from services.intake.domain.judging import Fit, judge
from services.intake.domain.messages import (
    KioskHonours,
    KioskSaid,
    KioskSubmitted,
    KioskUnreadable,
    RedirectHonoured,
    RedirectRefused,
)
from services.intake.domain.parts_told import telling
from services.intake.domain.registering import NoPromise, new_case, registered
from services.intake.domain.request import Heard, KioskFiling, Request
from services.intake.domain.rules import Rules
from services.intake.domain.unproven import unproven

UNREADABLE = "unreadable#"
"""Before the digest of a record that could not be read: it takes up no revision."""

NO_REVISION = frozenset({Rejection.SOURCE_MISMATCH, Rejection.CONFLICT})
"""Rejections that say nothing about the revision they came with."""


def from_kiosk(request: Request | None, message: KioskSubmitted, world: World[Rules]) -> Decision[Request]:
    """ACCEPTED with a case and its promise, REJECTED with a code, or nothing new.

    Raises NotYet for a reference that may be on its way; Malformed UNKNOWN_KIOSK (a dead letter), over HTTP Refused.
    """
    submission = message.submission
    kiosk = sender(message, world)
    if message.proof.code is not None:
        return unproven(request, message, message.proof.code, kiosk, world)
    request = request or Request(id=message.request_id)
    filing = filing_of(request, kiosk, submission.external_ref, kiosk.partner, world)
    digest = content_of(message, request.id, world)
    known = known_as(filing, digest)
    if known is not None:
        return Decision(request if request.filing else None, answer=answer_of(known))
    if len(filing.heard) >= world.rules.submissions_heard:
        raise given_up(message)
    heard = Heard(
        revision=submission.revision, digest=digest, status="REJECTED", cause_id=message.cause_id, at=world.now
    )
    if not genuine(message):
        return rejected(request, filing, heard, Rejection.SOURCE_MISMATCH)
    if _taken(filing, submission.revision):
        return rejected(request, filing, heard, Rejection.CONFLICT)
    verdict = judge(message, kiosk, world)
    if not isinstance(verdict, Fit):
        return rejected(request, filing, heard, verdict.code, verdict.needed, verdict.detail)
    if kiosk.sandbox:
        return _tried(request, filing, heard, refers=submission.redirect_ref is not None)
    if submission.redirect_ref is not None:
        return _asks_the_request(request, filing, heard, verdict, message, world)
    evidence = taken(submission.evidence, kiosk.id, verdict.service.sheet, world)
    case = new_case(
        request.id,
        world,
        verdict.service,
        desk_id=verdict.service.permanent_desk.id,
        channel=verdict.channel,
        reason=None,
        applicant=verdict.applicant,
        evidence=evidence,
        held_demands=held_demands(verdict.service.sheet, evidence),
        amount=submission.amount,
        area=submission.area,
        kiosk=KioskLink(
            ref=KioskRef(kiosk_id=kiosk.id, external_ref=submission.external_ref, partner=kiosk.partner),
            revision=submission.revision,
            filing_id=request.id,
        ),
    )
    try:
        told = registered(request, case, verdict.service.sheet, world, Role.KIOSK)
    except NoPromise:
        return rejected(request, filing, heard, Rejection.NOT_OFFERED_HERE)
    heard = heard.model_copy(update={"status": "ACCEPTED"})
    brief = outcomes.in_brief(request.id, told.case)
    filing = telling(heard_also(filing, heard), brief)
    accepted = Decision(
        told.request.model_copy(update={"filing": filing}),
        events=(told.event, outcomes.accepted(filing, heard, brief)),
        answer=answer_of(heard),
    )
    return counted(accepted)


def _tried(request: Request, filing: KioskFiling, heard: Heard, *, refers: bool) -> Decision[Request]:
    """Of a kiosk for trial: it is told that all is right, and nothing else happens. No reference is honoured by it."""
    if refers:
        return rejected(request, filing, heard, Rejection.REDIRECT_UNKNOWN)
    heard = heard.model_copy(update={"status": "ACCEPTED"})
    filing = heard_also(filing, heard).model_copy(update={"sandbox": True})
    told = request.model_copy(update={"filing": filing})
    return Decision(told, events=(outcomes.tried(filing, heard),), answer=answer_of(heard))


def unreadable(request: Request | None, message: KioskUnreadable, world: World[Rules]) -> Decision[Request]:
    """REJECTED MALFORMED to a kiosk we know, once per content; the record itself is a dead letter already."""
    kiosk = world.registry.kiosk(message.kiosk_id)
    if kiosk is None or (message.proof.code is None and not message.proof.own):  # not known when it was read
        if not world.patience_over:
            raise NotYet("UNKNOWN_KIOSK")
        return Decision(request)
    partner = message.proof.partner or kiosk.partner
    filing = filing_of(request, kiosk, message.external_ref, partner, world)
    bound = world.rules.submissions_heard if message.proof.own else world.rules.unproven_heard
    digest = codes.said_mark(world.rules.secret, message.request_id, message.digest)
    if known_as(filing, digest) or len(filing.heard) >= bound:
        return Decision(request)
    heard = Heard(
        revision=message.revision,
        digest=digest,
        status="REJECTED",
        cause_id=message.cause_id,
        at=world.now,
    )
    request = request or Request(id=message.request_id)
    return rejected(request, filing, heard, Rejection.MALFORMED, detail=message.detail, unproven=not message.proof.own)


def honoured(request: Request | None, message: RedirectHonoured, world: World[Rules]) -> Decision[Request]:
    """The redirected request took the submission: the office is told ACCEPTED."""
    waiting = waiting_as(request, message.digest)
    if request is None or request.filing is None or waiting is None:
        return Decision(request)
    heard = waiting.model_copy(update={"status": "ACCEPTED"})
    filing = _answered(request.filing, heard, world).model_copy(update={"honoured": message.case})
    told = request.model_copy(update={"filing": filing})
    return Decision(told, events=(outcomes.accepted(filing, heard, message.case),))


def refused(request: Request | None, message: RedirectRefused, world: World[Rules]) -> Decision[Request]:
    """The request that the reference names does not take it."""
    waiting = waiting_as(request, message.digest)
    if request is None or request.filing is None or waiting is None:
        return Decision(request)
    heard = waiting.model_copy(update={"status": "REJECTED", "code": message.code, "needed": message.needed})
    filing = _answered(request.filing, heard, world)
    return Decision(request.model_copy(update={"filing": filing}), events=(outcomes.rejected(filing, heard),))


def held(request: Request | None, message: object, world: World[Rules]) -> Sequence[Outcome]:
    """A fault of ours keeps a submission waiting: the office is told not to send it again."""
    if not isinstance(message, KioskSubmitted | KioskSaid):
        return ()
    kiosk = world.registry.kiosk(message.said.kiosk_id)
    if kiosk is None or not message.proof.own or not genuine(message):
        return ()
    return (
        Outcome(
            moves=("submission.progressed",),
            external_ref=message.said.external_ref,
            kiosk_id=kiosk.id,
            revision=message.said.revision,
            status="PROGRESS",
            message=outcomes.HELD,
            cause_id=message.cause_id,
            partner=kiosk.partner,
            org_id=kiosk.org_id,
        ),
    )


def _asks_the_request(
    request: Request, filing: KioskFiling, heard: Heard, fit: Fit, message: KioskSubmitted, world: World[Rules]
) -> Decision[Request]:
    """The request that was redirected decides: it arbitrates between two kiosks."""
    submission = message.submission
    target = codes.redirected(world.rules.secret, submission.redirect_ref or "")
    if target is None:
        return rejected(request, filing, heard, Rejection.REDIRECT_UNKNOWN)
    waiting = heard.model_copy(update={"status": "WAITING"})
    asks = KioskHonours(
        request_id=target.request_id,
        filing_id=request.id,
        digest=heard.digest,
        revision=submission.revision,
        kiosk_id=filing.kiosk_id,
        external_ref=filing.external_ref,
        partner=filing.partner,
        redirect_number=target.number,
        channel=fit.channel,
        service_id=submission.service_id,
        applicant=fit.applicant,
        evidence=submission.evidence,
        amount=submission.amount,
        area=submission.area,
    )
    filing = heard_also(filing, waiting).model_copy(update={"asked_of": target.request_id})
    told = request.model_copy(update={"filing": filing})
    return Decision(told, sends=(Send("request", target.request_id, asks),), answer=answer_of(waiting))


def _taken(filing: KioskFiling, revision: int) -> bool:
    """Whether a content of this revision, or a later one, was judged before, or any was accepted or may still be."""
    return any(
        heard.status != "REJECTED" or (heard.revision >= revision and _was_judged(heard)) for heard in filing.heard
    )


def _was_judged(heard: Heard) -> bool:
    return heard.code not in NO_REVISION and not heard.digest.startswith(UNREADABLE)


def _answered(filing: KioskFiling, heard: Heard, world: World[Rules]) -> KioskFiling:
    """The request that was asked has answered."""
    changed = tuple(heard if known.digest == heard.digest else known for known in filing.heard)
    return filing.model_copy(update={"heard": changed, "told_at": world.now, "asked_of": None})
