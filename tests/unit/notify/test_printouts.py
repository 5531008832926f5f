"""What rights hang on waits on paper at the desk where no other way is left; handed over, its person is told (I9)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.contracts.decision import Refused
from services.contracts.identifiers import grouped
from services.contracts.intake import AwaitedDocuments, RequestMoved, RequestState
from services.contracts.persian import persian_digits
from services.contracts.routing import ResultKind
from services.notify.domain.answers import Accepted, NoAnswer, Reported
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.effects import AskProvider, HandOver
from services.notify.domain.message import DELIVERED, EXPIRED, FILTERED, PERM_FAILED, SENDING, SENT, UNKNOWN, Message
from services.notify.domain.printouts import HANDED_OVER, HandedOver
from services.notify.domain.printouts import HandOver as Word
from services.notify.domain.publishing import FIRST_OWN
from services.notify.domain.templates import Channel, Flaw, FlawCode, Own, Template, template_id
from services.notify.domain.tokens import WRITTEN, Lang
from services.notify.handlers import CORRESPONDENCE
from services.notify.printout_page import printout_page
from tests.unit.notify.cases import (
    MORNING,
    REGISTERED,
    REQUEST,
    RULES,
    a_move,
    decided,
    hear,
    state_of,
    told,
    when_due,
    world,
)
from tests.unit.notify.in_memory import MOBILE, NAME, Notify

OFFICER, ANOTHER = "wa-municipality-urmia-desk-1", "wa-municipality-urmia-desk-2"
READY = a_move("request.result-ready", state=RequestState.RESULT_READY, result=decided(ResultKind.REFUSED))
INCOMPLETE = a_move("request.incomplete", state=RequestState.INCOMPLETE)
NO_WAY = {"notifiable": False, "mailable": False}


def papers(state: Correspondence | None) -> list[Message]:
    return [message for message in (state.messages if state else ()) if message.channel is Channel.PRINT]


def failed(event: RequestMoved, **rules: Any) -> Correspondence:
    """Told by SMS, which is refused for good."""
    state = told(event, **rules).state
    assert state is not None
    return lost(state, state.messages[-1], **rules)


def lost(state: Correspondence, message: Message, **rules: Any) -> Correspondence:
    word = Reported(message_id=message.id, provider_id="p-1", status=PERM_FAILED)
    after = hear(state, word, **rules).state
    assert after is not None
    return after


def waiting() -> tuple[Correspondence, Message]:
    """On paper at the desk."""
    state = told(READY.model_copy(update=NO_WAY)).state
    (paper,) = papers(state)
    state = hear(state, Accepted(message_id=paper.id, turn=1, provider_id=paper.id, parts=0)).state
    assert state is not None
    return state, state.message(paper.id)


@pytest.mark.parametrize("event", [READY, INCOMPLETE], ids=["announcement", "legal"])
def test_an_sms_that_came_to_nothing_is_followed_by_a_paper_that_names_it(event: RequestMoved) -> None:
    state = failed(event)
    (paper,) = papers(state)
    assert (paper.instead_of, paper.notice, paper.state) == (state.messages[0].id, state.messages[0].notice, SENDING)
    assert RULES.catalogue.version(paper.template_id, paper.template_version).can_say(paper.tokens)
    again = lost(state, state.messages[0])
    assert len(papers(again)) == 1


def test_a_paper_that_no_newer_text_can_say_has_the_words_of_the_sms() -> None:
    """The texts may have been published anew before it turned out that the SMS does not arrive."""
    state = state_of(told(READY))
    (sms,) = state.messages
    more = [
        replace(shipped, version=FIRST_OWN, text="{code}\n{objection}\nپاسخگو: {responsible}")
        for shipped in map(RULES.catalogue.newest, (sms.template_id, "result-refused:EMAIL:fa"))
    ]
    catalogue = RULES.catalogue.with_own([Own(text, in_force=True) for text in more])
    assert [catalogue.newest(text.id) for text in more] == more
    (paper,) = papers(lost(state, sms, catalogue=catalogue))
    assert (paper.template_id, paper.template_version) == (sms.template_id, sms.template_version)
    assert catalogue.version(paper.template_id, paper.template_version).can_say(paper.tokens)


def test_the_paper_comes_after_the_e_mail_where_there_is_one() -> None:
    state = failed(READY.model_copy(update={"mailable": True}), mail=True)
    assert [message.channel for message in state.messages] == [Channel.SMS, Channel.EMAIL]
    state = lost(state, state.messages[1], mail=True)
    assert [message.channel for message in state.messages] == [Channel.SMS, Channel.EMAIL, Channel.PRINT]
    assert state.messages[2].instead_of == state.messages[0].id


def test_who_left_no_way_has_on_paper_what_rights_hang_on_and_nothing_else() -> None:
    (paper,) = papers(told(READY.model_copy(update=NO_WAY)).state)
    assert (paper.instead_of, paper.template_id) == (None, "result-refused:EMAIL:fa")
    assert papers(told(REGISTERED.model_copy(update=NO_WAY)).state) == []
    assert papers(failed(REGISTERED)) == []


def test_while_nobody_knows_whether_the_sms_arrived_nothing_is_printed() -> None:
    """No two texts for one event."""
    state = told(READY).state
    assert state is not None
    (sms,) = state.messages
    unknown = hear(state, NoAnswer(message_id=sms.id, turn=1, reason="TIMEOUT")).state
    assert papers(unknown) == []
    assert papers(hear(unknown, Reported(message_id=sms.id, provider_id="p-1", status=FILTERED)).state)


def test_a_paper_waits_without_a_timer_until_it_is_handed_over_and_that_is_its_receipt() -> None:
    state, paper = waiting()
    assert (paper.state, paper.due, state.printout) == (SENT, None, True)
    decision = hear(state, Word(message_id=paper.id, command=HandedOver(officer_id=OFFICER)))
    (paper,) = papers(decision.state)
    assert (paper.state, paper.handed_over_by, paper.reason()) == (DELIVERED, OFFICER, HANDED_OVER)
    assert decision.state is not None
    assert decision.state.printout is False
    (event,) = decision.events
    assert "message.delivered" in event.to_wire()["moves"]
    again = hear(decision.state, Word(message_id=paper.id, command=HandedOver(officer_id=ANOTHER)))
    assert (again.state, again.events) == (decision.state, ())


def test_a_paper_that_has_lost_its_point_is_taken_back() -> None:
    state, paper = waiting()
    announced = a_move("request.announced", state=RequestState.ANNOUNCED, version=2, **NO_WAY)
    after = hear(state, announced).state
    (paper,) = papers(after)
    assert (paper.state, paper.reason()) == (EXPIRED, "REQUEST_ANNOUNCED")
    assert after is not None
    assert after.printout is False
    with pytest.raises(Refused, match="NOT_WAITING"):
        hear(after, Word(message_id=paper.id, command=HandedOver(officer_id=OFFICER)))


def test_what_is_not_on_paper_cannot_be_handed_over() -> None:
    """A made-up word would announce a result that nobody has heard of (I9)."""
    state = told(READY).state
    assert state is not None
    with pytest.raises(Refused, match="UNKNOWN_MESSAGE"):
        hear(state, Word(message_id=state.messages[0].id, command=HandedOver(officer_id=OFFICER)))
    with pytest.raises(Refused, match="UNKNOWN_MESSAGE"):
        hear(None, Word(message_id=f"{REQUEST}.1", command=HandedOver(officer_id=OFFICER)))


def test_12_11_a_paper_whose_process_died_is_asked_about_by_name() -> None:
    state = told(READY.model_copy(update=NO_WAY)).state
    assert state is not None
    unknown = when_due(state, state.messages[0])
    assert unknown.state is not None
    (paper,) = papers(unknown.state)
    assert paper.state is UNKNOWN
    (question,) = when_due(unknown.state, paper).effects
    assert question == AskProvider(paper.id, 1, "printout", handed_over=timedelta(seconds=90))


@pytest.mark.parametrize("drops", [False, True])
async def test_12_11_an_answer_of_the_store_that_is_lost_is_asked_about(notify: Notify, drops: bool) -> None:
    notify.shelf.drops = drops
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, READY.model_copy(update=NO_WAY))
    await notify.rest()
    await notify.wait(minutes=5)
    assert notify.message().state is SENT
    assert notify.verbs() == ["created", "sent"]


async def test_a_text_is_written_for_paper_by_nobody() -> None:
    """It says what an e-mail or an SMS says: a text of its own would never be chosen."""
    written = RULES.catalogue.newest("result-refused:EMAIL:fa")
    id = template_id("result-refused", Channel.PRINT)
    flaws = Template(id, 1, written.notice, written.purpose, written.text, Channel.PRINT, subject="پیام").flaws()
    assert Flaw(FlawCode.NOT_ITS_KIND, "PRINT says what is written for EMAIL or SMS") in flaws


async def test_the_desk_lists_prints_and_hands_over(notify: Notify, http: httpx.AsyncClient) -> None:
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, READY.model_copy(update=NO_WAY))
    await notify.rest()
    assert notify.directory.look_ups == []
    asked = {"orgId": READY.org_id}
    (item,) = (await http.get("/v1/printouts", params=asked)).json()["items"]
    assert (item["requestId"], item["notice"], item["state"]) == (REQUEST, "RESULT_READY", "SENT")
    assert (await http.get("/v1/printouts", params={"orgId": "wa-tax"})).json()["items"] == []
    id = item["messageId"]
    page = await http.get(f"/v1/printouts/{id}")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="fa" dir="rtl">' in page.text
    assert "اعتراض" in page.text
    assert NAME not in page.text
    assert MOBILE[-10:] not in page.text
    for officer in (OFFICER, OFFICER, ANOTHER):
        done = await http.post(f"/v1/printouts/{id}/handed-over", json={"officerId": officer})
        assert (done.status_code, done.json()["state"], done.json()["handedOverBy"]) == (200, "DELIVERED", OFFICER)
    assert (await http.get("/v1/printouts", params=asked)).json()["items"] == []
    assert (await http.get(f"/v1/printouts/{id}")).status_code == 200
    assert notify.verbs() == ["created", "sent", "delivered"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/printouts", 422, "INVALID"),
        ("GET", f"/v1/printouts/{REQUEST}.7", 404, "UNKNOWN_MESSAGE"),
        ("GET", "/v1/printouts/r.1", 404, "UNKNOWN_MESSAGE"),
        ("GET", "/v1/printouts/r", 404, "UNKNOWN_MESSAGE"),
        ("GET", f"/v1/printouts/{REQUEST}.1", 404, "UNKNOWN_MESSAGE"),
        ("POST", f"/v1/printouts/{REQUEST}.1/handed-over", 404, "UNKNOWN_MESSAGE"),
        ("POST", "/v1/printouts/r/handed-over", 404, "UNKNOWN_MESSAGE"),
    ],
)
async def test_what_is_no_paper_is_refused_with_a_code(
    notify: Notify, http: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    """The first message of this request is an SMS."""
    await notify.hear()
    answer = await http.request(method, path, json={"officerId": OFFICER} if method == "POST" else None)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_paper_that_was_taken_back_is_not_printed(notify: Notify, http: httpx.AsyncClient) -> None:
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, READY.model_copy(update=NO_WAY))
    await notify.rest()
    announced = a_move("request.announced", state=RequestState.ANNOUNCED, version=2, **NO_WAY)
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, announced)
    answer = await http.get(f"/v1/printouts/{REQUEST}.1")
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_WAITING")


def test_the_page_is_escaped_and_in_the_language_of_its_words() -> None:
    state, paper = waiting()
    text = RULES.catalogue.newest("result-refused:EMAIL:en")
    tokens = paper.tokens | {"service": "<script>"}
    page = printout_page(paper.model_copy(update={"tokens": tokens}), text, state.tracking_code)
    assert '<html lang="en" dir="ltr">' in page
    assert "<script>" not in page
    assert f"{MORNING:%Y-%m-%d}" in page


@pytest.mark.parametrize(("lang", "heading"), [("fa", "کمبود مدرک – کد {code}"), ("en", "missing – code {code}")])
def test_the_code_stands_once_in_the_head_of_the_page_and_reads_as_in_its_text(lang: str, heading: str) -> None:
    """With no-break spaces: with plain ones its groups would stand in reverse order among Persian letters."""
    state, paper = waiting()
    text = RULES.catalogue.newest(f"documents-missing:EMAIL:{lang}")
    page = printout_page(paper.model_copy(update={"tokens": text.longest()}), text, state.tracking_code)
    code = WRITTEN[Lang(lang)]["code"].write(text.longest()["code"])
    head = page.partition("<main>")[0]
    assert heading.format(code=code) in head
    assert 'class="code"' not in head
    assert code in page.partition("<main>")[2]


def test_where_the_heading_does_not_say_the_code_it_stands_below_it() -> None:
    state, paper = waiting()
    text = RULES.catalogue.newest("result-refused")
    page = printout_page(paper.model_copy(update={"tokens": text.longest()}), text, state.tracking_code)
    assert persian_digits(grouped(state.tracking_code)) in page.partition("<main>")[0]


def test_a_paper_goes_out_at_night_too() -> None:
    """Quiet hours are those of a telephone."""
    night = MORNING + timedelta(hours=14)
    state = told(READY.model_copy(update=NO_WAY), night).state
    (paper,) = papers(state)
    assert paper.state is SENDING
    (call,) = CORRESPONDENCE.decide[RequestMoved](None, READY.model_copy(update=NO_WAY), world(night)).effects
    assert isinstance(call, HandOver)
    assert (call.channel, call.provider) == (Channel.PRINT, "printout")


def test_a_paper_that_lost_its_point_on_the_way_does_not_come_to_the_desk() -> None:
    state = state_of(told(READY.model_copy(update=NO_WAY)))
    (paper,) = papers(state)
    announced = a_move("request.announced", state=RequestState.ANNOUNCED, version=2, **NO_WAY)
    state = state_of(hear(state, announced))
    late = state_of(hear(state, Accepted(message_id=paper.id, turn=1, provider_id=paper.id, parts=0)))
    assert ([each.state for each in papers(late)], late.printout) == ([EXPIRED], False)


def test_nor_does_one_that_was_out_of_sight_meanwhile() -> None:
    state = state_of(told(READY.model_copy(update=NO_WAY)))
    (paper,) = papers(state)
    state = state_of(hear(state, NoAnswer(message_id=paper.id, turn=1, reason="X")))
    state = state_of(hear(state, a_move("request.withdrawn", state=RequestState.WITHDRAWN, version=2, **NO_WAY)))
    found = Reported(message_id=paper.id, provider_id=paper.id, status=SENT, provider="printout")
    late = state_of(hear(state, found))
    assert ([each.state for each in papers(late)], late.printout) == ([EXPIRED], False)


@pytest.mark.parametrize("provider", ["sim", "a", "smtp", "page"])
def test_no_gateway_says_that_a_paper_was_handed_over(provider: str) -> None:
    """Whoever can send a receipt would announce a result that nobody has heard of (I9)."""
    state = state_of(told(READY.model_copy(update=NO_WAY)))
    (paper,) = papers(state)
    made_up = Reported(message_id=paper.id, provider_id="x", status=DELIVERED, provider=provider)
    for each in (state, waiting()[0]):
        with pytest.raises(Refused, match="UNKNOWN_MESSAGE"):
            hear(each, made_up)


UNTIL = MORNING + timedelta(days=5)


def asked_for(*missing: str) -> RequestMoved:
    awaited = AwaitedDocuments(types=("deed", "id-card"), missing=missing, until=UNTIL)
    return a_move("request.incomplete", state=RequestState.INCOMPLETE, awaited=awaited, **NO_WAY)


def test_a_paper_waits_until_the_day_that_it_names() -> None:
    state = state_of(told(asked_for("deed", "id-card")))
    (paper,) = papers(state)
    state = state_of(hear(state, Accepted(message_id=paper.id, turn=1, provider_id=paper.id, parts=0)))
    assert papers(state)[0].due == UNTIL
    late = state_of(when_due(state, papers(state)[0]))
    (paper,) = papers(late)
    assert (paper.state, paper.reason(), late.printout) == (EXPIRED, "TOO_LATE", False)


async def test_a_paper_names_the_documents_that_are_missing_when_it_is_printed(
    notify: Notify, http: httpx.AsyncClient
) -> None:
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, asked_for("deed", "id-card"))
    await notify.rest()
    id = papers(notify.memory.state(CORRESPONDENCE, REQUEST))[0].id
    both = (await http.get(f"/v1/printouts/{id}")).text
    one = asked_for("deed").model_copy(update={"moves": ("request.supplemented",), "version": 2})
    await notify.memory.door.submit(CORRESPONDENCE, REQUEST, one)
    await notify.rest()
    assert (await http.get(f"/v1/printouts/{id}")).text != both
