"""Who wants no surveys gets none, who reads English is written to in English; who said so and when is on record."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from services.contracts.decision import Refused
from services.contracts.intake import RequestMoved, RequestState
from services.notify.domain.answers import Preferred
from services.notify.domain.message import SENDING, SENT, SUPPRESSED, TEMP_FAILED
from services.notify.domain.notices import Notice, Purpose, may_opt_out
from services.notify.domain.preference import (
    CHANGES_KEPT,
    OPTED_OUT,
    Preference,
    PreferenceWish,
    SetPreference,
    set_preference,
)
from services.notify.domain.publishing import FIRST_OWN
from services.notify.domain.templates import Own
from services.notify.domain.tokens import Lang
from services.notify.domain.wording import text_in
from services.notify.handlers import CORRESPONDENCE, PREFERENCE
from tests.unit.notify.cases import MORNING, REGISTERED, REQUEST, RULES, a_move, only, state_of, told, world
from tests.unit.notify.cases import hear as heard
from tests.unit.notify.in_memory import Notify

APPLICANT = str(REGISTERED.applicant_ref)
CLOSED = a_move("request.closed", state=RequestState.CLOSED)
KEYS = count()


def said(lang: Lang = Lang.FA, *opted_out: Purpose, officer: str = "o-1") -> PreferenceWish:
    command = SetPreference(lang=lang, opted_out=opted_out, officer_id=officer)
    return PreferenceWish(applicant_ref=APPLICANT, command=command)


async def say(notify: Notify, wish: PreferenceWish) -> None:
    await notify.memory.door.submit(PREFERENCE, APPLICANT, wish)


async def hear(notify: Notify, event: RequestMoved) -> None:
    await notify.memory.door.submit(CORRESPONDENCE, event.request_id, event)
    await notify.rest()


# -- what may be asked for ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if not may_opt_out(purpose)])
def test_nobody_can_ask_for_no_messages_that_rights_hang_on(purpose: Purpose) -> None:
    with pytest.raises(Refused, match="CANNOT_OPT_OUT") as refused:
        set_preference(None, said(Lang.FA, Purpose.SURVEY, purpose), world())
    assert refused.value.status == 422


def test_every_change_stays_on_record_and_the_same_again_is_none() -> None:
    first = set_preference(None, said(Lang.EN), world()).state
    later = world(MORNING + timedelta(days=1))
    second = set_preference(first, said(Lang.EN, Purpose.SURVEY, officer="o-2"), later).state
    assert second is not None
    assert [(each.lang, each.opted_out, each.officer_id, each.at) for each in second.history] == [
        (Lang.EN, (), "o-1", MORNING),
        (Lang.EN, (Purpose.SURVEY,), "o-2", MORNING + timedelta(days=1)),
    ]
    assert set_preference(second, said(Lang.EN, Purpose.SURVEY, officer="o-3"), later).state == second


def test_a_preference_that_is_changed_without_end_is_refused() -> None:
    preference: Preference | None = None
    for number in range(CHANGES_KEPT):
        preference = set_preference(preference, said(list(Lang)[number % 2]), world()).state
    with pytest.raises(Refused, match="TOO_MANY_CHANGES"):
        set_preference(preference, said(list(Lang)[CHANGES_KEPT % 2]), world())


# -- what it does -----------------------------------------------------------------------------------------------------


async def test_who_wants_no_surveys_is_not_asked_and_nobody_looks_up_their_number(notify: Notify) -> None:
    """Said after the survey was stored: what counts is the moment of sending (domain 8)."""
    await hear(notify, CLOSED)
    await say(notify, said(Lang.FA, Purpose.SURVEY))
    await notify.wait(hours=3)
    message = notify.message()
    assert (message.notice, message.state, message.reason()) == (Notice.SURVEY, SUPPRESSED, OPTED_OUT)
    assert (notify.gateway.calls, notify.directory.look_ups) == (0, [])
    assert notify.verbs() == ["created", "suppressed"]


async def test_who_wants_no_surveys_hears_what_was_promised_all_the_same(notify: Notify) -> None:
    await say(notify, said(Lang.FA, Purpose.SURVEY))
    await notify.hear()
    assert notify.message().state is SENT


async def test_who_reads_english_is_written_to_in_english_from_the_next_message_on(notify: Notify) -> None:
    """Also of one that was made before they said so. It costs no retry, and they get one text, not two."""
    await say(notify, said(Lang.EN))
    await notify.hear()
    message = notify.message()
    assert (message.state, message.template_id, message.attempts) == (SENT, "registered:SMS:en", 1)
    text = RULES.catalogue.newest("registered:SMS:en").render(message.tokens)
    assert [accepted.text for accepted in notify.gateway.accepted] == [text]
    await hear(notify, a_move("commitment.extended"))
    later = notify.memory.state(CORRESPONDENCE, REQUEST).messages[-1]
    assert (later.template_id, later.turn) == ("extended:SMS:en", 1)


async def test_who_reads_persian_again_is_written_to_in_persian_again(notify: Notify) -> None:
    await say(notify, said(Lang.EN))
    await notify.hear()
    await say(notify, said(Lang.FA))
    await hear(notify, a_move("commitment.extended"))
    later = notify.memory.state(CORRESPONDENCE, REQUEST).messages[-1]
    assert (later.state, later.template_id) == (SENT, "extended")


async def test_while_preferences_cannot_be_read_nothing_is_sent_and_no_retry_is_lost(notify: Notify) -> None:
    notify.preferences.away = True
    await notify.hear()
    message = notify.message()
    assert (message.state, message.reason(), message.attempts) == (TEMP_FAILED, "PREFERENCES_AWAY", 0)
    assert (notify.gateway.calls, notify.directory.look_ups) == (0, [])
    notify.preferences.away = False
    await notify.wait(minutes=1)
    assert notify.message().state is SENT


@pytest.mark.parametrize("notice_event", [REGISTERED, a_move("commitment.extended"), CLOSED])
def test_a_message_knows_all_that_it_would_say_in_either_language(notice_event: RequestMoved) -> None:
    message = only(told(notice_event))
    name = RULES.catalogue.version(message.template_id, message.template_version).name
    for lang in Lang:
        assert text_in(lang, name, message.tokens, RULES.catalogue).lang is lang


def test_what_cannot_be_said_in_their_language_is_said_in_persian() -> None:
    """A text of the installation's may say more than a message knows that was made before it was published."""
    words = only(told()).tokens
    shipped = RULES.catalogue.newest("registered:SMS:en")
    more = replace(shipped, version=FIRST_OWN, text="{code}\n{promised}\nAsk {responsible}")
    catalogue = RULES.catalogue.with_own([Own(more, in_force=True)])
    assert catalogue.newest("registered:SMS:en") is more
    assert text_in(Lang.EN, "registered", words, catalogue).lang is Lang.FA
    assert text_in(Lang.EN, "registered", words | {"responsible": "M. Karimi"}, catalogue) is more


