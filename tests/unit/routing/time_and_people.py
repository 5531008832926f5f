"""The work stands still and goes on, time passes, days are closed, and officers and units come and go (domain 6, 7)."""

from datetime import timedelta
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.contracts.decision import TimerFired
from services.contracts.intake import AwaitedDocuments, RequestSuspension
from services.contracts.routing import SuspensionCause, SuspensionReason
from services.contracts.wire import Command
from services.routing.domain.case import timers
from services.routing.domain.messages import AskAgain, CalendarChanged
from services.worktime.jalali import civil_day
from tests.unit.routing.agencies_at_work import AGENTS, PAPERS, PERMIT, PERSONS, UNITS, everybody
from tests.unit.routing.behind_the_desk import NAMES, anybody, nth, which
from tests.unit.routing.expected_work import MINUTE, Expected, Pause
from tests.unit.routing.officers_at_work import OfficersAtWork


class TimeAndPeople(OfficersAtWork):
    # --- the work stands still ---------------------------------------------------------------------------------------

    @rule(
        id=which,
        number=nth,
        by=anybody,
        right=st.sampled_from([True, True, True, False]),
        cause=st.sampled_from(["APPLICANT", "APPLICANT", "OTHER_AGENCY", "LEGAL", "CLOSURE"]),
        paper=st.sampled_from(PAPERS),
    )
    def the_work_stands_still(self, id: str, number: int, by: str, right: bool, cause: str, paper: str) -> None:
        found = self._pick(id, number)
        if not found or (cause == "APPLICANT" and found[0].way is not PERMIT):
            return
        expected, piece = found
        by = self._usual(piece, by, right)
        command, wrong = self._pause_of(expected, piece, by, cause, paper)
        if command is None or self._refused(id, command, wrong):
            return
        expected.stand(self.now)
        expected.pauses += 1
        expected.waited_for.add(paper if cause == "APPLICANT" else cause)
        until = None
        if cause != "APPLICANT":
            until = self.hours.versions[expected.counted_by].days_after(self.now, 10)
        expected.pause = Pause(expected.pauses, cause, (paper,), until, self.now, by)
        expected.stood.append(expected.pause)
        self._take(id, command, ("clock.suspended",))

    @rule(id=which, number=nth, by=anybody, right=st.sampled_from([True, True, True, False]))
    def the_work_goes_on(self, id: str, number: int, by: str, right: bool) -> None:
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        by = self._usual(piece, by, right)
        command, wrong = self._resumption_of(expected, piece, by)
        if not self._refused(id, cast(Command, command), wrong):
            self._goes_on(expected, command)

    def _goes_on(self, expected: Expected, cause: Any) -> None:
        dues = self.hours.due_after_pause(expected, self.now)
        expected.go_on(self.now)
        expected.running, expected.counted_by = self.now, self.hours.newest
        self._take(expected.id, cause, ("clock.resumed",), dues=dues)

    @rule(id=which, off=st.sampled_from([0, 0, 0, 1]), missing=st.sampled_from([False, False, True]))
    def documents_come(self, id: str, off: int, missing: bool) -> None:
        """Those of this suspension, or of one before."""
        expected = self.expected.get(id)
        if expected is None or expected.pauses <= off:
            return
        number, types = expected.pauses - off, expected.pause.types if expected.pause else PAPERS[:1]
        told = self._says(
            expected,
            "evidence-added",
            suspension=RequestSuspension(
                number=number,
                cause=SuspensionCause.APPLICANT,
                reason=SuspensionReason.MISSING_DOCUMENT,
                since=self.now,
            ),
            awaited=AwaitedDocuments(types=types, missing=types if missing else (), until=self.now),
        )
        pause = expected.pause
        if pause is not None and (pause.cause, pause.number) == ("APPLICANT", number) and not missing:
            self._goes_on(expected, told)
        else:
            self._take(id, told)

    # --- time, days and people ---------------------------------------------------------------------------------------

    @rule(
        minutes=st.sampled_from([5, 7, 60, 60, 180, 300, 1440, 1440, 2880]), fire=st.sampled_from([True, True, False])
    )
    def time_passes(self, minutes: int, fire: bool) -> None:
        """What falls due meanwhile fires, or is late."""
        self.now += minutes * MINUTE
        if fire:
            for id in list(self.cases):
                self.timers_fire(id)

    @precondition(lambda self: self.cases)
    @rule(id=which, number=st.integers(0, 3), late=st.sampled_from([-1, 0, 0, 1, 600]))
    def the_time_comes(self, id: str, number: int, late: int) -> None:
        """For something that a case waits for: a minute before, to the minute, or later."""
        waiting = timers(self.cases[id]) if id in self.cases else {}
        ahead = sorted(at for at in waiting.values() if at > self.now)
        if ahead:
            at = ahead[number % len(ahead)]
            minute = at.replace(second=0, microsecond=0)
            self.now = max(self.now, (minute if minute == at else minute + MINUTE) + late * MINUTE)
            for each in list(self.cases):
                self.timers_fire(each)

    @rule(id=which)
    def timers_fire(self, id: str) -> None:
        expected = self.expected.get(id)
        if expected is None:
            return
        due = {name: at for name, at in timers(self.cases[id]).items() if at <= self.now}
        self._are_due(expected, set(due))
        for name, at in due.items():
            self._fires(expected, TimerFired(name=name, due=at))

    def _are_due(self, expected: Expected, names: set[str]) -> None:
        """Everything whose time has come, and nothing else."""
        wanted = set()
        if any(piece.ask_at is not None and piece.ask_at <= self.now for piece in expected.pieces):
            wanted.add("ask-again")
        if any(self.hours.too_late(expected, piece, self.now) for piece in expected.pieces):
            wanted.add("start")
        if any(each.state == "OFFERED" and each.answer_by <= self.now for each in expected.transfers):
            wanted.add("transfer")
        if expected.pause is not None and expected.pause.until is not None and expected.pause.until <= self.now:
            wanted.add("suspension")
        assert names - {"rung"} == wanted
        least, most = self.hours.rungs(expected, self.now)
        if expected.running is None:
            assert "rung" not in names
        elif least == most and self.hours.versions[expected.counted_by].open(self.now):
            assert ("rung" in names) == (most > expected.rungs)

    def _fires(self, expected: Expected, fired: TimerFired) -> None:
        match fired.name:
            case "ask-again":
                for piece in expected.pieces:
                    if piece.ask_at is not None and piece.ask_at <= self.now:
                        piece.ask_at = None
                self._take(expected.id, fired)
            case "start":
                late = [piece for piece in expected.pieces if self.hours.too_late(expected, piece, self.now)]
                for piece in late:
                    piece.state = "TIMED_OUT"
                    expected.follow(piece)
                self._take(expected.id, fired, *(("task.timed-out",) for _ in late))
            case "transfer":
                late_ = [each for each in expected.transfers if each.state == "OFFERED" and each.answer_by <= self.now]
                for transfer in late_:
                    transfer.state = "RETURNED"
                self._take(expected.id, fired, *(("transfer.returned",) for _ in late_))
            case "suspension":
                if expected.pause is None:
                    self._take(expected.id, fired)
                else:
                    self._goes_on(expected, fired)
            case "rung":
                self._climbs(expected, fired)
            case other:
                raise AssertionError(other)

    def _climbs(self, expected: Expected, fired: TimerFired) -> None:
        """Domain 6, 12.23: each rung once, at its share of the budget, never while the office is shut."""
        open_ = expected.running is not None and self.hours.versions[expected.counted_by].open(self.now)
        least, most = (
            max(0, number - expected.rungs) if open_ else 0 for number in self.hours.rungs(expected, self.now)
        )
        told, perhaps = [("clock.rung-fired",)] * least, ("clock.rung-fired",) if most > least else None
        decision = self._take(expected.id, fired, *told, perhaps=perhaps)
        new = expected.way.ladder[expected.rungs :][: len(decision.events)]
        expected.rungs += len(new)
        rungs = [cast(Any, event).rung for event in decision.events]
        assert [rung.percent for rung in rungs] == list(new)
        last = expected.way.ladder[-1]
        assert all((rung.level == "AGENCY_HEAD") == (rung.percent == last) for rung in rungs)
        again = self._take(expected.id, fired)
        assert again.state == decision.state, "fired twice it does nothing more"

    @rule(id=which, name=st.sampled_from(["ask-again", "start", "transfer", "suspension", "rung"]))
    def a_timer_fires_too_early_or_twice(self, id: str, name: str) -> None:
        expected = self.expected.get(id)
        if expected is None:
            return
        due = {each for each, at in timers(self.cases[id]).items() if at <= self.now}
        if name not in due:
            self._take(id, TimerFired(name=name, due=self.now))

    @rule(ahead=st.integers(1, 4), heard=st.sampled_from([True, True, False]))
    def a_day_is_closed(self, ahead: int, heard: bool) -> None:
        if self.agencies.close(civil_day(self.now) + timedelta(days=ahead)) and heard:
            for id in list(self.cases):
                self.a_case_hears_of_the_days(id)

    @rule(heard=st.sampled_from([True, True, False]))
    def a_closure_is_taken_back(self, heard: bool) -> None:
        if self.agencies.open_again() and heard:
            for id in list(self.cases):
                self.a_case_hears_of_the_days(id)

    @rule(id=which, heard=st.booleans())
    def the_day_is_closed_on_which_it_is_due(self, id: str, heard: bool) -> None:
        expected = self.expected.get(id)
        if expected is not None and expected.due > self.now:
            self.a_day_is_closed((civil_day(expected.due) - civil_day(self.now)).days, heard)

    @rule(id=which, number=st.integers(0, 3))
    def a_day_is_closed_before_the_time_comes(self, id: str, number: int) -> None:
        self.a_day_is_closed(1, heard=True)
        self.the_time_comes(id, number, 0)

    @rule(id=which)
    def a_case_hears_of_the_days(self, id: str) -> None:
        expected = self.expected.get(id)
        if expected is None:
            return
        change = CalendarChanged(version=self.hours.newest)
        dues = self.hours.due_by_new_days(expected, self.hours.newest, self.now)
        if expected.running is not None and self.hours.newest > expected.counted_by:
            self.hours.recount(expected, self.hours.newest, self.now)
        self._take(id, change, dues=dues)

    @rule(
        who=st.sampled_from(NAMES),
        what=st.sampled_from(["left", "back", "away", "away", "declared", "declared", "impartial", "less"]),
        ref=st.sampled_from([*PERSONS.values(), *AGENTS.values()]),
    )
    def an_officer_changes(self, who: str, what: str, ref: str) -> None:
        self._changes(who, what, ref)
        for expected in self.expected.values():
            for piece in expected.pieces:
                self._line_before(expected, piece)

    def _changes(self, who: str, what: str, ref: str) -> None:
        person = self.people[who]
        match what:
            case "left":
                person.left = True
            case "back":
                person.left, person.may = False, everybody()[who].may
                person.away.clear()
            case "less":  # a smaller authority than for what they may have already
                person.may.update(dict.fromkeys(person.may, 500))
            case "away":
                person.away.add(self._today)
            case "declared":
                person.declared.add(ref)
            case "impartial":
                person.declared.clear()
        self.agencies.publish(who)

    def _is_back(self, who: str) -> None:
        """As they were before anything was said of them."""
        self.people[who].declared.clear()
        self._changes(who, "back", "")

    @rule(unit=st.sampled_from(list(UNITS)), back=st.sampled_from([True, True, False]))
    def a_unit_is_out_of_service_or_back(self, unit: str, back: bool) -> None:
        if back is (unit in self.agencies.suspended):
            self.agencies.suspended ^= {unit}
            self.agencies.publish(unit)

    @rule(unit=st.sampled_from(list(UNITS)))
    def somebody_has_room(self, unit: str) -> None:
        """The cases that wait for it are told."""
        for id, expected in self.expected.items():
            waiting = [piece for piece in expected.pieces if piece.unit == unit and piece.state == "OFFERED"]
            for piece in waiting:
                piece.ask_at = None
            self._take(id, AskAgain(unit_id=unit))
