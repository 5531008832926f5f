"""One decision about the working days, and one citizen: told once, whatever of theirs it moves (domain 6, 12.9).

Correspondences know one request each (docs/adr/0006), so those of a citizen ask here which of them tells. The first
does; while its message has not gone out it gives way to one that saves a sooner trip. If the message comes to nothing,
since that case was over or nobody could be reached, the next one is asked to: whose trip is the soonest.

What two decisions have moved at once asks of both, and is told as soon as one of them wants it to be.

That a citizen is told once is shown by tests/unit/test_told_once_of_a_closure.py and test_told_once_of_each_day.py.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from services.contracts.commitment import (
    ASKED_BACK,
    BOOKED_ANEW,
    OUT_OF_SERVICE,
    VISITS,
    CommitmentKind,
)
from services.contracts.decision import Decision, Send, World
from services.contracts.envelope import derived_id
from services.contracts.intake import RequestMoved
from services.contracts.routing import DueCause
from services.contracts.wire import Id, Instant, Wire
from services.contracts.working_calendar import CalendarRef, ChangedDay
from services.notify.domain.notices import Notice
from services.notify.domain.rules import Rules
from services.notify.domain.wording import off_ahead, the_visit


class Asked(Wire):
    """A correspondence that has something of the closure to tell, as this message of it."""

    request_id: Id
    message_id: Id
    closure: Id | None = None
    """Of which closure; None where an earlier version asked, which knew of one for a message."""
    notice: Notice = Notice.RE_DATED
    trip: Instant | None = None
    """When somebody who has not heard would come in vain; None: nobody sets out for an answer."""


class Untold(Asked):
    """To the closure: the message that was to tell has come to nothing."""


class GaveWay(Asked):
    """To the closure: the message has not gone out, and need not before another."""


class Answer(Wire):
    """To a correspondence, about a message of its."""

    message_id: Id
    closure: Id | None = None
    """As asked."""


class Tell(Answer):
    """It is the one."""


class NeedNot(Answer):
    """The citizen hears of it with another case."""


class GiveWay(Answer):
    """It was to tell, but another case of the citizen has a sooner trip, if it is not too late."""


class ClosureTurn(Wire):
    """A closure of which a message tells: whether it is the one of its citizen, the closure says."""

    id: Id
    trip: Instant | None = None
    """As asked."""
    tells: bool = False
    need_not: bool = False
    """The closure has said that another case tells."""
    asked_as: Id | None = None
    """The message that has asked, where this one says its words once more: by that the closure knows it."""


class Closure(Wire):
    """Who has asked, the soonest trip first, and who tells. Its id says neither whose it is nor of which days."""

    teller: Asked | None = None
    waiting: tuple[Asked, ...] = ()
    """Who may have to tell yet."""


def closures_of(notice: Notice, event: RequestMoved) -> tuple[str, ...]:
    """The closures of which this notice tells one citizen: an answer, a visit or a deadline was moved by a calendar, or
    a visit or a slot of a unit is off by it or ends sooner. None of what one case alone has to tell.

    One for each decision about the days that did it; where none is named, the version of the calendar is one.
    """
    named = CAUSES.get(notice)
    cause = named(event) if named else None
    if cause is None or event.applicant_ref is None:
        return ()
    decisions = [_name(day.decided, *(["taken back"] if day.taken_back else [])) for day in cause.days]
    return tuple(
        derived_id("closure", event.applicant_ref, decision)
        for decision in dict.fromkeys(decisions or [_name(cause.calendar)])
    )


def _name(calendar: CalendarRef, *more: str) -> str:
    return " ".join((f"{calendar.id}@{calendar.version}", *more))


_OF_ONE_CASE: Final = (BOOKED_ANEW, ASKED_BACK, OUT_OF_SERVICE)


class Cause(NamedTuple):
    """By what a date was moved."""

    calendar: CalendarRef
    days: tuple[ChangedDay, ...]


def _cause(calendar: CalendarRef | None, day: ChangedDay | None) -> Cause | None:
    return Cause(calendar, (day,) if day else ()) if calendar else None


def _moved_by(event: RequestMoved, *kinds: CommitmentKind) -> Cause | None:
    """What takes the place of a visit that was off, or lay where the desk is away, one case alone tells of."""
    moved = [promise.moves[-1] for promise in event.commitments if promise.moves and promise.kind in kinds]
    newest = max(moved, key=lambda move: move.at, default=None)
    if newest is None or newest.cause is not DueCause.CALENDAR or newest.rule in _OF_ONE_CASE:
        return None
    return Cause(newest.calendar, newest.days)


def _shut_by(event: RequestMoved, notice: Notice) -> Cause | None:
    """Of the visit that the notice names: another may be off at once, for another reason."""
    promise = the_visit(event, notice)
    return _cause(promise.visit.shut_by, promise.visit.shut_on) if promise and promise.visit else None


def _postponed_by(event: RequestMoved) -> Cause | None:
    return _cause(event.awaited.postponed_by, event.awaited.postponed_on) if event.awaited else None


def _off_by(event: RequestMoved) -> Cause | None:
    """Of a slot of a unit: who has come in vain is told by itself."""
    sent = event.referral
    return _cause(sent.shut_by, sent.shut_on) if sent is not None and off_ahead(sent) else None


CAUSES: Final[Mapping[Notice, Callable[[RequestMoved], Cause | None]]] = {
    Notice.RE_DATED: lambda event: _moved_by(event, CommitmentKind.FINAL_DELIVERY),
    Notice.VISIT_MOVED: lambda event: _moved_by(event, *VISITS),
    Notice.VISIT_OFF: lambda event: _shut_by(event, Notice.VISIT_OFF),
    Notice.VISIT_SHORTENED: lambda event: _shut_by(event, Notice.VISIT_SHORTENED),
    Notice.DOCUMENTS_POSTPONED: _postponed_by,
    Notice.REFERRAL_CANCELLED: _off_by,
}
"""The notices that may tell of a closure, and by which days they do.

