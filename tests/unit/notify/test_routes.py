"""Every event has a route or an explicit reason for silence; a notice arises from an event and from nothing else."""

import pytest

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.deficiency import DEFICIENCY_VERBS
from services.contracts.intake import DEMAND_VERBS, REQUEST_VERBS
from services.contracts.intake import RequestState as State
from services.contracts.notify import NoticeMoved
from services.contracts.routing import DueCause, ResultKind
from services.notify.domain.catalogue import TEMPLATES
from services.notify.domain.kinds import KINDS
from services.notify.domain.message import CREATED, SENDING, SUPPRESSED
from services.notify.domain.notices import USEFUL_IN, Notice
from services.notify.domain.routes import (
    DEFICIENCY_ROUTES,
    RETURN_ROUTES,
    ROUTES,
    VISIT_ROUTES,
    NoNotice,
    citizen_notices,
)
from services.notify.domain.telling import request_moved
from services.notify.domain.templates import Channel
from services.notify.domain.wording import template_for
from tests.unit.notify.cases import (
    REGISTERED,
    REQUEST,
    a_move,
    a_visit,
    decided,
    moves_of,
    only,
    re_dated,
    state_of,
    told,
    world,
)
from tests.unit.notify.moves_told import AWAITED, EVENING, text_of
from tests.unit.notify.referrals_told import OF_UNITS, a_referral


def test_every_verb_of_the_topic_has_a_route_and_no_route_is_for_a_verb_that_does_not_exist() -> None:
    assert set(ROUTES) == {*REQUEST_VERBS, *DEMAND_VERBS}


def test_12_12_every_route_names_for_each_audience_a_notice_or_the_reason_for_silence() -> None:
    for route in ROUTES.values():
        assert all(isinstance(entry, Notice | NoNotice) for entry in route)


def test_every_verb_of_a_deficiency_has_a_route_and_no_route_is_for_a_verb_that_does_not_exist() -> None:
    assert set(DEFICIENCY_ROUTES) == set(DEFICIENCY_VERBS)
    assert all(isinstance(entry, NoNotice) for route in DEFICIENCY_ROUTES.values() for entry in route)


def test_every_reason_for_silence_and_every_notice_is_used() -> None:
    every = (*ROUTES.values(), *VISIT_ROUTES.values(), *RETURN_ROUTES.values())
    used = {entry for route in every for entry in route}
    assert used == {*Notice, *NoNotice}


def test_12_12_every_notice_has_a_template_and_every_template_can_be_chosen() -> None:
    chosen = set()
    for notice in Notice:
        for kind in (ResultKind.GRANTED, ResultKind.REFUSED, ResultKind.PARTIAL):
            for collectable in (False, True):
                event = a_move("request.result-ready", result=decided(kind), collectable=collectable)
                chosen.add(template_for(notice, event))
    resumed = a_move("commitment.re-projected", commitments=(re_dated(DueCause.SUSPENSION),))
    chosen.add(template_for(Notice.RE_DATED, resumed))
    booked = a_move("commitment.added", commitments=(a_visit(CommitmentKind.APPOINTMENT),))
    chosen.add(template_for(Notice.VISIT, booked))
    chosen |= {template_for(notice, booked, and_more=True) for notice in (Notice.VISIT_MOVED, Notice.VISIT_OFF)}
    chosen.add(template_for(Notice.SUSPENDED, a_move("request.suspended", awaited=AWAITED)))
    late = re_dated(DueCause.SUSPENSION).model_copy(update={"state": CommitmentState.BROKEN})
    chosen.add(template_for(Notice.RESUMED, a_move("request.resumed", commitments=(late,))))
    for outcome, rebooks in (("NO_MORE", "r.r1"), ("UNIT_SHUT", None)):
        sent = a_move("request.returned", referral=a_referral(outcome=outcome, rebooks=rebooks))
        chosen |= {template_for(notice, sent) for notice in OF_UNITS}
    in_vain = a_move("request.returned", referral=a_referral(outcome="UNIT_SHUT", told_at=a_referral().slot.until))
    chosen.add(template_for(Notice.REFERRAL_CANCELLED, in_vain))
    assert chosen == set(KINDS) == {template.name for template in TEMPLATES}


def test_every_notice_says_in_which_states_it_makes_sense() -> None:
    assert set(USEFUL_IN) == set(Notice)


def test_any_of_the_moves_of_an_event_is_matched_and_each_kind_is_told_once() -> None:
    assert citizen_notices(a_move("commitment.added", "request.registered", "request.registered")) == (
        Notice.REGISTERED,
    )
    assert citizen_notices(a_move("request.result-ready", "commitment.broken")) == (
        Notice.RESULT_READY,
        Notice.DELAY_APOLOGY,
    )


