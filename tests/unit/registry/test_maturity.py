"""Maturity follows from what is offered electronically; declared and verified stay apart (domain 10)."""

import pytest

from services.contracts.decision import Decision, Refused
from services.contracts.registry import Officer
from services.contracts.service_sheet import Maturity, Offering
from services.registry.domain.maturity import VerifyMaturity, VerifyWish, computed, verify
from services.registry.domain.recording import Around
from services.registry.domain.sheets import SheetFile
from tests.support.sample import sample_entries, sample_snapshot
from tests.unit.registry.sheet_files import (
    NOW,
    OFFICER,
    PERMIT,
    WORLD,
    a_published,
    attested,
    file_of,
    permit,
    publication,
    wrote,
)


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

    around = Around(entries=sample_snapshot())

    def verified(by: str) -> Decision[SheetFile]:
        command = VerifyMaturity(officer_id=by, maturity=Maturity.INFORMATION)
        return verify(a_published(), VerifyWish(command=command, around=around, sure=True), WORLD)

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
