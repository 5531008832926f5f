"""12.9 at its size: a day is closed, and every promise that crosses it moves once, whatever dies meanwhile.

100,000 open promises with `--chaos`, else a tenth of them, of three agencies; of them one with very few. Routing and
intake are killed in the middle, at once; with `--chaos` they and notify, one after the other. Before that another day,
which moves nothing, is closed: its version of the calendars joins the walk, and many cases go by it alone. People with
a mobile have four cases each, at agencies of both calendars: 4,000 people with `--chaos`, else 20, since each message
goes through the gateway; the others are counted without. For two of the four they are to come to the desk, on the very
day that is closed.
"""

import itertools
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from functools import partial

import httpx
import pytest

from services.contracts.wire import instant_text
from services.ops import clock
from services.ops.service_processes import REGISTRY
from services.worktime import Calendar, open_intervals
from services.worktime.jalali import TEHRAN, civil_day
from services.worktime.published import calendar_of
from tests.chaos.house import FULL, SEED, House
from tests.support.load_run import IDEMPOTENCY, People, papers
from tests.support.run_ledger import Json, Ledger
from tests.support.sample import sample_snapshot

PROMISES = 100_000 if FULL else 10_000
FEW = 100 if FULL else 25
CITIZENS, CASES_OF_EACH, VISITS_OF_EACH = (4_000 if FULL else 20), 4, 2
PER_SECOND = 500
"""Slow enough that a process can die in the middle."""
PACE = {"routing": {"RE_DATES_PER_SECOND": str(PER_SECOND)}}
DEATHS: Sequence[tuple[float, Sequence[str]]] = (
    [(0.25, ["routing"]), (0.5, ["intake"]), (0.75, ["notify"])] if FULL else [(0.3, ["routing", "intake"])]
)
"""When so much is counted anew, these are killed."""
JOINS = 0.15
"""When so much is, another version of the calendars comes."""
WITHIN = 1_200.0 if FULL else 150.0
OF_A_CLOSURE = ("RE_DATED", "VISIT_MOVED")
PROVINCE, BY = "west-azerbaijan", "wa-governorate-desk-01"

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3_600 if FULL else 360)]


@dataclass(frozen=True, slots=True)
class Agency:
    """One that is asked for what takes longer than the closed day is away, and what no other test asks for."""

    org_id: str
    desk_id: str
    service_id: str
    calendar_id: str
    cases: int


