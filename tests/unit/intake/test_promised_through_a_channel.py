"""An answer is promised by the time of the channel through which the case came (domain 6, 10)."""

import pytest

from services.contracts.commitment import Commitment
from services.contracts.decision import Decision
from services.contracts.intake_commands import FileObjection, ReturnFromKiosk
from services.contracts.service_sheet import Channel, ChannelTime, Cost, DurationUnit, Sheet, WorkingTime
from services.intake.domain import redirecting, returning
from services.intake.domain.again import objected
from services.intake.domain.announcing import told_at_desk
from services.intake.domain.request import Request
from services.intake.handlers import REQUEST
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    a_redirected_request,
    announcement,
    answered,
    arrives,
    asked,
    case_of,
    file_at_desk,
    person,
    province,
    state_of,
    submit,
    world,
)
from tests.unit.intake.edge import Intake
from tests.unit.intake.rounds import PARTIAL


def with_times(service: str, **own: int) -> Sheet:
    """The sheet, with so many working days at most through these channels."""
    sheet = sample_snapshot().sheet(service)
    assert sheet is not None
    by_channel = tuple(
        ChannelTime(channel=Channel(name), average=days(1), maximum=days(number)) for name, number in own.items()
    )
    times = sheet.processing_time.model_copy(update={"by_channel": by_channel})
    return sheet.model_copy(update={"processing_time": times})


def days(number: int) -> WorkingTime:
    return WorkingTime(value=number, unit=DurationUnit.WORKING_DAYS)


def newest(decision: Decision[Request]) -> Commitment:
    return case_of(decision).commitments[-1]


RECORD = with_times("social-insurance-record", KIOSK_URBAN=1, KIOSK_RURAL=5)
"""At large it is three working days, and by law seven."""


@pytest.mark.parametrize(("kiosk", "allowed"), [("wa-urmia-017", 1), ("wa-khoy-003", 5)])
def test_what_a_kiosk_files_is_promised_by_the_time_of_its_class(kiosk: str, allowed: int) -> None:
    usual, own = newest(submit(kioskId=kiosk)), newest(submit(kioskId=kiosk, now=world(MORNING, RECORD)))
    assert (usual.budget, own.budget) == (days(3), days(allowed))
    assert (own.promised_at < usual.promised_at) is (allowed < 3)
    assert own.legal_latest_at == usual.legal_latest_at, "the law is one for all channels"


def test_what_a_kiosk_brings_for_a_redirect_is_promised_by_the_time_of_that_kiosk() -> None:
    there = world(MORNING, RECORD)
    request = a_redirected_request(there)
    for kiosk, allowed in (("wa-urmia-017", 1), ("wa-khoy-003", 5)):
        honoured = redirecting.honours(request, asked(arrives(request, there, kioskId=kiosk)), there)
        assert newest(honoured).budget == days(allowed)


def test_what_the_desk_takes_back_from_a_kiosk_is_promised_by_the_time_of_the_desk() -> None:
    there = world(MORNING, RECORD)
    back = ReturnFromKiosk.model_validate({"cause": "SHUT", "officerId": SOCIAL_OFFICER})
    decision = returning.taken_back(a_redirected_request(there), back, there)
    assert case_of(decision).channel is Channel.AGENCY_DESK
    assert newest(decision).budget == days(3)


@pytest.mark.parametrize(("able", "allowed"), [(True, 2), (False, 3)])
def test_what_a_desk_files_electronically_is_promised_by_the_time_of_the_web(able: bool, allowed: int) -> None:
    """Also where the person stands at the desk; who is not able waits for the kiosk's."""
    there = world(MORNING, with_times("tax-clearance", WEB=2, AGENCY_DESK=3))
    decision = file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, there, electronicallyAble=able, willing=able)
    if not able:
        back = ReturnFromKiosk.model_validate({"cause": "SHUT", "officerId": TAX_OFFICER})
        decision = returning.taken_back(state_of(decision), back, there)
    assert newest(decision).budget == days(allowed)


def test_another_round_has_the_full_budget_of_the_channel_of_the_case() -> None:
    permit = with_times("building-permit", WEB=1, AGENCY_DESK=9)
    there = world(MORNING, permit)
    filed = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER, there))
    ready = state_of(answered(filed, MORNING, PARTIAL, "ضوابط شهرسازی، بند ۳", registry=(permit,)))
    told = state_of(told_at_desk(ready, announcement(PERMITS_OFFICER), there))
    objection = {"reason": "نقشه می‌خواند", "identitySeen": True, "officerId": PERMITS_OFFICER}
    decision = objected(told, FileObjection.model_validate(objection), there)
    assert [promise.budget for promise in case_of(decision).commitments] == [days(9), days(9)]


async def test_over_the_door_an_answer_is_promised_by_the_time_of_the_channel(intake: Intake) -> None:
    """A test of a meter, of the sample province: five working days, four for those who file it electronically."""
    by_now = {"serviceId": "meter-test", "deskId": "wa-electricity-desk", "officerId": "wa-electricity-desk-01"}
    papers = [{"type": kind, "sha256": "a" * 64, "originalSeen": True} for kind in ("identity-card", "bill")]
    web = await intake.file(**by_now, evidence=papers)
    intake.memory.registry = province(with_times("meter-test"))
    without = await intake.file(**by_now, evidence=papers, applicant=person(value="0499370899"))
    assert (web.status_code, without.status_code) == (201, 201), (web.text, without.text)
    assert web.json()["channel"] == without.json()["channel"] == "WEB"
    ((first,), (second,)) = web.json()["commitments"], without.json()["commitments"]
    assert first["promisedAt"] < second["promisedAt"]
    assert intake.memory.state(REQUEST, web.json()["requestId"]).case.commitments[0].budget == days(4)
    assert first["legalLatestAt"] == second["legalLatestAt"]


def test_what_is_electronic_by_mobile_alone_is_filed_priced_and_promised_as_that() -> None:
    """An app and no page: nothing of it is offered through the web."""
    by_web = next(each for each in sample_snapshot().offerings("tax-clearance") if each.channel is Channel.WEB)
    sheet = with_times("tax-clearance", MOBILE=2, AGENCY_DESK=3)
    costs = (Cost(amount=70_000, channel=Channel.MOBILE, pay_at="برنامه"), Cost(amount=90_000, pay_at="بانک"))
    there = world(
        MORNING, by_web.model_copy(update={"channel": Channel.MOBILE}), sheet.model_copy(update={"costs": costs})
    )
    decision = file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, there)
    case = case_of(decision)
    assert (case.channel, case.channel_reason) == (Channel.MOBILE, "E_FIRST")
    assert (case.cost, newest(decision).budget) == (70_000, days(2))
