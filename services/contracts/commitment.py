"""A promise as others know it: what it is for, until when, and every date it had before (domain 3; I3)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from services.contracts.routing import DueCause
from services.contracts.service_sheet import WorkingTime
from services.contracts.wire import Id, Instant, Made, Wire
from services.contracts.working_calendar import CalendarRef, ChangedDay


class CommitmentKind(StrEnum):
    NEXT_VISIT = "NEXT_VISIT"
    """Come back to the desk, on that day from that hour on."""
    FINAL_DELIVERY = "FINAL_DELIVERY"
    APPOINTMENT = "APPOINTMENT"
    """A slot of the desk's day, with one officer."""


VISITS = frozenset({CommitmentKind.NEXT_VISIT, CommitmentKind.APPOINTMENT})
"""What the person comes for: kept when their visit opens, not when an answer is given."""


class CommitmentState(StrEnum):
    OPEN = "OPEN"
    KEPT = "KEPT"
    BROKEN = "BROKEN"
    RELEASED = "RELEASED"


class ExtensionReason(StrEnum):
    """Why a promise is extended: a closed list. That an officer is absent or the unit is full is none."""

    SITE_SURVEY = "SITE_SURVEY"
    """Somebody must look at the place, and could not yet."""
    EXPERT_OPINION = "EXPERT_OPINION"
    OTHER_AGENCY = "OTHER_AGENCY"
    """Another agency has not answered yet."""
    COMPLEX_CASE = "COMPLEX_CASE"
    FORCE_MAJEURE = "FORCE_MAJEURE"
    """Flood, snow, an outage: what nobody could plan for."""


class MoveKind(StrEnum):
    EXTENDED = "EXTENDED"
    """An officer asked for it, and the head of the desk approved."""
    RE_PROJECTED = "RE_PROJECTED"
    """The days changed under it, or the work stood still."""


BOOKED_ANEW = "BOOKED_ANEW"
"""The rule of a new date that the desk has found with whoever nobody could have served."""
ASKED_BACK = "ASKED_BACK"
"""The rule of a new date for somebody like that who has left without one: nobody has found it with them (I2)."""

OUT_OF_SERVICE = "OUT_OF_SERVICE"
"""The rule of a new date where the desk itself is away at the one before: its calendar has closed nothing."""


MoveCause = Literal[DueCause.CALENDAR, DueCause.SUSPENSION]
"""Why a promise moves by itself: an extension is somebody's decision."""


class Move(Wire):
    """How an open promise came to another date. Nothing else changes one (domain 12.4)."""

    kind: MoveKind
    at: Instant
    from_at: Instant
    to_at: Instant
    calendar: CalendarRef
    """By which version the new date was counted."""
    cause: MoveCause | None = None
    """Of a re-projection."""
    days: tuple[ChangedDay, ...] = ()
    """By which days, where the calendar is the cause. None where their decisions are not known, or its week changed."""
    rule: str | None = None
    """What put the date where it is (`MovedBy`, LEGAL_LIMIT, BOOKED_ANEW, ASKED_BACK or OUT_OF_SERVICE), when it is not
    where the count ended."""
    reason: ExtensionReason | None = None
    """Of an extension."""
    approver: Id | None = None
    """Who approved the extension."""


class ExpectedVisit(Wire):
    """What the promise of a visit says beside its moment, from which on the person is expected."""

    until: Instant
    """The end of its slot: who has not come by then has not come."""
    told_until: Instant | None = None
    """The end of the slot as its person knows it, where that is another."""
    shortened_at: Instant | None = None
    """Since when it is known that the desk shuts sooner that day."""
    officer_id: Id | None = None
    """Of an appointment: who is to serve."""
    warned_at: Instant | None = None
    """Since when it is known that nobody can serve then: its person is warned, and the desk books anew."""
    shut_by: CalendarRef | None = None
    """Of a visit that is off or ends sooner: by which version of the calendar. None where an officer will be away."""
    shut_on: ChangedDay | None = None
    """With `shut_by`: the day, by whose decision. None where that is not known, or its week is so."""
    reinstated_at: Instant | None = None
    """When what it was warned of was taken back."""


class Commitment(Made):
    """A promise: when, by which calendar, within which law (I3)."""

    id: Id
    kind: CommitmentKind
    promised_at: Instant
    promised_local: str
    legal_latest_at: Instant
    """Of a visit: that of the answer; while none is promised, as far ahead as a visit may be promised."""
    legal_risk: bool = False
    """The law's limit may pass: the desk is not open once more before it, or nobody works on it. Its head sees that."""
    calendar: CalendarRef
    budget: WorkingTime | None = None
    """None of a visit."""
    basis: Literal["RULE", "OFFICER"] = "RULE"
    """Whether an officer has chosen its moment."""
    moves: tuple[Move, ...] = ()
    """Every date it had before, oldest first."""
    visit: ExpectedVisit | None = None
    """None of a final delivery."""
    state: CommitmentState
    ended_at: Instant | None = None
    fulfilled_late_at: Instant | None = None


def holding(
    commitments: Sequence[Commitment], kind: CommitmentKind = CommitmentKind.FINAL_DELIVERY
) -> Commitment | None:
    """The promise that holds, kept or not: the newest of its kind. None where that was released, or none was given."""
    newest = next((promise for promise in reversed(commitments) if promise.kind is kind), None)
    return newest if newest is not None and newest.state is not CommitmentState.RELEASED else None
