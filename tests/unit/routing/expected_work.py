"""What is to be true of the work behind the desk, told a second time from the domain alone (domain 3, 6, 7).

It knows nothing of the rules of routing: states, who may, which steps open when, and what answers come to.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

LIVE = ("OFFERED", "ASSIGNED", "STARTED")
TASK_MOVES = {
    "OFFERED": {"ASSIGNED", "TIMED_OUT", "CANCELLED"},
    "ASSIGNED": {"ASSIGNED", "STARTED", "RETURNED", "TIMED_OUT", "CANCELLED"},
    "STARTED": {"ANSWERED", "ASSIGNED", "RETURNED", "TIMED_OUT", "CANCELLED"},
    "ANSWERED": set(),
    "RETURNED": set(),
    "TIMED_OUT": set(),
    "CANCELLED": set(),
}
SAYS = {
    "task.offered": "OFFERED",
    "task.assigned": "ASSIGNED",
    "task.reassigned": "ASSIGNED",
    "task.started": "STARTED",
    "task.answered": "ANSWERED",
    "task.returned": "RETURNED",
    "task.timed-out": "TIMED_OUT",
    "task.cancelled": "CANCELLED",
}
"""In which state a task is that an event tells of."""
STATUS = {
    "ILLEGAL_MOVE": 409,
    "NOT_ASSIGNEE": 409,
    "CONFLICT_OF_INTEREST": 409,
    "JUMP_NEEDS_REASON": 409,
    "ALREADY_ASKED": 409,
    "OUT_OF_SERVICE": 409,
    "NOT_AUTHORISED": 403,
    "UNKNOWN_OFFICER": 422,
    "SECOND_OFFICER_NEEDED": 422,
    "GROUND_NEEDED": 422,
    "NOT_ELIGIBLE": 422,
}
"""How each refusal is answered: the second taker of a task hears 409."""
JUMP_REASONS = {"MISSING_DOCUMENT", "OTHER_AGENCY", "LEGAL_PRIORITY"}
RETURN_REASONS = {"NO_AUTHORITY", "CONFLICT_OF_INTEREST", "ABSENCE", "NEEDS_OTHER_SKILL"}
OVERRIDE_REASONS = {"ABSENCE", "OVERLOAD", "CONFLICT_OF_INTEREST", "NEEDS_OTHER_SKILL", "LEFT"}
TRANSFER_MOVES = {"OFFERED": {"ACKNOWLEDGED", "REFUSED", "RETURNED"}}
MINUTE = timedelta(minutes=1)
NOBODYS = "NO_COMPETENCE"


@dataclass
class Person:
    """`may`: services, and up to which amount; None = any."""

    id: str
    org: str
    unit: str | None
    may: dict[str, int | None] = field(default_factory=dict)
    until: str = "24:00"
    """When their shift ends in a unit that has shifts."""
    left: bool = False
    away: set[date] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)

    def able(self, service: str, amount: int | None) -> bool:
        """Whether they have authority for it, by no shift and on whatever day."""
        if service not in self.may:
            return False
        limit = self.may[service]
        return limit is None or (amount is not None and amount <= limit)


@dataclass(frozen=True)
class Step:
    id: str | None
    unit: str
    after: tuple[str, ...] = ()
    mandatory: bool = True
    start_within: int | None = None
    """In working minutes."""


@dataclass(frozen=True)
class Way:
    """How the work of a service goes."""

    service: str
    steps: tuple[Step, ...]
    ladder: tuple[int, ...]
    hours: int | None = None
    days: int | None = None
    """The budget, in one of them."""
    two_from: int | None = None
    nobodys_to: str | None = None


@dataclass
class Piece:
    """A task."""

    id: str
    step: Step
    unit: str
    state: str = "OFFERED"
    officer: str | None = None
    givings: int = 0
    had: set[str] = field(default_factory=set)
    doer: str | None = None
    waits: str | None = None
    ask_at: datetime | None = None
    draw: Any = None
    """What its queue has said of the pick; None of what was given by hand."""
    jump: tuple[str, str, str] | None = None
    """Why, who agreed, and past which task it was started (I7)."""
    returned: tuple[str, str] | None = None
    """By whom, and why."""
    override: tuple[str | None, str, str, str, str] | None = None
    """From whom, to whom, why, by whom, and who agreed."""
    answer: str | None = None
    ground: str | None = None
    decided_by: str | None = None
    second: str | None = None
    answered_at: datetime | None = None
    used: int = 0
    """Of its time to begin, until `mark`."""
    mark: int = 0
    since: datetime | None = None

    @property
    def live(self) -> bool:
        return self.state in LIVE


@dataclass
class Handed:
    id: str
    piece: str
    unit: str
    state: str
    answer_by: datetime


@dataclass
class Pause:
    number: int
    cause: str
    types: tuple[str, ...]
    until: datetime | None
    since: datetime
    by: str
    ended: datetime | None = None


@dataclass
class Expected:
    """One case. `spans`: when its Clock ran, and by which version of the calendar that is counted."""

    id: str
    way: Way
    amount: int | None
    people: set[str]
    """Who it is about: the applicant, and whoever has spoken for them (I8)."""
    priority: str | None
    arrived: datetime
    due: datetime
    latest: datetime
    """Until when the law wants it (I3)."""
    round: int = 1
    pieces: list[Piece] = field(default_factory=list)
    """Of this round."""
    tasks: int = 0
    barred: set[str] = field(default_factory=set)
    withdrew: set[str] = field(default_factory=set)
    """Who has given back as having to do with the person, in whichever round (I8)."""
    spans: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    running: datetime | None = None
    counted_by: int = 1
    pause: Pause | None = None
    pauses: int = 0
    """Of all rounds."""
    stood: list[Pause] = field(default_factory=list)
    """Every pause of this round, that of now among them."""
    waited_for: set[str] = field(default_factory=set)
    rungs: int = 0
    result: str | None = None
    told_first: bool = False
    transfers: list[Handed] = field(default_factory=list)
    version: int = 0

    @property
    def over(self) -> bool:
        return self.running is None and self.pause is None

    @property
    def takes_two(self) -> bool:
        """Whether somebody else has to agree to a decision: also where no amount is named, else none would be."""
        least = self.way.two_from
        return least is not None and (self.amount is None or self.amount >= least)

    def piece(self, id: str) -> Piece | None:
        return next((piece for piece in self.pieces if piece.id == id), None)

    def newest(self) -> dict[str | None, Piece]:
        """The last task of each step."""
        return {piece.step.id: piece for piece in self.pieces}

    def add(self, step: Step, unit: str, had: set[str], doer: str | None = None) -> Piece:
        self.tasks += 1
        piece = Piece(id=f"{self.id}.{self.tasks}", step=step, unit=unit, had=had, doer=doer)
        self.pieces.append(piece)
        return piece

    def follow(self, before: Piece, unit: str | None = None) -> Piece:
        had = before.had | ({before.officer} if before.officer else set())
        return self.add(before.step, unit or before.unit, had)

    def open_steps(self, doers: dict[str | None, str] | None = None) -> list[Piece]:
        """A task for each step all of whose steps before are answered by somebody competent."""
        newest = self.newest()
        done = {step for step, piece in newest.items() if piece.answer not in (None, NOBODYS)}
        ready = [step for step in self.way.steps if step.id not in newest and done >= set(step.after)]
        return [self.add(step, step.unit, set(), (doers or {}).get(step.id)) for step in ready]

    def comes_to(self) -> str | None:
        """The result of the mandatory steps' answers: theirs if they agree, else PARTIAL; None while one is awaited."""
        newest = self.newest()
        answers = [newest[step.id].answer if step.id in newest else None for step in self.way.steps if step.mandatory]
        if None in answers or (NOBODYS in answers and set(answers) != {NOBODYS}):
            return None
        return answers[0] if len(set(answers)) == 1 else "PARTIAL"

    def settled(self) -> tuple[str | None, str | None, set[str]]:
        """Who has decided last of the mandatory steps, who has agreed to that, and every ground that was given (I5)."""
        newest = self.newest()
        wanted = [newest[step.id] for step in self.way.steps if step.mandatory]
        last = max(wanted, key=lambda piece: (piece.answered_at, wanted.index(piece)))
        return last.decided_by, last.second, {piece.ground for piece in wanted if piece.ground is not None}

    def offered(self, piece: Piece) -> Handed | None:
        return next((one for one in reversed(self.transfers) if one.piece == piece.id), None)

    def authors(self) -> set[str]:
        """Who has refused, in part or all, and who has agreed to it (I8)."""
        said = [piece for piece in self.pieces if piece.answer in ("REFUSED", "PARTIAL")]
        return {by for piece in said for by in (piece.decided_by, piece.second) if by is not None}

    def end(self, now: datetime) -> None:
        """The Clock stands for good, and nothing is open or offered."""
        self.stand(now)
        self.go_on(now)
        for piece in self.pieces:
            if piece.live:
                piece.state, piece.ask_at = "CANCELLED", None
        for transfer in self.transfers:
            if transfer.state == "OFFERED":
                transfer.state = "RETURNED"

    def stand(self, now: datetime) -> None:
        if self.running is not None:
            self.spans.append((self.running, now, self.counted_by))
            self.running = None

    def go_on(self, now: datetime) -> None:
        """What it has stood still for is over."""
        if self.pause is not None:
            self.pause.ended, self.pause = now, None

    def for_the_head(self) -> Iterator[tuple[str, str, str]]:
        """Kind, unit, task: what nobody else moves on."""
        if self.over:
            return
        for piece in self.pieces:
            if piece.state == "OFFERED" and piece.waits in ("OFFICER", "ROOM", "UNIT"):
                yield "NOBODY_ELIGIBLE", piece.unit, piece.id
        live = [piece for piece in self.pieces if piece.live]
        if live and self.rungs == len(self.way.ladder):
            yield "ESCALATED", live[0].unit, live[0].id
        for piece in self.newest().values():
            handed = self.offered(piece)
            if handed is not None and not piece.live and handed.state == "OFFERED":
                yield "TRANSFER_OFFERED", handed.unit, piece.id
            elif handed is not None and not piece.live:
                yield "TRANSFER_REFUSED", piece.unit, piece.id
            elif piece.answer == NOBODYS:
                yield "NO_COMPETENCE", piece.unit, piece.id
