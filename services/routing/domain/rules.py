"""What an installation decides about routing's rules."""

from dataclasses import dataclass, field
from datetime import timedelta

from services.worktime import Duration, Unit

SHORTEST_DEADLINE = Duration(3, Unit.WORKING_DAYS)
TRANSFER_WITHIN = Duration(2, Unit.WORKING_DAYS)
SUSPENDED_FOR = Duration(10, Unit.WORKING_DAYS)
LONGEST_SUSPENSION = timedelta(days=366)
COORDINATION_ANSWERED_WITHIN = Duration(4, Unit.WORKING_HOURS)


@dataclass(frozen=True)
class Rules:
    """`seed_key` (32 bytes) makes the days' seeds; `ask_again` is how long a case waits while nobody may take it."""

    seed_key: bytes = field(repr=False)
    ask_again: timedelta = timedelta(minutes=5)
    shortest_deadline: Duration = SHORTEST_DEADLINE
    """A citizen has at least so long to bring what is missing."""
    suspended_for: Duration = SUSPENDED_FOR
    """How long the work stands still for others than the citizen where no deadline is given."""
    transfer_within: Duration = TRANSFER_WITHIN
    """So long another agency has to answer whether it takes a task."""
    longest_suspension: timedelta = LONGEST_SUSPENSION
    """Beyond it a deadline is a slip of the hand."""
    ladder: tuple[int, ...] = (50, 80, 100, 120)
    """The steps of escalation, in percent of a Clock's budget, where no rule of the service gives others."""
    counted_within: timedelta = timedelta(minutes=10)
    """So long after its due time a Clock is moved by days that were recorded before it. Intake breaks the promise five
    minutes later (`promising.HEARD_WITHIN`): the word must reach it by then, or there are two truths of the date."""
    unit_slot_length: timedelta = timedelta(minutes=30)
    unit_slots_within: timedelta = timedelta(days=60)
    """So far ahead a unit may see a citizen."""
    coordination_answered_within: Duration = COORDINATION_ANSWERED_WITHIN
    """A unit has so long to answer a desk, and a desk to accept what it proposes, in the unit's hours."""
    missed_after: timedelta = timedelta(minutes=30)
    """So long after its slot a referral counts as missed, if nobody says that the citizen came."""
    rebookings: int = 1
    """How often who has missed a unit's slot gets another one."""