def test_registration_with_its_promise_is_one_notice_and_one_event() -> None:
    decision = told(REGISTERED)
    assert only(decision).notice is Notice.REGISTERED
    assert only(decision).id == f"{REQUEST}.1"
    (event,) = decision.events
    assert isinstance(event, NoticeMoved)
    assert (event.moves, event.notice, event.state, event.request_id) == (
        ("message.created",),
        "REGISTERED",
        "SENDING",
        REQUEST,
    )


def test_neither_code_nor_name_nor_text_of_a_message_is_published() -> None:
    (event,) = told(REGISTERED).events
    published = event.to_json().decode()
    assert "12345678901234" not in published
    assert "مریم" not in published


def test_to_a_person_without_a_mobile_no_sms_goes_and_the_page_tells_it() -> None:
    decision = told(a_move("request.registered", notifiable=False))
    assert [(message.channel, message.notice) for message in state_of(decision).messages] == [
        (Channel.WEB, Notice.REGISTERED)
    ]


def test_a_message_of_a_matter_already_closed_is_suppressed_and_says_why() -> None:
    """Filed and decided on the spot in one event: the registration is no news any more."""
    decision = told(
        a_move(
            "request.registered",
            "request.done-on-spot",
            "request.closed",
            state=State.CLOSED,
            result=decided(ResultKind.GRANTED),
        )
    )
    registered, done = state_of(decision).messages
    assert (registered.state, registered.reason()) == (SUPPRESSED, "REQUEST_CLOSED")
    assert (done.notice, done.state) == (Notice.DONE_ON_SPOT, SENDING)
    assert moves_of(decision) == ["message.created", "message.suppressed", "message.created"]


def test_a_broken_promise_apologises_by_itself() -> None:
    first = state_of(told(REGISTERED))
    decision = request_moved(first, a_move("commitment.broken", state=State.IN_PROGRESS), world())
    assert [message.notice for message in state_of(decision).messages] == [Notice.REGISTERED, Notice.DELAY_APOLOGY]


@pytest.mark.parametrize(
    "state",
    [State.IN_PROGRESS, State.SUSPENDED, State.RESULT_READY, State.COLLECTION_DUE, State.DELIVERED, State.CLOSED],
)
def test_an_apology_is_true_whatever_has_become_of_the_request_since(state: State) -> None:
    """Beside it the citizen may read that there is a result: it says of none that it is not ready."""
    apology = told(a_move("commitment.broken", state=state))
    assert only(apology).state is SENDING
    assert "با پوزش، وعدهٔ پاسخ دوشنبه ۲۳ آذر ساعت ۱۲:۰۰ برآورده نشد." in text_of(apology)


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.DUPLICATE, State.EXPIRED])
def test_nobody_apologises_to_whoever_waits_for_nothing(state: State) -> None:
    assert only(told(a_move("commitment.broken", state=state))).reason() == f"REQUEST_{state}"


def test_a_new_date_is_told_as_it_was_moved_to() -> None:
    closure = told(a_move("commitment.re-projected", commitments=(re_dated(DueCause.CALENDAR),)))
    assert "زمان تازهٔ پاسخ: سه‌شنبه ۲۴ آذر ساعت ۱۲:۰۰" in text_of(closure)
    assert "صفحهٔ پیگیری" in text_of(closure), "where the dates of other cases stand"
    resumed = told(a_move("request.resumed", "commitment.re-projected", commitments=(re_dated(DueCause.SUSPENSION),)))
    assert "از سر گرفته شد" in text_of(resumed)
    extended = told(a_move("commitment.extended", commitments=(re_dated(None),)))
    assert "پاسخ: سه‌شنبه ۲۴ آذر ساعت ۱۲:۰۰\nزمان تمدید شد" in text_of(extended)


def test_a_date_that_was_not_told_yet_is_not_told_after_a_newer_one() -> None:
    first = told(a_move("commitment.extended", commitments=(re_dated(None),)), EVENING)
    again = a_move("commitment.re-projected", commitments=(re_dated(DueCause.CALENDAR),))
    decision = request_moved(state_of(first), again, world(EVENING))
    assert [message.state for message in state_of(decision).messages] == [SUPPRESSED, CREATED]


def test_no_two_messages_of_a_request_share_an_id() -> None:
    state = None
    for _ in range(3):
        state = request_moved(state, a_move("commitment.broken", state=State.IN_PROGRESS), world()).state
    assert state is not None
    assert [message.id for message in state.messages] == [f"{REQUEST}.{n}" for n in (1, 2, 3)]
