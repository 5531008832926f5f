"""What a kiosk office said in time counts, though intake reads it some minutes later: it was away, or Kafka lagged."""

from datetime import datetime, timedelta
from typing import Any

from services.contracts.decision import Decision, TimerFired
from services.contracts.kiosk import DeliveryConfirmed
from services.intake.domain.awaiting import DOCUMENTS
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.due import timers
from services.intake.domain.promising import HEARD_WITHIN
from services.intake.domain.proving import OWN
from services.intake.domain.request import Request
from services.intake.kiosk_records import said_later
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_OFFICER,
    announcement,
    answered,
    file_at_desk,
    happens,
    outcomes_of,
    state_of,
    submit,
    the_case,
    world,
)
from tests.unit.intake.later_words import LATER, collectable, supplement
from tests.unit.intake.standing_still import stands_still
from tests.unit.intake.waiting import fires, hears

A_LAG = timedelta(minutes=5)
"""How long intake was away, or Kafka lagged."""


def passes(request: Request, timer: str, *registry: Any) -> tuple[Request, datetime]:
    """Whatever comes of it, and when it was due."""
    due = timers(request)[timer]
    return state_of(happens(request, TimerFired(name=timer, due=due), world(due, *registry))), due


def heard(request: Request, body: Any, taken_at: datetime, now: Any) -> Decision[Request]:
    """Kafka has acknowledged it to the office at that moment."""
    message = said_later(body, "/kiosk/wa-urmia-017", OWN, "event-9", "KAFKA", taken_at)
    return happens(request, message, now)


def test_papers_that_kafka_took_before_the_grace_ended_keep_the_case() -> None:
    """Else who has brought all in time loses the case, since a timer was quicker than a topic."""
    stood = state_of(happens(state_of(submit()), stands_still(state_of(submit()), "employment-proof"), world()))
    reminded = fires(hears(stood, "SUSPENDED", MORNING), DOCUMENTS)
    ended, due = passes(reminded, DOCUMENTS)
    word = heard(ended, supplement(), due - timedelta(minutes=1), world(due + A_LAG))
    (outcome,) = outcomes_of(word)
    assert (outcome.status, outcome.code, outcome.detail) == ("ACCEPTED", None, None)
    assert the_case(state_of(word)).state == "SUSPENDED"


def test_an_output_that_was_handed_over_before_the_grace_ended_is_not_closed_uncollected() -> None:
    """Else the person has it, and the record says for ever that nobody came for it."""
    sheet = collectable()
    ready = state_of(answered(state_of(submit(None, world(MORNING, sheet)))))
    waits = state_of(happens(ready, announcement(SOCIAL_OFFICER), world(MORNING, sheet)))
    noticed = hears(waits, "COLLECTION_REMINDER", MORNING, sheet)
    ended, due = passes(noticed, COLLECTION, sheet)
    confirmed = DeliveryConfirmed.model_validate(LATER | {"collectedBy": "APPLICANT", "identitySeen": True})
    word = heard(ended, confirmed, due - timedelta(minutes=1), world(due + A_LAG, sheet))
    (outcome, *_) = outcomes_of(word)
    assert (outcome.status, outcome.code, outcome.detail) == ("ACCEPTED", None, None)
    assert the_case(state_of(word)).collected() is True


def test_nobody_waits_longer_than_words_travel() -> None:
    """What came by then was not in time, or so late that intake could not know."""
    stood = state_of(happens(state_of(submit()), stands_still(state_of(submit()), "employment-proof"), world()))
    waiting, due = passes(fires(hears(stood, "SUSPENDED", MORNING), DOCUMENTS), DOCUMENTS)
    assert timers(waiting)[DOCUMENTS] == due + HEARD_WITHIN
    ended, _ = passes(waiting, DOCUMENTS)
    assert the_case(ended).state == "EXPIRED"
    (outcome,) = outcomes_of(heard(ended, supplement(), due, world(due + HEARD_WITHIN + A_LAG)))
    assert (outcome.status, outcome.detail) == ("REJECTED", "CASE_ENDED")


def test_an_output_for_which_no_word_has_come_is_closed_uncollected_some_minutes_later() -> None:
    sheet = collectable()
    ready = state_of(answered(state_of(submit(None, world(MORNING, sheet)))))
    waits = state_of(happens(ready, announcement(SOCIAL_OFFICER), world(MORNING, sheet)))
    waiting, due = passes(hears(waits, "COLLECTION_REMINDER", MORNING, sheet), COLLECTION, sheet)
    assert (the_case(waiting).state, timers(waiting)[COLLECTION]) == ("COLLECTION_DUE", due + HEARD_WITHIN)
    closed, _ = passes(waiting, COLLECTION, sheet)
    assert (the_case(closed).state, the_case(closed).collected()) == ("CLOSED", False)


def test_where_no_office_has_a_hand_in_it_the_grace_ends_to_the_minute() -> None:
    asked = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    stood = state_of(happens(asked, stands_still(asked, "architectural-plan"), world()))
    ended, _ = passes(fires(hears(stood, "SUSPENDED", MORNING), DOCUMENTS), DOCUMENTS)
    assert the_case(ended).state == "EXPIRED"
