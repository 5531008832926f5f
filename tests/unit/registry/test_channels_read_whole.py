"""A service has as many channels as it has: whoever looks sees all, past what one query gives (domain 12.24)."""

from datetime import date

import pytest

from services.contracts.service_sheet import Channel, Extent, Maturity, Offering, Sheet
from services.registry import duty_store, surroundings
from services.registry import store as look_up
from services.registry.domain.sheets import SheetFile
from services.registry.handlers import FILES
from services.registry.sheet_api import sheet_view
from tests.support.sample import sample_entries
from tests.unit.registry.governorate import Office

TODAY = date(2026, 11, 23)
SHEET = next(e for e in sample_entries() if isinstance(e, Sheet) and e.id == "tax-clearance")
WEB = next(
    e for e in sample_entries() if isinstance(e, Offering) and e.service_id == SHEET.id and e.channel is Channel.WEB
)
NOTHING = dict.fromkeys(("information", "request", "production", "delivery"), Extent.NONE)
LAST = "z-last"


@pytest.fixture
async def office() -> Office:
    """Only the last channel, by its id, does anything."""
    office = Office([*FILES.values()])
    await office.put(*(e for e in sample_entries() if not isinstance(e, Offering)))
    idle = WEB.model_copy(update=NOTHING)
    await office.put(*(idle.model_copy(update={"id": f"c-{number:04}"}) for number in range(look_up.MANY)))
    await office.put(WEB.model_copy(update={"id": LAST}))
    return office


async def test_for_the_deficiencies_of_its_agency(office: Office) -> None:
    found = await duty_store.every_offering_of(office.readable, SHEET)
    assert (len(found), found[-1].id) == (look_up.MANY + 1, LAST)


async def test_for_how_electronic_it_is(office: Office) -> None:
    view = await sheet_view(office.readable, SHEET, SHEET.version, TODAY)
    assert view["maturityComputed"] is not Maturity.NONE


async def test_for_whether_it_can_be_published(office: Office) -> None:
    file = SheetFile(id=SHEET.id, org_id=SHEET.org_id, published=SHEET)
    around = await surroundings.of_publication(office.readable, file, SHEET.attested_by, TODAY)
    assert LAST in {offering.id for offering in around.entries.offerings(SHEET.id)}
