"""A closure asks one message of its citizen to tell, and hears of that one only that it could not (12.9)."""

from collections.abc import Callable

import pytest

from services.contracts.decision import Decision, World
from services.notify.domain.closure import Asked, Closure, GaveWay, Tell, Untold, gave_way, untold
from services.notify.domain.rules import Rules
from tests.unit.notify.cases import at, world

TELLER, NEXT, LAST = (
    Asked(request_id=f"case-{number}", message_id=f"case-{number}.1", closure="closure", trip=at(f"1405/09/10 {hour}"))
    for number, hour in ((1, "12:00"), (2, "10:00"), (3, "11:00"))
)
CLOSURE = Closure(teller=TELLER, waiting=(NEXT, LAST))
Rule = Callable[[Closure | None, Untold | GaveWay, World[Rules]], Decision[Closure]]
WORDS = pytest.mark.parametrize(("rule", "word"), [(untold, Untold), (gave_way, GaveWay)])


@WORDS
def test_12_9_what_the_teller_could_not_the_soonest_trip_of_the_others_does(
    rule: Rule, word: type[Untold | GaveWay]
) -> None:
    decision = rule(CLOSURE, word(**dict(TELLER)), world())
    assert decision.state is not None
    assert decision.state.teller == NEXT
    assert [type(send.body) for send in decision.sends] == [Tell]


@WORDS
@pytest.mark.parametrize("message", [NEXT, LAST])
def test_12_9_a_message_that_is_not_the_one_to_tell_leaves_the_closure_as_it_is(
    rule: Rule, word: type[Untold | GaveWay], message: Asked
) -> None:
    """Whoever tells has told: another would tell of it again."""
    assert rule(CLOSURE, word(**dict(message)), world()) == Decision(CLOSURE)


@WORDS
def test_a_word_before_anybody_has_asked_is_none(rule: Rule, word: type[Untold | GaveWay]) -> None:
    for closure in (None, Closure()):
        assert rule(closure, word(**dict(TELLER)), world()) == Decision(closure)
