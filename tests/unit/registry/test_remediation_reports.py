"""The head reports every deficiency of a month; the office above receives it under the next number (domain 1.6, 3)."""

import asyncio
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused
from services.registry.domain.month import span
from services.registry.domain.receipts import Register, enter
from services.registry.domain.remediation import (
    NumberWanted,
    ReceiveReport,
    ReceiveWish,
    RemediationReport,
    SubmitReport,
    SubmitWish,
    report_id,
    submit,
)
from services.registry.duty_store import open_in
from services.registry.handlers import DEFICIENCY, RECEIPTS, REPORT
from services.runtime.document import Document
from tests.unit.registry.governorate import (
    ABOVE,
    AGENCY,
    CLERK,
    HEAD,
    INSPECTOR,
    Office,
    around,
    at,
    province,
    reported,
    state_of,
    world,
)

AFTER = at("1405/09/01 09:00")
OPEN = ("d-1", "d-2")
REPORT_ID = report_id(AGENCY, "1405-08")


def wished(*items: str, open_: tuple[str, ...] = OPEN, head: bool = True, **changes: Any) -> SubmitWish:
    said = {
        "orgId": AGENCY,
        "period": "1405-08",
        "items": list(items),
        "noneFound": not items,
        "text": "گزارش ماه",
        "officerId": HEAD,
    }
    command = SubmitReport.model_validate(said | changes)
    return SubmitWish(command=command, open_in_period=open_, around=around(province(head=head)))


def submitted(
    *items: str, known: RemediationReport | None = None, now: Any = AFTER, **changes: Any
) -> Decision[RemediationReport]:
    return submit(known, wished(*items, **changes), world(now))


def test_a_month_is_a_jalali_month_in_tehran() -> None:
    assert span("1405-08") == (at("1405/08/01 00:00"), at("1405/09/01 00:00"))
    assert span("1405-12") == (at("1405/12/01 00:00"), at("1406/01/01 00:00"))


def test_every_deficiency_of_the_period_is_in_it() -> None:
    decision = submitted("d-2", "d-1", "d-1")
    assert decision.state is not None
    assert decision.state.newest.items == ("d-2", "d-1")
    assert decision.answer == {"reportId": REPORT_ID, "revision": 1}
    assert submitted(open_=()).state is not None, "none found"


@pytest.mark.parametrize(
    ("items", "changes", "code", "told"),
    [
        (("d-1",), {}, "ITEMS_MISSING", ["d-2"]),
        ((), {}, "ITEMS_MISSING", ["d-1", "d-2"]),
        (("d-1", "d-2", "d-9"), {}, "UNKNOWN_ITEMS", ["d-9"]),
        (("d-1", "d-2"), {"noneFound": True}, "ITEMS_OR_NONE", None),
        ((), {"noneFound": False}, "ITEMS_OR_NONE", None),
        (("d-1", "d-2"), {"period": "1405-09"}, "PERIOD_NOT_OVER", None),
        (("d-1", "d-2"), {"officerId": CLERK}, "NOT_AUTHORISED", None),
        (("d-1", "d-2"), {"head": False}, "NO_HEAD", None),
    ],
)
def test_what_is_not_the_whole_truth_of_the_head_is_refused(
    items: tuple[str, ...], changes: dict[str, Any], code: str, told: list[str] | None
) -> None:
    with pytest.raises(Refused) as refusal:
        submitted(*items, **changes)
    assert refusal.value.code == code
    assert refusal.value.facts.get("items") == told


def test_a_correction_is_another_revision() -> None:
    first = submitted("d-1", "d-2").state
    with pytest.raises(Refused, match="NOTHING_CHANGED"):
        submitted("d-1", "d-2", known=first)
    second = submitted("d-1", "d-2", known=first, text="اصلاح شد").state
    assert second is not None
    assert [each.text for each in second.revisions] == ["گزارش ماه", "اصلاح شد"]


@pytest.mark.parametrize("period", ["1405-13", "1405-8", "2026-08", "1405/08"])
def test_a_period_is_a_month_of_our_time(period: str) -> None:
    with pytest.raises(ValueError, match="period"):
        wished("d-1", period=period)


