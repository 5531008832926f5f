"""What one entry alone may have is given once, however many ask for it in the same moment (domain 3)."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Refused, World
from services.contracts.registry import Kiosk
from services.contracts.routing_rule import RoutingRule
from services.contracts.snapshot import Snapshot
from services.registry.domain.claims import HOLDS, IN_TIME, Claim, ClaimWish, Release, Sole, claim, in_time, release
from services.registry.handlers import FILES
from services.runtime.message import Broken, Held
from services.runtime.store import ANSWER_MS, FIND_MS
from tests.support.signing import signing_key
from tests.unit.registry.governorate import MONDAY
from tests.unit.registry.over_http import Registry
from tests.unit.registry.partners_steps import BY
from tests.unit.registry.say_of_others import ABOVE, ANY, read, told

HERE, THERE = "kiosks/wa-urmia-017", "kiosks/wa-khoy-003"
PUBLIC = signing_key("k1").public_key
WRITTEN = {"kid": "k", "publicKey": PUBLIC, "validFrom": "2026-11-23"}


@pytest.fixture
def registry(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Offices and rules are written only when two calls have looked at what there is, or one waited for the other."""
    submit, both = registry.office.door.submit, asyncio.Event()
    waiting = 0

    async def together(entity: Any, *args: Any, **options: Any) -> Any:
        nonlocal waiting
        if entity in (FILES[Kiosk], FILES[RoutingRule]):
            waiting += 1
            if waiting == 2:
                both.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(both.wait(), 0.2)
            waiting = 0
            both.clear()
        return await submit(entity, *args, **options)

    monkeypatch.setattr(registry.office.door, "submit", together)
    return registry


async def at_once(*calls: Any) -> list[tuple[int, str | None]]:
    return sorted([told(answer) for answer in await asyncio.gather(*calls)], key=str)


def keyed(registry: Registry, office: str, kid: str) -> Any:
    return registry.post(f"{office}/keys", {"kid": kid, "publicKey": PUBLIC, "officerId": BY})


async def holders(registry: Registry, *offices: str) -> list[str]:
    return [path for path in offices if any(key["publicKey"] == PUBLIC for key in (await read(registry, path))["keys"])]


async def test_of_two_offices_that_register_one_key_at_once_one_has_it(registry: Registry) -> None:
    assert await at_once(keyed(registry, HERE, "a"), keyed(registry, THERE, "b")) == [(201, None), (409, "KEY_KNOWN")]
    assert len(await holders(registry, HERE, THERE)) == 1


@pytest.mark.parametrize("by", [f"?officerId={ABOVE}", ""])
async def test_nor_is_it_recorded_with_two(registry: Registry, by: str) -> None:
    told_of = {path: await read(registry, path) | {"keys": [WRITTEN]} for path in (HERE, THERE)}
    calls = (registry.put(path + by, body, **ANY) for path, body in told_of.items())
    assert await at_once(*calls) == [(200, None), (409, "KEY_KNOWN")]
    assert len(await holders(registry, HERE, THERE)) == 1


async def test_of_two_new_offices_with_one_licence_one_is_recorded(registry: Registry) -> None:
    office = await read(registry, HERE) | {"licenceNo": "ص-۱/1406", "keys": []}
    calls = (registry.put(f"kiosks/{id}?officerId={ABOVE}", office | {"id": id}) for id in ("n-1", "n-2"))
    assert await at_once(*calls) == [(201, None), (409, "LICENCE_TAKEN")]


async def test_nor_do_two_that_were_retired_come_back_with_one(registry: Registry) -> None:
    office = await read(registry, HERE)
    why = {"officerId": ABOVE, "reason": "تعطیل شد"}
    assert told(await registry.post(f"{HERE}/retire", why)) == (200, None)
    other = office | {"id": "n-1", "keys": []}
    assert told(await registry.put(f"kiosks/n-1?officerId={ABOVE}", other)) == (201, None)
    assert told(await registry.post("kiosks/n-1/retire", why)) == (200, None)
    calls = (registry.post(f"{path}/resume", why) for path in (HERE, "kiosks/n-1"))
    assert await at_once(*calls) == [(200, None), (409, "LICENCE_TAKEN")]


async def test_of_two_rules_of_one_service_one_is_recorded(registry: Registry) -> None:
    rule = await read(registry, "rules/building-permit-rule") | {"serviceId": "building-completion"}
    rule |= {"rows": rule["rows"][-1:]}
    calls = (registry.put(f"rules/{id}?officerId={ABOVE}", rule | {"id": id}) for id in ("r-1", "r-2"))
    assert await at_once(*calls) == [(201, None), (409, "SERVICE_HAS_RULE")]


async def test_nor_do_two_that_were_suspended_come_back(registry: Registry) -> None:
    why = {"officerId": ABOVE, "reason": "بازنگری"}
    rule = await read(registry, "rules/building-permit-rule")
    assert told(await registry.post("rules/building-permit-rule/suspend", why)) == (200, None)
    assert told(await registry.put(f"rules/r-1?officerId={ABOVE}", rule | {"id": "r-1"})) == (201, None)
    assert told(await registry.post("rules/r-1/suspend", why)) == (200, None)
    calls = (registry.post(f"rules/{id}/resume", why) for id in ("building-permit-rule", "r-1"))
    assert await at_once(*calls) == [(200, None), (409, "SERVICE_HAS_RULE")]


