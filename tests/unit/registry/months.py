"""Random lives of cases as intake tells them, and the month about which they lie (`by_hand.py` counts it)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.contracts.commitment import Commitment, CommitmentKind, CommitmentState
from services.contracts.decision import World
from services.contracts.intake import (
    ChannelReason,
    KioskRef,
    NotOnSpotReason,
    RedirectFailure,
    RequestMoved,
    RequestState,
    RequestSuspension,
    SurveyAnswers,
)
from services.contracts.routing import REASONS, CaseResult, ResultKind, SuspensionCause
from services.contracts.service_sheet import Channel, DurationUnit, WorkingTime
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import CalendarRef, CalendarScope, Week, WorkingCalendar
from services.registry.domain.reported import ReportedCase, told
from services.worktime.jalali import TEHRAN
from tests.unit.notify.cases import a_move
from tests.unit.registry.governorate import AGENCY, DESK, RULES, at

BEGINS, ENDS = at("1405/08/01 00:00"), at("1405/09/01 00:00")
MONTH = "1405-08"
FIRST_FILED = at("1405/06/20 08:00")
HALF_HOUR = timedelta(minutes=30)
OPENS, CLOSES = 15, 27
"""Half-hours of the day: from 07:30 to 13:30, Saturday to Wednesday."""
WORKDAYS = ("saturday", "sunday", "monday", "tuesday", "wednesday")
CALENDAR = WorkingCalendar(
    id="wa-offices",
    org_id="wa",
    version=3,
    scope=CalendarScope(province="west-azerbaijan"),
    weeks=(
        Week(
            valid_from=datetime(2020, 1, 1, tzinfo=TEHRAN).date(), days=dict.fromkeys(WORKDAYS, (("07:30", "13:30"),))
        ),
    ),
)
REF = CalendarRef(id=CALENDAR.id, version=CALENDAR.version)
ALLOWED = 5
"""Working days of the sheet's maximum."""


class Life:
    """One case, told event by event; the hours are whole half-hours."""

    def __init__(self, rng: Random, number: int) -> None:
        self.rng = rng
        self.now = FIRST_FILED + rng.randrange(0, 48 * 80) * HALF_HOUR
        self.facts: dict[str, Any] = {
            "request_id": f"5b0c7a52-0000-5000-8000-{number:012}",
            "org_id": AGENCY,
            "desk_id": DESK,
            "service_id": rng.choice(("tax-clearance", "tax-registration")),
            "channel": Channel.AGENCY_DESK,
            "channel_reason": rng.choice((ChannelReason.DESK_ONLY, ChannelReason.PRESENCE)),
            "commitments": (),
            "visits": 1,
            "round": 1,
            "filed_at": self.now,
        }
        self.events: list[RequestMoved] = []

    def waits(self, most: int) -> None:
        self.now += self.rng.randrange(1, most) * HALF_HOUR

    def tells(self, *moves: str, **facts: Any) -> None:
        self.facts |= facts
        version = len(self.events) + 1
        self.events.append(
            a_move(*moves, state=RequestState.PROMISED, version=version, occurred_at=self.now, **self.facts)
        )

    def promise(self) -> tuple[Commitment, ...]:
        at = self.now + self.rng.randrange(1, 48 * 14) * HALF_HOUR
        made = Commitment(
            id=f"c{len(self.facts['commitments']) + 1}",
            kind=CommitmentKind.FINAL_DELIVERY,
            promised_at=at,
            promised_local="",
            legal_latest_at=at,
            calendar=REF,
            budget=WorkingTime(value=ALLOWED, unit=DurationUnit.WORKING_DAYS),
            state=CommitmentState.OPEN,
        )
        return (*self.facts["commitments"], made)

    def newest(self, **changes: Any) -> tuple[Commitment, ...]:
        *before, last = self.facts["commitments"]
        return (*before, last.model_copy(update=changes))

    def stands_still(self, *before: str) -> None:
        """For some days, after what the same event tells."""
        cause = SuspensionCause.APPLICANT if len(self.events) % 2 else SuspensionCause.LEGAL
        self.tells(*before, "request.suspended", suspension=suspension(cause, self.now))
        self.waits(48 * 8)

    def result(self) -> CaseResult:
        kind = self.rng.choice((ResultKind.GRANTED, ResultKind.REFUSED, ResultKind.PARTIAL))
        return CaseResult(kind=kind, decided_by=self.rng.choice(("o-1", "o-2")), decided_at=self.now)


