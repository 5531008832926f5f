"""Who reports a deficiency, what is told of it, and until when it is to be remedied (domain 1.6, 3)."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.registry import Kiosk, Partner
from services.registry.domain.deficiency import REPORTED
from services.registry.domain.remedying import decided
from tests.unit.registry.deficient import after
from tests.unit.registry.governorate import (
    ACKNOWLEDGE,
    CLERK,
    FIX,
    HEAD,
    ID,
    INSPECTOR,
    KIOSK,
    MONDAY,
    PLAN,
    REJECT,
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
from tests.unit.registry.over_http import registry_of_the_province


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