# -- a claim by itself -------------------------------------------------------------------------------------------------


def claimed(known: Claim | None, office: str, seconds: float = 0.0) -> Claim:
    wish = ClaimWish(what=Sole.KEY, holder_id=office)
    state = claim(known, wish, World(now=MONDAY + timedelta(seconds=seconds), registry=Snapshot(), rules=None)).state
    assert state is not None
    return state


def released(known: Claim, office: str) -> Claim:
    state = release(known, Release(holder_id=office), World(now=MONDAY, registry=Snapshot(), rules=None)).state
    assert state is not None
    return state


def test_a_claim_stands_until_every_call_of_its_office_has_its_answer_or_its_time_is_over() -> None:
    twice = claimed(claimed(None, "a"), "a")
    once = released(twice, "a")
    for known in (twice, once, released(once, "b")):
        with pytest.raises(Refused, match="KEY_KNOWN") as refused:
            claimed(known, "b", HOLDS.total_seconds() - 1)
        assert refused.value.facts == {"names": ["a"]}
    assert claimed(released(once, "a"), "b").holder_id == "b"
    assert claimed(twice, "b", HOLDS.total_seconds()) == Claim(holder_id="b", at=MONDAY + HOLDS, calls=1), (
        "whoever claimed it was not heard of again"
    )
    assert claimed(twice, "a", HOLDS.total_seconds()).calls == 1


def test_what_was_claimed_too_long_ago_is_not_recorded_any_more() -> None:
    in_time(None, MONDAY)
    in_time(MONDAY, MONDAY + IN_TIME)
    with pytest.raises(Refused, match="CLAIM_ENDED"):
        in_time(MONDAY, MONDAY + IN_TIME + timedelta(seconds=1))


@pytest.mark.parametrize("path", [f"{HERE}?officerId={ABOVE}", f"{HERE}/keys", f"{HERE}/resume"])
async def test_nor_is_it_by_a_call_that_was_held_up_so_long(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    body: dict[str, Any] = {"kid": "k", "publicKey": PUBLIC, "officerId": ABOVE}
    if path.endswith("resume"):
        body = {"officerId": ABOVE, "reason": "باز شد"}
        assert told(await registry.post(f"{HERE}/retire", body)) == (200, None)
    elif not path.endswith("keys"):
        body = await read(registry, HERE) | {"keys": [WRITTEN]}
    hold_up(registry, monkeypatch)
    put = "?" in path
    answer = await (registry.put(path, body, **ANY) if put else registry.post(path, body))
    assert told(answer) == (409, "CLAIM_ENDED")


async def test_an_office_that_was_suspended_has_its_licence_and_claims_nothing(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = {"officerId": ABOVE, "reason": "بازدید"}
    assert told(await registry.post(f"{HERE}/suspend", why)) == (200, None)
    hold_up(registry, monkeypatch)
    assert told(await registry.post(f"{HERE}/resume", why)) == (200, None)


def hold_up(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on offices are decided a minute after their calls have claimed what they want."""
    submit = registry.office.door.submit

    async def late(entity: Any, *args: Any, **options: Any) -> Any:
        if entity in (FILES[Kiosk], FILES[RoutingRule]):
            registry.office.clock.advance(minutes=1)
        return await submit(entity, *args, **options)

    monkeypatch.setattr(registry.office.door, "submit", late)


def test_a_claim_outlasts_whatever_its_call_may_still_write() -> None:
    """A write is two calls of the store: its line, and itself."""
    write = 2 * timedelta(milliseconds=FIND_MS + ANSWER_MS)
    assert HOLDS - IN_TIME - write >= timedelta(seconds=30), "what clocks may differ by"


@pytest.mark.parametrize("fault", [Held(), Broken()])
async def test_nor_does_one_that_cannot_be_decided_keep_it(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    submit = registry.office.door.submit

    async def faulty(entity: Any, id: str, *args: Any, **options: Any) -> Any:
        if entity is FILES[Kiosk] and id in HERE:
            raise fault
        return await submit(entity, id, *args, **options)

    monkeypatch.setattr(registry.office.door, "submit", faulty)
    assert (await keyed(registry, HERE, "a")).status_code >= 500
    assert told(await keyed(registry, THERE, "b")) == (201, None)


async def test_an_office_that_is_refused_leaves_what_it_claimed_to_others(registry: Registry) -> None:
    twice = [WRITTEN, WRITTEN | {"kid": "k2"}]
    body = await read(registry, HERE) | {"keys": twice}
    assert told(await registry.put(HERE, body, **ANY)) == (409, "KEY_KNOWN")
    assert told(await keyed(registry, THERE, "b")) == (201, None)


async def test_a_licence_is_kept_for_an_office_that_comes_back_on_a_day_ahead(registry: Registry) -> None:
    office = await read(registry, HERE)
    why = {"officerId": ABOVE, "reason": "تعطیل شد"}
    assert told(await registry.post(f"{HERE}/retire", why)) == (200, None)
    assert told(await registry.post(f"{HERE}/resume", why | {"since": "2026-12-10"})) == (200, None)
    other = office | {"id": "n-1", "keys": []}
    assert told(await registry.put(f"kiosks/n-1?officerId={ABOVE}", other)) == (409, "LICENCE_TAKEN")
