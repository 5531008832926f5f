"""People over the running services: what an officer declares reaches desk and unit, and those who race end linked."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from tests.bench.load import national_id
from tests.support.calls import OFFICER, PERSON, Caller, a_filing, is_problem

SECOND = "wa-municipality-urmia-desk-02"


def somebody() -> dict[str, Any]:
    return PERSON | {"value": national_id(uuid4().int)}


def test_I8_whom_an_officer_declares_in_the_registry_they_do_not_serve_at_the_desk(caller: Caller) -> None:
    """Declared for this test and ended again: the registry asks intake for the reference, intake hears by the topic."""
    person = somebody()
    who = {"scheme": person["scheme"], "value": person["value"]}
    body = {"person": who, "relation": "PARENT", "officerId": SECOND}
    declared = caller.call(f"/v1/officers/{SECOND}/conflicts", body, service="registry")
    assert declared.status_code == 201, declared.text
    ref = declared.json()["conflict"]["ref"]
    filing = a_filing(applicant=person, officerId=SECOND)
    for _ in range(100):
        refused = caller.call("/v1/requests", filing)
        if refused.status_code == 409:
            break
        time.sleep(0.1)
    is_problem(refused, 409, "CONFLICT_OF_INTEREST")
    assert caller.call("/v1/requests", filing | {"officerId": OFFICER}).status_code == 201
    end = {"reason": "پایان", "officerId": OFFICER}
    ended = caller.call(f"/v1/officers/{SECOND}/conflicts/{ref}/end", end, service="registry")
    assert ended.status_code == 200, ended.text
    entry = caller.get(f"/v1/officers/{SECOND}", service="registry")
    assert entry.json()["conflicts"] == []
    assert person["value"] not in entry.text


def test_a_person_who_files_at_sixteen_counters_at_once_has_one_first_request(caller: Caller) -> None:
    filing = a_filing(applicant=somebody())
    with ThreadPoolExecutor(16) as counters:
        answers = [each.json() for each in counters.map(lambda _: caller.call("/v1/requests", filing), range(16))]
    (first,) = [answer["requestId"] for answer in answers if answer["duplicateOf"] is None]
    assert {answer["duplicateOf"] for answer in answers} == {None, first}
    shown = caller.get(f"/v1/requests/{first}").json()
    assert {each["requestId"] for each in shown["duplicates"]} == {a["requestId"] for a in answers} - {first}
    body = {"reason": "NOT_NEEDED", "identitySeen": True, "officerId": OFFICER}
    assert caller.call(f"/v1/requests/{first}/withdraw", body).status_code == 200
    others = {answer["requestId"] for answer in answers} - {first}
    for _ in range(100):
        heirs = [id for id in others if caller.get(f"/v1/requests/{id}").json()["duplicates"]]
        if heirs:
            break
        time.sleep(0.1)
    assert [caller.call("/v1/requests", filing).json()["duplicateOf"]] == heirs, "the next in line has the place"
