"""What is wanted of a partner is written down, and then the broker agrees (domain 3)."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.contracts.decision import TimerFired
from services.registry.domain import access
from services.registry.domain.access import AccessApplied, AccessFailed, AccessState, AccessWanted
from tests.unit.registry.partners_steps import NOW, a_kiosk, a_partner, decided, world


def test_it_is_written_down_before_the_broker_is_called_and_done_when_the_broker_agrees() -> None:
    wanted = decided(AccessWanted(granted=True, nonce="n1"))
    assert (wanted.state.state, wanted.effects) == (AccessState.OUTSTANDING, (access.BringInStep(),))
    done = access.applied(wanted.state, AccessApplied(turn=1), world()).state
    assert done is not None
    assert (done.state, done.again_at) == (AccessState.GRANTED, None)
    withdrawn = decided(AccessWanted(granted=False), done).state
    assert (withdrawn.state, withdrawn.turn, withdrawn.nonce) == (AccessState.OUTSTANDING, 2, "n1")
    over = access.applied(withdrawn, AccessApplied(turn=2), world()).state
    assert over is not None
    assert over.state == AccessState.WITHDRAWN


def test_what_is_wanted_already_is_not_asked_for_again() -> None:
    state = decided(AccessWanted(granted=True, nonce="n1")).state
    assert decided(AccessWanted(granted=True), state).state is state
    gone = decided(AccessWanted(granted=False), state).state
    assert decided(AccessWanted(granted=False), gone).state is gone


def test_a_partner_whose_account_was_made_with_the_broker_can_be_suspended_all_the_same() -> None:
    assert decided(AccessWanted(granted=True)).state is None, "nothing of ours to do"
    assert decided(AccessWanted(granted=False)).effects == (access.BringInStep(),)


def test_an_account_that_was_made_with_the_broker_is_gone_once_it_is_withdrawn() -> None:
    """No password of ours could bring it back: nobody is told GRANTED before new credentials are issued."""
    gone = decided(AccessWanted(granted=False)).state
    resumed = decided(AccessWanted(granted=True), gone)
    assert (resumed.state, resumed.effects) == (gone, ())
    renewed = decided(AccessWanted(granted=True, nonce="n1"), gone)
    assert (renewed.state.granted, renewed.effects) == (True, (access.BringInStep(),))


@pytest.mark.parametrize("id", ["ANONYMOUS", "a.b", "x:y", "a_b", "a" * 41, "-a", "Pishkhan"])
def test_no_partner_has_the_name_of_another_account_group_or_topic_of_the_broker(id: str) -> None:
    """Its id is its account there; `a.` starts its groups' names, and ANONYMOUS is whoever may do everything."""
    with pytest.raises(ValidationError, match="id"):
        a_partner(id=id)
    with pytest.raises(ValidationError, match="partner"):
        a_kiosk(partner=id)
    assert a_partner(id="a" * 40).id == a_kiosk(partner="a" * 40).partner


def test_a_broker_that_does_not_answer_is_asked_until_it_does() -> None:
    state = decided(AccessWanted(granted=True, nonce="n1")).state
    now = NOW
    for pause in (5, 15, 60, 300, 300):
        failed = access.failed(state, AccessFailed(turn=1, problem="Kafka: away"), world(now)).state
        assert failed is not None
        assert (failed.state, failed.problem) == (AccessState.OUTSTANDING, "Kafka: away")
        assert access.due_times(failed) == {"again": now + timedelta(seconds=pause)}
        early = access.again(failed, TimerFired(name="again", due=now), world(now))
        assert early.effects == ()
        now += timedelta(seconds=pause)
        retried = access.again(failed, TimerFired(name="again", due=now), world(now))
        assert retried.effects == (access.BringInStep(),)
        state = retried.state


def test_a_call_that_was_lost_with_its_process_is_made_again() -> None:
    state = decided(AccessWanted(granted=True, nonce="n1")).state
    later = NOW + access.LOST_AFTER
    assert access.due_times(state) == {"again": later}
    assert access.again(state, TimerFired(name="again", due=later), world(later)).effects == (access.BringInStep(),)


def test_word_of_an_earlier_decision_says_nothing_about_this_one() -> None:
    state = decided(AccessWanted(granted=True, nonce="n1")).state
    newer = decided(AccessWanted(granted=False), state).state
    assert access.applied(newer, AccessApplied(turn=1), world()).state is newer
    assert access.failed(newer, AccessFailed(turn=1, problem="x"), world()).state is newer
