"""Somebody speaks for the applicant: by a mandate in force, masked like them, and known by their own last four."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.intake_commands import Announce, HandOver, Remind
from services.intake.domain import announcing, closing, noticed, redirecting, reminding
from services.intake.domain.case_parts import Attention
from services.intake.domain.receipts import content, edition, fingerprint, recognised
from services.intake.domain.request import Request, the_case
from services.intake.receipt_page import receipt_page
from services.intake.tracking_view import proves
from services.intake.views import contact
from tests.unit.intake.awaiting_documents import incomplete
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    a_redirected_request,
    an_agent,
    answered,
    arrives,
    asked,
    case_of,
    file_at_desk,
    move_of,
    notice,
    person,
    province,
    state_of,
    world,
)
from tests.unit.intake.edge import Intake
from tests.unit.intake.rounds import HANDED, PARTIAL, objects
from tests.unit.intake.rounds import a_permit as a_partial_permit

COMPANY = {"scheme": "LEGAL_ID", "value": "10380284790", "name": "شرکت سهند"}
TODAY, YESTERDAY = "2026-11-23", "2026-11-22"
DAY = timedelta(days=1)


def a_permit(**fields: Any) -> Request:
    return state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, **fields))


def refusal(**fields: Any) -> tuple[str, int, str]:
    with pytest.raises(Refused) as refused:
        a_permit(**fields)
    return refused.value.code, refused.value.status, refused.value.facts["errors"][0]["field"]


def a_result_to_tell(**fields: Any) -> Request:
    return state_of(answered(a_permit(**fields)))


def announced(request: Request, now: str = "1405/09/02 11:00", **fields: Any) -> Any:
    body = {"toldTo": "REPRESENTATIVE", "identitySeen": True, "officerId": PERMITS_OFFICER} | fields
    return announcing.told_at_desk(request, Announce.model_validate(body), world(now))


def test_the_case_keeps_the_mandate_and_events_tell_neither_name_nor_paper() -> None:
    decision = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, representative=an_agent())
    kept = case_of(decision).representative
    assert kept is not None
    assert (kept.value, kept.mobile, kept.mandate) == ("0499370899", "+989141112233", "POWER_OF_ATTORNEY")
    told = move_of(decision).to_json().decode()
    for personal in ("0499370899", "9141112233", "کریمی", "۱۴۰۴/۱۲۳"):
        assert personal not in told


@pytest.mark.parametrize(
    ("applicant", "kind"),
    [
        (person(), "POWER_OF_ATTORNEY"),
        (person(), "GUARDIAN"),
        (person(), "COURT"),
        (person(**COMPANY), "COMPANY_OFFICER"),
        (person(**COMPANY), "POWER_OF_ATTORNEY"),
        (person(**COMPANY), "COURT"),
    ],
)
def test_a_mandate_holds_until_the_end_of_its_last_day(applicant: dict[str, Any], kind: str) -> None:
    mandate = {"kind": kind, "validUntil": TODAY}
    assert a_permit(applicant=applicant, representative=an_agent(mandate=mandate))
    over = an_agent(mandate=mandate | {"validUntil": YESTERDAY})
    expired = refusal(applicant=applicant, representative=over)
    assert expired == ("MANDATE_EXPIRED", 422, "representative.mandate.validUntil")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"representative": an_agent(scheme="LEGAL_ID", value="14005893875")},
            ("NOT_A_PERSON", 422, "representative.scheme"),
        ),
        (
            {"representative": an_agent(value="0013542419")},
            ("SAME_AS_APPLICANT", 422, "representative"),
        ),
        (
            {"representative": an_agent(value="0499370898")},
            ("INVALID_REPRESENTATIVE", 422, "representative"),
        ),
        ({"representative": an_agent(name=" . ")}, ("INVALID_REPRESENTATIVE", 422, "representative")),
        (
            {"representative": an_agent(mandate={"number": " - "})},
            ("INVALID_REPRESENTATIVE", 422, "representative"),
        ),
        (
            {"representative": an_agent(mandate={"kind": "COMPANY_OFFICER"})},
            ("WRONG_MANDATE", 422, "representative.mandate.kind"),
        ),
        (
            {"applicant": person(**COMPANY), "representative": an_agent(mandate={"kind": "GUARDIAN"})},
            ("WRONG_MANDATE", 422, "representative.mandate.kind"),
        ),
    ],
)
def test_who_may_not_speak_for_an_applicant(fields: dict[str, Any], expected: Any) -> None:
    assert refusal(**fields) == expected


def test_messages_go_to_the_representative_where_the_applicant_left_no_mobile() -> None:
    alone = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, applicant=person(mobile=None))
    assert not move_of(alone).notifiable
    spoken_for: dict[str, Any] = {"applicant": person(mobile=None), "representative": an_agent()}
    filed = file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, **spoken_for)
    assert move_of(filed).notifiable
    reached = contact(state_of(filed), MORNING)
    assert reached is not None
    assert (reached.name, reached.mobile) == ("رضا کریمی", "+989141112233")
    both = contact(a_permit(representative=an_agent()), MORNING)
    assert both is not None
    assert both.mobile == "+989121234567"


def test_whoever_spoke_by_a_mandate_that_has_ended_is_told_nothing_more() -> None:
    """I9: a message to them would be no proof that the applicant has heard. The desk tells."""
    spoken_for: dict[str, Any] = {
        "applicant": person(mobile=None),
        "representative": an_agent(mandate={"validUntil": TODAY}),
    }
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, **spoken_for))
    case, later = the_case(request)[1], MORNING + timedelta(days=2)
    assert (case.told_by_message(MORNING), case.told_by_message(later)) == (True, False)
    reached = contact(request, later)
    assert reached is not None
    assert reached.mobile is None
    assert (proves(case, "2233", MORNING), proves(case, "2233", later)) == (True, False)


def test_a_message_delivered_after_the_mandate_has_ended_tells_nobody_and_is_desk_work() -> None:
    """I9: it was sent while they spoke for the applicant, and reached them when they did not any more."""
    ready = a_result_to_tell(applicant=person(mobile=None), representative=an_agent(mandate={"validUntil": TODAY}))
    late = noticed.notice_moved(ready, notice(ready, "message.delivered", MORNING + DAY), world(MORNING + DAY))
    assert (case_of(late).state, case_of(late).announced) == ("RESULT_READY", None)
    assert Attention.TELL_CITIZEN in case_of(late).attention
    in_time = noticed.notice_moved(ready, notice(ready, "message.delivered"), world(MORNING + DAY))
    told = case_of(in_time).announced
    assert told is not None, "what counts is the day of delivery, not when word of it came"
    assert told.at == MORNING


def test_told_to_a_representative_of_whom_nothing_is_known_is_told_to_nobody() -> None:
    with pytest.raises(Refused) as refused:
        announced(a_result_to_tell())
    assert (refused.value.code, refused.value.status) == ("NO_REPRESENTATIVE", 409)


def test_a_representative_who_is_new_comes_with_the_mandate_and_the_receipt_is_issued_anew() -> None:
    request = a_result_to_tell()
    before = request.case
    assert before is not None
    decision = announced(request, representative=an_agent())
    case = case_of(decision)
    assert case.representative is not None
    assert case.announced is not None
    assert case.announced.told_ref == case.representative_ref
    assert (edition(case), recognised(case, fingerprint(before))) == (2, 1)
    body = {"collectedBy": "REPRESENTATIVE", "identitySeen": True, "officerId": PERMITS_OFFICER}
    done = case_of(closing.hand_over(state_of(decision), HandOver.model_validate(body), world()))
    assert done.handover is not None
    assert done.handover.collected_ref == case.representative_ref


def test_a_mandate_that_has_ended_since_the_filing_takes_nothing_and_a_new_one_does() -> None:
    request = a_result_to_tell(representative=an_agent(mandate={"validUntil": TODAY}))
    with pytest.raises(Refused) as refused:
        announced(request, "1405/09/03 10:00")
    assert (refused.value.code, refused.value.status) == ("MANDATE_EXPIRED", 409)
    assert announced(request, "1405/09/03 10:00", representative=an_agent()).state is not None


def test_the_applicant_needs_no_mandate_and_brings_none() -> None:
    request = a_result_to_tell(representative=an_agent())
    told = case_of(announced(request, toldTo="APPLICANT")).announced
    assert told is not None
    assert told.told_ref is None
    with pytest.raises(Refused) as refused:
        announced(request, toldTo="APPLICANT", representative=an_agent())
    assert (refused.value.code, refused.value.status) == ("NOT_THE_ONE", 422)


def test_whoever_comes_to_speak_for_the_applicant_when_the_desk_tells_is_told_of_at_once() -> None:
    """I8: routing goes by it. By reference, and once; who is on record already is no news."""
    by_them: dict[str, Any] = {"toldTo": "REPRESENTATIVE", "officerId": PERMITS_OFFICER}
    named = Remind.model_validate(by_them | {"representative": an_agent()})
    decision = reminding.by_desk(incomplete(), named, world())
    event = move_of(decision)
    assert event.moves == ("request.represented",)
    assert event.representative_ref == case_of(decision).representative_ref
    for personal in ("0499370899", "9141112233", "کریمی", "۱۴۰۴/۱۲۳"):
        assert personal not in event.to_json().decode()
    for again in (named, Remind.model_validate(by_them)):
        assert reminding.by_desk(state_of(decision), again, world()).events == ()
    applicant = Remind.model_validate(by_them | {"toldTo": "APPLICANT"})
    assert reminding.by_desk(incomplete(), applicant, world()).events == ()


def test_so_is_whoever_takes_what_an_earlier_round_has_granted() -> None:
    request = state_of(objects(a_partial_permit(PARTIAL)))
    taken = HANDED.to_wire() | {"collectedBy": "REPRESENTATIVE", "representative": an_agent()}
    decision = closing.hand_over(request, HandOver.model_validate(taken), world())
    assert move_of(decision).moves == ("request.represented",)
    case = case_of(decision)
    assert [line.type for line in case.history[-2:]] == ["request.delivered", "request.represented"]
    handover = case.earlier[0].handover
    assert handover is not None
    assert handover.collected_ref == case.representative_ref == move_of(decision).representative_ref


def test_a_kiosk_that_honours_a_redirect_leaves_the_representative_on_record() -> None:
    request = a_redirected_request(representative=an_agent())
    taken = redirecting.honours(request, asked(arrives(request)), world())
    assert case_of(taken).representative is not None


def test_the_receipt_names_the_representative_masked_and_without_one_reads_as_it_always_did() -> None:
    request = a_permit(representative=an_agent())
    assert request.case is not None
    assert content(request.case)["representative"] == {"name": "رضا کریمی", "last4": "0899"}
    page = receipt_page(request, province(), MORNING)
    assert "نماینده" in page
    assert "۰۸۹۹" in page
    assert "0499370899" not in page
    alone = a_permit()
    assert alone.case is not None
    assert "representative" not in content(alone.case)
    assert "نماینده" not in receipt_page(alone, province(), MORNING)


async def test_either_of_them_follows_the_case_by_their_own_last_four(intake: Intake) -> None:
    filed = (await intake.file(representative=an_agent())).json()
    for last4 in ("2419", "4567", "0899", "۲۲۳۳"):
        tracked = await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": last4})
        assert tracked.status_code == 200, last4
        assert "کریمی" not in tracked.text
    missed = await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": "9999"})
    assert missed.status_code == 404


async def test_the_request_says_that_somebody_speaks_for_its_applicant_and_not_who(intake: Intake) -> None:
    id = (await intake.file(representative=an_agent())).json()["requestId"]
    seen = await intake.http.get(f"/v1/requests/{id}")
    assert seen.json()["represented"]
    for personal in ("کریمی", "0899", "2233", "۱۴۰۴/۱۲۳"):
        assert personal not in seen.text


async def test_a_field_that_a_mandate_does_not_have_is_refused(intake: Intake) -> None:
    refused = await intake.file(representative=an_agent(mandate={"validTill": "2027-03-20"}))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith("representative.mandate")
