"""Who is above an agency, at any height; who looks where nobody is; who stands in for its head (domain 1.6, 3)."""

from datetime import date
from typing import Any

import pytest

from services.contracts.decision import Refused, World
from services.contracts.deficiency import DeficiencyState
from services.contracts.entry import Entry, Status
from services.contracts.province_check import problems_of
from services.contracts.registry import Desk, Officer, Organization, Shift
from services.contracts.snapshot import Snapshot
from services.registry.domain import remedying
from services.registry.domain.conflicts import EndConflict, EndWish, end
from services.registry.domain.deficiency import Deficiency
from services.registry.domain.officers import head_of, of_agency_above, of_agency_or_above
from services.registry.domain.packs import BeginPack, FreezePack, begin
from services.registry.domain.recording import Around, Wish, record
from services.registry.domain.remediation import (
    ReceiveReport,
    ReceiveWish,
    RemediationReport,
    SubmitReport,
    SubmitWish,
    receive,
    submit,
)
from services.registry.duty_store import around_agency
from services.registry.surroundings import deciding
from tests.unit.registry.governorate import (
    ABOVE,
    ACKNOWLEDGE,
    AGENCY,
    CLERK,
    DESK,
    ELSEWHERE,
    FIX,
    HEAD,
    INSPECTOR,
    PLAN,
    START,
    VERIFY,
    Office,
    at,
    province,
    reported,
    state_of,
    wish,
    world,
)
from tests.unit.registry.over_http import registry_of_the_province
from tests.unit.registry.test_province_check import whats, with_changed

MINISTRY, MINISTER = "ir-interior", "ir-interior-01"
GOVERNORATE_CLERK = "wa-governorate-desk-02"
WORLD: World[None] = World(now=at("1405/09/02 10:00"), registry=Snapshot(), rules=None)
TODAY = date(2026, 11, 23)


def changed(kind: type[Entry], id: str, /, **update: Any) -> Any:
    found = province().find(kind, id)
    assert found is not None
    return found.model_copy(update={"version": found.version + 1, **update})


def of_three_levels() -> tuple[Entry, ...]:
    """A ministry above the governorate, with an officer."""
    ministry = changed(Organization, ABOVE, id=MINISTRY, parent=None, head_officer_id=None, desk_id="ir-interior-desk")
    below = changed(Organization, ABOVE, parent=MINISTRY)
    minister = changed(Officer, INSPECTOR, id=MINISTER, org_id=MINISTRY, desk_id=None, unit_id="ir-inspection")
    return ministry.model_copy(update={"org_id": MINISTRY}), below, minister


def in_a_ring() -> Snapshot:
    """As it may have been recorded before rings were refused: the governorate stands below its own tax office."""
    return province(changed(Organization, ABOVE, parent=AGENCY))


def refusal(call: Any, *asked: Any) -> tuple[str, int]:
    with pytest.raises(Refused) as refused:
        call(*asked)
    return refused.value.code, refused.value.status


def test_above_an_agency_are_all_up_to_the_top() -> None:
    registry = province(*of_three_levels())
    assert [agency.id for agency in registry.above(AGENCY)] == [ABOVE, MINISTRY]
    assert registry.above(MINISTRY) == registry.above("nobody") == ()
    assert of_agency_above(registry, MINISTER, AGENCY).id == MINISTER
    assert of_agency_or_above(registry, MINISTER, AGENCY).id == MINISTER
    for officer, agency in ((HEAD, ABOVE), (INSPECTOR, MINISTRY), (ELSEWHERE, AGENCY)):
        assert refusal(of_agency_above, registry, officer, agency) == ("NOT_AUTHORISED", 403)