SMALL = Agency("wa-civil-registration", "wa-civil-registration-desk", "national-card-renewal", "wa-offices", FEW)
LARGE = Agency("wa-agriculture", "wa-agriculture-desk", "greenhouse-licence", "wa-offices", PROMISES // 3)
LARGEST = Agency(
    "wa-social-security",
    "wa-social-security-desk",
    "retirement-pension",
    "wa-social-security",
    PROMISES - PROMISES // 3 - FEW,
)
AGENCIES = (SMALL, LARGE, LARGEST)


PROMISED = {"state.clock.due": {"$exists": True}}
"""Other tests leave cases of which routing has heard nothing but what it may not read."""


class Closure:
    """The province before and after one closed day."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.at = house.addresses()
        self.promised: dict[str, str] = {}
        """Requests, and for when their answer was promised."""
        self.expected: dict[str, str] = {}
        """Those whose person is to come to the desk, and when."""
        self.people = People(f"{SEED} closure", Ledger(run="closure"))
        self.desks: dict[str, str] = {}
        """Where the first cases of everybody with a mobile were filed."""
        self._lock = threading.Lock()

    def file_all(self) -> None:
        """Cases of all agencies in turn; those of one citizen go to several of them."""
        known = [self.people.next(mobile=True) for _ in range(CITIZENS)]
        several = itertools.cycle(known)
        turns = [(number // CITIZENS, agency) for agency in AGENCIES[::-1] for number in range(agency.cases)]
        agencies = [agency for _, agency in sorted(turns, key=lambda turn: turn[0])]
        with httpx.Client(base_url=self.at.intake, timeout=60) as http, ThreadPoolExecutor(16) as desks:
            for number, agency in enumerate(agencies):
                person = next(several) if number < CITIZENS * CASES_OF_EACH else self.people.next(mobile=False)
                desks.submit(partial(self._file, http, agency, person, number))

    def _file(self, http: httpx.Client, agency: Agency, person: Json, number: int) -> None:
        body = {
            "serviceId": agency.service_id,
            "deskId": agency.desk_id,
            "officerId": f"{agency.desk_id}-01",
            "applicant": person,
            "evidence": papers("identity-card"),
        }
        key = f"closure-{number}"
        while True:
            answer = http.post("/v1/requests", json=body, headers={IDEMPOTENCY: key})
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(0.2)
        told = answer.raise_for_status().json()
        with self._lock:
            self.promised[told["requestId"]] = told["commitments"][0]["promisedAt"]
            if number < CITIZENS * VISITS_OF_EACH:
                self.desks[told["requestId"]] = agency.desk_id

    def ask_back_all(self, day: date) -> None:
        """The first cases of everybody with a mobile: one has several visits on that day, to several desks."""
        at = instant_text(datetime.combine(day, time_of_day(10), TEHRAN))
        with httpx.Client(base_url=self.at.intake, timeout=60) as http, ThreadPoolExecutor(8) as desks:
            for request_id, desk_id in self.desks.items():
                desks.submit(partial(self._ask_back, http, request_id, desk_id, at))

    def _ask_back(self, http: httpx.Client, request_id: str, desk_id: str, at: str) -> None:
        body = {"kind": "NEXT_VISIT", "at": at, "officerId": f"{desk_id}-01"}
        url = f"/v1/requests/{request_id}/commitments"
        http.post(url, json=body, headers={IDEMPOTENCY: f"visit-{request_id}"}).raise_for_status()
        with self._lock:
            self.expected[request_id] = at

    def visits_moved(self) -> int:
        moved = {"$elemMatch": {"kind": "NEXT_VISIT", "moves.0": {"$exists": True}}}
        return self.house.mongo["intake"]["request"].count_documents({"state.case.commitments": moved})

    def announce(self, day: date) -> None:
        body = {"exceptions": [{"date": f"{day}", "kind": "CLOSED", "source": "برف"}], "officerId": BY}
        url = f"{REGISTRY.url(self.house.home)}/v1/calendars/{PROVINCE}/exceptions"
        httpx.post(url, json=body, headers={IDEMPOTENCY: f"closed-{day}"}, timeout=30).raise_for_status()

    def counted_anew(self, *agencies: Agency) -> int:
        """How many of their running Clocks are counted by the newer version."""
        older = self.house.mongo["routing"]["case"].count_documents(
            {
                "state.orgId": {"$in": [agency.org_id for agency in agencies]},
                "state.serviceId": {"$in": [agency.service_id for agency in agencies]},
                "state.calendar.version": 1,
            }
        )
        return sum(agency.cases for agency in agencies) - older

    def until(self, count: int, *agencies: Agency) -> None:
        deadline = time.monotonic() + WITHIN
        while (done := self.counted_anew(*agencies)) < count:
            assert time.monotonic() < deadline, f"{done} of {count} within {WITHIN:.0f} s; {self.house.home.logs}"
            time.sleep(0.02)

    def wrong(self) -> list[str]:
        """What is otherwise than that each promise moved once, to one date in both services."""
        dues = {
            case["_id"]: case["state"]["clock"]["due"]
            for case in self.house.mongo["routing"]["case"].find(PROMISED, {"state.clock.due": 1})
        }
        wrong = []
        for request in self.house.mongo["intake"]["request"].find({}, {"state.case.commitments": 1}):
            id = request["_id"]
            if id not in self.promised:
                continue
            promise, *visits = request["state"]["case"]["commitments"]
            moves = [(move["kind"], move["cause"], move["fromAt"]) for move in promise.get("moves", ())]
            if moves != [("RE_PROJECTED", "CALENDAR", self.promised[id])]:
                wrong.append(f"{id} moved so: {moves}")
            wrong += self._wrong_visits(id, visits)
            if promise["promisedAt"] != dues.get(id):
                wrong.append(f"{id} is promised for {promise['promisedAt']}, its Clock says {dues.get(id)}")
        return wrong

    def _wrong_visits(self, id: str, visits: list[Json]) -> list[str]:
        """Whoever was to come that day comes another day, and only they."""
        moves = [[(move["kind"], move["cause"], move["fromAt"]) for move in visit.get("moves", ())] for visit in visits]
        wanted = [[("RE_PROJECTED", "CALENDAR", self.expected[id])]] if id in self.expected else []
        return [] if moves == wanted else [f"{id} is expected so: {visits}"]

    def messages(self) -> dict[str, list[str]]:
        """What became of the messages that tell of a new date, by the phone number's owner."""
        found: dict[str, list[str]] = {}
        correspondences = self.house.mongo["notify"]["correspondence"]
        owner = {
            raw["_id"]: raw["state"]["case"]["applicantRef"]
            for raw in self.house.mongo["intake"]["request"].find({}, {"state.case.applicantRef": 1})
            if raw["_id"] in self.promised
        }
        for raw in correspondences.find({"state.notifiable": True}, {"state.messages": 1}):
            if raw["_id"] in owner:
                found.setdefault(owner[raw["_id"]], []).extend(
                    message["state"] for message in raw["state"]["messages"] if message["notice"] in OF_A_CLOSURE
                )
        return found


def a_working_day(today: date) -> date:
    """About two weeks ahead, when nothing else is due: open by both calendars, and nothing is said of it yet."""
    calendars = [hours(agency.calendar_id) for agency in (LARGE, LARGEST)]
    days = (today + timedelta(days=ahead) for ahead in range(16, 9, -1))
    return next(day for day in days if all(_as_its_week(calendar, day) for calendar in calendars))


def a_friday_far_away(day: date) -> date:
    """By when all is answered, and on which nobody works anyhow: that it is closed moves nothing."""
    far = day + timedelta(days=140)
    return far + timedelta(days=(4 - far.weekday()) % 7)


def _as_its_week(calendar: Calendar, day: date) -> bool:
    differs = calendar.exception_on(day) or calendar.provisional_on(day)
    return differs is None and bool(open_intervals(calendar, day))


def hours(calendar_id: str) -> Calendar:
    entry = sample_snapshot().calendar(calendar_id)
    assert entry is not None
    return calendar_of(entry, "urmia")


def test_12_9_a_closed_day_moves_every_promise_once_and_tells_each_citizen_once_whatever_dies(house: House) -> None:
    closure = Closure(house)
    house.kill("routing")
    house.restart("routing", **PACE["routing"])
    began = time.monotonic()
    closure.file_all()
    house.settle()
    print(f"\n{PROMISES} promises made in {time.monotonic() - began:.0f} s")
    assert len(closure.promised) == PROMISES
    day = a_working_day(civil_day(clock.now(house.home)))
    closure.ask_back_all(day)
    house.settle()
    assert len(closure.expected) == CITIZENS * VISITS_OF_EACH

    began = time.monotonic()
    closure.announce(day)
    closure.until(SMALL.cases, SMALL)
    done = closure.counted_anew(*AGENCIES)
    assert done <= PROMISES * 0.05, f"the small agency was done when {done} of {PROMISES} were"
    closure.until(int(PROMISES * JOINS), *AGENCIES)
    closure.announce(a_friday_far_away(day))
    for share, services in DEATHS:
        closure.until(int(PROMISES * share), *AGENCIES)
        for service in services:
            house.kill(service)
            house.launch(service, **PACE.get(service, {}))
        for service in services:
            house.await_ready(service)
    closure.until(PROMISES, *AGENCIES)
    print(f"all counted anew after {time.monotonic() - began:.0f} s; the small agency when {done} were")
    while closure.visits_moved() < len(closure.expected):
        assert time.monotonic() < began + WITHIN, f"{closure.visits_moved()} visits moved; {house.home.logs}"
        time.sleep(0.1)
    house.settle()
    print(f"all told after {time.monotonic() - began:.0f} s")

    wrong = closure.wrong()
    assert not wrong, f"{len(wrong)}: {wrong[:10]}"
    told = closure.messages()
    assert len(told) == CITIZENS
    assert {len(states) for states in told.values()} == {CASES_OF_EACH + VISITS_OF_EACH}
    heard_otherwise = {ref: states for ref, states in told.items() if states.count("SUPPRESSED") != len(states) - 1}
    assert not heard_otherwise, list(heard_otherwise.values())[:10]
