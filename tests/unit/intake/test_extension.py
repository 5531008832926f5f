"""A promise is extended for a reason of a closed list, with its desk's head, twice at most; the citizen hears (I3)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.commitment import CommitmentState, MoveKind
from services.contracts.decision import Decision, Refused, TimerFired
from services.contracts.intake_commands import ExtendPromise
from services.contracts.routing import ResultKind
from services.contracts.wire import instant_text
from services.contracts.working_calendar import DayException
from services.intake.domain.due import fell_due, timers
from services.intake.domain.extending import ExtensionOf, extended
from services.intake.domain.promising import HEARD_WITHIN, due_times
from services.intake.domain.request import Request
from services.worktime import jalali_text
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    answered,
    at,
    case_of,
    file_at_desk,
    move_of,
    out_of_service,
    state_of,
    world,
)
from tests.unit.intake.edge import Intake

OFFICER, HEAD = "wa-municipality-urmia-desk-02", PERMITS_OFFICER
LATER = at("1405/09/24 10:00")
THE_DAY = "1405/09/05 10:00"


def a_permit() -> Request:
    """Of Monday 1405/09/02 10:00, fifteen working days."""
    return state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))


def extend(request: Request, to: datetime = LATER, now: str | datetime = THE_DAY, **body: Any) -> Decision[Request]:
    return extended(request, extension(request, to, **body), world(now))


def extension(request: Request, to: datetime = LATER, **body: Any) -> ExtensionOf:
    assert request.case is not None
    asked = {"to": instant_text(to), "reason": "SITE_SURVEY", "officerId": OFFICER, "secondOfficerId": HEAD} | body
    return ExtensionOf(promise_id=request.case.commitments[-1].id, asked=ExtendPromise.model_validate(asked))


def refusal(request: Request, *how: Any, **body: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        extend(request, *how, **body)
    return refused.value


def test_an_extension_moves_the_promise_and_says_why_and_who_approved_it() -> None:
    before = a_permit()
    assert before.case is not None
    (was,) = before.case.commitments
    decision = extend(before)
    (promise,) = case_of(decision).commitments
    (move,) = promise.moves
    assert (promise.promised_at, promise.promised_local) == (LATER, jalali_text(LATER))
    assert (move.kind, move.reason, move.approver) == (MoveKind.EXTENDED, "SITE_SURVEY", HEAD)
    assert (move.from_at, move.to_at, move.at) == (was.promised_at, LATER, at(THE_DAY))
    event = move_of(decision)
    assert event.moves == ("commitment.extended",)
    assert event.commitments == (promise,)
    assert timers(state_of(decision)) == {f"promise:{promise.id}": LATER + HEARD_WITHIN + timedelta(seconds=1)}


def test_the_old_date_breaks_nothing_and_the_new_one_does() -> None:
    before = a_permit()
    assert before.case is not None
    ((name, old),) = due_times(before.case).items()
    request = state_of(extend(before))
    kept = fell_due(request, TimerFired(name=name, due=old), world(old))
    assert kept.events == ()
    late = LATER + HEARD_WITHIN + timedelta(seconds=1)
    assert move_of(fell_due(request, TimerFired(name=name, due=late), world(late))).moves == ("commitment.broken",)


def test_a_third_extension_is_refused() -> None:
    once = state_of(extend(a_permit()))
    twice = state_of(extend(once, LATER + timedelta(days=1), reason="OTHER_AGENCY"))
    refused = refusal(twice, LATER + timedelta(days=4))
    assert (refused.code, refused.status) == ("EXTENDED_TWICE", 409)


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (at("1405/09/10 10:00"), "NOT_LATER"),
        (at("1405/09/24 23:00"), "DESK_SHUT"),
        (at("1405/09/27 10:00"), "DESK_SHUT"),
        (at("1405/09/24 10:00") + timedelta(seconds=30), "DESK_SHUT"),
        (at("1406/09/24 10:00"), "PAST_LEGAL_LIMIT"),
    ],
)
def test_the_new_date_is_later_in_open_hours_and_within_the_law(to: datetime, code: str) -> None:
    """1405/09/27 is a Friday."""
    refused = refusal(a_permit(), to)
    assert (refused.code, refused.status) == (code, 422)
    assert refused.facts["errors"][0]["field"] == "to"


@pytest.mark.parametrize(("kind", "status"), [("CLOSED", "PROVISIONAL"), ("REMOTE", "CONFIRMED")])
def test_I3_nothing_is_extended_to_a_day_that_may_be_closed_or_on_which_the_desk_receives_nobody(
    kind: str, status: str
) -> None:
    """Domain 6: a new date avoids PROVISIONAL days, and the staff that works from home hands nothing over."""
    desk = sample_snapshot().desk(PERMITS_DESK)
    assert desk is not None
    calendar = sample_snapshot().calendar(desk.calendar_id)
    assert calendar is not None
    day = DayException.model_validate({"date": LATER.date(), "kind": kind, "status": status, "source": "بخشنامه"})
    now = world(THE_DAY, calendar.model_copy(update={"exceptions": (day,)}))
    with pytest.raises(Refused) as refused:
        extended(a_permit(), extension(a_permit()), now)
    assert (refused.value.code, refused.value.facts["errors"][0]["field"]) == ("DESK_SHUT", "to")


def test_I3_a_promise_is_extended_to_the_very_minute_that_the_law_leaves_and_not_to_the_next() -> None:
    permit = a_permit()
    assert permit.case is not None
    latest = permit.case.commitments[-1].legal_latest_at
    assert case_of(extend(permit, latest)).commitments[-1].promised_at == latest
    assert refusal(permit, latest + timedelta(minutes=1)).code == "PAST_LEGAL_LIMIT"


def test_nothing_is_extended_to_a_day_on_which_the_desk_is_known_to_be_out_of_service() -> None:
    now = world(THE_DAY, out_of_service(PERMITS_DESK, "1405/09/22"))
    with pytest.raises(Refused) as refused:
        extended(a_permit(), extension(a_permit()), now)
    assert (refused.value.code, refused.value.facts["errors"][0]["field"]) == ("DESK_SHUT", "to")


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        ({"secondOfficerId": None}, "SECOND_OFFICER_NEEDED", 422),
        ({"secondOfficerId": OFFICER}, "SECOND_OFFICER_NEEDED", 422),
        ({"officerId": HEAD, "secondOfficerId": OFFICER}, "NOT_DESK_HEAD", 403),
        ({"officerId": "wa-tax-desk-01"}, "NOT_AUTHORISED", 403),
    ],
)
def test_the_head_of_the_desk_approves_what_another_officer_of_it_asks(
    body: dict[str, Any], code: str, status: int
) -> None:
    refused = refusal(a_permit(), **body)
    assert (refused.code, refused.status) == (code, status)


def test_a_broken_promise_is_not_extended_even_before_its_timer_has_said_so() -> None:
    """I6: else an extension would mend what is broken."""
    request = a_permit()
    assert request.case is not None
    late = request.case.commitments[0].promised_at + timedelta(seconds=1)
    assert refusal(request, LATER, late).facts == {"from": "BROKEN", "to": "EXTENDED"}
    ((name, due),) = timers(request).items()
    broken = state_of(fell_due(request, TimerFired(name=name, due=due), world(due)))
    assert broken.case is not None
    assert broken.case.commitments[0].state is CommitmentState.BROKEN
    assert refusal(broken, LATER, late).facts == {"from": "BROKEN", "to": "EXTENDED"}


def test_when_the_unit_has_decided_more_time_helps_nobody() -> None:
    request = state_of(answered(a_permit(), "1405/09/05 09:30", ResultKind.GRANTED))
    assert refusal(request).facts == {"from": "RESULT_READY", "to": "EXTENDED"}


async def test_a_promise_is_extended_over_http_once_however_often_it_is_asked(intake: Intake) -> None:
    id = (await intake.file()).json()["requestId"]
    body = {"to": instant_text(LATER), "reason": "SITE_SURVEY", "officerId": OFFICER, "secondOfficerId": HEAD}
    path = f"/v1/commitments/{id}.1/extend"
    first, again = [await intake.post(path, body, key="once") for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    (shown,) = first.json()["commitments"]
    assert shown["promisedAt"] == instant_text(LATER)
    assert [move["kind"] for move in shown["moves"]] == ["EXTENDED"]
    for unknown in ("nothing", f"{id}.7"):
        missing = await intake.post(f"/v1/commitments/{unknown}/extend", body)
        assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")
    assert (await intake.post(path, body | {"reason": "TOO_BUSY"})).status_code == 422
