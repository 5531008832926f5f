"""A kiosk office submits: judged once per content, answered once, and the usual case is registered in the same write.

The document of a submission is the document of its case, so that the usual path is one write. Identity is kioskId +
externalRef + revision. A content that was answered gets no second answer. Other content under a revision that was
judged, a lower one, or any after ACCEPTED is a CONFLICT. A higher one after a rejection is judged anew, also after a
final one: a licence may have been renewed. What could not be read, or came under another's name, takes up no revision.
What its office has not signed is answered apart from it (`proving.py`).
"""

from collections.abc import Sequence
from typing import Any

from services.contracts.decision import Decision, NotYet, Refused, Send, World
from services.contracts.envelope import Malformed
from services.contracts.intake import KioskRef
from services.contracts.kiosk import FIXABLE, Outcome, Rejection
from services.contracts.registry import Kiosk
from services.intake.domain import codes, outcomes
from services.intake.domain.case_parts import KioskLink, Role
from services.intake.domain.evidence import counted, held_demands, taken
from services.intake.domain.judging import Fit, judge
from services.intake.domain.messages import (
    KioskHonours,
    KioskSaid,
    KioskSubmitted,
    KioskUnreadable,
    RedirectHonoured,
    RedirectRefused,
)
from services.intake.domain.parts_told import keyed, telling, through
from services.intake.domain.registering import NoPromise, new_case, registered
from services.intake.domain.request import Heard, KioskFiling, Request
from services.intake.domain.rules import Rules

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
    digest = codes.said_mark(world.rules.secret, request.id, message.digest)
    genuine = message.source == f"/kiosk/{kiosk.id}"
    if not genuine:  # remembered apart, so that nobody can use up another's revision
        digest = f"{message.source[:80]}#{digest}"
    known = _known(filing, digest)
    if known is not None:
        return Decision(request if request.filing else None, answer=answer_of(known))
    if len(filing.heard) >= world.rules.submissions_heard:
        raise given_up(message)
    heard = Heard(
        revision=submission.revision, digest=digest, status="REJECTED", cause_id=message.cause_id, at=world.now
    )
    if not genuine:
        return _rejected(request, filing, heard, Rejection.SOURCE_MISMATCH)
    if _taken(filing, submission.revision):
        return _rejected(request, filing, heard, Rejection.CONFLICT)
    verdict = judge(message, kiosk, world)
    if not isinstance(verdict, Fit):
        return _rejected(request, filing, heard, verdict.code, verdict.needed, verdict.detail)
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
        return _rejected(request, filing, heard, Rejection.NOT_OFFERED_HERE)
    heard = heard.model_copy(update={"status": "ACCEPTED"})
    brief = outcomes.in_brief(request.id, told.case)
    filing = telling(_heard(filing, heard), brief)
    accepted = Decision(
        told.request.model_copy(update={"filing": filing}),
        events=(told.event, outcomes.accepted(filing, heard, brief)),
        answer=answer_of(heard),
    )
    return counted(accepted)


def _tried(request: Request, filing: KioskFiling, heard: Heard, *, refers: bool) -> Decision[Request]:
    """Of a kiosk for trial: it is told that all is right, and nothing else happens. No reference is honoured by it."""
    if refers:
        return _rejected(request, filing, heard, Rejection.REDIRECT_UNKNOWN)
    heard = heard.model_copy(update={"status": "ACCEPTED"})
    filing = _heard(filing, heard).model_copy(update={"sandbox": True})
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
    if _known(filing, digest) or len(filing.heard) >= bound:
        return Decision(request)
    heard = Heard(
        revision=message.revision,
        digest=digest,
        status="REJECTED",
        cause_id=message.cause_id,
        at=world.now,
    )
    request = request or Request(id=message.request_id)
    return _rejected(request, filing, heard, Rejection.MALFORMED, detail=message.detail, unproven=not message.proof.own)


def unproven(
    request: Request | None, message: KioskSubmitted | KioskSaid, code: Rejection, kiosk: Kiosk, world: World[Rules]
) -> Decision[Request]:
    """Answered once per content, without a revision; the entity is not the one of the office's own filing."""
    request = request or Request(id=message.request_id)
    partner = message.proof.partner or kiosk.partner
    filing = filing_of(request, kiosk, message.said.external_ref, partner, world)
    digest = codes.said_mark(world.rules.secret, request.id, f"{code}#{message.digest}")
    known = _known(filing, digest)
    if known is not None:
        return Decision(request, answer=answer_of(known))
    if len(filing.heard) >= world.rules.unproven_heard:
        raise given_up(message)
    heard = Heard(revision=0, digest=digest, status="REJECTED", cause_id=message.cause_id, at=world.now)
    return _rejected(request, filing, heard, code, unproven=True)


