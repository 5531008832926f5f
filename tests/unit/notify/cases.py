"""Requests, moments and messages for the tests of notify, in the domain's words."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState, ExpectedVisit, Move, MoveKind
from services.contracts.decision import Decision, TimerFired, World
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.kiosk import Responsible
from services.contracts.notify import NoticeMoved
from services.contracts.routing import CaseResult, DueCause, ResultKind
from services.contracts.service_sheet import Channel, DurationUnit, WorkingTime
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Wire
from services.contracts.working_calendar import CalendarRef
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import Message
from services.notify.domain.rules import Rules
from services.notify.domain.sending import fell_due
from services.notify.domain.telling import request_moved
from services.notify.handlers import CORRESPONDENCE
from services.worktime import parse_jalali
from services.worktime.jalali import TEHRAN

REQUEST = "5b0c7a52-0000-5000-8000-000000000001"
RULES = Rules()


def at(written: str) -> datetime:
    """A Tehran moment written as people do: `1405/09/02 12:00`."""
    day, _, clock = written.partition(" ")
    hour, minute = map(int, clock.split(":"))
    return (
        datetime.combine(parse_jalali(day), datetime.min.time(), TEHRAN)
        .replace(hour=hour, minute=minute)
        .astimezone(UTC)
    )


MORNING = at("1405/09/02 09:30")
PROMISED = at("1405/09/23 12:00")


def world(now: datetime = MORNING, **rules: Any) -> World[Rules]:
    return World(now=now, registry=Snapshot(), rules=Rules(**rules) if rules else RULES)


def a_move(*moves: str, state: RequestState = RequestState.PROMISED, **changes: Any) -> RequestMoved:
    """A request of building-permit at Urmia's municipality, after these moves."""
    commitment = Commitment(
        id=f"{REQUEST}.c1",
        kind=CommitmentKind.FINAL_DELIVERY,
        promised_at=PROMISED,
        promised_local="1405/09/23 12:00",
        legal_latest_at=PROMISED + timedelta(days=30),
        calendar=CalendarRef(id="wa", version=1),
        budget=WorkingTime(value=15, unit=DurationUnit.WORKING_DAYS),
        state=CommitmentState.OPEN,
    )
    facts: dict[str, Any] = {
        "moves": moves,
        "request_id": REQUEST,
        "tracking_code": "12345678901234",
        "version": 1,
        "state": state,
        "org_id": "wa-municipality-urmia",
        "desk_id": "wa-municipality-urmia-desk",
        "unit_id": "wa-municipality-urmia-permits",
        "service_id": "building-permit",
        "service_version": 1,
        "service_name": "پروانه ساختمانی",
        "channel": Channel.AGENCY_DESK,
        "channel_reason": None,
        "applicant_ref": "a-1",
        "notifiable": True,
        "commitments": (commitment,),
        "responsible": Responsible(name="مریم احمدی", post="کارشناس پروانه", phone="044-33440000"),
        "filed_at": MORNING,
        "occurred_at": MORNING,
    }
    return RequestMoved(**(facts | changes))


def a_visit(kind: CommitmentKind = CommitmentKind.NEXT_VISIT, **changes: Any) -> Commitment:
    """A visit on 1405/09/12 at 10:00."""
    (promise,) = a_move().commitments
    when = {"promised_at": at("1405/09/12 10:00"), "promised_local": "1405/09/12 10:00"}
    visit = {"id": f"{REQUEST}.2", "kind": kind, "visit": ExpectedVisit(until=at("1405/09/12 14:30")), "budget": None}
    return promise.model_copy(update=when | visit | changes)


def re_dated(cause: Literal[DueCause.CALENDAR, DueCause.SUSPENSION] | None) -> Commitment:
    """The promise of `a_move`, a day later than it was: for that cause, or (None) extended."""
    (promise,) = a_move().commitments
    later = PROMISED + timedelta(days=1)
    move = Move(
        kind=MoveKind.RE_PROJECTED if cause else MoveKind.EXTENDED,
        at=MORNING,
        from_at=PROMISED,
        to_at=later,
        calendar=promise.calendar,
        cause=cause,
    )
    return promise.model_copy(update={"promised_at": later, "moves": (move,)})


def decided(kind: ResultKind) -> CaseResult:
    return CaseResult(kind=kind, decided_by="o-1", decided_at=MORNING)


REGISTERED = a_move("request.registered", "commitment.added")


def told(event: RequestMoved = REGISTERED, now: datetime = MORNING, **rules: Any) -> Decision[Correspondence]:
    """The decision on a first event."""
    return request_moved(None, event, world(now, **rules))


def state_of(decision: Decision[Correspondence]) -> Correspondence:
    assert decision.state is not None
    return decision.state


def only(decision: Decision[Correspondence]) -> Message:
    """The only message there is."""
    (message,) = state_of(decision).messages
    return message


def when_due(correspondence: Correspondence, message: Message, **rules: Any) -> Decision[Correspondence]:
    """What happens when the message's moment has come."""
    assert message.due is not None
    return fell_due(correspondence, TimerFired(name=message.id, due=message.due), world(message.due, **rules))


def hear(state: Correspondence | None, word: Wire, now: datetime = MORNING, **rules: Any) -> Decision[Correspondence]:
    """What a word of the provider changes."""
    decision: Decision[Correspondence] = CORRESPONDENCE.decide[type(word)](state, word, world(now, **rules))
    return decision


def moves_of(decision: Decision[Correspondence]) -> list[str]:
    """The verbs published by a decision."""
    return [move for event in decision.events if isinstance(event, NoticeMoved) for move in event.moves]
