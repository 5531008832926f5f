"""What an office says later is a visit of the case (domain 5)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.kiosk import DeliveryConfirmed, TakenBack
from services.intake.domain import announcing, further, redirecting
from services.intake.domain.messages import SaidOfCase
from services.intake.domain.request import the_case
from tests.unit.intake.cases import (
    MORNING,
    SOCIAL_OFFICER,
    a_redirected_request,
    announcement,
    answered,
    arrives,
    asked,
    case_of,
    move_of,
    state_of,
    submit,
    world,
)
from tests.unit.intake.later_words import LATER, collectable, said, supplement

DAY = timedelta(days=1)


# --- each is a visit of the case (domain 5) ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    [
        supplement(),
        TakenBack.model_validate(LATER | {"reason": "NOT_NEEDED"}),
        DeliveryConfirmed.model_validate(LATER | {"collectedBy": "APPLICANT", "identitySeen": True}),
    ],
    ids=lambda word: type(word).__name__,
)
def test_whoever_comes_to_the_office_again_has_come_once_more(word: Any) -> None:
    now, later = world(MORNING, collectable()), world(MORNING + DAY, collectable())
    request = state_of(submit(now=now))
    if isinstance(word, DeliveryConfirmed):
        request = state_of(announcing.told_at_desk(state_of(answered(request)), announcement(SOCIAL_OFFICER), now))
    assert the_case(request)[1].visits == 1
    done = said(request, word, later)
    assert (case_of(done).visits, move_of(done).visits) == (2, 2)


def test_what_an_office_says_on_one_day_is_one_visit() -> None:
    filed = state_of(submit())
    same_day = state_of(said(filed, supplement()))
    assert the_case(same_day)[1].visits == 1, "the day on which it was filed"
    later = state_of(said(same_day, supplement(2, sha256="c" * 64), world(MORNING + DAY)))
    both = said(later, supplement(3, sha256="d" * 64), world(MORNING + DAY))
    assert case_of(both).visits == 2


def test_at_the_office_that_completed_a_redirect_a_later_visit_is_the_third() -> None:
    request = a_redirected_request()
    arrived = asked(arrives(request))
    honoured = state_of(redirecting.honours(request, arrived, world()))
    assert the_case(honoured)[1].visits == 2
    word = SaidOfCase(filing_id=arrived.filing_id, digest="d", kiosk_id=arrived.kiosk_id, said=supplement())
    assert case_of(further.of_case(honoured, word, world(MORNING + DAY))).visits == 3


def test_what_is_refused_is_no_visit() -> None:
    filed = state_of(submit())
    word = DeliveryConfirmed.model_validate(LATER | {"collectedBy": "APPLICANT", "identitySeen": True})
    assert case_of(said(filed, word, world(MORNING + DAY))).visits == 1
