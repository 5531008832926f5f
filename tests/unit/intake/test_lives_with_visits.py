"""Whatever comes in whatever order: no promised visit is left behind, and no slot is held for nobody (12.15, 12.16)."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from services.contracts.decision import Decision, TimerFired
from services.contracts.entry import Entry
from services.contracts.intake_commands import PromiseVisit
from services.contracts.wire import instant_text
from services.intake.domain import due
from services.intake.domain.appointing import AskAppointment
from services.intake.domain.case_parts import Attention
from services.intake.domain.desk_slots import BookSlot, FreeSlot, SlotBooked, SlotTaken
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.domain.request import Request
from services.intake.domain.states import ENDED
from services.intake.domain.visit_messages import VisitOpened
from services.worktime import Weekday
from services.worktime.jalali import TEHRAN, civil_day
from tests.unit.intake.cases import PERMITS_DESK, PERMITS_OFFICER, without_days, world
from tests.unit.intake.happenings import HAPPENINGS, PROVINCE
from tests.unit.intake.test_lives import Life

LIVES, STEPS = 300, 30
WEEK = ("saturday", "sunday", "monday", "tuesday", "wednesday")
HOURS: tuple[tuple[str, str], ...] = (("07:30", "14:15"),)


class ExpectedLife(Life):
    """A request whose person is asked back again and again; `given` are the slots that the desk's days hold for it."""

    def __init__(self, seed: int) -> None:
        self.given: set[str] = set()
        self.words: list[SlotBooked | SlotTaken] = []
        self.closed: tuple[Entry, ...] = ()
        self.ends: Counter[tuple[str, str]] = Counter()
        self.number = 0
        super().__init__(seed, set())

    def happenings(self) -> Sequence[Callable[[Any], Any]]:
        """The desk is quick to find another time for whoever was warned."""
        booking = (ExpectedLife.appointment, ExpectedLife.word_of_the_day)
        return (*HAPPENINGS, *VISITS, *VISITS, *(booking * 6 if Attention.VISIT_WARNED in self.case.attention else ()))

    def world(self) -> Any:
        return world(self.now, *PROVINCE, *self.closed)

    def take(self, decision: Decision[Request]) -> None:
        """The day's answers wait; slots that are given back at once are, as the door does it."""
        self.hears(decision)
        super().take(decision)
        while spare := {n: at for n, at in self.slots_due().items() if at <= self.now}:
            name, at = spare.popitem()
            freed = due.fell_due(self.request, TimerFired(name=name, due=at), self.world())
            self.hears(freed)
            self.known = freed.state
        self.no_visit_is_left_behind()

    def slots_due(self) -> dict[str, datetime]:
        return {name: at for name, at in due.timers(self.request).items() if name.startswith("slot:")}

    def hears(self, decision: Decision[Request]) -> None:
        for send in decision.sends:
            if isinstance(send.body, FreeSlot):
                self.given.discard(send.body.booking_id)
            elif isinstance(send.body, BookSlot):
                asked = send.body
                if self.chance.random() < 0.2:
                    self.words.append(SlotTaken(booking_id=asked.booking_id))
                    continue
                self.given.add(asked.booking_id)
                until, officer = asked.at + timedelta(minutes=20), asked.officer_id or PERMITS_OFFICER
                self.words.append(
                    SlotBooked(
                        booking_id=asked.booking_id,
                        desk_id=asked.desk_id,
                        day=asked.day,
                        at=asked.at,
                        until=until,
                        officer_id=officer,
                    )
                )

    def nothing_is_stuck(self) -> None:
        if not self.slots_due():  # else it is looked at when they are given back
            super().nothing_is_stuck()

    def no_visit_is_left_behind(self) -> None:
        case = self.case
        held = {slot.id: slot for slot in case.slots if slot.state == "HELD"}
        asked = {slot.id for slot in case.slots if slot.state == "ASKED"}
        ahead = {id for id in self.given if not self.is_over(id)}
        assert {id for id in held if not self.is_over(id)} <= ahead <= set(held) | asked, "held for nobody, or lost"
        appointments = [visit for visit in case.open_visits() if visit.kind == "APPOINTMENT"]
        kept = {one.id for one in case.commitments if one.state == "KEPT"}
        held_for = [slot.commitment_id for slot in held.values() if slot.commitment_id not in kept]
        assert held_for == [visit.id for visit in appointments]
        assert len(case.open_visits()) - len(appointments) <= 1
        moments = [visit.promised_at for visit in case.open_visits()]
        moments += [case.awaited.until] if case.awaited and case.awaited.missing else []
        tellable = bool(moments)
        moments += [case.collection.due] if case.state == "COLLECTION_DUE" and case.collection else []
        moments += [over.collection.due for over in case.earlier if over.waits() and over.collection]
        moments += [case.redirect.lapses_at] if case.state == "REDIRECTED" and case.redirect else []
        if case.state == "RESULT_READY":
            moments += [promise.promised_at for promise in case.open_promises() if promise.visit is None]
        assert case.desk_needed_at == min(moments, default=None), "else a closure would not find it"
        if case.state in ENDED:
            assert not case.open_visits()
        answer_moved = any(promise.visit is None and promise.moves for promise in case.open_promises())
        assert bool(case.untold) == (Attention.TELL_NEW_TIME in case.attention)
        assert not case.untold or tellable or answer_moved, "nothing lies ahead that could be told"
        warned = len(case.standing_visits()) < len(case.open_visits())
        assert warned <= (Attention.VISIT_WARNED in case.attention)
        self.ends.update((p.kind, p.state) for p in case.commitments if p.visit)
        self.ends.update((p.kind, "REINSTATED") for p in case.commitments if p.visit and p.visit.reinstated_at)
        self.ends.update((p.kind, p.moves[-1].rule or "") for p in case.commitments if p.visit and p.moves)

    def is_over(self, booking_id: str) -> bool:
        return next(slot.at for slot in self.case.slots if slot.id == booking_id) <= self.now

    # -- what may come ------------------------------------------------------------------------------------------------

    def wish(self, kind: str, minute: int) -> PromiseVisit:
        day = civil_day(self.now) + timedelta(days=self.chance.randint(0, 5))
        at = datetime.combine(day, time(10, minute), TEHRAN)
        wanted = self.chance.random() < 0.5
        command: PromiseVisit = self.command(PromiseVisit, kind=kind, at=instant_text(at), applicantAsked=wanted)
        return command

    def next_visit(self) -> Any:
        return self.wish("NEXT_VISIT", 0)

    def appointment(self) -> Any:
        self.number += 1
        return AskAppointment(booking_id=f"b-{self.number}", asked=self.wish("APPOINTMENT", 10))

    def word_of_the_day(self) -> Any:
        """Sometimes one that has come before."""
        if not self.words:
            return None
        word = self.chance.choice(self.words[-3:])
        if isinstance(word, SlotBooked) and word.booking_id not in self.given:
            self.given.add(word.booking_id)  # asked once more, the day has given it again
        return word

    def comes(self) -> Any:
        self.number += 1
        if self.case.desk_needed_at is not None and self.chance.random() < 0.7:
            self.now = max(self.now, self.case.desk_needed_at)
        return VisitOpened(visit_id=f"v-{self.number}", desk_id=self.case.desk_id, opened_at=self.now)

    def registry_moves(self) -> Any:
        """Mostly the desk shuts on the weekday of the next visit; or it opens on others."""
        days = set(WEEK)
        if self.case.desk_needed_at is not None and self.chance.random() < 0.7:
            days -= {Weekday.of(civil_day(self.case.desk_needed_at)).name.lower()}
        self.closed = (without_days(PERMITS_DESK, dict.fromkeys(sorted(days), HOURS)),)
        return RegistryMoved()


VISITS: Sequence[Callable[[ExpectedLife], Any]] = (
    ExpectedLife.next_visit,
    ExpectedLife.appointment,
    ExpectedLife.appointment,
    ExpectedLife.word_of_the_day,
    ExpectedLife.word_of_the_day,
    ExpectedLife.comes,
    ExpectedLife.registry_moves,
    Life.time_passes,
)


def test_no_life_leaves_a_visit_or_a_slot_behind_and_together_they_see_every_end() -> None:
    ends: Counter[tuple[str, str]] = Counter()
    for seed in range(LIVES):
        life = ExpectedLife(seed)
        for _ in range(STEPS):
            life.go_on()
        ends += life.ends
    for kind in ("NEXT_VISIT", "APPOINTMENT"):
        for end in ("OPEN", "KEPT", "BROKEN", "RELEASED"):
            assert ends[kind, end], (kind, end)
    assert ends["NEXT_VISIT", "WEEKEND"], "moved on"
    assert ends["APPOINTMENT", "BOOKED_ANEW"]
    assert ends["APPOINTMENT", "REINSTATED"]
