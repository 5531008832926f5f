"""What is personal in a case that is over goes; what was decided, promised and printed stays (I12)."""

from services.contracts.decision import Decision, Refused, World
from services.contracts.wire import Command, Instant
from services.intake.domain.case import Case
from services.intake.domain.receipts import fingerprint
from services.intake.domain.request import Request, the_case, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.states import ENDED


class EraseCase(Command):
    """Its applicant is erased: whatever was filed up to this moment."""

    up_to: Instant


def covered(case: Case, up_to: Instant) -> bool:
    """Whether an erasure that was asked for at that moment is about this case."""
    return case.filed_at <= up_to


def erased(request: Request | None, message: EraseCase, world: World[Rules]) -> Decision[Request]:
    """Nobody knows any more whose case it was; no event tells of it. What is marked so is stored without the rest.

    The receipt keeps its hash, so that a print can still be checked: its content cannot be put together again. A later
    case is written once more as it is, and so sealed with the key in use. Raises Refused OPEN_CASE.
    """
    request, case = the_case(request)
    if case.erased:
        return Decision(request)
    if not covered(case, message.up_to):
        return Decision(request.model_copy())
    if case.state not in ENDED:
        raise Refused("OPEN_CASE", "the case is worked on")
    return Decision(with_case(request, _without_anybody(case), world.now))


def not_erased(case: Case) -> None:
    """Raises Refused ERASED (410): nobody can show any more that it is theirs."""
    if case.erased:
        raise Refused("ERASED", "آنچه شخصی بود پاک شده است — what was personal has been erased", status=410)


def _without_anybody(case: Case) -> Case:
    evidence = tuple(
        piece.model_copy(update={"dataref": None, "content_type": None, "size": None}) for piece in case.evidence
    )
    return case.model_copy(update={"erased": True, "printed": fingerprint(case), "evidence": evidence})
