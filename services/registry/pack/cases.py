"""What became of an agency's cases in a month: each is looked at once, as it stood when the month ended (domain 11).

Every fact counts in the month of the event that told it. So the numbers of a month are the same whenever they are
counted, and in whatever order cases come.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.intake import ChannelReason, NotOnSpotReason
from services.contracts.routing import ResultKind
from services.contracts.service_sheet import Channel, DurationUnit
from services.contracts.working_calendar import CalendarRef
from services.registry.domain.reported import ON_SPOT, RESULT_READY, Line, Promised, ReportedCase
from services.registry.pack.figures import Figure, Row, Why, figure
from services.registry.pack.sums import mean, rank, ranked, share, tenths
from services.worktime import Calendar, Unit, WorktimeError, elapsed

CalendarOf = Callable[[CalendarRef, str], Calendar | None]
"""The calendar that a promise names, in the version it names, for the county of a desk."""

ELECTRONIC = (Channel.WEB, Channel.MOBILE)
KIOSKS = (Channel.KIOSK_URBAN, Channel.KIOSK_RURAL)
NO_REASON = "BY_KIOSK"
"""Of what a kiosk office filed by itself nobody had to decide the channel."""
NOT_SAID = "NOT_SAID"
"""A desk that takes a case back from a kiosk may leave open why it does not decide it at once."""
MINUTES = 60
FINE = 3
"""Digits: working days are counted in millionths, so that spans which add up to five may come to a grain more."""
SUSPENDED, RESUMED = "request.suspended", "request.resumed"
Span = tuple[datetime, datetime]
BEGINS_ROUND = {"request.objected", "request.reopened"}


@dataclass
class Officer:
    kinds: Counter[ResultKind] = field(default_factory=Counter)
    hours: list[Fraction] = field(default_factory=list)


@dataclass
class Service:
    results: int = 0
    over: int = 0
    worked: dict[DurationUnit, list[Fraction]] = field(default_factory=dict)
    """By the unit in which its sheet counts: how long each result took."""


class Cases:
    """The counts of one agency and month, from its first moment to the first after it."""

    def __init__(self, begins: datetime, ends: datetime, calendar_of: CalendarOf) -> None:
        self._begins, self._ends, self._calendar_of = begins, ends, calendar_of
        self._verbs: Counter[str] = Counter()
        self._channels: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._served: Counter[str] = Counter()
        """By channel, without those who only asked."""
        self._at_once = 0
        self._not_at_once: Counter[str] = Counter()
        self._redirects: Counter[str] = Counter()
        self._promises: dict[str, Counter[str]] = {}
        self._early: list[Fraction] = []
        self._late: list[Fraction] = []
        self._kinds: Counter[ResultKind] = Counter()
        self._hours: list[Fraction] = []
        self._on_spot = self._over = self._told = self._telling_measured = self._told_in_time = 0
        self._completed = self._first = self._visits = 0
        self._treatment: Counter[int] = Counter()
        self._on_time = self._sent = 0
        self.services: dict[str, Service] = {}
        self.officers: dict[str, Officer] = {}

    def add(self, case: ReportedCase) -> None:
        lines = [line for line in case.lines if line.at < self._ends]
        for line in lines:
            if line.at >= self._begins:
                self._verbs.update(line.moves)
        self._filing(case, lines)
        self._deciding_at_once(lines)
        self._redirecting(lines)
        for promise in case.promises:
            self._promise(promise, case.desk_id)
        for line in lines:
            if line.result is not None and line.at >= self._begins:
                self._result(case, line, lines)
            if line.survey is not None and line.at >= self._begins:
                self._treatment[line.survey.treatment] += 1
                self._on_time += line.survey.on_time
                self._sent += line.survey.sent_to_unit
        self._telling(case, lines)
        self._completing(lines)

    # -- one case ----------------------------------------------------------------------------------------------------

    def _filing(self, case: ReportedCase, lines: list[Line]) -> None:
        """Its channel is the one that it had when the month ended."""
        if lines and self._begins <= case.filed_at < self._ends:
            channel, reason = lines[-1].channel, lines[-1].channel_reason
            self._channels[channel] += 1
            self._reasons[reason or NO_REASON] += 1
            self._served[channel] += reason is not ChannelReason.INFO

    def _deciding_at_once(self, lines: list[Line]) -> None:
        """Done on the spot: in the call that filed it or took it back from a kiosk, or later in the same visit."""
        could = next((line for line in lines if line.on_spot_allowed), None)
        if could is None or could.at < self._begins:
            return
        if any(ON_SPOT in line.moves and line.visits == could.visits for line in lines):
            self._at_once += 1
        else:
            self._not_at_once[could.not_on_spot_reason or NOT_SAID] += 1

    def _redirecting(self, lines: list[Line]) -> None:
        """A redirect ends with what follows it: honoured, failed, taken back, or closed with its case."""
        redirected = False
        for line in lines:
            outcome = _redirect_ended(line) if redirected else None
            if outcome is not None:
                redirected = False
                self._redirects[outcome] += line.at >= self._begins
            redirected = redirected or "request.redirected" in line.moves

    def _promise(self, promise: Promised, desk_id: str) -> None:
        ended, late = promise.ended_at, promise.fulfilled_late_at
        counts = self._promises.setdefault(promise.kind, Counter())
        if ended is not None and self._begins <= ended < self._ends:
            counts[promise.state] += 1
            if promise.state is CommitmentState.KEPT and promise.kind is CommitmentKind.FINAL_DELIVERY:
                self._early += self._days(promise, desk_id, ended, promise.promised_at)
        if late is not None and self._begins <= late < self._ends:
            counts[LATE] += 1
            if promise.kind is CommitmentKind.FINAL_DELIVERY:
                self._late += self._days(promise, desk_id, promise.promised_at, late)

    def _result(self, case: ReportedCase, line: Line, lines: list[Line]) -> None:
        result = line.result
        assert result is not None, "it is called of lines that have one"
        self._kinds[result.kind] += 1
        self._on_spot += ON_SPOT in line.moves
        service = self.services.setdefault(case.service_id, Service())
        officer = self.officers.setdefault(result.decided_by, Officer())
        service.results += 1
        officer.kinds[result.kind] += 1
        began = next((each.at for each in lines if each.round == line.round and _begins(each)), None)
        promise = _promise_of(case, line.round)
        if began is None:
            return
        if promise is None:  # decided in the call that filed it: no time has passed, and none was promised
            if began == line.at:
                self._hours.append(Fraction(0))
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
        self._hours.append(hours)
        officer.hours.append(hours)
        service.worked.setdefault(promise.budget.unit, []).append(own)
        over = round(own, FINE) > promise.budget.value
        service.over += over
        self._over += over

    def _telling(self, case: ReportedCase, lines: list[Line]) -> None:
        """From the result to its announcement; what was decided on the spot was told on the spot."""
        ready: dict[int, datetime] = {line.round: line.at for line in lines if RESULT_READY in line.moves}
        for line in lines:
            if "request.announced" not in line.moves or line.at < self._begins or line.round not in ready:
                continue
            self._told += 1
            promise = _promise_of(case, line.round)
            if promise is not None:
                days = self._elapsed(promise.calendar, case.desk_id, ready[line.round], line.at, Unit.WORKING_DAYS)
                self._telling_measured += days is not None
                self._told_in_time += days is not None and days < 1

    def _completing(self, lines: list[Line]) -> None:
        """A case is completed once, when it is closed for the first time."""
        closed = next((line for line in lines if "request.closed" in line.moves), None)
        if closed is not None and closed.at >= self._begins:
            self._completed += 1
            self._first += closed.visits <= 1
            self._visits += closed.visits

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

    # -- what it comes to --------------------------------------------------------------------------------------------

    def figures(self) -> dict[str, Figure]:
        return {
            **self._of_filing(),
            **self._of_deciding_at_once(),
            **self._of_redirects(),
            **self._of_promises(),
            **self._of_results(),
            "visits.completed": figure(self._completed),
            "visits.first": figure(self._first),
            "visits.firstShare": share(self._first, self._completed),
            "visits.perCase": mean(self._visits, self._completed),
            # I1: a referral has a coordination, or there is none; the system knows neither yet
            "referrals.coordinated": figure(self._verbs["request.referred"], why=self._nobody_is_sent()),
            "referrals.uncoordinated": figure(0, why=self._nobody_is_sent()),
            **self._of_surveys(),
        }

    def tables(self) -> dict[str, list[Row]]:
        return {
            "channels": [{"id": channel.value, "cases": self._channels[channel]} for channel in Channel],
            "reasons": [
                {"id": reason, "cases": self._reasons[reason]}
                for reason in (*(each.value for each in ChannelReason), NO_REASON)
            ],
            "notOnSpot": [
                {"id": reason, "cases": self._not_at_once[reason]}
                for reason in (*(each.value for each in NotOnSpotReason), NOT_SAID)
            ],
            "promises": [
                {
                    "id": kind,
                    "kept": counts[CommitmentState.KEPT],
                    "broken": counts[CommitmentState.BROKEN],
                    "released": counts[CommitmentState.RELEASED],
                    "keptLate": counts[LATE],
                }
                for kind, counts in sorted(self._promises.items())
            ],
            "treatment": [{"id": str(mark), "answers": self._treatment[mark]} for mark in range(1, 6)],
            "officers": [
                {
                    "id": id,
                    "results": officer.kinds.total(),
                    "granted": officer.kinds[ResultKind.GRANTED],
                    "refused": officer.kinds[ResultKind.REFUSED],
                    "partial": officer.kinds[ResultKind.PARTIAL],
                    "median": ranked(_minutes(officer.hours), 50, whole=True)["value"],
                }
                for id, officer in sorted(self.officers.items())
            ],
        }

    def _of_filing(self) -> dict[str, Figure]:
        served = self._served.total()
        electronic = sum(self._served[channel] for channel in ELECTRONIC)
        kiosk = sum(self._served[channel] for channel in KIOSKS)
        return {
            "cases.filed": figure(self._channels.total()),
            "cases.electronic": share(electronic, served),
            "cases.kiosk": share(kiosk, served),
            "cases.desk": share(self._served[Channel.AGENCY_DESK], served),
            "cases.withdrawn": figure(self._verbs["request.withdrawn"]),
            "cases.expired": figure(self._verbs["request.expired"]),
            "cases.objected": figure(self._verbs["request.objected"]),
            "cases.reopened": figure(self._verbs["request.reopened"]),
            "cases.incomplete": figure(self._verbs["request.incomplete"]),
        }

    def _of_deciding_at_once(self) -> dict[str, Figure]:
        could = self._at_once + self._not_at_once.total()
        return {
            "onSpot.possible": figure(could),
            "onSpot.done": figure(self._at_once),
            "onSpot.share": share(self._at_once, could),
        }

    def _of_redirects(self) -> dict[str, Figure]:
        ended = self._redirects.total()
        return {
            "redirects.made": figure(self._verbs["request.redirected"]),
            "redirects.ended": figure(ended),
            **{f"redirects.{outcome}": figure(self._redirects[outcome]) for outcome in REDIRECT_ENDS},
            "redirects.honouredShare": share(self._redirects["honoured"], ended),
        }

    def _of_promises(self) -> dict[str, Figure]:
        sums: Counter[str] = Counter()
        for counts in self._promises.values():
            sums.update(counts)
        kept, broken = sums[CommitmentState.KEPT], sums[CommitmentState.BROKEN]
        latest = max(self._late, default=None)
        return {
            "promises.ended": figure(kept + broken),
            "promises.kept": figure(kept),
            "promises.broken": figure(broken),
            "promises.released": figure(sums[CommitmentState.RELEASED]),
            "promises.keptShare": share(kept, kept + broken),
            "promises.earlyMedian": ranked(self._early, 50),
            "promises.keptLate": figure(sums[LATE]),
            "promises.lateMedian": ranked(self._late, 50),
            "promises.latest": figure(None, of=0, why=Why.NOTHING_TO_COUNT)
            if latest is None
            else figure(tenths(latest), of=len(self._late)),
        }

    def _of_results(self) -> dict[str, Figure]:
        minutes = _minutes(self._hours)
        return {
            "results.all": figure(self._kinds.total()),
            "results.granted": figure(self._kinds[ResultKind.GRANTED]),
            "results.refused": figure(self._kinds[ResultKind.REFUSED]),
            "results.partial": figure(self._kinds[ResultKind.PARTIAL]),
            "results.onSpot": figure(self._on_spot),
            "results.overMaximum": figure(self._over),
            "results.median": ranked(minutes, 50, whole=True),
            "results.p90": ranked(minutes, 90, whole=True),
            "announcements.all": figure(self._told),
            "announcements.withinDay": figure(self._told_in_time),
            "announcements.share": share(self._told_in_time, self._telling_measured),
        }

    def _of_surveys(self) -> dict[str, Figure]:
        answers = self._treatment.total()
        marks = sum(mark * count for mark, count in self._treatment.items())
        return {
            "surveys.answered": figure(answers),
            "surveys.treatment": mean(marks, answers),
            "surveys.onTime": figure(self._on_time),
            "surveys.onTimeShare": share(self._on_time, answers),
            "surveys.sentToUnit": figure(self._sent),
            "surveys.sentToUnitShare": share(self._sent, answers),
        }

    def _nobody_is_sent(self) -> Why | None:
        return None if self._verbs["request.referred"] else Why.NOBODY_IS_SENT


LATE = "LATE"
REDIRECT_ENDS = ("honoured", "failed", "takenBack", "closed")


def _promise_of(case: ReportedCase, round: int) -> Promised | None:
    """Of the final answer in a round. Each has one, but for a first one that was decided in the call that filed."""
    promises = [each for each in case.promises if each.kind is CommitmentKind.FINAL_DELIVERY]
    place = round - 1 - (case.lines[-1].round - len(promises))
    return promises[place] if 0 <= place < len(promises) else None


def _redirect_ended(line: Line) -> str | None:
    """How the redirect that was open ended with this event; None: it did not."""
    if "request.redirect-failed" in line.moves:
        return "failed"
    if "request.registered" in line.moves:
        return "honoured" if line.by_kiosk else "takenBack"
    if "request.redirected" in line.moves:
        return "takenBack"  # sent to another one, and no office is blamed
    return "closed" if {"request.expired", "request.withdrawn"} & {*line.moves} else None


def _begins(line: Line) -> bool:
    """Whether the Clock of its round runs from this event on."""
    return "request.registered" in line.moves or bool(BEGINS_ROUND & {*line.moves})


def _running(lines: Iterable[Line], began: datetime, decided: Line) -> list[Span]:
    """When the work went on, from its beginning to the result: without the times for which it was suspended."""
    assert decided.result is not None, "it is called of lines that have one"
    spans, since = [], began
    for line in (each for each in lines if each.round == decided.round and began <= each.at <= decided.at):
        if SUSPENDED in line.moves:
            spans.append((since, line.at))
            since = decided.result.decided_at
        if RESUMED in line.moves:
            since = line.at
    return [*spans, (since, decided.result.decided_at)]


def _minutes(hours: Iterable[Fraction]) -> list[Fraction]:
    return [each * MINUTES for each in hours]


def in_unit(service: Service, unit: DurationUnit | None) -> dict[str, int | float | None]:
    """How many of a service's results were measured in the unit of its sheet, and their median and p90."""
    worked = service.worked.get(unit, []) if unit else []
    found = {"median": rank(worked, 50), "p90": rank(worked, 90)}
    return {"measured": len(worked), **{n: None if value is None else tenths(value) for n, value in found.items()}}
