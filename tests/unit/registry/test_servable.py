"""A sheet that cannot be served is not published, and all reasons come at once (domain 10)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import PlannedStatus, Status
from services.contracts.registry import KioskClass, Officer
from services.contracts.servable import understaffed
from services.contracts.service_sheet import Channel, Extent, Offering
from services.contracts.snapshot import Snapshot
from services.registry.domain.draft import SheetDraft
from services.registry.domain.sheets import Stage
from services.registry.sheet_words import in_persian
from tests.support.sample import sample_entries, sample_snapshot
from tests.unit.registry.sheet_files import PERMIT, attested, file_of, permit, publication, wrote


def test_a_draft_may_have_gaps_and_is_not_attested_with_them() -> None:
    bare = SheetDraft(id="building-permit", org_id="wa-municipality-urmia", name="پروانه")
    file = file_of(wrote(bare))
    with pytest.raises(Refused) as refusal:
        attested(file)
    assert (refusal.value.code, refusal.value.status) == ("INCOMPLETE", 422)
    assert "unitId is missing" in refusal.value.facts["flaws"]
    assert "processingTime is missing" in refusal.value.facts["flaws"]


def test_an_incomplete_sheet_is_not_attested_and_says_all_that_is_wrong() -> None:
    file = file_of(wrote(permit(legal_resources=(), costs=(), description=" ")))
    with pytest.raises(Refused) as refusal:
        attested(file)
    assert refusal.value.facts["flaws"] == [
        "description is blank",
        "names no law",
        "names no cost, not even a free one",
    ]


def test_what_cannot_be_served_is_not_published_and_all_reasons_come_at_once() -> None:
    """No duration, no law, no officer, no channel, no unit, no attestation: one answer."""
    file = file_of(
        wrote(permit(legal_resources=(), unit_id="nowhere", responsible_officer_id="nobody", description=" "))
    )
    around = Snapshot().with_entries(
        e.model_copy(update={"version": 1}) for e in sample_entries() if not isinstance(e, Offering)
    )
    with pytest.raises(Refused) as refusal:
        publication(file, around)
    assert (refusal.value.code, refusal.value.status) == ("CANNOT_BE_SERVED", 422)
    assert refusal.value.facts["reasons"] == [
        "description is blank",
        "names no law",
        "no officer has attested it",
        "unitId names unit nowhere, which is not in force",
        "responsibleOfficerId names officer nobody, which is not in force",
        "is offered through no channel",
        "can be requested through no channel",
        "unit nowhere has fewer than 2 officers who may process it",
    ]
    bare = file_of(wrote(SheetDraft(id="x", org_id="wa-municipality-urmia", unit_id="nowhere")))
    with pytest.raises(Refused) as refusal:
        publication(bare, around)
    reasons = refusal.value.facts["reasons"]
    assert "processingTime is missing" in reasons
    assert "is offered through no channel" in reasons
    assert "unitId names unit nowhere, which is not in force" in reasons


def test_a_suspended_unit_and_a_retired_officer_cannot_stand_behind_a_sheet() -> None:
    province = sample_snapshot()
    unit, officer = province.unit(PERMIT.unit_id), province.officer(PERMIT.responsible_officer_id)
    assert unit
    assert officer
    ended = [
        entry.model_copy(update={"version": 2, "status": status})
        for entry, status in ((unit, Status.SUSPENDED), (officer, Status.RETIRED))
    ]
    with pytest.raises(Refused) as refusal:
        publication(attested(file_of(wrote(permit()))), province.with_entries(ended))
    assert refusal.value.facts["reasons"][:2] == [
        f"unitId names unit {unit.id}, which is not in force",
        f"responsibleOfficerId names officer {officer.id}, which is not in force",
    ]


def test_who_is_planned_to_leave_cannot_stand_behind_a_sheet_that_stays() -> None:
    province = sample_snapshot()
    unit = province.unit(PERMIT.unit_id)
    assert unit
    plan = PlannedStatus(status=Status.RETIRED, since=date(2027, 1, 1), reason="ادغام")
    leaving = unit.model_copy(update={"version": 2, "planned": (plan,)})
    with pytest.raises(Refused) as refusal:
        publication(attested(file_of(wrote(permit()))), province.with_entries([leaving]))
    assert refusal.value.facts["reasons"] == [f"unitId names unit {unit.id}, which is retired from 2027-01-01 on"]


UNIT, DESK_OFFERING = PERMIT.unit_id, "building-permit-desk"
YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 24)


def reasons_among(*changed: Any, **changes: Any) -> list[str]:
    """Why the permit is not published in a province with these entries; there is no other reason."""
    around = sample_snapshot().with_entries(each.model_copy(update={"version": 9}) for each in changed)
    with pytest.raises(Refused) as refusal:
        publication(attested(file_of(wrote(permit(**changes)))), around)
    return list(refusal.value.facts["reasons"])


@pytest.mark.parametrize("changes", [{"valid_to": YESTERDAY}, {"valid_from": TOMORROW}])
def test_a_channel_that_has_ended_or_not_begun_serves_nobody(changes: dict[str, Any]) -> None:
    offerings = sample_snapshot().offerings("building-permit")
    shut = [each.model_copy(update=changes) for each in offerings]
    assert reasons_among(*shut) == ["is offered through no channel", "can be requested through no channel"]


@pytest.mark.parametrize("changes", [{"valid_to": YESTERDAY}, {"valid_from": TOMORROW}, {"delegated_by": "nobody"}])
def test_an_officer_whose_authority_does_not_hold_today_is_not_able(changes: dict[str, Any]) -> None:
    officers = sample_snapshot().officers_of(UNIT)
    idle = [_authorised(each, **changes) for each in officers[1:]]
    assert reasons_among(*idle) == [f"unit {UNIT} has fewer than 2 officers who may process it"]


@pytest.mark.parametrize("day", [None, YESTERDAY])
def test_who_may_decide_a_request_and_not_process_it_is_not_able(day: date | None) -> None:
    officers = sample_snapshot().officers_of(UNIT)
    deciding = [_authorised(each, actions=("DECIDE",)) for each in officers[1:]]
    assert not [*understaffed(PERMIT, sample_snapshot(), day)]
    assert [*understaffed(PERMIT, sample_snapshot().with_entries(deciding), day)]


def _authorised(officer: Officer, **changes: Any) -> Officer:
    """With all authorities that they have, changed."""
    authorities = tuple(authority.model_copy(update=changes) for authority in officer.authorities)
    return officer.model_copy(update={"authorities": authorities, "version": 9})


def test_the_responsible_officer_is_of_the_agency() -> None:
    reasons = reasons_among(responsible_officer_id="wa-tax-clearances-01")
    assert reasons == ["responsibleOfficerId names officer wa-tax-clearances-01, who is of another agency"]


def test_the_unit_is_of_the_agency_or_of_one_below_it() -> None:
    """A stranger's people would have its work, and their agency a unit that it cannot retire."""
    able = [
        _authorised(officer, service_id=PERMIT.id) for officer in sample_snapshot().officers_of("wa-tax-clearances")
    ]
    assert reasons_among(*able, unit_id="wa-tax-clearances", responsible_officer_id="wa-tax-clearances-01") == [
        "unitId names unit wa-tax-clearances, which is of another agency"
    ]
    tax = sample_snapshot().organization("wa-tax")
    assert tax is not None
    below = tax.model_copy(update={"parent": "wa-municipality-urmia", "version": 9})
    around = sample_snapshot().with_entries(each.model_copy(update={"version": 9}) for each in (*able, below))
    done = publication(
        attested(file_of(wrote(permit(unit_id="wa-tax-clearances", responsible_officer_id="wa-tax-clearances-01")))),
        around,
    )
    assert file_of(done).published is not None


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.PLANNED, Status.RETIRED])
def test_the_unit_is_of_an_agency_in_force(status: Status) -> None:
    """Nobody could file for it: the desk is refused (OUT_OF_SERVICE)."""
    province = sample_snapshot()
    agency, unit = province.organization(PERMIT.org_id), province.unit(UNIT)
    assert agency is not None
    assert unit is not None
    office = {"id": "wa-sub", "org_id": "wa-sub", "parent": agency.id}
    below, moved = agency.model_copy(update=office), unit.model_copy(update={"org_id": "wa-sub"})
    in_force = province.with_entries(each.model_copy(update={"version": 9}) for each in (below, moved))
    assert file_of(publication(attested(file_of(wrote(permit()))), in_force)).published is not None
    reasons = reasons_among(below.model_copy(update={"status": status}), moved)
    assert reasons == [f"agency wa-sub of unit {UNIT} is not in force"]


