"""The work stands still, or goes on, as routing says: the case follows, and the promise with it (domain 2, 3, I6)."""

from services.contracts.decision import World
from services.contracts.intake import RequestState
from services.contracts.routing import Suspension, SuspensionCause, WorkMoved
from services.intake.domain import awaiting, coordinating
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Attention, Standing
from services.intake.domain.promising import broken_by
from services.intake.domain.rules import Rules
from services.intake.domain.standing import filed_sheet
from services.intake.domain.states import IN_PROGRESS, PROMISED, SUSPENDED, WITH_UNITS

Path = tuple[RequestState | str, ...]


def gone_on(case: Case, message: WorkMoved) -> tuple[RequestState, ...]:
    """Back to the state that the case left, or where units have it by now, once the Clock does not stand still for the
    same any more."""
    standing, lasting = case.suspension, message.clock.suspended()
    if case.state is not SUSPENDED or standing is None:
        return ()
    if lasting is not None and lasting.number == standing.number:
        return ()
    return (coordinating.goes_on_in(case),)


def nothing_awaited(case: Case, world: World[Rules]) -> Case:
    """The case as it goes on, whatever has not come: a receipt names only what its sheet still wants (domain 8)."""
    sheet = filed_sheet(world.registry, case.service_id, case.service_version)
    case = case.model_copy(update={"awaited": None})
    return case.model_copy(update={"needed": awaiting.needed(case, sheet)}) if sheet is not None else case


def come_to_stand(case: Case, state: RequestState, lasting: Suspension, world: World[Rules]) -> tuple[Case, Path]:
    """SUSPENDED for what routing says, from the state where the case is now (`state`).

    Of the applicant documents are awaited: what came since they were asked for counts, whichever word was faster.
    A promise whose time had passed when the work came to stand is broken: no pause mends it (I6).
    """
    working = case.work_state if state in WITH_UNITS else state
    left = PROMISED if working is PROMISED else IN_PROGRESS  # a later round has begun with it
    path: Path = (SUSPENDED,) if state in (left, *WITH_UNITS) else (left, SUSPENDED)
    judged = broken_by(case, lasting.from_at)
    if judged is not case:
        case, path = judged, ("commitment.broken", *path)
    standing = Standing(
        number=lasting.number, cause=lasting.cause, reason=lasting.reason, since=lasting.from_at, left=left
    )
    attention = case.without(Attention.REMIND_OF_DOCUMENTS)
    case = case.model_copy(update={"suspension": standing, "awaited": None, "attention": attention})
    if lasting.cause is not SuspensionCause.APPLICANT:
        return case, path
    sheet = filed_sheet(world.registry, case.service_id, case.service_version)
    wanted = awaiting.wanted(sheet, lasting.evidence_types)
    since = tuple(piece for piece in case.evidence if piece.taken_at and piece.taken_at > lasting.from_at)
    case = case.model_copy(update={"awaited": awaiting.begun(case, wanted, world, until=lasting.until)})
    if sheet is not None:
        case = case.model_copy(update={"awaited": awaiting.lessened(case, since, sheet)})
        case = case.model_copy(update={"needed": awaiting.needed(case, sheet)})
    return awaiting.asked(case, world.now), path
