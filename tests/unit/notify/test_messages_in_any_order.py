"""A message in whatever order words of it come, and however its gateway lies: accepted once, moved as the table says.

The gateway here keeps the truth: what it has accepted. Its answers are lost, late, repeated or out of order. The model
beside knows of a message only what domain 3 and 8 say.
"""

import os
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.contracts.decision import TimerFired, World
from services.contracts.intake import RequestState
from services.contracts.notify import MessageState
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Wire
from services.notify.domain.answers import Accepted, Declined, Denied, NoAnswer, NotCalled, Reported
from services.notify.domain.correspondence import Correspondence, timers
from services.notify.domain.effects import AskProvider, HandOver
from services.notify.domain.rules import Rules
from services.notify.domain.sending import TurnGiven
from services.notify.handlers import CORRESPONDENCE
from services.worktime.jalali import TEHRAN
from tests.unit.notify.cases import MORNING, REGISTERED, a_move

ONWARD = {
    "CREATED": {"SENDING", "SUPPRESSED", "EXPIRED"},
    "SENDING": {"SENT", "TEMP_FAILED", "PERM_FAILED", "UNKNOWN"},
    "TEMP_FAILED": {"SENDING", "PERM_FAILED", "SUPPRESSED", "EXPIRED"},
    "UNKNOWN": {"SENT", "DELIVERED", "TEMP_FAILED"},
    "SENT": {"DELIVERED", "PERM_FAILED", "FILTERED", "EXPIRED"},
}
"""Domain 3, Message. What a receipt says before the answer to the call has come is both: SENT and its end."""
ENDS = {"DELIVERED", "PERM_FAILED", "FILTERED", "EXPIRED", "SUPPRESSED"}
RECEIPTS = ("SENT", "DELIVERED", "PERM_FAILED", "FILTERED")
FATES = (
    "accept",
    "accept",
    "accept, answer lost",
    "crash after accepting",
    "crash before",
    "again",
    "never",
    "queue",
    "later",
)


SETTLES = (Accepted, Declined, NotCalled, Denied)
"""Words that say what became of the call of their turn."""
GIVE_UP_AFTER = timedelta(hours=20)
"""Sooner than in service, and with fewer retries, so that the ends are met often."""
RULES, NOTHING = Rules(give_up_after=GIVE_UP_AFTER, retries=3), Snapshot()


class InAnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now: datetime = MORNING
        self.state: Correspondence | None = None
        self.calls: list[HandOver] = []
        """Handed over, and not gone out yet."""
        self.questions: list[AskProvider] = []
        self.words: list[Wire] = []
        """Of the gateway, on their way; each may come at any time, and again."""
        self.heard: list[Wire] = []
        """Words that have come: each may come again, whatever has happened since."""
        self.in_doubt: set[int] = set()
        """Turns whose call may have gone out, and of which no word has said what became of it."""
        self.accepted: list[int] = []
        """The turns that the gateway has accepted: the truth."""
        self.path: list[str] = []
        self.over = False
        self.declined = 0
        """Calls that were turned down for now."""

    @initialize(minutes=st.sampled_from([0, 0, 300, 600, 660, 690, 800]))
    def it_is_registered(self, minutes: int) -> None:
        """In the morning, or so late that the night comes soon."""
        self.begun = self.now = MORNING + timedelta(minutes=minutes)
        self.hear(REGISTERED)

    @property
    def world(self) -> World[Rules]:
        return World(now=self.now, registry=NOTHING, rules=RULES)

    def hear(self, body: Any) -> None:
        before = self.history()
        if isinstance(body, SETTLES):
            self.in_doubt.discard(body.turn)
        decision = CORRESPONDENCE.decide[type(body)](self.state, body, self.world)
        self.state = decision.state
        for effect in decision.effects:
            if isinstance(effect, HandOver | AskProvider) and effect.message_id != self.message.id:
                continue  # that it is over is a message of its own
            if isinstance(effect, HandOver):
                self.is_allowed(effect)
                self.calls.append(effect)
                self.in_doubt.add(effect.turn)
            elif isinstance(effect, AskProvider):
                self.questions.append(effect)
        self.moved_as_the_table_says(before)

    def is_allowed(self, call: HandOver) -> None:
        assert self.accepted == [], "C2: what the gateway has is never sent again"
        assert not self.in_doubt, "12.11: who may have it is asked first"
        assert not self.over, "12.10: nothing goes out about what is over"
        assert self.now < self.begun + GIVE_UP_AFTER, "what is stale is told nobody"
        assert self.declined <= RULES.retries, "who declined it so often is left alone"
        hour = self.now.astimezone(TEHRAN).hour
        assert 7 <= hour < 21, f"12.10: a message at {hour}"
        assert call.turn == self.message.turn

    def history(self) -> list[str]:
        return [moved.state.value for moved in self.message.history] if self.state else []

    @property
    def message(self) -> Any:
        assert self.state is not None
        return self.state.messages[0]

    def moved_as_the_table_says(self, before: list[str]) -> None:
        after = self.history()
        assert after[: len(before)] == before, "what has happened stays on record"
        way = (before[-1:] or ["CREATED"]) + after[len(before) :]
        for one, next_one in pairwise(way):
            if one != next_one:
                assert next_one in ONWARD.get(one, set()) or self.proves_both(one, next_one), (one, next_one)
        assert not before or before[-1] not in ENDS or after == before, "an end is an end"

    @staticmethod
    def proves_both(one: str, next_one: str) -> bool:
        """A receipt or an acceptance that overtakes what we know of the call."""
        return one in ("SENDING", "TEMP_FAILED", "UNKNOWN") and next_one in (
            "SENT",
            "DELIVERED",
            "PERM_FAILED",
            "FILTERED",
        )

    # --- what happens ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.calls)
    @rule(fate=st.sampled_from(FATES), number=st.integers(0, 3))
    def a_call_goes_out(self, fate: str, number: int) -> None:
        call = self.calls.pop(number % len(self.calls))
        id, turn = call.message_id, call.turn
        if fate.startswith(("accept", "crash after")):
            self.accepted.append(turn)
        match fate:
            case "accept":
                self.words.append(Accepted(message_id=id, turn=turn, provider_id=f"p{turn}", parts=1))
            case "accept, answer lost":
                self.words.append(NoAnswer(message_id=id, turn=turn, reason="TIMEOUT"))
            case "again" | "never":
                self.declined += fate == "again"
                self.words.append(Declined(message_id=id, turn=turn, reason="HTTP_503", again=fate == "again"))
            case "queue" | "later":
                self.words.append(NotCalled(message_id=id, turn=turn, reason="CIRCUIT_OPEN", queue=fate == "queue"))

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

    @precondition(lambda self: self.accepted)
    @rule(status=st.sampled_from(RECEIPTS))
    def a_receipt_comes(self, status: str) -> None:
        provider_id = f"p{self.accepted[0]}"
        self.hear(Reported(message_id=self.message.id, provider_id=provider_id, status=MessageState(status)))

    @precondition(lambda self: self.questions)
    @rule(number=st.integers(0, 9), late=st.booleans())
    def a_question_is_answered(self, number: int, late: bool) -> None:
        """Truthfully; what is under way at that moment the sender does not ask about."""
        question = self.questions.pop(number % len(self.questions))
        if any(call.turn == question.turn for call in self.calls):
            return
        word: Wire = Denied(message_id=question.message_id, turn=question.turn)
        if self.accepted:
            id, status = f"p{self.accepted[0]}", MessageState.SENT
            word = Reported(message_id=question.message_id, provider_id=id, status=status)
        if late:
            self.words.append(word)
        else:
            self.heard.append(word)
            self.hear(word)

    @precondition(lambda self: self.state and self.message.place is not None)
    @rule()
    def its_turn_in_the_queue_comes(self) -> None:
        self.hear(TurnGiven(message_id=self.message.id))

    @precondition(lambda self: self.state and self.message.place is None)
    @rule()
    def another_process_gives_it_a_turn_that_it_has_had(self) -> None:
        before = self.state
        self.hear(TurnGiven(message_id=self.message.id))
        assert self.state is before, "only what waits in the queue has a turn there"

    @rule(minutes=st.sampled_from([1, 1, 6, 6, 30, 60, 300, 1440]))
    def time_passes(self, minutes: int) -> None:
        """What falls due meanwhile fires at its time. A call that has not gone out within its minute never does."""
        until = self.now + timedelta(minutes=minutes)
        while self.state and (due := {n: at for n, at in timers(self.state).items() if at <= until}):
            name, at = min(due.items(), key=lambda one: one[1])
            self.now = max(self.now, at)
            self.calls = []
            self.hear(TimerFired(name=name, due=at))
            assert timers(self.state).get(name) != at, "a timer that has fired has done something"
        self.now = until

    @rule(chance=st.integers(0, 29))
    def the_matter_is_over(self, chance: int) -> None:
        """Seldom: else hardly anything would be sent."""
        if chance:
            return
        self.over = True
        self.hear(a_move("request.withdrawn", state=RequestState.WITHDRAWN, version=99))

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def the_gateway_has_accepted_it_once_at_most(self) -> None:
        assert len(self.accepted) <= 1

    @invariant()
    def it_is_delivered_only_if_it_was_accepted(self) -> None:
        if self.state and self.message.state.value in ("SENT", "DELIVERED", "FILTERED"):
            assert self.accepted

    @invariant()
    def what_is_not_at_its_end_has_its_next_moment_or_waits_for_nothing(self) -> None:
        """12.19: nothing is forgotten; UNKNOWN for ever is desk work, and has no moment once it is given up."""
        if self.state and self.message.state.value not in ENDS:
            given_up = self.message.state is MessageState.UNKNOWN and self.now >= self.begun + GIVE_UP_AFTER
            assert given_up or self.message.due is not None


FULL = os.environ.get("MIZBAN_CHAOS") == "full"
TestInAnyOrder = InAnyOrder.TestCase
TestInAnyOrder.settings = settings(max_examples=2000 if FULL else 400, stateful_step_count=50, deadline=None)
