"""What every word of a kiosk office goes through: who sent it, what was heard before, and how it is answered."""

from typing import Any

from services.contracts.decision import Decision, NotYet, Refused, World
from services.contracts.envelope import Malformed
from services.contracts.kiosk import FIXABLE, Rejection
from services.contracts.registry import Kiosk
from services.intake.domain import codes, outcomes
from services.intake.domain.messages import KioskSaid, KioskSubmitted
from services.intake.domain.parts_told import keyed, through
from services.intake.domain.request import Heard, KioskFiling, Request
from services.intake.domain.rules import Rules


def sender(message: KioskSubmitted | KioskSaid, world: World[Rules]) -> Kiosk:
    """The office it is of. Raises NotYet while it may be on its way; Malformed UNKNOWN_KIOSK, over HTTP Refused."""
    kiosk = world.registry.kiosk(message.said.kiosk_id)
    if kiosk is not None and (message.proof.own or message.proof.code is not None):
        return kiosk  # else it was recorded since the signature was looked at, which comes again
    if not world.patience_over:
        raise NotYet("UNKNOWN_KIOSK")
    if message.via == "HTTP":
        raise Refused("UNKNOWN_KIOSK", outcomes.MESSAGES[Rejection.UNKNOWN_KIOSK], status=422, fixable=False)
    raise Malformed("UNKNOWN_KIOSK", "no kiosk office with this id")


def genuine(message: KioskSubmitted | KioskSaid) -> bool:
    """Whether it names as its source the office that it is of."""
    return message.source == f"/kiosk/{message.said.kiosk_id}"


def content_of(message: KioskSubmitted | KioskSaid, request_id: str, world: World[Rules]) -> str:
    """By what a content is known again. One under another's name is apart: nobody can use up another's revision."""
    digest = codes.said_mark(world.rules.secret, request_id, message.digest)
    return digest if genuine(message) else f"{message.source[:80]}#{digest}"


def filing_of(
    request: Request | None, kiosk: Kiosk, external_ref: str, partner: str, world: World[Rules]
) -> KioskFiling:
    """What was heard under this reference. Whoever speaks for the office now is answered, not who did at first."""
    if request is None or request.filing is None:
        return KioskFiling(kiosk_id=kiosk.id, external_ref=external_ref, partner=partner, org_id=kiosk.org_id)
    filing = keyed(request.filing, request.id, world.rules.secret)
    return through(filing, partner, outcomes.case_of(request))


def known_as(filing: KioskFiling, digest: str) -> Heard | None:
    """What was heard with this content."""
    return next((heard for heard in filing.heard if heard.digest == digest), None)


def waiting_as(request: Request | None, digest: str) -> Heard | None:
    """The same, while somebody else is asked about it."""
    heard = known_as(request.filing, digest) if request is not None and request.filing is not None else None
    return heard if heard is not None and heard.status == "WAITING" else None


def given_up(message: KioskSubmitted | KioskSaid) -> Exception:
    """What is raised when no more contents are answered under one reference."""
    if message.via == "HTTP":
        return Refused("CONFLICT", "too many different contents under this externalRef")
    return Malformed("TOO_MANY_CONTENTS", "too many different contents under this externalRef")


def rejected(
    request: Request,
    filing: KioskFiling,
    heard: Heard,
    code: Rejection,
    needed: tuple[str, ...] = (),
    detail: str | None = None,
    *,
    unproven: bool = False,
) -> Decision[Request]:
    """The office is told why."""
    heard = heard.model_copy(update={"code": code, "needed": needed, "detail": detail})
    filing = heard_also(filing, heard)
    return Decision(
        request.model_copy(update={"filing": filing}),
        events=(outcomes.rejected(filing, heard, unproven=unproven),),
        answer=answer_of(heard),
    )


def heard_also(filing: KioskFiling, heard: Heard) -> KioskFiling:
    """The filing with one content more, of which its office hears now."""
    return filing.model_copy(update={"heard": (*filing.heard, heard), "told_at": heard.at})


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
