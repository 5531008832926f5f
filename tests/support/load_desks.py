"""Desks, unit officers and a registry clerk under load, all over HTTP."""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from queue import SimpleQueue

import httpx

from services.contracts.service_sheet import Sheet
from services.ops.chance import Chance
from tests.support.canaries import MARKER, PERSIAN_MARKER
from tests.support.load_kiosks import Visit
from tests.support.load_run import IDEMPOTENCY, URMIA_KIOSKS, People, Run, papers, ticks
from tests.support.run_ledger import Filed, Json, Worked
from tests.support.sample import sample_entries

CLERKS_ENTRIES = (("kiosk", "wa-urmia-040", "address"), ("service", "opening-hours", "description"))
"""What the clerk changes: kind, id, field."""
DESKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "building-permit": ("wa-municipality-urmia-desk", ("identity-card", "architectural-plan", "engineer-contract")),
    "tax-clearance": ("wa-tax-desk", ("identity-card",)),
    "opening-hours": ("wa-governorate-desk", ()),
}
"""Service -> the desk that takes it, and the papers brought."""
REDIRECTING = ("wa-social-security-desk", ("identity-card",))
OUTPUTS = {entry.id: entry.output.type for entry in sample_entries() if isinstance(entry, Sheet)}
"""Service -> what it produces."""
UNITS = ("wa-social-security-records", "wa-municipality-urmia-permits", "wa-tax-clearances")


class Desks:
    """Some citizens are sent on: their visits go to `sent`, for the kiosks."""

    def __init__(self, run: Run, sent: "SimpleQueue[Visit]") -> None:
        self._run, self._sent_to_kiosk = run, sent
        self._people = People(f"{run.seed} at desks", run.ledger)

    def work(self) -> None:
        chance = Chance(f"{self._run.seed} desks")
        with httpx.Client(base_url=self._run.at.intake, timeout=15) as http, ThreadPoolExecutor(8) as desks:
            for number in ticks(self._run.pace.requests, self._run.stop, None):
                desks.submit(self._run.guarded, "a desk", partial(self._file, http, *self._request(chance, number)))

    def _request(self, chance: Chance, number: int) -> tuple[str, Json, bool]:
        """Idempotency-Key, body, and whether the desk's program asks a second time though it was answered."""
        redirected = chance.random() < self._run.pace.redirected
        service = "social-insurance-record" if redirected else chance.choices(tuple(DESKS), (3, 4, 2))[0]
        return f"{self._run.ledger.run}-{number}", self.request_for(service), chance.random() < 0.15

    def request_for(self, service: str) -> Json:
        desk, brought = DESKS.get(service, REDIRECTING)
        informed = service == "opening-hours"
        return {
            "serviceId": service,
            "deskId": desk,
            "officerId": f"{desk}-01",
            "applicant": None if informed else self._people.next(mobile=True),
            "evidence": papers(*brought),
            "informationOnly": informed,
            "note": f"{MARKER} {self._run.ledger.run} {PERSIAN_MARKER}",
        }

    def _file(self, http: httpx.Client, key: str, body: Json, again: bool) -> None:
        call = partial(http.post, "/v1/requests", json=body, headers={IDEMPOTENCY: key})
        answer = self._run.until_answered("file", call)
        if answer is None:
            return
        if answer.status_code != 201:
            self._run.ledger.contradictions.append(f"desk request {key} was refused: {answer.status_code}")
            return
        told = answer.json()
        with self._run.lock:
            self._run.ledger.filed.append(Filed(told["requestId"], key, told["state"]))
        if told["state"] == "REDIRECTED":
            self._send_to_kiosk(told, body)
        if again:
            repeat = self._run.until_answered("repeat", call)
            if repeat is not None and (repeat.status_code, repeat.json()["requestId"]) != (201, told["requestId"]):
                self._run.ledger.contradictions.append(f"desk request {key} was answered otherwise when repeated")

    def _send_to_kiosk(self, told: Json, filed: Json) -> None:
        redirect = told["redirect"]
        if int(sha256(told["requestId"].encode()).hexdigest(), 16) % 3 == 0:
            return  # never goes there: the redirect stays open
        kiosk = next(k["id"] for k in redirect["kiosks"] if k["id"] in URMIA_KIOSKS)
        ref = f"{self._run.ledger.run}-r{told['requestId'][:6]}x{told['requestId'][-6:]}x"
        body = {
            "externalRef": ref,
            "kioskId": kiosk,
            "serviceId": filed["serviceId"],
            "applicant": filed["applicant"],
            "evidence": filed["evidence"],
            "revision": 1,
            "redirectRef": redirect["ref"],
            "submittedAt": f"{self._run.at.now():%Y-%m-%dT%H:%M:%SZ}",
        }
        self._sent_to_kiosk.put(Visit(kiosk, ref, body, redirect_of=told["requestId"]))