That a visit stands again is told to each: whoever was told not to come must know.
"""


def asked(closure: Closure | None, question: Asked, world: World[Rules]) -> Decision[Closure]:
    """The first tells, with each date that its case gets; the others need not, nor what else moves in that case.

    One with a sooner trip waits only until it is known whether the first has gone out.
    """
    closure = closure or Closure()
    teller = closure.teller
    if teller is None or (teller.request_id, teller.notice) == (question.request_id, question.notice):
        return _appointed(closure, question)  # a newer date of the same, too
    sends = [_to(question, NeedNot)]
    if urgency(question) < urgency(teller):
        sends.append(_to(teller, GiveWay))
    return Decision(_with_waiting(closure, question), sends=tuple(sends))


def untold(closure: Closure | None, word: Untold, world: World[Rules]) -> Decision[Closure]:
    """The next one tells; when nobody is left, whoever asks next."""
    if closure is None or closure.teller is None or closure.teller.message_id != word.message_id:
        return Decision(closure)
    if not closure.waiting:
        return Decision(closure.model_copy(update={"teller": None}))
    first, *others = closure.waiting
    return _appointed(closure.model_copy(update={"waiting": tuple(others)}), first)


def gave_way(closure: Closure | None, word: GaveWay, world: World[Rules]) -> Decision[Closure]:
    """The soonest trip is told instead; who gave way may have to tell yet."""
    if closure is None or closure.teller is None or closure.teller.message_id != word.message_id:
        return Decision(closure)
    first, *others = _with_waiting(closure, closure.teller).waiting
    return _appointed(closure.model_copy(update={"waiting": tuple(others)}), first)


def _with_waiting(closure: Closure, asked: Asked) -> Closure:
    waiting = sorted((*closure.waiting, asked), key=urgency)
    return closure.model_copy(update={"waiting": tuple(waiting)})


def urgency(asks: Asked | ClosureTurn | None) -> datetime:
    """By what the soonest trip comes first."""
    return (asks and asks.trip) or _NO_TRIP


_NO_TRIP: Final = datetime.max.replace(tzinfo=UTC)


def _appointed(closure: Closure, teller: Asked) -> Decision[Closure]:
    told = closure.model_copy(update={"teller": teller})
    return Decision(told, sends=(_to(teller, Tell),))


def _to(asked: Asked, answer: type[Answer]) -> Send:
    return Send("correspondence", asked.request_id, answer(message_id=asked.message_id, closure=asked.closure))
