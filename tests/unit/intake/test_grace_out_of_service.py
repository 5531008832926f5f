"""Nobody loses what they could not come for: a desk that is out of service receives nobody (domain 6).

As in `test_grace`: documents are awaited until Saturday 1405/09/14 10:00 and then in grace until 1405/09/19; an output
until 1405/10/02; a redirect of Monday 1405/09/02 10:00 lapses on Saturday 1405/09/07 10:00.
"""

from dataclasses import replace
from datetime import datetime

import pytest

from services.contracts.decision import Refused, TimerFired
from services.contracts.entry import Entry, Status
from services.intake.domain import awaiting, collecting
from services.intake.domain.awaiting import DOCUMENTS
from services.intake.domain.case_parts import Attention, Collection
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.due import timers
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.request import Request
from services.worktime import Duration, Unit
from tests.unit.intake.awaiting_documents import UNTIL, awaited, incomplete
from tests.unit.intake.cases import (
    MORNING,
    PERMITS_DESK,
    SOCIAL_DESK,
    a_redirected_request,
    at,
    happens,
    lapsed,
    out_of_service,
    redirect_of,
    state_of,
    the_case,
    world,
)
from tests.unit.intake.rounds import GRANTED, a_permit
from tests.unit.intake.test_incomplete_expires import CLOSES
from tests.unit.intake.waiting import closes, fires, gone, granted_before, hears, moved, reminded

OUT = [Status.SUSPENDED, Status.RETIRED, Status.PLANNED]


def told() -> Request:
    """Of the documents, by message and by a reminder."""
    return fires(hears(incomplete(), "INCOMPLETE", MORNING), DOCUMENTS)


def day_by_day(request: Request, name: str, *registry: Entry, times: int = 8) -> Request:
    for _ in range(times):
        request = fires(request, name, *registry)
    return request


@pytest.mark.parametrize("status", OUT)
def test_documents_are_awaited_while_nobody_knows_when_their_desk_is_back_and_for_a_whole_grace_after(
    status: Status,
) -> None:
    away = gone(status=status)
    request = day_by_day(moved(told(), "1405/09/04 09:00", away), DOCUMENTS, away)
    assert (the_case(request).state, timers(request)[DOCUMENTS]) == ("INCOMPLETE", at("1405/09/29 07:30"))
    back = fires(request, DOCUMENTS)
    assert timers(back)[DOCUMENTS] == at("1405/10/05 07:30"), "five working days after it was found back"
    assert the_case(fires(back, DOCUMENTS)).state == "EXPIRED"


def test_the_registry_says_when_the_desk_is_back_and_the_grace_begins_then() -> None:
    """A suspension within the grace that nobody had announced: it begins anew."""
    away = moved(told(), "1405/09/16 09:00", gone())
    assert awaited(away).closes_at == CLOSES
    again = moved(away, "1405/09/18 10:00")
    assert awaited(again).closes_at == at("1405/09/24 10:00")
    assert moved(again, "1405/09/19 10:00") == again, "found back once"


@pytest.mark.parametrize("first", ["1405/09/15", "1405/09/19"], ids=["all of it", "its last day"])
def test_a_suspension_known_ahead_that_covers_the_grace_alone_puts_its_end_off(first: str) -> None:
    grace = out_of_service(PERMITS_DESK, first, "1405/10/10")
    request = moved(told(), "1405/09/03 09:00", grace)
    assert (awaited(request).until, awaited(request).closes_at) == (UNTIL, at("1405/10/16 07:30"))
    assert the_case(fires(request, DOCUMENTS)).state == "EXPIRED", "its plans are carried out by then"


def test_a_suspension_known_ahead_without_an_end_is_looked_at_when_it_is_there() -> None:
    plan = out_of_service(PERMITS_DESK, "1405/09/04")
    request = day_by_day(moved(told(), "1405/09/03 09:00", plan), DOCUMENTS, plan)
    assert the_case(request).state == "INCOMPLETE"


def test_several_suspensions_known_ahead_each_begin_the_grace_anew() -> None:
    first = out_of_service(PERMITS_DESK, "1405/09/15", "1405/10/01")
    second = out_of_service(PERMITS_DESK, "1405/10/03", "1405/10/10")
    both = first.model_copy(update={"planned": first.planned + second.planned})
    assert awaited(moved(told(), "1405/09/03 09:00", both)).closes_at == at("1405/10/16 07:30")


@pytest.mark.parametrize("until", [None, at("1405/09/08 10:00")], ids=["by the rule", "by the officer"])
def test_nothing_is_asked_for_by_a_day_on_which_the_desk_is_known_to_be_out_of_service(until: datetime | None) -> None:
    """Also for a case that is SUSPENDED for its applicant."""
    out = world(MORNING, out_of_service(PERMITS_DESK, "1405/09/07", "1405/10/07"))
    assert awaiting.begun(the_case(incomplete()), (), out, until=until).until == at("1405/10/07 07:30")


def test_a_redirect_lapses_and_has_its_grace_by_the_days_on_which_the_desk_is_in_service() -> None:
    out = out_of_service(SOCIAL_DESK, "1405/09/03", "1405/09/20")
    sent = fires(a_redirected_request(), "redirect", out)
    lapses = redirect_of(sent).lapses_at
    assert (redirect_of(sent).lapsed_at, lapses > at("1405/09/23 07:00")) == (None, True)
    assert redirect_of(a_redirected_request(world(MORNING, out))).lapses_at == lapses
    grace = out_of_service(SOCIAL_DESK, "1405/09/08", "1405/10/06")
    ends = redirect_of(lapsed(a_redirected_request(), grace)).ends_at
    assert ends is not None
    assert ends > at("1405/10/10 10:00")


