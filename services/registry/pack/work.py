"""What the work inside came to in a month of an agency's cases: by unit, by officer and by channel (domain 7, 11).

Each fact counts in the month of the event that told it; that somebody was sent to a unit, and how it ended, in that of
its own hour. Which month that is does not depend on when it is counted, nor in which order cases come.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from services.contracts.coordination import CoordinationState, NotConfirmed, ReferralOutcome, ReferralState
from services.contracts.routing import JumpReason, Level, OverrideReason, ResultKind, ReturnReason, WaitsFor
from services.contracts.service_sheet import Channel
from services.registry.domain.work_reported import (
    HANDED_ON,
    NOT_HEARD,
    NOT_TAKEN,
    TAKEN,
    TIMED_OUT,
    ReportedWork,
    Sent,
    WorkLine,
)
from services.registry.pack.figures import Figure, Row, figure
from services.registry.pack.sums import rank, ranked

NOT_KNOWN = "NOT_KNOWN"
"""The channel of a case of which intake has told nothing yet."""
KINDS: Mapping[ResultKind, str] = {
    ResultKind.GRANTED: "granted",
    ResultKind.REFUSED: "refused",
    ResultKind.PARTIAL: "partial",
    ResultKind.NO_COMPETENCE: "noCompetence",
}
RUNGS: Mapping[Level, str] = {
    Level.OFFICER: "rungsOfficer",
    Level.UNIT_HEAD: "rungsUnitHead",
    Level.AGENCY_HEAD: "rungsAgencyHead",
}
NOBODY: Mapping[WaitsFor, str] = {
    WaitsFor.OFFICER: "nobodyMay",
    WaitsFor.ROOM: "nobodyHasRoom",
    WaitsFor.UNIT: "unitAway",
}
"""What a task waits for that no time of day brings."""
TRANSFERS: Mapping[str, str] = {
    HANDED_ON: "offered",
    TAKEN: "acknowledged",
    NOT_TAKEN: "refused",
    NOT_HEARD: "returned",
}
ENDS: Mapping[ReferralState, str] = {
    ReferralState.ATTENDED: "attended",
    ReferralState.MISSED: "missed",
    ReferralState.CANCELLED: "cancelled",
    ReferralState.LAPSED: "notApproved",
}
ORDER = ("jumps", "overrides", "returns", "timedOut", *RUNGS.values(), *NOBODY.values())
COORDINATIONS = ("asked", "confirmed", "declined", "proposed", "lapsed", "dropped")
REFERRALS = ("coordinated", "uncoordinated", *ENDS.values())


@dataclass
class Answers:
    kinds: Counter[ResultKind] = field(default_factory=Counter)
    minutes: list[Fraction] = field(default_factory=list)

    def add(self, line: WorkLine) -> None:
        assert line.answer is not None, "it is called of lines that have one"
        self.kinds[line.answer] += 1
        if line.minutes is not None:
            self.minutes.append(Fraction(line.minutes))

    def row(self) -> Row:
        found = {"median": rank(self.minutes, 50), "p90": rank(self.minutes, 90)}
        return {
            "answers": self.kinds.total(),
            **{name: self.kinds[kind] for kind, name in KINDS.items()},
            "measured": len(self.minutes),
            **{name: None if value is None else int(value) for name, value in found.items()},
        }


class WorkCounts:
    """Of one agency and month, from its first moment to the first after it."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self._begins, self._ends = begins, ends
        self.all = Answers()
        self.by_unit: dict[str, Answers] = {}
        self.by_officer: dict[str, Answers] = {}
        self.by_channel: dict[str, Answers] = {}
        self.order: Counter[tuple[str, str]] = Counter()
        """By unit, and what happened there: of `ORDER`."""
        self.transfers: Counter[tuple[str, str]] = Counter()
        """By the unit that handed the work on; `taken` by the one that took it."""
        self.coordinations: Counter[tuple[str, str]] = Counter()
        self.referrals: Counter[tuple[str, str]] = Counter()
        self.outcomes: Counter[ReferralOutcome] = Counter()
        self.jumps: Counter[tuple[str, JumpReason, str]] = Counter()
        """By who jumped, why, and who agreed."""
        self.overrides: Counter[tuple[str, str, OverrideReason]] = Counter()
        """By who gave, to whom, and why."""
        self.returns: Counter[tuple[str, ReturnReason]] = Counter()

    @property
    def officers(self) -> set[str]:
        """Of whom a name is shown."""
        named = {*self.by_officer, *(officer for officer, _, _ in self.jumps), *(by for by, _ in self.returns)}
        return named | {officer for by, to, _ in self.overrides for officer in (by, to)}

    @property
    def units(self) -> set[str]:
        counted = (self.order, self.transfers, self.coordinations, self.referrals)
        return {*self.by_unit, *(unit for counts in counted for unit, _ in counts)}

    def add(self, work: ReportedWork, channel: Channel | None) -> None:
        """`channel`: of the case when the month ended."""
        lines = [line for line in work.lines if line.at < self._ends]
        for line in lines:
            if line.at >= self._begins:
                self._answer(line, channel)
                self._order(line)
                self._transfer(line)
        self._coordinations(lines)
        for sent in work.referrals:
            self._referral(sent)

    def _answer(self, line: WorkLine, channel: Channel | None) -> None:
        if line.answer is not None:
            self.all.add(line)
            self.by_unit.setdefault(line.unit_id, Answers()).add(line)
            self.by_channel.setdefault(channel or NOT_KNOWN, Answers()).add(line)
            if line.officer_id is not None:
                self.by_officer.setdefault(line.officer_id, Answers()).add(line)

    def _order(self, line: WorkLine) -> None:
        happened = []
        if line.jump is not None:
            happened.append("jumps")
            self.jumps[line.officer_id or "", line.jump.reason, line.jump.second_officer] += 1
        if line.override is not None:
            happened.append("overrides")
            self.overrides[line.override.by, line.override.to, line.override.reason] += 1
        if line.returned is not None:
            happened.append("returns")
            self.returns[line.returned.by, line.returned.reason] += 1
        if TIMED_OUT in line.moves:
            happened.append("timedOut")
        if line.level is not None:
            happened.append(RUNGS[line.level])
        if line.waits_for is not None and line.waits_for in NOBODY:
            happened.append(NOBODY[line.waits_for])
        self.order.update((line.unit_id, what) for what in happened)

    def _transfer(self, line: WorkLine) -> None:
        if line.transfer is None:
            return
        within = {HANDED_ON, TAKEN} <= {*line.moves}
        for move in line.moves:
            if move in TRANSFERS and not (within and move == HANDED_ON):  # nobody was asked
                self.transfers[line.transfer.from_unit, TRANSFERS[move]] += 1
            if move == TAKEN:
                self.transfers[line.transfer.to_unit, "taken"] += 1

    def _coordinations(self, lines: Iterable[WorkLine]) -> None:
        """Each event has all of the round as they were: what is new in it has happened with it."""
        states: dict[str, CoordinationState] = {}
        for line in lines:
            for asked in line.asked:
                if states.get(asked.id) is not asked.state:
                    states[asked.id] = asked.state
                    if line.at >= self._begins:
                        self.coordinations[asked.unit_id, _became(asked.state, asked.reason)] += 1

    def _referral(self, sent: Sent) -> None:
        if sent.sent_at is not None and self._begins <= sent.sent_at < self._ends:
            self.referrals[sent.unit_id, "coordinated" if sent.coordinated else "uncoordinated"] += 1
        if sent.ended_at is not None and self._begins <= sent.ended_at < self._ends:
            self.referrals[sent.unit_id, ENDS[sent.state]] += 1
            if sent.outcome is not None:
                self.outcomes[sent.outcome] += 1

    def figures(self) -> dict[str, Figure]:
        order, answers = _sums(self.order), self.all.row()
        transfers, coordinations, referrals = map(_sums, (self.transfers, self.coordinations, self.referrals))
        return {
            "work.answers": figure(answers["answers"]),
            **{f"work.{name}": figure(answers[name]) for name in KINDS.values()},
            "work.median": ranked(self.all.minutes, 50, whole=True),
            "work.p90": ranked(self.all.minutes, 90, whole=True),
            **{f"work.{what}": figure(order[what]) for what in ORDER},
            **{f"transfers.{what}": figure(transfers[what]) for what in TRANSFERS.values()},
            **{f"coordinations.{what}": figure(coordinations[what]) for what in COORDINATIONS},
            **{f"referrals.{what}": figure(referrals[what]) for what in REFERRALS},
        }

    def tables(self, units: Mapping[str, str], officers: Mapping[str, str | None]) -> dict[str, list[Row]]:
        """`units`, `officers`: their names by id; None or nothing of one who has none here."""

        def by_unit(counts: Counter[tuple[str, str]], *columns: str) -> list[Row]:
            ids = sorted({unit for unit, _ in counts})
            return [{"id": id, "name": units.get(id), **{each: counts[id, each] for each in columns}} for id in ids]

        def named(prefix: str, id: str) -> Row:
            return {f"{prefix}Id": id, f"{prefix}Name": officers.get(id)}

        return {
            "unitAnswers": [{"id": id, "name": units.get(id), **row} for id, row in _rows(self.by_unit)],
            "channelAnswers": [
                {"id": channel, **self.by_channel.get(channel, Answers()).row()}
                for channel in (*(each.value for each in Channel), NOT_KNOWN)
            ],
            "officerAnswers": [{"id": id, "name": officers.get(id), **row} for id, row in _rows(self.by_officer)],
            "unitOrder": by_unit(self.order, *ORDER),
            "jumpReasons": [
                {"id": reason.value, "jumps": sum(n for (_, why, _), n in self.jumps.items() if why is reason)}
                for reason in JumpReason
            ],
            "overrideReasons": [
                {"id": reason.value, "overrides": sum(n for (_, _, why), n in self.overrides.items() if why is reason)}
                for reason in OverrideReason
            ],
            "returnReasons": [
                {"id": reason.value, "returns": sum(n for (_, why), n in self.returns.items() if why is reason)}
                for reason in ReturnReason
            ],
            "jumps": [
                {
                    "id": f"{officer}|{reason}|{second}",
                    **named("officer", officer),
                    "reason": reason.value,
                    "secondOfficerId": second,
                    "jumps": many,
                }
                for (officer, reason, second), many in sorted(self.jumps.items())
            ],
            "overrides": [
                {
                    "id": f"{by}|{to}|{reason}",
                    **named("by", by),
                    **named("to", to),
                    "reason": reason.value,
                    "overrides": many,
                }
                for (by, to, reason), many in sorted(self.overrides.items())
            ],
            "returns": [
                {"id": f"{by}|{reason}", **named("officer", by), "reason": reason.value, "returns": many}
                for (by, reason), many in sorted(self.returns.items())
            ],
            "unitTransfers": by_unit(self.transfers, *TRANSFERS.values(), "taken"),
            "unitCoordinations": by_unit(self.coordinations, *COORDINATIONS),
            "unitReferrals": by_unit(self.referrals, *REFERRALS),
            "referralOutcomes": [
                {"id": outcome.value, "referrals": self.outcomes[outcome]} for outcome in ReferralOutcome
            ],
        }


def _became(state: CoordinationState, reason: NotConfirmed | None) -> str:
    """What a unit has answered, or not; `dropped`: the desk did not take what it proposed, the work had ended, or the
    unit will be shut then."""
    its_own = reason in (None, NotConfirmed.NOT_NEEDED, NotConfirmed.NO_ROOM, NotConfirmed.NOT_OURS)
    match state:
        case CoordinationState.ASKED:
            return "asked"
        case CoordinationState.CONFIRMED:
            return "confirmed"
        case CoordinationState.PROPOSED:
            return "proposed"
        case CoordinationState.DECLINED:
            return "declined" if its_own else "dropped"
        case CoordinationState.LAPSED:
            return "lapsed" if reason is NotConfirmed.NOT_ANSWERED else "dropped"


def _sums(counts: Counter[tuple[str, str]]) -> Counter[str]:
    """Of all units."""
    sums: Counter[str] = Counter()
    for (_, what), many in counts.items():
        sums[what] += many
    return sums


def _rows(answers: Mapping[str, Answers]) -> list[tuple[str, dict[str, Any]]]:
    return [(id, each.row()) for id, each in sorted(answers.items())]
