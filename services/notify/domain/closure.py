"""One change of the working days, and one citizen: told once, however many of their cases it moves (domain 6, 12.9).

Correspondences know one request each (docs/adr/0006), so those of a citizen ask here which of them tells. The first
does. If its message comes to nothing, since that case was over or nobody could be reached, the next one is asked to.
"""

from collections.abc import Callable, Mapping
from typing import Final

from services.contracts.decision import Decision, Send, World
from services.contracts.envelope import derived_id
from services.contracts.intake import BOOKED_ANEW, VISITS, CommitmentKind, CommitmentState, RequestMoved
from services.contracts.routing import DueCause
from services.contracts.wire import Id, Wire
from services.contracts.working_calendar import CalendarRef
from services.notify.domain.notices import Notice
from services.notify.domain.rules import Rules


class Asked(Wire):
    """A correspondence that has something of the closure to tell, as this message of it."""

    request_id: Id
    message_id: Id
    notice: Notice = Notice.RE_DATED


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


def closure_of(notice: Notice, event: RequestMoved) -> str | None:
    """The closure of which this notice tells one citizen: an answer, a visit or a deadline was moved by a calendar, or
    a visit is off by it. None of what one case alone has to tell."""
    named = CAUSES.get(notice)
    calendar = named(event) if named else None
    if calendar is None or event.applicant_ref is None:
        return None
    return derived_id("closure", event.applicant_ref, f"{calendar.id}@{calendar.version}")


def _moved_by(event: RequestMoved, *kinds: CommitmentKind) -> CalendarRef | None:
    """What the desk has booked anew it has done with the person: no closure tells of that."""
    moved = [promise.moves[-1] for promise in event.commitments if promise.moves and promise.kind in kinds]
    newest = max(moved, key=lambda move: move.at, default=None)
    if newest is None or newest.cause is not DueCause.CALENDAR or newest.rule == BOOKED_ANEW:
        return None
    return newest.calendar


def _off_by(event: RequestMoved) -> CalendarRef | None:
    visits = [promise.visit for promise in event.commitments if promise.visit and promise.state is CommitmentState.OPEN]
    return next((visit.shut_by for visit in visits if visit.warned_at == event.occurred_at and visit.shut_by), None)


CAUSES: Final[Mapping[Notice, Callable[[RequestMoved], CalendarRef | None]]] = {
    Notice.RE_DATED: lambda event: _moved_by(event, CommitmentKind.FINAL_DELIVERY),
    Notice.VISIT_MOVED: lambda event: _moved_by(event, *VISITS),
    Notice.VISIT_OFF: _off_by,
    Notice.DOCUMENTS_POSTPONED: lambda event: event.awaited.postponed_by if event.awaited else None,
}
"""The notices that may tell of a closure, and by which version of the calendar they do.

That a visit stands again is told to each: whoever was told not to come must know.
"""


def asked(closure: Closure | None, question: Asked, world: World[Rules]) -> Decision[Closure]:
    """The first tells, with each date that its case gets; the others need not, nor what else moves in that case."""
    closure = closure or Closure()
    teller = closure.teller
    if teller is None or (teller.request_id, teller.notice) == (question.request_id, question.notice):
        return _appointed(closure, question)  # a newer date of the same, too
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
