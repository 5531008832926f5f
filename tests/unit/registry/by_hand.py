"""The numbers of a month counted from the lives of its cases by hand, slowly: the model of the governorate pack."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from services.contracts.intake import RequestMoved
from services.worktime.jalali import TEHRAN
from tests.unit.registry.months import ALLOWED, BEGINS, CLOSES, ENDS, HALF_HOUR, OPENS, WORKDAYS


def slots(start: datetime, end: datetime) -> Fraction:
    """Open half-hours from one moment to another, one by one."""
    return Fraction(sum(_is_open(start + n * HALF_HOUR) for n in range((end - start) // HALF_HOUR)))


def working_days(start: datetime, end: datetime) -> Fraction:
    return slots(start, end) / (CLOSES - OPENS) if start <= end else -working_days(end, start)


def _is_open(moment: datetime) -> bool:
    local = moment.astimezone(TEHRAN)
    return local.strftime("%A").lower() in WORKDAYS and OPENS <= local.hour * 2 + local.minute // 30 < CLOSES


def nearest(values: Sequence[Fraction], percent: int) -> Fraction | None:
    """The first value that so many percent of all do not exceed."""
    for value in sorted(values):
        if sum(each <= value for each in values) * 100 >= percent * len(values):
            return value
    return None


def by_hand(lives: Iterable[list[RequestMoved]]) -> dict[str, Any]:
    """The month's numbers from every event of every case."""
    n: Counter[str] = Counter()
    early, late, hours = [], [], []
    visits = 0

    def within(moment: datetime | None) -> bool:
        return moment is not None and BEGINS <= moment < ENDS

    def first(events: Sequence[RequestMoved], fits: Callable[[RequestMoved], bool]) -> RequestMoved | None:
        return next((event for event in events if fits(event)), None)

    for life in lives:
        known = [event for event in life if event.occurred_at < ENDS]
        if not known:
            continue
        if within(known[0].filed_at):
            n["filed"] += 1
            n[f"channel {known[-1].channel}"] += 1
            reason = known[-1].channel_reason or "BY_KIOSK"
            n[f"reason {reason}"] += 1
            n[f"at the desk for {reason}"] += known[-1].channel == "AGENCY_DESK"
        if within(known[0].filed_at) and known[0].on_spot_allowed:
            n["could be done at once"] += 1
            n["done at once"] += "request.done-on-spot" in known[0].moves
        closed = first(known, lambda e: "request.closed" in e.moves and e.collected is not False)
        if closed and within(closed.occurred_at):
            n["completed"] += 1
            n["first"] += closed.visits < 2
            visits += closed.visits
        final = {promise.id: promise for event in known for promise in event.commitments}
        for promise in final.values():
            if within(promise.ended_at):
                n[promise.state] += 1
                if promise.state == "KEPT":
                    assert promise.ended_at
                    early.append(working_days(promise.ended_at, promise.promised_at))
            if within(promise.fulfilled_late_at) and promise.kind == "FINAL_DELIVERY":
                assert promise.fulfilled_late_at
                n["late"] += 1
                late.append(working_days(promise.promised_at, promise.fulfilled_late_at))
        for place, event in enumerate(known):
            before, here = known[:place], within(event.occurred_at)
            for verb in event.moves:
                n[verb] += here
            decided = {"request.result-ready", "request.done-on-spot"} & {*event.moves}
            if decided and here and event.result:
                n["results"] += 1
                n[event.result.kind] += 1
                n["on spot"] += "request.done-on-spot" in event.moves
                n[f"officer {event.result.decided_by}"] += 1
                starts = {"request.registered", "request.objected", "request.reopened"}
                began = next(e for e in (*before, event) if e.round == event.round and starts & {*e.moves}).occurred_at
                ended = event.result.decided_at
                told = [e for e in (*before, event) if e.round == event.round]
                stood = [e.occurred_at for e in told if "request.suspended" in e.moves]
                went_on = [e.occurred_at for e in told if "request.resumed" in e.moves]
                pauses = [(min(start, ended), min(end, ended)) for start, end in zip(stood, went_on, strict=True)]
                worked = slots(began, ended) - sum(slots(*pause) for pause in pauses)
                hours.append(worked / 2)
                n["over"] += worked / (CLOSES - OPENS) > ALLOWED
            if "request.suspended" in event.moves and here and event.suspension:
                n["documents"] += event.suspension.cause == "APPLICANT"
            if "request.announced" in event.moves and here:
                n["announced"] += 1
                ready = [e for e in before if "request.result-ready" in e.moves][-1].occurred_at
                n["announced at once"] += working_days(ready, event.occurred_at) < 1
            if "survey.answered" in event.moves and here and event.survey:
                n["surveys"] += 1
                n["treatment"] += event.survey.treatment
                n["on time"] += event.survey.on_time
                n["sent"] += event.survey.sent_to_unit
            sent = [e for e in before if "request.redirected" in e.moves]
            back = [e for e in before[before.index(sent[-1]) + 1 :] if _ends_redirect(e)] if sent else []
            if sent and not back and _ends_redirect(event) and here:
                n["redirects ended"] += 1
                n["failed"] += "request.redirect-failed" in event.moves
                n["honoured"] += event.moves[0] == "request.registered" and event.kiosk is not None
                n["closed unfollowed"] += event.moves[0] in ("request.expired", "request.duplicate")
    return {"n": n, "early": early, "late": late, "hours": hours, "visits": visits}


def _ends_redirect(event: RequestMoved) -> bool:
    ends = {
        *("request.registered", "request.redirect-failed"),
        *("request.expired", "request.withdrawn", "request.duplicate"),
    }
    return bool(ends & {*event.moves})
