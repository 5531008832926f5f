"""Whom to reach is asked of intake, in batches, and kept nowhere."""

import httpx
import pytest

from services.notify.contacts import ContactsAway, IntakeDirectory
from services.notify.domain.notices import Purpose
from tests.unit.notify.in_memory import MOBILE, NAME


async def test_intake_is_asked_by_post_so_that_no_log_sees_who_is_meant() -> None:
    asked: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"items": [{"requestId": "r-1", "name": NAME, "mobile": MOBILE}]})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://intake")
    directory = IntakeDirectory(http)
    found = await directory.contacts(["r-1", "r-2", "r-1"], Purpose.LEGAL)
    assert {id: contact.mobile for id, contact in found.items()} == {"r-1": MOBILE}
    (request,) = asked
    assert (request.method, str(request.url)) == ("POST", "http://intake/v1/contacts")
    assert request.read() == b'{"requestIds":["r-1","r-2"],"purpose":"LEGAL"}'


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_an_intake_that_answers_wrongly_is_away(status: int) -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(status)), base_url="http://intake")
    with pytest.raises(ContactsAway):
        await IntakeDirectory(http).contacts(["r-1"], Purpose.SERVICE)