def test_a_redirect_does_not_lapse_nor_end_while_nobody_knows_when_its_desk_is_back() -> None:
    away = gone(SOCIAL_DESK)
    waits = day_by_day(a_redirected_request(), "redirect", away)
    assert redirect_of(waits).lapsed_at is None
    back = fires(waits, "redirect")
    assert redirect_of(back).lapsed_at is None, "it has its days anew"
    assert redirect_of(fires(back, "redirect")).lapsed_at is not None
    heard = hears(lapsed(a_redirected_request()), "REDIRECT_LAPSED", at("1405/09/07 10:00"))
    with pytest.raises(Refused, match="IN_GRACE"):
        closes(heard, "1405/09/28 10:00", away)
    assert the_case(state_of(closes(heard, "1405/09/28 10:00"))).state == "EXPIRED"


def test_an_output_waits_while_its_desk_is_out_of_service_and_for_a_whole_grace_after() -> None:
    waits = day_by_day(reminded(), COLLECTION, gone())
    assert the_case(waits).state == "COLLECTION_DUE"
    found = timers(waits)[COLLECTION]
    back = fires(waits, COLLECTION)
    assert (timers(back)[COLLECTION] - found).days >= 5
    assert the_case(fires(back, COLLECTION)).state == "CLOSED"


def test_nobody_is_reminded_to_come_to_a_desk_of_which_nobody_knows_when_it_is_back() -> None:
    """The reminder goes out when it is; where its day has passed by then, the desk calls."""
    for asks, name in ((incomplete(), DOCUMENTS), (a_permit(GRANTED), COLLECTION)):
        waits = fires(asks, name, gone())
        assert the_case(waits).history == the_case(asks).history
        again = happens(waits, TimerFired(name=name, due=timers(waits)[name]), world(timers(waits)[name]))
        assert the_case(state_of(again)).history[-1].type.endswith("-reminded")
        late = fires(day_by_day(asks, name, gone(), times=25), name)
        assert (the_case(late).history, len(the_case(late).attention)) == (the_case(asks).history, 1)


def test_the_reminder_of_an_output_waits_with_it_for_the_desk_that_is_known_to_be_back() -> None:
    out = out_of_service(PERMITS_DESK, "1405/09/20", "1405/10/20")
    waits = fires(a_permit(GRANTED), COLLECTION, out)
    assert collecting.due_times(the_case(waits))[COLLECTION] == at("1405/10/13 07:30")
    assert collected(waits).due == at("1405/10/20 07:30")


@pytest.mark.parametrize("name", [DOCUMENTS, COLLECTION])
def test_nobody_is_reminded_while_the_desk_is_away_also_where_it_is_known_when_it_is_back(name: str) -> None:
    """What is due as soon as it is back is due with it: then the desk calls."""
    out = out_of_service(PERMITS_DESK, "1405/09/05", "1405/10/07")
    asks = moved(incomplete(), "1405/09/03 09:00", out) if name == DOCUMENTS else a_permit(GRANTED)
    while timers(asks)[name] < at("1405/10/07 07:30"):
        asks = fires(asks, name, out)
    assert not the_case(asks).history[-1].type.endswith("-reminded")
    assert timers(asks)[name] == at("1405/10/07 07:30")
    call = Attention.REMIND_OF_DOCUMENTS if name == DOCUMENTS else Attention.REMIND_TO_COLLECT
    assert the_case(fires(asks, name, now=at("1405/10/07 07:31"))).attention == (call,)


def collected(request: Request) -> Collection:
    collection = the_case(request).collection
    assert collection is not None
    return collection


def test_an_output_is_not_due_on_a_day_on_which_its_desk_is_known_to_be_out_of_service() -> None:
    out = world(MORNING, out_of_service(PERMITS_DESK, "1405/10/01", "1405/10/20"))
    assert collecting.begun(the_case(a_permit(GRANTED)), MORNING, out).due == at("1405/10/20 07:30")


def test_what_was_granted_before_waits_as_well() -> None:
    waits = day_by_day(granted_before(), GRANTED_BEFORE, gone())
    assert the_case(waits).earlier[0].waits()
    over = fires(fires(waits, GRANTED_BEFORE), GRANTED_BEFORE)
    assert not the_case(over).earlier[0].waits()


def test_a_desk_that_was_away_long_ago_lengthens_nothing_that_is_asked_for_later() -> None:
    request = incomplete()
    stale = the_case(request).model_copy(update={"desk_away": True})
    heard = hears(request.model_copy(update={"case": stale}), "INCOMPLETE", MORNING)
    assert awaited(fires(heard, DOCUMENTS)).closes_at == CLOSES


def test_without_any_grace_nothing_ends_while_the_desk_is_away() -> None:
    there = world(UNTIL, gone())
    none = replace(there, rules=replace(there.rules, documents_grace=Duration(0, Unit.WORKING_DAYS)))
    request = told()
    assert awaiting.closing(awaited(request).model_copy(update={"closes_at": None}), the_case(request), none) == at(
        "1405/09/15 07:30"
    )
