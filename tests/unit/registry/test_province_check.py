"""A province is refused with every reason at once: nothing dangles, every sheet can be served (domain 10)."""

from datetime import date
from pathlib import Path

import pytest

from services.contracts.entry import Entry, PlannedStatus, Status
from services.contracts.province_check import Problem, problems_of
from services.contracts.registry import Authority, Desk, Kiosk, Officer, Organization, Shift, Unit
from services.contracts.service_sheet import DurationUnit, Extent, Offering, Requirement, Sheet, WorkingTime
from services.ops.province_files import BadProvince, load_province
from tests.support.sample import DIRECTORY, sample_entries
from tests.support.signing import signing_key

TODAY = date(2026, 11, 23)


def with_changed(kind: type[Entry], id: str, **update: object) -> list[Entry]:
    found = [e for e in sample_entries() if isinstance(e, kind) and e.id == id]
    assert found, f"{kind.KIND} {id} is in the sample"
    return [e.model_copy(update=update) if e in found else e for e in sample_entries()]


def without(kind: type[Entry], *ids: str) -> list[Entry]:
    return [e for e in sample_entries() if not (isinstance(e, kind) and e.id in ids)]


def whats(entries: list[Entry]) -> list[str]:
    return [str(problem) for problem in problems_of(entries)]


def test_the_sample_province_has_no_problem() -> None:
    assert problems_of(sample_entries()) == []


def test_a_licence_of_two_offices_is_named_at_both() -> None:
    (office,) = [e for e in sample_entries() if isinstance(e, Kiosk) and e.id == "wa-urmia-017"]
    same = with_changed(Kiosk, "wa-khoy-003", licence_no=office.licence_no)
    what = f"licenceNo: {office.licence_no} is another office's too"
    assert sorted(whats(same)) == [f"kiosk wa-khoy-003: {what}", f"kiosk wa-urmia-017: {what}"]
    retired = with_changed(Kiosk, "wa-khoy-003", licence_no=office.licence_no, status=Status.RETIRED)
    assert whats(retired) == []
    plans = (PlannedStatus(status=Status.ACTIVE, since=date(2027, 1, 10)),)
    back = with_changed(Kiosk, "wa-khoy-003", licence_no=office.licence_no, status=Status.RETIRED, planned=plans)
    assert sorted(whats(back)) == sorted(whats(same)), "the registry would refuse it too (LICENCE_TAKEN)"


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.RETIRED])
def test_a_public_key_of_two_offices_is_named_at_both(status: Status) -> None:
    """Also of one that has ended: the registry refuses a key that has, or had, another name (KEY_KNOWN)."""
    keys = {
        "wa-urmia-017": signing_key("k1").model_copy(update={"kid": "u.1"}),
        "wa-khoy-003": signing_key("k1").model_copy(update={"kid": "k.1"}),
    }
    same = [
        entry.model_copy(update={"keys": (keys[entry.id],), "status": status}) if entry.id in keys else entry
        for entry in sample_entries()
    ]
    assert sorted(whats(same)) == [
        "kiosk wa-khoy-003: keys: k.1 has the public key of u.1 of wa-urmia-017",
        "kiosk wa-urmia-017: keys: u.1 has the public key of k.1 of wa-khoy-003",
    ]


def test_a_public_key_with_two_names_at_one_office_is_named() -> None:
    first, second = (signing_key("k1").model_copy(update={"kid": kid}) for kid in ("u.1", "u.2"))
    assert whats(with_changed(Kiosk, "wa-urmia-017", keys=(first, second))) == [
        "kiosk wa-urmia-017: keys: u.1 has the public key of u.2 of wa-urmia-017",
        "kiosk wa-urmia-017: keys: u.2 has the public key of u.1 of wa-urmia-017",
    ]
    another = signing_key("k2").model_copy(update={"kid": "u.2"})
    assert whats(with_changed(Kiosk, "wa-urmia-017", keys=(first, another))) == []


def test_an_id_that_stands_twice_in_a_kind_is_named() -> None:
    twice = [*sample_entries(), next(e for e in sample_entries() if e.id == "wa-urmia-017")]
    assert whats(twice) == ["kiosk wa-urmia-017: stands 2 times"]