def a_life(rng: Random, number: int) -> list[RequestMoved]:
    """From the filing to wherever it gets."""
    life = Life(rng, number)
    begun = rng.choice(("desk", "desk", "web", "kiosk", "redirect", "on-spot", "guided"))
    if begun == "guided":
        life.tells("request.guided", channel_reason=ChannelReason.INFO)
        return life.events
    if begun == "on-spot":
        life.facts |= {"on_spot_allowed": True}
        life.tells("request.registered", "request.done-on-spot", "request.closed", result=life.result())
        _survey(life)
        _again(life)
        return life.events
    if begun == "redirect" and not _redirected(life):
        return life.events
    if begun == "web":
        life.facts |= {"channel": Channel.WEB, "channel_reason": ChannelReason.E_FIRST}
    if begun == "kiosk":
        kiosk = KioskRef(kiosk_id="k", external_ref="e", partner="p")
        life.facts |= {"channel": Channel.KIOSK_RURAL, "channel_reason": None, "kiosk": kiosk}
    if begun == "desk" and number % 2:
        life.facts |= {"on_spot_allowed": True, "not_on_spot_reason": NotOnSpotReason.NEEDS_UNIT}
    if begun != "redirect":
        life.tells("request.registered", "commitment.added", commitments=life.promise())
    if _worked(life):
        _again(life)
    return life.events


def _redirected(life: Life) -> bool:
    """Whether it was registered in the end."""
    life.tells("request.redirected", channel=Channel.KIOSK_URBAN, channel_reason=ChannelReason.KIOSK)
    life.waits(48 * 20)
    end = life.rng.choice(("honoured", "failed", "back", "failed-again", "expired", "duplicate", "open"))
    if end == "open":
        return False
    failure = RedirectFailure(cause="SHUT", channel=Channel.KIOSK_URBAN, at=life.now)
    if end == "failed-again":
        life.tells("request.redirect-failed", "request.redirected", redirect_failure=failure, visits=3)
        life.waits(48 * 10)
    if end == "expired":
        life.tells("request.redirect-lapsed")
        life.waits(48 * 10)
        life.tells("request.expired")
        return False
    if end == "duplicate":
        life.tells("request.duplicate")
        return False
    if end in ("honoured", "failed-again"):
        kiosk = KioskRef(kiosk_id="k", external_ref="e", partner="p")
        life.tells("request.registered", "commitment.added", kiosk=kiosk, visits=2, commitments=life.promise())
        return True
    failed = ("request.redirect-failed",) if end == "failed" else ()
    life.tells(
        *failed,
        "request.registered",
        "commitment.added",
        redirect_failure=failure if failed else None,
        channel=Channel.AGENCY_DESK,
        visits=2,
        commitments=life.promise(),
    )
    return True


def _worked(life: Life) -> bool:
    """One round of work; whether it came to its end."""
    life.tells("request.started")
    if life.facts["round"] == 1 and life.facts["channel_reason"] is ChannelReason.PRESENCE:
        _missed_a_visit(life)
    if life.rng.random() < 0.2:
        life.waits(48 * 5)
        released = life.newest(state=CommitmentState.RELEASED, ended_at=life.now)
        life.tells("request.withdrawn", "commitment.released", commitments=released)
        return False
    for _ in range(life.rng.randrange(3)):
        life.waits(48 * 12)
        _broken(life)
    went_on = _stood_still(life) if life.rng.random() < 0.3 else ()
    life.waits(48 * 4)
    result = life.result()
    if life.rng.random() < 0.3:
        life.waits(24)  # the word of it comes later
    life.tells(*went_on, "request.result-ready", result=result, suspension=None)
    if life.rng.random() < 0.2:
        return False
    life.waits(48 * 4)
    waits = result.kind is not ResultKind.REFUSED and len(life.events) % 3 == 0
    _announced(life, *(() if waits else ("request.closed",)))
    if waits:
        _fetched_or_not(life)
    _survey(life)
    return True


