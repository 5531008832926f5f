"""What officers may wish of a task, and what speaks against it by the domain: who may, who agrees, and why.

Domain 7; I5, I7, I8. The line of a unit is looked at as routing's own query reads it.
"""

from collections.abc import Coroutine, Iterator, Mapping
from typing import Any, TypeVar, cast

import pytest
from pydantic import ValidationError

from services.contracts.wire import Command
from services.routing.domain.case import Case
from services.routing.domain.commands import (
    Acknowledge,
    Answer,
    GiveBack,
    HandOn,
    Line,
    Reassign,
    Refuse,
    Resume,
    Start,
    Suspend,
)
from services.routing.store import oldest_before
from services.runtime.store import Store
from tests.support.filters import fits
from tests.unit.routing.agencies_at_work import DESK_HEAD, LEADERS, REVENUE, ROADS_UNIT, UNITS
from tests.unit.routing.behind_the_desk import NAMES
from tests.unit.routing.expected_work import (
    JUMP_REASONS,
    NOBODYS,
    OVERRIDE_REASONS,
    RETURN_REASONS,
    Expected,
    Handed,
    Piece,
)
from tests.unit.routing.office import ORG
from tests.unit.routing.requests_come import RequestsCome

Wish = tuple[Command | None, list[str]]
"""A command, None where it names no reason of the closed list and so is none; and each code that may refuse it."""
C = TypeVar("C", bound=Command)


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


def _command(kind: type[C], body: Mapping[str, Any], listed: bool) -> C | None:
    """None where it names no reason of the closed list, and so is no command."""
    if listed:
        return kind.model_validate(body)
    with pytest.raises(ValidationError):
        kind.model_validate(body)
    return None


