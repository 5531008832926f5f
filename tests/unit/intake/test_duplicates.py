"""A person's second open request for the same service is accepted and linked; an officer may end one of the two."""

import asyncio
import json
from collections import defaultdict
from typing import Any

import httpx
import pytest

from services.contracts.decision import Refused
from services.contracts.envelope import derived_id
from services.contracts.intake import RequestState
from services.contracts.intake_commands import FileObjection, FileRequest, Reopen, Withdraw
from services.intake.domain import duplicates
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Place
from services.intake.domain.duplicates import EndsAsDuplicate, Other
from services.intake.domain.messages import Filed
from services.intake.domain.states import ENDED
from services.intake.handlers import REQUEST
from services.intake.kiosk_records import request_of
from services.intake.store import INDEXES
from services.ops.chance import chance_of
from tests.support.memory_door import MemoryDoor
from tests.support.readable_store import ReadableStore
from tests.unit.intake.cases import (
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_OFFICER,
    case_of,
    file_at_desk,
    move_of,
    outcome_of,
    person,
    state_of,
    submit,
    world,
)
from tests.unit.intake.edge import Intake, a_door, a_filing, a_submission

ANOTHER = person(value="0499370899", mobile="09131112233")


async def filed(intake: Intake, **changes: Any) -> Any:
    response = await intake.file(**changes)
    assert response.status_code == 201, response.text
    return response.json()


async def seen(intake: Intake, id: str) -> Any:
    return (await intake.http.get(f"/v1/requests/{id}")).json()


async def ends(intake: Intake, id: str, other: str, **changes: Any) -> httpx.Response:
    return await intake.post(f"/v1/requests/{id}/duplicate", {"of": other, "officerId": PERMITS_OFFICER} | changes)


async def withdrawn(intake: Intake, id: str) -> None:
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": PERMITS_OFFICER}
    assert (await intake.post(f"/v1/requests/{id}/withdraw", body)).status_code == 200
    await intake.memory.settle()


def told(intake: Intake, id: str) -> list[dict[str, Any]]:
    return [
        json.loads(event["value"])
        for event in intake.memory.publisher.events("sd.intake.request")
        if event["key"] == id
    ]


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


def one_filing(key: str, **changes: Any) -> tuple[str, Filed]:
    id = derived_id("request", PERMITS_OFFICER, key)
    return id, Filed(request_id=id, request=FileRequest.model_validate(a_filing(**changes)))


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


# -- ended by an officer ----------------------------------------------------------------------------------------------


async def test_an_officer_ends_one_in_favour_of_the_other(intake: Intake) -> None:
    first, second = await filed(intake), await filed(intake)
    id = second["requestId"]
    done = (await ends(intake, id, first["requestId"])).json()
    assert (done["state"], done["duplicateOf"], done["duplicateCode"]) == (
        "DUPLICATE",
        first["requestId"],
        first["trackingCode"],
    )
    assert [promise["state"] for promise in done["commitments"]] == ["RELEASED"]
    await intake.memory.settle()
    event = told(intake, id)[-1]
    assert event["moves"] == ["request.duplicate", "commitment.released"]
    assert (event["duplicateOf"], event["duplicateCode"]) == (first["requestId"], first["trackingCode"])
    tracked = await intake.http.post("/v1/track", json={"code": second["trackingCode"], "last4": "2419"})
    assert (tracked.json()["state"], tracked.json()["stage"]) == ("DUPLICATE", "با درخواست دیگر شما یکی شد")
    again = await ends(intake, id, first["requestId"])
    assert (again.status_code, again.json()["code"]) == (409, "ILLEGAL_MOVE")


async def test_the_first_may_be_the_one_that_ends_and_the_other_takes_its_place(intake: Intake) -> None:
    first, second = await filed(intake), await filed(intake)
    assert (await ends(intake, first["requestId"], second["requestId"])).status_code == 200
    await intake.memory.settle()
    assert (await intake.state(second["requestId"])).case.place is Place.FIRST
    lost = await ends(intake, second["requestId"], first["requestId"])
    assert (lost.status_code, lost.json()["code"]) == (409, "OTHER_ENDED"), "one of the two goes on"


