"""A sheet is drafted, attested by a named officer, published, and superseded (domain 10)."""

from datetime import date, timedelta

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import Status
from services.contracts.service_sheet import Sheet
from services.registry.domain.draft import Draft, SheetDraft
from services.registry.domain.life import ChangeLife
from services.registry.domain.recording import Around, StatusWish
from services.registry.domain.sheets import GIVEN, SheetFile, Stage, change_status, drafted
from tests.support.sample import sample_snapshot
from tests.unit.registry.sheet_files import (
    NOW,
    OFFICER,
    PERMIT,
    WORLD,
    YEAR,
    a_published,
    attested,
    file_of,
    permit,
    publication,
    wrote,
)


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


NUMBERS = ["0013542419", "case-0013542419", "09121234567", "989121234567"]
"""Somebody's national id, and mobiles."""


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("published", [False, True])
def test_no_type_of_a_paper_or_of_an_output_is_somebodys_number(number: str, published: bool) -> None:
    """Types stand in events (I12), and a desk that takes such a paper may not tell it."""
    first = PERMIT.requirements[0]
    asked = [first.model_dump(), first.model_copy(update={"evidence_type": number}).model_dump()]
    wish = permit(requirements=asked, output=PERMIT.output.model_copy(update={"type": number}).model_dump())
    file = a_published() if published else None
    with pytest.raises(Refused) as refusal:
        wrote(wish, file)
    assert (refusal.value.code, refusal.value.status) == ("INCOMPLETE", 422)
    assert refusal.value.facts["flaws"] == (
        "requirements.1.evidenceType: bears somebody's national id or mobile, and stands in events",
        "output.type: bears somebody's national id or mobile, and stands in events",
    )
    assert number not in str(refusal.value), "nor is it told again"
    assert wrote(permit(requirements=[first.model_copy(update={"evidence_type": "form-1405"}).model_dump()])).state


def test_what_was_drafted_so_before_is_neither_attested_nor_published_and_is_put_right_by_another_draft() -> None:
    first = PERMIT.requirements[0].model_copy(update={"evidence_type": NUMBERS[0]})
    content = permit(requirements=[first.model_dump()])
    known = SheetFile(
        id=content.id, org_id=content.org_id, draft=Draft(content=content, drafted_at=NOW, drafted_by=None)
    )
    with pytest.raises(Refused) as refusal:
        attested(known)
    assert refusal.value.facts["flaws"] == [
        "requirements.0.evidenceType: bears somebody's national id or mobile, and stands in events"
    ]
    assert attested(file_of(wrote(permit(), known))).stage is Stage.ATTESTED


def test_an_attestation_that_has_ended_publishes_nothing() -> None:
    file = attested(file_of(wrote(permit())), expires=date(2026, 11, 30))
    with pytest.raises(Refused) as refusal:
        publication(file, now=NOW + timedelta(days=9))
    assert refusal.value.facts["reasons"] == ["its attestation ended on 2026-11-30"]
    assert publication(file, now=NOW + timedelta(days=7)).events, "its last day is one of its own"


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
