"""A redirect: honoured by one kiosk for the same person and service, or lapsed after three working days (I2)."""

from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, TimerFired
from services.contracts.entry import Entry, Status
from services.contracts.kiosk import Evidence, Rejection
from services.intake.domain import codes, noticed, redirecting, submitting
from services.intake.domain.case_parts import Attention
from services.intake.domain.due import fell_due, timers
from services.intake.domain.messages import CaseProgressed, RedirectHonoured, RedirectRefused
from services.intake.domain.outcomes import all_told
from services.intake.domain.progress import case_progressed
from services.worktime import jalali_date
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    RULES,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    a_redirected_request,
    answer,
    answered,
    arrives,
    asked,
    at,
    case_of,
    file_at_desk,
    lapsed,
    listing,
    move_of,
    notice,
    outcome_of,
    person,
    redirect_of,
    shut_on,
    state_of,
    submit,
    without_days,
    world,
)

LAPSE, LATER = "1405/09/07 10:00", "1405/09/03 09:00"


def test_the_kiosk_registers_the_request_that_the_desk_redirected() -> None:
    request = a_redirected_request()
    filing = arrives(request)
    assert filing.events == (), "the request decides"
    honoured = redirecting.honours(request, asked(filing), world())
    case = case_of(honoured)
    assert (case.state, case.channel, case.channel_reason) == ("PROMISED", "KIOSK_URBAN", "KIOSK")
    assert move_of(honoured).moves == ("request.registered", "commitment.added")
    assert move_of(honoured).kiosk is not None
    send = answer(honoured)
    assert isinstance(send.body, RedirectHonoured)
    told = submitting.honoured(state_of(filing), send.body, world())
    assert outcome_of(told).status == "ACCEPTED"
    assert outcome_of(told).request_id == request.id
    assert outcome_of(told).tracking_code == case.tracking_code
    assert timers(state_of(honoured)).keys() == {f"promise:{case.commitments[0].id}"}


def without(kind: str) -> Entry:
    """What stands behind the service, out of service since the person was sent to a kiosk."""
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    entry = sheet if kind == "service" else sample_snapshot().unit(sheet.unit_id)
    assert entry is not None
    return entry.model_copy(update={"status": Status.SUSPENDED})


@pytest.mark.parametrize("kind", ["service", "unit"])
def test_a_case_that_is_there_already_goes_on_at_the_kiosk_while_its_service_is_suspended(kind: str) -> None:
    request, now = a_redirected_request(), world(LATER, without(kind))
    filing = arrives(request, now)
    honoured = redirecting.honours(request, asked(filing), now)
    assert case_of(honoured).state == "PROMISED"
    send = answer(honoured)
    assert isinstance(send.body, RedirectHonoured)
    assert outcome_of(submitting.honoured(state_of(filing), send.body, now)).status == "ACCEPTED"
    assert outcome_of(submit(now=now)).status == "REJECTED", "a new one waits until it is back"


def test_between_two_kiosks_the_request_arbitrates() -> None:
    request = a_redirected_request()
    first, second = arrives(request), arrives(request, externalRef="012-1", kioskId="wa-urmia-012")
    honoured = state_of(redirecting.honours(request, asked(first), world()))
    refusal = answer(redirecting.honours(honoured, asked(second), world()))
    assert isinstance(refusal.body, RedirectRefused)
    told = submitting.refused(state_of(second), refusal.body, world())
    assert outcome_of(told).code is Rejection.REDIRECT_UNKNOWN
    repeated = redirecting.honours(honoured, asked(first), world())
    assert isinstance(answer(repeated).body, RedirectHonoured), "the first may ask again"
    assert repeated.state is honoured


@pytest.mark.parametrize(
    "changes",
    [
        {"applicant": person(value="0499370899")},
        {"serviceId": "medical-coverage-certificate"},
    ],
)
def test_a_reference_serves_its_own_person_and_service_alone(changes: dict[str, Any]) -> None:
    request = a_redirected_request()
    filing = arrives(request, **changes)
    refusal = answer(redirecting.honours(request, asked(filing), world()))
    assert isinstance(refusal.body, RedirectRefused)


