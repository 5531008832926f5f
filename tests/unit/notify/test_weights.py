"""Which gateway a message goes by, and GOV.UK Notify's rule for one that slows (domain 8)."""

import os
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.decision import Refused
from services.notify.domain.answers import Denied, NoAnswer, NotCalled
from services.notify.domain.effects import AskProvider, Fate, HandOver
from services.notify.domain.message import DELIVERED, FILTERED
from services.notify.domain.sending import TurnGiven
from services.notify.domain.weights import APART, POINTS, QUIET, Count, Tallied, Weights, picked, tallied
from tests.unit.notify.cases import MORNING, REQUEST, hear, only, state_of, told, when_due, world
from tests.unit.notify.test_receipts import ANSWER, receipt

EVEN = {"a": 50, "b": 50}


def after(
    state: Weights | None, now: datetime, configured: dict[str, int] = EVEN, **counts: tuple[int, int]
) -> Weights:
    body = Tallied(counts={name: Count(sends=sends, slow=slow) for name, (sends, slow) in counts.items()})
    decision = tallied(state, body, world(now, weights=configured))
    assert decision.state is not None
    return decision.state


# -- by which gateway -------------------------------------------------------------------------------------------------


def test_each_gateway_gets_its_share_and_the_same_turn_always_the_same() -> None:
    weights = {"a": 70, "b": 20, "c": 10, "none": 0}
    turns = [picked(f"r-{n}.1", 1, weights) for n in range(10_000)]
    assert turns == [picked(f"r-{n}.1", 1, weights) for n in range(10_000)]
    shares = Counter(turns)
    assert all(abs(shares[name] - 100 * weight) < 200 for name, weight in weights.items())
    assert picked("r-1.1", 1, {"none": 0}) is None
    assert picked("r-1.1", 1, {}) is None


def test_when_points_move_only_the_turns_of_those_points_go_another_way() -> None:
    before = [picked(f"r-{n}.1", 1, {"a": 50, "b": 50}) for n in range(10_000)]
    then = [picked(f"r-{n}.1", 1, {"a": 40, "b": 60}) for n in range(10_000)]
    changed = Counter(pair for pair in zip(before, then, strict=True) if pair[0] != pair[1])
    assert set(changed) == {("a", "b")}
    assert abs(changed["a", "b"] - 1000) < 200


def test_a_message_is_written_down_with_its_gateway_and_asked_about_there() -> None:
    """It is never sent by another one while nobody knows whether the first has it (domain 12.11)."""
    sent = told(weights=EVEN)
    (call,) = sent.effects
    assert isinstance(call, HandOver)
    assert call.provider == only(sent).provider == picked(only(sent).id, 1, EVEN)
    lost = when_due(state_of(sent), only(sent), weights=EVEN)
    (question,) = when_due(state_of(lost), only(lost), weights={"a": 0, "b": 0, "c": 1}).effects
    since = timedelta(seconds=90)  # a minute until it was lost, and half of one until the question
    assert question == AskProvider(only(sent).id, 1, only(sent).provider, handed_over=since)


def test_of_the_gateway_of_an_earlier_turn_only_a_delivery_counts() -> None:
    state = state_of(told(weights=EVEN))
    (message,) = state.messages
    state = state_of(hear(state, NotCalled(message_id=message.id, turn=1, reason="BUSY", queue=True), weights=EVEN))
    other = "b" if message.provider == "a" else "a"
    sent = hear(state, TurnGiven(message_id=message.id, provider=other), weights=EVEN)
    assert (only(sent).provider, only(sent).went_by) == (other, (message.provider,))
    of_the_first = {"provider": message.provider}
    late = hear(state_of(sent), receipt(FILTERED, "p-0").model_copy(update=of_the_first))
    assert only(late) == only(sent)
    delivered = hear(state_of(sent), receipt(DELIVERED, "p-0").model_copy(update=of_the_first))
    assert only(delivered).state is DELIVERED


