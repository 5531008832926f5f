"""The services of the sample province, each complete and as the contract says (contract: The sample province)."""

import pytest

from services.contracts.registry import KioskClass, Officer
from services.contracts.service_sheet import Channel, DurationUnit, Extent, Sheet, WorkingTime
from tests.support.sample import sample_entries
from tests.unit.registry.sampled import COUNTIES, PROVINCE, SHEETS, TODAY, licensed


def sheet(id: str) -> Sheet:
    found = PROVINCE.sheet(id)
    assert found is not None, id
    return found


def extent(service: str, channel: Channel) -> tuple[Extent, Extent] | None:
    """(request, delivery) of the service's offering through a channel."""
    for offering in PROVINCE.offerings(service):
        if offering.channel is channel:
            return offering.request, offering.delivery
    return None


def test_tax_clearance_is_fully_electronic_and_a_kiosk_offers_it_too() -> None:
    assert extent("tax-clearance", Channel.WEB) == (Extent.FULL, Extent.FULL)
    assert extent("tax-clearance", Channel.KIOSK_URBAN) == (Extent.FULL, Extent.FULL)
    assert sheet("tax-clearance").presence is None
    assert licensed("urmia", KioskClass.URBAN)


def test_social_insurance_record_is_for_urban_and_rural_kiosks_in_three_working_days() -> None:
    record = sheet("social-insurance-record")
    assert extent(record.id, Channel.WEB) is None
    for channel in (Channel.KIOSK_URBAN, Channel.KIOSK_RURAL):
        offering = next(o for o in PROVINCE.offerings(record.id) if o.channel is channel)
        assert offering.request is Extent.FULL
        assert offering.counties == (), "open everywhere"
    assert licensed("urmia", KioskClass.URBAN)
    assert licensed("khoy", KioskClass.RURAL)
    assert record.unit_id == "wa-social-security-records"
    assert record.processing_time.maximum == WorkingTime(value=3, unit=DurationUnit.WORKING_DAYS)
    demanded = [r.evidence_type for r in record.requirements if r.mandatory and r.held_by is None]
    assert demanded == ["identity-card"], "the contract's example submission is complete"


def test_building_permit_is_for_the_desk_alone_in_fifteen_working_days() -> None:
    permit = sheet("building-permit")
    assert [o.channel for o in PROVINCE.offerings(permit.id)] == [Channel.AGENCY_DESK]
    assert permit.unit_id == "wa-municipality-urmia-permits"
    assert permit.processing_time.maximum == WorkingTime(value=15, unit=DurationUnit.WORKING_DAYS)
    assert permit.output.collectable
    assert permit.presence is None


def test_land_deed_original_wants_presence_by_law() -> None:
    presence = sheet("land-deed-original").presence
    assert presence is not None
    assert (presence.ground, presence.stage) == ("ORIGINAL", "request")
    assert presence.law


def test_opening_hours_is_information_only() -> None:
    assert sheet("opening-hours").information_only
    assert [s.id for s in SHEETS if s.information_only] == ["opening-hours"]


@pytest.mark.parametrize("each", SHEETS, ids=lambda each: each.id)
def test_a_sheet_is_complete(each: Sheet) -> None:
    texts = (each.name, each.name_en, each.description, each.information, each.sector, each.spatial)
    assert all(text.strip() for text in texts)
    assert each.life_events
    assert all(law.title and law.article for law in each.legal_resources)
    assert each.legal_resources
    assert each.costs
    assert each.kioskable.reason
    assert each.objection.body
    assert each.objection.how
    if not each.information_only:
        assert each.requirements
        assert each.objection.days > 0
        assert len(each.stages) >= 3
    time = each.processing_time
    assert time.average.unit == time.maximum.unit == time.legal.unit
    assert time.average.value <= time.maximum.value <= time.legal.value
    attested_by = PROVINCE.officer(each.attested_by)
    assert attested_by is not None
    assert attested_by.org_id == each.org_id
    assert each.attestation_expires > TODAY
    responsible = PROVINCE.officer(each.responsible_officer_id)
    assert responsible is not None
    assert responsible.unit_id == each.unit_id, "the name on the receipt is of the unit that does the work"


@pytest.mark.parametrize("each", SHEETS, ids=lambda each: each.id)
def test_two_officers_of_the_unit_may_process_it_and_somebody_at_the_desk_may_register_it(each: Sheet) -> None:
    def may(officer: Officer, action: str) -> bool:
        return any(
            a.service_id == each.id and action in a.actions and a.valid_from <= TODAY <= (a.valid_to or TODAY)
            for a in officer.authorities
        )

    assert len([o for o in PROVINCE.officers_of(each.unit_id) if may(o, "PROCESS")]) >= 2
    organization = PROVINCE.organization(each.org_id)
    assert organization is not None
    desk = [e for e in sample_entries() if isinstance(e, Officer) and e.desk_id == organization.desk_id]
    assert [o for o in desk if may(o, "REGISTER")]
    if each.on_spot:
        assert len([o for o in desk if may(o, "DECIDE")]) >= 2


@pytest.mark.parametrize("each", SHEETS, ids=lambda each: each.id)
def test_what_a_sheet_says_of_kiosks_agrees_with_its_offerings(each: Sheet) -> None:
    for verdict, channel in ((each.kioskable.urban, Channel.KIOSK_URBAN), (each.kioskable.rural, Channel.KIOSK_RURAL)):
        if extent(each.id, channel) is not None:
            assert verdict == "YES"
        offering = next((o for o in PROVINCE.offerings(each.id) if o.channel is channel), None)
        assert offering is None or set(offering.counties) <= COUNTIES


def test_one_service_could_be_done_at_kiosks_and_is_not_offered_there() -> None:
    lacking = [
        s.id
        for s in SHEETS
        if not s.information_only and s.kioskable.urban == "YES" and not extent(s.id, Channel.KIOSK_URBAN)
    ]
    assert lacking == ["water-name-change"], "the governorate's report has something to find"
