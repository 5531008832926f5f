"""The registry changes: a redirect and an output are counted anew at once, as documents are (domain 6).

As in `test_grace`: a redirect of Monday 1405/09/02 10:00 lapses on Saturday 1405/09/07 10:00 and may be closed on
1405/09/14 10:00; an output waits until 1405/10/02 and then five working days.
"""

import pytest

from services.contracts.decision import Refused, TimerFired
from services.contracts.intake_commands import ReturnFromKiosk
from services.contracts.working_calendar import DayKind
from services.intake.domain.case_parts import Collection
from services.intake.domain.collecting import COLLECTION
from services.intake.domain.due import timers
from services.intake.domain.granted_before import GRANTED_BEFORE
from services.intake.domain.reconsidering import RegistryMoved
from services.intake.domain.request import Request
from services.worktime import parse_jalali
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    a_redirected_request,
    announcement,
    arrives,
    asked,
    at,
    case_of,
    file_at_desk,
    happens,
    lapsed,
    out_of_service,
    redirect_of,
    shut_on,
    state_of,
    the_case,
    world,
)
from tests.unit.intake.rounds import GRANTED, HANDED, a_permit
from tests.unit.intake.test_expired_redirect import LAPSE
from tests.unit.intake.test_second_redirect import KHOY_HEAD, sent_on
from tests.unit.intake.waiting import closes, fires, gone, granted_before, hears, moved, reminded
from tests.unit.intake.watched import Watched

KHOY_DESK = "wa-social-security-khoy-desk"
ENDS = at("1405/09/14 10:00")


def told() -> Request:
    """Of the lapse, in time."""
    return hears(lapsed(a_redirected_request()), "REDIRECT_LAPSED", at(LAPSE))


def collection(request: Request) -> Collection:
    case = the_case(request)
    waits = case.collection or case.earlier[0].collection
    assert waits is not None
    return waits


def test_a_closed_day_in_the_grace_of_a_redirect_leaves_a_day_more_at_once() -> None:
    before = told()
    assert redirect_of(before).ends_at == ENDS
    decision = happens(before, RegistryMoved(), world("1405/09/08 09:00", shut_on(SOCIAL_DESK, "1405/09/10")))
    ends = redirect_of(state_of(decision)).ends_at
    assert ends is not None
    assert (ends > ENDS, decision.events) == (True, ()), "nobody need come sooner, so there is nothing to tell"
    again = moved(state_of(decision), "1405/09/08 10:00")
    assert redirect_of(again).ends_at == ends, "the closure is taken back: never sooner"


def test_a_suspension_within_the_grace_of_a_redirect_that_nobody_announced_begins_it_anew() -> None:
    """It is over before the desk comes to close the case."""
    away = moved(told(), "1405/09/08 09:00", gone(SOCIAL_DESK))
    back = moved(away, "1405/09/10 10:00")
    assert redirect_of(back).ends_at == at("1405/09/17 10:00")
    assert moved(back, "1405/09/11 10:00") == back, "found back once"
    with pytest.raises(Exception, match="IN_GRACE"):
        closes(back, "1405/09/16 10:00")
    assert the_case(state_of(closes(back, "1405/09/17 10:00"))).state == "EXPIRED"


def test_a_redirect_is_not_closed_as_soon_as_its_desk_is_back_though_the_watch_has_not_come_by() -> None:
    away = moved(told(), "1405/09/08 09:00", gone(SOCIAL_DESK))
    with pytest.raises(Refused, match="IN_GRACE"):
        closes(away, "1405/09/15 10:00")


def test_a_suspension_that_was_over_before_anybody_heard_of_the_lapse_lengthens_nothing() -> None:
    request = moved(moved(lapsed(a_redirected_request()), "1405/09/08 09:00", gone(SOCIAL_DESK)), "1405/09/09 09:00")
    ends = redirect_of(hears(request, "REDIRECT_LAPSED", at("1405/09/14 10:00"))).ends_at
    assert ends == at("1405/09/21 10:00")


def test_a_redirect_lapses_by_the_days_that_are_known_now() -> None:
    sent = a_redirected_request()
    assert redirect_of(sent).lapses_at == at(LAPSE)
    shut = shut_on(SOCIAL_DESK, "1405/09/03")
    later = moved(sent, "1405/09/02 12:00", shut)
    assert timers(later)["redirect"] == redirect_of(later).lapses_at == at("1405/09/08 10:00")
    assert redirect_of(moved(later, "1405/09/02 13:00")).lapses_at == at("1405/09/08 10:00"), "never sooner"


def test_a_redirect_has_its_days_anew_after_a_suspension_that_is_over_before_it_lapses() -> None:
    back = moved(moved(a_redirected_request(), "1405/09/02 12:00", gone(SOCIAL_DESK)), "1405/09/03 10:00")
    assert redirect_of(back).lapses_at == at("1405/09/08 10:00")
    assert redirect_of(fires(back, "redirect")).lapsed_at == at("1405/09/08 10:00")


