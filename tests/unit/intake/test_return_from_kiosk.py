"""Back from a kiosk: the desk takes the case, promises, and says what the kiosk did (domain 3, 5; I2, I4).

Redirected on Monday 1405/09/02 10:00 by the desk in Urmia.
"""

from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import Status
from services.contracts.intake_commands import ReturnFromKiosk
from services.contracts.service_sheet import Channel, Extent, Offering, Presence
from services.intake.domain import redirecting, returning, visiting
from services.intake.domain.case_parts import Attention
from services.intake.domain.due import timers
from services.intake.domain.messages import OnSpotNoted
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules
from services.intake.domain.visit_messages import VisitOpened
from services.worktime import jalali_date
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    MORNING,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
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
    person,
    redirect_of,
    state_of,
    submit,
    with_authority,
    without_days,
    world,
)

KHOY_DESK, KHOY_OFFICER = "wa-social-security-khoy-desk", "wa-social-security-khoy-desk-01"
NEXT_DAY = "1405/09/03 09:00"


def back(
    request: Request, cause: str = "SHUT", now: World[Rules] | None = None, officer: str = SOCIAL_OFFICER, **fields: Any
) -> Decision[Request]:
    """The person stands at the desk again."""
    command = ReturnFromKiosk.model_validate({"cause": cause, "officerId": officer} | fields)
    return returning.taken_back(request, command, now or world(NEXT_DAY))