async def test_they_are_looked_up_level_by_level_and_a_ring_ends_that() -> None:
    office = await Office.of_the_province(*of_three_levels())
    desk = province().desk(DESK)
    for entries in (
        (await around_agency(office.readable, AGENCY)).above(AGENCY),
        Snapshot().with_entries(await deciding(office.readable, desk, MINISTER)).above(AGENCY),
    ):
        assert [agency.id for agency in entries] == [ABOVE, MINISTRY]
    ring = await Office.of_the_province(changed(Organization, ABOVE, parent=AGENCY))
    assert [agency.id for agency in (await around_agency(ring.readable, AGENCY)).above(AGENCY)] == [ABOVE]


def test_in_a_ring_no_agency_is_above_itself() -> None:
    registry = in_a_ring()
    assert [agency.id for agency in registry.above(AGENCY)] == [ABOVE]
    assert refusal(of_agency_above, registry, HEAD, AGENCY) == ("NOT_AUTHORISED", 403)


@pytest.mark.parametrize("parent", [ABOVE, AGENCY])
def test_an_agency_that_would_stand_above_itself_is_refused(parent: str) -> None:
    known = changed(Organization, ABOVE)
    asked = Wish(
        entry=known.model_copy(update={"parent": parent}), by=INSPECTOR, sure=True, around=Around(entries=province())
    )
    with pytest.raises(Refused) as refused:
        record(known, asked, WORLD)
    assert (refused.value.code, refused.value.status) == ("INCOMPLETE", 422)
    assert refused.value.facts["flaws"] == ("parent: the agencies above lead back to this one",)


async def test_over_http_and_in_an_import_too() -> None:
    async with registry_of_the_province() as registry:
        body = (await registry.get(f"organizations/{ABOVE}")).json() | {"parent": AGENCY}
        for path in (f"organizations/{ABOVE}", f"organizations/{ABOVE}?officerId={INSPECTOR}"):
            answer = await registry.put(path, body, **{"If-Match": "*"})
            assert (answer.status_code, answer.json()["code"]) == (422, "INCOMPLETE")
    assert [what.split(": ", 1)[1] for what in whats(with_changed(Organization, ABOVE, parent=AGENCY))] == [
        "parent: the agencies above lead back to this one"
    ] * 2
    assert problems_of(province()._newest.values()) == []


# --- where nobody is above --------------------------------------------------------------------------------------------


def fixed_at_the_top() -> Deficiency:
    """Of the governorate's own desk: its head plans, is responsible, and reports it fixed."""
    found = reported(
        orgId=ABOVE,
        subject={"type": "DESK", "id": "wa-governorate-desk"},
        reporter={"role": "STAFF", "officerId": GOVERNORATE_CLERK},
    )
    known = state_of(found)
    plan = PLAN.model_copy(update={"responsible_id": INSPECTOR})
    for command in (ACKNOWLEDGE, plan, START, FIX):
        by = command.model_copy(update={"officer_id": INSPECTOR})
        known = state_of(remedying.decided(known, wish(by), world()))
    return known


def test_what_the_top_agency_remedied_another_officer_of_it_verifies() -> None:
    known = fixed_at_the_top()
    for nobody in (INSPECTOR, HEAD):
        asked = wish(VERIFY.model_copy(update={"officer_id": nobody}))
        assert refusal(remedying.decided, known, asked, world()) == ("NOT_AUTHORISED", 403)
    asked = wish(VERIFY.model_copy(update={"officer_id": GOVERNORATE_CLERK}))
    assert state_of(remedying.decided(known, asked, world())).state is DeficiencyState.VERIFIED


def test_who_reported_it_fixed_does_not_verify_it_either() -> None:
    known = fixed_at_the_top()
    last = known.history[-1].model_copy(update={"by": GOVERNORATE_CLERK})
    known = known.model_copy(update={"history": (*known.history[:-1], last)})
    asked = wish(VERIFY.model_copy(update={"officer_id": GOVERNORATE_CLERK}))
    assert refusal(remedying.decided, known, asked, world()) == ("NOT_AUTHORISED", 403)


