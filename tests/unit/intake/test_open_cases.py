"""I2: who leaves with an open case has a promise and a receipt; who is sent on, kiosk offices and the last day."""

import pytest

from services.contracts.entry import Status
from services.contracts.registry import Officer
from services.contracts.service_sheet import Sheet
from services.intake.domain.receipts import recognised
from services.intake.domain.request import Request
from services.intake.domain.standing import standing
from services.intake.domain.states import ENDED, REDIRECTED
from services.intake.receipt import receipt
from services.intake.receipt_page import receipt_page
from services.worktime import jalali_long
from tests.support.sample import sample_entries
from tests.unit.intake.cases import IDENTITY_CARD, MORNING, file_at_desk, province, state_of, submit

SHEETS = [entry.id for entry in sample_entries() if isinstance(entry, Sheet) and entry.status is Status.ACTIVE]


def papers(service: str) -> list[dict[str, object]]:
    sheet = province().sheet(service)
    assert sheet
    return [IDENTITY_CARD, *(IDENTITY_CARD | {"type": requirement.evidence_type} for requirement in sheet.requirements)]


def leaves_with_a_promise_and_a_receipt(request: Request) -> None:
    case = request.case
    assert case is not None
    if case.state in ENDED:
        return
    paper, page = receipt(request, province(), MORNING), receipt_page(request, province(), MORNING)
    assert (paper["number"], paper["edition"]) == (f"1405/{case.tracking_code}", 1)
    assert recognised(case, paper["hash"]) == 1
    if case.state is REDIRECTED:
        assert case.redirect is not None
        assert case.redirect.kiosks
        assert case.redirect.lapses_at > MORNING
        assert [kiosk["id"] for kiosk in paper["redirect"]["kiosks"]] == [kiosk.id for kiosk in case.redirect.kiosks]
        assert jalali_long(case.redirect.lapses_at) in page
    else:
        (promise,) = case.open_promises()
        assert promise.promised_at > MORNING
        assert paper["promised"]["local"] == promise.promised_local
        assert jalali_long(promise.promised_at) in page
        assert jalali_long(promise.legal_latest_at) in page


@pytest.mark.parametrize("able", [True, False], ids=["able", "not able"])
@pytest.mark.parametrize("service", SHEETS)
def test_i2_whoever_leaves_a_desk_with_an_open_case_has_it_in_writing(service: str, able: bool) -> None:
    known = standing(province(), service)
    assert known
    desk = known.permanent_desk.id
    (officer, *_) = [
        entry.id for entry in sample_entries() if isinstance(entry, Officer) and may_register(entry, service)
    ]
    information_only = known.sheet.information_only
    filed = file_at_desk(
        service,
        desk,
        officer,
        evidence=papers(service),
        electronicallyAble=able,
        informationOnly=information_only,
        notOnSpotReason="NEEDS_UNIT" if known.sheet.on_spot else None,
    )
    leaves_with_a_promise_and_a_receipt(state_of(filed))


def may_register(officer: Officer, service: str) -> bool:
    return officer.desk_id is not None and any(
        authority.service_id == service and "REGISTER" in authority.actions for authority in officer.authorities
    )


@pytest.mark.parametrize("kiosk", ["wa-urmia-017", "wa-khoy-003"])
def test_i2_whoever_leaves_a_kiosk_office_with_an_open_case_has_it_in_writing(kiosk: str) -> None:
    requests = [state_of(submit(kioskId=kiosk, serviceId=service, evidence=papers(service))) for service in SHEETS]
    opened = [request for request in requests if request.case is not None]
    assert len(opened) > 3
    for request in opened:
        leaves_with_a_promise_and_a_receipt(request)
