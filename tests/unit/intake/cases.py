"""Builders in the words of the domain: the sample province, a morning in it, people, submissions and filings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from services.contracts.decision import Decision, Send, TimerFired, World
from services.contracts.entry import Entry, PlannedStatus, Status
from services.contracts.envelope import derived_id
from services.contracts.intake import RequestMoved
from services.contracts.intake_commands import Announce, FileRequest
from services.contracts.kiosk import Outcome, Submission
from services.contracts.notify import MessageState, NoticeMoved
from services.contracts.registry import Authority, Desk
from services.contracts.routing import CaseResult, Clock, ResultKind, Task, TaskState, WorkMoved
from services.contracts.service_sheet import Requirement, Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import DayException, DayKind
from services.intake.domain import answering, filing, submitting
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Redirect
from services.intake.domain.messages import Filed, KioskHonours, KioskSubmitted
from services.intake.domain.proving import OWN
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules
from services.intake.handlers import REQUEST
from services.intake.kiosk_records import submitted
from services.worktime import parse_jalali
from tests.support.sample import sample_snapshot
from tests.support.signing import signing_snapshot

RULES = Rules(secret=b"a secret of thirty-two bytes, ok")

TAX_DESK, TAX_OFFICER = "wa-tax-desk", "wa-tax-desk-01"
SOCIAL_DESK, SOCIAL_OFFICER = "wa-social-security-desk", "wa-social-security-desk-01"
PERMITS_DESK, PERMITS_OFFICER = "wa-municipality-urmia-desk", "wa-municipality-urmia-desk-01"
DEEDS_DESK, DEEDS_OFFICER = "wa-deeds-desk", "wa-deeds-desk-01"
HOURS_DESK, HOURS_OFFICER = "wa-governorate-desk", "wa-governorate-desk-01"

IDENTITY_CARD = {"type": "identity-card", "sha256": "a" * 64, "originalSeen": True, "dataref": None}


def at(jalali: str) -> datetime:
    """`1405/09/02 10:00`, in Tehran."""
    day, time = jalali.split(" ")
    hour, minute = time.split(":")
    date = parse_jalali(day)
    return datetime(date.year, date.month, date.day, int(hour), int(minute), tzinfo=ZoneInfo("Asia/Tehran")).astimezone(
        ZoneInfo("UTC")
    )


MORNING = at("1405/09/02 10:00")
"""A Monday."""


def world(now: datetime | str = MORNING, *changed: Entry, patient: bool = True, attempt: int = 0) -> World[Rules]:
    """The sample province at a moment, with some entries recorded anew. `patient`: references have been waited for."""
    moment = at(now) if isinstance(now, str) else now
    return World(now=moment, registry=province(*changed), rules=RULES, patience_over=patient, attempt=attempt)


def province(*changed: Entry) -> Snapshot:
    snapshot = signing_snapshot()
    if not changed:
        return snapshot
    return snapshot.with_entries(entry.model_copy(update={"version": entry.version + 1}) for entry in changed)


def listing(*types: str) -> Sheet:
    """The sheet of the insurance record, which lists some more papers: none of them is demanded."""
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    more = (Requirement(evidence_type=each, name=each, original_needed=False, mandatory=False) for each in types)
    return sheet.model_copy(update={"requirements": (*sheet.requirements, *more)})


def person(**changes: Any) -> dict[str, Any]:
    return {
        "scheme": "NID",
        "value": "0013542419",
        "name": "زهرا رضایی",
        "mobile": "09121234567",
        "county": "urmia",
    } | changes


def an_agent(**changes: Any) -> dict[str, Any]:
    """Somebody with a power of attorney, who has a mobile of their own."""
    mandate = {"kind": "POWER_OF_ATTORNEY", "number": "۱۴۰۴/۱۲۳", "validUntil": None} | changes.pop("mandate", {})
    return {
        "scheme": "NID",
        "value": "0499370899",
        "name": "رضا کریمی",
        "mobile": "09141112233",
        "mandate": mandate,
    } | changes


def a_submission(**changes: Any) -> Submission:
    fields = {
        "externalRef": "017-000123",
        "kioskId": "wa-urmia-017",
        "serviceId": "social-insurance-record",
        "applicant": person(),
        "evidence": [IDENTITY_CARD],
        "submittedAt": MORNING - timedelta(minutes=1),
    }
    return Submission.model_validate(fields | changes)


def a_message(source: str | None = None, via: Any = "KAFKA", **changes: Any) -> KioskSubmitted:
    submission = a_submission(**changes)
    return submitted(submission, source or f"/kiosk/{submission.kiosk_id}", OWN, "event-1", via)


def submit(request: Request | None = None, now: World[Rules] | None = None, **changes: Any) -> Decision[Request]:
    return submitting.from_kiosk(request, a_message(**changes), now or world())


def file_at_desk(
    service: str, desk: str, officer: str, now: World[Rules] | None = None, *, key: str = "1", **fields: Any
) -> Decision[Request]:
    asked = FileRequest.model_validate(
        {
            "serviceId": service,
            "deskId": desk,
            "officerId": officer,
            "applicant": person(),
            "evidence": [IDENTITY_CARD],
        }
        | fields
    )
    return filing.at_desk(None, Filed(request_id=derived_id("request", officer, key), request=asked), now or world())


def state_of(decision: Decision[Request]) -> Request:
    assert decision.state is not None
    return decision.state


def the_case(request: Request) -> Case:
    assert request.case is not None
    return request.case


def case_of(decision: Decision[Request]) -> Case:
    case = state_of(decision).case
    assert case is not None
    return case


def outcomes_of(decision: Decision[Request]) -> list[Outcome]:
    return [event for event in decision.events if isinstance(event, Outcome)]


def outcome_of(decision: Decision[Request]) -> Outcome:
    (outcome,) = outcomes_of(decision)
    return outcome


def move_of(decision: Decision[Request]) -> RequestMoved:
    (event,) = [event for event in decision.events if isinstance(event, RequestMoved)]
    return event


def work(request: Request, *moves: str, result: CaseResult | None = None, now: datetime = MORNING) -> WorkMoved:
    case = request.case
    assert case is not None
    budget = case.answers()[0].budget
    assert budget is not None
    return WorkMoved(
        moves=moves,
        request_id=request.id,
        org_id=case.org_id,
        service_id=case.service_id,
        service_version=case.service_version,
        version=1,
        task=Task(id="task-1", unit_id=case.unit_id, state=TaskState.STARTED, rule_id="fair-pick", rule_version=1),
        clock=Clock(budget=budget, due=case.answers()[0].promised_at),
        result=result.public() if result else None,
        occurred_at=now,
    )


def a_result(kind: ResultKind = ResultKind.GRANTED, ground: str | None = None) -> CaseResult:
    output = {"type": "certificate", "note": "برای خانم رضایی"}
    return CaseResult(kind=kind, ground=ground, output=output, decided_by="wa-officer-1", decided_at=MORNING)


def answered(
    request: Request,
    now: datetime | str = MORNING,
    kind: ResultKind = ResultKind.GRANTED,
    ground: str | None = None,
    registry: Sequence[Entry] = (),
) -> Decision[Request]:
    """Started and decided by the unit; `registry`: entries recorded anew."""
    moment = at(now) if isinstance(now, str) else now
    message = work(request, "task.answered", "result.decided", result=a_result(kind, ground), now=moment)
    return answering.work_moved(request, message, world(moment, *registry))


def a_redirected_request(now: World[Rules] | None = None, **fields: Any) -> Request:
    return state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, now, **fields))


def redirect_of(request: Request) -> Redirect:
    assert request.case is not None
    assert request.case.redirect is not None
    return request.case.redirect


def happens(request: Request, message: BaseModel, around: World[Rules]) -> Decision[Request]:
    """By the table of all that can happen to a request, with what holds for each of it."""
    return REQUEST.decide[type(message)](request, message, around)


def lapsed(request: Request, *registry: Entry) -> Request:
    """Nobody came to a kiosk in time."""
    due = redirect_of(request).lapses_at
    return state_of(happens(request, TimerFired(name="redirect", due=due), world(due, *registry)))


def asked(filing: Decision[Request]) -> KioskHonours:
    (send,) = filing.sends
    assert isinstance(send.body, KioskHonours)
    assert send.id == send.body.request_id
    return send.body


def answer(decision: Decision[Request]) -> Send:
    (send,) = decision.sends
    return send


def arrives(request: Request, now: World[Rules] | None = None, **changes: Any) -> Decision[Request]:
    """The person comes to a kiosk with the reference."""
    return submit(None, now, redirectRef=redirect_of(request).ref, **changes)


def announcement(officer: str = SOCIAL_OFFICER) -> Announce:
    """The officer has told the applicant."""
    return Announce.model_validate({"toldTo": "APPLICANT", "identitySeen": True, "officerId": officer})


def notice(request: Request, move: str, now: datetime | str = MORNING, name: str = "RESULT_READY") -> NoticeMoved:
    return NoticeMoved(
        moves=(move,),
        message_id="message-1",
        request_id=request.id,
        org_id="wa-tax",
        notice=name,
        template_id="result-ready",
        template_version=1,
        channel="SMS",
        state=MessageState.DELIVERED,
        attempt=1,
        parts=1,
        occurred_at=at(now) if isinstance(now, str) else now,
    )


def with_authority(officer_id: str, service_id: str, **fields: Any) -> Entry:
    """The officer with this one authority."""
    officer = sample_snapshot().officer(officer_id)
    assert officer is not None
    known: dict[str, Any] = {"actions": ("REGISTER", "DECIDE"), "valid_from": parse_jalali("1403/01/01")} | fields
    return officer.model_copy(update={"authorities": (Authority(service_id=service_id, **known),)})


def shut_on(desk_id: str, *days: str) -> Entry:
    """The desk's calendar with days on which its staff work from home, and nobody is received."""
    desk = sample_snapshot().desk(desk_id)
    assert desk is not None
    entry = sample_snapshot().calendar(desk.calendar_id)
    assert entry is not None
    dates = {parse_jalali(day) for day in days}
    remote = (DayException(date=date, kind=DayKind.REMOTE, status="FIXED", source="آلودگی هوا") for date in dates)
    kept = (exception for exception in entry.exceptions if exception.date not in dates)
    return entry.model_copy(update={"exceptions": (*kept, *remote)})


def out_of_service(desk_id: str, first: str, back: str | None = None) -> Desk:
    """The desk, which is known to be suspended from a day on, until it is `back`."""
    desk = sample_snapshot().desk(desk_id)
    assert desk is not None
    plans = [PlannedStatus(status=Status.SUSPENDED, since=parse_jalali(first), reason="بازسازی")]
    if back is not None:
        plans.append(PlannedStatus(status=Status.ACTIVE, since=parse_jalali(back), reason="پایان بازسازی"))
    return desk.model_copy(update={"planned": tuple(plans)})


def without_days(desk_id: str, days: dict[str, tuple[tuple[str, str], ...]] | None) -> Entry:
    """The desk's calendar with these days only; None = as it is, from the year 1410."""
    desk = sample_snapshot().desk(desk_id)
    assert desk is not None
    entry = sample_snapshot().calendar(desk.calendar_id)
    assert entry is not None
    change = {"valid_from": at("1410/01/01 10:00").date()} if days is None else {"days": days}
    weeks = tuple(week.model_copy(update=change) for week in entry.weeks[:1])
    return entry.model_copy(update={"weeks": weeks, "exceptions": ()})
