"""A receipt keeps its number; what changes on it makes a new edition, and older prints stay recognisable (domain 8)."""

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from services.contracts.commitment import CommitmentState, ExpectedVisit
from services.intake import domain
from services.intake.domain import redirecting
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role
from services.intake.domain.messages import KioskHonours
from services.intake.domain.receipts import (
    UNPRINTED,
    content,
    edition,
    fingerprint,
    issued_at,
    number,
    promises,
    recognised,
)
from services.intake.domain.request import Request, moved
from services.intake.domain.states import REGISTERED
from services.intake.receipt import receipt
from tests.unit.intake.cases import MORNING, PERMITS_DESK, province, state_of, submit, the_case, world
from tests.unit.intake.editions import LATER, a_permit, a_redirected_request, a_visit


def honoured(request: Request) -> Request:
    """A kiosk office has received the person."""
    redirect = the_case(request).redirect
    assert redirect is not None
    (send,) = submit(None, world(LATER), redirectRef=redirect.ref, submittedAt=LATER).sends
    assert isinstance(send.body, KioskHonours)
    return state_of(redirecting.honours(request, send.body, world(LATER)))


def test_filing_hands_out_the_first_edition_and_keeps_nothing_for_it() -> None:
    for request in (a_permit(), a_redirected_request(), state_of(submit())):
        case = the_case(request)
        assert (case.receipts, edition(case), issued_at(case)) == ((), 1, MORNING)
        assert number(case) == f"1405/{case.tracking_code}"


def test_the_hash_is_that_of_the_content_written_in_one_way() -> None:
    case = the_case(a_permit())
    text = json.dumps(content(case), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert fingerprint(case) == sha256(text.encode()).hexdigest()
    assert "زهرا رضایی" in text
    assert "0013542419" not in text
    assert "9121234567" not in text


def test_the_content_has_the_form_of_its_number() -> None:
    """Prints in people's hands bear its hash: another form takes another number, and the old one kept for checking."""
    assert content(the_case(a_permit()))["form"] == 1
    assert set(content(the_case(a_permit()))) == {
        "form", "number", "edition", "issuedAt", "trackingCode", "filedAt", "agency", "desk", "kiosk", "channel",
        "service", "applicant", "documents", "documentsNeeded", "stagesAhead", "cost", "promises", "redirect",
        "responsible", "objection",
    }  # fmt: skip


def test_a_redirect_that_a_kiosk_honours_is_issued_anew_under_its_number() -> None:
    redirected = a_redirected_request()
    before, after = the_case(redirected), the_case(honoured(redirected))
    assert number(after) == number(before)
    assert (edition(after), issued_at(after)) == (2, LATER)
    assert recognised(after, fingerprint(before)) == 1
    assert recognised(after, fingerprint(after)) == 2
    assert fingerprint(after) != fingerprint(before)


def test_a_redirect_that_is_over_is_not_printed_again() -> None:
    request = a_redirected_request()
    before = the_case(request)
    _, after, _ = moved(request, before, LATER, Role.OFFICER, (REGISTERED,))
    assert (content(before)["redirect"] is None, content(after)["redirect"]) == (False, None)
    assert (edition(after), recognised(after, fingerprint(before))) == (2, 1)


def test_a_hash_that_no_edition_bore_is_not_recognised() -> None:
    case = the_case(honoured(a_redirected_request()))
    for other in ("", "0" * 64, fingerprint(case)[:-1], fingerprint(the_case(a_permit()))):
        assert recognised(case, other) is None


def test_a_desk_and_an_agency_that_are_renamed_change_no_hash() -> None:
    request = a_permit()
    registry = province()
    desk, agency = registry.desk(PERMITS_DESK), registry.organization("wa-municipality-urmia")
    assert desk
    assert agency
    renamed = province(
        desk.model_copy(update={"name": "میز دیگر", "address": "تبریز"}),
        agency.model_copy(update={"name": "شهرداری بزرگ"}),
    )
    before, after = receipt(request, registry, MORNING), receipt(request, renamed, LATER)
    assert after["desk"]["name"] == "میز دیگر"
    assert (after["hash"], after["content"]) == (before["hash"], before["content"])


def test_the_receipt_promises_the_newest_of_each_kind_that_still_holds() -> None:
    case = the_case(a_permit())
    delivery = case.commitments[0]
    another = delivery.model_copy(update={"id": "2", "promised_at": delivery.promised_at + timedelta(days=30)})
    visit = a_visit(case)
    case = case.model_copy(update={"commitments": (delivery, visit, another)})
    assert promises(case) == [visit, another]
    warned = a_visit(case, visit=ExpectedVisit(until=LATER, warned_at=MORNING))
    past = (a_visit(case, state=state) for state in CommitmentState if state is not CommitmentState.OPEN)
    for off in (warned, *past):
        assert promises(case.model_copy(update={"commitments": (off, another)})) == [another]


@pytest.mark.parametrize("name", sorted(UNPRINTED - {"state", "receipts"}))
def test_what_is_passed_by_stands_on_no_receipt(name: str) -> None:
    """Else a change of it would leave a print that nobody recognises."""
    case = the_case(honoured(a_redirected_request()))
    assert name in Case.model_fields
    assert content(case.model_copy(update={name: object()})) == content(case)


def test_a_state_is_printed_of_no_case_but_a_redirect() -> None:
    case = the_case(a_permit())
    assert content(case.model_copy(update={"state": REGISTERED})) == content(case)


def test_a_case_comes_into_its_request_in_one_place_only() -> None:
    """Whoever changes a case past it would leave prints that nobody recognises."""
    files = Path(domain.__file__).parent.glob("*.py")
    assert {file.name for file in files if '"case":' in file.read_text()} == {"request.py"}


def test_the_receipts_of_a_stored_case_are_read_again() -> None:
    case = the_case(honoured(a_redirected_request()))
    assert Case.model_validate(case.to_wire()) == case
    assert len(case.receipts) == 1
