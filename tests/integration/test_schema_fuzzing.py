"""Calls made up from the services' own OpenAPI documents, over stores that are full: no 5xx, and no collection scan.

All phases of schemathesis: examples, coverage (each bound of each field, from either side), fuzzing, and stateful.
MongoDB's profiler writes down every query that had to read a whole collection, whoever asked it.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient
from pymongo.collection import Collection

from services.contracts.catalogue import SERVICES
from services.ops.home import ROOT
from tests.support.calls import OFFICER, PERMITS, PERSON, Caller, a_filing
from tests.support.endpoint import until
from tests.support.fresh_registry import begin_anew
from tests.support.stack import Stack

SEED = 1405
FULL = os.environ.get("MIZBAN_CHAOS") == "full"
CALLS_EACH = 100 if FULL else 8
"""Made up for each operation in the phase of fuzzing; the bounds of its schema are more."""
IN_TURN = 1 if FULL else 10
"""The bounds are tried of every tenth operation, or of all."""
CASES = 100_000 if FULL else 10_000
PERMITS_UNIT = "wa-municipality-urmia-permits"
SIMULATOR = "sim"
"""The gateway of the stack, in the path of its receipts."""
TEXTS = ("withdrawn", "registered")
NO_CODE = 10**14
"""Tracking codes have fourteen digits: these are none."""


@pytest.fixture(scope="module", autouse=True)
def anew(stack: Stack) -> Iterator[None]:
    """What was made up here is not left to those that follow."""
    yield
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        begin_anew(stack.bootstrap, mongo)


IN_ORDER = sorted(SERVICES, key=lambda service: service == "registry")
"""The registry's are made up last: where a sheet of the sample is withdrawn nobody files any more."""
CASES_OF = (("intake", "request"), ("routing", "case"), ("notify", "correspondence"))
"""Where a case stands: database and collection."""


@pytest.fixture(scope="module")
def full(caller: Caller, stack: Stack) -> Iterator[MongoClient[dict[str, Any]]]:
    """Stores with so many cases, and a profiler that looks for whoever reads a whole collection."""
    id = caller.filed()["requestId"]
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        for database, collection in CASES_OF:
            _copy(mongo[database][collection], id)
        for database in SERVICES:
            mongo[database].command("profile", 1, filter={"planSummary": {"$regex": "COLLSCAN"}})
        yield mongo


def _copy(store: Collection[dict[str, Any]], id: str) -> None:
    """The case as often as there are to be cases, each of somebody else, with a code of its own; none of them waits."""
    deadline = time.monotonic() + 30
    while (case := store.find_one({"_id": id})) is None:
        assert time.monotonic() < deadline, f"{store.full_name} has not heard of it"
        time.sleep(0.2)
    own: dict[str, Any] = {"_id": {"$concat": ["copy-", {"$toString": "$n"}]}}
    if "case" in case["state"]:
        own["state.case.trackingCode"] = {"$toString": {"$add": [NO_CODE, "$n"]}}
        own["state.case.applicantRef"] = {"$concat": ["A-copy-", {"$toString": "$n"}]}
    store.aggregate(
        [
            {"$match": {"_id": id}},
            {"$set": {"n": {"$range": [0, CASES]}}},
            {"$unwind": "$n"},
            {"$set": own},
            # what is sealed is sealed for the first: of the others nothing personal is left, as after an erasure
            {"$unset": ["n", "wake", "due", "timers", "outbox", "state.case.sealed", "state.queue"]},
            {"$merge": {"into": store.name}},
        ]
    )


@pytest.mark.timeout(3600 if FULL else 300)
@pytest.mark.parametrize("service", IN_ORDER)
def test_whatever_the_schema_allows_is_answered_by_index_and_without_a_fault_of_ours(
    caller: Caller, full: MongoClient[dict[str, Any]], service: str, tmp_path: Path
) -> None:
    url = caller.services.url(service) + "/openapi.json"
    ids = _known(caller, service)
    assert _folders(url) - ids.keys() <= NONE_THERE, "nothing that is there is ever asked for"
    known = tmp_path / "known.json"
    known.write_text(json.dumps(ids))
    operations = sorted(_operations(url))
    bounds = [option for name in operations[::IN_TURN] for option in ("--include-operation-id", name)]
    made_up = _run(url, known, "examples,fuzzing,stateful", []) + _run(url, known, "coverage", bounds)
    assert made_up > len(operations) * CALLS_EACH, "hardly anything was called"
    # this question itself reads all of the profile; the driver asks whether a bucket of files has one at all
    theirs = {"ns": {"$not": {"$regex": "system.profile$"}}, "docsExamined": {"$gt": 1}}
    scans = [scan for name in SERVICES for scan in full[name]["system.profile"].find(theirs, {"ns": 1, "command": 1})]
    assert scans == []


