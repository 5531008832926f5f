"""The page of a request shows each notice once, in full, by whichever channel it went; who left no way has it there."""

from typing import Any

import httpx
import pytest

from services.contracts.intake import RequestState
from services.notify.domain.message import PERM_FAILED, SENDING, SENT
from services.notify.domain.notices import Notice
from services.notify.domain.templates import Channel
from services.notify.handlers import CORRESPONDENCE
from tests.unit.notify.cases import REGISTERED, REQUEST, a_move, at, only, state_of, told
from tests.unit.notify.in_memory import MOBILE, NAME, Notify

NIGHT = at("1405/09/02 23:30")


async def notices(http: httpx.AsyncClient, **asked: str) -> list[dict[str, Any]]:
    answer = await http.get(f"/v1/requests/{REQUEST}/notices", params=asked)
    assert answer.status_code == 200
    assert NAME not in answer.text
    assert MOBILE[-10:] not in answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_what_goes_by_sms_stands_on_the_page_too_and_is_no_second_message(
    notify: Notify, http: httpx.AsyncClient
) -> None:
    await notify.hear()
    (shown,) = await notices(http)
    assert (shown["notice"], shown["channel"], shown["state"], shown["lang"]) == ("REGISTERED", "SMS", "SENT", "fa")
    assert "۱۲۳۴" in shown["text"]
    assert len(notify.gateway.accepted) == 1
    assert notify.verbs() == ["created", "sent"]


async def test_the_page_is_shown_in_the_language_that_is_asked_for(notify: Notify, http: httpx.AsyncClient) -> None:
    await notify.hear()
    (shown,) = await notices(http, lang="en")
    message = notify.message()
    english = notify.book.catalogue.newest("registered:SMS:en")
    assert (shown["lang"], shown["text"]) == ("en", english.render(message.tokens))
    assert (await http.get(f"/v1/requests/{REQUEST}/notices", params={"lang": "de"})).status_code == 422


async def test_of_a_request_of_which_nothing_was_told_there_is_no_page(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/v1/requests/{REQUEST}/notices")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_who_left_neither_mobile_nor_address_has_it_on_the_page_and_nobodys_number_is_asked_for(
    notify: Notify, http: httpx.AsyncClient
) -> None:
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, REGISTERED.model_copy(update={"notifiable": False}))
    await notify.rest()
    (shown,) = await notices(http)
    assert (shown["channel"], shown["state"]) == ("WEB", "SENT")
    assert "پروانه ساختمانی" in shown["text"]
    assert (notify.directory.look_ups, notify.gateway.calls, notify.message().due) == ([], 0, None)


async def test_one_notice_stands_once_as_far_as_the_last_of_its_messages_is(
    notify: Notify, http: httpx.AsyncClient
) -> None:
    notify.gateway.behaviour = "reject"
    incomplete = a_move("request.incomplete", state=RequestState.INCOMPLETE)
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, incomplete)
    await notify.rest()
    messages = notify.memory.state(CORRESPONDENCE, REQUEST).messages
    assert [message.state for message in messages] == [PERM_FAILED, SENT]
    assert [(shown["channel"], shown["state"]) for shown in await notices(http)] == [("PRINT", "SENT")]


async def test_what_lost_its_point_is_not_shown(notify: Notify, http: httpx.AsyncClient) -> None:
    notify.gateway.behaviour = "busy"
    await notify.hear()
    await notify.memory.door.submit(
        CORRESPONDENCE, REQUEST, a_move("request.withdrawn", state=RequestState.WITHDRAWN, version=2)
    )
    await notify.rest()
    assert [shown["notice"] for shown in await notices(http)] == ["WITHDRAWN"]


def test_a_page_wakes_nobody() -> None:
    """Quiet hours are those of a telephone."""
    message = only(told(REGISTERED.model_copy(update={"notifiable": False}), NIGHT))
    assert (message.channel, message.state, message.parts) == (Channel.WEB, SENDING, 0)


def test_who_left_no_way_is_not_asked_how_it_went() -> None:
    """Nobody is waited for there: the page of the request asks by itself."""
    closed = a_move("request.closed", state=RequestState.CLOSED, notifiable=False)
    assert Notice.SURVEY not in {message.notice for message in state_of(told(closed)).messages}


@pytest.mark.parametrize("drops", [False, True])
async def test_12_11_an_answer_of_the_store_that_is_lost_is_asked_about(notify: Notify, drops: bool) -> None:
    notify.shelf.drops = drops
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, REGISTERED.model_copy(update={"notifiable": False}))
    await notify.rest()
    await notify.wait(minutes=5)
    assert notify.message().state is SENT
    assert notify.verbs() == ["created", "sent"]