async def test_of_two_officers_who_end_each_others_request_one_is_told_that_it_has_crossed(intake: Intake) -> None:
    """Each has read the other's while it was open."""
    first, second = await filed(intake), await filed(intake)
    cases = {filing["requestId"]: (await intake.state(filing["requestId"])).case for filing in (first, second)}
    a, b = cases

    async def end(id: str, of: str) -> None:
        other = cases[of]
        seen = Other(
            id=of,
            tracking_code=other.tracking_code,
            applicant_ref=other.applicant_ref,
            service_id=other.service_id,
            state=other.state,
        )
        command = EndsAsDuplicate(of=of, officer_id=PERMITS_OFFICER, other=seen)
        await intake.memory.submit(REQUEST, id, command)

    ended = await asyncio.gather(end(a, b), end(b, a), return_exceptions=True)
    (refused,) = [answer for answer in ended if answer is not None]
    assert isinstance(refused, Refused)
    assert refused.code == "CROSSED"
    states = [(await intake.state(id)).case.state for id in (a, b)]
    assert sorted(states) == ["DUPLICATE", "PROMISED"]


async def test_a_decided_one_will_do_and_a_repeat_is_answered_as_before(intake: Intake) -> None:
    first, second = await filed(intake), await filed(intake)
    await intake.unit_answers(first["requestId"])
    body = {"of": first["requestId"], "officerId": PERMITS_OFFICER}
    for _ in range(2):
        done = await intake.post(f"/v1/requests/{second['requestId']}/duplicate", body, key="same")
        assert (done.status_code, done.json()["state"]) == (200, "DUPLICATE")
        await withdrawn_if_open(intake, first["requestId"])


async def test_what_was_decided_is_told_and_fetched_before_a_request_may_end_as_a_duplicate(intake: Intake) -> None:
    """Linked, not lost: else nobody could hand over what was granted."""
    first, second = await filed(intake), await filed(intake)
    await intake.unit_answers(second["requestId"])
    answer = await ends(intake, second["requestId"], first["requestId"])
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_DECIDED")


async def withdrawn_if_open(intake: Intake, id: str) -> None:
    if (await intake.state(id)).case.state not in ENDED:
        await withdrawn(intake, id)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"of": "itself"}, 422, "SAME_REQUEST"),
        ({"of": "nowhere"}, 422, "UNKNOWN_REQUEST"),
        ({"of": "of-another-person"}, 422, "ANOTHER_MATTER"),
        ({"of": "withdrawn"}, 409, "OTHER_ENDED"),
        ({"officerId": TAX_OFFICER}, 403, "NOT_AUTHORISED"),
        ({"of": None}, 422, "UNPROCESSABLE"),
    ],
)
async def test_what_is_no_duplicate(intake: Intake, changes: dict[str, Any], status: int, code: str) -> None:
    gone = (await filed(intake))["requestId"]
    await withdrawn(intake, gone)
    first, second = await filed(intake), await filed(intake)
    other = await filed(intake, applicant=ANOTHER)
    known = {"itself": second["requestId"], "of-another-person": other["requestId"], "withdrawn": gone}
    if "of" in changes:
        changes = {"of": known.get(changes["of"], changes["of"])}
    refused = await ends(intake, second["requestId"], first["requestId"], **changes)
    assert refused.status_code == status
    if code != "UNPROCESSABLE":
        assert refused.json()["code"] == code
    assert (await intake.state(second["requestId"])).case.state == "PROMISED"


def test_the_office_that_filed_it_hears_of_its_end() -> None:
    request = state_of(submit())
    assert request.case is not None
    other = Other(
        id="other",
        tracking_code="0" * 14,
        applicant_ref=request.case.applicant_ref,
        service_id=request.case.service_id,
        state=RequestState.PROMISED,
    )
    command = EndsAsDuplicate(of="other", officer_id=SOCIAL_OFFICER, other=other)
    decision = duplicates.ended_as_duplicate(request, command, world())
    outcome = outcome_of(decision)
    assert (outcome.status, outcome.state, outcome.duplicate_of) == ("PROGRESS", "DUPLICATE", "other")
    assert move_of(decision).duplicate_code == "0" * 14


def test_I6_a_promise_that_was_broken_stays_broken() -> None:
    request = state_of(file_at_desk("building-permit", PERMITS_DESK, PERMITS_OFFICER))
    assert request.case is not None
    other = Other(
        id="other",
        tracking_code="0" * 14,
        applicant_ref=request.case.applicant_ref,
        service_id="building-permit",
        state=RequestState.CLOSED,
    )
    command = EndsAsDuplicate(of="other", officer_id=PERMITS_OFFICER, other=other)
    case = case_of(duplicates.ended_as_duplicate(request, command, world("1406/09/02 10:00")))
    assert [promise.state for promise in case.commitments] == ["BROKEN"]


