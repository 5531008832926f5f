"""Forms with a file: bounded in size, time and number, refused before they are read where that is possible."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import Request
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.wire import Command
from services.runtime import multipart
from services.runtime.http import application
from services.runtime.multipart import AROUND_THE_FILE, Forms

BOUND = 300_000
KIND = {"content-type": "multipart/form-data; boundary=b"}


class Wish(Command):
    name: str


class Desk:
    """A service that takes forms, and remembers how many it held at once."""

    def __init__(self, at_once: int = 2, seconds: float = 5) -> None:
        async def ready() -> tuple[bool, dict[str, Any]]:
            return True, {}

        self.app = application("desk", ready=ready, metrics=lambda: b"", asyncapi=dict)
        self.forms = Forms(file_bytes=BOUND, at_once=at_once, seconds=seconds)
        self.held = self.most = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

        @self.app.post("/wishes")
        async def wish(request: Request) -> dict[str, Any]:
            async with self.forms.received(request) as form:
                self.held += 1
                self.most = max(self.most, self.held)
                await self.go_on.wait()
                self.held -= 1
                return {"name": form.read(Wish).name, "bytes": None if form.file is None else len(form.file)}

        @self.app.post("/plain")
        async def plain(body: Wish) -> dict[str, Any]:
            return {}

        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://desk")

    async def post(self, content: Any, path: str = "/wishes", **headers: str) -> httpx.Response:
        return await self.http.post(path, content=content, headers=KIND | headers)


def a_form(file: bytes | None = b"x", *, name: str = "n") -> bytes:
    parts = [f'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n{name}\r\n'.encode()]
    if file is not None:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="../x"\r\nContent-Type: text/html\r\n\r\n'
        parts.append(head + file + b"\r\n")
    return b"".join(parts) + b"--b--\r\n"


def told(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


async def status_of(desk: Desk, pieces: AsyncIterator[bytes]) -> int:
    """As a server calls: what nobody asks for is not read, and behind the last piece the caller is gone."""
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        try:
            return {"type": "http.request", "body": await anext(pieces), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/wishes",
        "raw_path": b"/wishes",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(name.encode(), value.encode()) for name, value in KIND.items()],
        "client": ("127.0.0.1", 1),
        "server": ("desk", 80),
    }
    await desk.app(scope, receive, send)
    status: int = answers[0]["status"]
    return status


async def sent(body: bytes, piece: int) -> AsyncIterator[bytes]:
    for place in range(0, len(body), piece):
        yield body[place : place + piece]


@pytest.mark.parametrize("piece", [1, 7, 4096, 10**6])
async def test_fields_and_file_come_as_they_were_sent_in_whatever_pieces(piece: int) -> None:
    content = bytes(range(256)) * 4 + b"\r\n--b\r" + b"\r\n-"
    answer = await Desk().post(sent(a_form(content, name="نام"), piece))
    assert answer.json() == {"name": "نام", "bytes": len(content)}
    assert (await Desk().post(a_form(None))).json() == {"name": "n", "bytes": None}
    assert (await Desk().post(a_form(bytes(BOUND)))).json()["bytes"] == BOUND


async def test_a_route_that_asks_for_no_form_gets_none() -> None:
    assert told(await Desk().post(a_form(), "/plain")) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert told(await Desk().post(a_form(), "/nowhere")) == (404, "NOT_FOUND")
    assert told(await Desk().http.post("/wishes", json={"name": "n"})) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_what_says_that_it_is_too_large_is_refused_before_any_of_it_is_read() -> None:
    read: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        read.append(b"")
        yield b"--b\r\n"

    for length in (BOUND + AROUND_THE_FILE + 1, 10**12, 10**300):
        answer = await Desk().post(body(), **{"content-length": str(length)})
        assert told(answer) == (413, "TOO_LARGE")
        assert answer.headers["connection"] == "close"
    assert len(read) <= 3, "the client of this test begins each body; nobody asks for a second piece"


@pytest.mark.parametrize("begun", [a_form(b"")[:-9], a_form()], ids=["in the file", "behind the last part"])
async def test_what_turns_out_too_large_is_read_no_further_than_the_bound(begun: bytes) -> None:
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        yield begun
        while given < 100 * BOUND:
            given += 10_000
            yield b"x" * 10_000

    assert await status_of(Desk(), endless()) == 413
    assert BOUND <= given <= BOUND + AROUND_THE_FILE + 20_000


async def test_a_file_over_its_bound_is_refused_though_the_whole_form_is_within_its_own() -> None:
    assert told(await Desk().post(a_form(bytes(BOUND + 1)))) == (413, "TOO_LARGE")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"no boundary at all",
        a_form()[:-8],
        a_form()[:40],
        a_form().replace(b'name="name"', b"noname"),
        a_form().replace(b'name="name"', b'name=""'),
        a_form().replace(b'name="file"', b'name="name"'),
        a_form(name="x" * 3000),
        a_form().replace(b"\r\n\r\nn\r\n", b"\r\n\r\n\xff\xfe\r\n"),
        a_form().replace(b"Content-Disposition", b"Content\0Disposition"),
        b"".join(b'--b\r\nContent-Disposition: form-data; name="%d"\r\n\r\n\r\n' % n for n in range(30)) + b"--b--\r\n",
        b"--b\r\n" + b"X: y\r\n" * 10_000 + b"\r\n\r\n--b--\r\n",
        b"--b\r\nX: " + b"y" * 50_000 + b"\r\n\r\n\r\n--b--\r\n",
    ],
)
async def test_a_form_that_cannot_be_read_is_the_callers_mistake(body: bytes) -> None:
    assert told(await Desk().post(body)) == (400, "MALFORMED_MULTIPART")


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", f"multipart/form-data; boundary={'x' * 71}"]
)
async def test_a_form_needs_a_boundary(kind: str) -> None:
    assert told(await Desk().post(a_form(), **{"content-type": kind})) == (400, "MALFORMED_MULTIPART")


@given(st.binary(max_size=300), st.integers(0, 200))
@settings(max_examples=150)
def test_any_bytes_are_a_form_or_a_mistake_never_a_fault_of_ours(junk: bytes, place: int) -> None:
    async def posted() -> None:
        desk = Desk()
        for body in (junk, a_form()[:place] + junk + a_form()[place:], a_form()[:place] + junk):
            answer = await desk.post(body)
            assert answer.status_code in (200, 400, 413, 422), answer.text
            assert desk.forms._turns._value == 2

    asyncio.run(posted())


async def test_memory_is_bounded_by_the_number_of_forms_held_at_once() -> None:
    """Ten callers, two turns: nobody's file is read while two others are held, and all are answered in the end."""
    desk = Desk(at_once=2)
    desk.go_on.clear()
    calls = [asyncio.create_task(desk.post(a_form(bytes(BOUND)))) for _ in range(10)]
    await asyncio.sleep(0.1)
    assert desk.held == 2
    desk.go_on.set()
    assert {(await call).status_code for call in calls} == {200}
    assert desk.most == 2


async def test_whoever_gets_no_turn_hears_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "WAITING_SECONDS", 0.05)
    desk = Desk(at_once=1)
    desk.go_on.clear()
    held = asyncio.create_task(desk.post(a_form()))
    await asyncio.sleep(0.02)
    answer = await desk.post(a_form())
    assert told(answer) == (503, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "5"
    desk.go_on.set()
    assert (await held).status_code == 200


async def test_whoever_dribbles_loses_the_turn() -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield a_form()[:30]
        await asyncio.sleep(30)

    desk = Desk(at_once=1, seconds=0.1)
    assert await status_of(desk, slow()) == 408
    assert (await desk.post(a_form())).status_code == 200


async def test_whoever_hangs_up_gives_the_turn_back() -> None:
    desk = Desk(at_once=1)
    assert await status_of(desk, sent(a_form()[:40], 20)) == 400, "told to nobody"
    assert (await desk.post(a_form())).status_code == 200


async def test_an_empty_form_is_a_form() -> None:
    assert told(await Desk().post(b"--b--\r\n")) == (422, "INVALID")