class Visitors:
    """People with a ticket, one after the other at one desk: called, served, gone."""

    DESK = "wa-tax-desk"
    STEPS: tuple[tuple[str, Json], ...] = (
        ("call", {"jumpReason": "CITIZEN_ABSENT_BEFORE"}),
        ("serve", {}),
        ("end", {"reason": "SERVED"}),
    )

    def __init__(self, run: Run) -> None:
        self._run = run

    def work(self) -> None:
        with httpx.Client(base_url=self._run.at.intake, timeout=15) as http:
            for number in ticks(self._run.pace.visits, self._run.stop, None):
                officer = {"officerId": f"{self.DESK}-01"}
                key, body = f"{self._run.ledger.run}-v{number}", {"deskId": self.DESK, **officer}
                visit = self._step(http, "/v1/visits", key, body)
                for verb, fields in self.STEPS:
                    if visit:
                        path = f"/v1/visits/{visit['visitId']}/{verb}"
                        visit = self._step(http, path, f"{key}-{verb}", officer | fields)
                if visit:
                    with self._run.lock:
                        self._run.ledger.visited[visit["visitId"]] = visit["ticketNo"]

    def _step(self, http: httpx.Client, path: str, key: str, body: Json) -> Json:
        """The visit; empty when it goes no further, which is written down."""
        answer = self._run.until_answered("visit", partial(http.post, path, json=body, headers={IDEMPOTENCY: key}))
        if answer is None:
            return {}
        if not answer.is_success:
            self._run.ledger.contradictions.append(f"visit {key} was refused: {answer.status_code}")
            return {}
        visit: Json = answer.json()
        return visit


class Officers:
    def __init__(self, run: Run) -> None:
        self._run = run

    def work(self) -> None:
        """Each unit works through its line from the oldest on."""
        with httpx.Client(base_url=self._run.at.routing, timeout=15) as http:
            while not self._run.stop.wait(0.3):
                for unit in UNITS:
                    for state, verbs in (("STARTED", ("answer",)), ("ASSIGNED", ("start", "answer"))):
                        with contextlib.suppress(httpx.TransportError):
                            answer = http.get(f"/v1/units/{unit}/tasks", params={"state": state})
                            for task in answer.json()["items"][:4] if answer.is_success else ():
                                self._work_on(http, task, verbs)

    def _work_on(self, http: httpx.Client, task: Json, verbs: tuple[str, ...]) -> None:
        id, officer = task["taskId"], {"officerId": task["assignee"]}
        result = officer | {
            "result": "GRANTED",
            "ground": PERSIAN_MARKER,
            "output": {"type": OUTPUTS[task["serviceId"]], "note": f"{MARKER} {PERSIAN_MARKER}"},
        }
        for verb in verbs:
            body, move = (officer, "task.started") if verb == "start" else (result, "task.answered")
            path, headers = f"/v1/tasks/{id}/{verb}", {IDEMPOTENCY: f"{id}-{verb}"}
            answer = self._run.until_answered(verb, partial(http.post, path, json=body, headers=headers))
            if answer is None:
                return
            if not answer.is_success:
                if answer.json().get("code") != "JUMP_NEEDS_REASON":  # an older case became startable meanwhile
                    self._run.ledger.contradictions.append(
                        f"{verb} of {id}: {answer.status_code} {answer.json()['code']}"
                    )
                return
            with self._run.lock:
                self._run.ledger.worked.append(Worked(task["requestId"], move))


class Clerk:
    def __init__(self, run: Run) -> None:
        self._run = run

    def work(self) -> None:
        """The registry gets a new version of one office and one service sheet in turn, two a second in all."""
        with httpx.Client(base_url=self._run.at.registry, timeout=15) as http:
            entries: dict[str, Json] = {}
            for number in itertools.count():
                if self._run.stop.wait(0.5):
                    return
                kind, id, field = CLERKS_ENTRIES[number % 2]
                path = f"/v1/{kind}s/{id}"
                if kind not in entries:
                    found = self._run.until_answered(f"read {kind}", partial(http.get, path))
                    if found is None:
                        return
                    entries[kind] = {name: value for name, value in found.json().items() if name != "version"}
                wish = entries[kind] | {field: f"شماره {number}، {self._run.ledger.run}"}
                for name, call in self._calls(http, path, kind, wish, number):
                    answer = self._run.until_answered(name, call)
                    if answer is None or not answer.is_success:
                        break
                if answer is not None and answer.is_success:
                    self._run.ledger.recorded.setdefault((kind, id), set()).add(answer.json()["version"])
                elif answer is not None:
                    self._run.ledger.contradictions.append(f"the registry refused a {kind}: {answer.text[:200]}")

    def _calls(
        self, http: httpx.Client, path: str, kind: str, wish: Json, number: int
    ) -> Iterator[tuple[str, Callable[[], httpx.Response]]]:
        """A new version of an entry is one call; of a sheet it is three: the last one tells its number."""
        yield f"record {kind}", partial(http.put, path, json=wish, headers={"If-Match": "*"})
        if kind == "service":
            by = {"officerId": wish["attestedBy"]}
            for verb, body in (("attest", by | {"expires": wish["attestationExpires"]}), ("publish", by)):
                headers = {IDEMPOTENCY: f"{self._run.ledger.run}-{number}-{verb}", "If-Match": "*"}
                yield f"{verb} {kind}", partial(http.post, f"{path}/{verb}", json=body, headers=headers)
