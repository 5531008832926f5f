"""Gateways of SMS: the simulator in process, and the HTTP adapter in front of one."""

from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.notify.providers.http import Dialect, HttpGateway
from services.ops import sms_simulator

TO, TEXT = "+989121234567", "کد رهگیری ۱۲۳۴"


async def nobody(request: Request) -> Response:
    return JSONResponse({"state": "DELIVERED"})


def in_process(app: Any, base_url: str = "http://sms") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


def simulator() -> sms_simulator.Gateway:
    """With nobody but a polite listener for its receipts."""
    listener = Starlette(routes=[Route("/v1/receipts/sim", nobody, methods=["POST"])])
    return sms_simulator.Gateway("http://notify/v1/receipts/sim", client=in_process(listener))


def gateway_over(http: httpx.AsyncClient) -> HttpGateway:
    return HttpGateway(http, Dialect(), line="10001111", seconds=0.5)
