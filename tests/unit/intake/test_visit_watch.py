"""The watch reads all that a change touches, goes on where it stopped, and is held up by no case (domain 12.24)."""

from typing import Any

import pytest

from services.contracts.working_calendar import DayKind
from services.intake import visit_watch
from services.intake.handlers import REQUEST
from services.runtime.driver import StoreAway
from services.runtime.message import Held
from tests.unit.intake.cases import PERMITS_DESK, TAX_DESK, TAX_OFFICER
from tests.unit.intake.watched import TEN, Watched


async def test_12_24_the_watch_reads_every_page_and_a_small_desk_is_not_behind_a_large_one(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_watch, "PAGE", 4)
    large = [await house.promised("NEXT_VISIT") for _ in range(18)]
    filed = await house.intake.file(serviceId="tax-clearance", deskId=TAX_DESK, officerId=TAX_OFFICER)
    small = filed.json()["requestId"]
    promised = await house.promise(small, "NEXT_VISIT", TEN.isoformat(), officerId=TAX_OFFICER)
    assert promised.status_code == 201, promised.text
    before = {id: (await house.intake.state(id)).case.version for id in (*large, small)}
    order: list[str] = []
    submit = house.intake.memory.door.submit

    async def noting(entity: Any, id: str, body: Any, **options: Any) -> Any:
        order.append(id)
        return await submit(entity, id, body, **options)

    monkeypatch.setattr(house.intake.memory.door, "submit", noting)
    shut = [house.desk(status="SUSPENDED"), house.desk(TAX_DESK, status="SUSPENDED")]
    assert await house.recorded(*shut) == 19
    assert order.index(small) <= 8, "after one or two pages of the other"
    assert sorted(order) == sorted([*large, small]), "each once"
    for id in (*large, small):
        assert (await house.intake.state(id)).case.version == before[id] + 1


async def test_12_24_a_small_agency_is_done_before_one_with_many_desks_has_hardly_begun(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their order in the registry; its few cases at two desks are one page."""
    monkeypatch.setattr(visit_watch, "PAGE", 3)
    large = [house.desk().model_copy(update={"id": f"{PERMITS_DESK}-c{n:02}"}) for n in range(20)]
    small = [house.desk(TAX_DESK).model_copy(update={"id": f"z-{n}", "org_id": "z"}) for n in range(2)]
    house.intake.memory.registry = house.intake.memory.registry.with_entries([*large, *small])
    await house.watch.look()
    agency: dict[str, str] = {}
    for desk in (*large, *large, *small):
        id = await house.promised("NEXT_VISIT")
        house.intake.memory.store.collections[REQUEST.name][id]["state"]["case"]["deskId"] = desk.id
        agency[id] = desk.org_id
    order: list[str] = []
    submit = house.intake.memory.door.submit

    async def noting(entity: Any, id: str, body: Any, **options: Any) -> Any:
        order.append(agency[id])
        return await submit(entity, id, body, **options)

    monkeypatch.setattr(house.intake.memory.door, "submit", noting)
    shut = [desk.model_copy(update={"status": "SUSPENDED"}) for desk in (*large, *small)]
    assert await house.recorded(*shut) == 42
    assert (len(order), order[:2]) == (42, ["z", "z"])


async def test_the_watch_goes_on_where_it_stopped_and_a_second_one_tells_nobody_again(house: Watched) -> None:
    ids = [await house.promised("NEXT_VISIT") for _ in range(3)]
    house.intake.memory.store.away = True
    with pytest.raises(StoreAway):
        await house.recorded(house.day(DayKind.CLOSED))
    house.intake.memory.store.away = False
    assert await house.watch.look() == 3
    assert await Watched(house.intake).watch.look() == 0, "as after a restart, or in another process"
    assert [len((await house.visit(id)).moves) for id in ids] == [1, 1, 1]


@pytest.mark.parametrize("kind", ["NEXT_VISIT", "APPOINTMENT"])
async def test_a_visit_that_was_promised_before_a_change_and_written_after_the_watch_has_passed_is_found(
    house: Watched, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """12.16: the desk is closed, and looked at, between the decision and its write."""
    store = house.intake.memory.store
    write = store.write
    looks: list[int] = []

    async def slow(entity: Any, documents: Any, now: Any) -> Any:
        promised = entity is REQUEST and any(one.state.case.open_visits() for one in documents)
        if promised and not looks:
            looks.append(0)
            looks[0] += await house.recorded(house.day(DayKind.CLOSED))
        return await write(entity, documents, now)

    monkeypatch.setattr(store, "write", slow)
    id = await house.promised(kind)
    assert (looks, await house.watch.look()) == ([0], 0), "the watch has passed by, and sees no change"
    house.intake.memory.clock.moment += visit_watch.WRITTEN_BY_THEN
    assert await house.watch.look() == 1
    visit = await house.visit(id)
    assert (visit.visit.warned_at is not None, len(visit.moves)) == ((True, 0) if kind == "APPOINTMENT" else (False, 1))
    house.intake.memory.clock.moment += visit_watch.WRITTEN_BY_THEN
    assert await house.watch.look() == 0, "once more, and not for ever"


async def test_one_case_that_cannot_be_told_does_not_hold_up_the_others(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Domain 12.22."""
    bad, *good = [await house.promised("NEXT_VISIT") for _ in range(3)]
    submit = house.intake.memory.door.submit

    async def holding(entity: Any, id: str, body: Any, **options: Any) -> Any:
        if id == bad:
            raise Held(id)
        return await submit(entity, id, body, **options)

    monkeypatch.setattr(house.intake.memory.door, "submit", holding)
    assert await house.recorded(house.day(DayKind.CLOSED)) == 2
    assert [len((await house.visit(id)).moves) for id in (bad, *good)] == [0, 1, 1]
    assert ("a request was not looked at again", {"id": bad, "error": "Held"}) in house.intake.log.lines
