"""Tracking on real servers: whether a code exists shows neither in the time of an answer nor by a forged address."""

import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from statistics import median
from typing import TypeVar
from uuid import uuid4

import httpx
import pytest

from services.contracts.decision import Decision
from services.contracts.identifiers import tracking_code
from services.contracts.topics import INTAKE_REQUEST
from services.intake.access import Accesses
from services.intake.api import routes
from services.intake.copies import Copies
from services.intake.copy_keys import CopyKeys
from services.intake.domain.request import Request
from services.intake.erasures import Erasures
from services.intake.handlers import REQUEST
from services.intake.settings import Settings
from services.intake.store import INDEXES
from services.runtime import broker_admin, broker_records
from services.runtime.clock import SystemClock
from services.runtime.document import Document
from services.runtime.http import add_calls, application
from services.runtime.seal import Sealer
from services.runtime.store import Store
from services.runtime.telemetry import logger
from tests.bench.load import national_id
from tests.support.calls import Caller, a_filing
from tests.support.memory_files import Judge, MemoryFiles
from tests.support.memory_journal import MemoryJournal
from tests.support.sample import sample_snapshot
from tests.support.stack import Stack
from tests.unit.intake.cases import MORNING, case_of, person, state_of, submit
from tests.unit.intake.edge import a_door

T = TypeVar("T")
WORDS = "برای امضا پول خواستند"
ROUNDS = 250
WITHIN = 0.005
"""Seconds between the medians of hit and miss (domain 8)."""


@pytest.fixture
async def tracking(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Intake's HTTP in this process, on a real store with a thousand cases; nobody asks too often."""
    store = Store.open(stack.mongo, f"tracking{uuid4().hex[:8]}", INDEXES, bytes(32))
    await store.prepare([REQUEST])
    states = [state_of(filed(number)) for number in range(1000)]
    await store.write(REQUEST, [Document(state.id, state=state) for state in states], MORNING)
    door, log, accesses = a_door().door, logger("intake", "ERROR"), Accesses(MemoryJournal(), SystemClock())
    app = application("intake", ready=_ready, metrics=lambda: b"", asyncapi=dict)
    add_calls(
        app,
        routes(
            door,
            store,
            snapshot=sample_snapshot,
            clock=SystemClock(),
            log=logger("intake", "ERROR"),
            settings=Settings(track_misses=10**6, track_calls=10**6),
            copies=Copies(MemoryFiles(), Judge(), CopyKeys(store.keyring, Sealer(bytes(32))), log),
            accesses=accesses,
            erasures=Erasures(store, door, MemoryFiles(), accesses, SystemClock(), log),
        ),
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as http:
        yield http
    await store.close()


async def _ready() -> tuple[bool, dict[str, object]]:
    return True, {}


def filed(number: int) -> Decision[Request]:
    """Everybody's mobile ends alike; a person has one open request for a service."""
    applicant = person(value=national_id(number), mobile=f"0912{number:03}2419")
    return submit(externalRef=f"n-{number:04}", applicant=applicant)


async def test_the_medians_of_hit_and_miss_lie_within_five_milliseconds(tracking: httpx.AsyncClient) -> None:
    """Of the right last four, a wrong one and a code that nobody has: asked in turn, so that noise is shared."""
    codes = [case_of(filed(number)).tracking_code for number in range(ROUNDS)]
    took: dict[str, list[float]] = {"hit": [], "wrong": [], "nobody's": []}
    for number, code in enumerate(codes):
        for kind, asked, last4, status in (
            ("hit", code, "2419", 200),
            ("wrong", code, "0000", 404),
            ("nobody's", tracking_code(number), "2419", 404),
        ):
            began = time.perf_counter()
            answer = await tracking.post("/v1/track", json={"code": asked, "last4": last4})
            took[kind].append(time.perf_counter() - began)
            assert answer.status_code == status
    medians = {kind: median(times) for kind, times in took.items()}
    assert all(len(times) >= 200 for times in took.values())
    assert max(medians.values()) - min(medians.values()) < WITHIN, medians


def test_a_survey_is_told_to_the_others_and_a_demand_to_inspectors(caller: Caller, stack: Stack) -> None:
    """Both events are on the topic; routing and notify take the one, pass the other by, and nothing waits."""
    decide = {"result": "GRANTED", "ground": None, "output": {"type": "toll-clearance", "note": None}}
    filed = caller.call("/v1/requests", a_filing(serviceId="renovation-toll-clearance", decide=decide)).json()
    assert filed["state"] == "CLOSED"
    said = {"code": filed["trackingCode"], "last4": "2419", "onTime": True, "treatment": 2, "sentToUnit": True}
    said |= {"illegalDemand": {"text": WORDS}, "comment": WORDS}
    answer = caller.call("/v1/track/survey", said)
    assert answer.status_code == 201, answer.text

    inspector = {"officerId": "wa-governorate-inspection-01"}
    items = eventually(lambda: caller.get("/v1/illegal-demands", **inspector).json()["items"], bool)
    assert [(item["requestId"], item["text"]) for item in items] == [(filed["requestId"], WORDS)]

    told = ["request.registered", "survey.answered", "illegal-demand.reported"]
    assert eventually(lambda: _verbs(stack, filed["requestId"]), lambda verbs: len(verbs) >= 3) == told
    for service in ("routing", "notify"):
        eventually(partial(_unread, stack, service), lambda unread: unread == 0)
        for metric in ("mizban_parked_keys", "mizban_gaps_total", "mizban_dead_letters_total"):
            assert caller.services.metric(metric, service) == 0
    log = (stack.home.logs / "intake.log").read_text()
    assert "illegal demands read" in log
    assert WORDS not in log


def test_a_caller_on_this_machine_who_forges_addresses_is_one_caller(caller: Caller) -> None:
    """The HTTP server itself would believe them."""
    addresses = (f"192.0.2.{number}" for number in range(31))
    asked = [caller.call("/v1/track", {"code": "0", "last4": "2419"}, x_forwarded_for=one) for one in addresses]
    assert {answer.status_code for answer in asked} == {404, 429}


def _verbs(stack: Stack, request_id: str) -> list[str]:
    """What the topic tells of a request, in order."""
    records = broker_records.everything(stack.bootstrap, [INTAKE_REQUEST.name])
    types = [
        (dict(record.headers)["ce_type"] or b"").decode() for record in records if record.key == request_id.encode()
    ]
    return [type_.removeprefix("ir.servicedesk.intake.").removesuffix(".v1") for type_ in types]


def _unread(stack: Stack, service: str) -> int:
    lags = broker_admin.lag(stack.bootstrap, f"mizban.{service}")
    return sum(lag.records for lag in lags if lag.topic == INTAKE_REQUEST.name)


def eventually(ask: Callable[[], T], is_so: Callable[[T], bool], seconds: float = 20) -> T:
    """The answer once it is so."""
    deadline = time.monotonic() + seconds
    while not is_so(answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
    return answer
