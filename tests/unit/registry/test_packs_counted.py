"""What the governorate pack counts: desks, services, cases and demands as they were at the month's end (domain 11)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.commitment import CommitmentKind, CommitmentState
from services.contracts.entry import PlannedStatus, Status
from services.contracts.intake import IllegalDemandReported
from services.contracts.registry import Desk
from services.contracts.routing import CaseResult, ResultKind
from services.contracts.service_sheet import Channel, DurationUnit, Extent, Sheet, WorkingTime
from services.contracts.working_calendar import CalendarRef, DayException, DayKind
from services.registry.domain.inspections import InspectDesk, InspectWish
from services.registry.handlers import DEFICIENCY, DEMAND, INSPECTION
from services.registry.pack.figures import FIGURES
from services.registry.packing import counted
from services.runtime.document import Document
from services.worktime import parse_jalali
from tests.unit.notify.cases import a_move
from tests.unit.registry.frozen import events, json_of, values, with_cases
from tests.unit.registry.governorate import (
    ABOVE,
    AGENCY,
    DESK,
    INSPECTOR,
    around,
    at,
    province,
    reported,
    state_of,
)
from tests.unit.registry.ministry import FOUNDED, Ministry
from tests.unit.registry.months import ALLOWED, CALENDAR, ENDS, MONTH
from tests.unit.registry.test_inspections import GOOD
from tests.unit.registry.test_troubled_cases import record


async def test_illegal_demands_are_counted_and_nothing_more() -> None:
    office = await Ministry.of_the_province()
    for number in range(6):
        demand = IllegalDemandReported(
            moves=("illegal-demand.reported",),
            demand_id=f"d-{number}",
            request_id="r-1",
            org_id=AGENCY if number else "wa-water",
            occurred_at=at("1405/08/12 11:00"),
        )
        await office.records(record_of_demand(demand), record_of_demand(demand))
    assert len(office.store.collections[DEMAND.name]) == 6
    await office.freeze()
    assert values(json_of(office))["demands.reported"] == 5


def record_of_demand(event: IllegalDemandReported) -> Any:
    told = record(events()[0], 1)
    headers = {
        "ce_specversion": "1.0",
        "ce_id": event.demand_id,
        "ce_source": "/org/wa-tax/intake",
        "ce_type": event.type(),
        "ce_subject": event.subject(),
        "ce_sequence": "1",
    }
    raw = tuple((name, value.encode()) for name, value in headers.items())
    return told._replace(key=event.key().encode(), value=event.to_json(), headers=raw)


async def test_the_entries_are_those_of_the_months_end() -> None:
    office = await Ministry.of_the_province()
    registry = province()
    desk, sheet = registry.desk(DESK), registry.sheet("tax-clearance")
    assert desk
    assert sheet
    await office.recorded(desk.model_copy(update={"version": 2, "floor": 2}), at("1405/08/20 09:00"))
    await office.recorded(sheet.model_copy(update={"version": 2, "status": Status.SUSPENDED}), at("1405/09/01 00:00"))
    offering = next(o for o in registry.offerings("tax-clearance") if o.channel == "WEB")
    await office.recorded(offering.model_copy(update={"version": 2, "status": Status.RETIRED}), at("1405/08/01 00:00"))
    before = values({"content": await counted(office.readable, AGENCY, "1405-07")})
    then = values({"content": await counted(office.readable, AGENCY, MONTH)})
    after = values({"content": await counted(office.readable, AGENCY, "1405-09")})
    assert [each["desk.groundFloor"] for each in (before, then, after)] == [True, False, False]
    services = len([s for s in registry._newest.values() if isinstance(s, Sheet) and s.org_id == AGENCY])
    assert [each["sheets.published"] for each in (before, then, after)] == [services, services, services - 1]
    shares = [each["coverage.transactional"] for each in (before, then, after)]
    assert shares[0] > shares[1]
    whole = await counted(office.readable, AGENCY, MONTH)
    trend = {row["id"]: row["transactional"] for row in whole["tables"]["coverage"]}
    assert (trend["1405-07"], trend[MONTH]) == (trend["1405-06"], trend["1405-07"] - 1), "from its first moment on"
    assert before["coverage.baselineMonth"] == then["coverage.baselineMonth"] == "1405-05"
    assert list(trend) == ["1405-05", "1405-06", "1405-07", MONTH], "of what was before nothing is said"


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({"wa-tax-outreach": False}, {"value": None, "why": "NOT_INSPECTED"}),
        ({"wa-tax-outreach": False, DESK: True}, {"value": True, "of": 1}),
        ({"wa-tax-outreach": True, DESK: False}, {"value": False, "of": 1}),
    ],
)
async def test_the_hours_that_are_kept_are_those_of_the_permanent_desk(
    seen: dict[str, bool], told: dict[str, Any]
) -> None:
    office = await Ministry.of_the_province()
    desk = province().desk(DESK)
    assert desk
    other = desk.model_copy(update={"id": "wa-tax-outreach", "kind": "OUTREACH_EVENT"})
    await office.recorded(other, FOUNDED)
    registry = province(other)
    for number, (id, kept) in enumerate(seen.items()):
        checklist = GOOD | {"hoursKept": kept, "peopleSentToUnits": 4}
        body = {"deskId": id, "at": "2026-11-10T06:00:00Z", "officerId": INSPECTOR, "checklist": checklist}
        command = InspectDesk.model_validate(body)
        inspection_id = f"5b0c7a52-0000-5000-8000-{number:012}"
        wish = InspectWish(inspection_id=inspection_id, command=command, around=around(registry), then=registry)
        await office.submit(INSPECTION, inspection_id, wish)
    figures = (await counted(office.readable, AGENCY, MONTH))["figures"]
    assert figures["desk.hoursKept"] == told
    counts = [figures[f"desk.{name}"]["value"] for name in ("inspections", "seenSentToUnits")]
    assert counts == [len(seen), 4 * len(seen)]


@pytest.mark.parametrize(("status", "exists"), [("SUSPENDED", False), ("RETIRED", True)])
async def test_what_was_planned_for_a_day_of_the_month_counts_though_the_registry_was_away(
    status: str, exists: bool
) -> None:
    """A retirement waits until nothing stands on the entry: until then it is in force."""
    office = await Ministry.of_the_province()
    desk = province().desk(DESK)
    assert desk
    plan = PlannedStatus.model_validate({"status": status, "since": "2026-11-18"})
    await office.recorded(desk.model_copy(update={"planned": (plan,), "version": 2}), at("1405/08/10 09:00"))
    carried_out = desk.model_copy(update={"status": Status(status), "version": 3})
    await office.recorded(carried_out, at("1405/09/02 08:00"))
    told = [values({"content": await counted(office.readable, AGENCY, month)}) for month in ("1405-07", MONTH)]
    assert [each["desk.exists"] for each in told] == [True, exists]


async def test_deficiencies_are_those_of_the_months_end() -> None:
    office = await Ministry.of_the_province()
    began = at("1405/08/05 09:00")
    deficiency = state_of(reported(began))
    await office.store.write(DEFICIENCY, [Document(deficiency.id, version=0, state=deficiency)], began)
    told = values({"content": await counted(office.readable, AGENCY, MONTH)})
    names = ("open", "overdue", "reported", "verified", "ageOldest")
    assert [told[f"deficiencies.{name}"] for name in names] == [1, 1, 1, 0, 25]
    before = values({"content": await counted(office.readable, AGENCY, "1405-07")})
    assert [before[f"deficiencies.{name}"] for name in names] == [0, 0, 0, 0, None]


async def test_two_agencies_do_not_mix() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    nothing = values({"content": await counted(office.readable, ABOVE, MONTH)})
    assert (nothing["cases.filed"], nothing["results.all"], nothing["promises.kept"]) == (0, 0, 0)


SNOW = ("1405/08/11", "1405/08/12", "1405/08/13", "1405/08/16")
"""Working days on which Urmia was closed."""


async def working_days_of_a_case_at(desk: Desk, *later: Desk) -> int | None:
    """Registered on the morning before the snow, with its result on the morning after: one working day in Urmia."""
    shut = tuple(
        DayException(date=parse_jalali(day), kind=DayKind.CLOSED, status="CONFIRMED", source="برف", county="urmia")
        for day in SNOW
    )
    calendar = CALENDAR.model_copy(update={"exceptions": shut, "version": CALENDAR.version + 1})
    office = await Ministry.of_the_province()
    for entry, recorded_at in ((calendar, FOUNDED), *((moved, ENDS) for moved in later)):
        await office.recorded(entry, recorded_at)
    began, ready = at("1405/08/10 08:00"), at("1405/08/17 08:00")
    promise = (
        a_move("request.registered")
        .commitments[0]
        .model_copy(
            update={
                "calendar": CalendarRef(id=calendar.id, version=calendar.version),
                "budget": WorkingTime(value=ALLOWED, unit=DurationUnit.WORKING_DAYS),
            }
        )
    )
    facts: dict[str, Any] = {"org_id": AGENCY, "desk_id": desk.id, "service_id": "tax-clearance", "filed_at": began}
    facts |= {"commitments": (promise,)}
    result = CaseResult(kind=ResultKind.GRANTED, decided_by="o-1", decided_at=ready)
    await with_cases(
        office,
        a_move("request.registered", version=1, occurred_at=began, **facts),
        a_move("request.result-ready", version=2, occurred_at=ready, result=result, **facts),
    )
    rows = (await counted(office.readable, AGENCY, MONTH))["tables"]["services"]
    days: int | None = next(row["median"] for row in rows if row["id"] == "tax-clearance")
    return days


@pytest.mark.parametrize("desk_id", [DESK, "wa-governorate-desk"])
async def test_a_closure_of_the_desks_county_is_no_working_time_whichever_agency_the_desk_is_of(desk_id: str) -> None:
    desk = province().desk(desk_id)
    assert desk
    assert await working_days_of_a_case_at(desk) == 1


@pytest.mark.parametrize("desk_id", [DESK, "wa-governorate-desk"])
async def test_a_desk_that_has_moved_after_the_month_was_in_its_county_of_then(desk_id: str) -> None:
    desk = province().desk(desk_id)
    assert desk
    moved = desk.model_copy(update={"county": "khoy", "version": desk.version + 1})
    assert await working_days_of_a_case_at(desk, moved) == 1


async def test_where_an_inspector_found_no_desk_its_hours_were_not_kept_and_nobody_was_counted() -> None:
    office = await Ministry.of_the_province()
    body = {"deskId": DESK, "at": "2026-11-10T06:00:00Z", "officerId": INSPECTOR, "checklist": {"deskExists": False}}
    registry, id = province(), "5b0c7a52-0000-5000-8000-000000000001"
    command = InspectDesk.model_validate(body)
    wish = InspectWish(inspection_id=id, command=command, around=around(registry), then=registry)
    await office.submit(INSPECTION, id, wish)
    figures = (await counted(office.readable, AGENCY, MONTH))["figures"]
    assert figures["desk.inspections"]["value"] == 1
    assert figures["desk.hoursKept"] == {"value": False, "of": 1}
    nobody = {"value": None, "why": "NOTHING_TO_COUNT"}
    assert figures["desk.seenSentToUnits"] == nobody, "nobody was there whom they could have counted"


async def test_what_nobody_fetched_was_not_completed_in_the_first_visit() -> None:
    office = await Ministry.of_the_province()
    filed, over = at("1405/08/02 08:00"), at("1405/08/27 08:00")
    facts: dict[str, Any] = {"org_id": AGENCY, "desk_id": DESK, "service_id": "tax-clearance", "filed_at": filed}
    await with_cases(
        office,
        a_move("request.registered", version=1, occurred_at=filed, **facts),
        a_move("request.closed", version=2, occurred_at=over, collectable=True, collected=False, **facts),
    )
    told = values({"content": await counted(office.readable, AGENCY, MONTH)})
    names = ("completed", "first", "firstShare", "perCase")
    assert [told[f"visits.{name}"] for name in names] == [0, 0, None, None]


async def test_the_results_of_a_service_of_the_agency_above_stand_beside_its_sheet() -> None:
    """Its sheet is published above, a unit of this agency does the work: the cases are this agency's."""
    office = await Ministry.of_the_province()
    sheet = province().sheet("tax-clearance")
    assert sheet
    await office.recorded(sheet.model_copy(update={"org_id": ABOVE, "version": 2}), FOUNDED)
    await with_cases(office, *events())
    rows = (await counted(office.readable, AGENCY, MONTH))["tables"]["services"]
    (row,) = [row for row in rows if row["id"] == "tax-clearance"]
    assert row["results"]
    assert (row["name"], row["maximum"]) == (sheet.name, sheet.processing_time.maximum.value)


