"""Every morning all agencies are looked through, to the last page, and after a crash the rest (domain 12.24)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.deficiency import Kind, Subject, SubjectType
from services.contracts.entry import Entry, Status
from services.contracts.registry import KioskClass, Organization
from services.contracts.service_sheet import Sheet
from services.registry import duty_store, sweeping
from services.registry import store as look_up
from services.registry.domain.concern import concern_id
from services.registry.domain.sweep import day_of
from services.registry.handlers import CONCERN, DEFICIENCY, INSPECTION, SWEPT
from services.registry.packing import counted
from services.registry.sweeping import sweep
from services.runtime.driver import StoreAway
from tests.unit.registry.governorate import ABOVE, AGENCY, DESK, HEAD, MONDAY, QUIET, RULES, Office, at, province
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import MONTH
from tests.unit.registry.test_inspections import BAD, ID, asked

TODAY = date(2026, 11, 23)


def expired(id: str = "tax-clearance") -> Sheet:
    sheet = province().sheet(id)
    assert sheet
    return sheet.model_copy(update={"attestation_expires": date(2026, 11, 22), "version": 2})


async def swept(office: Office, day: date = TODAY) -> None:
    async with office.serving():
        await sweep(office.door, office.readable, office.clock.now(), day, RULES, QUIET)
    await office.settle()


def raised(office: Office) -> dict[tuple[str, Kind], Any]:
    found = [office.state(DEFICIENCY, id) for id in office.store.collections.get(DEFICIENCY.name, {})]
    return {(each.subject.id, each.kind): each for each in found}


async def test_a_province_in_order_raises_nothing() -> None:
    office = await Office.of_the_province()
    await swept(office)
    assert raised(office) == {}
    orgs = [e for e in province()._newest.values() if isinstance(e, Organization)]
    assert {office.state(SWEPT, org.id).day for org in orgs} == {TODAY}


async def test_what_is_wrong_is_raised_for_its_agency_once_a_day() -> None:
    head = province().officer(HEAD)
    assert head
    office = await Office.of_the_province(expired(), head.model_copy(update={"status": Status.RETIRED, "version": 2}))
    await swept(office)
    await swept(office)
    first = raised(office)
    assert set(first) == {("tax-clearance", Kind.SHEET_EXPIRED), (DESK, Kind.HEAD_WITHOUT_AUTHORITY)}
    assert {each.org_id for each in first.values()} == {AGENCY}
    assert {each.owner for each in first.values()} == {HEAD}, "whom the agency names as its head"
    assert {each.occurrences for each in first.values()} == {1}
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    assert {each.occurrences for each in raised(office).values()} == {2}


async def test_a_desk_or_the_last_office_that_goes_after_publication_is_raised() -> None:
    desk = province().desk("wa-municipality-urmia-desk")
    assert desk is not None
    shut: list[Entry] = [desk.model_copy(update={"status": Status.SUSPENDED, "version": 2})]
    offices = [each for each in province().kiosks() if each.kiosk_class is KioskClass.RURAL]
    shut += [each.model_copy(update={"status": Status.RETIRED, "version": 2}) for each in offices]
    office = await Office.of_the_province(*shut)
    await swept(office)
    found = raised(office)
    assert ("building-permit", Kind.OFFERING_MISSING) in found, "it is of the desk alone"
    assert (desk.id, Kind.DESK_MISSING) in found
    assert ("social-insurance-record-rural", Kind.OFFERING_MISSING) in found
    assert ("social-insurance-record", Kind.OFFERING_MISSING) not in found, "urban kiosks and the desk serve"
    back = [each.model_copy(update={"status": Status.ACTIVE, "version": 3}) for each in shut]
    await office.put(*back)
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    assert all(each.gone_at is not None for each in raised(office).values())


async def test_a_unit_or_officers_that_go_after_publication_are_raised_for_each_service_of_theirs_once() -> None:
    snapshot = province()
    unit, responsible = snapshot.unit("wa-tax-business"), snapshot.officer("wa-municipality-urmia-permits-01")
    few = snapshot.officers_of("wa-social-security-records")[1:]
    assert unit is not None
    assert responsible is not None
    gone = [each.model_copy(update={"status": Status.SUSPENDED, "version": 2}) for each in (unit, responsible, *few)]
    office = await Office.of_the_province(*gone)
    await swept(office)
    sheets = [sheet for sheet in snapshot.every() if isinstance(sheet, Sheet)]
    hit = {
        sheet.id: sheet.org_id
        for sheet in sheets
        if sheet.unit_id in (unit.id, "wa-social-security-records") or sheet.responsible_officer_id == responsible.id
    }
    found = {id: each.org_id for (id, kind), each in raised(office).items() if kind is Kind.CANNOT_BE_SERVED}
    assert found == hit
    assert len(set(hit.values())) == 3, "agencies"
    assert {each.found_by.role for each in raised(office).values()} == {"SYSTEM"}
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    assert {each.occurrences for each in raised(office).values()} == {2}, "an open one is not doubled"
    await office.put(*(each.model_copy(update={"status": Status.ACTIVE, "version": 3}) for each in gone))
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=2))
    assert all(each.gone_at is not None for each in raised(office).values())
    assert {each.state for each in raised(office).values()} == {"REPORTED"}, "the agency above looks first"


async def test_work_that_only_lent_authority_allows_is_seen_by_the_sweep_too() -> None:
    """Whoever lent it may be of no unit: they are looked up beside the unit's own."""
    snapshot = province()
    officers = snapshot.officers_of("wa-tax-clearances")
    (lender, *_), borrowers = officers, officers[1:]
    lends = [each.model_copy(update={"delegated_by": lender.id}) for each in lender.authorities]
    lent = [each.model_copy(update={"authorities": tuple(lends), "version": 2}) for each in borrowers]
    office = await Office.of_the_province(lender.model_copy(update={"unit_id": None, "version": 2}), *lent)
    await swept(office)
    assert Kind.CANNOT_BE_SERVED not in {kind for _, kind in raised(office)}