def refusal(request: Request, *args: Any, **fields: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        back(request, *args, **fields)
    return refused.value


def offering(service: str, channel: Channel) -> Offering:
    return next(o for o in sample_snapshot().offerings(service) if o.channel is channel)


@pytest.mark.parametrize("cause", ["SHUT", "REFUSED", "FAILED"])
def test_I4_the_desk_takes_the_case_of_a_kiosk_that_failed_and_says_what_it_did(cause: str) -> None:
    request = a_redirected_request()
    office = redirect_of(request).kiosks[0]
    taken = back(request, cause, kioskId=office.id)
    case = case_of(taken)
    assert (case.state, case.channel, case.channel_reason) == ("PROMISED", "AGENCY_DESK", "KIOSK_FAILED")
    assert (case.desk_id, case.officer_id, case.unit_id) == (SOCIAL_DESK, SOCIAL_OFFICER, "wa-social-security-records")
    assert jalali_date(case.commitments[0].promised_at) > "1405/09/03", "three working days from now"
    event = move_of(taken)
    assert event.moves == ("request.redirect-failed", "request.registered", "commitment.added")
    assert event.redirect_failure is not None
    assert event.redirect_failure.to_wire() == {
        "cause": cause,
        "channel": "KIOSK_URBAN",
        "kioskIds": [office.id],
        "at": "2026-11-24T05:30:00Z",
    }
    assert timers(state_of(taken)).keys() == {f"promise:{case.commitments[0].id}"}, "the redirect lapses no more"


def test_the_desk_takes_the_case_while_its_service_is_suspended_since_what_is_open_goes_on() -> None:
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    suspended = sheet.model_copy(update={"status": Status.SUSPENDED})
    taken = back(a_redirected_request(), now=world(NEXT_DAY, suspended))
    assert case_of(taken).state == "PROMISED"
    assert case_of(taken).commitments


def test_which_office_it_was_need_not_be_known_but_is_one_that_was_offered() -> None:
    failure = move_of(back(a_redirected_request())).redirect_failure
    assert failure is not None
    assert (failure.channel, failure.kiosk_ids) == ("KIOSK_URBAN", ())
    wrong = refusal(a_redirected_request(), kioskId="wa-khoy-003")
    assert (wrong.code, wrong.status, wrong.facts["errors"][0]["field"]) == ("NOT_OFFERED", 422, "kioskId")


def test_a_rural_office_that_failed_is_no_fault_of_the_urban_offering() -> None:
    request = a_redirected_request(applicant=person(county="khoy"))
    rural = next(kiosk for kiosk in redirect_of(request).kiosks if kiosk.kiosk_class == "RURAL")
    failure = move_of(back(request, kioskId=rural.id)).redirect_failure
    assert failure is not None
    assert (redirect_of(request).channel, failure.channel) == ("KIOSK_URBAN", "KIOSK_RURAL")


def test_a_lapsed_redirect_is_taken_back_without_blaming_a_kiosk() -> None:
    request = lapsed(a_redirected_request())
    assert case_of(Decision(request)).attention == (Attention.REDIRECT_LAPSED,)
    taken = back(request, "LAPSED", world("1405/09/10 09:00"))
    case = case_of(taken)
    assert (case.state, case.channel, case.channel_reason) == ("PROMISED", "AGENCY_DESK", "KIOSK"), "a kiosk offers it"
    assert case.attention == (), "no more work for the desk"
    assert move_of(taken).moves == ("request.registered", "commitment.added")
    assert move_of(taken).redirect_failure is None


def test_what_no_kiosk_offers_any_more_is_taken_back_as_desk_only() -> None:
    request = lapsed(a_redirected_request())
    offices = [k.model_copy(update={"status": "SUSPENDED"}) for k in sample_snapshot().kiosks() if k.county == "urmia"]
    case = case_of(back(request, "LAPSED", world("1405/09/10 09:00", *offices)))
    assert (case.channel, case.channel_reason) == ("AGENCY_DESK", "DESK_ONLY")


def test_who_is_back_from_a_kiosk_without_a_ticket_has_come_on_that_day() -> None:
    case = case_of(back(a_redirected_request()))
    assert visiting.here_today(case, world(NEXT_DAY))
    assert (case.visited_at, case.unticketed_at) == (at(NEXT_DAY), at(NEXT_DAY))


def test_the_way_to_a_kiosk_in_vain_and_the_way_back_are_visits_of_the_case() -> None:
    """Domain 5: the desk, the kiosk that was shut, the desk again."""
    assert move_of(back(a_redirected_request())).visits == 3
    lapse = back(lapsed(a_redirected_request()), "LAPSED", world("1405/09/10 09:00"))
    assert move_of(lapse).visits == 2, "the person may not have gone to a kiosk"


def test_who_comes_back_with_a_ticket_for_the_case_is_counted_once_for_that_day() -> None:
    came = VisitOpened(visit_id="v-1", desk_id=SOCIAL_DESK, opened_at=at(NEXT_DAY))
    with_a_ticket = state_of(visiting.opened(a_redirected_request(), came, world(NEXT_DAY)))
    assert move_of(back(with_a_ticket)).visits == 3
    earlier = came.model_copy(update={"opened_at": at("1405/09/02 11:00")})
    asked_before = state_of(visiting.opened(a_redirected_request(), earlier, world("1405/09/02 11:00")))
    assert move_of(back(asked_before)).visits == 4


def test_before_the_redirect_has_lapsed_nobody_says_so() -> None:
    early = refusal(a_redirected_request(), "LAPSED")
    assert (early.code, early.status) == ("NOT_LAPSED", 409)
    assert early.facts["lapsesAt"] == "2026-11-28T06:30:00Z"


def test_the_kiosk_may_be_blamed_after_the_lapse_too() -> None:
    taken = back(lapsed(a_redirected_request()), "SHUT", world("1405/09/10 09:00"))
    assert case_of(taken).channel_reason == "KIOSK_FAILED"
    assert case_of(taken).attention == ()


def test_after_a_lapse_the_table_is_asked_again_without_kiosks() -> None:
    """What has become electronic meanwhile is filed electronically, for who was able and willing; else at the desk."""
    request = lapsed(a_redirected_request())
    web = offering("tax-clearance", Channel.WEB).model_copy(
        update={"id": "records-web", "service_id": "social-insurance-record"}
    )
    later = "1405/09/10 09:00"
    full = case_of(back(request, "LAPSED", world(later, web), KHOY_OFFICER))
    assert (full.channel, full.channel_reason, full.desk_id) == ("WEB", "E_FIRST", SOCIAL_DESK)
    partly = web.model_copy(update={"delivery": Extent.NONE})
    assert case_of(back(request, "LAPSED", world(later, partly))).channel_reason == "E_PARTIAL"
    unable = state_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, electronicallyAble=False))
    assisted = case_of(back(lapsed(unable), "LAPSED", world(later), TAX_OFFICER))
    assert (assisted.channel, assisted.channel_reason) == ("AGENCY_DESK", "ASSISTED")


