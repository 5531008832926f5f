"""How many of the cases that a desk could decide at once it did decide so (domain 1.3, 11)."""

from datetime import timedelta
from typing import Any

from services.contracts.intake import ChannelReason, NotOnSpotReason, RequestMoved
from services.contracts.service_sheet import Channel
from services.ops.chance import Chance
from services.registry.pack.cases import Cases
from tests.unit.registry.months import BEGINS, ENDS, Life, heard


def at_once(*lives: list[RequestMoved]) -> tuple[dict[str, Any], dict[str, int]]:
    """The figures on what was done at once, and the reasons where it was not."""
    cases = Cases(BEGINS, ENDS, lambda ref, desk_id: None)
    for case in heard(event for life in lives for event in life).values():
        cases.add(case)
    figures = cases.counts.figures()
    told = {code: figures[code]["value"] for code in ("onSpot.possible", "onSpot.done", "onSpot.share")}
    return told, {row["id"]: row["cases"] for row in cases.counts.tables()["notOnSpot"] if row["cases"]}


def could_be_done(number: int, **facts: Any) -> Life:
    """Filed at a desk that may decide it at once, on the third day of the month."""
    life = Life(Chance(number), number)
    life.now = BEGINS + timedelta(days=2, hours=9)
    life.facts |= {"filed_at": life.now, "on_spot_allowed": True, **facts}
    return life


def test_what_is_decided_later_in_the_same_visit_is_done_on_the_spot() -> None:
    life = could_be_done(1, not_on_spot_reason=NotOnSpotReason.SYSTEM_DOWN)
    life.tells("request.registered", "commitment.added", commitments=life.promise())
    life.now += timedelta(minutes=30)
    life.tells("request.done-on-spot", "commitment.kept", "request.closed", result=life.result())
    assert at_once(life.events) == ({"onSpot.possible": 1, "onSpot.done": 1, "onSpot.share": 100}, {})


def test_what_is_decided_when_the_person_comes_again_is_not_and_counts_by_its_reason() -> None:
    life = could_be_done(2, not_on_spot_reason=NotOnSpotReason.MISSING_DOCUMENT)
    life.tells("request.registered", "commitment.added", commitments=life.promise())
    life.now += timedelta(days=1)
    life.tells("request.done-on-spot", "commitment.kept", "request.closed", result=life.result(), visits=2)
    assert at_once(life.events) == (
        {"onSpot.possible": 1, "onSpot.done": 0, "onSpot.share": 0},
        {"MISSING_DOCUMENT": 1},
    )


def test_a_visit_is_over_with_its_day_also_where_no_ticket_was_drawn() -> None:
    """What the desk decides on another day the person has come for again, whether or not that was counted."""
    life = could_be_done(6, not_on_spot_reason=NotOnSpotReason.SYSTEM_DOWN)
    life.tells("request.registered", "commitment.added", commitments=life.promise())
    life.now += timedelta(days=1)
    life.tells("request.done-on-spot", "commitment.kept", "request.closed", result=life.result())
    assert at_once(life.events) == ({"onSpot.possible": 1, "onSpot.done": 0, "onSpot.share": 0}, {"SYSTEM_DOWN": 1})


def test_what_comes_back_from_a_kiosk_counts_from_then_on_and_may_leave_open_why_not() -> None:
    lives = []
    for number, facts in enumerate(({}, {"not_on_spot_reason": NotOnSpotReason.NO_AUTHORITY})):
        life = could_be_done(3 + number, on_spot_allowed=False)
        life.facts["filed_at"] = life.now = BEGINS - timedelta(days=2)
        life.tells("request.redirected", channel=Channel.KIOSK_URBAN, channel_reason=ChannelReason.KIOSK)
        life.now = BEGINS + timedelta(days=2, hours=9)
        back = {"channel": Channel.AGENCY_DESK, "channel_reason": ChannelReason.KIOSK_FAILED, "visits": 3}
        told = {"on_spot_allowed": True, "commitments": life.promise(), **back, **facts}
        life.tells("request.registered", "commitment.added", **told)
        lives.append(life.events)
    none = {"onSpot.possible": 2, "onSpot.done": 0, "onSpot.share": 0}
    assert at_once(*lives) == (none, {"NOT_SAID": 1, "NO_AUTHORITY": 1})


def test_it_is_of_the_month_in_which_it_could_be_done() -> None:
    life = could_be_done(5)
    life.facts["filed_at"] = life.now = BEGINS - timedelta(days=2)
    life.tells("request.registered", "request.done-on-spot", "request.closed", result=life.result())
    assert at_once(life.events)[0]["onSpot.possible"] == 0


def test_a_redirect_ends_with_its_case_also_when_that_was_a_duplicate() -> None:
    cases = Cases(BEGINS, ENDS, lambda ref, desk_id: None)
    life = could_be_done(9, on_spot_allowed=False)
    life.tells("request.redirected", channel=Channel.KIOSK_URBAN, channel_reason=ChannelReason.KIOSK)
    life.now += timedelta(hours=1)
    life.tells("request.duplicate")
    for case in heard(life.events).values():
        cases.add(case)
    figures = cases.counts.figures()
    assert (figures["redirects.ended"]["value"], figures["redirects.closed"]["value"]) == (1, 1)
