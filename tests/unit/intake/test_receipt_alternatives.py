"""A receipt names the ways by which the same service is had without coming to a desk, and no others (domain 8)."""

from services.contracts.service_sheet import Channel, Extent, Offering
from services.intake.receipt import receipt
from services.worktime import parse_jalali
from tests.unit.intake.cases import MORNING, PERMITS_DESK, PERMITS_OFFICER, file_at_desk, province, state_of


def test_a_page_that_only_informs_is_no_other_way_to_the_service() -> None:
    page = Offering(
        id="building-permit-page",
        org_id="wa-municipality-urmia",
        version=0,
        service_id="building-permit",
        channel=Channel.WEB,
        information=Extent.FULL,
        request=Extent.NONE,
        production=Extent.NONE,
        delivery=Extent.NONE,
        valid_from=parse_jalali("1404/01/01"),
        url="https://example.ir/permits",
    )
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert receipt(request, province(), MORNING)["alternatives"] == []
    assert receipt(request, province(page), MORNING)["alternatives"] == []
