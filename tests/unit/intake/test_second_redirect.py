"""To another kiosk: once, with the head of the desk, under a reference of its own (domain 3, 5)."""

from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import Status
from services.contracts.intake_commands import DecideOnSpot, RedirectAgain, ReturnFromKiosk
from services.contracts.kiosk import Rejection
from services.contracts.registry import Kiosk
from services.intake.domain import bringing, codes, deciding, redirecting, returning, submitting, visiting
from services.intake.domain.due import timers
from services.intake.domain.messages import EvidenceBrought, RedirectHonoured, RedirectRefused
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules
from services.intake.domain.visit_messages import VisitOpened
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    RULES,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    a_redirected_request,
    answer,
    arrives,
    asked,
    at,
    case_of,
    file_at_desk,
    lapsed,
    move_of,
    outcome_of,
    person,
    redirect_of,
    state_of,
    world,
)

HEAD, CLERK = SOCIAL_OFFICER, "wa-social-security-desk-02"
KHOY_HEAD = "wa-social-security-khoy-desk-01"
NEXT_DAY = "1405/09/03 09:00"


def sent_on(request: Request, cause: str = "SHUT", now: World[Rules] | None = None, **fields: Any) -> Decision[Request]:
    asks = {"cause": cause, "officerId": CLERK, "secondOfficerId": HEAD}
    if cause != "LAPSED":
        asks["kioskId"] = redirect_of(request).kiosks[0].id
    return returning.sent_on(request, RedirectAgain.model_validate(asks | fields), now or world(NEXT_DAY))


