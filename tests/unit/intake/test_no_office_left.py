"""Whoever was sent to kiosk offices of which none can take the case any more is work for the desk at once (domain 5).

Filed on Monday 1405/09/02 at 10:00; the redirect lapses on Thursday at 10:00.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from services.contracts.entry import Entry, Status
from services.contracts.registry import Closure, Kiosk
from services.contracts.working_calendar import DayException, DayKind
from services.intake import visit_watch
from services.intake.handlers import REQUEST
from services.runtime.driver import StoreAway
from services.worktime import parse_jalali
from tests.support.readable_store import ReadableStore
from tests.unit.intake.cases import SOCIAL_DESK, SOCIAL_OFFICER, at
from tests.unit.intake.edge import a_submission
from tests.unit.intake.watched import Watched

SERVICE = "social-insurance-record"
TUESDAY = at("1405/09/03 10:00")
NOBODY, LAPSED = ["NO_OFFICE_LEFT"], ["REDIRECT_LAPSED"]


async def redirected(house: Watched) -> str:
    filed = await house.intake.file(serviceId=SERVICE, deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    assert filed.json()["state"] == "REDIRECTED"
    id: str = filed.json()["requestId"]
    return id


async def waiting(house: Watched, id: str) -> list[Any]:
    """Why the case stands in the work list of its desk; nothing where it does not."""
    answer = await house.intake.http.get(f"/v1/desks/{SOCIAL_DESK}/work")
    return [reason for item in answer.json()["items"] if item["requestId"] == id for reason in item["attention"]]


def offices(house: Watched, **changes: Any) -> list[Kiosk]:
    return [office.model_copy(update=changes) for office in house.intake.memory.registry.every_kiosk()]


def partners(house: Watched) -> list[Entry]:
    return [each.model_copy(update={"status": Status.SUSPENDED}) for each in house.intake.memory.registry.partners()]


def offerings(house: Watched) -> list[Entry]:
    found = house.intake.memory.registry.offerings(SERVICE)
    return [each.model_copy(update={"status": Status.RETIRED}) for each in found if each.channel.startswith("KIOSK")]


def calendars(house: Watched) -> list[Entry]:
    registry, found = house.intake.memory.registry, []
    for id in {office.calendar_id for office in registry.every_kiosk()}:
        calendar = registry.calendar(id)
        assert calendar is not None
        days = [parse_jalali(f"1405/09/{day:02}") for day in range(2, 9)]
        shut = [DayException(date=day, kind=DayKind.CLOSED, status="CONFIRMED", source="برف") for day in days]
        others = [one for one in calendar.exceptions if one.date not in days]
        found.append(calendar.model_copy(update={"exceptions": (*others, *shut)}))
    return [*found]


CHANGES: dict[str, Callable[[Watched], Sequence[Entry]]] = {
    "their licences are suspended": lambda house: offices(house, status=Status.SUSPENDED),
    "they are retired": lambda house: offices(house, status=Status.RETIRED),
    "their partners are suspended": partners,
    "they offer it no more": offerings,
    "their calendars are closed": calendars,
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_case_whose_offices_are_all_gone_is_desk_work_at_once(house: Watched, change: str) -> None:
    id = await redirected(house)
    version = (await house.intake.state(id)).case.version
    assert await house.recorded(*CHANGES[change](house)) == 1
    assert await waiting(house, id) == NOBODY
    case = (await house.intake.state(id)).case
    assert (case.state, case.version) == ("REDIRECTED", version), "the desk alone is told"
    assert await house.recorded(house.desk(floor=2)) == 0, "once"


async def test_it_is_none_while_one_of_the_offices_is_left(house: Watched) -> None:
    id = await redirected(house)
    one, *others = (await house.intake.state(id)).case.redirect.kiosks
    assert others
    gone = [office for office in offices(house, status=Status.SUSPENDED) if office.id != one.id]
    assert await house.recorded(*gone) == 0
    assert await waiting(house, id) == []


async def test_the_work_goes_away_when_an_office_is_there_again(house: Watched) -> None:
    id = await redirected(house)
    known = offices(house)
    await house.recorded(*offices(house, status=Status.SUSPENDED))
    one = (await house.intake.state(id)).case.redirect.kiosks[0]
    assert await house.recorded(*[office for office in known if office.id == one.id]) == 1
    assert await waiting(house, id) == []


async def test_at_the_lapse_it_is_a_lapsed_redirect_like_any_other(house: Watched) -> None:
    id = await redirected(house)
    gone = offices(house, status=Status.SUSPENDED)
    await house.recorded(*gone)
    await house.intake.memory.tick(days=5)
    assert await waiting(house, id) == LAPSED
    assert await house.recorded(*gone) == 0
    assert await waiting(house, id) == LAPSED


async def test_offices_that_were_to_close_later_are_gone_when_their_last_day_is_over(house: Watched) -> None:
    """Nothing changes in the registry then."""
    id = await redirected(house)
    holiday = Closure(first=TUESDAY.date(), last=(TUESDAY + timedelta(days=7)).date(), reason="سفر")
    assert await house.recorded(*offices(house, closures=(holiday,))) == 0, "they are open today"
    house.intake.memory.clock.moment = TUESDAY
    assert await house.watch.look() == 1
    assert await waiting(house, id) == NOBODY
    assert await house.watch.look() == 0


async def test_who_was_sent_away_just_when_the_offices_went_is_found(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are gone, and the desk is looked at, between the decision and its write."""
    store = house.intake.memory.store
    write, looks = store.write, list[int]()

    async def slow(entity: Any, documents: Any, now: Any) -> Any:
        if entity is REQUEST and not looks:
            looks.append(await house.recorded(*offices(house, status=Status.SUSPENDED)))
        return await write(entity, documents, now)

    monkeypatch.setattr(store, "write", slow)
    id = await redirected(house)
    assert (looks, await house.watch.look()) == ([0], 0)
    house.intake.memory.clock.moment += visit_watch.WRITTEN_BY_THEN
    assert await house.watch.look() == 1
    assert await waiting(house, id) == NOBODY