def _run(url: str, known: Path, phases: str, only: list[str]) -> int:
    """How many calls were made. Fails with what was called and answered."""
    program = [sys.executable, "-m", "schemathesis.cli", "run", url, "--phases", phases, *only]
    limits = ["--max-examples", str(CALLS_EACH), "--seed", str(SEED), "--no-shrink", "--continue-on-failure"]
    ours = {"SCHEMATHESIS_HOOKS": "tests.support.fuzz_hooks", "FUZZ_KNOWN": str(known), "NO_COLOR": "1"}
    done = subprocess.run(
        [*program, *limits, "--checks", "not_a_server_error", "--warnings", "off"],
        cwd=known.parent,  # where it writes what it remembers
        env=os.environ | ours | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    counted = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert counted, done.stdout[-8000:]
    made_up, passed = map(int, counted.groups())
    assert made_up == passed
    return made_up


def _operations(url: str) -> list[str]:
    return [operation["operationId"] for methods in _paths(url).values() for operation in methods.values()]


def _folders(url: str) -> set[str]:
    """All that have something of its own id in them."""
    return {folder for path in _paths(url) for folder in re.findall(r"([^/{}]+)/{", path)}


def _paths(url: str) -> dict[str, dict[str, dict[str, Any]]]:
    paths: dict[str, dict[str, dict[str, Any]]] = httpx.get(url, timeout=10).json()["paths"]
    return paths


def _known(caller: Caller, service: str) -> dict[str, list[Any]]:
    """Some of what the sample province has, and a few requests and a visit of this run."""
    requests = [caller.filed() for _ in range(8)]
    visit = caller.call("/v1/visits", PERMITS).json()["visitId"]
    partner = {"id": "made-up", "orgId": "wa-governorate", "name": "شریک آزمون", "contact": "044"}
    answer = caller.call("/v1/partners/made-up", partner, method="PUT", service="registry", if_match="*")
    assert answer.status_code < 300, answer.text
    firsts = [f"{each['requestId']}.1" for each in requests]  # commitment, task and message
    known: dict[str, list[Any]] = {
        "requests": [each["requestId"] for each in requests],
        "code": [each["trackingCode"] for each in requests],
        "visits": [visit],
        **dict.fromkeys(("commitments", "tasks", "draws", "ref"), firsts),
        "seeds": [str(caller.services.now().date())],
        "coordinations": [_asked(caller, each["requestId"]) for each in requests[:4]],
        "applicant": [PERSON],
        "partners": ["made-up"],  # whose account at the broker no other test needs
        "preferences": [_asked_for(caller)],
        "receipts": [SIMULATOR],
        "officerId": [OFFICER, "wa-municipality-urmia-permits-01"],
    }
    for folder, fields in FIELDS_OF.items():  # those not made here are of the sample
        known[folder] = known.get(folder) or [each["id"] for each in _some(caller, folder)]
        known |= {field: known.get(field) or known[folder] for field in fields}
    known |= dict.fromkeys(("packs", "work"), known["organizations"])
    if service == "notify":
        known |= _of_texts(caller) | {"printouts": [_on_paper(caller)], "webhooks": [_with_webhook(caller)]}
    return known


def _on_paper(caller: Caller) -> str:
    """A message to somebody who left no way to be told that a document is missing."""
    nobody = {name: value for name, value in PERSON.items() if name != "mobile"}
    filed = caller.call("/v1/requests", a_filing(applicant=nobody, evidence=[], awaitDocuments=True))
    assert (filed.status_code, filed.json()["state"]) == (201, "INCOMPLETE"), filed.text
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = caller.get("/v1/messages", "notify", requestId=filed.json()["requestId"]).json()["items"]
        papers: list[str] = [m["messageId"] for m in told if (m["channel"], m["state"]) == ("PRINT", "SENT")]
        if papers:
            return papers[0]
        time.sleep(0.2)
    raise AssertionError("nothing was printed")


def _with_webhook(caller: Caller) -> str:
    """A partner whose endpoint is on this machine, where nobody listens: nothing that is tried leaves it."""
    hook = {"url": "http://127.0.0.1:9/hook", "officerId": OFFICER}
    until(lambda: caller.get("/v1/partners/made-up/version").status_code == 200)  # it was recorded this moment
    answer = caller.call("/v1/webhooks/made-up", hook, method="PUT", service="notify")
    assert answer.status_code == 200, answer.text
    return "made-up"


def _asked_for(caller: Caller) -> str:
    """Somebody who has said how they want to be written to."""
    wish = {"lang": "en", "officerId": OFFICER}
    answer = caller.call("/v1/preferences/A-made-up", wish, method="PUT", service="notify")
    assert answer.status_code == 200, answer.text
    return "A-made-up"


def _of_texts(caller: Caller) -> dict[str, list[Any]]:
    """Two texts, with the names under which they would be published as they are, and what a gateway may report."""
    texts = [each for each in _some(caller, "templates", "notify") if each["id"] in TEXTS]
    return {
        "templates": [each["id"] for each in texts],
        "name": [each["name"] for each in texts],
        "text": [each["text"] for each in texts],
        "status": ["ACCEPTED", "DELIVERED", "FAILED"],
    }


def _asked(caller: Caller, request_id: str) -> str:
    """The desk asks the unit about it, as soon as routing knows of it."""
    question = {"requestId": request_id, "unit": PERMITS_UNIT, "question": "باید بیاید؟", "officerId": OFFICER}
    deadline = time.monotonic() + 30
    while (answer := caller.call("/v1/coordinations", question, service="routing")).status_code == 404:
        assert time.monotonic() < deadline, f"routing has not heard of {request_id}"
        time.sleep(0.2)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


FIELDS_OF = {
    "requests": ("requestId",),
    "visits": ("visitId",),
    "coordinations": ("coordinationId",),
    "organizations": ("orgId",),
    "units": ("unitId", "unit"),
    "desks": ("deskId",),
    "officers": ("officerId", "secondOfficerId"),
    "kiosks": ("kioskId",),
    "partners": ("partner",),
    "services": ("serviceId",),
    "calendars": ("calendar", "calendarId"),
    "offerings": ("offeringId",),
    "rules": ("ruleId",),
}
"""A folder of ids in a path, and the fields that hold such an id."""
NONE_THERE = {
    "conflicts",
    "deficiencies",
    "directives",
    "evidence",
    "imports",
    "inspections",
    "keys",
    "referrals",
    "remediation-reports",
    "transfers",
}
"""Folders in which the sample has nothing."""


def _some(caller: Caller, folder: str, service: str = "registry") -> list[dict[str, Any]]:
    some: list[dict[str, Any]] = caller.get(f"/v1/{folder}", service, limit="10").json()["items"]
    return some