def refusal(request: Request, *args: Any, **fields: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        sent_on(request, *args, **fields)
    return refused.value


def test_another_kiosk_in_vain_on_one_day_and_the_way_back_from_it_are_two_visits_more() -> None:
    """Domain 5: the ticket of the morning is for the visit before they were sent on."""
    morning = "1405/09/08 08:00"
    came = VisitOpened(visit_id="v-1", desk_id=SOCIAL_DESK, opened_at=at(morning))
    with_a_ticket = state_of(visiting.opened(lapsed(a_redirected_request()), came, world(morning)))
    on = sent_on(with_a_ticket, "LAPSED", world("1405/09/08 08:10"))
    assert case_of(on).visits == 2, "counted with its ticket"
    back = {"cause": "SHUT", "kioskId": redirect_of(state_of(on)).kiosks[0].id, "officerId": CLERK}
    command, noon = ReturnFromKiosk.model_validate(back), "1405/09/08 12:00"
    assert case_of(returning.taken_back(state_of(on), command, world(noon))).visits == 4
    again = came.model_copy(update={"visit_id": "v-2", "opened_at": at("1405/09/08 11:55")})
    ticket = state_of(visiting.opened(state_of(on), again, world("1405/09/08 11:55")))
    assert case_of(returning.taken_back(ticket, command, world(noon))).visits == 4, "with another ticket it is the same"


def test_the_person_is_sent_to_the_other_kiosks_with_a_new_reference_and_new_days() -> None:
    request = a_redirected_request()
    first = redirect_of(request)
    decision = sent_on(request)
    case, second = case_of(decision), redirect_of(state_of(decision))
    assert (case.state, case.channel, case.channel_reason) == ("REDIRECTED", "KIOSK_URBAN", "KIOSK")
    assert first.kiosks[0].id not in {kiosk.id for kiosk in second.kiosks}
    assert second.kiosks
    assert second.ref != first.ref
    assert codes.redirected(RULES.secret, second.ref) == (request.id, 2)
    assert len(second.ref) <= 52, "as long as the SMS has room for"
    assert (first.lapses_at, second.lapses_at) == (at("1405/09/07 10:00"), at("1405/09/08 09:00"))
    assert timers(state_of(decision)) == {"redirect": second.lapses_at}
    event = move_of(decision)
    assert event.moves == ("request.redirect-failed", "request.redirected")
    assert event.redirect_failure is not None
    assert event.redirect_failure.kiosk_ids == (first.kiosks[0].id,)
    assert (event.redirect_ref, event.redirect_lapses_at) == (second.ref, second.lapses_at)


def test_it_is_a_kiosk_that_they_are_sent_to_though_all_of_it_is_electronic_meanwhile() -> None:
    pattern = sample_snapshot().offerings("tax-clearance")[0]
    electronic = pattern.model_copy(update={"id": "record-web", "service_id": "social-insurance-record"})
    now = world(NEXT_DAY, electronic)
    filed = file_at_desk("social-insurance-record", SOCIAL_DESK, SOCIAL_OFFICER, now)
    assert case_of(filed).channel_reason == "E_FIRST"
    assert case_of(sent_on(a_redirected_request(), now=now)).channel_reason == "ASSISTED"


def test_after_a_lapse_every_kiosk_may_do_it_and_none_is_blamed() -> None:
    request = lapsed(a_redirected_request())
    decision = sent_on(request, "LAPSED", world("1405/09/10 09:00"))
    assert redirect_of(state_of(decision)).kiosks == redirect_of(request).kiosks
    assert (move_of(decision).moves, move_of(decision).redirect_failure) == (("request.redirected",), None)
    assert case_of(decision).attention == ()
    assert redirect_of(state_of(decision)).lapsed_at is None
    assert refusal(a_redirected_request(), "LAPSED").code == "NOT_LAPSED"


def test_the_old_reference_is_used_up_and_the_new_one_is_honoured() -> None:
    request = a_redirected_request()
    old = arrives(request)
    again = state_of(sent_on(request))
    late = answer(redirecting.honours(again, asked(old), world(NEXT_DAY)))
    assert isinstance(late.body, RedirectRefused)
    told = submitting.refused(state_of(old), late.body, world(NEXT_DAY))
    assert outcome_of(told).code is Rejection.REDIRECT_UNKNOWN
    new = arrives(again, externalRef="012-1", kioskId="wa-urmia-012")
    honoured = redirecting.honours(again, asked(new), world(NEXT_DAY))
    assert isinstance(answer(honoured).body, RedirectHonoured)
    assert case_of(honoured).state == "PROMISED"


def test_a_third_redirect_is_refused_and_the_desk_may_still_take_it_back() -> None:
    again = state_of(sent_on(a_redirected_request()))
    assert refusal(again).code == "TOO_MANY_REDIRECTS"
    command = {"cause": "FAILED", "officerId": CLERK, "kioskId": redirect_of(again).kiosks[0].id}
    taken = returning.taken_back(again, ReturnFromKiosk.model_validate(command), world(NEXT_DAY))
    assert (case_of(taken).state, case_of(taken).channel_reason) == ("PROMISED", "KIOSK_FAILED")


@pytest.mark.parametrize(
    ("officers", "code", "status"),
    [
        ({"secondOfficerId": None}, "SECOND_OFFICER_NEEDED", 422),
        ({"secondOfficerId": CLERK}, "SECOND_OFFICER_NEEDED", 422),
        ({"officerId": HEAD}, "SECOND_OFFICER_NEEDED", 422),
        ({"officerId": HEAD, "secondOfficerId": CLERK}, "NOT_DESK_HEAD", 403),
        ({"secondOfficerId": KHOY_HEAD}, "NOT_DESK_HEAD", 403),
        ({"officerId": KHOY_HEAD, "secondOfficerId": HEAD}, "NOT_DESK_HEAD", 403),
        ({"officerId": "wa-tax-desk-01"}, "NOT_AUTHORISED", 403),
    ],
)
def test_it_takes_the_head_of_the_desk_where_the_person_stands(officers: Any, code: str, status: int) -> None:
    refused = refusal(a_redirected_request(), **officers)
    assert (refused.code, refused.status) == (code, status)


def test_which_office_failed_is_said_so_that_nobody_is_sent_there_again() -> None:
    assert refusal(a_redirected_request(), kioskId=None).code == "KIOSK_NEEDED"
    assert refusal(a_redirected_request(), kioskId="wa-khoy-003").code == "NOT_OFFERED"


def test_where_no_other_kiosk_is_open_the_desk_takes_it() -> None:
    request = a_redirected_request()
    others = [kiosk for kiosk in sample_snapshot().kiosks() if kiosk.id != redirect_of(request).kiosks[0].id]
    shut: list[Kiosk] = [kiosk.model_copy(update={"status": Status.SUSPENDED}) for kiosk in others]
    assert refusal(request, now=world(NEXT_DAY, *shut)).code == "NO_OTHER_KIOSK"


def test_whoever_was_not_able_is_sent_on_as_assisted() -> None:
    clerk = "wa-tax-desk-02"
    request = state_of(file_at_desk("tax-clearance", TAX_DESK, clerk, electronicallyAble=False))
    again = case_of(sent_on(request, officerId=clerk, secondOfficerId="wa-tax-desk-01"))
    assert (again.state, again.channel_reason) == ("REDIRECTED", "ASSISTED")


def test_only_a_redirected_case_is_sent_on() -> None:
    """A case with a promise stays with the desk that gave it."""
    promised = state_of(file_at_desk("tax-clearance", TAX_DESK, "wa-tax-desk-01", applicant=person()))
    command = RedirectAgain.model_validate(
        {"cause": "LAPSED", "officerId": "wa-tax-desk-02", "secondOfficerId": "wa-tax-desk-01"}
    )
    with pytest.raises(Refused) as refused:
        returning.sent_on(promised, command, world(NEXT_DAY))
    assert refused.value.facts == {"from": "PROMISED", "to": "REDIRECTED"}


def test_the_desk_and_its_work_list_stay_the_same() -> None:
    assert case_of(sent_on(a_redirected_request())).desk_id == SOCIAL_DESK


def test_who_is_sent_on_and_comes_back_on_the_same_day_without_a_ticket_has_come_again() -> None:
    on = sent_on(lapsed(a_redirected_request()), "LAPSED", world("1405/09/08 08:10"))
    assert case_of(on).visits == 2
    back = {"cause": "SHUT", "kioskId": redirect_of(state_of(on)).kiosks[0].id, "officerId": CLERK}
    command = ReturnFromKiosk.model_validate(back)
    assert case_of(returning.taken_back(state_of(on), command, world("1405/09/08 12:00"))).visits == 4


@pytest.mark.parametrize(("drawn", "visits"), [("08:05", 2), ("12:00", 3)])
def test_a_ticket_is_the_visit_in_which_they_were_sent_on_only_where_it_was_drawn_before(
    drawn: str, visits: int
) -> None:
    on = sent_on(lapsed(a_redirected_request()), "LAPSED", world("1405/09/08 08:10"))
    came = VisitOpened(visit_id="v-1", desk_id=SOCIAL_DESK, opened_at=at(f"1405/09/08 {drawn}"))
    assert case_of(visiting.opened(state_of(on), came, world("1405/09/08 12:00"))).visits == visits


def honoured_on_the_day() -> Request:
    """Back at the desk at nine, sent on, and registered by another kiosk office at eleven."""
    service = "medical-coverage-certificate"
    on = state_of(sent_on(state_of(file_at_desk(service, SOCIAL_DESK, SOCIAL_OFFICER, electronicallyAble=False))))
    eleven = world("1405/09/03 11:00")
    at_another = {"kioskId": "wa-urmia-012", "externalRef": "012-1", "serviceId": service}
    return state_of(redirecting.honours(on, asked(arrives(on, eleven, **at_another)), eleven))


def test_I9_who_was_sent_on_to_a_kiosk_that_took_the_case_is_not_at_the_desk_any_more() -> None:
    request = honoured_on_the_day()
    command = DecideOnSpot.model_validate({"result": "GRANTED", "officerId": SOCIAL_OFFICER})
    with pytest.raises(Refused) as refused:
        deciding.on_spot(request, command, world("1405/09/03 12:00"))
    assert refused.value.code == "NOT_PRESENT"
    came = VisitOpened(visit_id="v-1", desk_id=SOCIAL_DESK, opened_at=at("1405/09/03 12:10"))
    there = state_of(visiting.opened(request, came, world("1405/09/03 12:10")))
    assert case_of(deciding.on_spot(there, command, world("1405/09/03 12:20"))).state == "CLOSED"


def test_who_comes_to_the_desk_after_that_on_the_same_day_has_come_once_more() -> None:
    request = honoured_on_the_day()
    brings = EvidenceBrought(type="identity-card", original_seen=True, officer_id=SOCIAL_OFFICER)
    once = bringing.brought(request, brings, world("1405/09/03 12:00"))
    assert case_of(once).visits == 5, "twice to the desk, twice to a kiosk, and now"
    assert case_of(bringing.brought(state_of(once), brings, world("1405/09/03 12:10"))).visits == 5