def test_that_its_own_agency_is_not_in_force_is_told_once() -> None:
    agency = sample_snapshot().organization(PERMIT.org_id)
    assert agency is not None
    reasons = reasons_among(agency.model_copy(update={"status": Status.SUSPENDED}))
    assert reasons == [f"orgId names organization {agency.id}, which is not in force"]


DESK = sample_snapshot().desk("wa-municipality-urmia-desk")
OFFICES = [each for each in sample_snapshot().kiosks() if each.kiosk_class is KioskClass.URBAN]


def at_kiosks(*counties: str, **changes: Any) -> Offering:
    stages = dict.fromkeys(("information", "request", "production", "delivery"), Extent.FULL)
    return Offering.model_validate(
        {"id": "building-permit-urban", "org_id": PERMIT.org_id, "service_id": PERMIT.id, "valid_from": YESTERDAY}
        | {"channel": Channel.KIOSK_URBAN, "counties": counties}
        | stages
        | changes
    )


YES = {"urban": "YES", "rural": "NO", "reason": "دفتر می‌تواند"}


def test_an_agency_without_a_desk_in_force_publishes_no_sheet() -> None:
    assert DESK is not None
    shut = DESK.model_copy(update={"status": Status.SUSPENDED})
    assert reasons_among(shut) == ["no desk of wa-municipality-urmia is in force"]
    electronic = DESK.model_copy(update={"kind": "ELECTRONIC"})
    assert reasons_among(electronic) == ["no desk of wa-municipality-urmia is in force"]
    around = sample_snapshot().with_entries(
        [shut.model_copy(update={"version": 9}), DESK.model_copy(update={"id": "another", "version": 9})]
    )
    assert file_of(publication(attested(file_of(wrote(permit()))), around)).published is not None


