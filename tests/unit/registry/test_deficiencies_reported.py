"""Who reports a deficiency, what is told of it, and until when it is to be remedied (domain 1.6, 3)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.deficiency import Kind, Subject, SubjectType
from services.contracts.entry import Entry, Status
from services.contracts.registry import Kiosk, Partner
from services.contracts.wire import instant_text
from services.registry.domain.concern import concern_id
from services.registry.domain.deficiency import REPORTED
from services.registry.domain.remedying import decided
from services.registry.handlers import CONCERN, DEFICIENCY
from services.registry.sweeping import sweep
from tests.unit.registry.deficient import after
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    CLERK,
    DESK,
    FIX,
    HEAD,
    ID,
    INSPECTOR,
    KIOSK,
    MONDAY,
    PLAN,
    QUIET,
    REJECT,
    REPORT_OF_AN_INSPECTOR,
    RULES,
    START,
    a_report,
    at,
    event_of,
    province,
    reported,
    state_of,
    wish,
    world,
)
from tests.unit.registry.over_http import Registry, registry_of_the_province
from tests.unit.registry.test_inspections import GOOD
from tests.unit.registry.test_sweep import TODAY, expired, raised


def test_it_is_told_whole_and_without_a_word_of_what_people_wrote() -> None:
    decision = reported(evidence={"text": "عکس در ورودی", "dataref": "blob:7"})
    event = event_of(decision)
    assert (event.moves, event.key(), event.org()) == (("deficiency.reported",), ID, "wa-tax")
    assert event.type() == "ir.servicedesk.registry.deficiency.reported.v1"
    assert (event.state, event.owner, event.occurrences, event.level) == (REPORTED, HEAD, 1, 0)
    known = state_of(decision)
    assert known.text == "میز تا ساعت ده بسته بود"
    for command in (ACKNOWLEDGE, PLAN, START, FIX, REJECT):
        decision = decided(known, wish(command), world())
        known = state_of(decision)
        value = event_of(decision).to_json().decode()
        assert not any("\u0600" <= letter <= "\u06ff" for letter in value), value
        assert "blob:7" not in value


async def test_what_was_reported_is_counted_in_when_an_inspection_sees_it_until_it_is_verified(
    registry: Registry,
) -> None:
    made = (await registry.post("deficiencies", REPORT_OF_AN_INSPECTOR)).json()["deficiencyId"]
    seen = {"deskId": DESK, "checklist": GOOD | {"hoursKept": False}, "officerId": INSPECTOR}

    async def inspected() -> list[tuple[str, int]]:
        now = instant_text(registry.office.clock.now())
        answer = await registry.post("inspections", seen | {"at": now})
        assert answer.status_code == 201, answer.text
        found = (await registry.get("deficiencies", orgId="wa-tax")).json()["items"]
        return [(each["deficiencyId"], each["occurrences"]) for each in found]

    assert await inspected() == [(made, 2)]
    await registry.office.verify(made)
    registry.office.clock.advance(hours=1)
    ((_, first), (_, second)) = sorted(await inspected(), key=lambda each: each[0] != made)
    assert (first, second) == (2, 1)


async def test_what_was_reported_is_counted_in_when_the_registry_sees_it(registry: Registry) -> None:
    await registry.office.put(expired())
    subject = {"type": "SERVICE", "id": "tax-clearance"}
    reporter = {"role": "STAFF", "officerId": "wa-tax-desk-02"}
    said = {"orgId": "wa-tax", "subject": subject, "mode": "ELECTRONIC", "kind": "SHEET_EXPIRED", "text": "گذشته است"}
    made = (await registry.post("deficiencies", said | {"reporter": reporter})).json()["deficiencyId"]
    office = registry.office
    await sweep(office.door, office.readable, office.clock.now(), TODAY, RULES, QUIET)
    await office.settle()
    found = [each for each in raised(office).values() if each.kind == "SHEET_EXPIRED"]
    assert [(each.id, each.occurrences) for each in found] == [(made, 2)]
    assert len(office.store.collections[DEFICIENCY.name]) == 1


async def test_what_is_reported_beside_an_open_one_is_another_with_its_own_words(registry: Registry) -> None:
    made = [(await registry.post("deficiencies", REPORT_OF_AN_INSPECTOR)).json()["deficiencyId"] for _ in range(2)]
    assert len(set(made)) == 2
    await registry.office.settle()
    concern = concern_id("wa-tax", Kind.HOURS_NOT_KEPT, Subject(type=SubjectType.DESK, id=DESK))
    assert registry.office.state(CONCERN, concern).deficiency_id == made[0]


def test_its_terms_are_working_days_of_the_agencys_desk_and_do_not_move() -> None:
    """Reported on Monday 2 Azar at ten, Thursdays and Fridays off: the next two Mondays at ten."""
    known = state_of(reported())
    assert (known.terms.acknowledge_by, known.terms.plan_by) == (at("1405/09/09 10:00"), at("1405/09/16 10:00"))
    assert known.terms.calendar is not None
    assert known.due_at == known.terms.acknowledge_by
    late = after(ACKNOWLEDGE, now=at("1405/09/12 11:00"))
    assert late.due_at == at("1405/09/16 10:00"), "acknowledging late does not put off the plan"


def test_an_agency_without_a_desk_is_waited_for_by_the_calendar_of_the_one_above() -> None:
    desk = province().desk("wa-tax-desk")
    above = province().desk("wa-governorate-desk")
    assert desk
    assert above
    gone = province(desk.model_copy(update={"status": Status.RETIRED, "version": 2}))
    known = state_of(reported(registry=gone, kind="DESK_MISSING"))
    assert known.terms.calendar is not None
    assert known.terms.calendar.id == above.calendar_id


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"orgId": "nobody"}, "UNKNOWN_ORGANIZATION", 422),
        ({"subject": {"type": "DESK", "id": "wa-water-desk"}}, "UNKNOWN_SUBJECT", 422),
        ({"subject": {"type": "SERVICE", "id": "tax-clearance"}}, "KIND_DOES_NOT_FIT", 422),
        ({"subject": {"type": "SERVICE", "id": "building-permit"}, "kind": "OTHER"}, "UNKNOWN_SUBJECT", 422),
        ({"subject": {"type": "DIRECTIVE", "id": "d"}, "kind": "DIRECTIVE_UNACKNOWLEDGED"}, "UNKNOWN_SUBJECT", 422),
        ({"reporter": {"role": "SYSTEM", "officerId": INSPECTOR}}, "UNKNOWN_REPORTER", 422),
        ({"reporter": {"role": "INSPECTOR", "kioskId": KIOSK}}, "UNKNOWN_REPORTER", 422),
        ({"reporter": {"role": "STAFF", "officerId": CLERK, "kioskId": KIOSK}}, "UNKNOWN_REPORTER", 422),
        ({"reporter": {"role": "INSPECTOR", "officerId": CLERK}}, "NOT_AUTHORISED", 403),
        ({"reporter": {"role": "STAFF", "officerId": INSPECTOR}}, "NOT_AUTHORISED", 403),
        ({"reporter": {"role": "STAFF", "officerId": "nobody"}}, "UNKNOWN_OFFICER", 422),
        ({"reporter": {"role": "KIOSK", "kioskId": "nobody"}}, "NOT_AUTHORISED", 403),
    ],
)
def test_who_may_not_report_or_reports_what_cannot_be_is_refused(
    changes: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(Refused) as refusal:
        reported(**changes)
    assert (refusal.value.code, refusal.value.status) == (code, status)


@pytest.mark.parametrize(
    "changes",
    [
        {"reporter": {"role": "STAFF", "officerId": CLERK}},
        {"reporter": {"role": "KIOSK", "kioskId": KIOSK}},
        {"subject": {"type": "OFFERING", "id": "tax-clearance-web"}, "kind": "OUT_OF_ORDER", "mode": "ELECTRONIC"},
        {"subject": {"type": "SERVICE", "id": "tax-clearance"}, "kind": "NOT_ELECTRONIC", "mode": "ELECTRONIC"},
    ],
)
def test_inspectors_staff_and_kiosk_offices_report(changes: dict[str, Any]) -> None:
    assert state_of(reported(**changes)).state is REPORTED


@pytest.mark.parametrize(
    ("kind", "id", "changes"),
    [
        (Kiosk, KIOSK, {"sandbox": True}),
        (Partner, "pishkhan-a", {"status": Status.SUSPENDED}),
        (Partner, "pishkhan-a", {"valid_to": date(2026, 11, 22)}),
    ],
)
def test_a_kiosk_for_trial_and_one_whose_partner_is_suspended_report_nothing(
    kind: type[Entry], id: str, changes: dict[str, Any]
) -> None:
    entry = province().find(kind, id)
    assert entry is not None
    changed = entry.model_copy(update={"version": entry.version + 1, **changes})
    with pytest.raises(Refused) as refusal:
        reported(registry=province(changed), reporter={"role": "KIOSK", "kioskId": KIOSK})
    assert (refusal.value.code, refusal.value.status) == ("NOT_AUTHORISED", 403)


async def test_over_http_the_partner_of_the_kiosk_is_looked_at() -> None:
    async with registry_of_the_province() as registry:
        report = a_report(reporter={"role": "KIOSK", "kioskId": KIOSK}).to_wire()
        assert (await registry.post("deficiencies", report)).status_code == 201
        suspended = {"officerId": INSPECTOR, "reason": "قرارداد"}
        assert (await registry.post("partners/pishkhan-a/suspend", suspended)).status_code == 200
        again = await registry.post("deficiencies", report)
        assert (again.status_code, again.json()["code"]) == (403, "NOT_AUTHORISED")


def test_a_kiosk_office_whose_licence_has_ended_reports_nothing() -> None:
    kiosk = province().kiosk(KIOSK)
    assert kiosk
    ended = kiosk.model_copy(update={"valid_to": MONDAY.date() - timedelta(days=1), "version": 2})
    with pytest.raises(Refused, match="NOT_AUTHORISED"):
        reported(registry=province(ended), reporter={"role": "KIOSK", "kioskId": KIOSK})
