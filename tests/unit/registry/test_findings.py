"""What the registry sees wrong in its own entries of an agency (domain 1.2, 1.6, 10)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.deficiency import Kind, Mode
from services.contracts.entry import Entry, Status
from services.contracts.registry import Desk, Kiosk, KioskClass, Officer, Organization
from services.contracts.service_sheet import Channel, Extent, Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.registry.domain.findings import Finding, of_desk, of_organization, of_sheet
from tests.support.sample import sample_entries, sample_snapshot

TODAY = date(2026, 11, 23)
AGENCY = next(e for e in sample_entries() if isinstance(e, Organization) and e.id == "wa-tax")
DESK = next(e for e in sample_entries() if isinstance(e, Desk) and e.id == AGENCY.desk_id)
HEAD = next(e for e in sample_entries() if isinstance(e, Officer) and e.id == DESK.head_officer_id)
SHEET = next(e for e in sample_entries() if isinstance(e, Sheet) and e.id == "tax-clearance")
OFFERINGS = [e for e in sample_entries() if isinstance(e, Offering) and e.service_id == SHEET.id]


def with_entries(*entries: Entry) -> Snapshot:
    return sample_snapshot().with_entries(entry.model_copy(update={"version": 9}) for entry in entries)


def kinds(findings: Any) -> list[Kind]:
    return [finding.kind for finding in findings]


def test_of_the_sample_province_nothing_is_wrong() -> None:
    registry = sample_snapshot()
    found: list[Finding] = []
    for entry in sample_entries():
        if isinstance(entry, Organization):
            found += of_organization(entry, registry)
        elif isinstance(entry, Desk):
            found += of_desk(entry, registry, TODAY)
        elif isinstance(entry, Sheet):
            found += of_sheet(entry, registry.offerings(entry.id), registry, TODAY)
    assert found == []


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.RETIRED])
def test_an_agency_whose_desk_is_not_in_force_has_none(status: Status) -> None:
    (finding,) = of_organization(AGENCY, with_entries(DESK.model_copy(update={"status": status})))
    assert (finding.kind, finding.subject.id, finding.mode) == (Kind.DESK_MISSING, DESK.id, Mode.IN_PERSON)
    assert kinds(of_organization(AGENCY, Snapshot())) == [Kind.DESK_MISSING]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.RETIRED},
        {"authorities": ()},
        {"authorities": tuple(a.model_copy(update={"actions": ("REGISTER",)}) for a in HEAD.authorities)},
        {"authorities": tuple(a.model_copy(update={"valid_to": date(2026, 11, 22)}) for a in HEAD.authorities)},
        {"authorities": tuple(a.model_copy(update={"delegated_by": "nobody"}) for a in HEAD.authorities)},
        {"authorities": tuple(a.model_copy(update={"service_id": "building-permit"}) for a in HEAD.authorities)},
    ],
)
def test_a_desk_needs_a_head_in_service_who_may_decide(changes: dict[str, Any]) -> None:
    registry = with_entries(HEAD.model_copy(update=changes))
    assert kinds(of_desk(DESK, registry, TODAY)) == [Kind.HEAD_WITHOUT_AUTHORITY]
    assert kinds(of_desk(DESK.model_copy(update={"status": Status.SUSPENDED}), registry, TODAY)) == []


def test_authority_for_a_service_that_is_not_in_force_is_none() -> None:
    retired = [
        sheet.model_copy(update={"status": Status.RETIRED})
        for authority in HEAD.authorities
        if (sheet := sample_snapshot().sheet(authority.service_id)) is not None
    ]
    assert kinds(of_desk(DESK, with_entries(*retired), TODAY)) == [Kind.HEAD_WITHOUT_AUTHORITY]


def test_to_approve_is_to_decide() -> None:
    approving = tuple(a.model_copy(update={"actions": ("APPROVE",)}) for a in HEAD.authorities[:1])
    assert kinds(of_desk(DESK, with_entries(HEAD.model_copy(update={"authorities": approving})), TODAY)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.SUSPENDED},
        {"valid_to": date(2026, 11, 22)},
        {"valid_from": date(2026, 11, 24)},
        {"request": Extent.NONE},
    ],
)
def test_a_published_service_needs_an_open_way_to_be_requested(changes: dict[str, Any]) -> None:
    shut = [each.model_copy(update=changes) for each in OFFERINGS]
    assert kinds(of_sheet(SHEET, shut, sample_snapshot(), TODAY)) == [Kind.OFFERING_MISSING]
    assert kinds(of_sheet(SHEET, [*shut[1:], OFFERINGS[0]], sample_snapshot(), TODAY)) == []
    retired = SHEET.model_copy(update={"status": Status.RETIRED})
    assert kinds(of_sheet(retired, shut, sample_snapshot(), TODAY)) == []


AT_DESK = [each for each in OFFERINGS if each.channel is Channel.AGENCY_DESK]
AT_KIOSKS = [each for each in OFFERINGS if each.channel is Channel.KIOSK_URBAN]
OFFICES = [e for e in sample_entries() if isinstance(e, Kiosk) and e.kiosk_class is KioskClass.URBAN]


def test_a_service_of_the_desk_alone_is_to_be_had_nowhere_while_the_agency_has_no_desk_in_force() -> None:
    shut = with_entries(DESK.model_copy(update={"status": Status.SUSPENDED}))
    (finding,) = of_sheet(SHEET, AT_DESK, shut, TODAY)
    assert (finding.kind, finding.subject.id, finding.mode) == (Kind.OFFERING_MISSING, SHEET.id, Mode.IN_PERSON)
    assert kinds(of_sheet(SHEET, AT_DESK, sample_snapshot(), TODAY)) == []
    electronic = with_entries(DESK.model_copy(update={"kind": "ELECTRONIC"}))
    assert kinds(of_sheet(SHEET, AT_DESK, electronic, TODAY)) == [Kind.OFFERING_MISSING], "nobody stands there"
    another = DESK.model_copy(update={"id": "wa-tax-second-desk"})
    assert kinds(of_sheet(SHEET, AT_DESK, shut.with_entries([another]), TODAY)) == []
    assert kinds(of_sheet(SHEET, OFFERINGS, shut, TODAY)) == [], "it can be had electronically; the desk is told of"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.SUSPENDED},
        {"valid_to": date(2026, 11, 22)},
        {"sandbox": True},
        {"kiosk_class": KioskClass.RURAL},
        {"partner": "nobody"},
    ],
)
def test_a_channel_of_kiosks_without_an_office_in_force_is_told_of(changes: dict[str, Any]) -> None:
    gone = with_entries(*(office.model_copy(update=changes) for office in OFFICES))
    (finding,) = of_sheet(SHEET, [*AT_DESK, *AT_KIOSKS], gone, TODAY)
    assert (finding.kind, finding.subject.id) == (Kind.OFFERING_MISSING, AT_KIOSKS[0].id)
    (finding,) = of_sheet(SHEET, AT_KIOSKS, gone, TODAY)
    assert (finding.kind, finding.subject.id) == (Kind.OFFERING_MISSING, SHEET.id), "the service, which says it all"


def test_an_office_serves_the_counties_of_the_channel() -> None:
    in_khoy = [each.model_copy(update={"counties": ("khoy",)}) for each in AT_KIOSKS]
    gone = with_entries(
        *(e.model_copy(update={"status": Status.RETIRED}) for e in OFFICES if e.county == "khoy" and not e.sandbox)
    )
    assert kinds(of_sheet(SHEET, in_khoy, sample_snapshot(), TODAY)) == []
    assert kinds(of_sheet(SHEET, in_khoy, gone, TODAY)) == [Kind.OFFERING_MISSING]
    assert kinds(of_sheet(SHEET, AT_KIOSKS, gone, TODAY)) == []


def test_an_attestation_holds_to_the_end_of_its_day() -> None:
    last = SHEET.model_copy(update={"attestation_expires": TODAY})
    assert kinds(of_sheet(last, OFFERINGS, sample_snapshot(), TODAY)) == []
    over = SHEET.model_copy(update={"attestation_expires": date(2026, 11, 22)})
    (finding,) = of_sheet(over, OFFERINGS, sample_snapshot(), TODAY)
    assert (finding.kind, finding.mode) == (Kind.SHEET_EXPIRED, Mode.ELECTRONIC)
    at_desks = [each for each in OFFERINGS if each.channel == "AGENCY_DESK"]
    found = of_sheet(over, at_desks, sample_snapshot(), TODAY)
    assert [each.mode for each in found if each.kind is Kind.SHEET_EXPIRED] == [Mode.IN_PERSON]


UNIT = sample_snapshot().unit(SHEET.unit_id)
OFFICERS = sample_snapshot().officers_of(SHEET.unit_id)
assert UNIT is not None


def gone(*entries: Entry | None, status: Status = Status.SUSPENDED) -> Snapshot:
    return with_entries(*(entry.model_copy(update={"status": status}) for entry in entries if entry is not None))


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.RETIRED, Status.PLANNED])
def test_a_published_service_whose_unit_is_not_in_force_cannot_be_served(status: Status) -> None:
    (finding,) = of_sheet(SHEET, OFFERINGS, gone(UNIT, status=status), TODAY)
    assert (finding.kind, finding.subject.type, finding.subject.id) == (Kind.CANNOT_BE_SERVED, "SERVICE", SHEET.id)
    assert finding.mode is Mode.ELECTRONIC
    (finding,) = of_sheet(SHEET, AT_DESK, gone(UNIT, status=status), TODAY)
    assert finding.mode is Mode.IN_PERSON
    suspended = SHEET.model_copy(update={"status": Status.SUSPENDED})
    assert kinds(of_sheet(suspended, OFFERINGS, gone(UNIT, status=status), TODAY)) == [], "nobody files for it"


def test_nor_can_one_whose_unit_has_too_few_officers_or_whose_responsible_officer_is_not_in_service() -> None:
    responsible = next(each for each in OFFICERS if each.id == SHEET.responsible_officer_id)
    others = [each for each in OFFICERS if each is not responsible]
    assert len(others) == 2
    assert kinds(of_sheet(SHEET, OFFERINGS, gone(others[0]), TODAY)) == [], "two are there"
    assert kinds(of_sheet(SHEET, OFFERINGS, gone(*others), TODAY)) == [Kind.CANNOT_BE_SERVED]
    assert kinds(of_sheet(SHEET, OFFERINGS, gone(responsible), TODAY)) == [Kind.CANNOT_BE_SERVED]
    assert kinds(of_sheet(SHEET, OFFERINGS, gone(*OFFICERS, UNIT), TODAY)) == [Kind.CANNOT_BE_SERVED], "once"


def test_nor_can_one_whose_unit_is_of_an_agency_that_is_not_in_force() -> None:
    assert UNIT is not None
    below = AGENCY.model_copy(update={"id": "wa-tax-khoy", "parent": AGENCY.id})
    there = with_entries(UNIT.model_copy(update={"org_id": below.id}))
    assert kinds(of_sheet(SHEET, OFFERINGS, there.with_entries([below]), TODAY)) == []
    shut = below.model_copy(update={"status": Status.SUSPENDED})
    assert kinds(of_sheet(SHEET, OFFERINGS, there.with_entries([shut]), TODAY)) == [Kind.CANNOT_BE_SERVED]


def test_officers_whose_authority_has_ended_are_not_there_for_it() -> None:
    ended = [
        each.model_copy(
            update={
                "authorities": tuple(a.model_copy(update={"valid_to": date(2026, 11, 22)}) for a in each.authorities)
            }
        )
        for each in OFFICERS[1:]
    ]
    assert kinds(of_sheet(SHEET, OFFERINGS, with_entries(*ended), TODAY)) == [Kind.CANNOT_BE_SERVED]


def test_a_head_decides_who_may_decide_what_the_desk_serves_also_by_a_sheet_of_the_agency_above() -> None:
    """The governorate publishes it, a unit of the agency below does the work, and its desk has the cases."""
    from_above = [
        sheet.model_copy(update={"org_id": "wa-governorate"})
        for sheet in sample_entries()
        if isinstance(sheet, Sheet) and sheet.org_id == AGENCY.id
    ]
    assert kinds(of_desk(DESK, with_entries(*from_above), TODAY)) == []


def test_authority_for_a_service_whose_work_neither_it_nor_a_unit_of_it_does_is_none() -> None:
    """Published above, and done there."""
    elsewhere = [
        sheet.model_copy(update={"org_id": "wa-governorate", "unit_id": "wa-water-subscribers"})
        for sheet in sample_entries()
        if isinstance(sheet, Sheet) and sheet.org_id == AGENCY.id
    ]
    assert kinds(of_desk(DESK, with_entries(*elsewhere), TODAY)) == [Kind.HEAD_WITHOUT_AUTHORITY]
