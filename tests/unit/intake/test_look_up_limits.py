"""Guessing does not help: 5 misses per code in 15 minutes, 30 look-ups per minute and address (domain 8)."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from services.contracts.identifiers import tracking_code
from tests.unit.intake.edge import Intake

PORTAL = "10.20.0.7"
NOBODYS = tracking_code(1)


@pytest.fixture
async def behind_portal() -> AsyncIterator[Intake]:
    service = Intake(trusted_proxies=(PORTAL, "10.30.0.0/16"))
    async with service.memory.serving():
        yield service
    await service.http.aclose()


async def asked(http: httpx.AsyncClient, code: str, last4: str = "2419", **headers: str) -> httpx.Response:
    return await http.post("/v1/track", json={"code": code, "last4": last4}, headers=headers)


async def test_a_code_cannot_be_guessed_by_trying(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    for number in range(5):
        assert (await asked(intake.http, code, f"000{number}")).status_code == 404
        intake.memory.clock.advance(seconds=60)
    response = await asked(intake.http, code)
    assert (response.status_code, response.json()["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert response.headers["Retry-After"] == "600"
    assert response.json()["detail"] == (
        "چهار نویسهٔ پایانی برای این کد چند بار نادرست وارد شد؛ تا ۱۰ دقیقهٔ دیگر پاسخی داده نمی‌شود، "
        "پس از آن دوباره امتحان کنید — too many wrong answers for this code; try again in 10 minutes"
    )
    intake.memory.clock.advance(seconds=541)
    response = await asked(intake.http, code)
    assert response.headers["Retry-After"] == "59"
    assert "تا ۱ دقیقهٔ دیگر" in response.json()["detail"]
    assert response.json()["detail"].endswith("try again in 1 minute")
    intake.memory.clock.advance(seconds=59)
    assert (await asked(intake.http, code)).status_code == 200
    assert (await asked(intake.http, code, "0000")).status_code == 404, "one miss has left the window, one more is let"
    assert (await asked(intake.http, code)).headers["Retry-After"] == "60"


async def test_a_resting_code_answers_alike_whether_it_exists_or_not(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    for _ in range(5):
        for each in (code, NOBODYS):
            assert (await asked(intake.http, each, "0000")).status_code == 404
    told = [await asked(intake.http, each, last4) for each in (code, NOBODYS) for last4 in ("2419", "0000")]
    assert {answer.status_code for answer in told} == {429}
    assert len({(answer.text, answer.headers["Retry-After"]) for answer in told}) == 1


async def test_what_the_right_four_find_counts_for_no_miss(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    assert [(await asked(intake.http, code)).status_code for _ in range(10)] == [200] * 10


async def test_many_at_once_get_no_further_than_one_by_one(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    answers = await asyncio.gather(*(asked(intake.http, code, f"{number:04}") for number in range(20)))
    assert sorted(answer.status_code for answer in answers) == [404] * 5 + [429] * 15


async def test_a_store_that_is_away_costs_no_attempt(intake: Intake) -> None:
    code = (await intake.file()).json()["trackingCode"]
    intake.memory.store.away = True
    for _ in range(6):
        answer = await asked(intake.http, code)
        assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    intake.memory.store.away = False
    assert (await asked(intake.http, code)).status_code == 200


async def test_one_address_cannot_try_many_codes(intake: Intake) -> None:
    answers = [await asked(intake.http, "0") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [404] * 30 + [429]
    assert answers[-1].headers["Retry-After"] == "60"
    assert "تا ۱ دقیقهٔ دیگر" in answers[-1].json()["detail"]
    assert answers[-1].json()["detail"].endswith("from this address; try again in 1 minute")
    async with intake.called_from("192.0.2.9") as another:
        assert (await asked(another, "0")).status_code == 404
    intake.memory.clock.advance(seconds=60)
    assert (await asked(intake.http, "0")).status_code == 404


async def test_a_caller_who_writes_another_address_for_each_call_is_one_caller(intake: Intake) -> None:
    headers = [{"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"} for number in range(31)]
    answers = [await asked(intake.http, "0", **forged) for forged in headers]
    assert [answer.status_code for answer in answers] == [404] * 30 + [429]


async def test_an_ipv6_household_is_one_caller(intake: Intake) -> None:
    for number in range(31):
        async with intake.called_from(f"2001:db8:7:1::{number:x}") as somebody:
            answer = await asked(somebody, "0")
    assert answer.status_code == 429
    async with intake.called_from("2001:db8:7:2::1") as neighbour:
        assert (await asked(neighbour, "0")).status_code == 404


async def test_the_portal_says_whose_look_up_it_is(behind_portal: Intake) -> None:
    async with behind_portal.called_from(PORTAL) as portal:
        for _ in range(30):
            assert (await asked(portal, "0", **{"X-Forwarded-For": "192.0.2.1"})).status_code == 404
        assert (await asked(portal, "0", **{"X-Forwarded-For": "192.0.2.1"})).status_code == 429
        assert (await asked(portal, "0", **{"X-Forwarded-For": "192.0.2.2"})).status_code == 404
        told = await asked(portal, "0", **{"X-Forwarded-For": "203.0.113.5, 192.0.2.1, 10.30.1.1"})
        assert told.status_code == 429, "what stands left of the first untrusted address is anybody's word"
