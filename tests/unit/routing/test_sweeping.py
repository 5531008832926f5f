"""A changed calendar reaches every running Clock, agencies in turn; a restart goes on where it was (12.9, 12.24)."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.contracts.commitment import Commitment
from services.contracts.snapshot import Snapshot
from services.routing import sweeping
from services.routing.handlers import CASE
from services.routing.sweeping import PAGE, Sweep, Versions, versions
from services.runtime.driver import StoreAway
from services.runtime.lookups import Stored
from services.runtime.store import Store
from services.runtime.telemetry import Metrics
from services.worktime import jalali_text
from tests.unit.intake.edge import KeptLog
from tests.unit.routing.office import Office, province, registered
from tests.unit.routing.re_dated_days import FILED, Days, day

CLOSED = (day("1405/09/10"),)
DAYS = Days((), CLOSED, (*CLOSED, day("1405/09/11")))


def agencies(**cases: int) -> dict[str, str]:
    """Requests by id, and the agency of each."""
    return {f"{org}-{number}": org for org, count in cases.items() for number in range(count)}


async def an_office(requests: dict[str, str], promise: Commitment | None = None) -> Office:
    """With these cases of building permits, promised by version 1."""
    office = Office(province("ada", load_cap=10_000).with_entries(DAYS.entries))
    promise = promise or DAYS.promised()
    events = [registered(id, FILED, org_id=org, commitments=(promise,)) for id, org in requests.items()]
    for start in range(0, len(events), 200):
        await office.hear(*events[start : start + 200])
    return office


def a_sweep(office: Office, per_second: float = 1e9) -> Sweep:
    return Sweep(office.door, cast(Store, office.store), Metrics("routing"), KeptLog(), per_second)


def to(version: int) -> Versions:
    return {DAYS.entries[0].id: version}


async def swept(office: Office, version: int = 2) -> Sweep:
    sweep = a_sweep(office)
    async with office.serving():
        assert await sweep.run(lambda: to(version), {}) == to(version)
    await office.settle()
    return sweep


def moved(office: Office) -> list[str]:
    """The requests whose due time moved, in order."""
    return [event.request_id for event in office.published() if "clock.due-moved" in event.moves]


async def test_every_clock_is_counted_anew_and_the_first_page_is_not_the_last() -> None:
    requests = agencies(a=PAGE + 50)
    office = await an_office(requests)
    sweep = await swept(office)
    assert sorted(moved(office)) == sorted(requests)
    assert sweep.counted == {"moved": PAGE + 50}
    assert {jalali_text(office.case(id).clock.due) for id in requests} == {"1405/09/21 09:30"}


async def test_an_agency_with_few_is_done_before_a_large_one_has_hardly_begun() -> None:
    """Whatever its name: it goes before those that sort first too."""
    requests = agencies(a=220, b=180, z=20)
    office = await an_office(requests)
    await swept(office)
    order = [requests[id] for id in moved(office)]
    last_of_z = max(place for place, org in enumerate(order) if org == "z")
    assert last_of_z < len(requests) * 0.05
    half = order[20 : 20 + 2 * PAGE]
    assert half.count("a") == half.count("b"), "large ones take turns"


async def test_what_is_done_is_not_done_again_by_the_next_process() -> None:
    requests = agencies(a=250, b=20)
    office = await an_office(requests)

    class Dies(Sweep):
        async def _count_anew(self, page: list[Stored[Any]], version: int) -> None:
            if len(moved(office)) >= 100:
                raise StoreAway("killed")
            await super()._count_anew(page, version)
            await office.settle()

    dying = Dies(office.door, cast(Store, office.store), Metrics("routing"), KeptLog(), 1e9)
    async with office.serving():
        with pytest.raises(StoreAway):
            await dying.run(lambda: to(2), {})
    assert 100 <= len(moved(office)) < len(requests)
    await swept(office)
    assert sorted(moved(office)) == sorted(requests), "each once"


async def test_a_change_that_comes_meanwhile_joins_in_and_nobody_is_moved_twice() -> None:
    requests = agencies(a=350)
    office = await an_office(requests)
    asked: list[int] = []

    def newest() -> Versions:
        asked.append(1)
        return to(2) if len(asked) < 3 else to(3)

    sweep = a_sweep(office)
    async with office.serving():
        assert await sweep.run(newest, {}) == to(3)
    await office.settle()
    assert {office.case(id).calendar.version for id in requests} == {3}
    assert len(moved(office)) == 350 + 200, "two pages were moved by the version before; the others went straight there"


async def test_one_that_cannot_be_counted_keeps_nobody() -> None:
    requests = agencies(a=150)
    office = await an_office(requests)
    document = office.store.collections[CASE.name]["a-7"]
    document["state"]["calendar"]["version"] = 0  # a version that was never published
    sweep = await swept(office)
    assert sweep.counted == {"moved": 149, "failed": 1}
    document["state"]["calendar"]["version"] = 1
    assert (await swept(office)).counted == {"moved": 1}


async def test_where_nothing_is_behind_nothing_is_said() -> None:
    office = await an_office(agencies(a=3))
    sweep = await swept(office, version=1)
    assert (moved(office), cast(KeptLog, sweep.log).lines) == ([], [])


async def test_progress_is_logged_by_agency_without_a_word_of_people() -> None:
    sweep = await swept(await an_office(agencies(a=120, z=10)))
    lines = cast(KeptLog, sweep.log).lines
    assert lines[0] == ("calendars have changed", {"clocks": 130, "agencies": 2})
    assert [facts.get("agency") for _, facts in lines[1:]] == ["z", "a", None]
    assert lines[-1] == ("all due times are up to date", {"moved": 130})


async def test_a_case_that_comes_in_by_an_older_version_is_found_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intake filed it a moment before it heard of the change."""
    monkeypatch.setattr(sweeping, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(sweeping, "EVERY_SECONDS", 0.05)
    office = await an_office(agencies(a=2))
    settings = SimpleNamespace(re_dates_per_second=1e9)
    parts: Any = SimpleNamespace(
        door=office.door,
        store=office.store,
        metrics=Metrics("routing"),
        log=KeptLog(),
        settings=settings,
        snapshot=lambda: office.registry,
    )
    async with office.serving():
        keeping_up = asyncio.create_task(sweeping.keep_up_with_calendars(parts))
        while office.case("a-1").calendar.version < 3:
            await asyncio.sleep(0.005)
        await office.hear(registered("late", FILED, org_id="a", commitments=(DAYS.promised(),)))
        while office.case("late").calendar.version < 3:
            await asyncio.sleep(0.005)
        keeping_up.cancel()


def test_the_newest_version_of_each_calendar_counts() -> None:
    entries: Sequence[Any] = DAYS.entries
    assert versions(Snapshot().with_entries(entries)) == to(3)
