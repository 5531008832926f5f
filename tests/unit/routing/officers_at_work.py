"""What officers do with a task, and who leads: each word is taken, or refused with the code that the domain wants.

Domain 7; I5, I7, I8.
"""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.unit.routing.agencies_at_work import LEADERS, ROADS_UNIT, UNITS
from tests.unit.routing.behind_the_desk import anybody, nth, which
from tests.unit.routing.expected_work import (
    NOBODYS,
    Expected,
    Handed,
    Piece,
)
from tests.unit.routing.what_officers_may import WhatOfficersMay


class OfficersAtWork(WhatOfficersMay):
    @rule(
        id=which,
        number=nth,
        by=anybody,
        right=st.sampled_from([True, True, True, False]),
        reason=st.sampled_from([None, "LEGAL_PRIORITY", "LEGAL_PRIORITY", "ACQUAINTANCE"]),
        second=st.one_of(st.none(), anybody),
    )
    def a_task_is_started(
        self, id: str, number: int, by: str, right: bool, reason: str | None, second: str | None
    ) -> None:
        if found := self._pick(id, number):
            expected, piece = found
            self._start(expected, piece, self._usual(piece, by, right), reason, second)

    def _start(self, expected: Expected, piece: Piece, by: str, reason: str | None, second: str | None) -> None:
        older = self._line_before(expected, piece)
        command, wrong = self._start_of(expected, piece, by, reason, second, older)
        if command is None or self._refused(expected.id, command, wrong):
            return
        if piece.state == "STARTED":
            before = self.cases[expected.id]
            assert self._take(expected.id, command).state == before, "who has the task may say so again"
            return
        piece.state = "STARTED"
        piece.jump = None if older is None else (str(reason), str(second), older)
        self._take(expected.id, command, ("task.started",) if older is None else ("task.started", "task.jump-recorded"))

    @rule(
        id=which,
        number=nth,
        by=anybody,
        right=st.sampled_from([True, True, True, False]),
        kind=st.sampled_from(["GRANTED", "GRANTED", "REFUSED", "PARTIAL", NOBODYS]),
        ground=st.sampled_from(["بند ۳", "بند ۳", None]),
        second=st.one_of(st.none(), anybody),
    )
    def a_task_is_answered(
        self, id: str, number: int, by: str, right: bool, kind: str, ground: str | None, second: str | None
    ) -> None:
        if found := self._pick(id, number):
            expected, piece = found
            self._answer(expected, piece, self._usual(piece, by, right), kind, ground, second)

    def _answer(
        self, expected: Expected, piece: Piece, by: str, kind: str, ground: str | None, second: str | None
    ) -> None:
        command, wrong = self._answer_to(expected, piece, by, kind, ground, second)
        if command is None or self._refused(expected.id, command, wrong):
            return
        piece.state, piece.answer, piece.decided_by = "ANSWERED", kind, by
        piece.ground, piece.answered_at = ground, self.now
        piece.second = second if expected.takes_two and kind != NOBODYS else None
        told: list[tuple[str, ...]] = [("task.answered",)]
        result = expected.comes_to()
        said_so = {each.unit for each in expected.pieces if each.answer == NOBODYS}
        if kind == NOBODYS and expected.way.nobodys_to is not None and expected.way.nobodys_to not in said_so:
            expected.follow(piece, expected.way.nobodys_to)
        elif kind == NOBODYS:
            told = [("task.answered", "result.decided")] if result != expected.result else told
            expected.result = result
        elif result is None or result == NOBODYS:
            expected.open_steps()
        else:
            told = [("task.answered", "clock.stopped", "result.decided")]
            told += [("task.cancelled",) for each in expected.pieces if each.live]
            told += [("transfer.returned",) for each in expected.transfers if each.state == "OFFERED"]
            expected.end(self.now)
            expected.result = result
        self._take(expected.id, command, *told)

    @rule(
        id=which,
        number=nth,
        by=anybody,
        right=st.sampled_from([True, True, False]),
        reason=st.sampled_from(["ABSENCE", "ABSENCE", "NEEDS_OTHER_SKILL", "CONFLICT_OF_INTEREST", "TIRED", None]),
    )
    def a_task_is_given_back(self, id: str, number: int, by: str, right: bool, reason: str | None = "ABSENCE") -> None:
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        by = self._usual(piece, by, right)
        command, wrong = self._return_of(piece, by, reason)
        if command is not None and not self._refused(id, command, wrong):
            piece.state, piece.returned = "RETURNED", (by, str(reason))
            expected.withdrew |= {by} if reason == "CONFLICT_OF_INTEREST" else set()
            expected.follow(piece)
            self._take(id, command, ("task.returned",))

    @rule(
        id=which,
        number=nth,
        by=anybody,
        well=st.sampled_from([3, 3, 3, 2, 1, 0]),
        to=anybody,
        second=st.one_of(st.none(), anybody),
        reason=st.sampled_from(["OVERLOAD", "OVERLOAD", "LEFT", "BECAUSE", None]),
    )
    def a_task_is_given_by_hand(
        self, id: str, number: int, by: str, well: int, to: str, second: str | None, reason: str | None
    ) -> None:
        """`well`: so much of it is as it should be: who leads, to whom, who agrees."""
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        there = [person.id for person in self.people.values() if person.unit == piece.unit and person.may]
        by = LEADERS[piece.unit] if well else by
        to = next((each for each in there if each != piece.officer), to) if well > 1 else to
        second = next((each for each in there if each != to), None) if well > 2 else second
        command, wrong = self._gift_of(expected, piece, by, to, second, reason)
        if command is None or self._refused(id, command, wrong):
            return
        piece.override = piece.officer, to, str(reason), by, str(second)
        piece.state, piece.officer, piece.waits, piece.ask_at = "ASSIGNED", to, None, None
        piece.jump = piece.draw = None
        piece.givings += 1
        self.hours.given(expected, piece, self.now)
        self._take(id, command, self._first("task.reassigned", expected))

    @rule(id=which)
    def nobody_else_may(self, id: str) -> None:
        """Each officer tries each thing with each task of a case: what is not refused is for the other rules."""
        expected = self.expected.get(id)
        if expected is None:
            return
        for piece in expected.pieces:
            self._nobody_else_may(expected, piece)

    def _nobody_else_may(self, expected: Expected, piece: Piece) -> None:
        for command, wrong in self._one_fault_at_a_time(expected, piece):
            if command is not None:
                self._refused(expected.id, command, wrong)

    # --- other units -------------------------------------------------------------------------------------------------

    @rule(
        id=which,
        number=nth,
        by=anybody,
        leads=st.sampled_from([True, True, False]),
        to=st.sampled_from([*UNITS, ROADS_UNIT, ROADS_UNIT]),
    )
    def a_task_is_handed_on(self, id: str, number: int, by: str, leads: bool, to: str) -> None:
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        by = LEADERS[piece.unit] if leads else by
        command, wrong = self._transfer_of(expected, piece, by, to)
        if command is None or self._refused(id, command, wrong):
            return
        moves = ["task.cancelled", "transfer.offered"] if piece.live else ["transfer.offered"]
        if piece.live:
            piece.state, piece.ask_at = "CANCELLED", None
        answer_by = self.hours.versions[expected.counted_by].days_after(self.now, 2)
        transfer = Handed(f"{id}.t{len(expected.transfers) + 1}", piece.id, to, "OFFERED", answer_by)
        expected.transfers.append(transfer)
        expected.result = None
        if UNITS[to] == UNITS[piece.unit]:
            transfer.state = "ACKNOWLEDGED"
            expected.follow(piece, to)
            moves.append("transfer.acknowledged")
        self._take(id, command, tuple(moves))

    @rule(
        id=which,
        number=st.sampled_from([0, 0, 0, 1]),
        by=anybody,
        leads=st.sampled_from([True, True, False]),
        take=st.booleans(),
    )
    def the_other_agency_answers(self, id: str, number: int, by: str, leads: bool, take: bool) -> None:
        expected = self.expected.get(id)
        if expected is None or not expected.transfers:
            return
        transfer = expected.transfers[-1 - number % len(expected.transfers)]
        by = LEADERS[transfer.unit] if leads else by
        command, wrong = self._word_on(expected, transfer, by, take)
        if command is None or self._refused(id, command, wrong):
            return
        transfer.state = "ACKNOWLEDGED" if take else "REFUSED"
        piece = expected.piece(transfer.piece)
        assert piece is not None
        if take:
            expected.follow(piece, transfer.unit)
        self._take(id, command, (f"transfer.{transfer.state.lower()}",))
