"""A kiosk office hands over what an earlier round has granted, by the rules of the desk (domain 3, ADR 0030)."""

from services.contracts.decision import TimerFired
from services.contracts.intake_commands import FileObjection, HandOver
from services.contracts.kiosk import DeliveryConfirmed
from services.contracts.wire import instant_text
from services.intake.domain.again import objected
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.closing import hand_over
from services.intake.domain.due import fell_due, timers
from services.intake.domain.granted_before import GRANTED_BEFORE, noticed
from services.intake.domain.promising import HEARD_WITHIN
from services.intake.domain.request import Request, with_case
from services.intake.views import request_view
from tests.unit.intake.cases import (
    MORNING,
    SOCIAL_OFFICER,
    announcement,
    answered,
    case_of,
    outcomes_of,
    state_of,
    submit,
    the_case,
    world,
)
from tests.unit.intake.later_words import LATER, collectable, said
from tests.unit.intake.rounds import DAY, PARTIAL

HANDED = {"collectedBy": "APPLICANT", "identitySeen": True}


def granted_in_part_and_objected_to() -> Request:
    filed = state_of(submit(now=world(MORNING, collectable())))
    ready = state_of(answered(filed, MORNING, PARTIAL, "بند ۳", registry=(collectable(),)))
    told = state_of(told_at_desk(ready, announcement(), world(MORNING, collectable())))
    assert the_case(told).state == "COLLECTION_DUE"
    body = {"reason": "سابقهٔ سال ۱۳۹۰ نیامده است", "identitySeen": True, "officerId": SOCIAL_OFFICER}
    return state_of(objected(told, FileObjection.model_validate(body), world(MORNING, collectable())))


def test_what_the_desk_may_hand_over_beside_the_round_that_goes_on_the_kiosk_may_too() -> None:
    request, now = granted_in_part_and_objected_to(), world(MORNING + DAY, collectable())
    at_desk = HandOver.model_validate(HANDED | {"officerId": SOCIAL_OFFICER})
    assert case_of(hand_over(request, at_desk, now)).earlier[0].handover is not None
    at_kiosk = said(request, DeliveryConfirmed.model_validate(LATER | HANDED), now)
    (outcome,) = outcomes_of(at_kiosk)
    assert (outcome.status, outcome.code, outcome.detail) == ("ACCEPTED", None, None)
    case = case_of(at_kiosk)
    assert case.earlier[0].handover is not None
    assert (case.state, case.visits) == (the_case(request).state, the_case(request).visits + 1), "it moves nothing"
    assert (case.history[-1].type, case.history[-1].by) == ("request.delivered", "KIOSK")
    again = said(state_of(at_kiosk), DeliveryConfirmed.model_validate(LATER | HANDED | {"revision": 2}), now)
    assert [(one.code, one.detail) for one in outcomes_of(again)] == [("NOT_POSSIBLE", "ILLEGAL_MOVE")]


def test_what_was_handed_over_before_the_end_of_its_grace_is_no_uncollected_output_though_it_is_read_later() -> None:
    request, sheet = granted_in_part_and_objected_to(), collectable()
    case = noticed(the_case(request), MORNING + DAY, world(MORNING + DAY, sheet))
    waits = with_case(request, case, MORNING + DAY)
    closes_at = timers(waits)[GRANTED_BEFORE]
    fired = TimerFired(name=GRANTED_BEFORE, due=closes_at)
    waiting = state_of(fell_due(waits, fired, world(closes_at, sheet)))
    shown = request_view(waiting, 1, world().registry, closes_at)["earlier"][0]["collection"]
    assert shown["closesAt"] == instant_text(closes_at)
    assert "heardBy" not in shown
    read_at = closes_at + HEARD_WITHIN
    body = DeliveryConfirmed.model_validate(LATER | HANDED)
    (outcome,) = outcomes_of(said(waiting, body, world(read_at, sheet)))
    assert outcome.status == "ACCEPTED"
    ended = the_case(state_of(fell_due(waiting, fired, world(read_at, sheet))))
    assert not ended.rounds_waiting(), "where nothing is read by then"
