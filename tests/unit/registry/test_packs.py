"""The governorate pack: frozen when the month is over, the same however often it is asked for, revised when need be."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.entry import Status
from services.contracts.intake import IllegalDemandReported, RequestMoved
from services.contracts.service_sheet import Sheet
from services.ops.chance import chance_of
from services.registry.domain.packs import Form, FreezePack, FreezeWish, Printed, Why
from services.registry.domain.remediation import SubmitReport, SubmitWish, report_id
from services.registry.handlers import CASE, DEFICIENCY, DEMAND, PACK, REPORT
from services.registry.pack.figures import FIGURES, TABLES
from services.registry.pack.printing import unpacked
from services.registry.packing import count, counted
from services.runtime.document import Document
from tests.unit.registry.governorate import (
    ABOVE,
    AGENCY,
    CLERK,
    DESK,
    ELSEWHERE,
    HEAD,
    INSPECTOR,
    around,
    at,
    province,
    reported,
    state_of,
)
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import BEGINS, ENDS, MONTH, Life, a_life
from tests.unit.registry.test_troubled_cases import record


def json_of(office: Ministry, number: int = 1, *, public: bool = False, form: Form = Form.JSON) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(bytes_of(office.revision(number).printed(form, public=public)))
    return told


def bytes_of(printed: Printed) -> bytes:
    return unpacked(printed.content)


def values(told: dict[str, Any]) -> dict[str, Any]:
    return {code: figure["value"] for code, figure in told["content"]["figures"].items()}


def events(seed: int = 7, number: int = 30) -> list[RequestMoved]:
    rng = chance_of(seed)
    return [event for each in range(number) for event in a_life(rng, each)]


def all_but_one() -> tuple[list[RequestMoved], RequestMoved]:
    """What happened until the month ended; one result of the month is on its way still."""
    told = [event for event in events() if event.occurred_at < ENDS]
    late = next(e for e in told if "request.result-ready" in e.moves and e.occurred_at >= BEGINS)
    return [event for event in told if event is not late], late


async def with_cases(office: Ministry, *moves: RequestMoved) -> None:
    await office.records(*(record(move, move.version) for move in moves))


async def refused(office: Ministry, **said: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await office.freeze(**said)
    return refusal.value.code


async def test_a_month_is_frozen_when_it_is_over_by_the_head_or_an_officer_of_the_agency_above() -> None:
    office = await Ministry.of_the_province()
    office.clock.moment = ENDS - timedelta(seconds=1)
    assert await refused(office) == "MONTH_NOT_OVER"
    office.clock.moment = ENDS
    assert await refused(office, officerId=CLERK) == "NOT_AUTHORISED"
    assert await refused(office, officerId=ELSEWHERE) == "NOT_AUTHORISED"
    assert await refused(office, officerId="nobody") == "UNKNOWN_OFFICER"
    assert await refused(office, org_id="no-agency") == "UNKNOWN_AGENCY"
    assert office.store.collections.get(PACK.name, {}) == {}
    done = await office.freeze(officerId=INSPECTOR)
    assert (done.answer or {})["created"] is True
    assert office.pack().revisions[0].frozen_by == INSPECTOR
    office.clock.advance(days=40)
    again = await office.freeze(officerId=HEAD)
    assert again.answer == {**(done.answer or {}), "created": False}


async def test_every_figure_of_the_closed_list_is_there_and_nothing_else() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    await office.freeze()
    told = json_of(office)
    assert list(told["content"]["figures"]) == list(FIGURES)
    assert list(told["content"]["tables"]) == list(TABLES)
    for code, figure in told["content"]["figures"].items():
        assert (figure["value"] is not None) or figure["why"], f"{code} is missing without a reason"
    for name, table in TABLES.items():
        for row in told["content"]["tables"][name]:
            assert set(row) == {"id", *table.columns}, name


async def test_asked_twice_and_counted_twice_it_is_the_same_in_every_form() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    first = await office.freeze()
    prints = office.revision(1).prints
    assert {(each.form, each.public) for each in prints} == {(form, public) for form in Form for public in (0, 1)}
    office.clock.advance(days=70)
    again = await office.freeze(revise=True)
    assert (again.answer or {})["revision"] == (first.answer or {})["revision"] == 1
    other = await Ministry.of_the_province()
    shuffled = [*events(), *events()[:40]]
    chance_of(3).shuffle(shuffled)
    await with_cases(other, *shuffled)
    await other.freeze()
    assert other.revision(1).prints == prints, "another machine, another order, repetitions"


async def test_the_hashes_that_the_json_names_are_those_of_the_bytes() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    await office.freeze()
    for public in (False, True):
        told = json_of(office, public=public)
        for form in (Form.CSV, Form.XLSX, Form.HTML):
            printed = office.revision(1).printed(form, public=public)
            assert told["formats"][form] == printed.sha256 == sha256(bytes_of(printed)).hexdigest()
        again = json.dumps(told["content"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        assert told["sha256"] == sha256(again).hexdigest()
    assert json_of(office)["sha256"] == office.pack().revisions[0].sha256


async def test_a_case_that_moves_on_changes_no_month_that_is_over() -> None:
    told = events()
    office = await Ministry.of_the_province()
    await with_cases(office, *(event for event in told if event.occurred_at < ENDS))
    await office.freeze()
    office.clock.moment = at("1405/11/05 10:00")
    await with_cases(office, *(event for event in told if event.occurred_at >= ENDS))
    assert office.pack().late == 0
    await office.freeze(revise=True)
    assert len(office.pack().revisions) == 1
    await office.freeze(month="1405-09")
    assert values(json_of_month(office, "1405-09")) != values(json_of(office))


def json_of_month(office: Ministry, month: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(bytes_of(office.revision(1, month=month).printed(Form.JSON, public=False)))
    return told


async def test_an_event_of_a_frozen_month_that_comes_late_makes_another_revision() -> None:
    told, late = all_but_one()
    office = await Ministry.of_the_province()
    await with_cases(office, *told)
    await office.freeze()
    first = office.revision(1)
    await with_cases(office, late, late)
    assert office.pack().late_at is not None
    assert len(office.pack().revisions) == 1, "what comes late is waited for"
    await office.recounts()
    pack = office.pack()
    assert [(each.number, each.why, each.frozen_by) for each in pack.revisions] == [
        (1, Why.ASKED, HEAD),
        (2, Why.LATE, None),
    ]
    assert pack.late_at is None
    assert json_of(office, 2)["supersedes"] == 1
    assert office.revision(1) == first, "the one before stays as it was"
    await office.recounts()
    assert len(office.pack().revisions) == 2


async def test_what_comes_late_and_changes_nothing_makes_no_revision() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    await office.freeze()
    life = Life(chance_of(1), 900)
    life.facts |= {"org_id": AGENCY, "filed_at": at("1405/01/05 10:00")}
    life.now = at("1405/08/20 10:00")
    life.tells("commitment.added")
    await with_cases(office, *life.events)
    assert office.pack().late_at is not None
    await office.recounts()
    assert (len(office.pack().revisions), office.pack().late_at) == (1, None)


async def test_of_a_month_that_nobody_asked_for_nothing_is_kept() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    assert office.store.collections.get(PACK.name, {}) == {}
    assert len(office.store.collections[CASE.name]) == 30


async def test_what_comes_while_a_month_is_counted_is_counted_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    told, late = all_but_one()
    office = await Ministry.of_the_province()
    await with_cases(office, *told)
    reading = office.readable.find

    async def and_meanwhile(*asked: Any, **options: Any) -> Any:
        found = await reading(*asked, **options)
        if asked[0] is DEFICIENCY:  # it is looked up after the cases
            monkeypatch.undo()
            await with_cases(office, late)
        return found

    monkeypatch.setattr(office.readable, "find", and_meanwhile)
    await office.freeze()
    assert office.pack().late_at is not None
    await office.recounts()
    assert len(office.pack().revisions) == 2


async def test_two_who_freeze_at_once_get_one_revision() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    command = FreezePack.model_validate({"orgId": AGENCY, "month": MONTH, "officerId": HEAD, "revise": True})
    await office.freeze()
    stale = office.pack().model_copy(update={"revisions": ()})
    made = await count(office.readable, stale, office.clock.now(), HEAD)
    done = await office.submit(PACK, stale.id, FreezeWish(command=command, count=made, around=around()))
    assert (done.answer or {})["created"] is False
    other = made.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(Refused) as refusal:
        await office.submit(PACK, stale.id, FreezeWish(command=command, count=other, around=around()))
    assert refusal.value.code == "OVERTAKEN"


async def test_the_report_of_the_head_comes_after_the_month_and_belongs_to_it() -> None:
    office = await Ministry.of_the_province()
    await office.freeze()
    assert json_of(office)["content"]["figures"]["remediation.receiptNo"] == {"value": None, "why": "NOT_REPORTED"}
    body = SubmitReport.model_validate(
        {"orgId": AGENCY, "period": MONTH, "noneFound": True, "text": "موردی نبود", "officerId": HEAD}
    )
    wish = SubmitWish(command=body, open_in_period=(), around=around())
    await office.submit(REPORT, report_id(AGENCY, MONTH), wish)
    await office.recounts()
    told = values(json_of(office, 2))
    assert (told["remediation.submitted"], told["remediation.items"], told["remediation.submittedBy"]) == (
        True,
        0,
        HEAD,
    )


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
    founding = values({"content": await counted(office.readable, AGENCY, "1405-04")})
    assert (founding["desk.exists"], founding["sheets.published"], founding["coverage.baselineMonth"]) == (
        False,
        0,
        None,
    )


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
