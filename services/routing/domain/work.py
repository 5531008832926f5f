"""A piece of work of a case: one task, who was given it and how, and what they answered (domain 3, Task).

A case has one, or several side by side or one after the other, as its rule says. A task that was returned, or that lay
too long, is over and followed by another for the same step. A task may be given to somebody else: each *giving* is
counted by the queue once, by a key of its own.
"""

from services.contracts.decision import Moves
from services.contracts.routing import CaseResult, Draw, Jump, Task, TaskState
from services.contracts.wire import Id, Instant, Made

MOVES: Moves[TaskState] = Moves(
    {
        TaskState.OFFERED: frozenset({TaskState.ASSIGNED, TaskState.CANCELLED}),
        TaskState.ASSIGNED: frozenset({TaskState.STARTED, TaskState.CANCELLED}),
        TaskState.STARTED: frozenset({TaskState.ANSWERED, TaskState.CANCELLED}),
        TaskState.ANSWERED: frozenset(),
        TaskState.CANCELLED: frozenset(),
    }
)
LIVE = (TaskState.OFFERED, TaskState.ASSIGNED, TaskState.STARTED)


class Given(Made):
    """An officer who was given the task. `placement`, `ending`: the queue's entries that the case has signed."""

    officer_id: Id
    placement: int | None = None
    ending: int | None = None


class Work(Made):
    """`given`: to whom, the newest last."""

    task: Task
    draw: Draw | None = None
    jump: Jump | None = None
    answer: CaseResult | None = None
    given: tuple[Given, ...] = ()
    ask_again_at: Instant | None = None
    told_waiting: bool = False
    had_before: tuple[Id, ...] = ()
    """Who had the task that this one follows, and does not get it again."""
    doer: Id | None = None
    """Who answered the task that was reopened: it goes to them again (domain 12.18)."""

    @property
    def live(self) -> bool:
        return self.task.state in LIVE

    def to(self, state: TaskState, **changes: object) -> "Work":
        """The task in another state. Raises Refused ILLEGAL_MOVE, naming both."""
        MOVES.check(self.task.state, state)
        return self.model_copy(update={"task": self.task.model_copy(update={"state": state, **changes})})

    def key(self, giving: int) -> str:
        """By which the queue counts one giving, from 0: the first by the task itself."""
        return f"{self.task.id}/{giving}" if giving else self.task.id

    def giving_of(self, key: str) -> int | None:
        """Which giving a key names, whether it has been or not; None of another task's."""
        task_id, _, number = key.partition("/")
        return int(number or 0) if task_id == self.task.id else None


def task_id(request_id: str, number: int) -> str:
    return f"{request_id}.{number}"


def request_of(task_id: str) -> str:
    """The request whose case holds the task; some id that leads nowhere when it is no task id."""
    return task_id.rpartition(".")[0]