async def test_what_is_in_order_again_shows_since_when_and_stays_open() -> None:
    office = await Office.of_the_province(expired())
    await swept(office)
    renewed = expired().model_copy(update={"attestation_expires": date(2027, 1, 1), "version": 3})
    await office.put(renewed)
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    (known,) = raised(office).values()
    assert (known.state, known.gone_at) == ("REPORTED", MONDAY + timedelta(days=1))


def shut(entry: Entry | None, status: Status = Status.SUSPENDED) -> Entry:
    assert entry is not None
    return entry.model_copy(update={"status": status, "version": 3})


@pytest.mark.parametrize("suspended", [province().organization(AGENCY), expired()], ids=["agency", "service"])
async def test_a_fault_at_which_nobody_looks_is_not_gone_and_may_be_when_somebody_does(suspended: Entry) -> None:
    office = await Office.of_the_province(expired())
    await swept(office)
    await office.put(shut(suspended))
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    assert [each.gone_at for each in raised(office).values()] == [None]
    sheet = shut(province().sheet("tax-clearance"), Status.ACTIVE)
    await office.put(shut(province().organization(AGENCY), Status.ACTIVE), sheet)
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=2))
    assert [each.gone_at for each in raised(office).values()] == [MONDAY + timedelta(days=2)]


async def test_of_a_desk_that_is_suspended_nobody_knows_whether_its_head_may_decide_now() -> None:
    head = province().officer(HEAD)
    assert head
    office = await Office.of_the_province(head.model_copy(update={"status": Status.RETIRED, "version": 2}))
    await swept(office)
    await office.put(shut(province().desk(DESK)))
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    found = {kind: each.gone_at for (_, kind), each in raised(office).items()}
    assert found == {Kind.HEAD_WITHOUT_AUTHORITY: None, Kind.DESK_MISSING: None}


async def test_the_morning_and_the_pack_know_whose_unit_does_the_work_of_a_sheet_of_the_agency_above() -> None:
    above: list[Entry] = [
        sheet.model_copy(update={"org_id": ABOVE, "version": 2})
        for sheet in province()._newest.values()
        if isinstance(sheet, Sheet) and sheet.org_id == AGENCY
    ]
    assert above
    office = await Office.of_the_province(*above)
    await swept(office)
    assert (DESK, Kind.HEAD_WITHOUT_AUTHORITY) not in raised(office)
    figures = (await counted((await Ministry.of_the_province(*above)).readable, AGENCY, MONTH))["figures"]
    assert figures["desk.headWithAuthority"]["value"] is True
    assert figures["sheets.published"]["value"] == 0, "they are the agency's above"


async def test_a_desk_that_was_missing_is_gone_as_a_fault_when_its_agency_has_another() -> None:
    desk, agency = province().desk(DESK), province().organization(AGENCY)
    assert desk
    assert agency
    office = await Office.of_the_province(shut(desk))
    await swept(office)
    other = desk.model_copy(update={"id": "wa-tax-desk-new", "version": 1})
    await office.put(other, agency.model_copy(update={"desk_id": other.id, "version": 2}))
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    assert raised(office)[DESK, Kind.DESK_MISSING].gone_at == MONDAY + timedelta(days=1)


@pytest.mark.parametrize("suspended", ["channel", "service"])
async def test_a_channel_without_offices_is_not_in_order_because_it_is_suspended(suspended: str) -> None:
    insurance = "social-insurance-record"
    offices = [each for each in province().kiosks() if each.kiosk_class is KioskClass.RURAL]
    office = await Office.of_the_province(*(shut(each, Status.RETIRED) for each in offices))
    await swept(office)
    channel = next(each for each in province().offerings(insurance) if each.id == f"{insurance}-rural")
    await office.put(shut(channel if suspended == "channel" else province().sheet(insurance)))
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    assert raised(office)[channel.id, Kind.OFFERING_MISSING].gone_at is None