@pytest.mark.parametrize("cause", ["SHUT", "REFUSED"])
async def test_the_desk_takes_it_back_as_ever(house: Watched, cause: str) -> None:
    id = await redirected(house)
    await house.recorded(*offices(house, status=Status.SUSPENDED))
    body = {"cause": cause, "officerId": SOCIAL_OFFICER}
    taken = await house.intake.post(f"/v1/requests/{id}/return-from-kiosk", body)
    assert (taken.status_code, taken.json()["attention"]) == (200, [])


async def test_sent_on_to_another_office_it_is_no_work_any_more(house: Watched) -> None:
    id = await redirected(house)
    case = (await house.intake.state(id)).case
    known = offices(house)
    await house.recorded(*offices(house, status=Status.SUSPENDED))
    house.says(*known)  # they are back, and the watch has not come by
    body = {
        "cause": "SHUT",
        "kioskId": case.redirect.kiosks[0].id,
        "officerId": f"{SOCIAL_DESK}-02",
        "secondOfficerId": SOCIAL_OFFICER,
    }
    sent = await house.intake.post(f"/v1/requests/{id}/redirect", body)
    assert (sent.status_code, sent.json()["attention"]) == (200, [])


async def test_an_office_that_honours_it_all_the_same_ends_the_work(house: Watched) -> None:
    id = await redirected(house)
    known = offices(house)
    ref = (await house.intake.state(id)).case.redirect.ref
    await house.recorded(*offices(house, status=Status.SUSPENDED))
    house.says(*known)
    await house.intake.http.post("/v1/kiosk/submissions", json=a_submission(redirectRef=ref))
    await house.intake.memory.settle()
    case = (await house.intake.state(id)).case
    assert (case.state, case.attention) == ("PROMISED", ())


async def test_a_change_of_the_offices_has_only_redirected_cases_looked_at(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are not read: offices change every day, and most cases have nothing to do with them."""
    id, asked_back = await redirected(house), await house.promised("NEXT_VISIT")
    store, read = cast(ReadableStore, house.intake.memory.store), list[str]()
    find = store.find

    async def noting(entity: Any, *query: Any, **options: Any) -> Any:
        found = await find(entity, *query, **options)
        read.extend(one.id for one in found if entity is REQUEST)
        return found

    await house.watch.look()
    house.intake.memory.clock.moment += visit_watch.WRITTEN_BY_THEN
    await house.watch.look()
    monkeypatch.setattr(store, "find", noting)
    assert await house.recorded(*offices(house, status=Status.SUSPENDED)) == 1
    assert (id in read, asked_back in read) == (True, False)


async def test_a_desk_that_is_looked_at_already_when_the_offices_change_is_looked_at_whole(
    house: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """12.24: the watch stopped within the desk's cases."""
    monkeypatch.setattr(visit_watch, "PAGE", 1)
    visits = [await house.promised("NEXT_VISIT") for _ in range(3)]
    submit, told = house.intake.memory.door.submit, list[str]()

    async def offices_go(entity: Any, id: str, body: Any, **options: Any) -> Any:
        told.append(id)
        if len(told) == 1:
            house.says(*offices(house, status=Status.SUSPENDED))
            raise StoreAway
        return await submit(entity, id, body, **options)

    monkeypatch.setattr(house.intake.memory.door, "submit", offices_go)
    with pytest.raises(StoreAway):
        await house.recorded(house.day(DayKind.CLOSED))
    await house.watch.look()
    assert [len((await house.visit(id)).moves) for id in visits] == [1, 1, 1]
