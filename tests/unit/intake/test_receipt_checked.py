"""Whether a print is one of ours: anyone can check number and hash, and nobody can guess them (domain 8)."""

import json
import re
import subprocess

import httpx

from services.contracts.identifiers import grouped
from services.contracts.persian import persian_digits
from services.intake.receipt import receipt
from services.ops.home import ROOT
from tests.unit.intake.cases import MORNING, province
from tests.unit.intake.edge import Intake, a_submission
from tests.unit.intake.receipted import a_permit, a_redirected_filing


async def check(intake: Intake, number: str, hash: str) -> httpx.Response:
    return await intake.http.post("/v1/receipts/check", json={"number": number, "hash": hash})


def test_anyone_can_recompute_the_hash_as_the_guide_shows() -> None:
    told = receipt(a_permit(), province(), MORNING)
    guide = (ROOT / "docs" / "domain.md").read_text()
    (command,) = re.findall(r"^      (python3 -c .*(?:\n      .*)*)\n", guide, flags=re.MULTILINE)
    answer = json.dumps(told).encode()
    done = subprocess.run(["bash", "-c", command], input=answer, capture_output=True, check=True)
    assert done.stdout.decode().strip() == told["hash"]


async def test_a_print_is_recognised_and_an_older_one_as_older(intake: Intake) -> None:
    filed = await a_redirected_filing(intake)
    first = (await intake.http.get(filed["receipt"])).json()
    number = first["number"]
    assert (await check(intake, number, first["hash"])).json() == {"genuine": True, "current": True, "edition": 1}
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(redirectRef=filed["redirect"]["ref"]))
    second = (await intake.http.get(filed["receipt"])).json()
    assert (await check(intake, number, first["hash"])).json() == {"genuine": True, "current": False, "edition": 1}
    assert (await check(intake, number, second["hash"])).json() == {"genuine": True, "current": True, "edition": 2}


async def test_number_and_hash_may_be_typed_as_they_are_printed(intake: Intake) -> None:
    receipt = (await intake.http.get((await intake.file()).json()["receipt"])).json()
    year, code = receipt["number"].split("/")
    grouped_hash = " ".join(re.findall(".{8}", receipt["hash"].upper()))
    for number in (persian_digits(receipt["number"]), f" {year} / {grouped(code)} "):
        assert (await check(intake, number, grouped_hash)).json()["genuine"] is True


async def test_a_wrong_hash_is_answered_like_a_number_that_does_not_exist(intake: Intake) -> None:
    receipt = (await intake.http.get((await intake.file()).json()["receipt"])).json()
    other = (await intake.http.get((await intake.file()).json()["receipt"])).json()
    number, hash = receipt["number"], receipt["hash"]
    answers = [
        await check(intake, number, "0" * 64),
        await check(intake, number, other["hash"]),
        await check(intake, number.replace("1405", "1404"), hash),
        await check(intake, "1405/00000000000000", hash),
        await check(intake, number[:-1] + str((int(number[-1]) + 1) % 10), hash),
        await check(intake, "", ""),
        await check(intake, "no number", "no hash"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (200, {"genuine": False, "current": False, "edition": None})


async def test_a_hash_cannot_be_guessed_by_trying_and_tracking_goes_on(intake: Intake) -> None:
    filed = (await intake.file()).json()
    receipt = (await intake.http.get(filed["receipt"])).json()
    for number in (receipt["number"], "1405/00000000000000"):
        for _ in range(5):
            assert (await check(intake, number, "0" * 64)).status_code == 200
        refused = await check(intake, number, receipt["hash"])
        assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_ATTEMPTS")
        assert refused.headers["Retry-After"] == "900"
    tracked = await intake.http.post("/v1/track", json={"code": filed["trackingCode"], "last4": "2419"})
    assert tracked.status_code == 200
    intake.memory.clock.advance(seconds=900)
    assert (await check(intake, receipt["number"], receipt["hash"])).json()["genuine"] is True


async def test_one_address_cannot_check_many_numbers(intake: Intake) -> None:
    answers = [await check(intake, "0", "") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]


async def test_a_check_takes_number_and_hash_alone(intake: Intake) -> None:
    for body in ({}, {"number": "1"}, {"number": "1", "hash": "2", "name": "x"}, {"number": "1" * 61, "hash": ""}):
        answer = await intake.http.post("/v1/receipts/check", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")
