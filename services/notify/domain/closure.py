"""One change of the working days, and one citizen: told once, however many of their cases it moves (domain 6, 12.9).

Correspondences know one request each (docs/adr/0006), so those of a citizen ask here which of them tells. The first
does. If its message comes to nothing, since that case was over or nobody could be reached, the next one is asked to.
"""

from services.contracts.decision import Decision, Send, World
from services.contracts.envelope import derived_id
from services.contracts.intake import CommitmentKind, RequestMoved
from services.contracts.routing import DueCause
from services.contracts.wire import Id, Wire
from services.contracts.working_calendar import CalendarRef
from services.notify.domain.rules import Rules


class Asked(Wire):
    """A correspondence that has the new date of its case to tell, as this message of it."""

    request_id: Id
    message_id: Id


class Untold(Asked):
    """To the closure: the message that was to tell has come to nothing."""


class Tell(Wire):
    """To a correspondence: it is the one."""

    message_id: Id


class NeedNot(Wire):
    """To a correspondence: the citizen hears of it with another case."""

    message_id: Id


class Closure(Wire):
    """Who has asked, in order, and who tells. Its id says neither whose it is nor of which calendar."""

    teller: Asked | None = None
    waiting: tuple[Asked, ...] = ()
    """Who may have to tell yet."""


def closure_of(event: RequestMoved) -> str | None:
    """The closure that this event is part of: the final answer of a citizen's case was moved by its calendar."""
    moved = [
        promise.moves[-1]
        for promise in event.commitments
        if promise.moves and promise.kind is CommitmentKind.FINAL_DELIVERY
    ]
    newest = max(moved, key=lambda move: move.at, default=None)
    if newest is None or newest.cause is not DueCause.CALENDAR or event.applicant_ref is None:
        return None
    return _id(event.applicant_ref, newest.calendar)


def _id(applicant_ref: str, calendar: CalendarRef) -> str:
    return derived_id("closure", applicant_ref, f"{calendar.id}@{calendar.version}")


def asked(closure: Closure | None, question: Asked, world: World[Rules]) -> Decision[Closure]:
    """The first tells, with each date that its case gets; the others need not."""
    closure = closure or Closure()
    if closure.teller is None or closure.teller.request_id == question.request_id:
        return _appointed(closure, question)  # a newer date of the same case, too
    waits = closure.model_copy(update={"waiting": (*closure.waiting, question)})
    return Decision(waits, sends=(_to(question, NeedNot(message_id=question.message_id)),))


def untold(closure: Closure | None, word: Untold, world: World[Rules]) -> Decision[Closure]:
    """The next one tells; when nobody is left, whoever asks next."""
    if closure is None or closure.teller is None or closure.teller.message_id != word.message_id:
        return Decision(closure)
    if not closure.waiting:
        return Decision(closure.model_copy(update={"teller": None}))
    first, *others = closure.waiting
    return _appointed(closure.model_copy(update={"waiting": tuple(others)}), first)


def _appointed(closure: Closure, teller: Asked) -> Decision[Closure]:
    told = closure.model_copy(update={"teller": teller})
    return Decision(told, sends=(_to(teller, Tell(message_id=teller.message_id)),))


def _to(asked: Asked, word: Tell | NeedNot) -> Send:
    return Send("correspondence", asked.request_id, word)
