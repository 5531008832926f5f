"""A piece of work of a case: one task, who was given it and how, and what they answered (domain 3, Task).

A case has one, or several side by side or one after the other, as its rule says. A task that was returned, or that lay
too long, is over and followed by another for the same step. A task may be given to somebody else: each *giving* is
counted by the queue once, by a key of its own.
"""

from services.contracts.decision import Moves
from services.contracts.routing import CaseResult, Draw, Jump, Override, Return, Task, TaskState
from services.contracts.wire import Id, Instant, Made

MOVES: Moves[TaskState] = Moves(
    {
        TaskState.OFFERED: frozenset({TaskState.ASSIGNED, TaskState.TIMED_OUT, TaskState.CANCELLED}),
        TaskState.ASSIGNED: frozenset(
            {
                TaskState.STARTED,
                TaskState.ASSIGNED,  # to somebody else
                TaskState.RETURNED,
                TaskState.TIMED_OUT,
                TaskState.CANCELLED,
            }
        ),
        TaskState.STARTED: frozenset(
            {TaskState.ANSWERED, TaskState.ASSIGNED, TaskState.RETURNED, TaskState.TIMED_OUT, TaskState.CANCELLED}
        ),
        TaskState.ANSWERED: frozenset(),
        TaskState.RETURNED: frozenset(),
        TaskState.TIMED_OUT: frozenset(),
        TaskState.CANCELLED: frozenset(),
    }
)
LIVE = (TaskState.OFFERED, TaskState.ASSIGNED, TaskState.STARTED)


class Given(Made):
    """An officer who was given the task. `placement`, `ending`: the queue's entries that the case has signed.

    The queue counts it by its `key`: a draw by the task's id, what was given by hand by `<taskId>/<n>`.
    """

    key: str
    officer_id: Id
    placement: int | None = None
    ending: int | None = None


class Work(Made):
    """`given`: to whom, the newest last."""

    task: Task
    draw: Draw | None = None
    jump: Jump | None = None
    returned: Return | None = None
    override: Override | None = None
    answer: CaseResult | None = None
    given: tuple[Given, ...] = ()
    ask_again_at: Instant | None = None
    had_before: tuple[Id, ...] = ()
    """Who had the task that this one follows, and does not get it again."""
    doer: Id | None = None
    """Who answered the task that was reopened: it goes to them again (domain 12.18)."""
    opened_at: Instant
    start_by: Instant | None = None
    """Until when whoever has it has to start; then somebody else gets it."""

    @property
    def live(self) -> bool:
        return self.task.state in LIVE

    def to(self, state: TaskState, **changes: object) -> "Work":
        """The task in another state. Raises Refused ILLEGAL_MOVE, naming both."""
        MOVES.check(self.task.state, state)
        return self.model_copy(update={"task": self.task.model_copy(update={"state": state, **changes})})

    def given_as(self, key: str) -> Given | None:
        return next((given for given in self.given if given.key == key), None)

    def done_with(self, given: Given) -> bool:
        """Whether that officer is done with it: the task is over, or somebody else has it."""
        return not self.live or given is not self.given[-1]

    def signed(self, key: str, **entry: int) -> "Work":
        """With an entry of the queue noted for that giving."""
        given = tuple(one.model_copy(update=entry) if one.key == key else one for one in self.given)
        return self.model_copy(update={"given": given})


def task_id(request_id: str, number: int) -> str:
    return f"{request_id}.{number}"


def request_of(task_id: str) -> str:
    """The request whose case holds the task; some id that leads nowhere when it is no task id."""
    return task_id.rpartition(".")[0]
