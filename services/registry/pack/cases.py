"""What became of an agency's cases in a month: each is looked at once, as it stood when the month ended (domain 11).

Every fact counts in the month of the event that told it, the end of a promise in that of its own hour. So the numbers
of a month are the same whenever they are counted, and in whatever order cases come.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.routing import SuspensionCause
from services.contracts.service_sheet import DurationUnit
from services.contracts.working_calendar import CalendarRef
from services.registry.domain.reported import CLOSED, ON_SPOT, RESULT_READY, SUSPENDED, Line, Promised, ReportedCase
from services.registry.pack.case_figures import LATE, NO_REASON, NOT_SAID, Counts, Officer, Service
from services.worktime import Calendar, Unit, WorktimeError, elapsed
from services.worktime.jalali import civil_day

CalendarOf = Callable[[CalendarRef, str], Calendar | None]
"""The calendar that a promise names, in the version it names, for the county of a desk."""

FINE = 3
"""Digits: working days are counted in millionths, so that spans which add up to five may come to a grain more."""
RESUMED = "request.resumed"
Span = tuple[datetime, datetime]
BEGINS_ROUND = {"request.objected", "request.reopened"}


class Cases:
    """Counts the cases of one agency and month, from its first moment to the first after it."""

    def __init__(self, begins: datetime, ends: datetime, calendar_of: CalendarOf) -> None:
        self._begins, self._ends, self._calendar_of = begins, ends, calendar_of
        self.counts = Counts()

    def add(self, case: ReportedCase) -> None:
        lines = [line for line in case.lines if line.at < self._ends]
        for line in lines:
            if line.at >= self._begins:
                self.counts.verbs.update(line.moves)
                self.counts.documents_awaited += line.stands_for is SuspensionCause.APPLICANT
        self._filing(case, lines)
        self._deciding_at_once(lines)
        self._redirecting(lines)
        for promise in case.promises:
            self._promise(promise, case.desk_id)
        for line in lines:
            if line.result is not None and line.at >= self._begins:
                self._result(case, line, lines)
            if line.survey is not None and line.at >= self._begins:
                self.counts.treatment[line.survey.treatment] += 1
                self.counts.on_time += line.survey.on_time
                self.counts.sent += line.survey.sent_to_unit
        self._telling(case, lines)
        self._completing(lines)

    def _filing(self, case: ReportedCase, lines: list[Line]) -> None:
        """Its channel is the one that it had when the month ended."""
        if lines and self._begins <= case.filed_at < self._ends:
            channel, reason = lines[-1].channel, lines[-1].channel_reason
            self.counts.filed[reason or NO_REASON, channel] += 1

    def _deciding_at_once(self, lines: list[Line]) -> None:
        """Done on the spot: in the call that filed it or took it back from a kiosk, or later in the same visit.

        A visit ends with its day, also where no ticket tells that there was another.
        """
        could = next((line for line in lines if line.on_spot_allowed), None)
        if could is None or could.at < self._begins:
            return
        visit = could.visits, civil_day(could.at)
        if any(ON_SPOT in line.moves and (line.visits, civil_day(line.at)) == visit for line in lines):
            self.counts.at_once += 1
        else:
            self.counts.not_at_once[could.not_on_spot_reason or NOT_SAID] += 1

    def _redirecting(self, lines: list[Line]) -> None:
        """A redirect ends with what follows it: honoured, failed, taken back, or closed with its case."""
        redirected = False
        for line in lines:
            outcome = _redirect_ended(line) if redirected else None
            if outcome is not None:
                redirected = False
                self.counts.redirects[outcome] += line.at >= self._begins
            redirected = redirected or "request.redirected" in line.moves

    def _promise(self, promise: Promised, desk_id: str) -> None:
        ended, late = promise.ended_at, promise.fulfilled_late_at
        counts = self.counts.promises  # of what has no fact in the month there is nothing, whatever follows
        if ended is not None and self._begins <= ended < self._ends:
            counts.setdefault(promise.kind, Counter())[promise.state] += 1
            if promise.state is CommitmentState.KEPT and promise.kind is CommitmentKind.FINAL_DELIVERY:
                self.counts.early += self._days(promise, desk_id, ended, promise.promised_at)
        # what was heard of after its hour and had been done before is broken (I6), and was not late
        if late is not None and late > promise.promised_at and self._begins <= late < self._ends:
            counts.setdefault(promise.kind, Counter())[LATE] += 1
            if promise.kind is CommitmentKind.FINAL_DELIVERY:
                self.counts.late += self._days(promise, desk_id, promise.promised_at, late)

    def _result(self, case: ReportedCase, line: Line, lines: list[Line]) -> None:
        result = line.result
        assert result is not None, "it is called of lines that have one"
        self.counts.kinds[result.kind] += 1
        self.counts.on_spot += ON_SPOT in line.moves
        service = self.counts.services.setdefault(case.service_id, Service())
        officer = self.counts.officers.setdefault(result.decided_by, Officer())
        service.results += 1
        officer.kinds[result.kind] += 1
        began = next((each.at for each in lines if each.round == line.round and _begins(each)), None)
        promise = _promise_of(case, line.round)
        if began is None:
            return
        if promise is None:  # decided in the call that filed it: no time has passed, and none was promised
            if began == line.at:
                self.counts.hours.append(Fraction(0))
                officer.hours.append(Fraction(0))
            return
        if promise.budget is None:
            return
        during = _running(lines, began, line)
        worked = {
            unit: self._worked(promise.calendar, case.desk_id, during, Unit(unit.value))
            for unit in {DurationUnit.WORKING_HOURS, promise.budget.unit}
        }
        hours, own = worked[DurationUnit.WORKING_HOURS], worked[promise.budget.unit]
        if hours is None or own is None:
            return
        self.counts.hours.append(hours)
        officer.hours.append(hours)
        service.worked.setdefault(promise.budget.unit, []).append(own)
        over = round(own, FINE) > promise.budget.value
        service.over += over
        self.counts.over += over

    def _telling(self, case: ReportedCase, lines: list[Line]) -> None:
        """From the result to its announcement; what was decided on the spot was told on the spot."""
        ready: dict[int, datetime] = {line.round: line.at for line in lines if RESULT_READY in line.moves}
        for line in lines:
            if "request.announced" not in line.moves or line.at < self._begins or line.round not in ready:
                continue
            self.counts.told += 1
            promise = _promise_of(case, line.round)
            if promise is not None:
                told = min(line.at, _answered_at(promise) or line.at)
                days = self._elapsed(promise.calendar, case.desk_id, ready[line.round], told, Unit.WORKING_DAYS)
                self.counts.telling_measured += days is not None
                self.counts.told_in_time += days is not None and days < 1

    def _completing(self, lines: list[Line]) -> None:
        """A case is completed once, when it is first closed and nothing of it was left that nobody ever fetched."""
        closed = next((line for line in lines if CLOSED in line.moves and line.collected is not False), None)
        if closed is not None and closed.at >= self._begins:
            self.counts.completed += 1
            self.counts.first += closed.visits <= 1
            self.counts.visits += closed.visits

    def _days(self, promise: Promised, desk_id: str, start: datetime, end: datetime) -> list[Fraction]:
        found = self._elapsed(promise.calendar, desk_id, start, end, Unit.WORKING_DAYS)
        return [] if found is None else [found]

    def _worked(self, ref: CalendarRef, desk_id: str, spans: Iterable[Span], unit: Unit) -> Fraction | None:
        found = [self._elapsed(ref, desk_id, start, end, unit) for start, end in spans]
        return None if None in found else sum((each for each in found if each is not None), Fraction(0))

    def _elapsed(self, ref: CalendarRef, desk_id: str, start: datetime, end: datetime, unit: Unit) -> Fraction | None:
        """None: the calendar is not known, or does not reach there."""
        calendar = self._calendar_of(ref, desk_id)
        if calendar is None:
            return None
        try:
            return elapsed(calendar, start, end, unit)
        except WorktimeError:
            return None


def _promise_of(case: ReportedCase, round: int) -> Promised | None:
    """Of the final answer in a round. Each has one, but for a first one that was decided in the call that filed."""
    promises = [each for each in case.promises if each.kind is CommitmentKind.FINAL_DELIVERY]
    place = round - 1 - (case.lines[-1].round - len(promises))
    return promises[place] if 0 <= place < len(promises) else None


def _answered_at(promise: Promised) -> datetime | None:
    """When its person had the answer: by a message, though the desk has told it since and word of that came first."""
    return promise.ended_at if promise.state is CommitmentState.KEPT else promise.fulfilled_late_at


def _redirect_ended(line: Line) -> str | None:
    """How the redirect that was open ended with this event; None: it did not."""
    if "request.redirect-failed" in line.moves:
        return "failed"
    if "request.registered" in line.moves:
        return "honoured" if line.by_kiosk else "takenBack"
    if "request.redirected" in line.moves:
        return "takenBack"  # sent to another one, and no office is blamed
    return "closed" if {"request.expired", "request.withdrawn", "request.duplicate"} & {*line.moves} else None


def _begins(line: Line) -> bool:
    """Whether the Clock of its round runs from this event on."""
    return "request.registered" in line.moves or bool(BEGINS_ROUND & {*line.moves})


def _running(lines: Iterable[Line], began: datetime, decided: Line) -> list[Span]:
    """When the work went on, from its beginning to the result: without the times for which it was suspended.

    One event may tell that it went on and stood still again: its moves are in the order in which they were made. It
    stood still since the unit stopped it; that it went on counts when that was heard of. What was heard of only after
    the result counts as heard with it.
    """
    assert decided.result is not None, "it is called of lines that have one"
    until = decided.result.decided_at
    spans: list[Span] = []
    since: datetime | None = began
    for line in (each for each in lines if each.round == decided.round and began <= each.at <= decided.at):
        at = min(line.at, until)
        for move in line.moves:
            if move == SUSPENDED and since is not None:
                spans.append((since, max(since, min(line.stands_since or at, at))))
                since = None
            if move == RESUMED and since is None:
                since = at
    return spans if since is None else [*spans, (since, until)]