def test_below_the_top_no_officer_of_the_agency_verifies() -> None:
    found = state_of(reported())
    for command in (ACKNOWLEDGE, PLAN, START, FIX):
        found = state_of(remedying.decided(found, wish(command), world()))
    asked = wish(VERIFY.model_copy(update={"officer_id": "wa-tax-clearances-02"}))
    assert refusal(remedying.decided, found, asked, world()) == ("NOT_AUTHORISED", 403)
    top = province(*of_three_levels())
    asked = wish(VERIFY.model_copy(update={"officer_id": MINISTER}), top)
    assert state_of(remedying.decided(found, asked, world())).state is DeficiencyState.VERIFIED


def submitted(org_id: str, by: str, registry: Snapshot | None = None) -> RemediationReport:
    body = {"orgId": org_id, "period": "1405-08", "noneFound": True, "text": "موردی نبود", "officerId": by}
    command = SubmitReport.model_validate(body)
    asked = SubmitWish(command=command, open_in_period=(), around=Around(entries=registry or province()))
    report = submit(None, asked, world()).state
    assert report is not None
    return report


def test_a_report_of_the_top_agency_is_received_by_another_than_who_submitted_it() -> None:
    report, around = submitted(ABOVE, INSPECTOR), Around(entries=province())
    own = ReceiveWish(command=ReceiveReport(officer_id=INSPECTOR), around=around)
    assert refusal(receive, report, own, world()) == ("NOT_AUTHORISED", 403)
    other = ReceiveWish(command=ReceiveReport(officer_id=GOVERNORATE_CLERK), around=around)
    received = receive(report, other, world()).state
    assert received is not None
    assert received.newest.receipt is not None
    assert received.newest.receipt.office == ABOVE


def test_what_the_head_of_the_top_agency_declared_another_officer_of_it_ends() -> None:
    ref = f"A-{'1' * 32}"
    declared = {"ref": ref, "relation": "SPOUSE", "since": TODAY}
    head = Officer.model_validate(changed(Officer, INSPECTOR).model_dump() | {"conflicts": (declared,)})
    command = EndConflict(reason="طلاق", officer_id=GOVERNORATE_CLERK)
    ended = end(head, EndWish(ref=ref, command=command, around=Around(entries=province())), WORLD).state
    assert ended is not None
    assert ended.conflicts == ()


# --- in the place of the head -----------------------------------------------------------------------------------------


def with_substitute(**shift: Any) -> Snapshot:
    """The head of the tax office is away, and the clerk has a shift in the head's place."""
    stands_in = Shift.model_validate(
        {"officerId": CLERK, "validFrom": "2026-11-21", "validTo": "2026-11-23", "substituteFor": HEAD} | shift
    )
    away = changed(Officer, HEAD, status=Status.SUSPENDED)
    return province(changed(Desk, DESK, shifts=(stands_in,)), away)


def test_who_has_a_shift_in_the_place_of_the_head_speaks_for_the_agency() -> None:
    registry = with_substitute()
    assert submitted(AGENCY, CLERK, registry).newest.submitted_by == CLERK
    pack = FreezePack.model_validate({"orgId": AGENCY, "month": "1405-08", "officerId": CLERK})
    assert begin(None, BeginPack(command=pack, around=Around(entries=registry)), world()).state is not None
    assert refusal(head_of, registry, HEAD, AGENCY, TODAY) == ("UNKNOWN_OFFICER", 422)


@pytest.mark.parametrize(
    "shift",
    [
        {"validTo": "2026-11-22"},
        {"validFrom": "2026-11-24", "validTo": None},
        {"days": ["tuesday"]},
        {"substituteFor": "wa-tax-clearances-01"},
        {"substituteFor": None},
    ],
)
def test_only_in_the_place_of_the_head_and_on_these_days(shift: dict[str, Any]) -> None:
    assert refusal(head_of, with_substitute(**shift), CLERK, AGENCY, TODAY) == ("NOT_AUTHORISED", 403)
    assert head_of(with_substitute(days=["monday"]), CLERK, AGENCY, TODAY).id == CLERK
