"""What officers do with a task, and who leads: each word is taken, or refused with the code that the domain wants.

Domain 7; I5, I7, I8. Starting looks at the line as routing's own query reads it.
"""

from collections.abc import Coroutine, Mapping
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.stateful import rule

from services.routing.domain.case import Case
from services.routing.domain.commands import Acknowledge, Answer, GiveBack, HandOn, Line, Reassign, Refuse, Start
from services.routing.store import oldest_before
from services.runtime.store import Store
from tests.support.filters import fits
from tests.unit.routing.agencies_at_work import DESK_HEAD, LEADERS, ROADS_UNIT, UNITS
from tests.unit.routing.behind_the_desk import anybody, nth, which
from tests.unit.routing.expected_work import NOBODYS, Expected, Handed, Piece
from tests.unit.routing.office import ORG
from tests.unit.routing.requests_come import RequestsCome


class Stored:
    def __init__(self, state: Case) -> None:
        self.state = state


class Cases:
    """Routing's cases as its queries read them."""

    def __init__(self, cases: Mapping[str, Case]) -> None:
        self.cases = cases

    async def find(self, entity: Any, filter: Any, *, sort: Any, limit: int) -> list[Stored]:
        found = [case for case in self.cases.values() if fits({"state": case.to_sparse()}, filter)]
        return [Stored(case) for case in sorted(found, key=lambda case: case.order)[:limit]]


def at_once(asked: Coroutine[Any, Any, Any]) -> Any:
    try:
        asked.send(None)
    except StopIteration as found:
        return found.value
    raise AssertionError("nothing is waited for")