class WhatOfficersMay(RequestsCome):
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
        partial = bool(expected.people & person.declared) or by in expected.withdrew
        return ["UNKNOWN_OFFICER"] * person.left + ["CONFLICT_OF_INTEREST"] * partial

    def _holder(self, piece: Piece, by: str) -> list[str]:
        has_it = piece.officer == by and by in self.people and self.people[by].unit == piece.unit
        return [] if has_it else ["NOT_ASSIGNEE"]

    def _leads(self, unit: str, by: str) -> bool:
        return LEADERS[unit] == by or (UNITS[unit] == ORG and by == DESK_HEAD)

    def _org(self, by: str | None) -> str | None:
        return ORG if by == DESK_HEAD else self.people[by].org if by else None

    def _usual(self, piece: Piece, by: str, right: bool) -> str:
        return piece.officer if right and piece.officer else by

    def _may(self, by: str, expected: Expected) -> bool:
        return by in self.people and self.people[by].able(expected.way.service, expected.amount)

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
            if not self.people[each.officer].left and not other.people & self.people[each.officer].declared
            if each.officer not in other.withdrew
        ]
        first = min(startable, key=lambda one: one[:2], default=None)
        return first[2] if first else None

    def _start_of(
        self, expected: Expected, piece: Piece, by: str, reason: str | None, second: str | None, older: str | None
    ) -> Wish:
        body = {"taskId": piece.id, "officerId": by, "jumpReason": reason, "secondOfficerId": second}
        command = _command(Start, body | {"line": Line(older=older)}, reason is None or reason in JUMP_REASONS)
        if piece.state == "STARTED" and piece.officer == by:
            return command, []
        wrong = ["ILLEGAL_MOVE"] * (piece.state != "ASSIGNED" or expected.pause is not None)
        wrong += self._hand(expected, by) + self._holder(piece, by)
        if older is not None and reason is None:
            wrong.append("JUMP_NEEDS_REASON")
        if older is not None and (second is None or second == by or self._org(second) != self._org(by)):
            wrong.append("SECOND_OFFICER_NEEDED")
        if older is not None and second is not None:
            wrong += self._hand(expected, second)
        return command, wrong

    def _answer_to(
        self, expected: Expected, piece: Piece, by: str, kind: str, ground: str | None, second: str | None
    ) -> Wish:
        body = {"taskId": piece.id, "officerId": by, "result": kind, "ground": ground, "secondOfficerId": second}
        wrong = ["ILLEGAL_MOVE"] * (piece.state != "STARTED" or expected.pause is not None)
        wrong += self._hand(expected, by) + self._holder(piece, by)
        wrong += ["GROUND_NEEDED"] * (kind == "REFUSED" and ground is None)
        if kind != NOBODYS and not self._may(by, expected):
            wrong.append("NOT_AUTHORISED")
        if kind != NOBODYS and expected.takes_two:
            agrees = second is not None and second != by and second not in expected.barred
            if not agrees or self._org(second) != self._org(by) or not self._may(str(second), expected):
                wrong.append("SECOND_OFFICER_NEEDED")
            wrong += self._hand(expected, second) if second else []
        return Answer.model_validate(body), wrong

    def _return_of(self, piece: Piece, by: str, reason: str | None) -> Wish:
        body = {"taskId": piece.id, "officerId": by} | ({"reason": reason} if reason else {})
        wrong = ["ILLEGAL_MOVE"] * (piece.state not in ("ASSIGNED", "STARTED")) + self._holder(piece, by)
        wrong += ["UNKNOWN_OFFICER"] * (by in self.people and self.people[by].left)
        return _command(GiveBack, body, reason in RETURN_REASONS), wrong

    def _gift_of(
        self, expected: Expected, piece: Piece, by: str, to: str, second: str | None, reason: str | None
    ) -> Wish:
        body = {"taskId": piece.id, "officerId": by, "to": to, "secondOfficerId": second}
        wrong = ["ILLEGAL_MOVE"] * (not piece.live) + ["NOT_AUTHORISED"] * (not self._leads(piece.unit, by))
        wrong += self._hand(expected, by) + self._hand(expected, to)
        eligible = to in self.people and self.people[to].unit == piece.unit and self._may(to, expected)
        if not eligible or self._today in self.people[to].away or to in expected.barred or to == piece.officer:
            wrong.append("NOT_ELIGIBLE")
        if second in (None, by, to) or self._org(second) != self._org(by):
            wrong.append("SECOND_OFFICER_NEEDED")
        wrong += self._hand(expected, second) if second else []
        return _command(Reassign, body | ({"reason": reason} if reason else {}), reason in OVERRIDE_REASONS), wrong

    def _transfer_of(self, expected: Expected, piece: Piece, by: str, to: str) -> Wish:
        body = {"taskId": piece.id, "officerId": by, "orgId": UNITS[to], "unitId": to, "reason": "BY_LAW"}
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
        return HandOn.model_validate(body), wrong

    def _word_on(self, expected: Expected, transfer: Handed, by: str, take: bool) -> Wish:
        body = {"transferId": transfer.id, "officerId": by}
        wrong = ["ILLEGAL_MOVE"] * (transfer.state != "OFFERED")
        wrong += ["NOT_AUTHORISED"] * (not self._leads(transfer.unit, by)) + self._hand(expected, by)
        return Acknowledge.model_validate(body) if take else Refuse.model_validate(body | {"reason": "NOT_OURS"}), wrong

    def _pause_of(self, expected: Expected, piece: Piece, by: str, cause: str, paper: str) -> Wish:
        body = {"taskId": piece.id, "officerId": by, "cause": cause}
        what = paper if cause == "APPLICANT" else cause
        wrong = ["ILLEGAL_MOVE"] * (expected.pause is not None or piece.state not in ("ASSIGNED", "STARTED"))
        wrong += self._hand(expected, by) + self._holder(piece, by)
        wrong += ["ALREADY_ASKED"] * (what in expected.waited_for)
        return Suspend.model_validate(body | ({"evidenceTypes": [paper]} if cause == "APPLICANT" else {})), wrong

    def _resumption_of(self, expected: Expected, piece: Piece, by: str) -> Wish:
        wrong = ["ILLEGAL_MOVE"] * (expected.pause is None or piece.state not in ("ASSIGNED", "STARTED"))
        wrong += self._hand(expected, by) + self._holder(piece, by)
        return Resume.model_validate({"taskId": piece.id, "officerId": by}), wrong

    def _one_fault_at_a_time(self, expected: Expected, piece: Piece) -> Iterator[Wish]:
        """What each officer could wish of a task, as it should be but for who asks, who agrees, to whom, or why."""
        older, ground = self._line_before(expected, piece), "بند ۳"
        there = [one.id for one in self.people.values() if one.unit == piece.unit and one.may]
        holder, leader = piece.officer or there[0], LEADERS[piece.unit]
        agrees = next((id for id in there if id != holder), None)
        to = next((id for id in there if id != piece.officer), holder)
        beside = DESK_HEAD if UNITS[piece.unit] == ORG else holder
        for each in (*NAMES, DESK_HEAD):
            yield self._start_of(expected, piece, each, "LEGAL_PRIORITY", agrees, older)
            yield self._start_of(expected, piece, holder, "LEGAL_PRIORITY", each, older)
            yield self._answer_to(expected, piece, each, "GRANTED", None, agrees)
            yield self._answer_to(expected, piece, each, NOBODYS, None, None)
            yield self._answer_to(expected, piece, holder, "GRANTED", None, each)
            yield self._return_of(piece, each, "ABSENCE")
            yield self._gift_of(expected, piece, each, to, beside, "OVERLOAD")
            yield self._gift_of(expected, piece, leader, each, beside, "OVERLOAD")
            yield self._gift_of(expected, piece, leader, to, each, "OVERLOAD")
            yield self._transfer_of(expected, piece, each, REVENUE if piece.unit == ROADS_UNIT else ROADS_UNIT)
            yield self._pause_of(expected, piece, each, "LEGAL", "")
            yield self._resumption_of(expected, piece, each)
            if handed := expected.offered(piece):
                yield self._word_on(expected, handed, each, take=True)
        yield self._start_of(expected, piece, holder, None, agrees, older)
        yield self._start_of(expected, piece, holder, "LEGAL_PRIORITY", None, older)
        yield self._start_of(expected, piece, holder, "ACQUAINTANCE", agrees, older)
        yield self._answer_to(expected, piece, holder, "REFUSED", None, agrees)
        yield self._answer_to(expected, piece, holder, "REFUSED", ground, None)
        for reason in ("BECAUSE", None):
            yield self._return_of(piece, holder, reason)
            yield self._gift_of(expected, piece, leader, to, beside, reason)
        yield self._gift_of(expected, piece, leader, to, None, "OVERLOAD")
        yield self._transfer_of(expected, piece, leader, piece.unit)
