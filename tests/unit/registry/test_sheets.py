"""A sheet is drafted, attested by a named officer, published, and superseded; it says why it cannot be (domain 10)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import PlannedStatus, Status
from services.contracts.registry import Officer
from services.contracts.service_sheet import Maturity, Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.registry.domain.draft import SheetDraft
from services.registry.domain.life import ChangeLife
from services.registry.domain.maturity import VerifyMaturity, VerifyWish, computed, verify
from services.registry.domain.recording import Around, StatusWish
from services.registry.domain.sheets import (
    GIVEN,
    Attest,
    AttestWish,
    Publish,
    PublishWish,
    SheetFile,
    Stage,
    WriteDraft,
    attest,
    change_status,
    drafted,
    publish,
    write_draft,
)
from tests.support.sample import sample_entries, sample_snapshot

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
WORLD: World[None] = World(now=NOW, registry=Snapshot(), rules=None)
OFFICER = "wa-municipality-urmia-desk-01"
PERMIT = next(e for e in sample_entries() if isinstance(e, Sheet) and e.id == "building-permit")
YEAR = date(2027, 11, 23)


def permit(**changes: Any) -> SheetDraft:
    return SheetDraft.model_validate(drafted(PERMIT).model_dump() | changes)


def wrote(content: SheetDraft, file: SheetFile | None = None, *, sure: bool = True) -> Decision[SheetFile]:
    around = Around(entries=sample_snapshot())
    return write_draft(file, WriteDraft(content=content, by=OFFICER, sure=sure, around=around), WORLD)


def attested(file: SheetFile, *, expires: date = YEAR, now: datetime = NOW, officer: str = OFFICER) -> SheetFile:
    command, around = Attest(officer_id=officer, expires=expires), Around(entries=sample_snapshot())
    wish = AttestWish(command=command, around=around, sure=True)
    return file_of(attest(file, wish, World(now=now, registry=Snapshot(), rules=None)))


def publication(file: SheetFile, around: Snapshot | None = None, now: datetime = NOW) -> Decision[SheetFile]:
    around = around or sample_snapshot()
    wish = PublishWish(command=Publish(officer_id=OFFICER), around=Around(entries=around))
    return publish(file, wish, World(now=now, registry=Snapshot(), rules=None))


def file_of(decision: Decision[SheetFile]) -> SheetFile:
    assert decision.state is not None
    return decision.state


def a_published(**changes: Any) -> SheetFile:
    return file_of(publication(attested(file_of(wrote(permit(**changes))))))


def test_a_draft_is_nobodys_sheet_before_it_is_published() -> None:
    decided = wrote(permit())
    assert decided.events == ()
    assert decided.answer == {"id": "building-permit", "version": 1, "stage": Stage.DRAFT, "recorded": True}
    attested_file = attested(file_of(decided))
    assert attested_file.stage is Stage.ATTESTED
    assert attested_file.published is None


def test_published_it_is_told_whole_with_who_attested_it_until_when() -> None:
    decided = publication(attested(file_of(wrote(permit()))))
    (event,) = decided.events
    assert isinstance(event, Sheet)
    assert event.key() == "wa-municipality-urmia:building-permit@1"
    assert (event.attested_by, event.attested_at, event.attestation_expires) == (OFFICER, NOW, YEAR)
    assert drafted(event) == permit()
    assert file_of(decided).draft is None
    assert decided.answer == {"id": "building-permit", "version": 1, "stage": Stage.PUBLISHED, "recorded": True}


def test_a_change_is_the_next_version_and_the_one_before_stays_in_force_until_then() -> None:
    first = a_published()
    redrafted = file_of(wrote(permit(information="مدارک را آماده کنید."), first))
    assert redrafted.published == first.published
    second = publication(attested(redrafted))
    assert file_of(second).published is not None
    assert second.events[0].key() == "wa-municipality-urmia:building-permit@2"
    assert [(send.entity, send.id) for send in second.sends] == [("service-edition", "building-permit@2")]


def test_whoever_changes_what_was_attested_has_it_attested_anew() -> None:
    file = attested(file_of(wrote(permit())))
    changed = file_of(wrote(permit(information="دیگر"), file))
    assert changed.stage is Stage.DRAFT
    with pytest.raises(Refused) as refusal:
        publication(changed)
    assert refusal.value.facts["reasons"] == ["no officer has attested it"]


def test_writing_the_same_draft_again_changes_nothing_and_keeps_its_attestation() -> None:
    file = attested(file_of(wrote(permit())))
    again = wrote(permit(), file, sure=False)
    assert again.state is file
    assert (again.answer or {})["recorded"] is False


def test_a_draft_that_says_what_is_published_is_no_draft() -> None:
    first = a_published()
    pending = file_of(wrote(permit(information="دیگر"), first))
    back = wrote(permit(), pending)
    assert file_of(back).draft is None
    assert back.answer == {"id": "building-permit", "version": 1, "stage": Stage.PUBLISHED, "recorded": False}


def test_somebody_elses_draft_is_not_overwritten_unseen() -> None:
    file = file_of(wrote(permit()))
    with pytest.raises(Refused) as refusal:
        wrote(permit(information="دیگر"), file, sure=False)
    assert refusal.value.code == "IF_MATCH_REQUIRED"


def test_somebody_elses_draft_is_not_thrown_away_unseen_by_sending_what_is_published() -> None:
    pending = file_of(wrote(permit(information="دیگر"), a_published()))
    with pytest.raises(Refused) as refusal:
        wrote(permit(), pending, sure=False)
    assert refusal.value.code == "IF_MATCH_REQUIRED"
    published = a_published()
    assert wrote(permit(), published, sure=False).state is published, "without a draft it changes nothing"


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
    idle = [
        each.model_copy(update={"authorities": tuple(a.model_copy(update=changes) for a in each.authorities)})
        for each in officers
    ]
    assert reasons_among(*idle[1:]) == [f"unit {UNIT} has fewer than 2 officers who may process it"]


def test_the_responsible_officer_is_of_the_agency() -> None:
    reasons = reasons_among(responsible_officer_id="wa-tax-clearances-01")
    assert reasons == ["responsibleOfficerId names officer wa-tax-clearances-01, who is of another agency"]


def test_all_that_does_not_hold_today_is_told_at_once() -> None:
    shut = [e.model_copy(update={"valid_to": YESTERDAY}) for e in sample_snapshot().offerings("building-permit")]
    idle = [e.model_copy(update={"authorities": ()}) for e in sample_snapshot().officers_of(UNIT)]
    reasons = reasons_among(*shut, *idle, responsible_officer_id="wa-tax-clearances-01")
    assert len(reasons) == 4, reasons


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


def test_an_attestation_that_has_ended_publishes_nothing() -> None:
    file = attested(file_of(wrote(permit())), expires=date(2026, 11, 30))
    with pytest.raises(Refused) as refusal:
        publication(file, now=NOW + timedelta(days=9))
    assert refusal.value.facts["reasons"] == ["its attestation ended on 2026-11-30"]


@pytest.mark.parametrize("expires", [date(2026, 11, 23), date(2031, 1, 1)])
def test_an_attestation_ends_after_today_and_within_three_years(expires: date) -> None:
    with pytest.raises(Refused) as refusal:
        attested(file_of(wrote(permit())), expires=expires)
    assert refusal.value.code == "BAD_EXPIRY"


@pytest.mark.parametrize(("officer", "code"), [("nobody", "UNKNOWN_OFFICER"), ("wa-tax-desk-01", "NOT_AUTHORISED")])
def test_an_officer_of_the_agency_attests(officer: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        attested(file_of(wrote(permit())), officer=officer)
    assert refusal.value.code == code


def test_what_is_published_is_attested_again_before_its_attestation_ends() -> None:
    renewed = publication(attested(a_published(), expires=date(2028, 1, 1)))
    sheet = file_of(renewed).published
    assert sheet is not None
    assert (sheet.version, sheet.attestation_expires) == (2, date(2028, 1, 1))
    assert drafted(sheet) == permit()


def test_what_was_never_drafted_anew_is_not_published_again() -> None:
    with pytest.raises(Refused) as refusal:
        publication(a_published())
    assert refusal.value.code == "NO_DRAFT"


def test_a_service_is_retired_with_its_offerings_first() -> None:
    body = ChangeLife(reason="ادغام", officer_id=OFFICER)
    wish = StatusWish(
        status=Status.RETIRED, command=body, around=Around(("offering building-permit-desk",), sample_snapshot())
    )
    with pytest.raises(Refused) as refusal:
        change_status(a_published(), wish, WORLD)
    assert refusal.value.code == "IN_USE"
    alone = StatusWish(status=Status.RETIRED, command=body, around=Around(entries=sample_snapshot()))
    retired = file_of(change_status(a_published(), alone, WORLD)).published
    assert retired is not None
    assert (retired.status, retired.version) == (Status.RETIRED, 2)


def test_a_draft_has_every_field_that_an_agency_writes() -> None:
    assert set(SheetDraft.model_fields) == set(Sheet.model_fields) - GIVEN


# -- maturity ---------------------------------------------------------------------------------------------------------


def offering(**stages: str) -> Offering:
    sample = next(e for e in sample_entries() if isinstance(e, Offering) and e.id == "tax-clearance-web")
    none = dict.fromkeys(("information", "request", "production", "delivery"), "NONE")
    return Offering.model_validate(sample.to_wire() | none | stages)


@pytest.mark.parametrize(
    ("stages", "maturity"),
    [
        ({}, Maturity.NONE),
        ({"information": "PARTIAL"}, Maturity.INFORMATION),
        ({"information": "FULL", "request": "PARTIAL"}, Maturity.INTERACTIVE),
        ({"information": "FULL", "request": "FULL"}, Maturity.INTERACTIVE),
        ({"information": "FULL", "request": "FULL", "delivery": "FULL"}, Maturity.TRANSACTIONAL),
        (dict.fromkeys(("information", "request", "production", "delivery"), "FULL"), Maturity.INTEGRATED),
        ({"channel": "AGENCY_DESK", "request": "FULL", "delivery": "FULL"}, Maturity.NONE),
        ({"status": "SUSPENDED", "information": "FULL"}, Maturity.NONE),
        ({"validTo": "2026-11-22", "information": "FULL"}, Maturity.NONE),
        ({"validFrom": "2026-11-24", "information": "FULL"}, Maturity.NONE),
    ],
)
def test_maturity_follows_from_what_is_offered_electronically(stages: dict[str, str], maturity: Maturity) -> None:
    nothing_to_bring = PERMIT.model_copy(update={"requirements": ()})
    assert computed(nothing_to_bring, [offering(**stages)], NOW.date()) is maturity


def test_a_service_that_asks_for_papers_is_not_integrated() -> None:
    full = offering(**dict.fromkeys(("information", "request", "production", "delivery"), "FULL"))
    assert computed(PERMIT, [full], NOW.date()) is Maturity.TRANSACTIONAL


def test_an_agency_declares_and_the_one_above_verifies() -> None:
    governor = next(e.id for e in sample_entries() if isinstance(e, Officer) and e.org_id == "wa-governorate")

    def verified(by: str) -> Decision[SheetFile]:
        command = VerifyMaturity(officer_id=by, maturity=Maturity.INFORMATION)
        return verify(a_published(), VerifyWish(command=command, around=Around(entries=sample_snapshot())), WORLD)

    sheet = file_of(verified(governor)).published
    assert sheet is not None
    assert (sheet.maturity_verified, sheet.maturity_verified_by) == (Maturity.INFORMATION, governor)
    assert sheet.maturity_declared is PERMIT.maturity_declared
    with pytest.raises(Refused) as refusal:
        verified(OFFICER)
    assert refusal.value.code == "NOT_AUTHORISED"


def test_what_was_verified_is_of_the_sheet_that_was_seen_and_of_no_other() -> None:
    file = a_published()
    assert file.published is not None
    verified = {"maturity_verified": Maturity.INFORMATION, "maturity_verified_by": "o", "maturity_verified_at": NOW}
    file = file.model_copy(update={"published": file.published.model_copy(update=verified | {"version": 1})})
    again = file_of(publication(attested(file))).published
    assert again is not None
    assert (again.version, again.maturity_verified) == (2, Maturity.INFORMATION), "attested anew, as it was"
    other = file_of(publication(attested(file_of(wrote(permit(information="دیگر"), file))))).published
    assert other is not None
    assert (other.maturity_verified, other.maturity_verified_by) == (Maturity.NONE, None)
