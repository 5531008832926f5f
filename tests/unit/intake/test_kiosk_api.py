"""Kiosk offices over HTTP: a submission is taken, and its outcomes are read page by page."""

import pytest

from services.intake.domain.proving import request_of
from services.runtime.cursors import encode_cursor
from tests.unit.intake.edge import Intake, a_submission


async def test_a_submission_over_http_is_taken_and_its_outcome_linked(intake: Intake) -> None:
    response = await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    assert response.status_code == 202
    (outcome,) = (await intake.http.get(response.json()["outcome"])).json()["items"]
    assert (outcome["status"], outcome["requestId"]) == ("ACCEPTED", request_of("wa-urmia-017", "017-1"))
    again = await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    assert again.status_code == 202
    assert len((await intake.http.get(response.json()["outcome"])).json()["items"]) == 1


async def test_a_refused_submission_over_http_has_an_outcome_too(intake: Intake) -> None:
    response = await intake.http.post("/v1/kiosk/submissions", json=a_submission(evidence=[]))
    assert (response.status_code, response.json()["code"]) == (202, "MISSING_EVIDENCE")
    (outcome,) = (await intake.http.get(response.json()["outcome"])).json()["items"]
    assert (outcome["code"], outcome["fixable"], outcome["needed"]) == ("MISSING_EVIDENCE", True, ["کارت ملی"])


async def test_a_correction_under_the_key_of_what_it_corrects_is_judged(intake: Intake) -> None:
    """An office may take its externalRef for the key: what it sends is known by its identity, as on the topic."""
    first = await intake.post("/v1/kiosk/submissions", a_submission(evidence=[]), "017-1")
    assert first.json()["fixable"] is True
    corrected = await intake.post("/v1/kiosk/submissions", a_submission(revision=2), "017-1")
    assert (corrected.status_code, corrected.json()["status"]) == (202, "ACCEPTED")
    again = await intake.post("/v1/kiosk/submissions", a_submission(revision=2), "017-1")
    assert again.json() == corrected.json()
    await intake.memory.settle()
    assert len(intake.memory.publisher.events("sd.kiosk.outcome.")) == 2


async def test_an_unknown_office_and_an_unreadable_body_are_refused_over_http(intake: Intake) -> None:
    unknown = await intake.http.post("/v1/kiosk/submissions", json=a_submission(kioskId="wa-nowhere-001"))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "UNKNOWN_KIOSK")
    unreadable = await intake.http.post("/v1/kiosk/submissions", json=a_submission(revision="1"))
    assert (unreadable.status_code, unreadable.json()["code"]) == (422, "MALFORMED")
    assert unreadable.json()["errors"][0]["fixable"] is True


async def test_an_office_reads_its_outcomes_page_by_page_and_misses_none(intake: Intake) -> None:
    for number in range(5):
        await intake.http.post("/v1/kiosk/submissions", json=a_submission(externalRef=f"r-{number}"))
        if number % 2:
            intake.memory.clock.advance(seconds=1)
    other = a_submission(kioskId="wa-urmia-012", externalRef="other")
    await intake.http.post("/v1/kiosk/submissions", json=other)
    intake.memory.clock.advance(seconds=30)
    seen: list[str] = []
    after: str | None = None
    for _ in range(4):
        parameters = {"kioskId": "wa-urmia-017", "limit": "2"} | ({"after": after} if after else {})
        page = (await intake.http.get("/v1/kiosk/outcomes", params=parameters)).json()
        seen += [item["externalRef"] for item in page["items"]]
        after = page["next"]
    assert sorted(seen) == [f"r-{number}" for number in range(5)]
    await intake.unit_answers(request_of("wa-urmia-017", "r-0"))
    intake.memory.clock.advance(seconds=30)
    page = (await intake.http.get("/v1/kiosk/outcomes", params={"kioskId": "wa-urmia-017", "after": after})).json()
    assert [item["status"] for item in page["items"]] == ["ACCEPTED", "PROGRESS"]


async def test_what_was_written_long_after_its_decision_is_passed_by_by_no_cursor(intake: Intake) -> None:
    """A process may pause between the two for as long as its session in the group lasts."""
    clock, began = intake.memory.clock, intake.memory.clock.now()
    clock.advance(seconds=1)
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(externalRef="at-once"))
    clock.advance(seconds=11)
    asked = {"kioskId": "wa-urmia-017"}
    page = (await intake.http.get("/v1/kiosk/outcomes", params=asked)).json()
    seen, after = [item["externalRef"] for item in page["items"]], page["next"]
    clock.moment = began
    await intake.http.post("/v1/kiosk/submissions", json=a_submission(externalRef="held-up"))
    clock.advance(seconds=60)
    page = (await intake.http.get("/v1/kiosk/outcomes", params=asked | ({"after": after} if after else {}))).json()
    assert sorted([*seen, *(item["externalRef"] for item in page["items"])]) == ["at-once", "held-up"]


@pytest.mark.parametrize(
    "position",
    [
        {},
        {"at": "zzzz", "id": "x"},
        {"at": "", "id": "x"},
        {"at": "2026-11-23", "id": "x"},
        {"at": "2026-11-23T06:30:00", "id": "x"},
        {"at": "2026-11-31T06:30:00Z", "id": "x"},
        {"at": "2026-11-23T06:30:00Z", "id": ""},
        {"at": "2026-11-23T06:30:00Z", "id": "$x"},
        {"at": "2026-11-23T06:30:00Z"},
        {"after": "2026-11-23T06:30:00Z"},
    ],
)
async def test_a_cursor_that_is_not_ours_is_refused_and_not_read_as_the_end(
    intake: Intake, position: dict[str, str]
) -> None:
    await intake.http.post("/v1/kiosk/submissions", json=a_submission())
    intake.memory.clock.advance(seconds=30)
    forged = {"kioskId": "wa-urmia-017", "after": encode_cursor(position)}
    response = await intake.http.get("/v1/kiosk/outcomes", params=forged)
    assert (response.status_code, response.json()["code"]) == (400, "BAD_CURSOR")
