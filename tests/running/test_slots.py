"""Appointments on real servers: one slot under many callers (domain 12.15)."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.support.calls import OFFICER, PERMITS, Body, Caller, is_problem

CALLERS = 64
DESK = PERMITS["deskId"]


def book(caller: Caller, id: str, slot: Body) -> httpx.Response:
    body = {"kind": "APPOINTMENT", "at": slot["at"], "officerId": OFFICER}
    return caller.call(f"/v1/requests/{id}/commitments", body)


def free(caller: Caller) -> list[Body]:
    """The free slots of the desk, soonest first; the first day is left alone, since the clock runs through it."""
    shown = caller.get(f"/v1/desks/{DESK}/slots", days="10").json()
    return [slot for day in shown["days"][1:] for slot in day["slots"]]


def withdrawn(caller: Caller, id: str) -> None:
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": OFFICER}
    answer = caller.call(f"/v1/requests/{id}/withdraw", body)
    assert answer.status_code == 200, answer.text


def test_12_15_sixty_four_callers_for_one_slot_are_given_it_once_for_each_officer(caller: Caller) -> None:
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
