"""The governorate pack: frozen when the month is over, the same however often it is asked for (domain 11)."""

import json
from datetime import timedelta
from hashlib import sha256
from itertools import product
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.ops.chance import Chance
from services.registry.domain.packs import Form, Report
from services.registry.domain.remediation import SubmitReport, SubmitWish, report_id
from services.registry.handlers import PACK, REPORT
from services.registry.pack.figures import FIGURES, TABLES
from tests.unit.registry.frozen import bytes_of, events, json_of, values, with_cases
from tests.unit.registry.governorate import (
    AGENCY,
    CLERK,
    ELSEWHERE,
    HEAD,
    INSPECTOR,
    around,
)
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import ENDS, MONTH


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
    assert {(each.report, each.form, each.public) for each in prints} == {*product(Report, Form, (False, True))}
    office.clock.advance(days=70)
    again = await office.freeze(revise=True)
    assert (again.answer or {})["revision"] == (first.answer or {})["revision"] == 1
    other = await Ministry.of_the_province()
    shuffled = [*events(), *events()[:40]]
    Chance(3).shuffle(shuffled)
    await with_cases(other, *shuffled)
    await other.freeze()
    assert other.revision(1).prints == prints, "another machine, another order, repetitions"


async def test_what_is_frozen_keeps_its_bytes_when_a_later_version_of_ours_prints_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Guarding cells of the CSV is one such difference: the content is the same, and so there is no revision of it."""
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    await office.freeze()
    before = office.revision(1)
    monkeypatch.setattr("services.registry.pack.printing.guarded", lambda text: f"'{text}")
    again = await office.freeze(revise=True)
    assert (again.answer or {})["created"] is False
    assert office.revision(1) == before


async def test_the_hashes_that_the_json_names_are_those_of_the_bytes() -> None:
    office = await Ministry.of_the_province()
    await with_cases(office, *events())
    await office.freeze()
    for public in (False, True):
        told = json_of(office, public=public)
        for form in (Form.CSV, Form.XLSX, Form.HTML):
            printed = office.revision(1).printed(form, public=public)
            assert printed is not None
            assert told["formats"][form] == printed.sha256 == sha256(bytes_of(printed)).hexdigest()
        again = json.dumps(told["content"], sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        assert told["sha256"] == sha256(again).hexdigest()
    assert json_of(office)["sha256"] == office.pack().revisions[0].sha256


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


async def test_of_a_month_before_the_registry_knew_the_agency_nothing_is_frozen() -> None:
    """What was not recorded yet is no desk that was missing."""
    office = await Ministry.of_the_province()
    assert await refused(office, month="1405-04") == "NOT_KNOWN_YET"
    assert (await office.freeze(month="1405-05")).answer
