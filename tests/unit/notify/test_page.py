"""The page of a request shows each notice once, in full, by whichever channel it went; who left no way has it there."""

from typing import Any

import httpx
import pytest

from services.contracts.decision import Refused
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.notify import MessageState
from services.notify.domain.answers import Reported
from services.notify.domain.effects import AskLanguage, AskProvider
from services.notify.domain.message import CREATED, DELIVERED, PERM_FAILED, SENDING, SENT, UNKNOWN
from services.notify.domain.notices import Notice
from services.notify.domain.preference import PreferenceWish, SetPreference
from services.notify.domain.templates import Channel
from services.notify.domain.tokens import Lang
from services.notify.handlers import CORRESPONDENCE, PREFERENCE
from tests.unit.notify.cases import MORNING, REGISTERED, REQUEST, a_move, at, only, state_of, told, when_due
from tests.unit.notify.cases import hear as hear_word
from tests.unit.notify.in_memory import MOBILE, NAME, Notify

NIGHT = at("1405/09/02 23:30")
BY_PAGE = REGISTERED.model_copy(update={"notifiable": False})
"""Told to somebody who left neither mobile nor address."""


async def hear(notify: Notify, event: RequestMoved) -> None:
    await notify.memory.door.submit(CORRESPONDENCE, event.request_id, event)
    await notify.rest()


def _version(notify: Notify) -> int:
    version: int = notify.memory.store.collections[CORRESPONDENCE.name][REQUEST]["version"]
    return version


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
    await hear(notify, BY_PAGE)
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
    message = only(told(BY_PAGE, NIGHT))
    assert (message.channel, message.state, message.parts, message.due) == (Channel.WEB, SENT, 0, None)


def test_what_stands_on_the_page_is_there_with_the_write_that_makes_it() -> None:
    """One write, and no call: nobody is to be asked about it, and nobody can say that it was received (I9)."""
    decision = told(BY_PAGE)
    message = only(decision)
    assert [moved.state for moved in message.history] == [CREATED, SENDING, SENT]
    assert (message.turn, message.attempts, message.provider) == (0, 0, None)
    (event,) = decision.events
    assert event.to_wire()["moves"] == ["message.created", "message.sent"]
    assert decision.effects == (AskLanguage(message.id, str(BY_PAGE.applicant_ref), Lang.FA),)
    made_up = Reported(message_id=message.id, provider_id="x", status=DELIVERED)
    with pytest.raises(Refused, match="UNKNOWN_MESSAGE"):
        hear_word(decision.state, made_up)


@pytest.mark.parametrize("state", [SENDING, UNKNOWN])
def test_one_that_an_earlier_version_handed_over_stands_there_by_its_timer(state: MessageState) -> None:
    told_before = state_of(told(BY_PAGE))
    (message,) = told_before.messages
    on_its_way = message.model_copy(update={"state": state, "turn": 1, "provider": "page", "due": MORNING})
    before = told_before.model_copy(update={"messages": (on_its_way,)})
    after = when_due(before, on_its_way)
    assert (only(after).state, only(after).due) == (SENT, None)
    assert not [effect for effect in after.effects if isinstance(effect, AskProvider)]


async def test_the_page_is_in_the_language_of_its_person_who_is_told_by_no_other_way(
    notify: Notify, http: httpx.AsyncClient
) -> None:
    command = SetPreference(lang=Lang.EN, officer_id="o-1")
    await notify.memory.door.submit(PREFERENCE, "a-1", PreferenceWish(applicant_ref="a-1", command=command))
    await hear(notify, BY_PAGE)
    assert [shown["lang"] for shown in await notices(http)] == ["en"]
    correspondence = notify.memory.state(CORRESPONDENCE, REQUEST)
    assert (correspondence.lang, correspondence.applicant_ref) == (Lang.EN, None)
    writes = _version(notify)
    await hear(notify, BY_PAGE.model_copy(update={"moves": ("commitment.extended",), "version": 2}))
    assert _version(notify) == writes + 1, "what is known costs no write"
    assert [shown["lang"] for shown in await notices(http)] == ["en", "en"]


async def test_while_preferences_cannot_be_read_it_stands_there_in_persian_until_the_next(
    notify: Notify, http: httpx.AsyncClient
) -> None:
    command = SetPreference(lang=Lang.EN, officer_id="o-1")
    await notify.memory.door.submit(PREFERENCE, "a-1", PreferenceWish(applicant_ref="a-1", command=command))
    notify.preferences.away = True
    await hear(notify, BY_PAGE)
    assert [(shown["lang"], shown["state"]) for shown in await notices(http)] == [("fa", "SENT")]
    notify.preferences.away = False
    await hear(notify, BY_PAGE.model_copy(update={"moves": ("commitment.extended",), "version": 2}))
    assert [shown["lang"] for shown in await notices(http)] == ["en", "en"]


def test_who_left_no_way_is_not_asked_how_it_went() -> None:
    """Nobody is waited for there: the page of the request asks by itself."""
    closed = a_move("request.closed", state=RequestState.CLOSED, notifiable=False)
    assert Notice.SURVEY not in {message.notice for message in state_of(told(closed)).messages}
