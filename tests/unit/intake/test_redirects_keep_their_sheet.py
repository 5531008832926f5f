"""A request that was redirected keeps the version of the sheet that it was filed under (domain 10)."""

from collections.abc import Callable

import pytest

from services.contracts.decision import Decision, World
from services.contracts.entry import Status
from services.contracts.intake_commands import RedirectAgain, ReturnFromKiosk
from services.contracts.kiosk import Rejection
from services.contracts.service_sheet import Requirement, Sheet
from services.intake.domain import redirecting, returning, submitting
from services.intake.domain.case import Case
from services.intake.domain.messages import RedirectRefused
from services.intake.domain.request import Request
from services.intake.domain.rules import Rules
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    IDENTITY_CARD,
    SOCIAL_OFFICER,
    a_redirected_request,
    answer,
    arrives,
    asked,
    case_of,
    outcome_of,
    redirect_of,
    state_of,
    submit,
    the_case,
    world,
)

CLERK = "wa-social-security-desk-02"


def anew(**changes: object) -> Sheet:
    """The sheet of the insurance record, with something else in it."""
    sheet = sample_snapshot().sheet("social-insurance-record")
    assert sheet is not None
    return sheet.model_copy(update=changes)


DEARER = anew(
    costs=tuple(cost.model_copy(update={"amount": cost.amount + 1_000_000}) for cost in anew().costs),
    objection=anew().objection.model_copy(update={"days": 1}),
)
NOW = world("1405/09/03 09:00", DEARER)


def honoured(request: Request, now: World[Rules] = NOW) -> Decision[Request]:
    return redirecting.honours(request, asked(arrives(request, now)), now)


def taken_back(request: Request, now: World[Rules] = NOW) -> Decision[Request]:
    said = {"cause": "SHUT", "officerId": SOCIAL_OFFICER}
    return returning.taken_back(request, ReturnFromKiosk.model_validate(said), now)


def sent_on(request: Request, now: World[Rules] = NOW) -> Decision[Request]:
    shut = redirect_of(request).kiosks[0].id
    said = {"cause": "SHUT", "kioskId": shut, "officerId": CLERK, "secondOfficerId": SOCIAL_OFFICER}
    return returning.sent_on(request, RedirectAgain.model_validate(said), now)


def told(case: Case) -> tuple[object, ...]:
    """What its receipt names of the sheet."""
    return case.service_version, case.cost, case.objection_days, case.stages, case.responsible


@pytest.mark.parametrize("way", [honoured, taken_back, sent_on])
def test_a_sheet_that_is_published_meanwhile_is_not_its_own(way: Callable[[Request], Decision[Request]]) -> None:
    """Its receipt names the version, the cost and the way to object that its person was told at the desk."""
    request = a_redirected_request()
    before = the_case(request)
    after = case_of(way(request))
    assert told(after) == told(before.model_copy(update={"cost": after.cost}))
    assert after.cost < 1_000_000, "another channel has its price, of the sheet that was told"


@pytest.mark.parametrize("way", [honoured, taken_back, sent_on])
def test_whom_its_own_sheet_names_and_who_has_left_is_not_responsible_for_what_goes_on(
    way: Callable[[Request, World[Rules]], Decision[Request]],
) -> None:
    sheet, request = anew(), a_redirected_request()
    officer = sample_snapshot().officer(sheet.responsible_officer_id)
    assert officer is not None
    assert the_case(request).responsible.name == officer.name
    now = world("1405/09/03 09:00", officer.model_copy(update={"status": Status.RETIRED}))
    assert case_of(way(request, now)).responsible.name == sheet.contact.name != officer.name


PHOTO = Requirement(evidence_type="photo", name="عکس", original_needed=False)
STRICT = anew(requirements=(*anew().requirements, PHOTO))
OF_THE_PHOTO = IDENTITY_CARD | {"type": "photo", "sha256": "b" * 64, "originalSeen": False}


def test_an_office_is_asked_for_what_its_own_sheet_demands_though_the_newest_asks_for_less() -> None:
    request = a_redirected_request(world("1405/09/02 10:00", STRICT))
    later = world("1405/09/03 09:00", STRICT, anew(version=anew().version + 1))
    filing = arrives(request, later)
    refusal = answer(redirecting.honours(request, asked(filing), later))
    assert isinstance(refusal.body, RedirectRefused)
    told = outcome_of(submitting.refused(state_of(filing), refusal.body, later))
    assert (told.code, told.needed, told.fixable) == (Rejection.MISSING_EVIDENCE, ("عکس",), True)
    again = arrives(request, later, revision=2, evidence=[IDENTITY_CARD, OF_THE_PHOTO])
    case = case_of(redirecting.honours(request, asked(again), later))
    assert (case.service_version, case.state, case.needed) == (the_case(request).service_version, "PROMISED", ())


def test_an_office_is_asked_for_nothing_that_the_newest_sheet_alone_demands() -> None:
    request, later = a_redirected_request(), world("1405/09/03 09:00", STRICT)
    assert outcome_of(submit(now=later)).code is Rejection.MISSING_EVIDENCE, "of whoever comes by themselves"
    assert case_of(redirecting.honours(request, asked(arrives(request, later)), later)).state == "PROMISED"


def test_what_the_desk_has_taken_is_not_asked_for_again() -> None:
    now = world("1405/09/02 10:00", STRICT)
    request = a_redirected_request(now, evidence=[IDENTITY_CARD, OF_THE_PHOTO])
    filing = arrives(request, now, evidence=[])
    assert case_of(redirecting.honours(request, asked(filing), now)).state == "PROMISED"