def test_digits_of_any_script_name_a_period() -> None:
    assert wished("d-1", period="۱۴۰۵-۰۸").command.period == "1405-08"


# -- received ---------------------------------------------------------------------------------------------------------


def received(by: str = INSPECTOR) -> ReceiveWish:
    return ReceiveWish(command=ReceiveReport(officer_id=by), around=around())


async def an_office(*agencies: str) -> Office:
    office = Office()
    office.clock.moment = AFTER
    for agency in agencies:
        state = submitted("d-1", "d-2").state
        assert state is not None
        report = state.model_copy(update={"id": report_id(agency, "1405-08"), "org_id": agency})
        await office.store.write(REPORT, [Document(report.id, state=report)], AFTER)
    return office


async def test_the_office_above_receives_it_under_a_number() -> None:
    office = await an_office(AGENCY)
    await office.submit(REPORT, REPORT_ID, received())
    receipt = office.state(REPORT, REPORT_ID).newest.receipt
    assert (receipt.number, receipt.office, receipt.officer_id) == ("1405/1", ABOVE, INSPECTOR)
    with pytest.raises(Refused, match="ALREADY_RECEIVED"):
        await office.submit(REPORT, REPORT_ID, received())
    correction = wished("d-1", "d-2", text="اصلاح شد")
    await office.submit(REPORT, REPORT_ID, correction)
    await office.submit(REPORT, REPORT_ID, received())
    assert [each.receipt.number for each in office.state(REPORT, REPORT_ID).revisions] == ["1405/1", "1405/2"]


@pytest.mark.parametrize("by", [HEAD, "wa-water-desk-01"])
async def test_only_the_agency_above_receives(by: str) -> None:
    office = await an_office(AGENCY)
    with pytest.raises(Refused, match="NOT_AUTHORISED"):
        await office.submit(REPORT, REPORT_ID, received(by))


async def test_thirty_reports_received_at_once_have_thirty_numbers_without_a_gap() -> None:
    agencies = [org.id for org in province()._newest.values() if org.KIND == "organization" and org.id != ABOVE]
    office = await an_office(*agencies)
    async with office.serving():
        await asyncio.gather(
            *(office.door.submit(REPORT, report_id(agency, "1405-08"), received()) for agency in agencies)
        )
    await office.settle()
    numbers = [office.state(REPORT, report_id(agency, "1405-08")).newest.receipt.number for agency in agencies]
    assert sorted(numbers, key=lambda text: int(text.split("/")[1])) == [f"1405/{n + 1}" for n in range(len(agencies))]
    assert len(office.state(RECEIPTS, f"{ABOVE}:1405").entries) == len(agencies)


def test_a_report_that_asks_twice_is_told_its_number_again() -> None:
    wanted = [NumberWanted(office=ABOVE, year=1405, report_id=id, revision=1) for id in ("a", "b", "a", "c")]
    register: Register | None = None
    told = []
    for each in wanted:
        decision = enter(register, each, world())
        register = decision.state
        told.append(decision.sends[0].body.to_wire()["number"])
    assert told == ["1405/1", "1405/2", "1405/1", "1405/3"], "and nobody else misses one"


async def test_what_was_open_in_a_month_was_reported_before_its_end_and_verified_after_its_beginning() -> None:
    office = Office()
    base = state_of(reported())

    async def put(id: str, begun: str, verified: str | None = None, org: str = AGENCY) -> None:
        known = base.model_copy(
            update={
                "id": id,
                "org_id": org,
                "reported_at": at(begun),
                "verified_at": at(verified) if verified else None,
            }
        )
        await office.store.write(DEFICIENCY, [Document(id, state=known)], AFTER)

    await put("before", "1405/06/10 10:00", "1405/07/30 23:59")
    await put("until", "1405/06/10 10:00", "1405/08/01 00:00")
    await put("within", "1405/08/10 10:00", "1405/08/20 10:00")
    await put("open", "1405/07/10 10:00")
    await put("later", "1405/09/01 00:00")
    await put("theirs", "1405/08/10 10:00", org="wa-water")
    assert await open_in(office.readable, AGENCY, *span("1405-08")) == ("open", "until", "within")
