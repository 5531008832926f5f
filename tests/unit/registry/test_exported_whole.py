"""A catalogue is exported whole, however many channels its services have between them."""

import json
from datetime import date

import pytest

from services.contracts.entry import Status
from services.contracts.service_sheet import Offering, Sheet
from services.registry import store as look_up
from services.registry.catalogue.exporting import exported
from services.registry.catalogue.formats import Format
from services.registry.handlers import FILES
from tests.support.sample import sample_entries
from tests.unit.registry.governorate import Office

SERVICES, CHANNELS = 50, 21
TODAY = date(2026, 11, 23)
ALL = [f"c{channel:02}-s-{service:02}" for service in range(SERVICES) for channel in range(CHANNELS)]
"""Service by service; by their ids alone they would come in another order."""


async def a_large_catalogue() -> Office:
    """What is exported at once has more channels than any one query gives."""
    office = Office([*FILES.values()])
    sheet = next(e for e in sample_entries() if isinstance(e, Sheet) and e.id == "social-insurance-record")
    channel = next(e for e in sample_entries() if isinstance(e, Offering) and e.service_id == sheet.id)
    await office.put(*(e for e in sample_entries() if not isinstance(e, Sheet | Offering)))
    await office.put(*(sheet.model_copy(update={"id": f"s-{service:02}"}) for service in range(SERVICES)))
    await office.put(*(channel.model_copy(update={"id": id, "service_id": id[4:]}) for id in reversed(ALL)))
    return office


async def written(office: Office, format: Format) -> str:
    return b"".join([piece async for piece in exported(office.readable, format, None, TODAY)]).decode()


@pytest.mark.parametrize("format", [Format.CSV, Format.JSONLD])
async def test_no_channel_is_missing_however_many_there_are(format: Format) -> None:
    told = await written(await a_large_catalogue(), format)
    assert [id for id in ALL if id not in told] == []
    if format is Format.JSONLD:
        json.loads(told)


async def test_channels_are_read_service_by_service_each_once_without_the_retired() -> None:
    office = await a_large_catalogue()
    (gone,) = (e for e in await look_up.page(office.readable, Offering, {"serviceId": "s-07"}, "c19-s-07", 1))
    await office.put(gone.model_copy(update={"version": 2, "status": Status.RETIRED}))
    found = await look_up.offerings_of(office.readable, [f"s-{service:02}" for service in reversed(range(SERVICES))])
    assert [offering.id for offering in found] == [id for id in ALL if id != gone.id]