@pytest.mark.parametrize(
    ("kind", "id", "field", "named"),
    [
        ("organization", "wa-tax", "parent", "organization"),
        ("organization", "wa-tax", "desk_id", "desk"),
        ("unit", "wa-tax-clearances", "calendar_id", "calendar"),
        ("desk", "wa-tax-desk", "calendar_id", "calendar"),
        ("desk", "wa-tax-desk", "head_officer_id", "officer"),
        ("officer", "wa-tax-clearances-01", "unit_id", "unit"),
        ("officer", "wa-tax-desk-01", "desk_id", "desk"),
        ("kiosk", "wa-urmia-017", "partner", "partner"),
        ("kiosk", "wa-urmia-017", "calendar_id", "calendar"),
        ("offering", "tax-clearance-web", "service_id", "service"),
        ("service", "tax-clearance", "unit_id", "unit"),
        ("service", "tax-clearance", "responsible_officer_id", "officer"),
        ("service", "tax-clearance", "attested_by", "officer"),
        ("calendar", "wa-offices", "org_id", "organization"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(kind: str, id: str, field: str, named: str) -> None:
    entries = [e.model_copy(update={field: "nobody"}) if kind == e.KIND and e.id == id else e for e in sample_entries()]
    assert entries != sample_entries()
    assert any(
        what.startswith(f"{kind} {id}: ") and what.endswith(f"names {named} nobody, which is not recorded")
        for what in whats(entries)
    )


def test_authorities_and_holders_of_evidence_are_references_too() -> None:
    held = Requirement(evidence_type="x", name="مدرک", original_needed=False, held_by="wa-nobody")
    assert whats(with_changed(Sheet, "tax-clearance", requirements=(held,))) == [
        "service tax-clearance: requirements.heldBy names organization wa-nobody, which is not recorded"
    ]
    gone = whats(without(Sheet, "meter-test"))
    assert (
        "officer wa-electricity-subscribers-01: authorities.serviceId names service meter-test, which is not recorded"
        in gone
    )


def test_who_delegates_serves_and_substitutes_is_a_reference_too() -> None:
    delegated = Authority(service_id="tax-clearance", actions=("REGISTER",), valid_from=TODAY, delegated_by="nobody")
    told = whats(with_changed(Officer, "wa-tax-desk-02", authorities=(delegated,)))
    assert "officer wa-tax-desk-02: authorities.delegatedBy names officer nobody, which is not recorded" in told
    shift = Shift(officer_id="x", valid_from=TODAY, substitute_for="y")
    assert whats(with_changed(Desk, "wa-tax-desk", shifts=(shift,))) == [
        "desk wa-tax-desk: shifts.officerId names officer x, which is not recorded",
        "desk wa-tax-desk: shifts.substituteFor names officer y, which is not recorded",
    ]


def test_a_service_nobody_offers_is_named_and_so_is_one_nobody_can_request() -> None:
    offerings = [e for e in sample_entries() if isinstance(e, Offering) and e.service_id == "tax-clearance"]
    assert whats(without(Offering, *(offering.id for offering in offerings))) == [
        "service tax-clearance: is offered through no channel",
        "service tax-clearance: can be requested through no channel",
    ]
    assert whats(with_changed(Offering, "building-permit-desk", request=Extent.NONE)) == [
        "service building-permit: can be requested through no channel"
    ]


def test_an_information_only_service_need_not_be_requested() -> None:
    assert all("opening-hours" not in what for what in whats(sample_entries()))
    shown = [e for e in sample_entries() if isinstance(e, Offering) and e.service_id == "opening-hours"]
    assert all(offering.request is Extent.NONE for offering in shown)


def test_a_unit_needs_two_active_officers_who_may_process_each_of_its_services() -> None:
    alone = with_changed(Officer, "wa-tax-business-02", authorities=())
    expected = [
        "service tax-registration: unit wa-tax-business has fewer than 2 officers who may process it",
        "service tax-instalments: unit wa-tax-business has fewer than 2 officers who may process it",
    ]
    assert whats(alone) == expected
    assert whats(with_changed(Officer, "wa-tax-business-02", status=Status.SUSPENDED)) == expected


def test_presence_by_law_and_another_channel_for_that_stage_contradict_each_other() -> None:
    permit = next(e for e in sample_entries() if isinstance(e, Offering) and e.id == "tax-clearance-web")
    elsewhere = permit.model_copy(update={"id": "land-deed-original-web", "service_id": "land-deed-original"})
    assert whats([*sample_entries(), elsewhere]) == [
        "service land-deed-original: wants presence for the request, but offering "
        "land-deed-original-web is not the desk's"
    ]


def test_a_maximum_beyond_the_law_is_named() -> None:
    sheet = next(e for e in sample_entries() if isinstance(e, Sheet) and e.id == "building-permit")
    longer = WorkingTime(value=31, unit=DurationUnit.WORKING_DAYS)
    time = sheet.processing_time.model_copy(update={"maximum": longer})
    assert whats(with_changed(Sheet, "building-permit", processing_time=time)) == [
        "service building-permit: the maximum duration is longer than the legal one"
    ]


@pytest.mark.parametrize("phone", ["0912 123 4567", "+98-912-1234567", "00989121234567"])
def test_a_mobile_number_as_an_office_phone_is_named(phone: str) -> None:
    assert whats(with_changed(Officer, "wa-tax-desk-01", phone=phone)) == [
        "officer wa-tax-desk-01: the phone is somebody's mobile; give the office's"
    ]


def test_every_reason_comes_at_once() -> None:
    entries = [
        e.model_copy(update={"calendar_id": "nowhere"})
        if isinstance(e, Unit) and e.id == "wa-tax-business"
        else e.model_copy(update={"parent": "wa-nobody"})
        if isinstance(e, Organization) and e.id == "wa-water"
        else e
        for e in sample_entries()
    ]
    assert {problem.where for problem in problems_of(entries)} == {"unit wa-tax-business", "organization wa-water"}


def test_files_that_cannot_be_read_are_all_named_and_nothing_else_is_guessed(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("orgId: wa-tax\npartners:\n  - {id: p, name: N}\n  - 7\nofficer: []\n")
    (tmp_path / "b.yaml").write_text("kiosks: [}")
    (tmp_path / "c.yaml").write_text("partners: []\npartners: []\n")
    (tmp_path / "d.yaml").write_text("units:\n  - {id: u, nmae: x}\n")
    with pytest.raises(BadProvince) as bad:
        load_province(tmp_path)
    by_file = {name: [p.what for p in bad.value.problems if p.where.startswith(name)] for name in ("a", "b", "c", "d")}
    assert by_file["a"][:2] == ["contact: Field required", "partners: entry 2 is no mapping"]
    assert "officer is no list of entries" in by_file["a"][2]
    assert len(by_file["b"]) == 1
    assert "stands twice" in by_file["c"][0]
    assert {what.split(":")[0] for what in by_file["d"]} >= {"name", "nameEn", "orgId", "calendarId", "county"}


def test_hours_that_contradict_themselves_are_named(tmp_path: Path) -> None:
    for path in DIRECTORY.rglob("*.yaml"):
        copy = tmp_path / path.relative_to(DIRECTORY)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text().replace("['07:00', '14:30']", "['14:30', '07:00']"))
    with pytest.raises(BadProvince) as bad:
        load_province(tmp_path)
    assert {problem.where for problem in bad.value.problems} == {"calendar wa-utilities"}
    assert len(bad.value.problems) == 5, "Saturday to Wednesday"


def test_a_folder_without_files_is_a_problem() -> None:
    with pytest.raises(BadProvince):
        load_province(DIRECTORY / "nowhere")


def test_a_list_among_exceptions_is_spread_out_so_that_calendars_share_their_holidays() -> None:
    calendars = {e.id: e.to_wire() for e in sample_entries() if e.KIND == "calendar"}
    offices = {day["date"] for day in calendars["wa-offices"]["exceptions"]}
    kiosks = {day["date"] for day in calendars["wa-kiosk-urban"]["exceptions"]}
    assert kiosks < offices


def test_a_problem_reads_as_a_sentence() -> None:
    assert str(Problem("unit x", "has no calendar")) == "unit x: has no calendar"
