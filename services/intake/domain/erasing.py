"""What is personal in a case that is over goes; what was decided, promised and printed stays (I12)."""

from typing import Final

from services.contracts.decision import Decision, Refused, World
from services.contracts.wire import Command, Instant
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Announcement, Attention, HandedTo
from services.intake.domain.codes import print_mark
from services.intake.domain.receipts import fingerprint
from services.intake.domain.request import Request, the_case, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import ENDED

NO_PAPER: Final = {"sha256": None, "dataref": None, "content_type": None, "size": None}
"""That something was brought, when and to whom stays; whoever has the paper could find the case by its digest."""


class EraseCase(Command):
    """Its applicant is erased: whatever was filed up to this moment."""

    up_to: Instant


def covered(case: Case, up_to: Instant) -> bool:
    """Whether an erasure that was asked for at that moment is about this case."""
    return case.filed_at <= up_to


def erased(request: Request | None, message: EraseCase, world: World[Rules]) -> Decision[Request]:
    """Nobody knows any more whose case it was; no event tells of it. What is marked so is stored without the rest.

    Of each receipt a keyed mark of its hash is kept, so that a print can still be checked: its content cannot be put
    together again, nor guessed at. A later case is written once more as it is, and so sealed with the key in use.
    Raises Refused OPEN_CASE.
    """
    request, case = the_case(request)
    if case.erased and case.applicant_ref is None:
        return Decision(request)
    if not covered(case, message.up_to):
        return Decision(request.model_copy())
    if case.state not in ENDED:
        raise Refused("OPEN_CASE", "the case is worked on")
    return Decision(with_case(request, _without_anybody(case, world.rules.secret), world.now))


def not_erased(case: Case) -> None:
    """Raises Refused ERASED (410): nobody can show any more that it is theirs."""
    if case.erased:
        raise Refused("ERASED", "آنچه شخصی بود پاک شده است — what was personal has been erased", status=410)


def _without_anybody(case: Case, secret: bytes) -> Case:
    def mark(hash: str) -> str:
        return print_mark(secret, case.tracking_code, hash)

    evidence = tuple(piece.model_copy(update=NO_PAPER) for piece in case.evidence)
    return case.model_copy(
        update={
            "erased": True,
            "attention": case.without(Attention.REMIND_TO_COLLECT),
            "applicant_ref": None,
            "representative_ref": None,
            "represented_before": (),
            "announced": _told_somebody(case.announced),
            "handover": _handed_to_somebody(case.handover),
            "earlier": tuple(
                over.model_copy(
                    update={
                        "announced": _told_somebody(over.announced),
                        "handover": _handed_to_somebody(over.handover),
                    }
                )
                for over in case.earlier
            ),
            "printed": mark(fingerprint(case)),
            "receipts": tuple(known.model_copy(update={"hash": mark(known.hash)}) for known in case.receipts),
            "evidence": evidence,
        }
    )


def _told_somebody(announced: Announcement | None) -> Announcement | None:
    return announced.model_copy(update={"told_ref": None}) if announced else None


def _handed_to_somebody(handover: HandedTo | None) -> HandedTo | None:
    return handover.model_copy(update={"collected_ref": None}) if handover else None
