"""A person's second open request for the same service is accepted and linked; an officer may end one of the two."""

import asyncio
from typing import Any

import pytest

from services.intake.domain.case_parts import Place
from services.intake.domain.proving import request_of
from services.intake.handlers import REQUEST
from services.intake.store import INDEXES
from tests.support.readable_store import ReadableStore
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    person,
)
from tests.unit.intake.edge import Intake, a_door, a_submission
from tests.unit.intake.errands import ANOTHER, filed, one_filing, seen, told, withdrawn

# -- linked, not lost -------------------------------------------------------------------------------------------------


async def test_the_second_open_request_is_accepted_and_linked_to_the_first(intake: Intake) -> None:
    first = await filed(intake)
    second = await filed(intake)
    assert (first["duplicateOf"], second["duplicateOf"]) == (None, first["requestId"])
    assert (second["state"], len(second["commitments"])) == ("PROMISED", 1)
    assert second["trackingCode"] != first["trackingCode"]
    shown = await seen(intake, first["requestId"])
    assert (shown["duplicateOf"], [each["requestId"] for each in shown["duplicates"]]) == (None, [second["requestId"]])
    shown = await seen(intake, second["requestId"])
    assert (shown["duplicateOf"], shown["duplicates"]) == (first["requestId"], [])
    await intake.memory.settle()
    assert told(intake, first["requestId"])[0]["duplicateOf"] is None
    assert told(intake, second["requestId"])[0]["duplicateOf"] == first["requestId"]


async def test_the_desk_reads_it_in_its_work_list(intake: Intake) -> None:
    first = await filed(intake, applicant=person(mobile=None))
    second = await filed(intake, applicant=person(mobile=None))
    for each in (first, second):
        await intake.unit_answers(each["requestId"])
    items = (await intake.http.get(f"/v1/desks/{PERMITS_DESK}/work")).json()["items"]
    assert {item["requestId"]: item["duplicateOf"] for item in items} == {
        first["requestId"]: None,
        second["requestId"]: first["requestId"],
    }


async def test_the_same_call_and_the_same_submission_repeated_are_no_duplicates(intake: Intake) -> None:
    first = await filed(intake, key="k")
    assert await filed(intake, key="k") == first
    for _ in range(3):
        await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    outcomes = await intake.http.get("/v1/kiosk/outcomes?kioskId=wa-urmia-017&externalRef=017-1")
    assert [item["duplicateOf"] for item in outcomes.json()["items"]] == [None]


async def test_a_corrected_submission_is_no_duplicate_of_the_refused_one(intake: Intake) -> None:
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(evidence=[]))
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(revision=2))
    outcomes = await intake.http.get("/v1/kiosk/outcomes?kioskId=wa-urmia-017&externalRef=017-1")
    assert [(item["status"], item["duplicateOf"]) for item in outcomes.json()["items"]] == [
        ("REJECTED", None),
        ("ACCEPTED", None),
    ]


async def test_a_kiosk_is_told_of_what_another_office_has_filed(intake: Intake) -> None:
    await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(externalRef="again", kioskId="wa-urmia-012"))
    outcomes = await intake.http.get("/v1/kiosk/outcomes?kioskId=wa-urmia-012&externalRef=again")
    (outcome,) = outcomes.json()["items"]
    assert (outcome["status"], outcome["duplicateOf"]) == ("ACCEPTED", request_of("wa-urmia-017", "017-1"))


async def test_who_was_redirected_and_files_at_a_kiosk_without_the_reference_is_linked(intake: Intake) -> None:
    redirected = await filed(intake, serviceId="social-insurance-record", deskId=SOCIAL_DESK, officerId=SOCIAL_OFFICER)
    assert redirected["state"] == "REDIRECTED"
    await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    case = (await intake.state(request_of("wa-urmia-017", "017-1"))).case
    assert case.duplicate_of == redirected["requestId"]
    honoured = await intake.http.post(
        "/v1/kiosk/submissions", json=a_submission(externalRef="r", redirectRef=redirected["redirect"]["ref"])
    )
    assert honoured.status_code == 202
    assert (await intake.state(redirected["requestId"])).case.duplicate_of is None, "one case, not two"


