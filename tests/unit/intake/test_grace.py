"""The grace after a deadline ends alike for a redirect, for documents and for an output (domain 3, 6).

Redirected on Monday 1405/09/02 10:00, lapsed on Saturday 1405/09/07; documents awaited until 1405/09/14 10:00; an
output until 1405/10/02.
"""

from datetime import datetime, timedelta

import pytest

from services.contracts.decision import Decision, TimerFired
from services.contracts.entry import Entry
from services.contracts.intake_commands import PromiseVisit, Remind
from services.contracts.wire import instant_text
from services.intake.domain.awaiting import DOCUMENTS
from services.intake.domain.closing import hand_over
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.desk_time import A_SECOND
from services.intake.domain.due import fell_due, timers
from services.intake.domain.expecting import next_visit
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.reminding import by_desk
from services.intake.domain.request import Request
from services.intake.domain.visit_messages import VisitOpened
from services.intake.domain.visiting import opened
from tests.unit.intake.awaiting_documents import UNTIL, incomplete
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    a_redirected_request,
    at,
    case_of,
    lapsed,
    redirect_of,
    shut_on,
    state_of,
    the_case,
    without_days,
    world,
)
from tests.unit.intake.rounds import GRANTED, HANDED, PARTIAL, a_permit, objects
from tests.unit.intake.test_expired_redirect import LAPSE
from tests.unit.intake.test_incomplete_expires import CLOSES
from tests.unit.intake.waiting import hears

SHUT = shut_on(SOCIAL_DESK, "1405/09/08", "1405/09/09")
WORKING_DAYS = 5
"""Of each grace."""


def of_documents(request: Request) -> datetime | None:
    awaited = the_case(request).awaited
    return awaited.closes_at if awaited else None


def test_no_grace_ends_sooner_than_its_person_was_told() -> None:
    """The message names the day by the closure of then, which is taken back before the message has come."""
    request = lapsed(a_redirected_request(), SHUT)
    said = redirect_of(request).ends_at
    assert said is not None
    assert said > at("1405/09/14 10:00")
    assert redirect_of(hears(request, "REDIRECT_LAPSED", at(LAPSE))).ends_at == said


def test_documents_are_awaited_by_the_days_that_the_desk_was_open_on() -> None:
    """It was shut on the last days of the grace, and the word of it comes with the end."""
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    reminded = state_of(fell_due(told, TimerFired(name=DOCUMENTS, due=timers(told)[DOCUMENTS]), world(UNTIL)))
    shut = shut_on(PERMITS_DESK, "1405/09/17", "1405/09/18", "1405/09/19")
    waits = fell_due(reminded, TimerFired(name=DOCUMENTS, due=CLOSES), world(CLOSES, shut))
    assert (case_of(waits).state, waits.events) == ("INCOMPLETE", ())
    closes = timers(state_of(waits))[DOCUMENTS]
    assert closes > CLOSES + timedelta(days=2)
    assert case_of(fell_due(state_of(waits), TimerFired(name=DOCUMENTS, due=closes), world(closes, shut))).state == (
        "EXPIRED"
    )


@pytest.mark.parametrize("of", ["redirect", "documents", "output"])
def test_without_a_calendar_that_answers_it_is_late_and_not_never(of: str) -> None:
    """Twice the days: nobody loses what they could still have saved."""
    if of == "redirect":
        told = hears(lapsed(a_redirected_request()), "REDIRECT_LAPSED", at("1405/09/16 10:00"), nothing(SOCIAL_DESK))
        since, ends = at("1405/09/16 10:00"), redirect_of(told).ends_at
    elif of == "documents":
        told = hears(incomplete(), "INCOMPLETE", MORNING, nothing(PERMITS_DESK))
        since, ends = UNTIL, of_documents(told)
    else:
        told = hears(a_permit(GRANTED), "COLLECTION_REMINDER", MORNING, nothing(PERMITS_DESK))
        collection = the_case(told).collection
        assert collection is not None
        since, ends = collection.due, collection.closes_at
    assert ends == since + 2 * timedelta(days=WORKING_DAYS)


