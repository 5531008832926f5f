"""What is told of a case whose work stands still, and when it goes on (domain 3, 8)."""

import re

from services.contracts.intake_commands import FileRequest
from services.intake.domain.case_parts import Attention
from services.intake.domain.messages import Filed
from services.intake.handlers import REQUEST
from services.intake.receipt import receipt
from services.intake.receipt_page import receipt_page
from services.notify.domain.answers import NotCalled
from services.notify.domain.catalogue import catalogue
from services.notify.handlers import CORRESPONDENCE
from services.worktime.jalali import jalali_sms
from tests.unit.intake.cases import at, person, province
from tests.unit.intake.edge import a_filing
from tests.unit.standing_still import PLAN, Counter, filed
from tests.unit.test_another_round import ID

ANSWER = "پاسخ نهایی تا"


async def test_whoever_left_no_mobile_is_called_at_once_for_the_documents_of_a_case_that_stands_still() -> None:
    house = Counter("ada")
    asked = FileRequest.model_validate(a_filing() | {"applicant": person(mobile=None)})
    await house.intake.submit(REQUEST, ID, Filed(request_id=ID, request=asked))
    await house.carry()
    await house.suspend(PLAN)
    assert Attention.REMIND_OF_DOCUMENTS in house.case.attention
    await house.bring(PLAN)
    assert not house.case.attention


async def test_whoever_has_a_mobile_is_called_only_where_no_message_arrives() -> None:
    house = await filed()
    await house.suspend(PLAN)
    assert not house.case.attention


async def test_that_the_work_goes_on_is_told_without_an_answer_whose_day_has_passed() -> None:
    """What is broken stays broken."""
    house = await filed()
    await house.until("1405/09/21 10:00")
    assert house.case.commitments[0].state == "BROKEN"
    await house.suspend(PLAN)
    await house.until("1405/09/24 09:00")
    await house.bring(PLAN)
    message = house.messages[-1]
    assert (message.notice, message.template_id) == ("RESUMED", "resumed-late")
    text = catalogue().version(message.template_id, message.template_version).render(message.tokens)
    assert jalali_sms(house.case.commitments[0].promised_at) not in text


async def test_a_receipt_names_no_answer_while_the_work_stands_still() -> None:
    """Its time does not run: it would lie before the documents that it waits for."""
    house = await filed()
    await house.until("1405/09/18 10:00")
    assert ANSWER in receipt_page(house.intake.state(REQUEST, ID), province(), house.clock.now())
    await house.suspend(PLAN, deadline="2027-01-20T06:30:00Z")
    await house.until("1405/10/10 10:00")
    request = house.intake.state(REQUEST, ID)
    page = receipt_page(request, province(), at("1405/10/10 10:00"))
    assert "۳۰ دی ۱۴۰۵" in page
    assert re.findall(f"{ANSWER}|آخرین مهلت قانونی", page) == []
    assert "رسیدگی برای مدتی ایستاده است؛ زمان تازهٔ پاسخ را خبر می‌دهیم." in page
    assert receipt(request, province(), at("1405/10/10 10:00"))["standsStill"]


async def test_a_reminder_that_waited_until_its_day_had_passed_is_not_sent() -> None:
    """The gateway was away for two days: that costs no try. The grace runs, and the deadline would read as the end."""
    house = await filed()
    await house.until("1405/09/05 10:00")
    await house.suspend(PLAN)
    await house.until("1405/09/15 11:30")
    reminder = house.messages[-1]
    assert (reminder.notice, reminder.state) == ("DOCUMENTS_REMINDER", "SENDING")
    away = NotCalled(message_id=reminder.id, turn=reminder.turn, reason="BREAKER", pause_seconds=49 * 3600)
    await house.notify.submit(CORRESPONDENCE, ID, away)
    await house.until("1405/09/17 14:00")
    reminder = house.messages[-1]
    assert (reminder.state, reminder.reason()) == ("EXPIRED", "TOO_LATE")
    assert Attention.REMIND_OF_DOCUMENTS in house.case.attention, "nobody knows of any message: the desk tells them"