@pytest.mark.parametrize("fields", [{"electronicallyAble": False}, {"willing": False, "assistanceReason": "AGE"}])
def test_who_was_not_able_or_willing_is_not_either_when_it_has_become_electronic_meanwhile(
    fields: dict[str, Any],
) -> None:
    """They were sent to a kiosk since there was one (KIOSK), not since they needed it (ASSISTED)."""
    web = offering("tax-clearance", Channel.WEB).model_copy(
        update={"id": "records-web", "service_id": "social-insurance-record"}
    )
    request = lapsed(a_redirected_request(**fields))
    case = case_of(back(request, "LAPSED", world("1405/09/10 09:00", web)))
    assert (case.channel, case.channel_reason) == ("AGENCY_DESK", "ASSISTED")


def test_what_the_law_wants_meanwhile_comes_before_the_fault_of_the_kiosk() -> None:
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    strict = sheet.model_copy(update={"presence": Presence(ground="IDENTITY", stage="request", law="قانون")})
    case = case_of(back(a_redirected_request(), now=world(NEXT_DAY, strict)))
    assert (case.channel_reason, case.presence, case.channel) == ("PRESENCE", "IDENTITY", "AGENCY_DESK")


def test_another_desk_of_the_agency_takes_the_case_over() -> None:
    """There the person stands: there they are told and served from now on."""
    taken = back(a_redirected_request(), officer=KHOY_OFFICER)
    assert case_of(taken).desk_id == move_of(taken).desk_id == KHOY_DESK
    assert answered(state_of(taken)).events, "the unit's answer finds it"


@pytest.mark.parametrize(
    ("officer", "code"),
    [(TAX_OFFICER, "NOT_AUTHORISED"), ("wa-social-security-records-01", "NOT_AUTHORISED"), ("x", "UNKNOWN_OFFICER")],
)
def test_only_an_officer_of_a_desk_of_the_agency_takes_it_back(officer: str, code: str) -> None:
    assert refusal(a_redirected_request(), officer=officer).code == code


def test_a_desk_of_another_agency_does_not_take_it_even_with_authority_for_the_service() -> None:
    guest = with_authority(TAX_OFFICER, "social-insurance-record")
    refused = refusal(a_redirected_request(), now=world(NEXT_DAY, guest), officer=TAX_OFFICER)
    assert (refused.code, refused.detail) == ("NOT_AUTHORISED", "the officer serves at a desk of another agency")


def test_the_officer_may_register_this_service() -> None:
    other = with_authority(SOCIAL_OFFICER, "retirement-pension")
    assert refusal(a_redirected_request(), now=world(NEXT_DAY, other)).code == "NOT_AUTHORISED"


def test_papers_brought_now_are_added_to_those_taken_before() -> None:
    copy = IDENTITY_CARD | {"originalSeen": False}
    request = a_redirected_request(world(MORNING, listing("photo")), evidence=[copy], amount=5)
    assert case_of(Decision(request)).needed != ()
    brought = [IDENTITY_CARD, {**copy, "type": "photo", "sha256": "b" * 64}]
    case = case_of(back(request, now=world(NEXT_DAY, listing("photo")), evidence=brought, area=12.5))
    assert [(paper.type, paper.original_seen) for paper in case.evidence] == [("identity-card", True), ("photo", False)]
    assert case.needed == ()
    assert (case.amount, case.area) == (5, 12.5)


