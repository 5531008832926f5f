"""What is told of a result: how to object, where it lies and until when, and that it goes another round (I5)."""

import pytest

from services.contracts.intake import RequestState
from services.contracts.notify import NoticeMoved
from services.contracts.routing import ResultKind
from services.notify.domain.routes import ROUTES, NoNotice, Route
from tests.unit.notify.cases import PROMISED, a_move, decided, told
from tests.unit.notify.moves_told import text_of


@pytest.mark.parametrize("kind", [ResultKind.REFUSED, ResultKind.PARTIAL])
@pytest.mark.parametrize("verb", ["request.result-ready", "request.done-on-spot"])
def test_I5_a_refusal_names_the_way_to_object(kind: ResultKind, verb: str) -> None:
    """I5, also when the event forgot to say how."""
    state = RequestState.RESULT_READY if verb == "request.result-ready" else RequestState.CLOSED
    for how in ("ظرف بیست روز به کمیسیون ماده ۷۷", None):
        decision = told(a_move(verb, state=state, result=decided(kind), objection=how))
        text = text_of(decision)
        assert "اعتراض" in text
        assert (how or "میز خدمت") in text


@pytest.mark.parametrize("verb", ["request.objected", "request.reopened"])
def test_another_round_is_told_with_its_promise(verb: str) -> None:
    decision = told(a_move(verb, "commitment.added", state=RequestState.OBJECTED, round=2))
    assert "دوشنبه ۲۳ آذر ساعت ۱۲:۰۰" in text_of(decision)


def test_a_reminder_to_collect_says_until_when_and_counts_for_the_case() -> None:
    """Intake closes nothing uncollected without its confirmation: its events are not to be passed over."""
    reminder = a_move("request.collection-reminded", state=RequestState.COLLECTION_DUE, collect_by=PROMISED)
    decision = told(reminder)
    assert "تا دوشنبه ۲۳ آذر ساعت ۱۲:۰۰ از میز خدمت" in text_of(decision)
    (created,) = [event for event in decision.events if isinstance(event, NoticeMoved)]
    assert created.minor()
    assert not created.model_copy(update={"moves": ("message.delivered",)}).minor()
    assert not created.model_copy(update={"moves": ("message.failed",)}).minor()


@pytest.mark.parametrize(
    ("kind", "where"), [(ResultKind.GRANTED, "به میز خدمت بیایید"), (ResultKind.PARTIAL, "از میز بگیرید")]
)
def test_a_result_to_be_collected_says_where_in_the_same_message(kind: ResultKind, where: str) -> None:
    event = a_move("request.result-ready", state=RequestState.RESULT_READY, result=decided(kind), collectable=True)
    assert where in text_of(told(event))
    assert ROUTES["request.collection-due"] == Route(NoNotice.TOLD_WITH_RESULT)