def comes_on(request: Request, when: str, now: datetime) -> Request:
    """The desk has promised a next visit for then."""
    asked = {"kind": "NEXT_VISIT", "at": instant_text(at(when)), "officerId": PERMITS_OFFICER, "applicantAsked": True}
    return state_of(next_visit(request, PromiseVisit.model_validate(asked), world(now)))


def time_passes(request: Request, name: str) -> Decision[Request]:
    due = timers(request)[name]
    return fell_due(request, TimerFired(name=name, due=due), world(due))


def test_documents_are_awaited_as_long_as_their_person_is_expected_with_them() -> None:
    """They came with half of it in the grace, and the desk has said when to come with the rest."""
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    reminded = state_of(time_passes(told, DOCUMENTS))
    expected = comes_on(reminded, "1405/09/21 10:00", UNTIL)
    waits = state_of(time_passes(expected, DOCUMENTS))
    assert (the_case(waits).state, timers(waits)[DOCUMENTS]) == ("INCOMPLETE", at("1405/09/21 14:16") + A_SECOND)
    missed = state_of(time_passes(waits, f"visit:{the_case(waits).open_visits()[0].id}"))
    assert case_of(time_passes(missed, DOCUMENTS)).state == "EXPIRED"


def test_an_output_waits_as_long_as_its_person_is_expected_for_it() -> None:
    told = hears(a_permit(GRANTED), "COLLECTION_REMINDER", MORNING)
    waits = state_of(time_passes(comes_on(told, "1405/10/20 10:00", at("1405/10/01 10:00")), COLLECTION))
    assert (the_case(waits).state, timers(waits)[COLLECTION]) == ("COLLECTION_DUE", at("1405/10/20 14:16") + A_SECOND)


def test_what_was_granted_before_waits_as_long_as_its_person_is_expected() -> None:
    command = Remind.model_validate({"toldTo": "APPLICANT", "officerId": PERMITS_OFFICER})
    told = state_of(by_desk(state_of(objects(a_permit(PARTIAL))), command, world()))
    broken = state_of(time_passes(told, f"promise:{the_case(told).commitments[-1].id}"))
    waits = state_of(time_passes(comes_on(broken, "1405/10/20 10:00", at("1405/10/01 10:00")), GRANTED_BEFORE))
    assert timers(waits)[GRANTED_BEFORE] == at("1405/10/20 14:16") + A_SECOND


def comes(request: Request, when: str) -> Request:
    """The person has drawn a ticket at the desk."""
    return state_of(opened(request, VisitOpened(visit_id="v-9", desk_id=PERMITS_DESK, opened_at=at(when)), world(when)))


def test_who_has_come_with_documents_and_waits_for_their_turn_is_not_given_up() -> None:
    """The grace ends at 9:10 of the day of their visit; they came at nine."""
    told = hears(incomplete(), "INCOMPLETE", MORNING)
    assert at("1405/09/19 09:10") == CLOSES
    there = comes(comes_on(state_of(time_passes(told, DOCUMENTS)), "1405/09/19 10:00", UNTIL), "1405/09/19 09:00")
    assert the_case(there).commitments[-1].state == "KEPT"
    waits = state_of(time_passes(there, DOCUMENTS))
    assert (the_case(waits).state, timers(waits)[DOCUMENTS]) == ("INCOMPLETE", at("1405/09/20 00:01") + A_SECOND)
    assert case_of(time_passes(waits, DOCUMENTS)).state == "EXPIRED"


def test_who_has_come_for_an_output_and_waits_for_their_turn_is_handed_it() -> None:
    told = hears(a_permit(GRANTED), "COLLECTION_REMINDER", MORNING)
    there = comes(comes_on(told, "1405/10/08 12:00", at("1405/10/01 10:00")), "1405/10/08 09:50")
    waits = state_of(time_passes(there, COLLECTION))
    assert case_of(hand_over(waits, HANDED, world("1405/10/08 10:20"))).state == "CLOSED"


def nothing(desk_id: str) -> Entry:
    """The desk's calendar, which says nothing yet of these days."""
    return without_days(desk_id, None)