class OfficersAtWork(RequestsCome):
    def _pick(self, id: str, number: int) -> tuple[Expected, Piece] | None:
        """The newest of a case come first."""
        expected = self.expected.get(id)
        if expected is None:
            return None
        return expected, expected.pieces[-1 - number % len(expected.pieces)]

    def _hand(self, expected: Expected, by: str) -> list[str]:
        """What speaks against it that this officer has a hand in a case (I8)."""
        person = self.people.get(by)
        if person is None:
            return []
        return ["UNKNOWN_OFFICER"] * person.left + ["CONFLICT_OF_INTEREST"] * (expected.person in person.declared)

    def _holder(self, piece: Piece, by: str) -> list[str]:
        return [] if piece.officer == by and self.people[by].unit == piece.unit else ["NOT_ASSIGNEE"]

    def _leads(self, unit: str, by: str) -> bool:
        return LEADERS[unit] == by or (UNITS[unit] == ORG and by == DESK_HEAD)

    def _org(self, by: str | None) -> str | None:
        return ORG if by == DESK_HEAD else self.people[by].org if by else None

    def _usual(self, piece: Piece, by: str, right: bool) -> str:
        return piece.officer if right and piece.officer else by

    @rule(
        id=which,
        number=nth,
        by=anybody,
        right=st.sampled_from([True, True, True, False]),
        reason=st.sampled_from([None, "LEGAL_PRIORITY"]),
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
        body = {"taskId": piece.id, "officerId": by, "jumpReason": reason, "secondOfficerId": second}
        command = Start.model_validate(body | {"line": Line(older=older)})
        if piece.state == "STARTED" and piece.officer == by:
            self._take(expected.id, command)  # once more changes nothing
            return
        wrong = ["ILLEGAL_MOVE"] * (piece.state != "ASSIGNED" or expected.pause is not None)
        wrong += self._hand(expected, by) + (self._holder(piece, by) if by in self.people else ["NOT_ASSIGNEE"])
        if older is not None and reason is None:
            wrong.append("JUMP_NEEDS_REASON")
        if older is not None and (second is None or second == by or self._org(second) != self._org(by)):
            wrong.append("SECOND_OFFICER_NEEDED")
        if older is not None and second is not None:
            wrong += self._hand(expected, second)
        if self._refused(expected.id, command, wrong):
            return
        piece.state = "STARTED"
        self._take(expected.id, command, ("task.started",) if older is None else ("task.started", "task.jump-recorded"))
        jump = next(work.jump for work in self.cases[expected.id].work if work.task.id == piece.id)
        assert (jump.reason, jump.second_officer, jump.passed) == (reason, second, older) if jump else older is None

    def _line_before(self, expected: Expected, piece: Piece) -> str | None:
        """The oldest startable task, as the model and routing's own query find it."""
        older, case = self._oldest_before(expected, piece), self.cases[expected.id]
        cases, there = cast(Store, Cases(self.cases)), self.agencies.registry.officers_of(piece.unit)
        found = at_once(oldest_before(cases, case, piece.unit, there))
        assert (found.task.id if found else None) == older, "the line before it"
        return older

    def _oldest_before(self, expected: Expected, piece: Piece) -> str | None:
        """I7: the oldest task of the unit and priority class that somebody could start, of a case that came before."""
        startable = [
            (other.arrived, other.id, each.id)
            for other in self.expected.values()
            if other.priority == expected.priority and other.arrived < expected.arrived and other.running is not None
            for each in other.pieces
            if each.unit == piece.unit and each.state == "ASSIGNED" and each.officer in self.people
            if not self.people[each.officer].left and other.person not in self.people[each.officer].declared
        ]
        first = min(startable, key=lambda one: one[:2], default=None)
        return first[2] if first else None

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
        body = {"taskId": piece.id, "officerId": by, "result": kind, "ground": ground, "secondOfficerId": second}
        command = Answer.model_validate(body)
        wrong = ["ILLEGAL_MOVE"] * (piece.state != "STARTED" or expected.pause is not None)
        wrong += self._hand(expected, by) + (self._holder(piece, by) if by in self.people else ["NOT_ASSIGNEE"])
        wrong += ["GROUND_NEEDED"] * (kind == "REFUSED" and ground is None)
        least = expected.way.two_from
        two = least is not None and (expected.amount is None or expected.amount >= least)
        if kind != NOBODYS and not self._may(by, expected):
            wrong.append("NOT_AUTHORISED")
        if kind != NOBODYS and two:
            agrees = second is not None and second != by and second not in expected.barred
            if not agrees or self._org(second) != self._org(by) or not self._may(str(second), expected):
                wrong.append("SECOND_OFFICER_NEEDED")
            wrong += self._hand(expected, second) if second else []
        if self._refused(expected.id, command, wrong):
            return
        piece.state, piece.answer, piece.decided_by = "ANSWERED", kind, by
        piece.second = second if two and kind != NOBODYS else None
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

    def _may(self, by: str, expected: Expected) -> bool:
        return by in self.people and self.people[by].able(expected.way.service, expected.amount)

    @rule(id=which, number=nth, by=anybody, right=st.sampled_from([True, True, False]))
    def a_task_is_given_back(self, id: str, number: int, by: str, right: bool) -> None:
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        by = self._usual(piece, by, right)
        command = GiveBack.model_validate({"taskId": piece.id, "officerId": by, "reason": "ABSENCE"})
        wrong = ["ILLEGAL_MOVE"] * (piece.state not in ("ASSIGNED", "STARTED"))
        wrong += self._holder(piece, by) if by in self.people else ["NOT_ASSIGNEE"]
        wrong += ["UNKNOWN_OFFICER"] * (by in self.people and self.people[by].left)
        if not self._refused(id, command, wrong):
            piece.state = "RETURNED"
            expected.follow(piece)
            self._take(id, command, ("task.returned",))

    @rule(
        id=which,
        number=nth,
        by=anybody,
        well=st.sampled_from([3, 3, 3, 2, 1, 0]),
        to=anybody,
        second=st.one_of(st.none(), anybody),
    )
    def a_task_is_given_by_hand(self, id: str, number: int, by: str, well: int, to: str, second: str | None) -> None:
        """`well`: so much of it is as it should be: who leads, to whom, who agrees."""
        if not (found := self._pick(id, number)):
            return
        expected, piece = found
        there = [person.id for person in self.people.values() if person.unit == piece.unit and person.may]
        by = LEADERS[piece.unit] if well else by
        to = next((each for each in there if each != piece.officer), to) if well > 1 else to
        second = next((each for each in there if each != to), None) if well > 2 else second
        body = {"taskId": piece.id, "officerId": by, "to": to, "reason": "OVERLOAD", "secondOfficerId": second}
        command = Reassign.model_validate(body)
        wrong = ["ILLEGAL_MOVE"] * (not piece.live) + ["NOT_AUTHORISED"] * (not self._leads(piece.unit, by))
        wrong += self._hand(expected, by) + self._hand(expected, to)
        eligible = to in self.people and self.people[to].unit == piece.unit and self._may(to, expected)
        if not eligible or self._today in self.people[to].away or to in expected.barred or to == piece.officer:
            wrong.append("NOT_ELIGIBLE")
        if second in (None, by, to) or self._org(second) != self._org(by):
            wrong.append("SECOND_OFFICER_NEEDED")
        wrong += self._hand(expected, second) if second else []
        if self._refused(id, command, wrong):
            return
        piece.state, piece.officer, piece.waits, piece.ask_at = "ASSIGNED", to, None, None
        piece.givings += 1
        self.hours.given(expected, piece, self.now)
        self._take(id, command, self._first("task.reassigned", expected))

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
        body = {"taskId": piece.id, "officerId": by, "orgId": UNITS[to], "unitId": to, "reason": "BY_LAW"}
        command = HandOn.model_validate(body)
        newest = expected.newest()[piece.step.id] is piece
        handed = expected.offered(piece)
        wrong = ["ILLEGAL_MOVE"] * (expected.over or expected.pause is not None or not newest)
        wrong += ["ILLEGAL_MOVE"] * (piece.answer not in (None, NOBODYS))
        wrong += ["ILLEGAL_MOVE"] * (handed is not None and handed.state == "OFFERED")
        wrong += ["NOT_AUTHORISED"] * (not self._leads(piece.unit, by) and by != DESK_HEAD) + self._hand(expected, by)
        wrong += ["OUT_OF_SERVICE"] * (to in self.agencies.suspended)
        if piece.live and to == piece.unit:
            wrong.append("NOT_ELIGIBLE")
        there = [person for person in self.people.values() if person.unit == to and self._today not in person.away]
        if not any(not person.left and person.able(expected.way.service, expected.amount) for person in there):
            wrong.append("NOT_ELIGIBLE")
        if self._refused(id, command, wrong):
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
        body = {"transferId": transfer.id, "officerId": by}
        command = Acknowledge.model_validate(body) if take else Refuse.model_validate(body | {"reason": "NOT_OURS"})
        wrong = ["ILLEGAL_MOVE"] * (transfer.state != "OFFERED")
        wrong += ["NOT_AUTHORISED"] * (not self._leads(transfer.unit, by)) + self._hand(expected, by)
        if self._refused(id, command, wrong):
            return
        transfer.state = "ACKNOWLEDGED" if take else "REFUSED"
        piece = expected.piece(transfer.piece)
        assert piece is not None
        if take:
            expected.follow(piece, transfer.unit)
        self._take(id, command, (f"transfer.{transfer.state.lower()}",))
