"""The words of a rule: a table that allows or refuses a move and names both states (domain 3)."""

from datetime import UTC, datetime
from enum import StrEnum

import pytest

from services.contracts.decision import Decision, Moves, NotYet, Refused
from services.contracts.event import Event
from services.contracts.notify import MessageState, NoticeMoved
from services.contracts.registry import Kiosk, Partner


class Light(StrEnum):
    RED = "RED"
    GREEN = "GREEN"
    OFF = "OFF"


LIGHTS = Moves({Light.RED: frozenset({Light.GREEN}), Light.GREEN: frozenset({Light.RED, Light.OFF})})


def test_a_move_of_the_table_is_allowed() -> None:
    LIGHTS.check(Light.RED, Light.GREEN)
    LIGHTS.check(Light.GREEN, Light.OFF)


@pytest.mark.parametrize(
    ("origin", "target"), [(Light.RED, Light.OFF), (Light.RED, Light.RED), (Light.OFF, Light.GREEN)]
)
def test_an_illegal_move_is_a_refusal_that_names_both_states(origin: Light, target: Light) -> None:
    with pytest.raises(Refused) as caught:
        LIGHTS.check(origin, target)
    assert caught.value.code == "ILLEGAL_MOVE"
    assert caught.value.status == 409
    assert caught.value.facts == {"from": origin.value, "to": target.value}


def test_a_refusal_carries_its_status_and_facts() -> None:
    refusal = Refused("NOT_AUTHORIZED", "no authority for this service", status=403, officer="o1")
    assert (refusal.code, refusal.status, refusal.facts) == ("NOT_AUTHORIZED", 403, {"officer": "o1"})
    assert str(refusal) == "NOT_AUTHORIZED: no authority for this service"
    assert str(NotYet("UNKNOWN_KIOSK")) == "UNKNOWN_KIOSK"


def test_a_decision_alone_changes_nothing_else() -> None:
    decision: Decision[Partner] = Decision(state=None)
    assert (decision.events, decision.sends, decision.effects, decision.answer) == ((), (), (), None)


def test_an_event_derives_type_topic_and_key_from_its_first_move_and_entity() -> None:
    notice = NoticeMoved(
        moves=("message.sent", "message.delivered"),
        message_id="m1",
        request_id="r1",
        org_id="o1",
        notice="REGISTERED",
        template_id="registered",
        template_version=1,
        channel="SMS",
        state=MessageState.DELIVERED,
        attempt=1,
        parts=2,
        occurred_at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    )
    assert notice.type() == "ir.servicedesk.notify.message.sent.v1"
    assert notice.topic().name == "sd.notify.status.v1"
    assert (notice.key(), notice.org()) == ("r1", "o1")


def test_a_registry_entry_is_keyed_by_version_and_counted_by_kind() -> None:
    """Old versions stay in the compacted topic; entities of two kinds may share an id (design 3)."""
    partner = Partner(id="pishkhan-a", org_id="wa", version=3, name="دفاتر", contact="044")
    assert partner.key() == "wa:pishkhan-a@3"
    assert partner.subject() == "partner/pishkhan-a"
    assert partner.topic().compacted
    assert partner.topic() != Kiosk.TOPIC


def test_an_event_class_that_names_no_topic_is_found_at_once() -> None:
    homeless = type("Homeless", (Event,), {"CONTEXT": "nowhere"})  # written as a class, the type checker finds it
    with pytest.raises(TypeError, match=r"key.*org.*topic"):
        homeless(moves=("thing.happened",))
