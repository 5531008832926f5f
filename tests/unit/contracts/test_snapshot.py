"""The registry as a value: never older than it was, every version of a sheet still there (domain 10, 12.14)."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.entry import Entry, Status
from services.contracts.registry import Kiosk, KioskClass, Officer, Partner
from services.contracts.service_sheet import Channel, Extent, Offering
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import CalendarScope, Week, WorkingCalendar


def partner(version: int, id: str = "pishkhan-a") -> Partner:
    return Partner(id=id, org_id="wa", version=version, name=f"نسخهٔ {version}", contact="044")


def kiosk(id: str, status: Status = Status.ACTIVE, version: int = 1) -> Kiosk:
    return Kiosk(
        id=id,
        org_id="wa",
        version=version,
        status=status,
        name="پیشخوان",
        licence_no="1",
        kiosk_class=KioskClass.URBAN,
        county="urmia",
        address="ارومیه",
        phone="044",
        partner="pishkhan-a",
        calendar_id="c",
        valid_to=date(2030, 1, 1),
    )


def offering(id: str, service: str, status: Status = Status.ACTIVE, version: int = 1) -> Offering:
    full = Extent.FULL
    return Offering(
        id=id,
        org_id="wa",
        version=version,
        status=status,
        service_id=service,
        channel=Channel.WEB,
        information=full,
        request=full,
        production=full,
        delivery=full,
        valid_from=date(2020, 1, 1),
    )


def officer(id: str, unit: str | None, status: Status = Status.ACTIVE, version: int = 1) -> Officer:
    return Officer(
        id=id,
        org_id="wa",
        version=version,
        status=status,
        name="رضا",
        post="کارشناس",
        phone="044",
        unit_id=unit,
        desk_id=None,
        grade=3,
        authorities=(),
    )


def calendar(version: int) -> WorkingCalendar:
    days = {"SATURDAY": (("07:30", "14:30"),), "SUNDAY": (("07:30", "12:00"), ("13:00", "16:00"))}
    week = Week(valid_from=date(2020, 1, 1), days=days)
    return WorkingCalendar(id="wa", org_id="wa", version=version, scope=CalendarScope(province="wa"), weeks=(week,))


@given(st.permutations([partner(version) for version in range(1, 6)]))
def test_12_14_whatever_order_versions_arrive_in_the_newest_wins(entries: list[Entry]) -> None:
    known = Snapshot()
    versions = []
    for entry in entries:
        known = known.with_entries([entry])
        found = known.partner("pishkhan-a")
        assert found is not None
        versions.append(found.version)
    assert versions == sorted(versions)
    assert versions[-1] == 5
    assert known.counts() == {"partner": 1}


def test_a_new_snapshot_leaves_the_old_one_as_it_was() -> None:
    before = Snapshot().with_entries([partner(1)])
    after = before.with_entries([partner(2), kiosk("k1")])
    assert before.partner("pishkhan-a") == partner(1)
    assert before.kiosks() == ()
    assert after.partner("pishkhan-a") == partner(2)
    assert after.kiosks() == (kiosk("k1"),)


def test_an_unknown_id_and_an_id_of_another_kind_are_nothing() -> None:
    known = Snapshot().with_entries([partner(1)])
    assert known.partner("pishkhan-b") is None
    assert known.partner(None) is None
    assert known.kiosk("pishkhan-a") is None


def test_only_active_kiosks_offerings_and_officers_are_counted_on() -> None:
    known = Snapshot().with_entries(
        [
            kiosk("k1"),
            kiosk("k2", Status.SUSPENDED),
            offering("o1", "tax-clearance"),
            offering("o2", "tax-clearance", Status.RETIRED),
            offering("o3", "building-permit"),
            officer("a", "unit-1"),
            officer("b", "unit-1", Status.SUSPENDED),
            officer("c", None),
        ]
    )
    assert [each.id for each in known.kiosks()] == ["k1"]
    assert [each.id for each in known.offerings("tax-clearance")] == ["o1"]
    assert [each.id for each in known.officers_of("unit-1")] == ["a"]
    assert known.offerings("nothing") == ()
    assert known.kiosk("k2") is not None  # still known by name: a licence that was suspended has an answer of its own


def test_an_entry_that_is_retired_is_no_longer_offered() -> None:
    known = Snapshot().with_entries([offering("o1", "tax-clearance")])
    retired = known.with_entries([offering("o1", "tax-clearance", Status.RETIRED, version=2)])
    assert retired.offerings("tax-clearance") == ()


def test_a_case_finds_the_version_it_recorded() -> None:
    first, second = calendar(1), calendar(2)
    known = Snapshot().with_entries([second, first])
    assert known.calendar("wa") == second
    assert known.calendar("wa", 1) == first
    assert known.calendar("wa", 3) is None