def test_a_reference_cannot_be_made_up() -> None:
    ref = redirect_of(a_redirected_request()).ref
    assert codes.redirected(RULES.secret, ref) == (a_redirected_request().id, 1)
    for forged in (
        ref[:-1] + ("0" if ref[-1] != "0" else "1"),
        ref.removeprefix("R-"),
        "R--",
        "",
        ref + "0",
        f"R2{ref[1:]}",
    ):
        assert codes.redirected(RULES.secret, forged) is None


def test_a_reference_to_a_request_that_is_gone_is_answered_all_the_same() -> None:
    filing = arrives(a_redirected_request())
    decision = redirecting.honours(None, asked(filing), world())
    assert isinstance(answer(decision).body, RedirectRefused)
    assert state_of(decision).case is None, "the answer needs an outbox to leave from"


def test_while_the_request_is_asked_the_content_is_not_answered_twice() -> None:
    request = a_redirected_request()
    waiting = state_of(arrives(request))
    repeated = submit(waiting, redirectRef=redirect_of(request).ref)
    assert (repeated.events, repeated.sends) == ((), ())
    assert outcome_of(submit(waiting, revision=2)).code is Rejection.CONFLICT


def test_an_answer_that_comes_twice_is_told_once() -> None:
    request = a_redirected_request()
    filing = arrives(request)
    send = answer(redirecting.honours(request, asked(filing), world()))
    assert isinstance(send.body, RedirectHonoured)
    told = state_of(submitting.honoured(state_of(filing), send.body, world()))
    assert submitting.honoured(told, send.body, world()).events == ()
    assert submitting.refused(told, RedirectRefused(digest=send.body.digest), world()).events == ()


def test_what_the_desk_has_taken_stays_when_a_kiosk_completes_the_case() -> None:
    """The office says nothing of the deed whose original the desk saw, nor of the amount: neither is undone by that."""
    now = world(MORNING, listing("deed", "photo"))
    deed = IDENTITY_CARD | {"type": "deed", "sha256": "d" * 64}
    request = a_redirected_request(now, evidence=[IDENTITY_CARD, deed], amount=7_000_000, area=80.0)
    at_office = IDENTITY_CARD | {"type": "photo", "sha256": "b" * 64, "originalSeen": False}
    filing = arrives(request, now, evidence=[IDENTITY_CARD, at_office])
    case = case_of(redirecting.honours(request, asked(filing), now))
    assert [(paper.type, paper.original_seen) for paper in case.evidence] == [
        ("identity-card", True),
        ("deed", True),
        ("photo", False),
    ]
    assert (case.amount, case.area) == (7_000_000, 80.0)


def test_what_the_office_names_otherwise_counts() -> None:
    request = a_redirected_request(amount=7_000_000, area=80.0)
    case = case_of(redirecting.honours(request, asked(arrives(request, amount=0, area=95.5)), world()))
    assert (case.amount, case.area) == (0, 95.5)


def test_an_original_that_was_seen_once_was_seen() -> None:
    """The office shows a copy of the same paper."""
    request = a_redirected_request()
    shown_again = asked(arrives(request)).model_copy(
        update={"evidence": (Evidence.model_validate(IDENTITY_CARD | {"originalSeen": False}),)}
    )
    (paper,) = case_of(redirecting.honours(request, shown_again, world())).evidence
    assert (paper.original_seen, paper.accepted_by) == (True, "wa-urmia-017")


def test_the_office_hears_later_that_the_redirected_case_has_a_result() -> None:
    request = a_redirected_request()
    filing = arrives(request)
    honoured = redirecting.honours(request, asked(filing), world())
    acceptance = answer(honoured).body
    assert isinstance(acceptance, RedirectHonoured)
    accepted = state_of(submitting.honoured(state_of(filing), acceptance, world()))
    news = answer(answered(state_of(honoured))).body
    assert isinstance(news, CaseProgressed)
    told = case_progressed(accepted, news, world())
    assert (outcome_of(told).status, outcome_of(told).state) == ("PROGRESS", "RESULT_READY")
    assert case_progressed(state_of(told), news, world()).events == ()
    assert [o.status for o in all_told(state_of(told))] == ["ACCEPTED", "PROGRESS"]


