"""Calls made up from the services' own OpenAPI documents: whatever is sent, no 5xx comes back.

All phases of schemathesis: examples, coverage (each bound of each field, from either side), fuzzing, and stateful.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from services.ops.home import ROOT
from tests.conftest import Stack
from tests.support.calls import OFFICER, PERMITS, PERSON, Caller
from tests.support.fresh_registry import begin_anew

SEED = 1405
FULL = os.environ.get("MIZBAN_CHAOS") == "full"
CALLS_EACH = 100 if FULL else 4
"""Made up for each operation in the phase of fuzzing; the bounds of its schema are more."""
IN_TURN = 1 if FULL else 10
"""The bounds are tried of every tenth operation, or of all."""


@pytest.fixture(scope="module", autouse=True)
def anew(stack: Stack) -> Iterator[None]:
    """What was made up here is not left to those that follow."""
    yield
    with MongoClient[dict[str, Any]](stack.mongo) as mongo:
        begin_anew(stack.bootstrap, mongo)


@pytest.mark.timeout(3600 if FULL else 300)
@pytest.mark.parametrize("service", ["registry", "intake"])
def test_no_call_that_the_schema_can_think_of_is_a_fault_of_ours(caller: Caller, service: str, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    known.write_text(json.dumps(_known(caller)))
    url = caller.services.url(service) + "/openapi.json"
    operations = sorted(_operations(url))
    assert len(operations) > 30, "the document is not what it was"
    bounds = [option for name in operations[::IN_TURN] for option in ("--include-operation-id", name)]
    made_up = _run(url, known, "examples,fuzzing,stateful", []) + _run(url, known, "coverage", bounds)
    assert made_up > len(operations) * CALLS_EACH, "hardly anything was called"


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
    paths: dict[str, dict[str, dict[str, Any]]] = httpx.get(url, timeout=10).json()["paths"]
    return [operation["operationId"] for methods in paths.values() for operation in methods.values()]


def _known(caller: Caller) -> dict[str, list[Any]]:
    """Some of what the sample province has, and a few requests and a visit of this run."""
    requests = [caller.filed() for _ in range(8)]
    visit = caller.call("/v1/visits", PERMITS).json()["visitId"]
    known: dict[str, list[Any]] = {
        "requests": [each["requestId"] for each in requests],
        "code": [each["trackingCode"] for each in requests],
        "visits": [visit],
        "applicant": [PERSON],
        "officerId": [OFFICER, "wa-municipality-urmia-permits-01"],
    }
    for folder, fields in FIELDS_OF.items():
        known[folder] = known.get(folder) or [each["id"] for each in _some(caller, folder)]
        known |= {field: known.get(field) or known[folder] for field in fields}
    return known


FIELDS_OF = {
    "requests": ("requestId",),
    "visits": ("visitId",),
    "organizations": ("orgId",),
    "units": ("unitId",),
    "desks": ("deskId",),
    "officers": ("officerId", "secondOfficerId"),
    "kiosks": ("kioskId",),
    "partners": ("partner",),
    "services": ("serviceId",),
    "calendars": ("calendar", "calendarId"),
    "offerings": ("offeringId",),
}
"""A folder of ids in a path, and the fields that hold such an id."""


def _some(caller: Caller, folder: str) -> list[dict[str, Any]]:
    some: list[dict[str, Any]] = caller.get(f"/v1/{folder}", "registry", limit="10").json()["items"]
    return some
