"""Appointments on real servers: one slot under many callers, and a closure that reaches everyone booked (12.15, 12.16)."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.support.calls import OFFICER, PERMITS, Body, Caller, is_problem

CALLERS = 64
DESK = PERMITS["deskId"]


def book(caller: Caller, id: str, slot: Body, **changes: Any) -> httpx.Response:
    body = {"kind": "APPOINTMENT", "at": slot["at"], "officerId": OFFICER} | changes
    return caller.call(f"/v1/requests/{id}/commitments", body)


def free(caller: Caller) -> list[Body]:
    """The free slots of the desk, soonest first; the first day is left alone, since the clock runs through it."""
    shown = caller.get(f"/v1/desks/{DESK}/slots", days="10").json()
    return [slot for day in shown["days"][1:] for slot in day["slots"]]


def withdrawn(caller: Caller, id: str) -> None:
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": OFFICER}
    answer = caller.call(f"/v1/requests/{id}/withdraw", body)
    assert answer.status_code == 200, answer.text


def test_sixty_four_callers_for_one_slot_are_given_it_once_for_each_officer(caller: Caller) -> None:
    """Domain 12.15."""
    with ThreadPoolExecutor(CALLERS) as people:
        ids = [filed["requestId"] for filed in people.map(lambda _: caller.filed(), range(CALLERS))]
        slot = free(caller)[0]
        answers = list(people.map(lambda id: book(caller, id, slot), ids))
    assert Counter(answer.status_code for answer in answers) == {
        201: len(slot["officers"]), 409: CALLERS - len(slot["officers"]),
    }  # fmt: skip
    for answer in answers:
        if answer.status_code == 409:
            is_problem(answer, 409, "SLOT_TAKEN")
    won = [id for id, answer in zip(ids, answers, strict=True) if answer.status_code == 201]
    visits = [one for answer in answers if answer.status_code == 201 for one in answer.json()["commitments"][1:]]
    assert sorted(visit["visit"]["officerId"] for visit in visits) == slot["officers"]
    assert slot["at"] not in {one["at"] for one in free(caller)}
    withdrawn(caller, won[0])
    deadline = time.monotonic() + 10
    while slot["at"] not in {one["at"] for one in free(caller)}:
        assert time.monotonic() < deadline, "a case that is over gives its slot back"
        time.sleep(0.1)
    for id in won[1:]:
        withdrawn(caller, id)


def test_an_absence_warns_whoever_is_booked_and_the_sms_goes_out(caller: Caller) -> None:
    """Domain 12.16, through the registry, Kafka and the watch; the officer comes back at the end."""
    id = caller.filed()["requestId"]
    slot = free(caller)[1]
    absent = slot["officers"][-1]
    booked = book(caller, id, slot, withOfficerId=absent)
    assert booked.status_code == 201, booked.text
    status(caller, absent, "suspend")
    deadline = time.monotonic() + 20
    while caller.get(f"/v1/requests/{id}").json()["attention"] != ["VISIT_WARNED"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    status(caller, absent, "resume")
    anew = book(caller, id, free(caller)[2])
    assert anew.status_code == 201, anew.text
    assert [move["rule"] for move in anew.json()["commitments"][1]["moves"]] == ["BOOKED_ANEW"]
    withdrawn(caller, id)


def status(caller: Caller, officer: str, verb: str) -> None:
    answer = caller.call(f"/v1/officers/{officer}/{verb}", {"reason": "leave"}, service="registry")
    assert answer.status_code in (200, 201), answer.text
