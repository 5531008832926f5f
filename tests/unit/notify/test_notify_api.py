"""Notify over HTTP: the gateway's receipts."""

import httpx
import pytest

from services.notify.domain.message import DELIVERED, SENT, UNKNOWN
from tests.support.provider_servers import TOKEN
from tests.unit.notify.in_memory import Notify


async def test_a_receipt_is_answered_200_however_often_and_late_it_comes(
    notify: Notify, http: httpx.AsyncClient
) -> None:
    await notify.hear()
    (accepted,) = notify.gateway.accepted
    for status, after in (("DELIVERED", "DELIVERED"), ("DELIVERED", "DELIVERED"), ("FAILED", "DELIVERED")):
        receipt = {"id": accepted.id, "ref": accepted.ref, "status": status}
        answer = await http.post("/v1/receipts/sim", json=receipt)
        assert (answer.status_code, answer.json()) == (200, {"state": after})
    await notify.rest()
    assert notify.message().state is DELIVERED
    assert notify.verbs() == ["created", "sent", "delivered"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/receipts/other", {"id": "p", "ref": "r.1", "status": "DELIVERED"}, 404, "UNKNOWN_PROVIDER"),
        ("/v1/receipts/sim", {"id": "p", "ref": "r.1", "status": "DELIVERED"}, 404, "UNKNOWN_MESSAGE"),
        ("/v1/receipts/sim", {"id": "p", "ref": "r", "status": "DELIVERED"}, 404, "UNKNOWN_MESSAGE"),
        ("/v1/receipts/sim", {"id": "p", "ref": "r.1", "status": "LOST"}, 422, "UNKNOWN_STATUS"),
        ("/v1/receipts/sim", {"id": "p", "ref": "r.1", "status": "DELIVERED", "x": 1}, 422, "INVALID"),
        ("/v1/receipts/sim", {"ref": "r.1", "status": "DELIVERED"}, 422, "INVALID"),
        ("/v1/receipts/sim", [], 422, "INVALID"),
    ],
)
async def test_a_receipt_that_cannot_be_ours_is_refused_with_a_code(
    http: httpx.AsyncClient, path: str, body: object, status: int, code: str
) -> None:
    answer = await http.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_receipt_by_get_counts_as_any_other(notify: Notify, by_get: httpx.AsyncClient) -> None:
    """Of a gateway that gives no id of its own, and whose word reaches us before its answer to the call does."""
    notify.gateway.behaviour, notify.gateway.can_ask = "accept-then-drop", False
    await notify.hear()
    assert notify.message().state is UNKNOWN
    for status, after in (("DELIVERED", "DELIVERED"), ("ACCEPTED", "DELIVERED"), ("DELIVERED", "DELIVERED")):
        asked = {"token": TOKEN, "ref": notify.message().id, "status": status}
        answer = await by_get.get("/v1/receipts/sim", params=asked)
        assert (answer.status_code, answer.json()) == (200, {"state": after})
    await notify.rest()
    assert notify.message().state is DELIVERED


@pytest.mark.parametrize(
    ("path", "changed", "status", "code"),
    [
        ("/v1/receipts/sim", {"token": "another"}, 403, "RECEIPT_REFUSED"),
        ("/v1/receipts/sim", {"token": "توکن"}, 403, "RECEIPT_REFUSED"),
        ("/v1/receipts/sim", {"token": ""}, 403, "RECEIPT_REFUSED"),
        ("/v1/receipts/other", {}, 404, "UNKNOWN_PROVIDER"),
        ("/v1/receipts/sim", {"status": "LOST"}, 422, "UNKNOWN_STATUS"),
        ("/v1/receipts/sim", {"ref": "r.1"}, 404, "UNKNOWN_MESSAGE"),
        ("/v1/receipts/sim", {"ref": "$"}, 422, "INVALID"),
    ],
)
async def test_a_receipt_by_get_that_cannot_be_ours_moves_nothing(
    notify: Notify, by_get: httpx.AsyncClient, path: str, changed: dict[str, str], status: int, code: str
) -> None:
    """Anybody can GET an address: a made-up DELIVERED would announce a result that nobody has heard of (I9)."""
    await notify.hear()
    asked = {"token": TOKEN, "ref": notify.message().id, "status": "DELIVERED"} | changed
    answer = await by_get.get(path, params=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert notify.message().state is SENT


async def test_a_provider_has_one_way_of_calling_back(
    notify: Notify, http: httpx.AsyncClient, by_get: httpx.AsyncClient
) -> None:
    """Beside a receipt with a token one without would let anybody in."""
    await notify.hear()
    asked = {"token": TOKEN, "ref": notify.message().id, "status": "DELIVERED"}
    assert (await http.get("/v1/receipts/sim", params=asked)).status_code == 404
    posted = {"id": "p", "ref": notify.message().id, "status": "DELIVERED"}
    assert (await by_get.post("/v1/receipts/sim", json=posted)).status_code == 404
    assert notify.message().state is SENT
