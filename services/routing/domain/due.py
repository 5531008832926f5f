"""What a case waits for, and the rule for each when its time has come."""

from services.contracts.decision import Decision, TimerFired, World
from services.routing.domain import escalating, lingering, placing, suspending, transferring, unit_visits
from services.routing.domain.case import RUNG, START, SUSPENSION, TRANSFER, Case
from services.routing.domain.rules import Rules


def fell_due(case: Case | None, message: TimerFired, world: World[Rules]) -> Decision[Case]:
    if case is not None and message.name == SUSPENSION:
        return suspending.time_is_up(case, world)
    if case is not None and message.name == START:
        return lingering.time_is_up(case, world)
    if case is not None and message.name == TRANSFER:
        return transferring.time_is_up(case, world)
    if case is not None and message.name == RUNG:
        return escalating.fell_due(case, world)
    if case is not None and message.name.startswith(f"{case.request_id}."):
        return unit_visits.fell_due(case, message.name, world)
    return placing.ask_again(case, message, world)