def _announced(life: Life, *after: str) -> None:
    promise = life.facts["commitments"][-1]
    if promise.state is CommitmentState.OPEN and promise.promised_at < life.now:
        told = life.newest(state=CommitmentState.BROKEN, ended_at=life.now, fulfilled_late_at=life.now)
        life.tells("request.announced", "commitment.broken", "commitment.kept-late", *after, commitments=told)
    elif promise.state is CommitmentState.OPEN:
        told = life.newest(state=CommitmentState.KEPT, ended_at=life.now)
        life.tells("request.announced", "commitment.kept", *after, commitments=told)
    else:
        told = life.newest(fulfilled_late_at=life.now)
        life.tells("request.announced", "commitment.kept-late", *after, commitments=told)


def _fetched_or_not(life: Life) -> None:
    """In another visit; or nobody has come when the grace is over."""
    life.now += 48 * 20 * HALF_HOUR
    if len(life.events) % 2:
        life.tells("request.closed", collectable=True, collected=False)
    else:
        visits = life.facts["visits"] + 1
        life.tells("request.delivered", "request.closed", collectable=True, collected=True, visits=visits)


def _missed_a_visit(life: Life) -> None:
    """It was promised beside the answer, broken, and took place two days later."""
    hour = life.now
    life.now += timedelta(days=2)
    visit = life.facts["commitments"][-1].model_copy(
        update={
            "id": "v1",
            "kind": CommitmentKind.NEXT_VISIT,
            "promised_at": hour,
            "budget": None,
            "state": CommitmentState.BROKEN,
            "ended_at": life.now,
            "fulfilled_late_at": life.now,
        }
    )
    life.tells("commitment.broken", "commitment.kept-late", commitments=(visit, *life.facts["commitments"]))


def _stood_still(life: Life) -> tuple[str, ...]:
    """Once, or for two reasons between which it went on for no time; what is left to tell is told with the result."""
    life.waits(48 * 4)
    life.stands_still()
    if life.rng.random() < 0.4:
        life.stands_still("request.resumed")
    if life.rng.random() < 0.3:
        return ("request.resumed",)
    life.tells("request.resumed", "commitment.re-projected", suspension=None)
    return ()


def suspension(cause: SuspensionCause, since: datetime) -> RequestSuspension:
    return RequestSuspension(number=1, cause=cause, reason=REASONS[cause][0], since=since)


def _broken(life: Life) -> None:
    promise = life.facts["commitments"][-1]
    if promise.state is CommitmentState.OPEN and promise.promised_at < life.now:
        life.tells("commitment.broken", commitments=life.newest(state=CommitmentState.BROKEN, ended_at=life.now))


def _survey(life: Life) -> None:
    if life.rng.random() < 0.6:
        life.waits(48 * 20)
        said = SurveyAnswers(
            on_time=life.rng.random() < 0.5, treatment=life.rng.randint(1, 5), sent_to_unit=life.rng.random() < 0.3
        )
        life.tells("survey.answered", survey=said)


def _again(life: Life) -> None:
    if life.rng.random() < 0.3:
        life.waits(48 * 5)
        verb = life.rng.choice(("request.objected", "request.reopened"))
        anew = {"result": None, "collectable": False, "collected": None}
        life.tells(verb, "commitment.added", round=2, commitments=life.promise(), **anew)
        _worked(life)


def heard(events: Iterable[RequestMoved], now: datetime = ENDS) -> dict[str, ReportedCase]:
    """What the registry keeps after these events, in the order in which they come."""
    cases: dict[str, ReportedCase] = {}
    world = World(now=now, registry=Snapshot(), rules=RULES)
    for event in events:
        decision = told(cases.get(event.request_id), event, world)
        assert decision.state is not None
        cases[event.request_id] = decision.state
    return cases