def test_what_a_gateway_says_of_a_message_that_it_never_had_is_refused() -> None:
    sent = told(weights=EVEN)
    other = "b" if only(sent).provider == "a" else "a"
    for status in (DELIVERED, FILTERED):
        with pytest.raises(Refused, match="UNKNOWN_MESSAGE"):
            hear(state_of(sent), receipt(status).model_copy(update={"provider": other}))


def test_a_turn_that_its_gateway_never_answered_and_never_had_was_slow() -> None:
    """A gateway whose calls time out is one that slows, also where it denies them afterwards."""
    state = state_of(told(weights=EVEN))
    (message,) = state.messages
    unknown = state_of(hear(state, NoAnswer(message_id=message.id, turn=1, reason="TIMEOUT"), weights=EVEN))
    denied = hear(unknown, Denied(message_id=message.id, turn=1), weights=EVEN)
    assert Fate(str(message.provider), slow=True) in denied.effects
    asked, fates = unknown, list[Fate]()
    while asked.messages[0].due:
        decision = when_due(asked, asked.messages[0], weights=EVEN)
        asked, fates = state_of(decision), [*fates, *(each for each in decision.effects if isinstance(each, Fate))]
    assert fates == [Fate(str(message.provider), slow=True)], "once, however often it is asked about"


# -- how a message fared ----------------------------------------------------------------------------------------------


def test_each_turn_is_counted_once_for_its_gateway_in_time_or_slow() -> None:
    taken = hear(state_of(told(weights=EVEN)), ANSWER)
    provider = only(taken).provider
    assert provider is not None
    for minutes, slow in ((1, False), (6, True)):
        ended = hear(state_of(taken), receipt(DELIVERED), MORNING + timedelta(minutes=minutes), weights=EVEN)
        assert ended.effects == (Fate(provider, slow),)
    waits = when_due(state_of(taken), only(taken), weights=EVEN)
    assert Fate(provider, slow=True) in waits.effects
    at_last = hear(state_of(waits), receipt(DELIVERED), MORNING + timedelta(minutes=9), weights=EVEN)
    assert at_last.effects == ()


def test_with_one_gateway_nothing_is_counted() -> None:
    taken = hear(state_of(told()), ANSWER)
    assert hear(state_of(taken), receipt(DELIVERED)).effects == ()
    assert only(taken).provider is None


def test_five_minutes_are_noticed_when_they_are_over() -> None:
    """The rule is of five minutes: the timer that asks about a receipt must not come later."""
    taken = hear(state_of(told(weights=EVEN)), ANSWER)
    assert only(taken).due == MORNING + timedelta(minutes=5)
    assert REQUEST in only(taken).id


# -- how shares move --------------------------------------------------------------------------------------------------


def test_ten_points_move_when_fifteen_percent_of_the_last_fifteen_minutes_were_slow() -> None:
    assert after(None, MORNING, a=(100, 14), b=(100, 0)).now == EVEN
    assert after(None, MORNING, a=(100, 15), b=(100, 0)).now == {"a": 40, "b": 60}


def test_points_move_at_most_once_in_five_minutes() -> None:
    state = after(None, MORNING, a=(10, 10))
    assert after(state, MORNING + timedelta(minutes=4, seconds=59), a=(10, 10)).now == {"a": 40, "b": 60}
    assert after(state, MORNING + timedelta(minutes=5), a=(10, 10)).now == {"a": 30, "b": 70}


def test_what_is_older_than_fifteen_minutes_speaks_against_nobody() -> None:
    state = after(None, MORNING, a=(10, 10))
    soon, over = MORNING + timedelta(minutes=14, seconds=59), MORNING + timedelta(minutes=15)
    assert after(state, soon).now == {"a": 30, "b": 70}
    assert after(state, over).now == {"a": 40, "b": 60}
    assert after(state, over).minutes == ()