def honoured(request: Request | None, message: RedirectHonoured, world: World[Rules]) -> Decision[Request]:
    """The redirected request took the submission: the office is told ACCEPTED."""
    waiting = _waiting(request, message.digest)
    if request is None or request.filing is None or waiting is None:
        return Decision(request)
    heard = waiting.model_copy(update={"status": "ACCEPTED"})
    filing = _answered(request.filing, heard, world).model_copy(update={"honoured": message.case})
    told = request.model_copy(update={"filing": filing})
    return Decision(told, events=(outcomes.accepted(filing, heard, message.case),))


def refused(request: Request | None, message: RedirectRefused, world: World[Rules]) -> Decision[Request]:
    """The request that the reference names does not take it."""
    waiting = _waiting(request, message.digest)
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
    if kiosk is None or not message.proof.own or message.source != f"/kiosk/{kiosk.id}":
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
        return _rejected(request, filing, heard, Rejection.REDIRECT_UNKNOWN)
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
    filing = _heard(filing, waiting).model_copy(update={"asked_of": target.request_id})
    told = request.model_copy(update={"filing": filing})
    return Decision(told, sends=(Send("request", target.request_id, asks),), answer=answer_of(waiting))


def sender(message: KioskSubmitted | KioskSaid, world: World[Rules]) -> Kiosk:
    kiosk = world.registry.kiosk(message.said.kiosk_id)
    if kiosk is not None and (message.proof.own or message.proof.code is not None):
        return kiosk  # else it was recorded since the signature was looked at, which comes again
    if not world.patience_over:
        raise NotYet("UNKNOWN_KIOSK")
    if message.via == "HTTP":
        raise Refused("UNKNOWN_KIOSK", outcomes.MESSAGES[Rejection.UNKNOWN_KIOSK], status=422, fixable=False)
    raise Malformed("UNKNOWN_KIOSK", "no kiosk office with this id")


def given_up(message: KioskSubmitted | KioskSaid) -> Exception:
    if message.via == "HTTP":
        return Refused("CONFLICT", "too many different contents under this externalRef")
    return Malformed("TOO_MANY_CONTENTS", "too many different contents under this externalRef")


def filing_of(
    request: Request | None, kiosk: Kiosk, external_ref: str, partner: str, world: World[Rules]
) -> KioskFiling:
    """What was heard under this reference. Whoever speaks for the office now is answered, not who did at first."""
    if request is None or request.filing is None:
        return KioskFiling(kiosk_id=kiosk.id, external_ref=external_ref, partner=partner, org_id=kiosk.org_id)
    filing = keyed(request.filing, request.id, world.rules.secret)
    return through(filing, partner, outcomes.case_of(request))


def _known(filing: KioskFiling, digest: str) -> Heard | None:
    return next((heard for heard in filing.heard if heard.digest == digest), None)


def _waiting(request: Request | None, digest: str) -> Heard | None:
    heard = _known(request.filing, digest) if request is not None and request.filing is not None else None
    return heard if heard is not None and heard.status == "WAITING" else None


def _taken(filing: KioskFiling, revision: int) -> bool:
    """Whether a content of this revision, or a later one, was judged before, or any was accepted or may still be."""
    return any(
        heard.status != "REJECTED" or (heard.revision >= revision and _was_judged(heard)) for heard in filing.heard
    )


def _was_judged(heard: Heard) -> bool:
    return heard.code not in NO_REVISION and not heard.digest.startswith(UNREADABLE)


def _rejected(
    request: Request,
    filing: KioskFiling,
    heard: Heard,
    code: Rejection,
    needed: tuple[str, ...] = (),
    detail: str | None = None,
    *,
    unproven: bool = False,
) -> Decision[Request]:
    heard = heard.model_copy(update={"code": code, "needed": needed, "detail": detail})
    filing = _heard(filing, heard)
    return Decision(
        request.model_copy(update={"filing": filing}),
        events=(outcomes.rejected(filing, heard, unproven=unproven),),
        answer=answer_of(heard),
    )


def _heard(filing: KioskFiling, heard: Heard) -> KioskFiling:
    return filing.model_copy(update={"heard": (*filing.heard, heard), "told_at": heard.at})


def _answered(filing: KioskFiling, heard: Heard, world: World[Rules]) -> KioskFiling:
    """The request that was asked has answered."""
    changed = tuple(heard if known.digest == heard.digest else known for known in filing.heard)
    return filing.model_copy(update={"heard": changed, "told_at": world.now, "asked_of": None})


def answer_of(heard: Heard) -> dict[str, Any]:
    """What the caller over HTTP is told at once; the rest stands in the outcome."""
    told: dict[str, Any] = {"status": heard.status, "code": heard.code}
    if heard.code is None:
        return told
    return told | {
        "message": outcomes.MESSAGES[heard.code],
        "fixable": heard.code in FIXABLE,
        "needed": list(heard.needed),
        "detail": heard.detail,
    }
