"""A receipt names the ways by which the same service is had without coming to a desk, and no others (domain 8)."""

from datetime import timedelta

import pytest

from services.contracts.entry import Entry, Status
from services.contracts.registry import KioskClass
from services.contracts.service_sheet import Channel, Extent, Offering
from services.intake.receipt import receipt
from services.worktime import parse_jalali
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    file_at_desk,
    person,
    province,
    state_of,
    the_case,
    world,
)


def page(until: str | None = None, request: Extent = Extent.PARTIAL) -> Offering:
    return Offering(
        id="building-permit-page",
        org_id="wa-municipality-urmia",
        version=0,
        service_id="building-permit",
        channel=Channel.WEB,
        information=Extent.FULL,
        request=request,
        production=Extent.NONE,
        delivery=Extent.NONE,
        valid_from=parse_jalali("1404/01/01"),
        valid_to=parse_jalali(until) if until else None,
        url="https://example.ir/permits",
    )


def test_a_page_that_only_informs_is_no_other_way_to_the_service() -> None:
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert receipt(request, province(), MORNING)["alternatives"] == []
    assert receipt(request, province(page(request=Extent.NONE)), MORNING)["alternatives"] == []


def test_a_new_print_names_the_ways_of_its_own_day_under_the_same_number_and_hash() -> None:
    registry = province(page(until="1405/09/03"))
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    first, anew = (receipt(request, registry, MORNING + timedelta(days=days)) for days in (1, 2))
    assert [way["channel"] for way in first["alternatives"]] == ["WEB"]
    assert anew["alternatives"] == []
    assert [anew[name] == first[name] for name in ("number", "edition", "hash", "content")] == [True] * 4


def kiosks(status: Status, *classes: KioskClass) -> list[Entry]:
    return [
        office.model_copy(update={"status": status}) for office in province().kiosks() if office.kiosk_class in classes
    ]


@pytest.mark.parametrize("county", [None, "urmia"])
@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ((), {"KIOSK_URBAN", "KIOSK_RURAL"}),
        ((KioskClass.RURAL,), {"KIOSK_URBAN"}),
        (tuple(KioskClass), set[str]()),
    ],
)
def test_only_offices_of_which_one_can_take_it_are_another_way(
    county: str | None, gone: tuple[KioskClass, ...], named: set[str]
) -> None:
    request = state_of(
        file_at_desk(
            "social-insurance-record",
            SOCIAL_DESK,
            SOCIAL_OFFICER,
            world(MORNING, *kiosks(Status.SUSPENDED, *KioskClass)),
            applicant=person(county=county),
        )
    )
    assert the_case(request).redirect is None
    told = receipt(request, province(*kiosks(Status.SUSPENDED, *gone)), MORNING)["alternatives"]
    assert {way["channel"] for way in told} == named