async def test_an_officer_of_a_unit_who_decided_has_their_name_of_then_and_one_of_another_agency_none() -> None:
    office = await Ministry.of_the_province()
    (ours, *_), (other, *_) = (province().officers_of(unit) for unit in ("wa-tax-clearances", "wa-water-subscribers"))
    await office.recorded(ours.model_copy(update={"name": "نام تازه", "version": ours.version + 1}), ENDS)
    when = at("1405/08/10 08:00")
    facts: dict[str, Any] = {"org_id": AGENCY, "desk_id": DESK, "filed_at": when, "occurred_at": when}
    for number, officer in enumerate((ours, other), 1):
        result = CaseResult(kind=ResultKind.GRANTED, decided_by=officer.id, decided_at=when)
        id = f"5b0c7a52-0000-5000-8000-{number:012}"
        await with_cases(office, a_move("request.result-ready", request_id=id, version=1, result=result, **facts))
    rows = (await counted(office.readable, AGENCY, MONTH))["tables"]["officers"]
    assert {row["id"]: row["name"] for row in rows} == {ours.id: ours.name, other.id: None}


async def test_answers_that_came_late_are_counted_without_the_visits_that_did() -> None:
    office = await Ministry.of_the_province()
    hour = at("1405/08/10 08:00")
    (answer,) = a_move().commitments
    visit = answer.model_copy(
        update={
            "kind": CommitmentKind.NEXT_VISIT,
            "promised_at": hour,
            "budget": None,
            "state": CommitmentState.BROKEN,
            "ended_at": hour + timedelta(hours=5),
            "fulfilled_late_at": hour + timedelta(days=2),
        }
    )
    moves = ("commitment.broken", "commitment.kept-late")
    facts: dict[str, Any] = {"org_id": AGENCY, "desk_id": DESK, "filed_at": hour, "commitments": (visit,)}
    await with_cases(office, a_move(*moves, version=1, occurred_at=hour + timedelta(days=2), **facts))
    content = await counted(office.readable, AGENCY, MONTH)
    assert FIGURES["promises.keptLate"].label == "پاسخ دیرهنگام پس از شکستن", "it is said of answers"
    assert values({"content": content})["promises.keptLate"] == 0
    (row,) = content["tables"]["promises"]
    assert (row["id"], row["broken"], row["keptLate"]) == ("NEXT_VISIT", 1, 1)


async def test_what_is_information_alone_is_offered_by_kiosks_that_inform() -> None:
    """There is nothing to request: the morning's look asks for no more of such a channel either."""
    office = await Ministry.of_the_province()
    registry = province()
    kiosks = next(
        offering
        for id in ("tax-clearance", "tax-registration")
        for offering in registry.offerings(id)
        if offering.channel is Channel.KIOSK_URBAN
    )
    sheet = registry.sheet(kiosks.service_id)
    assert sheet
    before = values({"content": await counted(office.readable, AGENCY, MONTH)})
    able = sheet.kioskable.model_copy(update={"urban": "YES"})
    informs = {"information": Extent.FULL, "request": Extent.NONE, "production": Extent.NONE, "delivery": Extent.NONE}
    changes = {"information_only": True, "kioskable": able, "version": sheet.version + 1}
    await office.recorded(sheet.model_copy(update=changes), FOUNDED)
    await office.recorded(kiosks.model_copy(update=informs | {"version": kiosks.version + 1}), FOUNDED)
    after = values({"content": await counted(office.readable, AGENCY, MONTH)})
    assert after["sheets.kioskUrbanNotOffered"] == before["sheets.kioskUrbanNotOffered"]
