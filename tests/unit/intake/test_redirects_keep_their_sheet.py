"""A request that was redirected keeps the version of the sheet that it was filed under (domain 10)."""

from collections.abc import Callable

import pytest

from services.contracts.decision import Decision
from services.contracts.intake_commands import RedirectAgain, ReturnFromKiosk
from services.contracts.service_sheet import Requirement, Sheet
from services.intake.domain import redirecting, returning
from services.intake.domain.case import Case
from services.intake.domain.request import Request
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    SOCIAL_OFFICER,
    a_redirected_request,
    arrives,
    asked,
    case_of,
    redirect_of,
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


def honoured(request: Request) -> Decision[Request]:
    return redirecting.honours(request, asked(arrives(request, NOW)), NOW)


def taken_back(request: Request) -> Decision[Request]:
    said = {"cause": "SHUT", "officerId": SOCIAL_OFFICER}
    return returning.taken_back(request, ReturnFromKiosk.model_validate(said), NOW)


def sent_on(request: Request) -> Decision[Request]:
    shut = redirect_of(request).kiosks[0].id
    said = {"cause": "SHUT", "kioskId": shut, "officerId": CLERK, "secondOfficerId": SOCIAL_OFFICER}
    return returning.sent_on(request, RedirectAgain.model_validate(said), NOW)


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


def test_what_its_own_sheet_demands_is_needed_though_the_newest_asks_for_less() -> None:
    photo = Requirement(evidence_type="photo", name="عکس", original_needed=False)
    strict = anew(requirements=(*anew().requirements, photo))
    request = a_redirected_request(world("1405/09/02 10:00", strict))
    later = world("1405/09/03 09:00", strict, anew(version=anew().version + 1))
    case = case_of(redirecting.honours(request, asked(arrives(request, later)), later))
    assert (case.service_version, case.needed) == (the_case(request).service_version, ("عکس",))