def test_without_a_calendar_nothing_is_promised_and_the_case_stays_redirected() -> None:
    assert refusal(a_redirected_request(), now=world(NEXT_DAY, without_days(SOCIAL_DESK, {}))).code == "NO_CALENDAR"


def test_only_a_redirected_case_comes_back() -> None:
    taken = state_of(back(a_redirected_request()))
    again = refusal(taken)
    assert (again.code, again.facts) == ("ILLEGAL_MOVE", {"from": "PROMISED", "to": "REGISTERED"})
    assert refusal(Request(id="none")).status == 404


def test_between_the_desk_and_a_kiosk_the_request_arbitrates() -> None:
    request = a_redirected_request()
    filing = arrives(request)
    late = redirecting.honours(state_of(back(request)), asked(filing), world(NEXT_DAY))
    assert answer(late).body.__class__.__name__ == "RedirectRefused"
    honoured = state_of(redirecting.honours(request, asked(filing), world(NEXT_DAY)))
    assert refusal(honoured).facts == {"from": "PROMISED", "to": "REGISTERED"}
    assert state_of(submit(None, redirectRef=redirect_of(request).ref)).case is None, "never a case of its own"


def test_the_day_of_the_lapse_in_these_tests() -> None:
    assert redirect_of(a_redirected_request()).lapses_at == at("1405/09/07 10:00"), "Thursday and Friday are off"


def test_a_desk_that_could_decide_it_now_says_why_it_does_not() -> None:
    """As when it files: with the same code."""
    service = "medical-coverage-certificate"
    request = state_of(file_at_desk(service, SOCIAL_DESK, SOCIAL_OFFICER, electronicallyAble=False))
    refused = refusal(request)
    assert (refused.code, refused.status) == ("REASON_NEEDED", 422)
    assert [error["field"] for error in refused.facts["errors"]] == ["notOnSpotReason"]
    taken = back(request, notOnSpotReason="SYSTEM_DOWN")
    assert (move_of(taken).on_spot_allowed, move_of(taken).not_on_spot_reason) == (True, "SYSTEM_DOWN")
    assert OnSpotNoted(done=False) in taken.effects, "operators count it as a filing"
    other = back(a_redirected_request(), notOnSpotReason="SYSTEM_DOWN")
    assert (move_of(other).on_spot_allowed, move_of(other).not_on_spot_reason) == (False, None)
    assert not any(isinstance(effect, OnSpotNoted) for effect in other.effects)


def test_what_the_desk_may_decide_it_decides_in_the_call_that_takes_it_back() -> None:
    """Domain 1.3: as when it files. Nothing is left open, so nothing is promised."""
    request = state_of(
        file_at_desk("medical-coverage-certificate", SOCIAL_DESK, SOCIAL_OFFICER, electronicallyAble=False)
    )
    decide = {"result": "GRANTED", "output": {"type": "coverage-certificate"}}
    taken = back(request, decide=decide)
    event, case = move_of(taken), case_of(taken)
    assert event.moves == (
        "request.redirect-failed", "request.registered", "request.done-on-spot", "request.closed",
    )  # fmt: skip
    assert (case.state, case.commitments, case.channel_reason) == ("CLOSED", (), "KIOSK_FAILED")
    assert (event.on_spot_allowed, event.not_on_spot_reason) == (True, None)
    assert OnSpotNoted(done=True) in taken.effects
    assert timers(state_of(taken)) == {}
    other = refusal(a_redirected_request(), decide=decide)
    assert (other.code, other.status) == ("NOT_ON_SPOT", 409)
    registers = world(NEXT_DAY, with_authority(SOCIAL_OFFICER, "medical-coverage-certificate", actions=("REGISTER",)))
    assert refusal(request, now=registers, decide=decide).code == "NOT_AUTHORISED"