def test_where_all_are_slow_nothing_moves() -> None:
    assert after(None, MORNING, a=(10, 10), b=(10, 2)).now == EVEN


def test_points_go_to_all_that_are_not_slow_and_never_below_nothing() -> None:
    three = {"a": 5, "b": 50, "c": 45}
    assert after(None, MORNING, three, a=(10, 10)).now == {"a": 0, "b": 53, "c": 47}
    assert after(None, MORNING, three, b=(10, 10), c=(10, 10)).now == {"a": 15, "b": 40, "c": 45}


def test_after_an_hour_of_good_behaviour_ten_points_move_back_each_hour() -> None:
    state = after(None, MORNING, a=(10, 10))
    state = after(state, MORNING + timedelta(minutes=10), a=(10, 10))
    assert state.now == {"a": 30, "b": 70}
    quiet = MORNING + timedelta(minutes=26)
    state = after(state, MORNING + timedelta(minutes=20))  # still slow, by what is remembered
    assert state.now == {"a": 20, "b": 80}
    state = after(state, quiet, a=(50, 0), b=(50, 0))
    moved = []
    for minute in range(200):
        state = after(state, quiet + timedelta(minutes=minute), a=(5, 0), b=(5, 0))
        moved.append(state.now["a"])
    assert moved[-1] == 50
    assert [second - first for first, second in pairwise(moved) if second != first] == [10, 10, 10]


def test_what_changes_nothing_is_not_written() -> None:
    state = after(None, MORNING, a=(10, 0))
    decision = tallied(state, Tallied(counts={}), world(MORNING + timedelta(seconds=10), weights=EVEN))
    assert decision.state is state


def test_other_settings_begin_anew() -> None:
    state = after(None, MORNING, a=(10, 10))
    assert after(state, MORNING, {"a": 30, "c": 70}).now == {"a": 30, "c": 70}


NAMES = ("a", "b", "c")
TALLY = st.tuples(
    st.integers(0, 600),
    st.dictionaries(st.sampled_from(NAMES), st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted)),
)


@given(st.tuples(*[st.integers(1, 100)] * 3), st.lists(TALLY, max_size=60))
def test_however_gateways_fare_no_point_is_lost_and_none_moves_too_soon(
    weights: tuple[int, ...], told: list[tuple[int, dict[str, list[int]]]]
) -> None:
    configured = dict(zip(NAMES, weights, strict=True))
    now, state = MORNING, after(None, MORNING, configured)
    for seconds, counts in told:
        now += timedelta(seconds=seconds)
        before = state
        state = after(state, now, configured, **{name: (sends, slow) for name, (slow, sends) in counts.items()})
        assert sum(state.now.values()) == sum(weights)
        assert all(weight >= 0 for weight in state.now.values())
        assert sum(abs(state.now[n] - before.now[n]) for n in NAMES) <= 2 * POINTS
        if state.now != before.now and before.moved_at is not None:
            away = any(state.now[n] < before.now[n] for n in state.slow())
            assert now - before.moved_at >= (APART if away else QUIET)
        for name in NAMES:
            if not state.slow() and state.now[name] != before.now[name]:
                assert abs(state.now[name] - configured[name]) < abs(before.now[name] - configured[name])


@settings(max_examples=300 if os.environ.get("MIZBAN_CHAOS") == "full" else 30)
@given(st.lists(TALLY, max_size=30))
def test_left_in_peace_the_weights_end_where_they_were_configured(
    told: list[tuple[int, dict[str, list[int]]]],
) -> None:
    configured = {"a": 60, "b": 30, "c": 10}
    now, state = MORNING, after(None, MORNING, configured)
    for seconds, counts in told:
        now += timedelta(seconds=seconds)
        state = after(state, now, configured, **{name: (sends, slow) for name, (slow, sends) in counts.items()})
    for _ in range(16):
        now += timedelta(hours=1, minutes=1)
        state = after(state, now, configured)
    assert state.now == configured
