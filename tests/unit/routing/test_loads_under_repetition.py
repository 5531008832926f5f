"""I11 across entities: whatever is repeated, late or out of order between cases and queue, loads end up true."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from services.contracts.routing import TaskState
from services.contracts.wire import Wire
from services.routing.domain.case import Case
from services.routing.domain.commands import Answer, Line, Start
from services.routing.domain.queue import Queue
from services.routing.handlers import CASE, QUEUE
from tests.unit.routing.office import UNIT, province, registered, world

WORLD = world(registry=province("ada", "bahar", load_cap=1000))
CASES = ("r1", "r2", "r3", "r4")


class Network:
    """Carries messages between the rules in any order, any number of times; each at least once in the end."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.queue: Queue | None = None
        self.underway: list[tuple[str, str, Wire]] = []
        self.all_sent: list[tuple[str, str, Wire]] = []

    def decide(self, entity: str, id: str, body: BaseModel) -> None:
        if entity == "case":
            decision = CASE.decide[type(body)](self.cases.get(id), body, WORLD)
            assert decision.state is not None
            self.cases[id] = decision.state
        else:
            decision = QUEUE.decide[type(body)](self.queue, body, WORLD)
            self.queue = decision.state
        sent = [(send.entity, send.id, send.body) for send in decision.sends]
        self.underway += sent
        self.all_sent += sent

    def work(self, case: Case) -> None:
        """The officer takes the next step, if there is one."""
        officer = case.work[-1].task.assignee
        if case.work[-1].task.state is TaskState.ASSIGNED:
            self.decide(
                "case",
                case.request_id,
                Start(task_id=case.work[-1].task.id, officer_id=officer or "", line=Line(older=None)),
            )
        elif case.work[-1].task.state is TaskState.STARTED:
            answer = Answer.model_validate({"taskId": case.work[-1].task.id, "officerId": officer, "result": "GRANTED"})
            self.decide("case", case.request_id, answer)


@settings(max_examples=200)
@given(st.data())
def test_loads_are_true_once_everything_has_arrived(data: st.DataObject) -> None:
    network = Network()
    for request_id in CASES:
        network.decide("case", request_id, registered(request_id))
    for _ in range(data.draw(st.integers(0, 60), "steps")):
        step = data.draw(st.sampled_from(["deliver", "repeat", "work"]), "step")
        if step == "deliver" and network.underway:
            network.decide(*network.underway.pop(data.draw(st.integers(0, len(network.underway) - 1))))
        elif step == "repeat" and network.all_sent:
            network.decide(*data.draw(st.sampled_from(network.all_sent)))
        elif step == "work":
            network.work(network.cases[data.draw(st.sampled_from(CASES))])
    while network.underway:
        network.decide(*network.underway.pop(0))
    assert network.queue is not None
    held = (TaskState.ASSIGNED, TaskState.STARTED)
    open_tasks = Counter(
        case.work[-1].task.assignee for case in network.cases.values() if case.work[-1].task.state in held
    )
    assert network.queue.loads == open_tasks
    assert (network.queue.placing, network.queue.ending) == ({}, {})
    assert network.queue.unit_id == UNIT
    assert all(case.work[-1].task.state is not TaskState.OFFERED for case in network.cases.values())