def test_after_three_working_days_the_desk_sees_it_and_a_kiosk_may_still_honour_it() -> None:
    """Redirected on Monday 1405/09/02 10:00."""
    request = a_redirected_request()
    lapses = redirect_of(request).lapses_at
    assert jalali_date(lapses) in ("1405/09/05", "1405/09/07")
    ((name, due),) = timers(request).items()
    lapsed = fell_due(request, TimerFired(name=name, due=due), world(lapses))
    assert case_of(lapsed).state == "REDIRECTED"
    assert case_of(lapsed).attention == (Attention.REDIRECT_LAPSED,)
    assert move_of(lapsed).moves == ("request.redirect-lapsed",)
    assert timers(state_of(lapsed)) == {}
    filing = arrives(request, world(lapses), submittedAt=lapses)
    honoured = redirecting.honours(state_of(lapsed), asked(filing), world(lapses))
    assert case_of(honoured).state == "PROMISED"
    assert case_of(honoured).attention == ()


def test_with_the_lapse_the_desk_sees_when_the_case_may_end_and_the_person_is_told() -> None:
    """Five working days after the lapse of 1405/09/07; Thursday and Friday are off."""
    request = lapsed(a_redirected_request())
    assert redirect_of(request).ends_at == at("1405/09/14 10:00")
    other = noticed.notice_moved(request, notice(request, "message.failed", LAPSE, "REDIRECT_LAPSED"), world(LAPSE))
    assert other.state is request, "the desk has it in its work list already"
    told = noticed.notice_moved(request, notice(request, "message.delivered", LAPSE, "REDIRECT_LAPSED"), world(LAPSE))
    assert redirect_of(state_of(told)).told_at == at(LAPSE)
    assert told.events == ()
    late = notice(request, "message.delivered", "1405/09/08 10:00", "REDIRECT_LAPSED")
    assert noticed.notice_moved(told.state, late, world("1405/09/08 10:00")).state is told.state


def test_a_redirect_lapses_and_its_grace_ends_in_days_on_which_the_desk_receives_people() -> None:
    """On 1405/09/04 and 1405/09/09 the staff work from home; whoever is back from a kiosk finds the desk shut."""
    shut = shut_on(SOCIAL_DESK, "1405/09/04", "1405/09/09")
    request = a_redirected_request(world("1405/09/02 10:00", shut))
    assert redirect_of(request).lapses_at == at("1405/09/08 10:00")
    assert redirect_of(lapsed(request, shut)).ends_at == at("1405/09/16 10:00")


def test_a_calendar_that_gives_no_day_does_not_hide_the_lapse_from_the_desk() -> None:
    request = lapsed(a_redirected_request(), without_days(SOCIAL_DESK, {}))
    assert case_of(Decision(request)).attention == (Attention.REDIRECT_LAPSED,)
    assert redirect_of(request).ends_at == at("1405/09/17 10:00"), "ten days: later than needed, and not never"


def test_a_redirect_honoured_in_time_does_not_lapse() -> None:
    request = a_redirected_request()
    honoured = state_of(redirecting.honours(request, asked(arrives(request)), world()))
    late = TimerFired(name="redirect", due=redirect_of(request).lapses_at)
    assert fell_due(honoured, late, world("1405/09/10 10:00")).state is honoured


def test_a_desk_does_not_file_a_redirected_person_a_second_time() -> None:
    request = a_redirected_request()
    with pytest.raises(Refused) as refused:
        a_redirected_request(redirectRef=redirect_of(request).ref, key="2")
    assert (refused.value.code, refused.value.status) == ("USE_RETURN_FROM_KIOSK", 409)
    assert refused.value.facts == {"requestId": request.id}
    with pytest.raises(Refused) as unknown:
        a_redirected_request(redirectRef="R-made-up", key="2")
    assert unknown.value.status == 422


def test_the_lapse_is_counted_in_working_days_of_the_desk() -> None:
    """Redirected on Thursday evening: three working days later is not Sunday."""
    request = state_of(file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, world("1405/09/05 20:00")))
    assert redirect_of(request).lapses_at > at("1405/09/09 07:00")
