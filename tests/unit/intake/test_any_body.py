"""Whatever a body holds, intake answers with a code of its own: never a 5xx (bounded, the same each time)."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.intake.edge import Intake, a_filing, a_submission

SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "2026-11-23T08:30:00Z",
            "9999-12-31T23:59:59-12:00",
            "۰۰۱۳۵۴۲۴۱۹",
            "$where",
            "\ud800",
            "\0",
            "9" * 40,
            "\u0958" * 120,  # longer when composed (NFC)
            "\ufb2c" * 41,
        ]
    )
    | st.sampled_from([2**31, 2**63 - 1, 2**63, 10**15, -1, 1e300])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FEW = settings(max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Asking:
    """The service in this process on a loop of its own, for tests that are no coroutines."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.intake = self.runner.run(self._open())

    async def _open(self) -> Intake:
        intake = Intake()
        self.serving = asyncio.create_task(intake.memory.door.serve_commands())
        return intake

    def post(self, path: str, content: bytes, key: str) -> httpx.Response:
        """A second after the last: an office that calls more often than it may is answered nothing else."""
        self.intake.memory.clock.advance(seconds=1)
        headers = {"content-type": "application/json", "idempotency-key": key}
        return self.runner.run(self.intake.http.post(path, content=content, headers=headers))

    def get(self, path: str) -> httpx.Response:
        return self.runner.run(self.intake.http.get(path))

    def close(self) -> None:
        async def end() -> None:
            self.serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.serving
            await self.intake.http.aclose()

        self.runner.run(end())
        self.runner.close()


@pytest.fixture(scope="module")
def asking() -> Iterator[Asking]:
    asking = Asking()
    yield asking
    asking.close()


def is_an_answer(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert answer.status_code < 300 or answer.json()["code"]


def spoiled(good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A good body with up to three of its fields, or of the applicant's, holding something else."""
    inner = st.dictionaries(st.sampled_from(sorted(good["applicant"])), VALUES, max_size=2)
    outer = st.dictionaries(st.sampled_from(sorted(good)) | st.text(max_size=6), VALUES, max_size=3)
    return st.builds(lambda o, i: good | {"applicant": good["applicant"] | i} | o, outer, inner)


@FEW
@given(spoiled(a_filing()), st.integers(0, 10**9))
def test_any_filing_is_answered(asking: Asking, body: dict[str, Any], number: int) -> None:
    answer = asking.post("/v1/requests", json.dumps(body).encode(), f"filing-{number}")
    is_an_answer(answer)
    if answer.status_code < 300:
        assert asking.get(f"/v1/requests/{answer.json()['requestId']}").status_code == 200


@FEW
@given(spoiled(a_submission()), st.integers(0, 10**9))
def test_any_submission_is_answered(asking: Asking, body: dict[str, Any], number: int) -> None:
    answer = asking.post("/v1/kiosk/submissions", json.dumps(body).encode(), f"submission-{number}")
    is_an_answer(answer)
    if answer.status_code < 300:
        assert asking.get(answer.json()["outcome"]).json()["items"]


@FEW
@given(st.binary(max_size=40) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_answered(asking: Asking, content: bytes) -> None:
    for path in (
        "/v1/requests",
        "/v1/kiosk/submissions",
        "/v1/track",
        "/v1/track/survey",
        "/v1/contacts",
        "/v1/requests/x/announce",
    ):
        is_an_answer(asking.post(path, content, "any-key-of-theirs"))
    for path in ("/v1/visits", "/v1/visits/x/call", "/v1/visits/x/end"):
        is_an_answer(asking.post(path, content, "any"))


@FEW
@given(st.fixed_dictionaries({"deskId": VALUES, "requestIds": VALUES, "officerId": VALUES}), st.integers(0, 10**9))
def test_any_visit_is_answered(asking: Asking, body: dict[str, Any], number: int) -> None:
    desk = {"deskId": "wa-tax-desk", "officerId": "wa-tax-desk-01"}
    for asked in (body, desk | {"requestIds": body["requestIds"]}, {"reason": "LEFT"} | body):
        is_an_answer(asking.post("/v1/visits", json.dumps(asked).encode(), f"visit-{number}"))


@FEW
@given(
    st.text(max_size=20)
    | st.sampled_from(["0001-01-01", "9999-12-31", "1405/09/02", "eyJ0aWNrZXQiOiA5OTk5OTk5OTk5OTk5OTk5OTk5OX0"])
)
def test_any_day_and_any_place_in_a_list_are_answered(asking: Asking, text: str) -> None:
    for name in ("day", "cursor", "limit"):
        is_an_answer(asking.get("/v1/desks/wa-tax-desk/visits?" + urlencode({name: text.encode(errors="replace")})))