def test_a_kiosks_channel_needs_an_office_in_force_in_its_counties() -> None:
    here = sample_snapshot().with_entries([at_kiosks("khoy", "urmia", version=9)])
    assert file_of(publication(attested(file_of(wrote(permit(kioskable=YES)))), here)).published is not None
    assert reasons_among(at_kiosks("tabriz"), kioskable=YES) == [
        "offering building-permit-urban is of URBAN kiosks, and none in tabriz is in force"
    ]
    over = [each.model_copy(update={"valid_to": YESTERDAY}) for each in OFFICES]
    assert reasons_among(at_kiosks(), *over, kioskable=YES) == [
        "offering building-permit-urban is of URBAN kiosks, and none in any county is in force"
    ]


def test_what_kiosks_cannot_do_is_not_offered_there() -> None:
    no = YES | {"urban": "NO"}
    reason = "offering building-permit-urban is of URBAN kiosks, and kioskable.urban says NO"
    assert reasons_among(at_kiosks(), kioskable=no) == [reason]
    undecided = permit(kioskable=YES | {"urban": "UNDECIDED"})
    around = sample_snapshot().with_entries([at_kiosks(version=9)])
    assert file_of(publication(attested(file_of(wrote(undecided))), around)).published is not None


def test_a_desk_offices_and_a_contradiction_are_told_at_once() -> None:
    assert DESK is not None
    shut = DESK.model_copy(update={"status": Status.SUSPENDED})
    reasons = reasons_among(shut, at_kiosks("tabriz"), kioskable=YES | {"urban": "NO"})
    assert len(reasons) == 3, reasons


def test_all_that_does_not_hold_today_is_told_at_once() -> None:
    shut = [e.model_copy(update={"valid_to": YESTERDAY}) for e in sample_snapshot().offerings("building-permit")]
    idle = [e.model_copy(update={"authorities": ()}) for e in sample_snapshot().officers_of(UNIT)]
    reasons = reasons_among(*shut, *idle, responsible_officer_id="wa-tax-clearances-01")
    assert len(reasons) == 4, reasons


def test_a_channel_that_takes_longer_than_the_law_allows_is_not_attested() -> None:
    times = permit().processing_time
    assert times is not None
    own = {"channel": "AGENCY_DESK", "average": times.average, "maximum": {"value": 31, "unit": "WORKING_DAYS"}}
    with pytest.raises(Refused) as refusal:
        attested(file_of(wrote(permit(processing_time=times.model_dump() | {"by_channel": [own]}))))
    (flaw,) = refusal.value.facts["flaws"]
    assert in_persian(flaw) == "processingTime.byChannel.0.maximum: از مدت قانونی بیشتر است"


@pytest.mark.parametrize(
    ("maximum", "legal", "longer"),
    [
        ("300 WORKING_DAYS", "1 CALENDAR_DAYS", True),
        ("6 WORKING_DAYS", "5 CALENDAR_DAYS", True),
        ("5 WORKING_DAYS", "7 CALENDAR_DAYS", False),
        ("25 WORKING_HOURS", "1 CALENDAR_DAYS", True),
        ("8 WORKING_HOURS", "1 CALENDAR_DAYS", False),
        ("30 WORKING_HOURS", "1 WORKING_DAYS", True),
        ("16 WORKING_HOURS", "3 WORKING_DAYS", False),
        ("5 WORKING_DAYS", "4 WORKING_HOURS", True),
        ("1 WORKING_DAYS", "8 WORKING_HOURS", False),
        ("8 CALENDAR_DAYS", "1 WORKING_DAYS", True),
        ("7 CALENDAR_DAYS", "5 WORKING_DAYS", False),
        ("29 CALENDAR_DAYS", "4 WORKING_HOURS", True),
        ("2 WORKING_DAYS", "1 WORKING_DAYS", True),
    ],
)
def test_a_duration_is_longer_than_the_laws_whatever_it_is_counted_in(maximum: str, legal: str, longer: bool) -> None:
    """Only what is longer by any calendar: five working days may well be within a week."""

    def said(duration: str) -> dict[str, Any]:
        value, unit = duration.split()
        return {"value": int(value), "unit": unit}

    times = {"average": said(maximum), "maximum": said(maximum), "legal": said(legal)}
    file = file_of(wrote(permit(processing_time=times)))
    if not longer:
        assert attested(file).stage is Stage.ATTESTED
        return
    with pytest.raises(Refused) as refusal:
        attested(file)
    assert refusal.value.facts["flaws"] == ["the maximum duration is longer than the legal one"]
