"""R22, R23: many write to one case at once: one winner per version, a clear no for the rest."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import TypeVar

import httpx
import pytest

from services.runtime import unsent
from tests.chaos.house import TIMES, House
from tests.chaos.programs import program_of
from tests.support.load_run import IDEMPOTENCY, Pace
from tests.support.run_ledger import Filed, Json, Worked

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

WRITERS = 64
SHORT = {"SESSION_TIMEOUT_MS": "6000"}
"""The shortest that Kafka allows: what the second instance leaves behind is waited for so long."""
KEEP = {"intake": "request", "routing": "case", "notify": "correspondence"}
"""Service -> what it keeps under the id of a request."""
HEARS = (("intake", "routing"), ("intake", "notify"), ("routing", "intake"), ("notify", "intake"))
"""Who tells, and who listens."""
T = TypeVar("T")


def test_of_64_writers_on_one_case_one_wins_each_version(house: House) -> None:
    """Through two instances of routing, so that the store's version guard decides and not one process's queue."""
    pace = Pace(requests=6, submissions=5, officers=False)
    with (
        house.under_load(f"{WRITERS} writers on one case", pace) as load,
        house.second_instance("routing", **SHORT) as second,
    ):
        urls = (program_of("routing").url(house.home), second)
        for guarded in (True, False) * (TIMES // 2):
            task = an_assigned_task(house)
            for verb, body, move in (
                ("start", {}, "task.started"),
                ("answer", {"result": "GRANTED"}, "task.answered"),
            ):
                task["version"] = version_at_rest(house, task)
                answers = all_at_once(urls, task, verb, body | {"officerId": task["assignee"]}, guarded)
                counts = Counter(status for status, _ in answers)
                if verb == "start" and not guarded:  # by its holder: the same start, whoever of them was first
                    assert counts == {200: WRITERS}, counts
                else:
                    assert counts[200] == 1, counts
                    assert counts[412] + counts[409] == WRITERS - 1, counts
                    assert guarded or not counts[412]
                load.ledger.worked.append(Worked(task["requestId"], move))


def test_64_calls_with_one_key_file_one_request(house: House) -> None:
    """The same Idempotency-Key in parallel, through two instances of intake: every call is told the same request."""
    with house.under_load("64 calls with one key", Pace(requests=2, submissions=2)) as load:
        key, body = load.a_request("building-permit")
        with house.second_instance("intake", **SHORT) as second:
            urls = (program_of("intake").url(house.home), second)

            def call(number: int) -> httpx.Response:
                return httpx.post(f"{urls[number % 2]}/v1/requests", json=body, headers={IDEMPOTENCY: key}, timeout=20)

            answers = together(call)
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["requestId"] for answer in answers}) == 1
        other = httpx.post(f"{urls[0]}/v1/requests", json=body | {"note": "other"}, headers={IDEMPOTENCY: key})
        assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_MISMATCH")
        load.ledger.filed.append(Filed(answers[0].json()["requestId"], key, "PROMISED"))


def an_assigned_task(house: House) -> Json:
    """A new case of the permits unit, assigned and the oldest of its line."""
    with httpx.Client(base_url=program_of("routing").url(house.home), timeout=10) as routing:
        path = "/v1/units/wa-municipality-urmia-permits/tasks"
        for _ in range(100):
            items: list[Json] = routing.get(path, params={"state": "ASSIGNED"}).json()["items"]
            if items:
                return items[0]
            time.sleep(0.2)
    raise AssertionError("no task was assigned within 20 s")


def version_at_rest(house: House, task: Json) -> int:
    """The case's version once each has heard all that the others told of it: whatever is heard moves it on, too."""
    deadline, quiet_since, last = time.monotonic() + 30, time.monotonic(), 0
    while time.monotonic() - quiet_since < 0.5:
        news, version = news_of(house, task["requestId"])
        if news or version != last:
            quiet_since, last = time.monotonic(), version
        assert time.monotonic() < deadline, f"case {task['requestId']} is not at rest within 30 s: {news}"
        time.sleep(0.05)
    return last


def news_of(house: House, request_id: str) -> tuple[list[str], int]:
    """What somebody has still to hear of a request, and the version of its case in routing."""
    found = {service: house.mongo[service][kind].find_one({"_id": request_id}) or {} for service, kind in KEEP.items()}
    mine = {"ids": request_id}
    news = [f"{service} has something unsent" for service in KEEP if house.mongo[service][unsent.NAME].find_one(mine)]
    news += ["a message is under way"] if house.moving_messages({"_id": request_id}) else []
    for teller, listener in HEARS:
        numbers = found[teller].get("sequence", {})
        told = numbers.get(f"{teller}^", numbers.get(teller, 0))  # after it came only minor ones, which nobody notes
        heard = max((n for stream, n in found[listener].get("seen", ()) if f"/{teller}#" in stream), default=0)
        news += [f"{listener} has not heard all of {teller}"] if heard < told else []
    return news, found["routing"]["version"]


def all_at_once(urls: tuple[str, str], task: Json, verb: str, body: Json, guarded: bool) -> list[tuple[int, Json]]:
    with ExitStack() as leaving:
        clients = [leaving.enter_context(httpx.Client(base_url=url, timeout=20)) for url in urls]

        def call(number: int) -> tuple[int, Json]:
            headers = {IDEMPOTENCY: f"{task['taskId']}-{verb}-{number}"}
            headers |= {"If-Match": f'"{task["version"]}"'} if guarded else {}
            answer = clients[number % 2].post(f"/v1/tasks/{task['taskId']}/{verb}", json=body, headers=headers)
            return answer.status_code, answer.json()

        return together(call)


def together(call: Callable[[int], T]) -> list[T]:
    """64 calls that set out at the same moment."""
    gate = Barrier(WRITERS)

    def at_the_gate(number: int) -> T:
        gate.wait(20)
        return call(number)

    with ThreadPoolExecutor(WRITERS) as writers:
        return list(writers.map(at_the_gate, range(WRITERS)))
