"""The sample province is what the contract promises; nothing in it is half filled (contract: The sample province)."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from services.contracts.entry import Status
from services.contracts.registry import Desk, Kiosk, KioskClass, Officer, Organization, Unit
from services.contracts.service_sheet import Channel, Offering
from services.contracts.working_calendar import DayKind, WorkingCalendar
from services.worktime import Duration, jalali_text, promise
from services.worktime import Unit as WorkUnit
from services.worktime.published import calendar_of
from tests.support.sample import published, sample_entries
from tests.unit.registry.sampled import COUNTIES, PROVINCE, SHEETS, TODAY, licensed

KIOSKS = [e for e in sample_entries() if isinstance(e, Kiosk)]
CALENDARS = [e for e in map(published, sample_entries()) if isinstance(e, WorkingCalendar)]


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