def test_a_message_that_no_newer_text_can_say_keeps_the_words_it_was_made_with() -> None:
    """Both languages may have been published anew while it waited for the morning."""
    state = state_of(told())
    message = only(told())
    ids = ("registered", "registered:SMS:en")
    newest = [RULES.catalogue.newest(id) for id in ids]
    texts = ("{code}\n{promised}\nپاسخگو: {responsible}", "{code}\n{promised}\nAsk {responsible}")
    more = [replace(old, version=FIRST_OWN, text=text) for old, text in zip(newest, texts, strict=True)]
    catalogue = RULES.catalogue.with_own([Own(text, in_force=True) for text in more])
    assert [catalogue.newest(id) for id in ids] == more
    word = Preferred(message_id=message.id, turn=message.turn, lang=Lang.EN)
    after = state_of(heard(state, word, catalogue=catalogue))
    (kept,) = after.messages
    assert (after.lang, kept.state) == (Lang.EN, SENDING)
    assert (kept.template_id, kept.template_version) == (message.template_id, message.template_version)
    assert catalogue.version(kept.template_id, kept.template_version).can_say(kept.tokens)


def test_whose_case_it_was_is_forgotten_when_there_is_nothing_left_to_say() -> None:
    """Erasure takes the reference from a closed case, and tells nobody."""
    sending = state_of(told())
    assert (only(told()).state, sending.applicant_ref) == (SENDING, APPLICANT)
    nobody = state_of(told(a_move("request.closed", state=RequestState.CLOSED, notifiable=False)))
    assert (nobody.messages, nobody.applicant_ref) == ((), None)


async def test_a_handed_over_message_needs_no_reference_any_more(notify: Notify) -> None:
    await notify.hear()
    assert notify.message().state is SENT
    assert notify.memory.state(CORRESPONDENCE, REQUEST).applicant_ref is None


# -- over HTTP --------------------------------------------------------------------------------------------------------


async def put(http: httpx.AsyncClient, body: dict[str, Any], seen: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": f"key-{next(KEYS)}"} | ({"If-Match": seen} if seen else {})
    return await http.put(f"/v1/preferences/{APPLICANT}", json=body, headers=headers)


async def test_an_officer_says_it_for_the_citizen_and_reads_who_said_what(http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/v1/preferences/{APPLICANT}")).status_code == 404
    answer = await put(http, {"lang": "en", "optedOut": ["SURVEY"], "officerId": "o-1"})
    assert answer.status_code == 200
    await put(http, {"lang": "fa", "officerId": "o-2"})
    read = await http.get(f"/v1/preferences/{APPLICANT}")
    assert (read.json()["lang"], read.json()["optedOut"]) == ("fa", [])
    assert [(each["lang"], each["optedOut"], each["officerId"]) for each in read.json()["history"]] == [
        ("en", ["SURVEY"], "o-1"),
        ("fa", [], "o-2"),
    ]
    stale = await put(http, {"lang": "en", "officerId": "o-1"}, seen=answer.headers["ETag"])
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"optedOut": ["LEGAL"], "officerId": "o-1"}, "CANNOT_OPT_OUT"),
        ({"optedOut": ["SERVICE"], "officerId": "o-1"}, "CANNOT_OPT_OUT"),
        ({"lang": "de", "officerId": "o-1"}, "INVALID"),
        ({"lang": "fa"}, "INVALID"),
        ({"lang": "fa", "officerId": "o-1", "mobile": "1"}, "INVALID"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused_with_a_code(
    http: httpx.AsyncClient, body: dict[str, Any], code: str
) -> None:
    answer = await put(http, body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await http.get(f"/v1/preferences/{APPLICANT}")).status_code == 404
