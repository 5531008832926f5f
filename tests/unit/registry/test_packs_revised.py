"""A pack that was frozen stays; what comes late makes a further revision of it (domain 11)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused
from services.contracts.intake import RequestMoved
from services.ops.chance import Chance
from services.registry.domain.packs import Form, FreezePack, FreezeWish, Why
from services.registry.domain.reporting import ReportWish
from services.registry.handlers import CASE, DEFICIENCY, PACK
from services.registry.packing import count
from tests.unit.registry.frozen import bytes_of, events, json_of, values, with_cases
from tests.unit.registry.governorate import AGENCY, HEAD, a_report, around, at
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import BEGINS, ENDS, MONTH, Life


def all_but_one() -> tuple[list[RequestMoved], RequestMoved]:
    """What happened until the month ended; one result of the month is on its way still."""
    told = [event for event in events() if event.occurred_at < ENDS]
    late = next(e for e in told if "request.result-ready" in e.moves and e.occurred_at >= BEGINS)
    return [event for event in told if event is not late], late


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
    life = Life(Chance(1), 900)
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


async def test_a_month_that_was_frozen_as_it_ended_is_counted_again_for_what_was_being_written_then() -> None:
    office = await Ministry.of_the_province()
    office.clock.moment = ENDS - timedelta(seconds=1)
    await office.submit(DEFICIENCY, "d1", ReportWish(deficiency_id="d1", command=a_report(), around=around()))
    written = office.store.collections[DEFICIENCY.name].pop("d1")
    office.clock.moment = ENDS
    await office.freeze()
    assert values(json_of(office))["deficiencies.reported"] == 0
    office.store.collections[DEFICIENCY.name]["d1"] = written
    await office.recounts()
    assert values(json_of(office, 2))["deficiencies.reported"] == 1
    await office.recounts()
    assert (len(office.pack().revisions), office.pack().late_at) == (2, None)


@pytest.mark.parametrize(("seconds", "again"), [(0, True), (59, True), (60, False)])
async def test_so_is_it_until_whatever_was_written_then_is_there(seconds: int, again: bool) -> None:
    office = await Ministry.of_the_province()
    for _ in range(2):
        office.clock.moment = ENDS + timedelta(seconds=seconds)
        await office.freeze(revise=True)
        assert (office.pack().late_at is not None) is again


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