@pytest.mark.parametrize("retired", [False, True])
async def test_a_channel_without_offices_is_not_in_order_because_the_whole_service_is_to_be_had_nowhere(
    retired: bool,
) -> None:
    """Then the service says it all; only a channel that is not there any more is none without offices."""
    insurance = "social-insurance-record"
    offices = [each for each in province().kiosks() if each.kiosk_class is KioskClass.RURAL]
    office = await Office.of_the_province(*(shut(each, Status.RETIRED) for each in offices))
    await swept(office)
    rural, *others = sorted(province().offerings(insurance), key=lambda each: each.id != f"{insurance}-rural")
    await office.put(*map(shut, others), *([shut(rural, Status.RETIRED)] if retired else []))
    office.clock.advance(days=1)
    await swept(office, TODAY + timedelta(days=1))
    found = raised(office)
    assert found[insurance, Kind.OFFERING_MISSING].occurrences == 1
    gone_at = MONDAY + timedelta(days=1) if retired else None
    assert found[rural.id, Kind.OFFERING_MISSING].gone_at == gone_at


async def test_what_people_see_at_a_desk_is_not_gone_because_the_registry_does_not_see_it() -> None:
    office = await Office.of_the_province()
    await office.submit(INSPECTION, ID, asked(**BAD))
    await swept(office)
    assert {each.gone_at for each in raised(office).values()} == {None}


async def test_an_inspector_who_found_no_desk_is_not_overruled_by_the_entries_of_the_registry() -> None:
    """Before it is verified, only what the registry alone has seen is gone when it sees it no more."""
    office = await Office.of_the_province()
    await office.submit(INSPECTION, ID, asked(deskExists=False))
    for day in range(2):
        office.clock.advance(days=1)
        await swept(office, TODAY + timedelta(days=day + 1))
    (missing,) = (each for each in raised(office).values() if each.kind is Kind.DESK_MISSING)
    assert (missing.gone_at, missing.found_by.role) == (None, "INSPECTOR")


async def test_12_24_it_reads_to_the_last_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for lists in (look_up, duty_store):
        monkeypatch.setattr(lists, "PAGE", 2)
    services = [e.id for e in province()._newest.values() if isinstance(e, Sheet)]
    office = await Office.of_the_province(*(expired(id) for id in services))
    await swept(office)
    assert {id for id, _ in raised(office)} == set(services)


async def test_after_a_crash_the_rest_follows_and_nothing_counts_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 1)
    services = [e.id for e in province()._newest.values() if isinstance(e, Sheet)]
    office = await Office.of_the_province(*(expired(id) for id in services))
    left = 10
    submit = office.door.submit

    async def until_the_crash(*args: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise StoreAway("crash")
        return await submit(*args, **options)

    monkeypatch.setattr(office.door, "submit", until_the_crash)
    with pytest.raises(StoreAway):
        await swept(office)
    done = len(office.store.collections[SWEPT.name])
    assert 0 < done < 13
    told: list[str] = []

    async def noted(entity: Any, id: str, *args: Any, **options: Any) -> Any:
        told.append(entity.name)
        return await submit(entity, id, *args, **options)

    monkeypatch.setattr(office.door, "submit", noted)
    await swept(office)
    assert told.count(SWEPT.name) == 13 - done, "an agency that was done is not looked through again"
    assert {each.occurrences for each in raised(office).values()} == {1}
    assert {id for id, _ in raised(office)} == set(services)


async def test_agencies_take_turns_so_that_a_large_one_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    services = [e for e in province()._newest.values() if isinstance(e, Sheet)]
    office = await Office.of_the_province(*(expired(sheet.id) for sheet in services))
    first: list[str] = []
    submit = office.door.submit

    async def noted(entity: Any, id: str, body: Any, **options: Any) -> Any:
        if entity is CONCERN:
            first.append(body.sighting.org_id)
        return await submit(entity, id, body, **options)

    monkeypatch.setattr(office.door, "submit", noted)
    await swept(office)
    agencies = len({sheet.org_id for sheet in services})
    assert len(first) > 2 * agencies
    assert len(set(first[: 2 * agencies])) == agencies, "one of them has a desk more to look at first"


async def test_an_agency_that_cannot_be_looked_through_keeps_nobody() -> None:
    office = await Office.of_the_province(expired(), expired("building-permit"))
    id = concern_id(AGENCY, Kind.SHEET_EXPIRED, Subject(type=SubjectType.SERVICE, id="tax-clearance"))
    office.store.collections[CONCERN.name] = {id: {"_id": id, "version": 1, "state": {"of": "another version"}}}
    await swept(office)
    assert set(raised(office)) == {("building-permit", Kind.SHEET_EXPIRED)}
    assert office.state(SWEPT, AGENCY) is None, "the next sweep tries again"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (at("1405/09/02 05:59"), date(2026, 11, 22)),
        (at("1405/09/02 06:00"), TODAY),
        (at("1405/09/03 00:30"), TODAY),
        (datetime(2026, 11, 23, 20, 0, tzinfo=UTC), TODAY),
    ],
)
def test_the_day_of_a_sweep_begins_in_the_morning_in_tehran(moment: datetime, day: date) -> None:
    assert day_of(moment, 6) == day
