"""The sample province is what the contract promises; nothing in it is half filled (contract: The sample province)."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from services.contracts.entry import Status
from services.contracts.registry import Desk, Kiosk, KioskClass, Officer, Organization, Unit
from services.contracts.service_sheet import Channel, DurationUnit, Extent, Offering, Sheet, WorkingTime
from services.contracts.working_calendar import DayKind, WorkingCalendar
from services.worktime import Duration, jalali_text, promise
from services.worktime import Unit as WorkUnit
from services.worktime.published import calendar_of
from tests.support.sample import published, sample_entries, sample_snapshot

TODAY = date(2026, 11, 23)
COUNTIES = {"urmia", "khoy", "mahabad", "miandoab", "salmas", "bukan"}
PROVINCE = sample_snapshot()
SHEETS = [e for e in sample_entries() if isinstance(e, Sheet)]
KIOSKS = [e for e in sample_entries() if isinstance(e, Kiosk)]
CALENDARS = [e for e in map(published, sample_entries()) if isinstance(e, WorkingCalendar)]


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


def licensed(county: str, kiosk_class: KioskClass) -> list[str]:
    return [
        kiosk.id
        for kiosk in PROVINCE.kiosks()
        if kiosk.county == county and kiosk.kiosk_class is kiosk_class and kiosk.valid_to >= TODAY
    ]


def test_the_province_is_as_large_as_the_contract_says() -> None:
    counts = PROVINCE.counts()
    assert counts["organization"] >= 8
    assert counts["service"] >= 30
    assert counts["officer"] >= 40
    assert len([k for k in KIOSKS if k.status is Status.ACTIVE and k.valid_to >= TODAY]) >= 25
    assert {kiosk.county for kiosk in KIOSKS} == COUNTIES
    assert counts["partner"] == 3, "two, and one for trial"


def test_every_organization_has_its_permanent_desk_on_the_ground_floor_with_a_head_who_decides() -> None:
    for organization in (e for e in sample_entries() if isinstance(e, Organization)):
        desk = PROVINCE.desk(organization.desk_id)
        assert desk is not None
        assert (desk.org_id, desk.kind, desk.floor) == (organization.id, "PERMANENT", 0)
        head = PROVINCE.officer(desk.head_officer_id)
        assert head is not None
        assert head.desk_id == desk.id
        theirs = {s.id for s in SHEETS if s.org_id == organization.id}
        decides = {a.service_id for a in head.authorities if {"REGISTER", "DECIDE"} <= set(a.actions)}
        assert decides == theirs


def test_fixed_ids_of_the_contract_are_there() -> None:
    assert PROVINCE.organization("wa-municipality-urmia") is not None
    assert PROVINCE.desk("wa-municipality-urmia-desk") is not None
    urban, rural = PROVINCE.kiosk("wa-urmia-017"), PROVINCE.kiosk("wa-khoy-003")
    assert urban is not None
    assert (urban.kiosk_class, urban.partner, urban.county) == (KioskClass.URBAN, "pishkhan-a", "urmia")
    assert rural is not None
    assert (rural.kiosk_class, rural.partner, rural.county) == (KioskClass.RURAL, "pishkhan-b", "khoy")


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


def test_one_kiosk_is_suspended_and_one_has_let_its_licence_lapse() -> None:
    assert [k.id for k in KIOSKS if k.status is Status.SUSPENDED] == ["wa-khoy-009"]
    assert [k.id for k in KIOSKS if k.valid_to < TODAY] == ["wa-urmia-040"]


def test_every_county_has_urban_and_rural_kiosks_of_both_partners_in_the_province() -> None:
    for county in COUNTIES:
        assert licensed(county, KioskClass.URBAN)
        assert licensed(county, KioskClass.RURAL)
    assert {k.partner for k in KIOSKS if not k.sandbox} == {"pishkhan-a", "pishkhan-b"}
    assert {k.partner for k in KIOSKS if k.sandbox} == {"sandbox"}


def test_weekends_differ_and_one_of_them_has_changed_by_date() -> None:
    def weekend(calendar: WorkingCalendar, week: int) -> frozenset[str]:
        days = calendar.weeks[week].days
        return frozenset(day for day in days if not days[day])

    assert {weekend(c, -1) for c in CALENDARS} == {frozenset({"friday"}), frozenset({"thursday", "friday"})}
    offices = next(c for c in CALENDARS if c.id == "wa-offices")
    assert weekend(offices, 0) != weekend(offices, -1)
    assert any(len(hours) > 1 for c in CALENDARS for hours in c.weeks[-1].days.values()), "somebody takes a lunch break"


def test_every_kind_of_exception_occurs_and_one_holds_in_a_single_county() -> None:
    days = [day for calendar in CALENDARS for day in calendar.exceptions]
    assert {day.kind for day in days} == set(DayKind)
    assert {day.county for day in days} == {None, "khoy"}


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: calendar.id)
def test_holidays_of_the_sun_are_fixed_and_those_of_the_moon_are_provisional_while_they_lie_ahead(
    calendar: WorkingCalendar,
) -> None:
    days = {day.date: day for day in calendar.exceptions}
    for nowruz in (date(2026, 3, 21), date(2027, 3, 21)):
        assert days[nowruz].status == "FIXED"
    assert days[date(2026, 12, 23)].status == "PROVISIONAL", "the birth of Imam Ali follows the moon"
    assert all(day.status != "PROVISIONAL" for day in days.values() if day.date < TODAY)
    assert calendar.weeks[0].valid_from <= date(2026, 3, 21)


def test_the_weeks_after_today_are_free_of_exceptions_so_that_the_oracle_of_the_domain_holds_here() -> None:
    for calendar in CALENDARS:
        assert not [day for day in calendar.exceptions if TODAY <= day.date <= date(2026, 12, 14)]


@pytest.mark.parametrize(("calendar_id", "day"), [("wa-municipality", "1405/09/19"), ("wa-offices", "1405/09/23")])
def test_fifteen_working_days_from_the_second_of_azar_end_as_the_domain_says(calendar_id: str, day: str) -> None:
    calendar = next(c for c in CALENDARS if c.id == calendar_id)
    filed = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    promised = promise(calendar_of(calendar), filed, Duration(15, WorkUnit.WORKING_DAYS)).at
    assert jalali_text(promised).startswith(day)


def test_ids_tell_units_from_organizations() -> None:
    for unit in (e for e in sample_entries() if isinstance(e, Unit)):
        assert unit.id.startswith(f"{unit.org_id}-")
    kinds = Counter(e.id for e in sample_entries() if not isinstance(e, WorkingCalendar))
    assert [id for id, count in kinds.items() if count > 1] == []


def test_phones_are_of_offices_and_desks_have_one() -> None:
    for entry in sample_entries():
        if isinstance(entry, Officer | Desk | Kiosk):
            assert re.fullmatch(r"044-\d{4}-\d{4}", entry.phone), entry.id
    phones = Counter(e.phone for e in sample_entries() if isinstance(e, Officer))
    assert phones.most_common(1)[0][1] == 1, "every officer has a number of their own"


def test_persian_text_is_persian() -> None:
    """Arabic yeh and kaf sort and search wrongly; ASCII digits stand in no Persian sentence; no stray spaces."""
    for entry in sample_entries():
        for text in _texts(entry.to_wire()):
            assert not re.search("[يىكةﻻ]", text), (entry.id, text)
            assert text == text.strip(), (entry.id, text)
            assert "  " not in text, (entry.id, text)
            if re.search("[\u0600-\u06ff]", text) and not isinstance(entry, Kiosk) and entry.KIND != "partner":
                assert not re.search("[0-9]", text), (entry.id, text)
            assert not re.search(r"(?<!\S)(می|نمی) [\u0600-\u06ff]| (ها|های|هایی)(?!\S)", text), (entry.id, text)


def test_names_are_short_enough_for_a_message() -> None:
    for each in SHEETS:
        assert len(each.name) <= 45, each.id
    for officer in (e for e in sample_entries() if isinstance(e, Officer)):
        assert len(officer.name) <= 30, officer.id


def test_a_published_entry_is_far_below_the_size_of_a_record() -> None:
    assert max(len(json.dumps(e.to_wire())) for e in sample_entries()) < 64 * 1024


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return []


def test_offerings_name_their_service_and_channel() -> None:
    ends = {Channel.WEB: "web", Channel.KIOSK_URBAN: "urban", Channel.KIOSK_RURAL: "rural", Channel.AGENCY_DESK: "desk"}
    for offering in (e for e in sample_entries() if isinstance(e, Offering)):
        assert offering.id == f"{offering.service_id}-{ends[offering.channel]}"
        assert (offering.url is None) == (offering.channel is not Channel.WEB)
