"""What a citizen is told, in whatever order words of it come, and however those who carry it lie: accepted once by each
way, by the next way only when the one before has come to nothing, and moved as the table says.

Who carries it (an SMS gateway, a mail server, the desk's shelf) keeps the truth here: what it has
accepted. Answers are lost, late, repeated or out of order. The model beside (`expected_telling`) knows only what domain
3 and 8 and I9 say.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.contracts.decision import Refused, TimerFired, World
from services.contracts.intake import AwaitedDocuments, RequestMoved, RequestState
from services.contracts.notify import MessageState, NoticeMoved
from services.contracts.routing import ResultKind
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Wire
from services.notify.domain.answers import Accepted, Declined, Denied, NoAnswer, NotCalled, Reported
from services.notify.domain.correspondence import Correspondence, timers
from services.notify.domain.effects import AskLanguage, AskProvider, HandOver
from services.notify.domain.page import told_on_page
from services.notify.domain.printouts import HandedOver
from services.notify.domain.printouts import HandOver as Handed
from services.notify.domain.rules import Rules
from services.notify.domain.sending import TurnGiven
from services.notify.handlers import CORRESPONDENCE
from services.notify.shelf import ANY_TURN
from tests.support.any_order import FULL, WALKED
from tests.unit.notify.cases import MORNING, a_move, decided
from tests.unit.notify.expected_telling import BY, BY_WIRE, ENDS, HEARD_OF, Copy, Told, is_a_way

pytestmark = pytest.mark.timeout(900 if FULL else 300)
RECEIPTS = ("SENT", "DELIVERED", "PERM_FAILED", "FILTERED", "EXPIRED")
FATES = {
    "SMS": (
        "accept",
        "accept",
        "accept, answer lost",
        "crash after accepting",
        "crash before",
        "again",
        "never",
        "queue",
        "later",
    ),
    "EMAIL": ("accept", "accept, answer lost", "crash after accepting", "crash before", "again", "never", "later"),
    "PRINT": ("put", "put", "put, answer lost", "crash before", "lost"),
}
SETTLES = (Accepted, Declined, NotCalled, Denied)
"""Words that say what became of the call of their turn."""
GIVE_UP_AFTER = timedelta(hours=20)
"""Sooner than in service, and with fewer retries, so that the ends are met often."""
CALLED_WITHIN, RETRIES, NOTHING = timedelta(minutes=1), 3, Snapshot()
NEWS = {
    "REGISTERED": ("request.registered", RequestState.PROMISED),
    "ANNOUNCEMENT": ("request.result-ready", RequestState.RESULT_READY),
    "LEGAL": ("request.incomplete", RequestState.INCOMPLETE),
}
KEPT = 24
"""So many of its newest moves a message keeps."""
OFFICERS = ("o-1", "o-2")


class InAnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = MORNING
        self.state: Correspondence | None = None
        self.told: list[Told] = []
        self.calls: list[tuple[datetime, HandOver]] = []
        """Handed over when, and not gone out yet."""
        self.questions: list[AskProvider] = []
        self.words: list[Wire] = []
        """Of who carries it, on their way; each may come at any time, and again."""
        self.heard: list[Wire] = []
        """Words that have come: each may come again, whatever has happened since."""

    @initialize(
        minutes=st.sampled_from([0, 0, 300, 600, 660, 690, 800]),
        news=st.sampled_from(["REGISTERED", "ANNOUNCEMENT", "ANNOUNCEMENT", "LEGAL", "LEGAL"]),
        mobile=st.sampled_from([True, True, True, False]),
        address=st.booleans(),
        server=st.sampled_from([True, True, False]),
    )
    def something_is_to_be_told(self, minutes: int, news: str, mobile: bool, address: bool, server: bool) -> None:
        """In the morning, or so late that the night comes soon."""
        self.now = MORNING + timedelta(minutes=minutes)
        self.ways = {"notifiable": mobile, "mailable": address}
        self.numbers = Rules(give_up_after=GIVE_UP_AFTER, retries=RETRIES, mail=server)
        until = self.now + timedelta(hours=40) if news == "LEGAL" else None
        self.until = until
        self.told.append(Told(news, news != "REGISTERED", mobile, address and server, until))
        move, state = NEWS[news]
        self.hear(self.event(move, state, news))

    def event(self, move: str, state: RequestState, news: str) -> RequestMoved:
        changes: dict[str, Any] = dict(self.ways)
        if news == "ANNOUNCEMENT":
            changes["result"] = decided(ResultKind.GRANTED)
        if news == "LEGAL":
            assert self.until is not None
            changes["awaited"] = AwaitedDocuments(types=("deed",), missing=("deed",), until=self.until)
        return a_move(move, state=state, occurred_at=self.now, **changes)

    # --- hearing -----------------------------------------------------------------------------------------------------

    @property
    def world(self) -> World[Rules]:
        return World(now=self.now, registry=NOTHING, rules=self.numbers)

    @property
    def copies(self) -> dict[str, tuple[Told, Copy]]:
        return {copy.id: (told, copy) for told in self.told for copy in told.copies}

    def message(self, id: str) -> Any:
        assert self.state is not None
        return self.state.message(id)

    def hear(self, body: Any) -> None:
        before = self.state
        if isinstance(body, SETTLES):
            self.copies[body.message_id][1].in_doubt.discard(body.turn)
        decision = CORRESPONDENCE.decide[type(body)](self.state, body, self.world)
        self.state = decision.state
        self.new_ones_are_as_the_model_says()
        entered = Counter[tuple[str, str]]()
        for told, copy in self.copies.values():
            entered.update(
                (copy.id, HEARD_OF[state]) for state in self.moved(before, told, copy, body) & HEARD_OF.keys()
            )
        said = Counter(
            (event.message_id, move.removeprefix("message."))
            for event in decision.events
            if isinstance(event, NoticeMoved)
            for move in event.moves
        )
        assert said == entered, "the desk hears of everything that may become its work (I9)"
        for told in self.told:
            ways = told.goes_by(server=self.numbers.mail)
            assert [copy.channel for copy in told.copies] == ways, "no two texts for one event"
        for effect in decision.effects:
            if isinstance(effect, HandOver):
                self.is_allowed(effect)
                self.calls.append((self.now, effect))
                copy = self.copies[effect.message_id][1]
                copy.in_doubt.add(effect.turn)
                copy.turns += 1
            elif isinstance(effect, AskProvider):
                assert effect.provider == BY[self.copies[effect.message_id][1].channel]
                self.questions.append(effect)
            elif isinstance(effect, AskLanguage):
                assert self.copies[effect.message_id][1].channel == "WEB", "of all others it is asked at the call"

    def new_ones_are_as_the_model_says(self) -> None:
        """A new message is of the notice that is told now, or says once more what has come to nothing."""
        assert self.state is not None
        for message in self.state.messages:
            if message.id in self.copies:
                continue
            one = Copy(message.id, message.channel.value, self.now)
            firsts = {told.copies[0].id: told for told in self.told if told.copies}
            told = firsts[message.instead_of] if message.instead_of else self.told[-1]
            assert message.instead_of or not told.copies
            told.copies.append(one)
            text = self.numbers.catalogue.version(message.template_id, message.template_version)
            assert text.can_say(message.tokens)
            assert message.created_at == self.now
            useless = told.over or told.is_stale(one, self.now, GIVE_UP_AFTER)
            goes = not useless and told.may_ring(one.channel, self.now)
            at_once = "SENT" if one.channel == "WEB" else "SENDING"
            assert (message.state.value == at_once) == goes, "it goes out at once, or not before it may"

    def moved(self, before: Correspondence | None, told: Told, copy: Copy, body: Any) -> set[str]:
        """Into which states a message came by this word."""
        known = next((m for m in before.messages if m.id == copy.id), None) if before else None
        message = self.message(copy.id)
        was, is_now = known.history if known else (), message.history
        gone = next(number for number in range(len(was) + 1) if is_now[: len(was) - number] == was[number:])
        assert gone == 0 or len(is_now) == KEPT, "what has happened stays on record"
        entered = [moved.state.value for moved in is_now[len(was) - gone :]]
        assert is_a_way([copy.state, *entered] if known else entered), (was, is_now)
        copy.state = message.state.value
        copy.taken |= "SENT" in entered
        if copy.state in ENDS and entered:
            copy.ended_by, copy.ended_at = type(body).__name__, self.now
            assert self.may_end(told, copy, body), (copy, body)
        return set(entered)

    def may_end(self, told: Told, copy: Copy, body: Any) -> bool:
        """Whether this word is a reason for the end that it came to."""
        match copy.state:
            case "DELIVERED" if copy.channel == "PRINT":
                return isinstance(body, Handed) and body.command.officer_id == self.message(copy.id).handed_over_by
            case "DELIVERED" | "FILTERED":  # of an e-mail nobody says that it has arrived, nor of the page
                return copy.channel == "SMS" and isinstance(body, Reported) and body.status == copy.state
            case "PERM_FAILED":
                said = isinstance(body, Declined) and not body.again
                said |= isinstance(body, Reported) and body.status == copy.state
                return said or copy.turns > RETRIES
            case "EXPIRED":
                said = isinstance(body, Reported) and body.status == copy.state
                of_no_use = told.over and copy.channel == "PRINT"
                return said or of_no_use or told.is_stale(copy, self.now, GIVE_UP_AFTER)
        return told.over

    def is_allowed(self, call: HandOver) -> None:
        told, copy = self.copies[call.message_id]
        assert (call.channel, call.provider) == (copy.channel, BY[copy.channel])
        assert call.turn == self.message(copy.id).turn
        assert copy.accepted == [], "C2: who has it never gets it again"
        assert not copy.in_doubt, "12.11: who may have it is asked first"
        assert not told.over, "12.10: nothing goes out about what is over"
        assert not told.is_stale(copy, self.now, GIVE_UP_AFTER), "what is stale is told nobody"
        assert copy.declined <= RETRIES, "who declined it so often is left alone"
        assert told.may_ring(copy.channel, self.now), f"12.10: at {self.now}"
        for before in told.copies[: told.copies.index(copy)]:
            assert before.came_to_nothing, "no two texts for one event"

    # --- what happens ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.calls)
    @rule(number=st.integers(0, 3), fate=st.integers(0, 62))
    def a_call_goes_out(self, number: int, fate: int) -> None:
        _, call = self.calls.pop(number % len(self.calls))
        fates = FATES[call.channel]
        copy = self.copies[call.message_id][1]
        if call.channel == "PRINT":
            self.it_is_put_on_its_shelf(copy, call.turn, fates[fate % len(fates)])
        else:
            self.it_is_sent(copy, call.turn, fates[fate % len(fates)])

    def it_is_sent(self, copy: Copy, turn: int, fate: str) -> None:
        if fate.startswith(("accept", "crash after")):
            copy.accepted.append(turn)
        match fate:
            case "accept":
                parts = int(copy.channel == "SMS")
                self.words.append(Accepted(message_id=copy.id, turn=turn, provider_id=f"p{turn}", parts=parts))
            case "accept, answer lost":
                self.words.append(NoAnswer(message_id=copy.id, turn=turn, reason="TIMEOUT"))
            case "again" | "never":
                copy.declined += fate == "again"
                self.words.append(Declined(message_id=copy.id, turn=turn, reason="HTTP_503", again=fate == "again"))
            case "queue" | "later":
                self.words.append(NotCalled(message_id=copy.id, turn=turn, reason="AWAY", queue=fate == "queue"))

    def it_is_put_on_its_shelf(self, copy: Copy, turn: int, fate: str) -> None:
        """Which is the correspondence itself: it stands there as soon as that is written."""
        if fate.startswith("put"):
            copy.accepted.append(turn)
            self.hear(Accepted(message_id=copy.id, turn=ANY_TURN, provider_id=copy.id, parts=0))
        if fate == "put":
            self.words.append(Accepted(message_id=copy.id, turn=turn, provider_id=copy.id, parts=0))
        elif fate != "crash before":
            self.words.append(NoAnswer(message_id=copy.id, turn=turn, reason="SHELF_AWAY"))

    @precondition(lambda self: self.calls)
    @rule(all_of_them=st.booleans())
    def a_call_is_turned_down_for_good(self, all_of_them: bool) -> None:
        """And that is known at once. `all_of_them`: of what goes by wire, so that paper comes to lie at the desk."""
        while wired := [one for one in self.calls if one[1].channel.value in BY_WIRE]:
            self.calls.remove(wired[0])
            _, call = wired[0]
            word = Declined(message_id=call.message_id, turn=call.turn, reason="HTTP_400", again=False)
            self.heard.append(word)
            self.hear(word)
            if not all_of_them:
                return
        while self.calls and all_of_them:
            _, call = self.calls.pop()
            self.it_is_put_on_its_shelf(self.copies[call.message_id][1], call.turn, "put")

    @precondition(lambda self: self.calls)
    @rule(minutes=st.sampled_from([0, 60, 1440, 1440]))
    def a_call_is_taken_and_nothing_more_is_heard_of_it(self, minutes: int) -> None:
        _, call = self.calls.pop(0)
        copy = self.copies[call.message_id][1]
        if copy.channel in BY_WIRE:
            self.it_is_sent(copy, call.turn, "accept")
            self.hear(self.words.pop())
        else:
            self.it_is_put_on_its_shelf(copy, call.turn, "put")
        self.time_passes(minutes)

    @rule()
    def the_mail_server_is_set_up_or_taken_away(self) -> None:
        self.numbers = replace(self.numbers, mail=not self.numbers.mail)

    @precondition(lambda self: self.words)
    @rule(number=st.integers(0, 9), again=st.booleans())
    def a_word_comes(self, number: int, again: bool) -> None:
        word = self.words[number % len(self.words)]
        if not again:
            self.words.remove(word)
        self.heard.append(word)
        self.hear(word)

    @precondition(lambda self: self.heard)
    @rule(number=st.integers(0, 9))
    def an_old_word_comes_again(self, number: int) -> None:
        self.hear(self.heard[number % len(self.heard)])

    @precondition(lambda self: self.of("SMS", accepted=True))
    @rule(number=st.integers(0, 2), status=st.sampled_from(RECEIPTS))
    def a_receipt_comes(self, number: int, status: str) -> None:
        sent = self.of("SMS", accepted=True)
        copy = sent[number % len(sent)]
        self.hear(Reported(message_id=copy.id, provider_id=f"p{copy.accepted[0]}", status=MessageState(status)))

    def of(self, *channels: str, accepted: bool = False) -> list[Copy]:
        copies = [copy for _, copy in self.copies.values() if copy.channel in channels]
        return [copy for copy in copies if copy.accepted or not accepted]

    @precondition(lambda self: self.of("EMAIL", "PRINT", "WEB"))
    @rule(number=st.integers(0, 2), status=st.sampled_from(RECEIPTS))
    def a_gateway_tells_of_what_it_never_had(self, number: int, status: str) -> None:
        """A made-up receipt would announce a result that nobody has heard of (I9)."""
        others = self.of("EMAIL", "PRINT", "WEB")
        copy = others[number % len(others)]
        made_up = Reported(message_id=copy.id, provider_id="p1", status=MessageState(status), provider="sim")
        with pytest.raises(Refused, match="UNKNOWN_MESSAGE"):
            CORRESPONDENCE.decide[Reported](self.state, made_up, self.world)

    @precondition(lambda self: self.copies)
    @rule(number=st.integers(0, 3), officer=st.sampled_from(OFFICERS))
    def the_desk_hands_over(self, number: int, officer: str) -> None:
        """A paper that waits there; of another message, or one that does not wait, it cannot say so."""
        copies = self.of("PRINT") or [copy for _, copy in self.copies.values()]
        copy = copies[number % len(copies)]
        word = Handed(message_id=copy.id, command=HandedOver(officer_id=officer))
        if copy.channel == "PRINT" and copy.state in ("SENT", "DELIVERED"):
            copy.handed_over_by = copy.handed_over_by or officer
            self.hear(word)
            return
        with pytest.raises(Refused) as refused:
            CORRESPONDENCE.decide[Handed](self.state, word, self.world)
        assert refused.value.code == ("NOT_WAITING" if copy.channel == "PRINT" else "UNKNOWN_MESSAGE")

    @precondition(lambda self: self.questions)
    @rule(number=st.integers(0, 9), late=st.booleans())
    def a_question_is_answered(self, number: int, late: bool) -> None:
        """Truthfully; what is under way at that moment the sender does not ask about, and of an e-mail nobody."""
        question = self.questions.pop(number % len(self.questions))
        copy = self.copies[question.message_id][1]
        under_way = any((call.message_id, call.turn) == (copy.id, question.turn) for _, call in self.calls)
        if under_way or copy.channel == "EMAIL":
            return
        word: Wire = Denied(message_id=copy.id, turn=question.turn)
        if copy.accepted:
            id = f"p{copy.accepted[0]}" if copy.channel == "SMS" else copy.id
            word = Reported(message_id=copy.id, provider_id=id, status=MessageState.SENT, provider=question.provider)
        if late:
            self.words.append(word)
        else:
            self.heard.append(word)
            self.hear(word)

    @precondition(lambda self: self.in_queue())
    @rule(number=st.integers(0, 1))
    def its_turn_in_the_queue_comes(self, number: int) -> None:
        waiting = self.in_queue()
        self.hear(TurnGiven(message_id=waiting[number % len(waiting)]))

    def in_queue(self) -> list[str]:
        return [message.id for message in self.state.messages if message.place is not None] if self.state else []

    @precondition(lambda self: len(self.in_queue()) < len(self.copies))
    @rule(number=st.integers(0, 2))
    def another_process_gives_it_a_turn_that_it_has_had(self, number: int) -> None:
        before, others = self.state, [id for id in self.copies if id not in self.in_queue()]
        self.hear(TurnGiven(message_id=others[number % len(others)]))
        assert self.state is before, "only what waits in the queue has a turn there"

    @rule(minutes=st.sampled_from([1, 1, 6, 6, 30, 60, 300, 1440]))
    def time_passes(self, minutes: int) -> None:
        """What falls due meanwhile fires at its time. A call that has not gone out within its minute never does."""
        until = self.now + timedelta(minutes=minutes)
        while self.state and (due := {n: at for n, at in timers(self.state).items() if at <= until}):
            name, at = min(due.items(), key=lambda one: one[1])
            self.now = max(self.now, at)
            self.calls = [(made, call) for made, call in self.calls if self.now < made + CALLED_WITHIN]
            self.hear(TimerFired(name=name, due=at))
            assert timers(self.state).get(name) != at, "a timer that has fired has done something"
        self.now = until
        self.calls = [(made, call) for made, call in self.calls if self.now < made + CALLED_WITHIN]

    @rule(chance=st.integers(0, 29))
    def the_matter_is_over(self, chance: int) -> None:
        """Seldom: else hardly anything would be sent."""
        if chance or self.told[-1].notice == "WITHDRAWN":
            return
        first = self.told[0]
        first.over = True
        self.told.append(Told("WITHDRAWN", False, first.mobile, first.mail))
        self.hear(self.event("request.withdrawn", RequestState.WITHDRAWN, ""))

    @precondition(lambda self: self.told and self.told[0].notice == "ANNOUNCEMENT")
    @rule(chance=st.integers(0, 9))
    def the_desk_has_told_them(self, chance: int) -> None:
        """What may lie there on paper need not be handed over any more."""
        lies_there = any(copy.state == "SENT" for copy in self.of("PRINT"))
        if chance < (4 if lies_there else 1) and self.told[-1].notice != "WITHDRAWN":
            self.told[0].over = True
            self.hear(self.event("request.announced", RequestState.ANNOUNCED, "ANNOUNCEMENT"))

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def who_carries_it_has_accepted_it_once_at_most(self) -> None:
        assert all(len(copy.accepted) <= 1 for _, copy in self.copies.values())

    @invariant()
    def it_is_sent_only_if_it_was_accepted(self) -> None:
        for _, copy in self.copies.values():
            assert copy.accepted or copy.channel == "WEB" or copy.state not in ("SENT", "DELIVERED", "FILTERED")
            assert self.message(copy.id).handed_over_by == copy.handed_over_by

    @invariant()
    def what_is_not_at_its_end_has_its_next_moment_or_waits_for_nothing(self) -> None:
        """12.19: nothing is forgotten. UNKNOWN for ever is desk work; what a mail server or the page has taken rests,
        and a paper waits for its person, until the day that it names."""
        for told, copy in self.copies.values():
            due = self.message(copy.id).due
            if copy.state in ENDS:
                assert due is None
            elif copy.state == "SENT" and copy.channel != "SMS":
                assert due == (told.until if copy.channel == "PRINT" else None)
            elif not (copy.state == "UNKNOWN" and self.now >= copy.made_at + GIVE_UP_AFTER):
                assert due is not None

    @invariant()
    def the_page_shows_each_notice_once_and_the_desk_what_waits_there(self) -> None:
        if self.state is not None:
            shown = [message.id for message in told_on_page(self.state)]
            assert shown == [id for told in self.told if (id := told.on_page())]
            papers = [told for told, copy in self.copies.values() if (copy.channel, copy.state) == ("PRINT", "SENT")]
            assert self.state.printout == bool(papers)
            assert not any(told.over for told in papers)


TestInAnyOrder = InAnyOrder.TestCase
TestInAnyOrder.settings = WALKED
