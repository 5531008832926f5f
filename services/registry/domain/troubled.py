"""Cases in which something went wrong that is a fault of an offering or a service, as intake tells it (domain 5, 1.6).

Of all other cases the registry keeps nothing here.
"""

from pydantic import BaseModel, ConfigDict

from services.contracts.decision import Decision, World
from services.contracts.intake import CommitmentState, RedirectFailure, RequestMoved
from services.contracts.wire import Id, Instant, Wire
from services.registry.domain.rules import Rules

KIOSK_FAILED, PROMISE_BROKEN = "request.redirect-failed", "commitment.broken"
SIGNS = tuple(f'"{move}"'.encode() for move in (KIOSK_FAILED, PROMISE_BROKEN))


def is_troubled(value: bytes) -> bool:
    """Whether an event of intake may be of interest, before it is read."""
    return any(sign in value for sign in SIGNS)


class TroubledCase(Wire):
    request_id: Id
    service_id: Id
    failures: tuple[RedirectFailure, ...] = ()
    """What kiosk offices did not do, the oldest first; a case is redirected twice at most."""
    broken_at: Instant | None = None
    """When the newest of its promises was broken."""
    times_broken: int = 0
    to_raise: tuple[str, ...] = ()
    """What its concerns have not heard yet (`noticing.py`): `failed:<n>`, `broken:<n>`."""


class CaseRaised(BaseModel):
    """The concerns have heard of these."""

    model_config = ConfigDict(frozen=True)

    occasions: tuple[str, ...]


def told(known: TroubledCase | None, event: RequestMoved, world: World[Rules]) -> Decision[TroubledCase]:
    """A redirect has failed, or a promise is broken."""
    case = known or TroubledCase(request_id=event.request_id, service_id=event.service_id)
    failures, times, broken_at, occasions = case.failures, case.times_broken, case.broken_at, list(case.to_raise)
    if KIOSK_FAILED in event.moves and event.redirect_failure is not None:
        failures = (*failures, event.redirect_failure)
        occasions.append(f"failed:{len(failures)}")
    if PROMISE_BROKEN in event.moves:
        ended = [each.ended_at for each in event.commitments if each.state is CommitmentState.BROKEN and each.ended_at]
        times, broken_at = times + 1, max(ended, default=event.occurred_at)
        occasions.append(f"broken:{times}")
    if len(occasions) == len(case.to_raise):
        return Decision(known)
    changed = {"failures": failures, "times_broken": times, "broken_at": broken_at, "to_raise": tuple(occasions)}
    return Decision(case.model_copy(update=changed))


def raised(known: TroubledCase | None, command: CaseRaised, world: World[Rules]) -> Decision[TroubledCase]:
    if known is None:
        return Decision(None)
    left = tuple(each for each in known.to_raise if each not in command.occasions)
    return Decision(known.model_copy(update={"to_raise": left}))
