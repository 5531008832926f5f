"""What a pack measures ends and begins when something was so, not when word of it came (domain 8, 11)."""

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.routing import CaseResult, ResultKind, SuspensionCause
from services.contracts.service_sheet import DurationUnit, WorkingTime
from services.registry.pack.cases import Cases
from services.registry.pack.figures import Figure
from services.worktime.published import calendar_of
from tests.unit.notify.cases import a_move
from tests.unit.registry.governorate import AGENCY, at
from tests.unit.registry.months import BEGINS, CALENDAR, ENDS, REF, heard, suspension

PROMISE = Commitment(
    id="c1",
    kind=CommitmentKind.FINAL_DELIVERY,
    promised_at=at("1405/08/18 12:00"),
    promised_local="",
    legal_latest_at=at("1405/08/25 12:00"),
    calendar=REF,
    budget=WorkingTime(value=1, unit=DurationUnit.WORKING_DAYS),
    state=CommitmentState.OPEN,
)


def told(version: int, hour: str, *moves: str, **facts: object) -> RequestMoved:
    base: dict[str, object] = {"org_id": AGENCY, "service_id": "tax-clearance", "filed_at": at("1405/08/16 08:00")}
    facts = {"commitments": (PROMISE,)} | base | facts
    return a_move(*moves, state=RequestState.PROMISED, version=version, occurred_at=at(hour), **facts)


def figures(*events: RequestMoved) -> dict[str, Figure]:
    cases = Cases(BEGINS, ENDS, lambda ref, desk: calendar_of(CALENDAR, None))
    for case in heard(events).values():
        cases.add(case)
    return cases.counts.figures()


def a_result(hour: str) -> CaseResult:
    return CaseResult(kind=ResultKind.GRANTED, decided_by="o-1", decided_at=at(hour))


def test_a_result_is_announced_when_its_message_was_delivered_though_the_desk_told_it_later() -> None:
    """Kafka was away: the desk told it three days later, and then word came of the delivery, half an hour after it."""
    result = a_result("1405/08/17 10:00")
    kept = PROMISE.model_copy(update={"state": CommitmentState.KEPT, "ended_at": at("1405/08/17 10:30")})
    found = figures(
        told(1, "1405/08/16 08:00", "request.registered", "commitment.added"),
        told(2, "1405/08/17 10:00", "request.result-ready", result=result),
        told(3, "1405/08/20 10:30", "request.announced", "request.closed", result=result),
        told(4, "1405/08/20 10:40", "commitment.kept", result=result, commitments=(kept,)),
    )
    assert [found[f"announcements.{name}"]["value"] for name in ("all", "withinDay")] == [1, 1]


def test_a_late_one_is_announced_at_its_own_hour_too() -> None:
    result = a_result("1405/08/18 13:00")
    late = {"state": CommitmentState.BROKEN, "ended_at": at("1405/08/18 12:16")}
    late |= {"fulfilled_late_at": at("1405/08/18 13:15")}
    found = figures(
        told(1, "1405/08/16 08:00", "request.registered", "commitment.added"),
        told(2, "1405/08/18 13:00", "request.result-ready", result=result),
        told(3, "1405/08/24 10:30", "request.announced", "request.closed", result=result),
        told(4, "1405/08/24 10:40", "commitment.kept-late", commitments=(PROMISE.model_copy(update=late),)),
    )
    assert found["announcements.withinDay"]["value"] == 1


def test_the_work_stood_still_since_the_unit_stopped_it() -> None:
    """Registered on Saturday at 08:00, stopped at 09:00, heard of on Monday; answered an hour after it went on."""
    assert worked(since="1405/08/16 09:00") == (120, 0)


def test_it_had_begun_before_it_could_stand_still() -> None:
    """What the unit says of an hour before it had the case takes no time away from it."""
    assert worked(since="1405/08/15 09:00") == (60, 0)


def worked(since: str) -> tuple[object, object]:
    result = a_result("1405/08/19 10:00")
    found = figures(
        told(1, "1405/08/16 08:00", "request.registered", "commitment.added"),
        told(2, "1405/08/18 12:00", "request.suspended", suspension=suspension(SuspensionCause.LEGAL, at(since))),
        told(3, "1405/08/19 09:00", "request.resumed"),
        told(4, "1405/08/19 10:00", "request.result-ready", result=result),
    )
    return found["results.median"]["value"], found["results.overMaximum"]["value"]