@pytest.mark.parametrize(("of", "timer"), [(reminded, COLLECTION), (granted_before, GRANTED_BEFORE)])
def test_an_output_waits_a_day_more_for_each_closed_day_and_anew_after_a_suspension(of: object, timer: str) -> None:
    """Also what an earlier round granted."""
    assert callable(of)
    request: Request = of()
    end = collection(request).closes_at
    assert end is not None
    shut = moved(request, "1405/10/03 09:00", shut_on(PERMITS_DESK, "1405/10/05"))
    assert timers(shut)[timer] > end
    away = moved(request, "1405/10/03 09:00", gone())
    assert timers(away)[timer] == end, "it is looked at then, if not before"
    back = moved(away, "1405/10/07 10:00")
    assert timers(back)[timer] == at("1405/10/13 10:00"), "five working days after it was found back"
    assert moved(back, "1405/10/08 10:00") == back


def test_an_output_of_which_nobody_was_told_has_no_grace_that_could_move() -> None:
    request = a_permit(GRANTED)
    assert moved(request, "1405/10/01 10:00", shut_on(PERMITS_DESK, "1405/10/05")) is request


async def test_the_watch_finds_a_redirect_until_it_has_ended(house: Watched) -> None:
    filed = await house.intake.file(serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    id = filed.json()["requestId"]
    assert filed.json()["state"] == "REDIRECTED"
    assert await house.recorded(house.desk(SOCIAL_DESK, status="SUSPENDED")) == 1
    house.intake.memory.clock.moment = at("1405/09/03 10:00")
    assert await house.recorded(house.desk(SOCIAL_DESK, status="ACTIVE")) == 1
    assert (await house.intake.state(id)).case.redirect.lapses_at == at("1405/09/08 10:00")
    body = {"cause": "REFUSED", "officerId": SOCIAL_OFFICER}
    taken = await house.intake.post(f"/v1/requests/{id}/return-from-kiosk", body)
    assert taken.status_code == 200, taken.text
    away = out_of_service(SOCIAL_DESK, "1405/09/07", "1405/09/08")
    assert await house.recorded(away) == 0, "its answer is promised for the 8th, and it is no redirect any more"


async def test_the_watch_finds_an_output_until_it_is_fetched(house: Watched) -> None:
    id = (await house.intake.file()).json()["requestId"]
    await house.intake.unit_answers(id)
    told = await house.intake.post(f"/v1/requests/{id}/announce", announcement(PERMITS_OFFICER).to_wire())
    assert told.json()["state"] == "COLLECTION_DUE", told.text
    await house.delivered(id, "COLLECTION_REMINDER")
    events = await house.told(id)
    before = collection(await house.intake.state(id)).closes_at
    shut = house.day(DayKind.CLOSED, day=parse_jalali("1405/10/05"))
    assert (await house.recorded(shut), await house.recorded(house.desk(floor=2))) == (1, 0)
    after = collection(await house.intake.state(id)).closes_at
    assert before is not None
    assert after is not None
    assert (after > before, await house.told(id)) == (True, events)
    fetched = await house.intake.post(f"/v1/requests/{id}/handover", HANDED.to_wire())
    assert fetched.json()["state"] == "CLOSED", fetched.text
    assert await house.recorded(house.desk(status="SUSPENDED")) == 0


def test_who_is_sent_on_has_the_days_of_the_desk_that_sent_them_on() -> None:
    """Another one of the agency: that the first was away is nothing to it."""
    filed = state_of(file_at_desk("social-insurance-record", KHOY_DESK, KHOY_HEAD))
    away = moved(filed, "1405/09/02 12:00", gone(KHOY_DESK))
    on = state_of(sent_on(away, now=world("1405/09/03 09:00", gone(KHOY_DESK))))
    due = redirect_of(on).lapses_at
    over = state_of(happens(on, TimerFired(name="redirect", due=due), world(due, gone(KHOY_DESK))))
    assert redirect_of(over).lapsed_at == due, "not three days later"


@pytest.mark.parametrize("back", [False, True], ids=["away", "back"])
def test_whichever_desk_has_the_case_next_where_it_was_before_is_nothing_to_it(back: bool) -> None:
    """Taken back by another desk, or honoured by a kiosk: then it is of the permanent one."""
    filed = state_of(file_at_desk("social-insurance-record", KHOY_DESK, KHOY_HEAD))
    before = moved(filed, "1405/09/02 12:00", gone(KHOY_DESK))
    before = moved(before, "1405/09/02 13:00") if back else before
    assert (the_case(before).desk_away, the_case(before).desk_back_at is not None) == (not back, back)
    now = world("1405/09/03 09:00", *([] if back else [gone(KHOY_DESK)]))
    command = ReturnFromKiosk.model_validate({"cause": "SHUT", "officerId": SOCIAL_OFFICER})
    taken = happens(before, command, now)
    honoured = happens(before, asked(arrives(before, now)), now)
    for case in map(case_of, (taken, honoured)):
        assert (case.desk_id, case.desk_away, case.desk_back_at) == (SOCIAL_DESK, False, None)
