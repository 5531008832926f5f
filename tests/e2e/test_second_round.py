"""One case goes twice through the running services: refused, objected to, decided by another, reopened, taken back."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from services.ops.environment import Description

pytestmark = pytest.mark.timeout(180)

DESK = "wa-municipality-urmia-desk"
HEAD, OFFICER = f"{DESK}-01", f"{DESK}-02"
SECONDS = 40.0


class Person:
    """An applicant with an SMS phone, the desk in front of them, and the unit behind it, over HTTP alone."""

    def __init__(self, province: Description) -> None:
        services = province["services"]
        self.intake = httpx.Client(base_url=services["intake"]["url"], timeout=10)
        self.routing = httpx.Client(base_url=services["routing"]["url"], timeout=10)
        self.id = ""

    def close(self) -> None:
        self.intake.close()
        self.routing.close()

    def file(self) -> None:
        applicant = {"scheme": "NID", "value": "0790419904", "name": "سارا محمدی", "mobile": "09121234567"}
        body = {"serviceId": "building-permit", "deskId": DESK, "officerId": OFFICER, "applicant": applicant}
        self.id = self._post(self.intake, "/v1/requests", body)["requestId"]

    def at_desk(self, command: str, **body: Any) -> dict[str, Any]:
        return self._post(self.intake, f"/v1/requests/{self.id}/{command}", {"officerId": OFFICER} | body)

    def decided_inside(self, task: str, result: str) -> str:
        """Waits for the task; its assignee starts and answers it. Who that was."""
        item = self.until_there_is(lambda: self.open_task(task))
        officer: str = item["assignee"]
        second = next(name for name in ("01", "02", "03") if not officer.endswith(name))
        start = {"jumpReason": "LEGAL_PRIORITY", "secondOfficerId": f"{officer[:-2]}{second}"}
        self._post(self.routing, f"/v1/tasks/{task}/start", {"officerId": officer} | start)
        self._post(
            self.routing, f"/v1/tasks/{task}/answer", {"officerId": officer, "result": result, "ground": "بند ۳"}
        )
        return officer

    def until(self, state: str) -> dict[str, Any]:
        """The request, once it is in this state."""
        return self.until_there_is(lambda: case if (case := self.case())["state"] == state else None)

    def case(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.intake.get(f"/v1/requests/{self.id}").raise_for_status().json()
        return shown

    def open_task(self, task: str) -> dict[str, Any] | None:
        query = {"state": "ASSIGNED"}
        while True:
            page = self.routing.get(f"/v1/units/{self.case()['unitId']}/tasks", params=query).raise_for_status().json()
            for item in page["items"]:
                if item["taskId"] == task:
                    found: dict[str, Any] = item
                    return found
            if page["next"] is None:
                return None
            query["cursor"] = page["next"]

    def _post(self, service: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = service.post(path, json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
        assert answer.is_success, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def until_there_is(self, asked: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if found := asked():
                return found
            time.sleep(0.2)
        pytest.fail(f"nothing after {SECONDS} s: {self.case()}")


@pytest.fixture
def citizen(province: Description) -> Iterator[Person]:
    person = Person(province)
    yield person
    person.close()


def test_12_18_a_refusal_is_objected_to_decided_by_another_and_reopened_for_that_other(citizen: Person) -> None:
    """I8, I9: each result is announced by a message of its own; what is reopened reaches its doer."""
    citizen.file()
    id = citizen.id
    author = citizen.decided_inside(f"{id}.1", "REFUSED")
    told = citizen.until("CLOSED")
    assert (told["announced"]["by"], told["result"]["decidedBy"]) == ("NOTICE", author)

    citizen.at_desk("object", reason="نقشه را دوباره ببینید", identitySeen=True)
    other = citizen.decided_inside(f"{id}.2", "REFUSED")
    assert other != author
    again = citizen.until("CLOSED")
    assert (again["round"], again["announced"]["by"]) == (2, "NOTICE")

    citizen.at_desk("reopen", reason="NEW_EVIDENCE", secondOfficerId=HEAD)
    assert citizen.decided_inside(f"{id}.3", "GRANTED") == other
    granted = citizen.until("COLLECTION_DUE")
    assert [commitment["state"] for commitment in granted["commitments"]] == ["KEPT", "KEPT", "KEPT"]
    done = citizen.at_desk("handover", collectedBy="APPLICANT", identitySeen=True)
    assert (done["state"], done["collection"]["collected"]) == ("CLOSED", True)


def test_what_is_taken_back_leaves_the_units_list(citizen: Person) -> None:
    citizen.file()
    citizen.until_there_is(lambda: citizen.open_task(f"{citizen.id}.1"))
    citizen.at_desk("withdraw", reason="NOT_NEEDED", identitySeen=True)
    citizen.until_there_is(lambda: None if citizen.open_task(f"{citizen.id}.1") else {"gone": True})
    assert citizen.case()["commitments"][0]["state"] == "RELEASED"
