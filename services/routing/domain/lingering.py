"""Who has a task and does not begin in time loses it to somebody else (domain 3, Task; `beginning`)."""

from services.contracts.decision import Decision, Send, World
from services.contracts.event import Event
from services.contracts.routing import TaskState
from services.routing.domain.case import Case
from services.routing.domain.placing import follow
from services.routing.domain.rules import Rules


def time_is_up(case: Case, world: World[Rules]) -> Decision[Case]:
    """What nobody has begun in time is over; another task follows for the same step, for somebody else."""
    if case.clock.running_since is None:
        return Decision(case)
    events: list[Event] = []
    sends: tuple[Send, ...] = ()
    for work in case.work:
        if work.task.state is TaskState.ASSIGNED and work.start_by is not None and work.start_by <= world.now:
            over = work.to(TaskState.TIMED_OUT).model_copy(update={"start_by": None})
            followed = follow(case.with_work(over), over, world)
            case, event = (followed.state or case).moved(world, "task.timed-out", about=over)
            events, sends = [*events, event], (*sends, *followed.sends)
    return Decision(case, events=tuple(events), sends=sends)
