"""An agency has as many desks, a unit as many officers as it has: whoever looks sees all (domain 12.24)."""

from datetime import date

import pytest

from services.contracts.entry import Entry
from services.contracts.registry import Desk, Kiosk, Officer, Partner
from services.contracts.service_sheet import Channel, Offering
from services.registry import store as look_up
from services.registry import surroundings
from services.registry.handlers import FILES
from services.registry.reaching import behind, staff
from tests.support.sample import sample_entries
from tests.unit.registry.governorate import Office

TODAY = date(2026, 11, 23)
UNIT, AGENCY, LAST = "wa-tax-business", "wa-tax", "z-last"


def one(kind: type[Entry], **facts: object) -> Entry:
    return next(
        entry
        for entry in sample_entries()
        if isinstance(entry, kind) and all(getattr(entry, name) == value for name, value in facts.items())
    )


@pytest.fixture
async def office() -> Office:
    """More of each than one query gives; only the last, by its id, is meant."""
    office = Office([*FILES.values()])
    for kind, facts in ((Officer, {"unit_id": UNIT}), (Desk, {"org_id": AGENCY}), (Partner, {})):
        entry = one(kind, **facts)
        many = (f"c-{number:04}" for number in range(look_up.MANY))
        await office.put(*(entry.model_copy(update={"id": id}) for id in (*many, LAST)))
    return office


async def test_the_officers_of_a_unit(office: Office) -> None:
    assert LAST in {officer.id for officer in await staff(office.readable, UNIT)}


async def test_the_desks_of_an_agency(office: Office) -> None:
    assert LAST in {desk.id for desk in await behind(office.readable, [AGENCY], (), TODAY)}


async def test_the_partners_of_kiosk_offices(office: Office) -> None:
    urban = one(Offering, channel=Channel.KIOSK_URBAN)
    assert isinstance(urban, Offering)
    found = await behind(office.readable, (), [urban], TODAY)
    assert LAST in {entry.id for entry in found if isinstance(entry, Partner)}


async def test_the_offices_of_a_licence(office: Office) -> None:
    kiosk = one(Kiosk)
    assert isinstance(kiosk, Kiosk)
    many = (f"c-{number:04}" for number in range(look_up.MANY))
    await office.put(*(kiosk.model_copy(update={"id": id}) for id in (*many, LAST)))
    assert (await surroundings.of_entry(office.readable, kiosk)).kiosk(LAST) is not None
