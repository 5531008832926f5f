"""What a rule of its service says of a case: which units do the work, in which steps, and what their answers come to.

A case keeps the plan of the rule's version with which its round began (domain 10): a newer version is for others.
"""

from collections.abc import Iterator, Sequence

from services.contracts.intake import RequestMoved
from services.contracts.routing import CaseResult, ResultKind
from services.contracts.routing_rule import RuleStep, row_for
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Id, Made
from services.routing.domain.work import Work

NO_COMPETENCE = ResultKind.NO_COMPETENCE


class Plan(Made):
    """The row that fitted. `four_eyes_from`: from which amount on a decision takes two, None = never."""

    rule_id: Id
    rule_version: int
    steps: tuple[RuleStep, ...]
    four_eyes_from: int | None = None
    no_competence_to: Id | None = None

    def step(self, id: str | None) -> RuleStep | None:
        return next((step for step in self.steps if step.id == id), None)

    def takes_two(self, amount: int | None) -> bool:
        """Whether a decision about that amount needs a second officer; also one that names none, else it would be left
        out."""
        return self.four_eyes_from is not None and (amount is None or amount >= self.four_eyes_from)


def plan_of(registry: Snapshot, request: RequestMoved) -> tuple[Plan | None, tuple[int, ...] | None]:
    """The plan of a case, and the ladder that its rule gives; None where there is no rule, or no row that fits."""
    rule, desk = registry.rule_of(request.service_id), registry.desk(request.desk_id)
    if rule is None:
        return None, None
    row = row_for(
        rule,
        county=desk.county if desk else None,
        area=request.area,
        amount=request.amount,
        applicant=request.applicant_kind,
    )
    if row is None:
        return None, rule.rungs
    plan = Plan(
        rule_id=rule.id,
        rule_version=rule.version,
        steps=row.steps,
        four_eyes_from=row.four_eyes_from,
        no_competence_to=row.no_competence_to,
    )
    return plan, rule.rungs


def opening(plan: Plan | None, work: Sequence[Work]) -> Iterator[RuleStep]:
    """The steps that open now: all that they wait for is answered, and they have not opened yet."""
    if plan is None:
        return
    newest = {each.task.step: each for each in work}
    answered = {step for step, each in newest.items() if each.answer and each.answer.kind is not NO_COMPETENCE}
    for step in plan.steps:
        if step.id not in newest and answered.issuperset(step.after):
            yield step


def nobodys(work: Work, among: Sequence[Work]) -> bool:
    """Whether its unit has said that it is not competent, and nobody has got the task in its place."""
    said = work.answer is not None and work.answer.kind is NO_COMPETENCE
    return said and is_newest(work, among)


def is_newest(work: Work, among: Sequence[Work]) -> bool:
    """Whether no other task has followed it for the same step."""
    return [each for each in among if each.task.step == work.task.step][-1] is work


def decided(plan: Plan | None, work: Sequence[Work]) -> CaseResult | None:
    """What the answers of all mandatory steps come to; None as long as one is awaited."""
    newest = {each.task.step: each for each in work}
    wanted = [step.id for step in plan.steps if step.mandatory] if plan else [None]
    answers = [newest[id].answer if id in newest else None for id in wanted]
    given = [answer for answer in answers if answer is not None]
    kinds = {answer.kind for answer in given}
    if len(given) < len(wanted) or (NO_COMPETENCE in kinds and len(kinds) > 1):
        return None
    return given[0] if len(given) == 1 else _together(given)


def _together(answers: Sequence[CaseResult]) -> CaseResult:
    """Several answers as one: the same if they agree, else PARTIAL (domain 3, Task)."""
    last = sorted(answers, key=lambda answer: answer.decided_at)[-1]  # of one second the later step
    kinds = {answer.kind for answer in answers}
    grounds = dict.fromkeys(answer.ground for answer in answers if answer.ground)
    outputs = [answer.output for answer in answers if answer.output]
    return last.model_copy(
        update={
            "kind": last.kind if len(kinds) == 1 else ResultKind.PARTIAL,
            "ground": "\n".join(grounds) or None,
            "laws": tuple(sorted({law for answer in answers for law in answer.laws})),
            "output": outputs[-1] if outputs else None,
        }
    )


def authors(work: Sequence[Work]) -> frozenset[str]:
    """Who has decided what there is to object to, and who has agreed (I8)."""
    refusals = [
        each.answer
        for each in work
        if each.answer is not None and each.answer.kind in (ResultKind.REFUSED, ResultKind.PARTIAL)
    ]
    return frozenset(by for answer in refusals for by in (answer.decided_by, answer.second_officer) if by is not None)
