"""What is Kavenegar's own: its codes, a key in every address, and a number for our reference (contract: Notify)."""

from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.contracts.notify import MessageState
from services.notify.providers import Forgetful, NonRetryable, Outgoing, ProviderError, Retryable, Throttled, Unknown
from services.notify.providers.kavenegar import REFUSALS, Kavenegar, local_id
from tests.support.gateways import TEXT, TO, in_process
from tests.support.provider_servers import KEY, KavenegarServer

LETTER = Outgoing(TEXT)


def over(http: httpx.AsyncClient, key: str = KEY) -> Kavenegar:
    return Kavenegar(http, SecretStr(key), line="10004346", seconds=5)


def answering(body: object, status: int = 200) -> Kavenegar:
    async def answer(_: Request) -> Response:
        return JSONResponse(body, status, headers={"Retry-After": "7"})

    path = "/v1/{key}/sms/{method}.json"
    return over(in_process(Starlette(routes=[Route(path, answer, methods=["GET", "POST"])])))


def told(code: int, *entries: object) -> dict[str, object]:
    return {"return": {"status": code, "message": "پیام"}, "entries": list(entries)}


async def test_a_message_is_a_form_of_its_names() -> None:
    heard: list[tuple[str, dict[str, list[str]]]] = []

    async def answer(request: Request) -> Response:
        heard.append((request.url.path, parse_qs((await request.body()).decode())))
        return JSONResponse(told(200, {"messageid": 8792343, "status": 1}))

    app = Starlette(routes=[Route("/v1/{key}/sms/send.json", answer, methods=["POST"])])
    acceptance = await over(in_process(app)).send(TO, LETTER, "r.1")
    assert (acceptance.id, acceptance.state) == ("8792343", MessageState.SENT)
    ((path, form),) = heard
    assert path == f"/v1/{KEY}/sms/send.json"
    assert form == {
        "receptor": ["09121234567"],
        "message": [TEXT],
        "sender": ["10004346"],
        "localid": [str(local_id("r.1"))],
    }


def test_a_reference_has_one_number_for_ever() -> None:
    """Asked with another number, it would deny what it has, and the message would go out twice (domain 12.11)."""
    assert local_id("01JAB.1") == 79619564519378816
    numbers = {local_id(f"01JAB.{n}") for n in range(1000)}
    assert len(numbers) == 1000
    assert all(0 <= number < 2**63 for number in numbers)


async def test_handed_over_again_it_is_the_same_message_there() -> None:
    server = KavenegarServer()
    adapter = over(in_process(server.app))
    first, second = await adapter.send(TO, LETTER, "r.1"), await adapter.send(TO, LETTER, "r.1")
    assert first.id == second.id
    assert len(server.entries) == 1


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("status", [200, None])
async def test_a_code_of_its_means_the_same_whatever_the_http_status(code: int, status: int | None) -> None:
    kind, reason = REFUSALS[code]
    with pytest.raises(ProviderError) as failed:
        await answering(told(code), status or code).send(TO, LETTER, "r.1")
    assert (type(failed.value), failed.value.reason) == (kind, reason)


@pytest.mark.parametrize("code", [429, 451])
async def test_too_many_calls_cost_no_retry(code: int) -> None:
    with pytest.raises(Throttled) as throttled:
        await answering(told(code), code).send(TO, LETTER, "r.1")
    assert throttled.value.pause == 7


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (told(499), 200, Retryable),
        (told(599), 200, Unknown),
        (told(200), 200, Unknown),  # a yes to nothing
        (told(200, {"status": 1}), 200, Unknown),
        ({"return": None}, 200, Unknown),
        ({"return": None}, 400, NonRetryable),
        (["?"], 502, Unknown),
    ],
)
async def test_what_it_never_said_before_is_no_acceptance_and_no_end(
    body: object, status: int, kind: type[ProviderError]
) -> None:
    with pytest.raises(kind):
        await answering(body, status).send(TO, LETTER, "r.1")


async def test_a_wrong_key_is_not_the_messages_fault() -> None:
    with pytest.raises(Retryable, match="KEY"):
        await over(in_process(KavenegarServer().app), "some-other-key-of-ours").send(TO, LETTER, "r.1")


@pytest.mark.parametrize(
    ("entry", "state"),
    [
        ({"messageid": 5, "status": 10}, MessageState.DELIVERED),
        ({"messageid": 5, "status": 14}, MessageState.FILTERED),
        ({"messageid": 5, "status": 77}, MessageState.SENT),  # known to it, in a state that we do not know
    ],
)
async def test_its_answer_to_a_question_says_how_far_a_message_is(entry: dict[str, int], state: MessageState) -> None:
    known = await answering(told(200, entry | {"localid": local_id("r.1")})).ask("r.1")
    assert known is not None
    assert (known.id, known.state) == ("5", state)


async def test_only_its_number_for_an_unknown_message_is_a_denial() -> None:
    mine, others = {"localid": str(local_id("r.1"))}, {"localid": str(local_id("r.2"))}
    assert await answering(told(200, mine | {"messageid": 0, "status": 100})).ask("r.1") is None
    for entries in ((), (others | {"messageid": 0, "status": 100},)):
        with pytest.raises(Unknown):
            await answering(told(200, *entries)).ask("r.1")


def test_its_memory_of_our_number_is_shorter_than_half_a_day() -> None:
    adapter = over(in_process(KavenegarServer().app))
    assert isinstance(adapter, Forgetful)
    assert timedelta() < adapter.remembers < timedelta(hours=12)


async def test_abroad_is_dialled_with_00() -> None:
    server = KavenegarServer()
    await over(in_process(server.app)).send("+4915112345678", LETTER, "r.1")
    assert server.entries[str(local_id("r.1"))]["receptor"] == "004915112345678"
