"""What the simulator of an SMS gateway promises of itself (contract: Notify)."""

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.contracts.notify import ProviderReceipt
from services.ops import sms_simulator
from tests.support.gateways import TEXT, TO, in_process, simulator


async def test_every_acceptance_is_recorded_also_a_second_one_of_the_same_reference() -> None:
    """Else a message sent twice could not be seen (C2)."""
    gateway = simulator()
    async with in_process(sms_simulator.application(gateway)) as http:
        for _ in range(2):
            await http.post("/send", json={"to": TO, "text": TEXT, "ref": "r.1", "line": "1"})
        await http.post("/send", json={"to": TO, "text": TEXT, "ref": "r.2", "line": "1"})
        listed = (await http.get("/messages")).json()
        assert [item["ref"] for item in listed["items"]] == ["r.1", "r.1", "r.2"]
        assert [item["ref"] for item in (await http.get("/messages?after=1&limit=1")).json()["items"]] == ["r.1"]
        assert (await http.get(f"/messages?after={listed['next']}")).json()["items"] == []
    await gateway.close()


async def test_it_calls_back_until_it_is_answered_and_twice_when_told_to() -> None:
    receipts: list[ProviderReceipt] = []
    answers = iter([503, 503, 200, 200])

    async def listen(request: Request) -> Response:
        receipts.append(ProviderReceipt.model_validate(await request.json()))
        return Response(status_code=next(answers))

    listener = in_process(Starlette(routes=[Route("/v1/receipts/sim", listen, methods=["POST"])]))
    gateway = sms_simulator.Gateway("http://notify/v1/receipts/sim", client=listener)
    gateway.faults = sms_simulator.Faults.of({"duplicateReceiptRate": 1})
    async with in_process(sms_simulator.application(gateway)) as http:
        await http.post("/send", json={"to": TO, "text": TEXT, "ref": "r.1"})
        async with asyncio.timeout(5):
            while len(receipts) < 4:
                await asyncio.sleep(0.02)
    await gateway.close()
    assert {(receipt.id, receipt.ref, receipt.status) for receipt in receipts} == {("sim-1", "r.1", "DELIVERED")}


@pytest.mark.parametrize(
    ("to", "status"), [("+989120000001", "FAILED"), ("+989120000002", "FILTERED"), (TO, "DELIVERED")]
)
async def test_the_number_decides_the_fate_of_a_message(to: str, status: str) -> None:
    gateway = simulator()
    async with in_process(sms_simulator.application(gateway)) as http:
        await http.post("/send", json={"to": to, "text": TEXT, "ref": "r.1"})
        async with asyncio.timeout(5):
            while gateway.accepted("r.1")[0].status == "ACCEPTED":
                await asyncio.sleep(0.02)
    assert gateway.accepted("r.1")[0].status == status
    await gateway.close()


@pytest.mark.parametrize("body", [{"slow": 1}, {"timeoutRate": 2}, {"timeoutRate": "1"}, {"latencyMs": True}, []])
async def test_a_fault_that_does_not_exist_is_refused(body: Any) -> None:
    gateway = simulator()
    async with in_process(sms_simulator.application(gateway)) as http:
        assert (await http.post("/faults", json=body)).status_code == 422
        good = await http.post("/faults", json={"latencyMs": 5, "rejectRate": 0.5})
        assert (await http.get("/faults")).json() == good.json()
    await gateway.close()


async def test_its_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms_simulator, "KEPT", 10)
    gateway = simulator()
    async with in_process(sms_simulator.application(gateway)) as http:
        for number in range(25):
            await http.post("/send", json={"to": TO, "text": TEXT, "ref": f"r.{number}"})
        listed = (await http.get("/messages")).json()
    assert (len(listed["items"]), listed["accepted"], gateway.accepted("r.0")) == (10, 25, [])
    await gateway.close()