@pytest.mark.parametrize(
    "changes",
    [
        {"applicant": ANOTHER},
        {"serviceId": "building-completion"},
        {"applicant": person(scheme="PASSPORT", value="0013542419")},
    ],
)
async def test_another_person_or_another_service_is_another_matter(intake: Intake, changes: dict[str, Any]) -> None:
    await filed(intake)
    response = await intake.file(**changes)
    assert response.json().get("duplicateOf") is None


async def test_what_has_ended_is_not_asked_for_a_second_time(intake: Intake) -> None:
    first = await filed(intake)
    await withdrawn(intake, first["requestId"])
    assert (await filed(intake))["duplicateOf"] is None


async def test_who_only_asks_has_nothing_open(intake: Intake) -> None:
    question = {
        "serviceId": "opening-hours",
        "deskId": "wa-governorate-desk",
        "officerId": "wa-governorate-desk-01",
        "informationOnly": True,
    }
    for _ in range(2):
        assert (await filed(intake, **question))["duplicateOf"] is None


# -- whichever way they come ------------------------------------------------------------------------------------------


async def test_two_of_one_batch_are_linked(intake: Intake) -> None:
    answers = await asyncio.gather(*(filed(intake) for _ in range(5)))
    firsts = [answer for answer in answers if answer["duplicateOf"] is None]
    assert len(firsts) == 1
    assert {answer["duplicateOf"] for answer in answers} == {None, firsts[0]["requestId"]}


async def test_two_processes_that_race_end_linked() -> None:
    """Each has looked before the other has written; the index decides."""
    store = ReadableStore(indexes=INDEXES)
    doors = [a_door(store), a_door(store)]
    (one, first), (two, second) = one_filing("1"), one_filing("2")

    def race(id: str) -> None:
        """The other process writes in the very moment before this one."""
        store.before_write = None
        if id == one:
            row = rival.store.collections["request"][two]
            store.collections.setdefault("request", {})[two] = row

    rival = a_door()
    await rival.submit(REQUEST, two, second)
    store.before_write = race
    await doors[0].submit(REQUEST, one, first)
    cases = {id: doors[1].state(REQUEST, id).case for id in (one, two)}
    assert (cases[two].place, cases[one].place) == (Place.FIRST, Place.FURTHER)
    assert cases[one].duplicate_of == two
    assert doors[0].metric("mizban_conflicts_total") == 1


async def test_a_person_who_was_never_seen_costs_no_look_up_and_one_write() -> None:

    class Asked(ReadableStore):
        async def find(self, *args: Any, **options: Any) -> Any:
            raise AssertionError("nothing is looked up")

    door = a_door(Asked(indexes=INDEXES))
    id, message = one_filing("1")
    await door.submit(REQUEST, id, message)
    assert door.store.writes == 1


# -- when the first one ends ------------------------------------------------------------------------------------------


async def test_when_the_first_has_ended_the_next_one_is_what_a_third_is_linked_to(intake: Intake) -> None:
    first, second = await filed(intake), await filed(intake)
    await withdrawn(intake, first["requestId"])
    third = await filed(intake)
    assert third["duplicateOf"] == second["requestId"]
    assert (await intake.state(second["requestId"])).case.place is Place.FIRST


async def test_the_oldest_of_those_behind_takes_the_place(intake: Intake) -> None:
    first = await filed(intake)
    behind = []
    for _ in range(3):
        intake.memory.clock.advance(minutes=1)
        behind.append((await filed(intake))["requestId"])
    await withdrawn(intake, first["requestId"])
    places = [(await intake.state(id)).case.place for id in behind]
    assert places == [Place.FIRST, Place.FURTHER, Place.FURTHER]


async def test_a_closed_case_that_is_worked_on_again_is_linked_to_what_was_filed_meanwhile(intake: Intake) -> None:
    first = await filed(intake)
    id = first["requestId"]
    await intake.unit_answers(id)
    told = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    await intake.post(f"/v1/requests/{id}/announce", told)
    handed = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/handover", handed)).json()["state"] == "CLOSED"
    second = await filed(intake)
    assert second["duplicateOf"] is None
    body = {"reason": "OUR_ERROR", "officerId": f"{PERMITS_DESK}-02", "secondOfficerId": PERMITS_OFFICER}
    again = await intake.post(f"/v1/requests/{id}/reopen", body)
    assert (again.json()["state"], again.json()["duplicateOf"]) == ("REOPENED", second["requestId"])
