"""E-mail where an SMS came to nothing or there is no mobile, for what rights hang on: one text, and desk work (I9)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest

from services.contracts.decision import Decision, TimerFired
from services.contracts.intake import RequestMoved, RequestState
from services.contracts.notify import MessageState, NoticeMoved
from services.contracts.routing import ResultKind
from services.notify.dispatch.lanes import Lane
from services.notify.dispatch.token_bucket import TokenBucket
from services.notify.domain.answers import Accepted, NoAnswer, Preferred, Reported
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.effects import HandOver
from services.notify.domain.message import (
    DELIVERED,
    EXPIRED,
    FILTERED,
    PERM_FAILED,
    SENDING,
    SENT,
    SUPPRESSED,
    TEMP_FAILED,
    UNKNOWN,
    Message,
)
from services.notify.domain.notices import Notice
from services.notify.domain.preference import PreferenceWish, SetPreference
from services.notify.domain.rules import Rules
from services.notify.domain.sending import MAIL
from services.notify.domain.templates import Channel
from services.notify.domain.tokens import Lang
from services.notify.handlers import CORRESPONDENCE, PREFERENCE
from services.notify.providers.smtp import Mail, MailServer
from tests.support.provider_servers import MailHandler, mail_server
from tests.unit.notify.cases import MORNING, REGISTERED, REQUEST, a_move, decided, world
from tests.unit.notify.in_memory import Notify

ADDRESS = "z.karimi@example.ir"
READY = a_move(
    "request.result-ready", state=RequestState.RESULT_READY, result=decided(ResultKind.REFUSED), mailable=True
)
INCOMPLETE = a_move("request.incomplete", state=RequestState.INCOMPLETE, mailable=True)


def after(state: Correspondence | None, said: Any, **rules: Any) -> Decision[Correspondence]:
    """As the service decides it, with a mail server unless it says otherwise."""
    return CORRESPONDENCE.decide[type(said)](state, said, world(MORNING, **{"mail": True} | rules))


def told(event: RequestMoved, **rules: Any) -> Correspondence:
    state = after(None, event, **rules).state
    assert state is not None
    return state


def reported(message: Message, status: MessageState) -> Reported:
    return Reported(message_id=message.id, provider_id="p-1", status=status)


def letters(state: Correspondence | None) -> list[Message]:
    return [message for message in (state.messages if state else ()) if message.channel is Channel.EMAIL]


@pytest.mark.parametrize("event", [READY, INCOMPLETE], ids=["announcement", "legal"])
@pytest.mark.parametrize("end", [PERM_FAILED, FILTERED, EXPIRED])
def test_an_sms_that_came_to_nothing_is_followed_by_an_e_mail_that_names_it(
    event: RequestMoved, end: MessageState
) -> None:
    state = told(event)
    (sms,) = state.messages
    decision = after(state, reported(sms, end))
    (letter,) = letters(decision.state)
    assert (letter.instead_of, letter.notice, letter.state, letter.provider) == (sms.id, sms.notice, SENDING, MAIL)
    (call,) = decision.effects
    assert isinstance(call, HandOver)
    assert (call.channel, call.message_id, call.provider) == (Channel.EMAIL, letter.id, MAIL)
    text = Rules().catalogue.version(call.template_id, call.template_version)
    assert text.render_subject(call.tokens)
    assert text.can_say(call.tokens)
    told_of = [(each.message_id, each.channel, each.moves) for each in decision.events if isinstance(each, NoticeMoved)]
    assert [channel for _, channel, _ in told_of] == ["SMS", "EMAIL"]
    assert told_of[1][2] == ("message.created",)


def test_that_the_same_word_comes_again_makes_no_second_e_mail() -> None:
    state = told(READY)
    (sms,) = state.messages
    once = after(state, reported(sms, PERM_FAILED)).state
    again = after(once, reported(sms, PERM_FAILED)).state
    assert len(letters(again)) == 1


@pytest.mark.parametrize(
    ("event", "rules"),
    [
        (READY.model_copy(update={"mailable": False}), {}),
        (READY, {"mail": False}),
        (REGISTERED.model_copy(update={"mailable": True}), {}),
    ],
    ids=["no address", "no mail server", "nothing hangs on it"],
)
def test_without_a_way_or_a_reason_no_e_mail_follows(event: RequestMoved, rules: dict[str, Any]) -> None:
    state = told(event, **rules)
    (sms,) = state.messages
    assert letters(after(state, reported(sms, PERM_FAILED), **rules).state) == []


def test_while_nobody_knows_whether_the_sms_arrived_no_e_mail_follows() -> None:
    """No two texts for one event: neither on an unknown outcome, nor for want of a receipt."""
    state = told(READY)
    (sms,) = state.messages
    unknown = after(state, NoAnswer(message_id=sms.id, turn=1, reason="TIMEOUT")).state
    assert unknown is not None
    assert (unknown.messages[0].state, letters(unknown)) == (UNKNOWN, [])
    assert letters(after(unknown, reported(sms, FILTERED)).state)
    sent = after(state, Accepted(message_id=sms.id, turn=1, provider_id="p-1", parts=1)).state
    fired = TimerFired(name=sms.id, due=MORNING)
    silent = CORRESPONDENCE.decide[TimerFired](sent, fired, world(MORNING + timedelta(hours=73), mail=True)).state
    assert silent is not None
    assert [(message.state, message.reason()) for message in silent.messages] == [(EXPIRED, "NO_RECEIPT")]


def test_who_left_an_address_and_no_mobile_hears_by_e_mail_what_rights_hang_on_and_nothing_else() -> None:
    by_mail = {"notifiable": False}
    (letter,) = told(READY.model_copy(update=by_mail)).messages
    assert (letter.channel, letter.notice, letter.instead_of) == (Channel.EMAIL, Notice.RESULT_READY, None)
    for event, rules in (
        (REGISTERED.model_copy(update=by_mail | {"mailable": True}), {}),
        (READY.model_copy(update=by_mail), {"mail": False}),
        (READY.model_copy(update=by_mail | {"mailable": False}), {}),
    ):
        assert letters(told(event, **rules)) == []


def test_an_e_mail_is_not_sent_when_the_desk_has_told_it_meanwhile() -> None:
    state = told(READY)
    (sms,) = state.messages
    announced = after(state, a_move("request.announced", state=RequestState.ANNOUNCED, mailable=True)).state
    (letter,) = letters(after(announced, reported(sms, PERM_FAILED)).state)
    assert (letter.state, letter.reason()) == (SUPPRESSED, "REQUEST_ANNOUNCED")


@pytest.fixture
async def notify() -> AsyncIterator[Notify]:
    notify = Notify(mail=True)
    notify.directory.email = ADDRESS
    async with notify.memory.serving():
        yield notify


async def hear(notify: Notify, event: RequestMoved) -> tuple[Message, ...]:
    await notify.memory.door.submit(CORRESPONDENCE, event.request_id, event)
    await notify.rest()
    messages: tuple[Message, ...] = notify.memory.state(CORRESPONDENCE, REQUEST).messages
    return messages


async def test_the_e_mail_goes_to_the_address_and_rests_when_the_server_has_taken_it(notify: Notify) -> None:
    notify.gateway.behaviour = "reject"
    sms, letter = await hear(notify, READY)
    assert (sms.state, letter.state, letter.due, letter.parts) == (PERM_FAILED, SENT, None, 0)
    (accepted,) = notify.mail.accepted
    assert (accepted.to, accepted.ref) == (ADDRESS, letter.id)
    assert notify.verbs() == ["created", "failed", "created", "sent"]


async def test_an_e_mail_whose_server_is_away_waits_by_itself_and_loses_no_retry(notify: Notify) -> None:
    """There is no queue for e-mail: it holds up no SMS."""
    notify.gateway.behaviour, notify.mail.behaviour = "reject", "away"
    _, letter = await hear(notify, READY)
    assert (letter.state, letter.attempts, letter.place) == (TEMP_FAILED, 0, None)
    assert not notify.sender.backlog.others_wait
    notify.mail.behaviour = "accept"
    await notify.wait(minutes=1)
    assert notify.memory.state(CORRESPONDENCE, REQUEST).messages[1].state is SENT


async def test_an_e_mail_whose_outcome_is_unknown_is_never_sent_again(notify: Notify) -> None:
    notify.gateway.behaviour, notify.mail.behaviour = "reject", "accept-then-drop"
    await hear(notify, READY)
    for _ in range(5):
        await notify.wait(hours=8)
    assert (len(notify.mail.accepted), notify.mail.questions) == (1, 0)
    assert notify.memory.state(CORRESPONDENCE, REQUEST).messages[1].state is UNKNOWN


async def test_an_address_that_is_gone_since_ends_it_for_good(notify: Notify) -> None:
    notify.gateway.behaviour, notify.directory.email = "reject", None
    _, letter, paper = await hear(notify, READY)
    assert (letter.state, letter.reason(), notify.mail.calls) == (PERM_FAILED, "NO_EMAIL", 0)
    assert (paper.channel, paper.state) == (Channel.PRINT, SENT)


def test_who_reads_english_gets_the_e_mail_in_english() -> None:
    state = told(READY)
    (sms,) = state.messages
    decision = after(state, reported(sms, PERM_FAILED))
    (letter,) = letters(decision.state)
    english = after(decision.state, Preferred(message_id=letter.id, turn=letter.turn, lang=Lang.EN)).state
    assert letters(english)[0].template_id == "result-refused:EMAIL:en"


async def test_who_reads_english_gets_it_in_english_also_if_the_sms_never_left_the_queue(notify: Notify) -> None:
    """Their wishes are asked for when a message is handed over: of this one for the first time with the e-mail."""
    wish = PreferenceWish(applicant_ref="a-1", command=SetPreference(lang=Lang.EN, officer_id="o-1"))
    await notify.memory.door.submit(PREFERENCE, "a-1", wish)
    (lane,) = notify.lanes
    while not lane.is_shut(notify.seconds()):
        lane.breaker.failed(notify.seconds())
    (sms,) = await hear(notify, READY)
    assert sms.place is not None
    await notify.wait(hours=73)
    messages = notify.memory.state(CORRESPONDENCE, REQUEST).messages
    assert [(m.channel, m.state, m.template_id) for m in messages[1:]] == [
        (Channel.EMAIL, SENT, "result-refused:EMAIL:en")
    ]
    assert notify.memory.state(CORRESPONDENCE, REQUEST).applicant_ref is None


async def test_who_has_asked_for_english_while_the_sms_was_on_its_way_gets_the_e_mail_in_english(
    notify: Notify,
) -> None:
    """What holds is looked at when a message is about to be handed over (domain 8); whose it was is then forgotten."""
    (sms,) = await hear(notify, READY)
    assert (sms.state, sms.template_id) == (SENT, "result-refused")
    wish = PreferenceWish(applicant_ref="a-1", command=SetPreference(lang=Lang.EN, officer_id="o-1"))
    await notify.memory.door.submit(PREFERENCE, "a-1", wish)
    failed = Reported(message_id=sms.id, provider_id=str(sms.provider_id), status=PERM_FAILED)
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, failed)
    await notify.rest()
    state = notify.memory.state(CORRESPONDENCE, REQUEST)
    (letter,) = letters(state)
    assert (letter.state, letter.template_id) == (SENT, "result-refused:EMAIL:en")
    (accepted,) = notify.mail.accepted
    assert accepted.text == notify.book.catalogue.newest("result-refused:EMAIL:en").render(letter.tokens)
    assert (state.lang, state.applicant_ref) == (Lang.EN, None)


async def test_whose_case_it_is_is_forgotten_when_the_sms_has_arrived(notify: Notify) -> None:
    (sms,) = await hear(notify, READY)
    arrived = Reported(message_id=sms.id, provider_id=str(sms.provider_id), status=DELIVERED)
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, arrived)
    assert notify.memory.state(CORRESPONDENCE, REQUEST).applicant_ref is None


async def test_a_real_server_gets_the_subject_and_the_words_in_persian() -> None:
    """Over SMTP, with what the rules have chosen."""
    notify, handler = Notify(mail=True), MailHandler()
    notify.directory.email, notify.gateway.behaviour = ADDRESS, "reject"
    async with mail_server(handler) as port, notify.memory.serving():
        server = MailServer("127.0.0.1", port, "desk@example.ir", security="none")
        notify.sender.mail = Lane(Mail(server, seconds=5), TokenBucket(10))
        _, letter = await hear(notify, READY)
    (envelope,) = handler.mails
    assert envelope.rcpt_tos == [ADDRESS]
    mail = message_from_bytes(envelope.original_content or b"", policy=SMTP)
    text = notify.book.catalogue.version(letter.template_id, letter.template_version)
    assert mail["Subject"] == text.render_subject(letter.tokens)
    assert mail.get_content().strip().splitlines() == text.render(letter.tokens).strip().splitlines()