# -- whatever comes in whatever order ---------------------------------------------------------------------------------

PEOPLE = [person(), ANOTHER]


class Counter:
    """Two people at two processes of one store; what was filed comes again, ends, and is worked on again."""

    def __init__(self, seed: int) -> None:
        self.chance = chance_of(seed)
        store = ReadableStore(indexes=INDEXES)
        self.doors = [a_door(store), a_door(store)]
        self.filed: dict[str, Filed] = {}

    async def go_on(self) -> None:
        works = [self.file() for _ in range(self.chance.randint(0, 3))] + [self.happens()]
        for done in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(done, Exception) and not isinstance(done, Refused):
                raise done
        for door in self.doors:
            await door.settle()
            await door.tick(minutes=1)

    async def file(self) -> None:
        key = str(self.chance.randint(0, 15))
        id, message = one_filing(key, applicant=PEOPLE[int(key) % 2])
        self.filed[id] = message
        await self.chance.choice(self.doors).door.submit(REQUEST, id, message, key=key, caller=PERMITS_OFFICER)

    async def happens(self) -> None:
        if not self.filed:
            return
        door, id = self.chance.choice(self.doors), self.chance.choice(sorted(self.filed))
        request = door.state(REQUEST, id)
        if request is None:
            return
        await door.door.submit(REQUEST, id, self.command(door))

    def command(self, door: MemoryDoor) -> Any:
        officer, seen = {"officerId": PERMITS_OFFICER}, {"identitySeen": True}
        of = self.chance.choice(sorted(self.filed))
        known = door.state(REQUEST, of)
        other = known and Other(
            id=of,
            tracking_code=known.case.tracking_code,
            applicant_ref=known.case.applicant_ref,
            service_id=known.case.service_id,
            state=known.case.state,
        )
        return self.chance.choice(
            [
                Withdraw.model_validate({"reason": "NOT_SAID", **seen, **officer}),
                EndsAsDuplicate(of=of, officer_id=PERMITS_OFFICER, other=other),
                FileObjection.model_validate({"reason": "نه", **seen, **officer}),
                Reopen.model_validate(
                    {"reason": "OUR_ERROR", "officerId": f"{PERMITS_DESK}-02", "secondOfficerId": PERMITS_OFFICER}
                ),
            ]
        )

    def cases(self) -> dict[str, Case]:
        states = {id: self.doors[0].state(REQUEST, id) for id in self.filed}
        return {id: state.case for id, state in states.items() if state is not None and state.case is not None}

    def nobody_is_lost(self) -> None:
        by_person: dict[str | None, list[Case]] = defaultdict(list)
        cases = self.cases()
        for id, case in cases.items():
            if case.state in ENDED:
                assert case.place is None
            else:
                by_person[case.applicant_ref].append(case)
            if case.duplicate_of is not None:
                assert case.duplicate_of != id
                assert cases[case.duplicate_of].applicant_ref == case.applicant_ref
            if case.state == "DUPLICATE":
                self.leads_on(id, cases)
        for open_ones in by_person.values():
            assert [case.place for case in open_ones].count(Place.FIRST) == 1
            assert all(case.duplicate_of for case in open_ones if case.place is Place.FURTHER)

    def leads_on(self, id: str, cases: dict[str, Case]) -> None:
        """Whoever follows from one duplicate to the next comes to something that was not one."""
        met: set[str] = set()
        while (merged := cases[id].merged) is not None:
            assert id not in met, "they lead round in a circle"
            met.add(id)
            id = merged.of


@pytest.mark.parametrize("first", [0, 20])
async def test_of_the_open_requests_of_a_person_one_is_the_first_and_the_others_are_linked(first: int) -> None:
    ended = further = 0
    for seed in range(first, first + 20):
        counter = Counter(seed)
        async with counter.doors[0].serving(), counter.doors[1].serving():
            for _ in range(12):
                await counter.go_on()
                counter.nobody_is_lost()
        ended += sum(case.state == "DUPLICATE" for case in counter.cases().values())
        further += sum(case.place is Place.FURTHER for case in counter.cases().values())
    assert ended
    assert further
